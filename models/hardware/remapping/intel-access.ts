/** Reads and writes of an Intel unit's registers, by aligned 32-bit words. */
import {
  CAP,
  CAP_HIGH,
  CAP_HIGH_ESIRTPS,
  CAP_LOW,
  CFI,
  ECAP,
  ECAP_EIM,
  ECAP_LOW,
  FECTL,
  FEUADDR,
  FRCD,
  FSTS,
  GCMD,
  GSTS,
  ICS,
  IECTL,
  IEUADDR,
  IQA,
  IQE,
  IQH,
  IQT,
  IRE,
  IRTA,
  PFO,
  QIE,
  RTADDR,
  SIRTP,
  SRTP,
  TE,
  VER,
} from "../../../spec/hardware/remapping/intel.js";
import type { Memory } from "../memory.js";
import { faultStatus, settled, writeControl } from "./intel-faults.js";
import { runQueue } from "./intel-queue.js";
import { type EventRegisters, type IntelUnit, noRecord, type Pair, pageOf } from "./intel-state.js";
import { type Access, noMessages } from "./result.js";

/** Version 1.0. */
const VERSION = 0x10;
/** GCMD bits whose state follows the bit written; the others act once. */
const FOLLOW = TE | QIE | IRE | CFI;

const readRecord = (unit: IntelUnit, offset: number): number => {
  const record = unit.records[(offset - FRCD) >> 4];
  return record === undefined ? 0 : (record[(offset >> 2) & 3] as number);
};

export const readIntel = (unit: IntelUnit, offset: number): number => {
  if (offset >= FRCD) return readRecord(unit, offset);
  if (offset >= FECTL && offset <= FEUADDR) return unit.faultEvent[(offset - FECTL) >> 2] as number;
  if (offset >= IECTL && offset <= IEUADDR) return unit.completion[(offset - IECTL) >> 2] as number;
  switch (offset) {
    case VER:
      return VERSION;
    case CAP:
      return CAP_LOW;
    case CAP + 4: {
      const shown = unit.shape.selfInvalidates === true ? CAP_HIGH | CAP_HIGH_ESIRTPS : CAP_HIGH;
      return ((shown & ~0xff00) | ((unit.records.length - 1) << 8)) >>> 0;
    }
    case ECAP:
      return unit.shape.eim ? ECAP_LOW | ECAP_EIM : ECAP_LOW;
    case GSTS:
      return unit.status;
    case RTADDR:
    case RTADDR + 4:
      return unit.root[(offset - RTADDR) >> 2] as number;
    case FSTS:
      return faultStatus(unit);
    case IQH:
      return unit.head;
    case IQT:
      return unit.tail;
    case IQA:
    case IQA + 4:
      return unit.iqa[(offset - IQA) >> 2] as number;
    case ICS:
      return unit.completed ? 1 : 0;
    case IRTA:
    case IRTA + 4:
      return unit.irta[(offset - IRTA) >> 2] as number;
    default:
      return 0;
  }
};

/** Addresses have 52 bits: upper halves keep [19:0]. */
const half = (pair: Pair, offset: number, value: number): Pair =>
  (offset & 4) === 0 ? [value, pair[1]] : [pair[0], value & 0xfffff];

/** SIRTP: the table of IRTA is the one used from now on. What is cached of the old one stays,
 *  unless the unit drops it itself. */
const latch = (unit: IntelUnit): IntelUnit => ({
  ...unit,
  latched: {
    base: pageOf(unit.irta),
    entries: 2 ** ((unit.irta[0] & 0xf) + 1),
    eim: unit.shape.eim && (unit.irta[0] & 0x800) !== 0,
  },
  cache: unit.shape.selfInvalidates === true ? [] : unit.cache,
});

const writeCommand = (unit: IntelUnit, memory: Memory, value: number): Access<IntelUnit> => {
  let status = (unit.status & ~FOLLOW) | (value & FOLLOW);
  let next = unit;
  if ((value & SIRTP) !== 0) {
    status |= SIRTP;
    next = latch(unit);
  }
  if ((value & SRTP) !== 0) status |= SRTP;
  // The head returns to the start when the queue is switched off.
  const head = (status & QIE) === 0 ? 0 : unit.head;
  return runQueue({ ...next, status: status >>> 0, head }, memory);
};

/** Bits of FSTS that software clears by writing 1: overflow, queue error. */
const CLEARABLE = PFO | IQE;

const writeRecord = (unit: IntelUnit, offset: number, value: number): IntelUnit => {
  const at = (offset - FRCD) >> 4;
  // F is bit 31 of the last word; nothing else is writable.
  if ((offset & 0xc) !== 0xc || value < 0x80000000 || unit.records[at] === undefined) return unit;
  const records = unit.records.slice();
  records[at] = noRecord;
  return settled({ ...unit, records });
};

const keep = (unit: IntelUnit, memory: Memory): Access<IntelUnit> => ({
  unit,
  memory,
  own: noMessages,
});

/** Address and data of an event; address bits [1:0] are reserved. */
const withEventWord = (e: EventRegisters, at: number, value: number): EventRegisters => {
  const next = [...e] as [number, number, number, number];
  next[at] = at === 2 ? (value & ~3) >>> 0 : value;
  return next;
};

const writeFaultEvent = (unit: IntelUnit, memory: Memory, at: number, value: number) => {
  if (at !== 0) {
    return keep({ ...unit, faultEvent: withEventWord(unit.faultEvent, at, value) }, memory);
  }
  const { event, own } = writeControl(unit.faultEvent, value);
  return { unit: { ...unit, faultEvent: event }, memory, own };
};

const writeCompletion = (unit: IntelUnit, memory: Memory, at: number, value: number) => {
  if (at !== 0) {
    return keep({ ...unit, completion: withEventWord(unit.completion, at, value) }, memory);
  }
  const { event, own } = writeControl(unit.completion, value);
  return { unit: { ...unit, completion: event }, memory, own };
};

export const writeIntel = (
  unit: IntelUnit,
  memory: Memory,
  offset: number,
  value: number,
): Access<IntelUnit> => {
  if (offset >= FRCD) return keep(writeRecord(unit, offset, value), memory);
  if (offset >= FECTL && offset <= FEUADDR) {
    return writeFaultEvent(unit, memory, (offset - FECTL) >> 2, value);
  }
  if (offset >= IECTL && offset <= IEUADDR) {
    return writeCompletion(unit, memory, (offset - IECTL) >> 2, value);
  }
  switch (offset) {
    case GCMD:
      return writeCommand(unit, memory, value);
    case RTADDR:
    case RTADDR + 4:
      return keep({ ...unit, root: half(unit.root, offset, value) }, memory);
    case FSTS:
      // A queue error that is cleared lets the queue go on.
      return runQueue(settled({ ...unit, faults: unit.faults & ~(value & CLEARABLE) }), memory);
    case IQT:
      return runQueue({ ...unit, tail: value & 0x7fff0 }, memory);
    case IQA:
      return keep({ ...unit, iqa: half(unit.iqa, offset, (value & 0xfffff807) >>> 0) }, memory);
    case IQA + 4:
      return keep({ ...unit, iqa: half(unit.iqa, offset, value) }, memory);
    case ICS:
      return keep((value & 1) === 0 ? unit : { ...unit, completed: false }, memory);
    case IRTA:
      return keep({ ...unit, irta: half(unit.irta, offset, (value & 0xfffff80f) >>> 0) }, memory);
    case IRTA + 4:
      return keep({ ...unit, irta: half(unit.irta, offset, value) }, memory);
    default:
      return keep(unit, memory);
  }
};
