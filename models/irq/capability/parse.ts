/** What an MSI or MSI-X capability says, from a buffer that may be too short for it. */
import {
  CONTROL,
  MAX_LOG2_MESSAGES,
  MSI_64,
  MSI_ENABLE,
  MSI_MASKABLE,
  MSIX_BYTES,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
  MSIX_SIZE,
  msiOffsets,
} from "../../../spec/hardware/pci/capabilities.js";
import { CONFIG_BYTES } from "../../../spec/hardware/shape.js";
import type { Response } from "../../../spec/irq/capability/vocabulary.js";

type Answer<K extends Response["kind"]> = Extract<Response, { kind: K }>;
type Refused = Answer<"refused">;
export type MsiFields = Answer<"msi">;
export type MsixFields = Answer<"msix">;

const refused: Refused = { kind: "refused" };

/** A capability lies in the first 256 bytes, and within what was given. */
const inside = (buffer: Uint8Array, at: number, size: number): boolean =>
  at + size <= Math.min(buffer.length, CONFIG_BYTES);

const half = (buffer: Uint8Array, at: number): number =>
  (buffer[at] as number) | ((buffer[at + 1] as number) << 8);

const word = (buffer: Uint8Array, at: number): number =>
  (half(buffer, at) | (half(buffer, at + 2) << 16)) >>> 0;

/** NOT LINUX: the size is checked, and MMC 6 and 7 mean 32 messages, not 64 and 128. */
export const parseMsi = (buffer: Uint8Array, at: number): MsiFields | Refused => {
  if (!inside(buffer, at, CONTROL + 2)) return refused;
  const control = half(buffer, at + CONTROL);
  const is64 = (control & MSI_64) !== 0;
  const maskable = (control & MSI_MASKABLE) !== 0;
  const offsets = msiOffsets(is64, maskable);
  if (!inside(buffer, at, offsets.size)) return refused;
  return {
    kind: "msi",
    is64,
    maskable,
    capable: 2 ** Math.min((control >>> 1) & 7, MAX_LOG2_MESSAGES),
    enabled: (control & MSI_ENABLE) !== 0,
    allocatedLog2: (control >>> 4) & 7,
    address: offsets.address,
    addressHigh: Math.max(offsets.addressHigh, 0),
    data: offsets.data,
    mask: Math.max(offsets.mask, 0),
    pending: Math.max(offsets.pending, 0),
    size: offsets.size,
  };
};

export const parseMsix = (buffer: Uint8Array, at: number): MsixFields | Refused => {
  if (!inside(buffer, at, MSIX_BYTES)) return refused;
  const control = half(buffer, at + CONTROL);
  const table = word(buffer, at + 4);
  const pba = word(buffer, at + 8);
  return {
    kind: "msix",
    entries: (control & MSIX_SIZE) + 1,
    enabled: (control & MSIX_ENABLE) !== 0,
    functionMask: (control & MSIX_FUNCTION_MASK) !== 0,
    tableBar: table & 7,
    tableOffset: (table & ~7) >>> 0,
    pbaBar: pba & 7,
    pbaOffset: (pba & ~7) >>> 0,
  };
};

/** The bit of an entry in the Pending Bit Array, in its 64-bit words. */
export const pendingBit = (entry: number): { offset: number; bit: number } => ({
  offset: 8 * Math.floor(entry / 64),
  bit: entry % 64,
});
