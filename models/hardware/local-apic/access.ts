/** Reads and writes of a local APIC's registers. SDM vol. 3, Advanced Programmable Interrupt
 *  Controller. */
import {
  apicRegister,
  CURRENT_COUNT,
  DEADLINE_HIGH,
  DEADLINE_LOW,
  DFR,
  DIVIDE,
  EOI,
  ERROR_ILLEGAL_REGISTER,
  ERROR_SEND_ILLEGAL,
  ESR,
  ICR_HIGH,
  ICR_LOW,
  ID,
  INITIAL_COUNT,
  IRR,
  ISR,
  LDR,
  LVT_MASKED,
  LVT_TIMER,
  lvtIndex,
  PPR,
  SELF_IPI,
  SVR,
  SVR_ENABLE,
  TMR,
  TPR,
  VERSION,
  VERSION_VALUE,
} from "../../../spec/hardware/local-apic/registers.js";
import { DELIVER_EXTINT, DELIVER_SIPI, FIXED, LOWEST, noteError, type Target } from "./deliver.js";
import { eoi, eoiBroadcast, ppr } from "./priority.js";
import { isEnabled, type LocalApic } from "./state.js";
import {
  currentCount,
  timerMode,
  writeDeadline,
  writeDivide,
  writeInitialCount,
  writeTimerEntry,
} from "./timer.js";

const TWO_32 = 0x100000000;

/** Word of IRR, ISR or TMR at an offset in its range. */
const wordAt = (words: Int32Array, offset: number, first: number): number =>
  (words[(offset - first) >> 4] as number) >>> 0;

/** A 32-bit read. What the mode does not have, and what is write-only, reads 0. */
export const readRegister = (apic: LocalApic, offset: number): number => {
  if (offset >= ISR && offset < TMR) return wordAt(apic.isr, offset, ISR);
  if (offset >= TMR && offset < IRR) return wordAt(apic.tmr, offset, TMR);
  if (offset >= IRR && offset < ESR) return wordAt(apic.irr, offset, IRR);
  const entry = lvtIndex(offset);
  if (entry >= 0) return apic.lvt[entry] as number;
  switch (offset) {
    case ID:
      return apic.mode === "xapic" ? ((apic.id & 0xff) << 24) >>> 0 : apic.id;
    case VERSION:
      return VERSION_VALUE;
    case TPR:
      return apic.tpr;
    case PPR:
      return ppr(apic);
    case LDR:
      return apic.ldr;
    case DFR:
      return apic.mode === "xapic" ? apic.dfr : 0;
    case SVR:
      return apic.svr;
    case ESR:
      return apic.esr;
    case ICR_LOW:
      return apic.icrLow;
    case ICR_HIGH:
      return apic.icrHigh;
    case INITIAL_COUNT:
      return apic.timer.initial;
    case CURRENT_COUNT:
      return currentCount(apic);
    case DIVIDE:
      return apic.timer.divide;
    case DEADLINE_LOW:
      return apic.timer.deadline % TWO_32;
    case DEADLINE_HIGH:
      return Math.floor(apic.timer.deadline / TWO_32);
    default:
      return 0;
  }
};

/** What a write does besides changing registers. */
export type ApicReaction = {
  readonly apic: LocalApic;
  /** An interprocessor interrupt; hand it to `accept` with the sender among the APICs. */
  readonly sent?: Target;
  /** An EOI of a level interrupt, told to the IO-APICs. */
  readonly broadcast?: number;
  /** x2APIC: the write is refused with a general protection fault. */
  readonly refused?: true;
};

/** Shorthand field of ICR, bits [19:18]. */
const shorthands = [undefined, "self", "all", "others"] as const;

/** Delivery modes an ICR may name with a shorthand (SDM, Valid Combinations). */
const validIpi = (delivery: number, shorthand: number): boolean => {
  if (delivery === 3 || delivery === DELIVER_EXTINT) return false;
  return shorthand === 1 || shorthand === 2 ? delivery === FIXED : true;
};

