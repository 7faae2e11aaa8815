/** Requests through an Intel unit. VT-d, Interrupt Remapping. */
import { CFI, IRE, reasons } from "../../../spec/hardware/remapping/intel.js";
import type { Sent } from "../../../spec/hardware/shape.js";
import { accepts, descriptorOf, sourceOf } from "../../../spec/irq/msi-message/hardware.js";
import { fast } from "../../../spec/irq/msi-message/layout.js";
import type { Entry, Message } from "../../../spec/irq/msi-message/vocabulary.js";
import type { Target } from "../local-apic/index.js";
import { type Memory, readWords } from "../memory.js";
import { fill, lookUp } from "./cache.js";
import { compatibilityTarget } from "./compatibility.js";
import { recordFault } from "./intel-faults.js";
import type { IntelUnit, Latched } from "./intel-state.js";
import { descriptorSound, post } from "./posted.js";
import { noMessages, type Request } from "./result.js";

const ENTRY_BYTES = 16;
const REMAPPABLE = 0x10;
const SUBHANDLE_VALID = 8;

const handleOf = fast.remappableAddress.reader("Handle");
const { intelRemapped, intelPosted } = fast;
const vectorOf = intelRemapped.reader("V");
const destinationOf = intelRemapped.reader("DST");
const deliveryOf = intelRemapped.reader("DLM");
const urgentOf = intelPosted.reader("URG");

type Result = Request<IntelUnit>;

const fault = (
  unit: IntelUnit,
  memory: Memory,
  requester: number,
  index: number,
  reason: number,
  silent = false,
): Result => {
  const recorded = recordFault(unit, requester, index, reason, silent);
  return { unit: recorded.unit, memory, own: recorded.own, target: undefined };
};

/** Compatibility-format requests pass only in legacy mode, with CFI set. */
const compatibility = (unit: IntelUnit, memory: Memory, sent: Sent): Result => {
  const passes =
    unit.quirks.includes("ir-compatibility-passes") ||
    ((unit.status & CFI) !== 0 && unit.latched?.eim !== true);
  return passes
    ? { unit, memory, own: noMessages, target: compatibilityTarget(sent.message) }
    : fault(unit, memory, sent.requester, 0, reasons.compatibilityBlocked);
};

/** Handle, and subhandle where it is valid. */
const indexOf = (m: Message): number =>
  handleOf([m.addressLo, m.addressHi]) +
  ((m.addressLo & SUBHANDLE_VALID) !== 0 ? m.data & 0xffff : 0);

/** Reserved: data bits [31:16], and without a subhandle all of them. */
const dataReserved = (unit: IntelUnit, m: Message): boolean =>
  (m.addressLo & SUBHANDLE_VALID) !== 0
    ? m.data >>> 16 !== 0
    : m.data !== 0 && !unit.quirks.includes("ir-data-unchecked");

const sourceAccepted = (unit: IntelUnit, entry: Entry, requester: number): boolean => {
  const { svt, sq, sid } = sourceOf(entry);
  const swapped = svt === 2 && unit.quirks.includes("ir-bus-range-swapped");
  return accepts(svt, sq, swapped ? ((sid & 0xff) << 8) | (sid >>> 8) : sid, requester);
};

const remapped = (entry: Entry, eim: boolean): Target => {
  const low = entry[0] as number;
  const dest = destinationOf(entry);
  return {
    dest: eim ? dest : (dest >>> 8) & 0xff,
    logical: (low & 4) !== 0,
    vector: vectorOf(entry),
    delivery: deliveryOf(entry),
    level: (low & 0x10) !== 0,
    hint: (low & 8) !== 0,
  };
};

/** What a sound, present entry does for a requester. */
const through = (
  unit: IntelUnit,
  memory: Memory,
  sent: Sent,
  index: number,
  entry: Entry,
  table: Latched,
): Result => {
  const low = entry[0] as number;
  const silent = (low & 2) !== 0;
  const { requester } = sent;
  const fail = (reason: number): Result => fault(unit, memory, requester, index, reason, silent);
  if (!sourceAccepted(unit, entry, requester)) return fail(reasons.sourceRejected);
  if ((low & 0x8000) === 0) {
    return { unit, memory, own: noMessages, target: remapped(entry, table.eim) };
  }
  const descriptor = Number(descriptorOf(entry));
  if (!descriptorSound(memory, descriptor)) return fail(reasons.descriptorReserved);
  const posted = post(memory, descriptor, vectorOf(entry), urgentOf(entry) === 1, table.eim);
  return { unit, memory: posted.memory, own: noMessages, target: posted.target, posted: true };
};

/** Address bits beyond the 52 of a host address are reserved too. */
const isSound = (entry: Entry): boolean =>
  ((entry[0] as number) & 0x8000) !== 0
    ? intelPosted.sound(entry) && (entry[3] as number) >>> 20 === 0
    : intelRemapped.sound(entry);

const remappable = (unit: IntelUnit, memory: Memory, sent: Sent, table: Latched): Result => {
  const index = indexOf(sent.message);
  const { requester } = sent;
  if (dataReserved(unit, sent.message)) {
    return fault(unit, memory, requester, 0, reasons.requestReserved);
  }
  if (index >= table.entries) {
    return fault(unit, memory, requester, index & 0xffff, reasons.indexBeyond);
  }
  const cached = lookUp(unit.cache, 0, index);
  if (cached !== undefined) return through(unit, memory, sent, index, cached, table);
  const entry = readWords(memory, table.base + ENTRY_BYTES * index, 4);
  const silent = ((entry[0] as number) & 2) !== 0;
  if (((entry[0] as number) & 1) === 0) {
    return fault(unit, memory, requester, index, reasons.notPresent, silent);
  }
  if (!isSound(entry)) return fault(unit, memory, requester, index, reasons.entryReserved, silent);
  // Entries that are absent or unsound are never cached (VT-d, Caching of Remapping Structures).
  const filled = unit.quirks.includes("ir-not-cached")
    ? unit
    : { ...unit, cache: fill(unit.cache, 0, index, entry) };
  return through(filled, memory, sent, index, entry, table);
};

/** What becomes of a write to the interrupt window. */
export const requestIntel = (unit: IntelUnit, memory: Memory, sent: Sent): Result => {
  const { message } = sent;
  if ((unit.status & IRE) === 0 || unit.latched === undefined) {
    return { unit, memory, own: noMessages, target: compatibilityTarget(message) };
  }
  return (message.addressLo & REMAPPABLE) === 0
    ? compatibility(unit, memory, sent)
    : remappable(unit, memory, sent, unit.latched);
};
