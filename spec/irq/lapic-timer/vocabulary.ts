/**
 * The local APIC timer as the source of the scheduler tick: set up, programmed, shut down, CPU by
 * CPU. A command is an entry point of the kernel, time that passes, or an interrupt that a CPU
 * takes; the answer lists the register writes that the kernel's code made, in their order. The
 * judge makes the same writes to local APICs of its own, so that when a timer fires is always the
 * consequence of what was written.
 */
import * as t from "io-ts";
import { boundedInt } from "../../core/int.js";
import { tagged } from "../../core/tagged.js";
import { Word32 } from "../msi-message/vocabulary.js";

/** Linux LOCAL_TIMER_VECTOR. */
export const LINUX_TIMER_VECTOR = 0xec;
/** Linux counts a deadline in units of so many TSC cycles. */
export const LINUX_DEADLINE_UNIT = 8;

/** Bus clocks at the start of a run; the TSC is that times its ratio, so never zero. */
export const START_CLOCKS = 1_000_000;

const Cpu = boundedInt("CPU", 0, 63);
const Hz = boundedInt("ticks a second", 1, 10_000);

export const modes = ["periodic", "oneshot", "deadline"] as const;
export const Mode = t.union(
  [t.literal("periodic"), t.literal("oneshot"), t.literal("deadline")],
  '"periodic", "oneshot" or "deadline"',
);
export type Mode = t.TypeOf<typeof Mode>;

export const Config = t.readonly(
  t.exact(
    t.type({
      cpus: boundedInt("CPUs", 1, 64),
      /** Online at the start: the CPUs below. Their timers are off. */
      online: boundedInt("online CPUs", 1, 64),
      /** Clocks of the bus a second, from which the timer counts. */
      busHz: boundedInt("bus clock", 1_000_000, 1_000_000_000),
      /** Cycles of the time-stamp counter for each clock of the bus. */
      tscRatio: boundedInt("TSC cycles a bus clock", 1, 100),
      /** Tick rates that the system may be set to; the first is in force at the start. */
      rates: t.readonlyArray(Hz, "a list of tick rates"),
      /** Mode in which a CPU that comes up gets its tick. */
      tick: Mode,
      vector: boundedInt("timer vector", 16, 254),
      /** CPUID.01H:ECX[24]: the timer has the TSC-deadline mode. */
      deadline: t.boolean,
      /** Wall time of a scheduler slice, microseconds. */
      sliceUs: boundedInt("slice", 1, 1_000_000),
    }),
  ),
  "local APIC timer configuration",
);
export type Config = t.TypeOf<typeof Config>;

const Source = t.union([t.literal("pit"), t.literal("lapic")], '"pit" or "lapic"');
export type Source = t.TypeOf<typeof Source>;

export const Command = tagged("local APIC timer command", {
  /** The CPU gets its tick from its timer in this mode, from now on. */
  setup: { cpu: Cpu, mode: Mode },
  /** The tick stops; one event in `delta` TSC cycles instead. Not in periodic mode. */
  program: { cpu: Cpu, delta: boundedInt("TSC cycles", -1_000_000_000, 1_000_000_000) },
  shutdown: { cpu: Cpu },
  /** The mask of the timer's entry is cleared and nothing else done. */
  unmask: { cpu: Cpu },
  /** Time passes; it stands at START_CLOCKS when a run begins. */
  advance: { clocks: boundedInt("bus clocks", 1, 1_000_000_000) },
  /** The CPU takes the timer's vector. */
  interrupt: { cpu: Cpu },
  cpuDown: { cpu: Cpu },
  cpuUp: { cpu: Cpu },
  setHz: { hz: Hz },
  /** What drives the tick of the boot CPU. The PIT does so where only that one is online. */
  setSource: { source: Source },
  /** The PIT's interrupt. */
  pit: {},
  /** A thread is given a slice: how many ticks is that? */
  slice: {},
});
export type Command = t.TypeOf<typeof Command>;
export type CommandKind = Command["kind"];
export const commandKinds: readonly CommandKind[] = Command.kinds;

/**
 * A write to a CPU's own local APIC, by the offset in the xAPIC page. The TSC-deadline MSR is two,
 * 0x6f0 the upper half and then 0x6e0 the lower one.
 */
export const ApicWrite = t.readonly(
  t.exact(t.type({ cpu: Cpu, offset: boundedInt("local APIC offset", 0, 0xfff), value: Word32 })),
  "register write",
);
export type ApicWrite = t.TypeOf<typeof ApicWrite>;

export const Response = tagged("local APIC timer response", {
  did: {
    /** In the order in which they were made. */
    writes: t.readonlyArray(ApicWrite, "a list of register writes"),
    /** CPUs whose scheduler tick was run, one entry a run. */
    ticks: t.readonlyArray(Cpu, "a list of CPUs"),
    /** CPUs whose programmed event was run. */
    events: t.readonlyArray(Cpu, "a list of CPUs"),
    /** The PIT drives a tick from now on. */
    pit: t.boolean,
  },
  granted: { ticks: boundedInt("ticks", 0, 1_000_000_000) },
  refused: {},
});
export type Response = t.TypeOf<typeof Response>;
export type Did = Extract<Response, { kind: "did" }>;

/** What a CPU's timer is for now. */
export type Use = "off" | "tick" | "event";

export type CpuView = {
  readonly online: boolean;
  /** As the commands say it. */
  readonly use: Use;
  readonly mode: Mode;
  /** Bus clock at which the tick began, and ticks run since. */
  readonly since: number;
  readonly ticks: number;
  /** Programmed events still to come: 1 or 0. */
  readonly due: number;
  /** Deadline asked for, in TSC cycles, while an event is due. */
  readonly wanted: number;
  /** Shut down, and not set up or programmed since. */
  readonly shut: boolean;
  // Registers of its local APIC.
  readonly lvt: number;
  readonly initial: number;
  readonly count: number;
  readonly divide: number;
  readonly deadline: number;
  /** The timer's vector waits in IRR. */
  readonly pending: boolean;
  readonly inService: boolean;
};

export type View = {
  /** Bus clocks since the start. */
  readonly now: number;
  readonly hz: number;
  /** The PIT drives the boot CPU's tick, since that bus clock, and has done so often. */
  readonly pit: boolean;
  readonly pitSince: number;
  readonly pitTicks: number;
  readonly cpus: readonly CpuView[];
};

/** `ticks`: how many ticks each CPU's scheduler has counted. */
export const observables = ["ticks"] as const;
