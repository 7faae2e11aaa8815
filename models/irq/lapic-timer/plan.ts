/**
 * The register writes of Linux's timer code: arch/x86/kernel/apic/apic.c, and the next event of a
 * tick as kernel/time/tick-common.c counts it, from the last one and not from now.
 */
import {
  DEADLINE_HIGH,
  DEADLINE_LOW,
  DIVIDE,
  EOI,
  INITIAL_COUNT,
  LVT_MASKED,
  LVT_MODE_SHIFT,
  LVT_TIMER,
} from "../../../spec/hardware/local-apic/registers.js";
import { codeOf, modeCode } from "../../../spec/irq/lapic-timer/judging.js";
import {
  type ApicWrite,
  type Config,
  LINUX_DEADLINE_UNIT,
  type Mode,
} from "../../../spec/irq/lapic-timer/vocabulary.js";
import { readRegister } from "../../hardware/local-apic/index.js";
import { cpuAt, type State } from "./state.js";

const TWO_32 = 0x100000000;
/** Linux APIC_DIVISOR, and its divide configuration. */
export const DIVISOR = 16;
export const DIVIDE_BY_16 = 0x3;
/** Limits of a one-shot count (setup_APIC_timer's clockevent registration). */
const LEAST_COUNT = 0xf;
const MOST_COUNT = 0x7fffffff;

export type Writes = readonly ApicWrite[];

const write = (cpu: number, offset: number, value: number): ApicWrite => ({
  cpu,
  offset,
  value: value >>> 0,
});

/** What a kernel may choose where the contract leaves it open. */
export type Choice = {
  readonly divisor: number;
  readonly divide: number;
  /** The divide configuration and the count before the entry instead of after it. */
  readonly entryLast: boolean;
};

export const linuxChoice: Choice = { divisor: DIVISOR, divide: DIVIDE_BY_16, entryLast: false };

const clamp = (low: number, value: number, high: number): number =>
  Math.min(Math.max(value, low), high);

const tsc = (config: Config, state: State): number => state.now * config.tscRatio;

const writeMsr = (cpu: number, value: number): Writes => [
  write(cpu, DEADLINE_HIGH, Math.floor(value / TWO_32)),
  write(cpu, DEADLINE_LOW, value % TWO_32),
];

/** lapic_next_deadline: the TSC plus a whole number of units; what is past is now. */
const nextDeadline = (config: Config, state: State, cpu: number, at: number): Writes => {
  const now = tsc(config, state);
  const units = Math.max(0, Math.floor((at - now) / LINUX_DEADLINE_UNIT));
  return writeMsr(cpu, now + units * LINUX_DEADLINE_UNIT);
};

/** lapic_next_event, `at` in TSC cycles. */
const nextEvent = (config: Config, state: State, cpu: number, at: number): Writes => {
  const clocks = (at - tsc(config, state)) / config.tscRatio;
  const counts = clamp(LEAST_COUNT, Math.ceil(clocks / DIVISOR), MOST_COUNT);
  return [write(cpu, INITIAL_COUNT, counts)];
};

/** TSC at which a CPU's next tick is due. */
const nextTick = (config: Config, state: State, cpu: number): number => {
  const { since, ticks } = cpuAt(state, cpu) ?? { since: 0, ticks: 0 };
  return Math.ceil((since + ((ticks + 1) * config.busHz) / state.hz) * config.tscRatio);
};

/** The next tick of a CPU whose timer fires once. */
export const rearm = (config: Config, state: State, cpu: number, mode: Mode): Writes => {
  const at = nextTick(config, state, cpu);
  switch (mode) {
    case "periodic":
      return [];
    case "oneshot":
      return nextEvent(config, state, cpu, at);
    case "deadline":
      return nextDeadline(config, state, cpu, at);
  }
};

/** One event `delta` TSC cycles from now. */
export const program = (
  config: Config,
  state: State,
  cpu: number,
  mode: Mode,
  delta: number,
): Writes => {
  const at = tsc(config, state) + delta;
  return mode === "deadline"
    ? nextDeadline(config, state, cpu, at)
    : nextEvent(config, state, cpu, at);
};

/** __setup_APIC_LVTT, then the first event of a tick that is not periodic. */
export const start = (
  config: Config,
  state: State,
  cpu: number,
  mode: Mode,
  choice: Choice = linuxChoice,
): Writes => {
  const entry = write(cpu, LVT_TIMER, (modeCode(mode) << LVT_MODE_SHIFT) | config.vector);
  if (mode === "deadline") return [entry, ...rearm(config, state, cpu, mode)];
  const divide = write(cpu, DIVIDE, choice.divide);
  if (mode === "oneshot") {
    return [entry, write(cpu, DIVIDE, DIVIDE_BY_16), ...rearm(config, state, cpu, mode)];
  }
  const counts = Math.floor(config.busHz / state.hz / choice.divisor);
  const count = write(cpu, INITIAL_COUNT, counts);
  return choice.entryLast ? [divide, entry, count] : [entry, divide, count];
};

const lvtAt = (state: State, cpu: number): number => {
  const apic = cpuAt(state, cpu)?.apic;
  return apic === undefined ? LVT_MASKED : readRegister(apic, LVT_TIMER);
};

/** lapic_timer_shutdown. */
export const stop = (config: Config, state: State, cpu: number): Writes => {
  const entry = (lvtAt(state, cpu) & ~0xff) | LVT_MASKED | config.vector;
  const zero =
    codeOf(entry) === modeCode("deadline") ? writeMsr(cpu, 0) : [write(cpu, INITIAL_COUNT, 0)];
  return [write(cpu, LVT_TIMER, entry), ...zero];
};

/** The mask bit alone. */
export const unmaskEntry = (state: State, cpu: number): Writes => [
  write(cpu, LVT_TIMER, lvtAt(state, cpu) & ~LVT_MASKED),
];

export const endOfInterrupt = (cpu: number): Writes => [write(cpu, EOI, 0)];
