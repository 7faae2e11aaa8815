/** What is written to the timer: TMR-1, -2, -4 and their Linux halves. */
import type { Clause } from "../../core/clause.js";
import { linux, rule, sdm } from "../../core/source.js";
import {
  DIVIDE,
  divisorOf,
  INITIAL_COUNT,
  LVT_MASKED,
  LVT_TIMER,
} from "../../hardware/local-apic/registers.js";
import {
  begun,
  codeOf,
  cpuOf,
  deadlinesOf,
  isArmed,
  isMasked,
  modeCode,
  period,
  type TimerTransition,
  tscOf,
  writes,
  writesTo,
} from "./judging.js";
import { LINUX_DEADLINE_UNIT, LINUX_TIMER_VECTOR } from "./vocabulary.js";

type T = TimerTransition;

const task = "T1.4";
const step = "step" as const;
const contract = "contract" as const;
const file = "arch/x86/kernel/apic/apic.c";
const writing = [
  ...["setup", "program", "shutdown", "unmask", "interrupt"],
  ...["cpuDown", "cpuUp", "setHz", "setSource"],
];

const setUp = (t: T): readonly number[] => begun(t).filter((i) => t.after.cpus[i]?.use === "tick");

/** CPUs whose timer was set going in periodic mode. */
const periodic = (t: T): readonly number[] =>
  setUp(t).filter((i) => t.after.cpus[i]?.mode === "periodic");

const programs = (t: T): boolean => t.command.kind === "program" && t.response.kind === "did";

const inDeadline = (t: T): boolean => programs(t) && t.after.cpus[cpuOf(t)]?.mode === "deadline";

/** Deadlines that arm, on CPUs in that mode. */
const armed = (t: T) => deadlinesOf(t).filter(({ value }) => value !== 0);

/** Reserved bits of the timer's entry: [11:8], [15:13], [31:19]. */
const LVT_RESERVED = ~(0xff | (1 << 12) | LVT_MASKED | (3 << 17));

