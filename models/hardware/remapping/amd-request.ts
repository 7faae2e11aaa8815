/** Requests through an AMD IOMMU. AMD-Vi, Interrupt Remapping. */
import {
  DTE_BYTES,
  DTE_INTERRUPT_OFFSET,
  GA_EN,
  ILLEGAL_DEV_TABLE_ENTRY,
  INT_ABORT,
  INT_PASS,
  INT_REMAP,
  IO_PAGE_FAULT,
  IOMMU_EN,
  MAX_INT_TAB_LEN,
  XT_EN_HIGH,
} from "../../../spec/hardware/remapping/amd.js";
import type { Sent } from "../../../spec/hardware/shape.js";
import { vapicOf } from "../../../spec/irq/msi-message/hardware.js";
import { fast } from "../../../spec/irq/msi-message/layout.js";
import type { Entry } from "../../../spec/irq/msi-message/vocabulary.js";
import type { Target } from "../local-apic/index.js";
import { type Memory, readWord, readWords, writeWord } from "../memory.js";
import { type Event, logEvent } from "./amd-events.js";
import { type AmdUnit, baseOf } from "./amd-state.js";
import { fill, lookUp } from "./cache.js";
import { compatibilityTarget } from "./compatibility.js";
import { noMessages, type Request } from "./result.js";

const dte = fast.dteInterrupt;
const valid = dte.reader("IV");
const control = dte.reader("IntCtl");
const tableLength = dte.reader("IntTabLen");
const tableRoot = dte.reader("IntTabRoot");
const ignoresUnmapped = dte.reader("IG");
/** Bits that let interrupts of other types pass, by delivery mode; SMI has none. */
const passes: Readonly<Record<number, (word: readonly number[]) => number>> = {
  4: dte.reader("NMIPass"),
  5: dte.reader("INITPass"),
  7: dte.reader("EIntPass"),
};

type Result = Request<AmdUnit>;

const pass = (unit: AmdUnit, memory: Memory, sent: Sent): Result => ({
  unit,
  memory,
  own: noMessages,
  target: compatibilityTarget(sent.message),
});

const blocked = (unit: AmdUnit, memory: Memory): Result => ({
  unit,
  memory,
  own: noMessages,
  target: undefined,
});

const logged = (unit: AmdUnit, memory: Memory, event: Event): Result => ({
  ...logEvent(unit, memory, event),
  own: noMessages,
  target: undefined,
});

const pageFault = (unit: AmdUnit, memory: Memory, sent: Sent, reserved: boolean): Result =>
  logged(unit, memory, {
    code: IO_PAGE_FAULT,
    requester: sent.requester,
    interrupt: true,
    reserved,
    address: [sent.message.addressLo, sent.message.addressHi],
  });

/** Requesters that the device table covers: 128 entries a page, pages less one at bits [8:0]. */
const covered = (unit: AmdUnit): number => ((unit.deviceTable[0] & 0x1ff) + 1) * 128;

/** The interrupt word of a requester's device table entry; a cached one is used as it was. */
const deviceWord = (
  unit: AmdUnit,
  memory: Memory,
  requester: number,
): { readonly unit: AmdUnit; readonly word: Entry } => {
  const cached = lookUp(unit.devices, 0, requester);
  if (cached !== undefined) return { unit, word: cached };
  const at = baseOf(unit.deviceTable) + DTE_BYTES * requester + DTE_INTERRUPT_OFFSET;
  const word = readWords(memory, at, 2);
  if (valid(word) === 0 || unit.quirks.includes("ir-not-cached")) return { unit, word };
  return { unit: { ...unit, devices: fill(unit.devices, 0, requester, word) }, word };
};

const wide = (unit: AmdUnit): boolean => unit.shape.ga && (unit.control[0] & GA_EN) !== 0;
const extended = (unit: AmdUnit): boolean =>
  wide(unit) && unit.shape.xt && (unit.control[1] & XT_EN_HIGH) !== 0;

const short = fast.amdIrte32;
const shortVector = short.reader("Vector");
const shortDestination = short.reader("Destination");
const long = fast.amdGaRemap;
const longVector = long.reader("Vector");
const longDestination = long.reader("Destination");

const target = (unit: AmdUnit, entry: Entry): Target => {
  const low = entry[0] as number;
  const dest = wide(unit) ? longDestination(entry) : shortDestination(entry);
  return {
    dest: extended(unit) ? dest : dest & 0xff,
    logical: (low & 0x40) !== 0,
    vector: wide(unit) ? longVector(entry) : shortVector(entry),
    delivery: (low >>> 2) & 7,
    level: false,
    hint: false,
  };
};

