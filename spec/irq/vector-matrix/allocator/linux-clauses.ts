/** The exact choices of Linux 7.0, kernel/irq/matrix.c. */
import type { Clause } from "../../../core/clause.js";
import { linux } from "../../../core/source.js";
import {
  everyTouched,
  granted,
  grantedVector,
  type MatrixTransition,
  maskOf,
  sameResponse,
  shows,
} from "./judging.js";
import {
  FIRST_DEVICE_VECTOR,
  FIRST_SYSTEM_VECTOR,
  IDT_VECTORS,
  type MatrixView,
} from "./vocabulary.js";

type T = MatrixTransition;

const matrix = "kernel/irq/matrix.c";
const task = "T1.3";
const level = "linux" as const;

/** matrix_find_best_cpu(): most available, lowest number on a tie, none with zero. */
const bestCpu = (view: MatrixView, mask: readonly number[]): number => {
  let best = -1;
  let most = 0;
  for (const cpu of mask) {
    if (!view.online(cpu)) continue;
    const available = view.available(cpu);
    if (available > most || (available === most && best > cpu)) [best, most] = [cpu, available];
  }
  return best;
};

const lowestFree = (t: T, cpu: number): number => {
  for (let v = t.config.start; v < t.config.end; v++) {
    if (!t.before.isSystem(v) && !t.before.isManaged(cpu, v) && !t.before.isAllocated(cpu, v)) {
      return v;
    }
  }
  return -1;
};

/** matrix_find_best_cpu_managed(): fewest managed allocations, highest number on a tie. */
const bestManagedCpu = (view: MatrixView, mask: readonly number[]): number => {
  let best = -1;
  let fewest = Number.POSITIVE_INFINITY;
  for (const cpu of mask) {
    if (!view.online(cpu)) continue;
    const taken = view.managedAllocated(cpu);
    if (taken < fewest || (taken === fewest && cpu > best)) [best, fewest] = [cpu, taken];
  }
  return best;
};

const lowestReserved = (t: T, cpu: number): number => {
  for (let v = t.config.start; v < t.config.end; v++) {
    if (t.before.isManaged(cpu, v) && !t.before.isAllocated(cpu, v)) return v;
  }
  return -1;
};

const systemBitsCounted = (t: T): boolean => {
  const seen = t.observed;
  if (t.command.kind === "assignSystem") {
    if (t.response.kind !== "done") return false;
    return seen === undefined || seen.countSystemInRange() === t.after.countSystemInRange();
  }
  if (t.command.kind !== "online" || seen === undefined) return true;
  const { cpu } = t.command;
  const capacity =
    t.config.end - t.config.start - t.before.countSystemInRange() - t.before.managed(cpu);
  return t.before.initialized(cpu) || seen.available(cpu) === capacity;
};

export const linuxClauses: readonly Clause<T>[] = [
  {
    id: "VEC-MATRIX-2-L",
    title: "device vectors are exactly 0x20..0xEA without the system bits",
    level,
    kind: "step",
    source: [linux("arch/x86/include/asm/irq_vectors.h")],
    task,
    on: ["alloc", "allocManaged", "assign"],
    applies: (t) => granted(t) && t.config.bits === IDT_VECTORS,
    holds: (t) => {
      const vector = grantedVector(t);
      return (
        vector >= FIRST_DEVICE_VECTOR && vector < FIRST_SYSTEM_VECTOR && !t.before.isSystem(vector)
      );
    },
  },
  {
    id: "VEC-MATRIX-8",
    title:
      "the CPU with most available vectors, lowest number on a tie, and its lowest free vector",
    level,
    kind: "step",
    source: [linux(`${matrix}:matrix_find_best_cpu`), linux(`${matrix}:matrix_alloc_area`)],
    task,
    on: ["alloc"],
    applies: (t) => t.command.kind === "alloc" && t.response.kind === "allocated",
    holds: (t) => {
      if (t.response.kind !== "allocated") return true;
      const cpu = bestCpu(t.before, maskOf(t.command));
      return t.response.cpu === cpu && t.response.vector === lowestFree(t, cpu);
    },
  },
  {
    id: "VEC-MATRIX-9-L",
    title: "an empty mask is EINVAL, a lack of vectors ENOSPC",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_alloc`), linux(`${matrix}:irq_matrix_alloc_managed`)],
    task,
    on: ["alloc", "allocManaged"],
    applies: (t) =>
      (t.command.kind === "alloc" || t.command.kind === "allocManaged") &&
      t.response.kind === "failed",
    holds: (t) =>
      t.response.kind === "failed" &&
      t.response.error === (maskOf(t.command).length === 0 ? "EINVAL" : "ENOSPC"),
  },
  {
    id: "VEC-MATRIX-13",
    title:
      "a managed allocation takes the online CPU with fewest of them, highest number on a tie, its lowest reserved vector, and leaves `available` alone",
    level,
    kind: "step",
    source: [linux(`${matrix}:matrix_find_best_cpu_managed`)],
    task,
    on: ["allocManaged"],
    applies: (t) => t.command.kind === "allocManaged" && t.response.kind === "allocated",
    holds: (t) => {
      if (t.response.kind !== "allocated") return true;
      const cpu = bestManagedCpu(t.before, maskOf(t.command));
      if (t.response.cpu !== cpu || t.response.vector !== lowestReserved(t, cpu)) return false;
      const seen = t.observed;
      if (seen === undefined) return true;
      return (
        seen.globalAvailable === t.before.globalAvailable &&
        everyTouched(t, (_t, c) => seen.available(c) === t.before.available(c))
      );
    },
  },
  {
    id: "VEC-MATRIX-15",
    title: "reserving never fails and may exceed what is available; each use takes one back",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_reserve`), linux(`${matrix}:irq_matrix_alloc`)],
    task,
    on: ["reserve", "removeReserved", "alloc"],
    applies: (t) =>
      t.command.kind === "reserve" ||
      t.command.kind === "removeReserved" ||
      (t.command.kind === "alloc" && t.command.reserved),
    holds: (t) => {
      if (t.command.kind !== "alloc" && t.response.kind !== "done") return false;
      return t.observed === undefined || t.observed.globalReserved === t.after.globalReserved;
    },
  },
  {
    id: "VEC-MATRIX-17",
    title: "a system bit lowers the capacity of CPUs that come online later, in range only",
    level,
    kind: "step",
    source: [linux(`${matrix}:irq_matrix_assign_system`)],
    task,
    on: ["assignSystem", "online"],
    applies: (t) => t.command.kind === "assignSystem" || t.command.kind === "online",
    holds: systemBitsCounted,
  },
  {
    id: "VEC-MATRIX-18",
    title: "every answer, counter and map is that of Linux",
    level,
    kind: "step",
    source: [linux(`${matrix}`)],
    task,
    applies: (t) => t.expected !== undefined,
    holds: (t) =>
      t.expected !== undefined && sameResponse(t.expected, t.response) && shows(t, t.after),
  },
];
