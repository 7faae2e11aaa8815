/** Fault recording and reporting. VT-d, Fault Logging and Fault Events. */
import {
  EVENT_MASKED,
  EVENT_PENDING,
  intelFast,
  PFO,
  PPF,
  qualified,
} from "../../../spec/hardware/remapping/intel.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import type { EventRegisters, IntelUnit } from "./intel-state.js";
import { noMessages } from "./result.js";

const isRecorded = intelFast.faultRecord.reader("F");

/** A fault is pending in some record. */
const pending = (unit: IntelUnit): boolean => unit.records.some((r) => isRecorded(r) === 1);

/** FSTS as read: PPF and the index of the first pending record follow from the records. */
export const faultStatus = (unit: IntelUnit): number => {
  const first = unit.records.findIndex((r) => isRecorded(r) === 1);
  return first < 0 ? unit.faults : unit.faults | PPF | (first << 8);
};

/** The message of an event. */
const eventMessage = (e: EventRegisters): Message => ({
  addressLo: e[2],
  addressHi: e[3],
  data: e[1],
});

/** An event is raised: sent at once, or left pending while it is masked. */
export const raiseEvent = (
  e: EventRegisters,
): { readonly event: EventRegisters; readonly own: readonly Message[] } =>
  e[0] >= EVENT_MASKED
    ? { event: [(e[0] | EVENT_PENDING) >>> 0, e[1], e[2], e[3]], own: noMessages }
    : { event: e, own: [eventMessage(e)] };

/** The control register of an event is written: unmasking sends what is pending. */
export const writeControl = (
  e: EventRegisters,
  value: number,
): { readonly event: EventRegisters; readonly own: readonly Message[] } => {
  const mask = value >= EVENT_MASKED;
  const waits = (e[0] & EVENT_PENDING) !== 0;
  if (mask || !waits) {
    const control = ((mask ? EVENT_MASKED : 0) | (waits ? EVENT_PENDING : 0)) >>> 0;
    return { event: [control, e[1], e[2], e[3]], own: noMessages };
  }
  return { event: [0, e[1], e[2], e[3]], own: [eventMessage(e)] };
};

/** Once nothing is left to report, a pending event is withdrawn. */
export const settled = (unit: IntelUnit): IntelUnit => {
  const [control, ...rest] = unit.faultEvent;
  if ((control & EVENT_PENDING) === 0 || unit.faults !== 0 || pending(unit)) return unit;
  return { ...unit, faultEvent: [(control & ~EVENT_PENDING) >>> 0, ...rest] };
};

export type Recorded = { readonly unit: IntelUnit; readonly own: readonly Message[] };

const report = (unit: IntelUnit): Recorded => {
  const { event, own } = raiseEvent(unit.faultEvent);
  return { unit: { ...unit, faultEvent: event }, own };
};

/**
 * Records a fault: requester and index, with the reason. Where the next record is still taken the
 * overflow bit is set instead, and while that is set nothing is recorded. `silent` is FPD.
 */
export const recordFault = (
  unit: IntelUnit,
  requester: number,
  index: number,
  reason: number,
  silent: boolean,
): Recorded => {
  const hidden = silent && qualified.includes(reason);
  if (hidden || unit.quirks.includes("ir-faults-not-recorded") || (unit.faults & PFO) !== 0) {
    return { unit, own: noMessages };
  }
  const fresh = unit.faults === 0 && !pending(unit);
  const at = unit.nextRecord;
  const taken = isRecorded(unit.records[at] as readonly number[]) === 1;
  if (taken) return { unit: { ...unit, faults: unit.faults | PFO }, own: noMessages };
  const record = intelFast.faultRecord.encode({ F: 1, FR: reason, SID: requester, Index: index });
  const records = unit.records.slice();
  records[at] = record;
  const next = { ...unit, records, nextRecord: (at + 1) % records.length };
  return fresh ? report(next) : { unit: next, own: noMessages };
};

/** A bit of FSTS is set by the queue; reported where no fault is pending yet. */
export const queueFault = (unit: IntelUnit, bit: number): Recorded => {
  const fresh = unit.faults === 0 && !pending(unit);
  const next = { ...unit, faults: unit.faults | bit };
  return fresh ? report(next) : { unit: next, own: noMessages };
};
