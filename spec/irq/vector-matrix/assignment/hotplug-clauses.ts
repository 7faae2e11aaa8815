/** VEC-HOTPLUG-1 to -7: what the loss and the return of a CPU do to interrupts. */
import type { Clause } from "../../../core/clause.js";
import { linux } from "../../../core/source.js";
import {
  astray,
  type Change,
  changes,
  drifted,
  everyIrq,
  hasRoom,
  onlineIn,
  sameAssignment,
  sameCounters,
  sameSet,
  seen,
  someIrq,
  type VectorTransition,
} from "./judging.js";
import { evicted, released } from "./move-clauses.js";

type T = VectorTransition;

const hotplug = "kernel/irq/cpuhotplug.c";
const vector = "arch/x86/kernel/apic/vector.c";
const fixup = "arch/x86/kernel/irq.c:fixup_irqs";
const task = "T1.3";
const level = "contract" as const;

/** The CPU that went down, -1 if none did. */
const dead = (t: T): number =>
  t.command.kind === "cpuDown" && t.response.kind === "moved" ? t.command.cpu : -1;

const others = (t: T, cpu: number): number => {
  let count = 0;
  for (let c = 0; c < t.config.cpus; c++) if (c !== cpu && t.before.online(c)) count++;
  return count;
};

/** The criterion of Linux: more to move than the others have free. */
const tooMany = (t: T, cpu: number): boolean => {
  const { matrix } = t.before;
  const mustMove = matrix.allocated(cpu) - matrix.managedAllocated(cpu);
  return matrix.globalAvailable - matrix.available(cpu) < mustMove;
};

const unchanged = (t: T): boolean =>
  sameCounters(t.config, t.before.matrix, seen(t).matrix) &&
  changes(t).every(({ was, is }) => sameAssignment(was, is) && was.started === is.started) &&
  t.command.kind === "cpuDown" &&
  seen(t).online(t.command.cpu);

/**
 * Linux itself lost track: its counters drifted, or an interrupt of A10 runs on a dead CPU and
 * takes room that the criterion for CPU down did not count.
 */
const unsound = (t: T): boolean => drifted(t) || someIrq(t.before, (irq) => irq.stranded);

/** No started interrupt is left behind, and no slot of the CPU leads to one. */
const nobodyLeft = (t: T): boolean => {
  const view = seen(t);
  const cpu = dead(t);
  if (view.online(cpu)) return false;
  for (let v = 0; v < t.config.bits; v++) if (view.slot(cpu, v) >= 0) return false;
  return everyIrq(view, (irq, n) => {
    if (!irq.started) return true;
    const was = t.before.irq(n);
    // An interrupt that was lost before is not hotplug's loss.
    if (was === undefined || astray(was) || was.vector === 0) return true;
    if (irq.vector !== 0 && irq.cpu === cpu) return false;
    return irq.managed || (irq.vector !== 0 && view.online(irq.cpu));
  });
};

/** Interrupts to which a vector of the dying CPU led and that still run. */
const owedReplay = (t: T, vectors: readonly number[]): readonly Change[] =>
  evicted(t).filter(
    ({ was, is }) => !was.stranded && was.started && is.started && vectors.includes(was.vector),
  );

const replayed = (t: T, { is }: Change): boolean => seen(t).isPending(is.cpu, is.vector);

const arriving = (t: T): readonly number[] =>
  t.command.kind === "cpuDown" ? t.command.arriving : [];

/** Interrupts in a move, or waiting for its cleanup, that the dying CPU is part of. */
const involved = (t: T): readonly Change[] => {
  const cpu = dead(t);
  if (cpu < 0) return [];
  return changes(t).filter(
    ({ was }) => was.prevVector !== 0 && !astray(was) && (was.cpu === cpu || was.prevCpu === cpu),
  );
};

