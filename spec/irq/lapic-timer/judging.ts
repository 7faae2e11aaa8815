/** What the clauses look at: writes by register, time in ticks, what a timer is about to do. */
import type { Transition } from "../../core/clause.js";
import {
  DEADLINE_HIGH,
  DEADLINE_LOW,
  divisorOf,
  LVT_MASKED,
  LVT_MODE_SHIFT,
  TSC_DEADLINE,
} from "../../hardware/local-apic/registers.js";
import type {
  ApicWrite,
  Command,
  Config,
  CpuView,
  Did,
  Mode,
  Response,
  View,
} from "./vocabulary.js";

export type TimerTransition = Transition<Config, Command, Response, View>;
type T = TimerTransition;

const TWO_32 = 0x100000000;

export const didIn = (t: T): Did | undefined =>
  t.response.kind === "did" ? t.response : undefined;

const none: readonly ApicWrite[] = [];
export const writes = (t: T): readonly ApicWrite[] => didIn(t)?.writes ?? none;

export const writesTo = (t: T, offset: number): readonly ApicWrite[] =>
  writes(t).filter((w) => w.offset === offset);

/** The deadlines written, each a pair of halves. */
export const deadlinesOf = (t: T): readonly { cpu: number; value: number }[] => {
  const list = writes(t);
  return list.flatMap((w, i) => {
    if (w.offset !== DEADLINE_LOW) return [];
    const high = list[i - 1];
    const paired = high !== undefined && high.offset === DEADLINE_HIGH && high.cpu === w.cpu;
    return [{ cpu: w.cpu, value: (paired ? high.value : 0) * TWO_32 + w.value }];
  });
};

const codes: Readonly<Record<Mode, number>> = { periodic: 1, oneshot: 0, deadline: 2 };
export const modeCode = (mode: Mode): number => codes[mode];
export const codeOf = (lvt: number): number => (lvt >>> LVT_MODE_SHIFT) & 3;
export const isMasked = (lvt: number): boolean => (lvt & LVT_MASKED) !== 0;

/** The timer runs: it will expire without a further write. */
export const isArmed = (cpu: CpuView): boolean =>
  codeOf(cpu.lvt) === TSC_DEADLINE ? cpu.deadline !== 0 : cpu.count > 0;

/** It will interrupt its CPU without a further write. */
export const isLive = (cpu: CpuView): boolean => isArmed(cpu) && !isMasked(cpu.lvt);

/** Bus clocks of a tick, as a fraction where the rate does not divide the clock. */
export const period = (config: Config, hz: number): number => config.busHz / hz;

/** Ticks that a CPU owes since its tick began, as a fraction. */
export const owed = (config: Config, view: View, cpu: CpuView): number =>
  ((view.now - cpu.since) * view.hz) / config.busHz;

/**
 * Part of a tick that counting in whole units costs: a periodic count may be off by one at each
 * tick, which adds up; a timer that is armed anew each time is off by one count or clock at most.
 */
export const rounding = (config: Config, view: View, cpu: CpuView): number => {
  const counts = cpu.mode === "periodic" ? owed(config, view, cpu) + 1 : 1;
  return (counts * divisorOf(cpu.divide) + 1) / period(config, view.hz);
};

export const tscOf = (config: Config, now: number): number => now * config.tscRatio;

/** CPUs whose tick comes from their timer. */
export const ticking = (view: View): readonly number[] =>
  view.cpus.flatMap((cpu, i) => (cpu.online && cpu.use === "tick" ? [i] : []));

/** The CPU that a command names. */
export const cpuOf = (t: T): number => ("cpu" in t.command ? t.command.cpu : -1);

/** CPUs whose timer the command set going anew. */
export const begun = (t: T): readonly number[] => {
  if (t.response.kind !== "did") return [];
  switch (t.command.kind) {
    case "setup":
    case "cpuUp":
      return [t.command.cpu];
    case "setHz":
    case "setSource":
      return ticking(t.after);
    default:
      return [];
  }
};
