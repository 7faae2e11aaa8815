/** State of an AMD IOMMU, as far as interrupts go. */
import type { AmdShape } from "../../../spec/hardware/remapping/shape.js";
import type { Cache } from "./cache.js";
import type { Pair } from "./intel-state.js";
import type { Quirks } from "./result.js";

export type AmdUnit = {
  readonly kind: "amd";
  readonly shape: AmdShape;
  readonly quirks: Quirks;
  readonly deviceTable: Pair;
  readonly commandBuffer: Pair;
  readonly eventLog: Pair;
  readonly control: Pair;
  /** Byte offsets into the command buffer and the event log. */
  readonly commandHead: number;
  readonly commandTail: number;
  readonly eventHead: number;
  readonly eventTail: number;
  readonly status: number;
  /** Cached entries; the table is the requester id. */
  readonly cache: Cache;
  /** Cached interrupt words of device table entries: two words, the requester id as index. */
  readonly devices: Cache;
};

export const newAmdUnit = (shape: AmdShape, quirks: Quirks): AmdUnit => ({
  kind: "amd",
  shape,
  quirks,
  deviceTable: [0, 0],
  commandBuffer: [0, 0],
  eventLog: [0, 0],
  control: [0, 0],
  commandHead: 0,
  commandTail: 0,
  eventHead: 0,
  eventTail: 0,
  status: 0,
  cache: [],
  devices: [],
});

/** Bytes of a command buffer or event log: 2^n entries of 16, n at register bits [59:56]. */
export const bufferBytes = (register: Pair): number => 16 << ((register[1] >>> 24) & 0xf);

/** Address bits [51:12] of a base register. */
export const baseOf = (register: Pair): number =>
  (register[1] & 0xfffff) * 0x100000000 + ((register[0] & 0xfffff000) >>> 0);
