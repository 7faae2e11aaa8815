/** State of a local APIC, and the words of IRR, ISR and TMR. */
import {
  LVT_COUNT,
  LVT_MASKED,
  SVR_ENABLE,
  x2apicLogicalId,
} from "../../../spec/hardware/local-apic/registers.js";

export type ApicMode = "xapic" | "x2apic";

/** Events that are no fixed interrupts: bits of {@link LocalApic.events}. */
export const NMI = 1;
export const SMI = 2;
export const INIT = 4;
export const SIPI = 8;
export const EXTINT = 16;

export type Timer = {
  /** Initial count register; 0 stops the timer. */
  readonly initial: number;
  /** Counts left; 0: stopped. */
  readonly count: number;
  /** Bus clocks since the last count, below the divisor. */
  readonly phase: number;
  /** Divide configuration register. */
  readonly divide: number;
  /** IA32_TSC_DEADLINE; 0 disarmed. Below 2^53. */
  readonly deadline: number;
  /** Upper half of a deadline whose lower half is still to be written. */
  readonly deadlineHigh: number;
  /** Time-stamp counter as of the last advance. */
  readonly tsc: number;
};

/** A local APIC. The mode is fixed: switching by IA32_APIC_BASE is not modelled. */
export type LocalApic = {
  /** Initial APIC id: 8 bits matter in xAPIC mode, 32 in x2APIC mode. */
  readonly id: number;
  readonly mode: ApicMode;
  readonly tpr: number;
  /** Logical destination register as read. */
  readonly ldr: number;
  readonly dfr: number;
  readonly svr: number;
  /** 256 bits in 8 words; never written in place. */
  readonly irr: Int32Array;
  readonly isr: Int32Array;
  readonly tmr: Int32Array;
  /** Error status as read. */
  readonly esr: number;
  /** Errors found since ESR was written last. */
  readonly errors: number;
  readonly icrLow: number;
  readonly icrHigh: number;
  /** In the order of `LVT` in spec/hardware/local-apic/registers.ts. */
  readonly lvt: readonly number[];
  readonly timer: Timer;
  /** NMI, SMI, INIT, SIPI and ExtINT that wait for the CPU. */
  readonly events: number;
  /** Vector of the last start-up IPI. */
  readonly sipi: number;
};

const none = new Int32Array(8);
const lvtReset: readonly number[] = new Array<number>(LVT_COUNT).fill(LVT_MASKED);
const timerReset: Timer = {
  initial: 0,
  count: 0,
  phase: 0,
  divide: 0,
  deadline: 0,
  deadlineHigh: 0,
  tsc: 0,
};

/** As after power-up: disabled by software, every LVT entry masked. */
export const newApic = (id: number, mode: ApicMode): LocalApic => ({
  id,
  mode,
  tpr: 0,
  ldr: mode === "x2apic" ? x2apicLogicalId(id) : 0,
  dfr: 0xffffffff,
  svr: 0xff,
  irr: none,
  isr: none,
  tmr: none,
  esr: 0,
  errors: 0,
  icrLow: 0,
  icrHigh: 0,
  lvt: lvtReset,
  timer: timerReset,
  events: 0,
  sipi: 0,
});

/** The same, enabled as a kernel leaves it: SVR 0x1FF. */
export const enabledApic = (id: number, mode: ApicMode): LocalApic => ({
  ...newApic(id, mode),
  svr: SVR_ENABLE | 0xff,
});

export const isEnabled = (apic: LocalApic): boolean => (apic.svr & SVR_ENABLE) !== 0;

export const hasBit = (words: Int32Array, vector: number): boolean =>
  (((words[vector >>> 5] as number) >>> (vector & 31)) & 1) !== 0;

/** The words with a bit set or clear; the same words where nothing changes. */
export const withBit = (words: Int32Array, vector: number, on: boolean): Int32Array => {
  if (hasBit(words, vector) === on) return words;
  const next = words.slice();
  next[vector >>> 5] = (next[vector >>> 5] as number) ^ (1 << (vector & 31));
  return next;
};

/** Highest bit set, -1 for none. */
export const highest = (words: Int32Array): number => {
  for (let w = 7; w >= 0; w--) {
    const word = words[w] as number;
    if (word !== 0) return 32 * w + 31 - Math.clz32(word);
  }
  return -1;
};

/** Vectors whose bit is set, ascending. */
export const vectorsOf = (words: Int32Array): readonly number[] => {
  const found: number[] = [];
  for (let v = 0; v < 256; v++) if (hasBit(words, v)) found.push(v);
  return found;
};
