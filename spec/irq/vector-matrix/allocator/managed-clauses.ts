/** VEC-MATRIX-10, -11, -12 and -14: vectors set aside for managed interrupts. */
import type { Clause } from "../../../core/clause.js";
import { ascending } from "../../../core/int.js";
import { linux } from "../../../core/source.js";
import {
  granted,
  grantedCpu,
  grantedVector,
  hasRoomForAll,
  held,
  inRange,
  type MatrixTransition,
  maskOf,
  ownBit,
  reservedCount,
  showsCounters,
} from "./judging.js";

type T = MatrixTransition;

const matrix = "kernel/irq/matrix.c";
const task = "T1.3";
const level = "contract" as const;

/** Some CPU of the mask has a vector set aside and idle, so that stealing it is possible. */
const someManaged = (t: T): boolean => {
  for (const cpu of maskOf(t.command)) {
    if (t.before.managed(cpu) > t.before.managedAllocated(cpu)) return true;
  }
  return false;
};

const managedKept = (t: T): boolean => {
  const seen = t.observed;
  if (t.command.kind === "free") {
    const { cpu, vector } = t.command;
    if (t.response.kind !== "done") return false;
    if (seen === undefined) return true;
    return (
      seen.isManaged(cpu, vector) &&
      seen.managed(cpu) === t.before.managed(cpu) &&
      seen.available(cpu) === t.before.available(cpu)
    );
  }
  if (t.response.kind !== "removedManaged") return false;
  const { vectors } = t.response;
  const cpus = ascending(maskOf(t.command));
  if (vectors.length !== cpus.length) return false;
  return cpus.every((cpu, i) => {
    const vector = vectors[i] ?? null;
    if (vector === null) {
      return reservedCount(t.before, cpu) === 0 && (seen?.sameMaps(t.before, cpu) ?? true);
    }
    if (!t.before.isManaged(cpu, vector) || t.before.isAllocated(cpu, vector)) return false;
    return seen === undefined || seen.managed(cpu) === t.before.managed(cpu) - 1;
  });
};

export const managedClauses: readonly Clause<T>[] = [
  {
    id: "VEC-MATRIX-10",
    title: "a managed reservation takes one free vector on every CPU of the mask, or none at all",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_reserve_managed`)],
    task,
    on: ["reserveManaged"],
    applies: (t) => t.command.kind === "reserveManaged",
    holds: (t) => {
      const cpus = ascending(maskOf(t.command));
      if (t.response.kind !== "reservedManaged") {
        const room = hasRoomForAll(t.config, t.before, cpus);
        return t.response.kind === "failed" && !room && showsCounters(t, t.before);
      }
      const { vectors } = t.response;
      if (vectors.length !== cpus.length) return false;
      return cpus.every((cpu, i) => {
        const vector = vectors[i] as number;
        const fresh = inRange(t.config, vector) && !held(t.config, t.before, cpu, vector);
        const seen = t.observed;
        const kept =
          seen === undefined ||
          (seen.isManaged(cpu, vector) && seen.managed(cpu) === t.before.managed(cpu) + 1);
        return fresh && kept;
      });
    },
  },
  {
    id: "VEC-MATRIX-11",
    title: "a vector set aside for managed interrupts is never given to a normal allocation",
    level,
    kind: "step",
    source: [linux(`${matrix}:matrix_alloc_area`)],
    task,
    on: ["alloc"],
    requires: ["reserveManaged"],
    applies: (t) => t.command.kind === "alloc" && granted(t) && someManaged(t),
    holds: (t) => !t.before.isManaged(grantedCpu(t), grantedVector(t)),
  },
  {
    id: "VEC-MATRIX-12",
    title:
      "where every online CPU of the mask has a vector set aside, a managed allocation succeeds",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_alloc_managed`)],
    task,
    on: ["allocManaged"],
    requires: ["reserveManaged"],
    applies: (t) => {
      if (t.command.kind !== "allocManaged") return false;
      let online = 0;
      for (const cpu of t.command.cpus) {
        if (!t.before.online(cpu)) continue;
        if (reservedCount(t.before, cpu) === 0) return false;
        online++;
      }
      return online > 0;
    },
    holds: (t) =>
      t.response.kind === "allocated" &&
      t.before.isManaged(t.response.cpu, t.response.vector) &&
      !t.before.isAllocated(t.response.cpu, t.response.vector),
  },
  {
    id: "VEC-MATRIX-14",
    title: "freeing a managed vector keeps it set aside; removing takes only what is not allocated",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_free`), linux(`${matrix}:irq_matrix_remove_managed`)],
    task,
    on: ["free", "removeManaged"],
    requires: ["reserveManaged"],
    applies: (t) =>
      (t.command.kind === "free" && t.command.managed && ownBit(t)) ||
      t.command.kind === "removeManaged",
    holds: managedKept,
  },
];
