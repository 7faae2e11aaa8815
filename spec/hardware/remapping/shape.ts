/** What a remapping unit is made of. */

export type IntelShape = {
  readonly kind: "intel";
  /** ECAP bit 4: 32-bit destinations may be switched on. */
  readonly eim: boolean;
  /** CAP bit 62: latching a table drops what is cached of the one before. */
  readonly selfInvalidates?: boolean;
};

export type AmdShape = {
  readonly kind: "amd";
  /** 128-bit entries may be switched on. */
  readonly ga: boolean;
  /** 32-bit destinations may be switched on. */
  readonly xt: boolean;
};

export type UnitShape = IntelShape | AmdShape;