/** Delivery modes an entry may name; 3 and 6 are reserved. */
const goodType = (low: number): boolean => ![3, 6].includes((low >>> 2) & 7);

/** Guest mode: the request is noted in the virtual APIC page, at its IRR. */
const intoGuest = (memory: Memory, entry: Entry): Memory => {
  const vector = longVector(entry);
  const at = Number(vapicOf(entry)) + 0x200 + 0x10 * (vector >>> 5);
  return writeWord(memory, at, readWord(memory, at) | (1 << (vector & 31)));
};

const isGuest = (unit: AmdUnit, low: number): boolean => wide(unit) && (low & 0x80) !== 0;

const isSound = (unit: AmdUnit, entry: Entry): boolean => {
  const low = entry[0] as number;
  if (unit.quirks.includes("amd-reserved-unchecked")) {
    return ((low >>> 2) & 7) <= 1 && (low & 0x80) === 0;
  }
  if (isGuest(unit, low)) return fast.amdGaGuest.sound(entry);
  return goodType(low) && (wide(unit) ? long.sound(entry) : short.sound(entry));
};

/** Indices have 11 bits. */
const MOST_ENTRIES = 2048;

const entriesOf = (unit: AmdUnit, word: Entry): number =>
  unit.quirks.includes("amd-index-unchecked") ? MOST_ENTRIES : 2 ** tableLength(word);

const through = (unit: AmdUnit, memory: Memory, entry: Entry): Result => {
  if (isGuest(unit, entry[0] as number)) {
    return { ...blocked(unit, intoGuest(memory, entry)), posted: true };
  }
  return { unit, memory, own: noMessages, target: target(unit, entry) };
};

const remapped = (unit: AmdUnit, memory: Memory, sent: Sent, word: Entry): Result => {
  const { requester, message } = sent;
  const index = message.data & 0x7ff;
  if (tableLength(word) > MAX_INT_TAB_LEN && entriesOf(unit, word) > MOST_ENTRIES) {
    return logged(unit, memory, { code: ILLEGAL_DEV_TABLE_ENTRY, requester });
  }
  if (index >= entriesOf(unit, word)) return pageFault(unit, memory, sent, false);
  const cached = lookUp(unit.cache, requester, index);
  if (cached !== undefined) return through(unit, memory, cached);
  const bytes = wide(unit) ? 16 : 4;
  const entry = readWords(memory, tableRoot(word) * 64 + bytes * index, bytes / 4);
  const low = entry[0] as number;
  if ((low & 1) === 0) {
    const quiet = (low & 2) !== 0 || ignoresUnmapped(word) === 1;
    return quiet ? blocked(unit, memory) : pageFault(unit, memory, sent, false);
  }
  if (!isSound(unit, entry)) return pageFault(unit, memory, sent, true);
  const filled = unit.quirks.includes("ir-not-cached")
    ? unit
    : { ...unit, cache: fill(unit.cache, requester, index, entry) };
  return through(filled, memory, entry);
};

/**
 * What becomes of a write to the interrupt window. Address bit 2 tells that bits [10:8] of the
 * datum belong to the index; else they are the delivery mode too, and 2 to 7 are never remapped.
 */
export const requestAmd = (unit: AmdUnit, memory: Memory, sent: Sent): Result => {
  const { requester, message } = sent;
  if ((unit.control[0] & IOMMU_EN) === 0) return pass(unit, memory, sent);
  if (requester >= covered(unit)) {
    return logged(unit, memory, { code: ILLEGAL_DEV_TABLE_ENTRY, requester });
  }
  const { unit: looked, word } = deviceWord(unit, memory, requester);
  if (valid(word) === 0) return pass(looked, memory, sent);
  const wholeIndex = (message.addressLo & 4) !== 0 && !looked.quirks.includes("amd-type-by-data");
  const type = wholeIndex ? 0 : (message.data >>> 8) & 7;
  if (type > 1) {
    return passes[type]?.(word) === 1 ? pass(looked, memory, sent) : blocked(looked, memory);
  }
  switch (control(word)) {
    case INT_ABORT:
      return blocked(looked, memory);
    case INT_PASS:
      return pass(looked, memory, sent);
    case INT_REMAP:
      return remapped(looked, memory, sent, word);
    default:
      return logged(looked, memory, { code: ILLEGAL_DEV_TABLE_ENTRY, requester });
  }
};
