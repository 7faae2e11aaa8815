/** The event log. AMD-Vi, Event Logging. */
import {
  amdFast,
  EVENT_INT_EN,
  EVENT_LOG_EN,
  EVENT_LOG_INT,
  EVENT_LOG_RUN,
  EVENT_OVERFLOW,
} from "../../../spec/hardware/remapping/amd.js";
import { type Memory, writeWords } from "../memory.js";
import { type AmdUnit, baseOf, bufferBytes } from "./amd-state.js";

export type Logged = { readonly unit: AmdUnit; readonly memory: Memory };

export type Event = {
  readonly code: number;
  readonly requester: number;
  /** Page faults: the request was an interrupt, and a reserved bit was the reason. */
  readonly interrupt?: boolean;
  readonly reserved?: boolean;
  readonly address?: readonly [low: number, high: number];
};

/** Appends an event while the log runs; a full log stops with the overflow bit. */
export const logEvent = (unit: AmdUnit, memory: Memory, event: Event): Logged => {
  const runs = (unit.control[0] & EVENT_LOG_EN) !== 0 && (unit.status & EVENT_LOG_RUN) !== 0;
  if (!runs || unit.quirks.includes("amd-events-not-logged")) return { unit, memory };
  const size = bufferBytes(unit.eventLog);
  const next = (unit.eventTail + 16) % size;
  const told = (unit.control[0] & EVENT_INT_EN) !== 0 ? EVENT_LOG_INT : 0;
  if (next === unit.eventHead % size) {
    const status = (unit.status & ~EVENT_LOG_RUN) | EVENT_OVERFLOW | told;
    return { unit: { ...unit, status }, memory };
  }
  const [low, high] = event.address ?? [0, 0];
  const entry = amdFast.eventEntry.encode({
    Code: event.code,
    DeviceID: event.requester,
    I: event.interrupt === true ? 1 : 0,
    RZ: event.reserved === true ? 1 : 0,
    "Address low": low,
    "Address high": high,
  });
  return {
    unit: { ...unit, eventTail: next, status: unit.status | told },
    memory: writeWords(memory, baseOf(unit.eventLog) + unit.eventTail, entry),
  };
};
