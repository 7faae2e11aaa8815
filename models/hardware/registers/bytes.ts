/** Register tables turned into bytes, and the one rule by which a write changes them. */
import type { AccessWidth, RegisterTable } from "../../../spec/hardware/registers/table.js";

/** What every byte of a space holds after reset and what a write does to it. */
export type ByteMap = {
  readonly reset: Uint8Array;
  readonly writable: Uint8Array;
  readonly clears: Uint8Array;
};

/** Later registers win over earlier ones; bytes of no register are read-only zeros. */
export const byteMap = (size: number, table: RegisterTable): ByteMap => {
  const map = {
    reset: new Uint8Array(size),
    writable: new Uint8Array(size),
    clears: new Uint8Array(size),
  };
  for (const r of table) {
    for (let i = 0; i < r.width && r.offset + i < size; i++) {
      map.reset[r.offset + i] = r.reset >>> (8 * i);
      map.writable[r.offset + i] = r.writable >>> (8 * i);
      map.clears[r.offset + i] = r.clears >>> (8 * i);
    }
  }
  return map;
};

/** Little endian. */
export const readBytes = (bytes: Uint8Array, offset: number, width: AccessWidth): number => {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = (value << 8) | (bytes[offset + i] as number);
  return value >>> 0;
};

/** The bytes after a write; the same array where nothing changed. */
export const writeBytes = (
  map: ByteMap,
  bytes: Uint8Array,
  offset: number,
  width: AccessWidth,
  value: number,
): Uint8Array => {
  let next = bytes;
  for (let i = 0; i < width; i++) {
    const at = offset + i;
    const old = bytes[at] as number;
    const written = (value >>> (8 * i)) & 0xff;
    const kept = map.writable[at] as number;
    const now = ((old & ~kept) | (written & kept)) & ~(written & (map.clears[at] as number));
    if (now === old) continue;
    if (next === bytes) next = bytes.slice();
    next[at] = now;
  }
  return next;
};
