/** Interrupt-remapping units of Intel and AMD: registers, requests, entry caches, faults. */
import { FAULT_RECORDS } from "../../../spec/hardware/remapping/intel.js";
import type { UnitShape } from "../../../spec/hardware/remapping/shape.js";
import type { Sent } from "../../../spec/hardware/shape.js";
import type { Memory } from "../memory.js";
import { readAmd, writeAmd } from "./amd-access.js";
import { requestAmd } from "./amd-request.js";
import { type AmdUnit, newAmdUnit } from "./amd-state.js";
import { readIntel, writeIntel } from "./intel-access.js";
import { requestIntel } from "./intel-request.js";
import { type IntelUnit, newIntelUnit } from "./intel-state.js";
import { type Access, noMessages, type Quirks, type Request } from "./result.js";

export type { AmdUnit } from "./amd-state.js";
export { compatibilityTarget, ownTarget } from "./compatibility.js";
export type { IntelUnit } from "./intel-state.js";
export type { Access, Request } from "./result.js";
export {
  dropEntries,
  dropEverything,
  enableAmd,
  enableIntel,
  entryAddress,
  setEntry,
} from "./software.js";

export type RemapUnit = IntelUnit | AmdUnit;

/** A unit as after reset. `quirks` are names of spec/hardware/remapping/quirks.ts. */
export const newUnit = (shape: UnitShape, quirks: Quirks = []): RemapUnit =>
  shape.kind === "intel" ? newIntelUnit(shape, quirks, FAULT_RECORDS) : newAmdUnit(shape, quirks);

/** The aligned 32-bit word of the register file, and what of it an access of `width` sees. */
export const readRegister = (unit: RemapUnit, offset: number, width: number): number => {
  const at = (offset & ~3) >>> 0;
  const word = unit.kind === "intel" ? readIntel(unit, at) : readAmd(unit, at);
  if (width >= 4) return word >>> 0;
  return (word >>> (8 * (offset & 3))) & (2 ** (8 * width) - 1);
};

/**
 * A write of an aligned 32-bit word. Registers of 64 bits are written in halves; narrower accesses
 * are not defined by the documents and change nothing.
 */
export const writeRegister = (
  unit: RemapUnit,
  memory: Memory,
  offset: number,
  width: number,
  value: number,
): Access<RemapUnit> => {
  if (width !== 4 || (offset & 3) !== 0) return { unit, memory, own: noMessages };
  return unit.kind === "intel"
    ? writeIntel(unit, memory, offset, value)
    : writeAmd(unit, memory, offset, value);
};

/**
 * What becomes of a write to the interrupt window: the interrupt that local APICs get, or none,
 * with the unit's cache, fault records and memory afterwards.
 */
export const request = (
  _shape: UnitShape,
  unit: RemapUnit,
  memory: Memory,
  sent: Sent,
): Request<RemapUnit> =>
  unit.kind === "intel" ? requestIntel(unit, memory, sent) : requestAmd(unit, memory, sent);
