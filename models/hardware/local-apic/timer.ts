/** The timer of the local APIC. SDM vol. 3, APIC Timer and TSC-Deadline Mode. */
import {
  divisorOf,
  LVT_MASKED,
  LVT_MODE_SHIFT,
  ONE_SHOT,
  PERIODIC,
  TSC_DEADLINE,
} from "../../../spec/hardware/local-apic/registers.js";
import { acceptFixed } from "./deliver.js";
import type { LocalApic, Timer } from "./state.js";

/** Position of the timer in the LVT. */
const ENTRY = 0;

export type TimerMode = "one-shot" | "periodic" | "deadline" | "reserved";
const modes: readonly TimerMode[] = ["one-shot", "periodic", "deadline", "reserved"];

const code = (apic: LocalApic): number => ((apic.lvt[ENTRY] as number) >>> LVT_MODE_SHIFT) & 3;
export const timerMode = (apic: LocalApic): TimerMode => modes[code(apic)] as TimerMode;

/** An LVT entry of the timer is written. */
export const writeTimerEntry = (apic: LocalApic, entry: number): LocalApic => {
  const lvt = apic.lvt.slice();
  lvt[ENTRY] = entry;
  // SDM: a write that changes the mode disarms the timer.
  const changed = (((entry ^ (apic.lvt[ENTRY] as number)) >>> LVT_MODE_SHIFT) & 3) !== 0;
  const stopped = { ...apic.timer, initial: 0, count: 0, phase: 0, deadline: 0, deadlineHigh: 0 };
  return { ...apic, lvt, timer: changed ? stopped : apic.timer };
};

/** Starts the count, or stops it with 0. Without effect in TSC-deadline mode. */
export const writeInitialCount = (apic: LocalApic, value: number): LocalApic =>
  code(apic) === TSC_DEADLINE
    ? apic
    : { ...apic, timer: { ...apic.timer, initial: value, count: value, phase: 0 } };

/** A running count goes on with the new divisor from its last whole count. */
export const writeDivide = (apic: LocalApic, value: number): LocalApic => ({
  ...apic,
  timer: { ...apic.timer, divide: value & 0xb, phase: 0 },
});

export const currentCount = (apic: LocalApic): number =>
  code(apic) === TSC_DEADLINE ? 0 : apic.timer.count;

/** The timer's interrupt: lost where the entry is masked, remembered at most once in IRR. */
const raise = (apic: LocalApic): LocalApic => {
  const entry = apic.lvt[ENTRY] as number;
  return (entry & LVT_MASKED) !== 0 ? apic : acceptFixed(apic, entry & 0xff, false);
};

/** Whether the count goes down: loaded, and in a mode that counts. */
const running = (apic: LocalApic): boolean => {
  const mode = code(apic);
  return (mode === ONE_SHOT || mode === PERIODIC) && apic.timer.count > 0;
};

/** Bus clocks until the next expiry of a count; undefined when none runs. */
export const busClocksToExpiry = (apic: LocalApic): number | undefined =>
  running(apic) ? apic.timer.count * divisorOf(apic.timer.divide) - apic.timer.phase : undefined;

/** What {@link advance} makes of the timer. */
export type Advanced = {
  readonly apic: LocalApic;
  /** How often the timer expired, masked or not. */
  readonly expired: number;
};

const expireDeadline = (apic: LocalApic, tsc: number): Advanced => {
  const { deadline } = apic.timer;
  if (deadline === 0 || deadline > tsc) return { apic, expired: 0 };
  const disarmed = { ...apic, timer: { ...apic.timer, deadline: 0 } };
  return { apic: raise(disarmed), expired: 1 };
};

/**
 * IA32_TSC_DEADLINE is written: 0 disarms, a value not above the time-stamp counter fires at once.
 * Without effect in the other modes.
 */
export const writeDeadline = (apic: LocalApic, deadline: number): LocalApic => {
  if (code(apic) !== TSC_DEADLINE) return apic;
  const timer: Timer = { ...apic.timer, deadline, deadlineHigh: 0 };
  return expireDeadline({ ...apic, timer }, timer.tsc).apic;
};

/**
 * Time passes: `busClocks` clocks of the bus, after which the time-stamp counter stands at `tsc`.
 * Several expiries in one span leave one bit in IRR; step by {@link busClocksToExpiry} to see each.
 */
export const advance = (
  apic: LocalApic,
  busClocks: number,
  tsc: number = apic.timer.tsc + busClocks,
): Advanced => {
  const before = apic.timer;
  const at = tsc === before.tsc ? apic : { ...apic, timer: { ...before, tsc } };
  if (code(apic) === TSC_DEADLINE) return expireDeadline(at, tsc);
  if (!running(apic) || busClocks === 0) return { apic: at, expired: 0 };
  const divisor = divisorOf(before.divide);
  const clocks = before.phase + busClocks;
  const counts = Math.floor(clocks / divisor);
  const phase = clocks % divisor;
  if (counts < before.count) {
    const timer: Timer = { ...at.timer, count: before.count - counts, phase };
    return { apic: { ...at, timer }, expired: 0 };
  }
  if (code(apic) === ONE_SHOT) {
    const stopped: Timer = { ...at.timer, count: 0, phase: 0 };
    return { apic: raise({ ...at, timer: stopped }), expired: 1 };
  }
  // Periodic: the initial count is loaded again at each expiry.
  const over = counts - before.count;
  const timer: Timer = { ...at.timer, count: before.initial - (over % before.initial), phase };
  const expired = 1 + Math.floor(over / before.initial);
  return { apic: raise({ ...at, timer }), expired };
};
