/** When ticks come, and to whom: TMR-3, -5, -6, -7. */
import type { Clause } from "../../core/clause.js";
import { linux, plan, rule } from "../../core/source.js";
import {
  cpuOf,
  isArmed,
  isLive,
  owed,
  rounding,
  type TimerTransition,
  ticking,
} from "./judging.js";
import type { View } from "./vocabulary.js";

type T = TimerTransition;

const task = "T1.4";
const contract = "contract" as const;
const invariant = "invariant" as const;
const step = "step" as const;
const file = "arch/x86/kernel/apic/apic.c";

/** CPUs that were shut down and are unmasked again, nothing armed since. */
const unmasked = (view: View): readonly number[] =>
  view.cpus.flatMap((cpu, i) => (cpu.shut && (cpu.lvt & (1 << 16)) === 0 ? [i] : []));

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i]);

export const tickClauses: readonly Clause<T>[] = [
  {
    id: "TMR-3",
    title:
      "with the tick active for T seconds a CPU has had T times HZ ticks, one more or less, the " +
      "one that waits counted: nothing drifts, however late handlers run",
    level: contract,
    kind: invariant,
    source: [linux("kernel/time/tick-common.c:tick_handle_periodic"), rule("T1.4: tick rate")],
    task,
    requires: ["setup"],
    applies: (t) => ticking(t.after).some((i) => (t.after.cpus[i]?.since ?? 0) < t.after.now),
    holds: (t) =>
      ticking(t.after).every((i) => {
        const cpu = t.after.cpus[i];
        if (cpu === undefined) return false;
        const had = cpu.ticks + (cpu.pending ? 1 : 0);
        const allowed = 1 + rounding(t.config, t.after, cpu);
        return Math.abs(had - owed(t.config, t.after, cpu)) <= allowed;
      }),
  },
  {
    id: "TMR-5",
    title: "after a shutdown no tick comes, also once the entry is unmasked without re-arming",
    level: contract,
    kind: step,
    source: [linux(`${file}:lapic_timer_shutdown`)],
    task,
    on: ["advance", "unmask", "interrupt"],
    requires: ["shutdown"],
    applies: (t) => unmasked(t.after).length > 0,
    holds: (t) => {
      if (t.response.kind === "did" && t.command.kind === "interrupt") {
        if (t.before.cpus[t.command.cpu]?.shut && t.response.ticks.length > 0) return false;
      }
      return unmasked(t.after).every((i) => t.after.cpus[i]?.pending !== true);
    },
  },
  {
    id: "TMR-6",
    title: "a tick runs the scheduler tick of the CPU that it interrupts, exactly once",
    level: contract,
    kind: step,
    source: [linux(`${file}:local_apic_timer_interrupt`)],
    task,
    on: ["interrupt", "pit"],
    applies: (t) => {
      if (t.response.kind !== "did") return false;
      if (t.command.kind === "pit") return t.before.pit;
      return t.command.kind === "interrupt" && t.before.cpus[cpuOf(t)]?.use === "tick";
    },
    holds: (t) => {
      if (t.response.kind !== "did") return false;
      return same(t.response.ticks, [t.command.kind === "pit" ? 0 : cpuOf(t)]);
    },
  },
  {
    id: "TMR-6-O",
    title:
      "each CPU whose tick is on has its own timer running; a CPU that is down has none, and one " +
      "that comes up has it again",
    level: contract,
    kind: invariant,
    source: [linux(`${file}:setup_APIC_timer`), linux(`${file}:lapic_timer_shutdown`)],
    task,
    applies: (t) => t.after.cpus.some((c) => c.use === "tick" || !c.online),
    holds: (t) =>
      t.after.cpus.every((c) => {
        if (!c.online) return !isLive(c) && !c.pending;
        return c.use !== "tick" || c.pending || c.inService || isLive(c);
      }),
  },
  {
    id: "TMR-6-P",
    title: "the PIT and a local APIC timer never both drive a tick",
    level: contract,
    kind: invariant,
    source: [linux(`${file}:setup_boot_APIC_clock`), plan("T1.4 timer vector")],
    task,
    requires: ["setSource"],
    applies: (t) => t.after.pit || t.before.pit,
    holds: (t) => !(t.after.pit && t.after.cpus.some((c) => c.online && isArmed(c))),
  },
  {
    id: "TMR-6-C",
    title: "the schedulers' own tick counters are what the reported ticks add up to",
    level: contract,
    kind: step,
    source: [rule("a tick that is reported was run, and nothing else")],
    task,
    on: ["interrupt", "pit"],
    needs: ["ticks"],
    applies: (t) => t.observed !== undefined && t.response.kind === "did",
    holds: (t) =>
      t.observed?.cpus.every((c, i) => c.ticks === t.after.cpus[i]?.ticks) === true &&
      t.observed.pitTicks === t.after.pitTicks,
  },
  {
    id: "TMR-6-E",
    title: "a timer interrupt gets its EOI: none is in service when its handler is done",
    level: contract,
    kind: step,
    source: [linux(`${file}:sysvec_apic_timer_interrupt`), rule("DISP-2")],
    task,
    on: ["interrupt"],
    applies: (t) => t.command.kind === "interrupt" && t.response.kind === "did",
    holds: (t) => t.after.cpus[cpuOf(t)]?.inService === false,
  },
  {
    id: "TMR-7",
    title:
      "a slice is as many ticks as its wall time has at the rate in force, one more or less: after " +
      "a change of rate or source it lasts as long as before",
    level: contract,
    kind: step,
    source: [plan("T1.4 timer vector: slices"), rule("T1.4: no constant of the PIT's rate")],
    task,
    on: ["slice"],
    applies: (t) => t.command.kind === "slice" && t.response.kind === "granted",
    holds: (t) => {
      if (t.response.kind !== "granted") return false;
      return Math.abs(t.response.ticks - (t.config.sliceUs * t.before.hz) / 1e6) <= 1;
    },
  },
];