const noRemains = (t: T): boolean => {
  const view = seen(t);
  const cpu = dead(t);
  if (view.timerArmed(cpu)) return false;
  if (someIrq(view, (irq) => irq.listed && irq.prevCpu === cpu)) return false;
  return involved(t).every(
    ({ was, is }) =>
      is.prevVector === 0 &&
      !is.listed &&
      !is.moveInProgress &&
      released(view, was.prevCpu, was.prevVector),
  );
};

/** What the interrupt asked for: a stored request with a CPU online, else its affinity. */
const wanted = (t: T, { was }: Change): readonly number[] => {
  const cpu = t.command.kind === "cpuDown" ? t.command.cpu : -1;
  const still = (set: readonly number[]) => onlineIn(t.before, set).filter((c) => c !== cpu);
  const stored = was.pending === undefined ? [] : still(was.pending);
  return stored.length > 0 ? stored : still(was.affinity);
};

/** Started interrupts on the dying CPU for which their own set has nothing left. */
const crowded = (t: T): readonly Change[] => {
  const cpu = dead(t);
  if (cpu < 0) return [];
  return changes(t).filter((c) => {
    const { was } = c;
    if (!was.started || was.vector === 0 || was.cpu !== cpu || astray(was)) return false;
    if (was.managed) return true;
    const set = wanted(t, c);
    return set.length > 0 && !hasRoom(t, set);
  });
};

/** Managed interrupts whose last online CPU the command takes. */
const orphaned = (t: T): readonly Change[] => {
  const cpu = dead(t);
  if (cpu < 0) return [];
  return changes(t).filter(
    (c) =>
      c.was.managed &&
      c.was.started &&
      c.was.cpu === cpu &&
      c.was.vector !== 0 &&
      !astray(c.was) &&
      onlineIn(t.before, c.was.affinity).every((other) => other === cpu),
  );
};

const shutDown = ({ was, is }: Change): boolean =>
  !is.started &&
  is.vector === 0 &&
  is.managedShutdown &&
  is.depth === was.depth + 1 &&
  sameSet(was.affinity, is.affinity) &&
  is.message.vector === 0;

/** Managed interrupts that wait for the CPU that came up. */
const awaited = (t: T): readonly Change[] => {
  const { command } = t;
  if (command.kind !== "cpuUp" || t.response.kind !== "moved") return [];
  return changes(t).filter(
    ({ was }) =>
      was.managed && was.requested && was.managedShutdown && was.affinity.includes(command.cpu),
  );
};

const restarted = ({ was, is }: Change): boolean =>
  is.depth === was.depth - 1 &&
  !is.managedShutdown &&
  is.started === (is.depth === 0) &&
  (!is.started || (is.vector !== 0 && is.affinity.includes(is.cpu)));