export const registerClauses: readonly Clause<T>[] = [
  {
    id: "TMR-1",
    title:
      "the timer's entry has the mode asked for and the timer's vector, 16 or above, and is not " +
      "masked while it runs; mode 11 and reserved bits are never written",
    level: contract,
    kind: step,
    source: [linux(`${file}:__setup_APIC_LVTT`), sdm("Local Vector Table")],
    task,
    on: writing,
    applies: (t) => writesTo(t, LVT_TIMER).length > 0 || setUp(t).length > 0,
    holds: (t) => {
      for (const { value } of writesTo(t, LVT_TIMER)) {
        if (codeOf(value) === 3 || (value & LVT_RESERVED) !== 0) return false;
        if (!isMasked(value) && (value & 0xff) < 16) return false;
      }
      return setUp(t).every((i) => {
        const cpu = t.after.cpus[i];
        if (cpu === undefined || isMasked(cpu.lvt)) return false;
        return codeOf(cpu.lvt) === modeCode(cpu.mode) && (cpu.lvt & 0xff) === t.config.vector;
      });
    },
  },
  {
    id: "TMR-1-L",
    title: "the timer's vector is 0xEC",
    level: "linux",
    kind: step,
    source: [linux(`${file}:__setup_APIC_LVTT`), linux("arch/x86/include/asm/irq_vectors.h")],
    task,
    on: writing,
    applies: (t) => writesTo(t, LVT_TIMER).length > 0,
    holds: (t) => writesTo(t, LVT_TIMER).every((w) => (w.value & 0xff) === LINUX_TIMER_VECTOR),
  },
  {
    id: "TMR-2",
    title:
      "periodic: initial count times divisor is the bus clock over the tick rate, within one " +
      "count; bit 2 of the divide configuration is zero",
    level: contract,
    kind: step,
    source: [linux(`${file}:__setup_APIC_LVTT`), sdm("APIC timer: divide configuration register")],
    task,
    on: writing,
    applies: (t) => periodic(t).length > 0 || writesTo(t, DIVIDE).length > 0,
    holds: (t) => {
      if (writesTo(t, DIVIDE).some((w) => (w.value & ~0xb) !== 0)) return false;
      return periodic(t).every((i) => {
        const cpu = t.after.cpus[i];
        if (cpu === undefined) return false;
        const divisor = divisorOf(cpu.divide);
        return Math.abs(cpu.initial * divisor - period(t.config, t.after.hz)) <= divisor;
      });
    },
  },
  {
    id: "TMR-4",
    title:
      "deadline mode: the MSR is the TSC plus what was asked for, at most one unit of 8 cycles " +
      "early; the timer is then armed, or has fired where that is past",
    level: contract,
    kind: step,
    source: [linux(`${file}:lapic_next_deadline`), sdm("TSC-deadline mode")],
    task,
    on: ["program"],
    applies: inDeadline,
    holds: (t) => {
      const cpu = t.after.cpus[cpuOf(t)];
      if (cpu === undefined) return false;
      if (cpu.wanted <= tscOf(t.config, t.after.now)) return cpu.pending;
      // One that ends up to a unit early may have fired with the last cycles.
      if (!isArmed(cpu)) return cpu.pending && cpu.wanted < tscOf(t.config, t.after.now) + 8;
      return cpu.deadline <= cpu.wanted && cpu.deadline > cpu.wanted - LINUX_DEADLINE_UNIT;
    },
  },
  {
    id: "TMR-4-E",
    title: "one programmed event comes once, after its time, and then nothing until the next",
    level: contract,
    kind: step,
    source: [sdm("TSC-deadline mode"), sdm("APIC timer: one-shot mode"), rule("TMR-4")],
    task,
    on: ["interrupt", "advance"],
    requires: ["program"],
    applies: (t) => {
      if (t.command.kind === "interrupt") return t.before.cpus[cpuOf(t)]?.use === "event";
      return t.command.kind === "advance" && t.before.cpus.some((c) => c.use === "event");
    },
    holds: (t) => {
      if (t.response.kind === "did" && t.command.kind === "interrupt") {
        const cpu = t.command.cpu;
        const before = t.before.cpus[cpu];
        if (before === undefined) return false;
        // Both modes may come a unit or a count early, and no more.
        const grain = LINUX_DEADLINE_UNIT + divisorOf(before.divide) * t.config.tscRatio;
        if (before.due > 0 && tscOf(t.config, t.before.now) < before.wanted - grain) return false;
        const { events } = t.response;
        return events.length === before.due && events.every((i) => i === cpu);
      }
      return t.after.cpus.every(
        (c) => c.use !== "event" || c.due > 0 || (!c.pending && !isArmed(c)),
      );
    },
  },
  {
    id: "TMR-4-L",
    title: "a deadline lies a multiple of 8 TSC cycles ahead",
    level: "linux",
    kind: step,
    source: [linux(`${file}:lapic_next_deadline`)],
    task,
    on: writing,
    applies: (t) => armed(t).length > 0,
    holds: (t) =>
      armed(t).every(
        ({ value }) => (value - tscOf(t.config, t.before.now)) % LINUX_DEADLINE_UNIT === 0,
      ),
  },
  {
    id: "TMR-5-L",
    title: "a shutdown masks the timer's entry first, then zeroes the deadline or the count",
    level: "linux",
    kind: step,
    source: [linux(`${file}:lapic_timer_shutdown`)],
    task,
    on: ["shutdown", "cpuDown"],
    applies: (t) =>
      (t.command.kind === "shutdown" || t.command.kind === "cpuDown") && t.response.kind === "did",
    holds: (t) => {
      const [first, ...rest] = writes(t);
      if (first?.offset !== LVT_TIMER || !isMasked(first.value)) return false;
      const inMsr = codeOf(first.value) === modeCode("deadline");
      if (rest.some((w) => w.value !== 0)) return false;
      return inMsr
        ? deadlinesOf(t).length === 1 && rest.length === 2
        : rest.length === 1 && rest[0]?.offset === INITIAL_COUNT;
    },
  },
];
