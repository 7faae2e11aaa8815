/** Clauses VEC-MATRIX-1 to -18; ids ending in -L are the linux half of a rule. */
import type { Clause } from "../../../core/clause.js";
import { linux, rule } from "../../../core/source.js";
import {
  everyTouched,
  granted,
  grantedCpu,
  grantedVector,
  hasRoom,
  inRange,
  type MatrixTransition,
  maskOf,
  ownBit,
  shows,
  size,
} from "./judging.js";
import { linuxClauses } from "./linux-clauses.js";
import { managedClauses } from "./managed-clauses.js";
import type { MatrixView } from "./vocabulary.js";

type T = MatrixTransition;

const matrix = "kernel/irq/matrix.c";
const task = "T1.3";
const observed = ["counters", "maps"] as const;
const level = "contract" as const;

const refused = (t: T): boolean => t.response.kind === "failed" || t.response.kind === "warned";

/** Counters of one CPU against its own maps (VEC-MATRIX-6). */
const conserved = (t: T, cpu: number): boolean => {
  const v = t.observed as MatrixView;
  const allocated = v.countAllocated(cpu);
  const managed = v.countManaged(cpu);
  const both = v.countManagedAllocated(cpu);
  if (v.allocated(cpu) !== allocated || v.managed(cpu) !== managed) return false;
  if (v.managedAllocated(cpu) !== both) return false;
  if (!t.after.initialized(cpu) || t.after.drifted(cpu)) return true;
  // What a CPU of a global table can still be given is not its own affair.
  if (t.config.scope === "global") return true;
  const free = size(t.config) - t.after.countSystemInRange() - managed - (allocated - both);
  return v.available(cpu) === free;
};

/** A CPU's share of the two sums of VEC-MATRIX-7. */
const share = (v: MatrixView, cpu: number): number => (v.online(cpu) ? v.available(cpu) : 0);

const sumsAgree = (t: T): boolean => {
  const v = t.observed as MatrixView;
  // Incremental: the sums held before, so their change must be the change of the touched CPUs.
  const base = t.touched === undefined ? undefined : t.before;
  let available = base?.globalAvailable ?? 0;
  let online = base?.onlineMaps ?? 0;
  everyTouched(t, (_t, cpu) => {
    available += share(v, cpu) - (base === undefined ? 0 : share(base, cpu));
    online += Number(v.online(cpu)) - (base === undefined ? 0 : Number(base.online(cpu)));
    return true;
  });
  return v.globalAvailable === available && v.onlineMaps === online;
};

/** No CPU but the one freed on lost or gained an allocation. */
const othersKept = (t: T): boolean => {
  const seen = t.observed;
  if (seen === undefined || t.command.kind !== "free") return true;
  const { cpu, vector } = t.command;
  if (seen.isAllocated(cpu, vector)) return false;
  return everyTouched(
    t,
    (_t, c) => c === cpu || seen.countAllocated(c) === t.before.countAllocated(c),
  );
};