export const hotplugClauses: readonly Clause<T>[] = [
  {
    id: "VEC-HOTPLUG-1",
    title:
      "a CPU stays, ENOSPC, exactly when its non-managed vectors are more than the others have free",
    level: "linux",
    kind: "step",
    source: [
      linux(`${vector}:lapic_can_unplug_cpu`),
      linux("kernel/irq/matrix.c:irq_matrix_allocated"),
    ],
    task,
    on: ["cpuDown"],
    applies: (t) =>
      t.command.kind === "cpuDown" &&
      t.before.online(t.command.cpu) &&
      others(t, t.command.cpu) > 0,
    holds: (t) => {
      if (t.command.kind !== "cpuDown") return false;
      const refused = t.response.kind === "failed" && t.response.error === "ENOSPC";
      return refused === tooMany(t, t.command.cpu) && (refused || t.response.kind === "moved");
    },
  },
  {
    id: "VEC-HOTPLUG-1-U",
    title: "a refused CPU down changes nothing",
    level,
    kind: "step",
    source: [linux(`${vector}:lapic_can_unplug_cpu`)],
    task,
    on: ["cpuDown"],
    needs: ["irqs", "counters"],
    applies: (t) =>
      t.command.kind === "cpuDown" &&
      t.before.online(t.command.cpu) &&
      t.response.kind === "failed",
    holds: unchanged,
  },
  {
    id: "VEC-HOTPLUG-2",
    title:
      "no started interrupt is left on a dead CPU, no slot of it leads to one, and every other one has a vector on an online CPU",
    level,
    kind: "step",
    source: [linux(fixup), linux(`${hotplug}:migrate_one_irq`)],
    task,
    on: ["cpuDown"],
    needs: ["irqs", "slots"],
    applies: (t) => dead(t) >= 0 && !unsound(t),
    holds: nobodyLeft,
  },
  {
    id: "VEC-HOTPLUG-3",
    title: "a vector pending on the dying CPU is replayed on its interrupt's new CPU",
    level,
    kind: "step",
    source: [linux(fixup)],
    task,
    on: ["cpuDown"],
    needs: ["irqs", "slots"],
    applies: (t) => dead(t) >= 0 && owedReplay(t, t.before.pendingVectors(dead(t))).length > 0,
    holds: (t) =>
      owedReplay(t, t.before.pendingVectors(dead(t))).every((change) => replayed(t, change)),
  },
  {
    id: "VEC-HOTPLUG-4",
    title: "messages that reach the dying CPU before its APIC is off are replayed as well",
    level,
    kind: "step",
    source: [linux("arch/x86/kernel/smpboot.c:native_cpu_disable")],
    task,
    on: ["cpuDown"],
    needs: ["irqs", "slots"],
    applies: (t) => owedReplay(t, arriving(t)).length > 0,
    holds: (t) => owedReplay(t, arriving(t)).every((change) => replayed(t, change)),
  },
  {
    id: "VEC-HOTPLUG-5",
    title:
      "a move or cleanup that the dying CPU is part of ends with nothing left of it, and no timer stays armed there",
    level,
    kind: "step",
    source: [linux(`${vector}:apic_force_complete_move`), linux(`${vector}:lapic_offline`)],
    task,
    on: ["cpuDown"],
    needs: ["irqs", "slots", "maps"],
    applies: (t) => involved(t).length > 0,
    holds: noRemains,
  },
  {
    id: "VEC-HOTPLUG-6",
    title:
      "where its own CPUs have no room an interrupt goes to any online CPU, but a managed one never leaves its affinity",
    level,
    kind: "step",
    source: [linux(`${hotplug}:migrate_one_irq`)],
    task,
    on: ["cpuDown"],
    needs: ["irqs", "aff"],
    applies: (t) => crowded(t).length > 0 && !unsound(t),
    holds: (t) =>
      crowded(t).every(({ was, is }) =>
        was.managed
          ? sameSet(was.affinity, is.affinity) && (is.vector === 0 || was.affinity.includes(is.cpu))
          : is.started && is.vector !== 0 && seen(t).online(is.cpu),
      ),
  },
  {
    id: "VEC-HOTPLUG-7",
    title:
      "a managed interrupt that loses its last CPU is shut down, keeps its affinity, and its message is cleared",
    level,
    kind: "step",
    source: [linux(`${hotplug}:migrate_one_irq`)],
    task,
    on: ["cpuDown"],
    needs: ["irqs", "aff", "writes"],
    applies: (t) => orphaned(t).length > 0,
    holds: (t) => orphaned(t).every(shutDown),
  },
  {
    id: "VEC-HOTPLUG-7-R",
    title:
      "it starts again with a CPU of its affinity unless its driver disabled it, at the disable depth it had",
    level,
    kind: "step",
    source: [
      linux(`${hotplug}:irq_restore_affinity_of_irq`),
      linux("kernel/irq/chip.c:irq_startup_managed"),
    ],
    task,
    on: ["cpuUp"],
    needs: ["irqs", "aff"],
    applies: (t) => awaited(t).length > 0,
    holds: (t) => awaited(t).every(restarted),
  },
];
