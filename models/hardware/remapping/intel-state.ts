/** State of an Intel remapping unit. */
import { EVENT_MASKED } from "../../../spec/hardware/remapping/intel.js";
import type { IntelShape } from "../../../spec/hardware/remapping/shape.js";
import type { Cache } from "./cache.js";
import type { Quirks } from "./result.js";

/** A register of 64 bits, low word first. */
export type Pair = readonly [low: number, high: number];
/** An event's registers: control, data, address, upper address. */
export type EventRegisters = readonly [number, number, number, number];

/** The interrupt remapping table that SIRTP has latched. */
export type Latched = { readonly base: number; readonly entries: number; readonly eim: boolean };

export type IntelUnit = {
  readonly kind: "intel";
  readonly shape: IntelShape;
  readonly quirks: Quirks;
  /** GSTS. */
  readonly status: number;
  readonly root: Pair;
  readonly irta: Pair;
  readonly latched: Latched | undefined;
  readonly iqa: Pair;
  /** IQH and IQT: byte offsets into the queue. */
  readonly head: number;
  readonly tail: number;
  /** ICS.IWC: a wait descriptor with IF has completed. */
  readonly completed: boolean;
  readonly completion: EventRegisters;
  /** FSTS without PPF and FRI, which follow from the records. */
  readonly faults: number;
  readonly faultEvent: EventRegisters;
  /** Fault recording registers, four words each. */
  readonly records: readonly (readonly number[])[];
  /** The record that takes the next fault. */
  readonly nextRecord: number;
  readonly cache: Cache;
};

const masked: EventRegisters = [EVENT_MASKED, 0, 0, 0];
export const noRecord: readonly number[] = [0, 0, 0, 0];

/** As after reset: nothing enabled, both events masked. */
export const newIntelUnit = (shape: IntelShape, quirks: Quirks, records: number): IntelUnit => ({
  kind: "intel",
  shape,
  quirks,
  status: 0,
  root: [0, 0],
  irta: [0, 0],
  latched: undefined,
  iqa: [0, 0],
  head: 0,
  tail: 0,
  completed: false,
  completion: masked,
  faults: 0,
  faultEvent: masked,
  records: new Array<readonly number[]>(records).fill(noRecord),
  nextRecord: 0,
  cache: [],
});

export const TWO_32 = 0x100000000;
/** Bits [63:12] of a register as an address. */
export const pageOf = (register: Pair): number =>
  register[1] * TWO_32 + ((register[0] & 0xfffff000) >>> 0);
