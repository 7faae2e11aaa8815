/** Encodings of interrupt messages and remapping entries. */

const MESSAGE_BASE = 0xfee00000;

/** __irq_msi_compose_msg(): physical destination, no redirection hint. `dest` 0..255. */
export const compatibleAddress = (dest: number): number =>
  (MESSAGE_BASE | ((dest & 0xff) << 12)) >>> 0;

/** VT-d remappable format: handle[14:0] at 19:5, handle[15] at 2, format bit 4, SHV bit 3. */
export const remappableAddress = (handle: number): number =>
  (MESSAGE_BASE | 0x18 | ((handle & 0x7fff) << 5) | ((handle >>> 15) << 2)) >>> 0;

/** Low word of a VT-d entry, in halves: P, RH, vector at 23:16, destination at 63:32. */
export const vtdEntryLow = (vector: number, dest: number, extended: boolean): [number, number] => [
  ((vector << 16) | 0x9) >>> 0,
  (extended ? dest : dest << 8) >>> 0,
];

/** AMD 128-bit entry: the low half of `lo`, and `hi` in halves. */
export const amdGaEntry = (
  vector: number,
  dest: number,
  valid: boolean,
): [number, [number, number]] => [
  ((valid ? 1 : 0) | ((dest & 0xffffff) << 8)) >>> 0,
  [vector, (dest & 0xff000000) >>> 0],
];

/** AMD 32-bit entry: valid bit 0, destination 15:8, vector 23:16. */
export const amdShortEntry = (vector: number, dest: number, valid: boolean): number =>
  ((valid ? 1 : 0) | ((dest & 0xff) << 8) | (vector << 16)) >>> 0;
