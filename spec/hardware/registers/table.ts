/** Registers as data: where one stands, what it holds after reset, and what a write keeps. */

/** Bytes of an access or of a register. */
export type AccessWidth = 1 | 2 | 4;

export type Register = {
  /** The document's own name. */
  readonly name: string;
  /** Bytes from the start of the table. */
  readonly offset: number;
  /** Bytes. */
  readonly width: AccessWidth;
  readonly reset: number;
  /** Bits that take the value written. */
  readonly writable: number;
  /** Bits that a written 1 clears. */
  readonly clears: number;
  /** Document and section. */
  readonly document: string;
};

export type RegisterTable = readonly Register[];

/** Bits that neither change by a write nor are cleared by one. */
export const readOnly = (
  name: string,
  offset: number,
  width: AccessWidth,
  reset: number,
  document: string,
): Register => ({ name, offset, width, reset, writable: 0, clears: 0, document });

export const readWrite = (
  name: string,
  offset: number,
  width: AccessWidth,
  reset: number,
  writable: number,
  document: string,
): Register => ({ name, offset, width, reset, writable, clears: 0, document });

/** All ones of a width in bytes: what a read answers where nothing responds. */
export const allOnes = (width: AccessWidth): number => 2 ** (8 * width) - 1;