const contractClauses: readonly Clause<T>[] = [
  {
    id: "VEC-MATRIX-1",
    title: "an allocated vector had no owner on that CPU",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_alloc`)],
    task,
    on: ["alloc", "allocManaged", "assign"],
    applies: granted,
    holds: (t) => !t.before.isAllocated(grantedCpu(t), grantedVector(t)),
  },
  {
    id: "VEC-MATRIX-1-C",
    title: "no two overlapping callers are given the same (CPU, vector)",
    level,
    kind: "declared",
    source: [linux(`${matrix}:irq_matrix_alloc`)],
    task,
    awaits: "interleaved callers; step by step it is IRQ-RACE-9 of irq/domain/interleaving",
  },
  {
    id: "VEC-MATRIX-2",
    title: "an allocated vector lies in the device range and is no system vector",
    level,
    kind: "step",
    source: [linux("arch/x86/include/asm/irq_vectors.h"), linux(`${matrix}:matrix_alloc_area`)],
    task,
    on: ["alloc", "allocManaged", "assign"],
    applies: granted,
    holds: (t) => {
      const vector = grantedVector(t);
      return inRange(t.config, vector) && !t.before.isSystem(vector);
    },
  },
  {
    id: "VEC-MATRIX-3",
    title: "an allocation is refused only when every online CPU of the mask is full",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_free`)],
    task,
    on: ["alloc"],
    applies: (t) =>
      t.command.kind === "alloc" &&
      refused(t) &&
      t.command.cpus.length > 0 &&
      !t.command.cpus.some((cpu) => t.before.drifted(cpu)),
    holds: (t) => !hasRoom(t.config, t.before, maskOf(t.command)),
  },
  {
    id: "VEC-MATRIX-3-W",
    title: "exhaustion is reached: an online CPU has no free vector left",
    level,
    kind: "witness",
    source: [linux(`${matrix}:matrix_alloc_area`)],
    task,
    on: ["alloc"],
    applies: (t) =>
      t.command.kind === "alloc" &&
      t.response.kind === "allocated" &&
      !hasRoom(t.config, t.after, [t.response.cpu]),
  },
  {
    id: "VEC-MATRIX-4",
    title: "free releases the vector on the CPU that owns it, whatever CPU executes the call",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_free`)],
    task,
    on: ["free"],
    applies: ownBit,
    holds: (t) => t.response.kind === "done" && othersKept(t),
  },
  {
    id: "VEC-MATRIX-5",
    title: "freeing what is not allocated changes no counter and no bit",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_free`)],
    task,
    on: ["free"],
    needs: observed,
    applies: (t) => t.command.kind === "free" && !ownBit(t),
    holds: (t) => shows(t, t.before),
  },
  {
    id: "VEC-MATRIX-6",
    title: "a CPU's counters are the counts of its own maps",
    level,
    kind: "invariant",
    source: [linux(`${matrix}:irq_matrix_alloc`)],
    task,
    needs: observed,
    applies: (t) => t.observed !== undefined,
    holds: (t) => everyTouched(t, conserved),
  },
  {
    id: "VEC-MATRIX-7",
    title: "global counters are the sums over the online CPUs",
    level,
    kind: "invariant",
    source: [linux(`${matrix}:irq_matrix_online`), linux(`${matrix}:irq_matrix_offline`)],
    task,
    needs: ["counters"],
    applies: (t) => t.observed !== undefined,
    holds: sumsAgree,
  },
  {
    id: "VEC-MATRIX-9",
    title: "an allocation is inside mask and online CPUs, or is refused and changes nothing",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_alloc`)],
    task,
    on: ["alloc", "allocManaged"],
    applies: (t) => t.command.kind === "alloc" || t.command.kind === "allocManaged",
    holds: (t) => {
      if (t.response.kind === "failed") return shows(t, t.before);
      if (t.response.kind !== "allocated") return false;
      return maskOf(t.command).includes(t.response.cpu) && t.before.online(t.response.cpu);
    },
  },
  {
    id: "VEC-MATRIX-16",
    title: "going offline or online changes no map and no count of that CPU",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_offline`), linux(`${matrix}:irq_matrix_online`)],
    task,
    on: ["offline", "online"],
    needs: observed,
    applies: (t) =>
      (t.command.kind === "offline" || t.command.kind === "online") &&
      t.before.initialized(t.command.cpu) &&
      t.before.online(t.command.cpu) === (t.command.kind === "offline"),
    holds: (t) => {
      if (t.command.kind !== "offline" && t.command.kind !== "online") return true;
      const seen = t.observed as MatrixView;
      const { cpu } = t.command;
      return (
        t.response.kind === "done" &&
        seen.online(cpu) === (t.command.kind === "online") &&
        seen.sameMaps(t.before, cpu) &&
        seen.available(cpu) === t.before.available(cpu) &&
        seen.allocated(cpu) === t.before.allocated(cpu) &&
        seen.managed(cpu) === t.before.managed(cpu) &&
        seen.managedAllocated(cpu) === t.before.managedAllocated(cpu)
      );
    },
  },
  {
    id: "VEC-MATRIX-19",
    title: "a command within its preconditions is answered, not refused as a caller's mistake",
    level,
    kind: "step",
    source: [rule("a kernel must not stop or warn on legal use")],
    task,
    applies: (t) => t.command.kind !== "free" && t.command.kind !== "assign",
    holds: (t) => t.response.kind !== "fatal" && t.response.kind !== "warned",
  },
];

export const clauses: readonly Clause<T>[] = [
  ...contractClauses,
  ...managedClauses,
  ...linuxClauses,
];