/** A write of ICR bits [31:0] sends. An illegal vector is an error of the sender. */
const sendIpi = (apic: LocalApic): ApicReaction => {
  const low = apic.icrLow;
  const delivery = (low >>> 8) & 7;
  const shorthand = (low >>> 18) & 3;
  if (!validIpi(delivery, shorthand)) return { apic };
  const vector = low & 0xff;
  if (delivery <= LOWEST && vector < 16) return { apic: noteError(apic, ERROR_SEND_ILLEGAL) };
  // INIT level de-assert: only synchronized arbitration ids, long gone.
  if (delivery === DELIVER_SIPI - 1 && (low & 0xc000) === 0x8000) return { apic };
  const named = shorthands[shorthand];
  const sent: Target = {
    dest: apic.mode === "xapic" ? apic.icrHigh >>> 24 : apic.icrHigh,
    logical: (low & 0x800) !== 0,
    vector,
    delivery,
    // SDM: IPIs of the modes that matter here are edge triggered whatever bit 15 says.
    level: false,
    hint: false,
    ...(named === undefined ? {} : { shorthand: named, from: apic.id }),
  };
  return { apic, sent };
};

const selfIpi = (apic: LocalApic, vector: number): ApicReaction => {
  if (vector < 16) return { apic: noteError(apic, ERROR_SEND_ILLEGAL) };
  const sent: Target = {
    dest: 0,
    logical: false,
    vector,
    delivery: FIXED,
    level: false,
    hint: false,
    shorthand: "self",
    from: apic.id,
  };
  return { apic, sent };
};

/** Disabling by software masks every LVT entry, and keeps it masked while it lasts. */
const writeSvr = (apic: LocalApic, value: number): LocalApic => ({
  ...apic,
  svr: value,
  lvt: (value & SVR_ENABLE) === 0 ? apic.lvt.map((entry) => (entry | LVT_MASKED) >>> 0) : apic.lvt,
});

const writeLvt = (apic: LocalApic, offset: number, value: number): LocalApic => {
  const entry = isEnabled(apic) ? value : (value | LVT_MASKED) >>> 0;
  if (offset === LVT_TIMER) return writeTimerEntry(apic, entry);
  const lvt = apic.lvt.slice();
  lvt[lvtIndex(offset)] = entry;
  return { ...apic, lvt };
};

const writeKept = (apic: LocalApic, offset: number, value: number): ApicReaction => {
  if (lvtIndex(offset) >= 0) return { apic: writeLvt(apic, offset, value) };
  switch (offset) {
    case TPR:
      return { apic: { ...apic, tpr: value } };
    case LDR:
      return { apic: { ...apic, ldr: value } };
    case DFR:
      return { apic: { ...apic, dfr: value } };
    case SVR:
      return { apic: writeSvr(apic, value) };
    case ESR:
      return { apic: { ...apic, esr: apic.errors, errors: 0 } };
    case ICR_LOW:
      return sendIpi({ ...apic, icrLow: value });
    case ICR_HIGH:
      return { apic: { ...apic, icrHigh: value } };
    case INITIAL_COUNT:
      return { apic: writeInitialCount(apic, value) };
    case DIVIDE:
      return { apic: writeDivide(apic, value) };
    case DEADLINE_HIGH:
      return timerMode(apic) === "deadline"
        ? { apic: { ...apic, timer: { ...apic.timer, deadlineHigh: value } } }
        : { apic };
    case DEADLINE_LOW:
      return { apic: writeDeadline(apic, apic.timer.deadlineHigh * TWO_32 + value) };
    default:
      return { apic };
  }
};

/** A 32-bit write at a register's offset. */
export const writeRegister = (apic: LocalApic, offset: number, value: number): ApicReaction => {
  const x2apic = apic.mode === "x2apic";
  const register = apicRegister(apic.mode, offset);
  if (register === undefined || (register.access === "ro" && x2apic)) {
    return x2apic ? { apic, refused: true } : { apic: noteError(apic, ERROR_ILLEGAL_REGISTER) };
  }
  if (register.access === "ro") return { apic };
  if (offset === EOI) {
    if (x2apic && value !== 0) return { apic, refused: true };
    const broadcast = eoiBroadcast(apic);
    return broadcast === undefined ? { apic: eoi(apic) } : { apic: eoi(apic), broadcast };
  }
  if (offset === SELF_IPI) return selfIpi(apic, value & 0xff);
  // x2APIC: the logical id follows from the id, and a destination has 32 bits.
  if (x2apic && offset === LDR) return { apic, refused: true };
  const mask = x2apic && offset === ICR_HIGH ? 0xffffffff : register.writable;
  const kept = readRegister(apic, offset);
  return writeKept(apic, offset, ((kept & ~mask) | (value & mask)) >>> 0);
};
