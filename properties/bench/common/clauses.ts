/** The five invariants of the common specification; where `touched` is known, only that part. */
import type { Clause } from "../../../spec/core/clause.js";
import { rule } from "../../../spec/core/source.js";
import type { CommonTransition, CommonView } from "./vocabulary.js";

type T = CommonTransition;

const level = "contract" as const;
const task = "T1.3";
const source = [rule("the common specification of the benchmark")];

/** Whether a test holds for each CPU that may have changed. */
const everyTouched = (t: T, test: (t: T, view: CommonView, cpu: number) => boolean): boolean => {
  const view = t.observed as CommonView;
  const { touched } = t;
  if (touched === undefined) {
    for (let cpu = 0; cpu < t.config.cpus; cpu++) if (!test(t, view, cpu)) return false;
    return true;
  }
  for (let i = 0; i < touched.length; i++) {
    if (!test(t, view, touched[i] as number)) return false;
  }
  return true;
};

const counted = (_t: T, v: CommonView, cpu: number): boolean =>
  v.available(cpu) === v.countFree(cpu) &&
  v.allocated(cpu) === v.countAllocated(cpu) &&
  v.reserved(cpu) === v.countReserved(cpu);

const complete = (t: T, v: CommonView, cpu: number): boolean =>
  v.available(cpu) + v.allocated(cpu) + v.reserved(cpu) + v.countSystem() === t.config.vectors;

const disjoint = (_t: T, v: CommonView, cpu: number): boolean => !v.overlaps(cpu);

const usable = (v: CommonView, cpu: number): number =>
  ((v.onlineMask >> cpu) & 1) * v.available(cpu);

/** The sums held before, so where `touched` is known their change must be that of these CPUs. */
const summed = (t: T): boolean => {
  const v = t.observed as CommonView;
  let available = v.globalAvailable;
  let allocated = v.globalAllocated;
  let reserved = v.globalReserved;
  const { touched } = t;
  if (touched === undefined) {
    for (let cpu = 0; cpu < t.config.cpus; cpu++) {
      available -= usable(v, cpu);
      allocated -= v.allocated(cpu);
      reserved -= v.reserved(cpu);
    }
    return available === 0 && allocated === 0 && reserved === 0;
  }
  const base = t.before;
  for (let i = 0; i < touched.length; i++) {
    const cpu = touched[i] as number;
    available -= usable(v, cpu) - usable(base, cpu);
    allocated -= v.allocated(cpu) - base.allocated(cpu);
    reserved -= v.reserved(cpu) - base.reserved(cpu);
  }
  return (
    available === base.globalAvailable &&
    allocated === base.globalAllocated &&
    reserved === base.globalReserved
  );
};

export const clauses: readonly Clause<T>[] = [
  {
    id: "COMMON-OWNER",
    title: "a granted slot had no owner",
    level,
    kind: "step",
    source,
    task,
    on: ["alloc", "malloc", "commit"],
    applies: (t) => t.response.kind === "granted",
    holds: (t) => {
      if (t.response.kind !== "granted") return true;
      const before = t.before.slot(t.response.cpu, t.response.vector);
      return before === (t.command.kind === "malloc" ? "reserved" : "free");
    },
  },
  {
    id: "COMMON-COUNT",
    title: "a CPU's counters are the counts of its slots",
    level,
    kind: "invariant",
    source,
    task,
    applies: (t) => t.observed !== undefined,
    holds: (t) => everyTouched(t, counted),
  },
  {
    id: "COMMON-SUM",
    title: "available, allocated, reserved and system add up to the vectors of a CPU",
    level,
    kind: "invariant",
    source,
    task,
    applies: (t) => t.observed !== undefined,
    holds: (t) => everyTouched(t, complete),
  },
  {
    id: "COMMON-DISJOINT",
    title: "a slot is of one kind",
    level,
    kind: "invariant",
    source,
    task,
    applies: (t) => t.observed !== undefined,
    holds: (t) => everyTouched(t, disjoint),
  },
  {
    id: "COMMON-GLOBAL",
    title: "global counters are the sums, what is available over online CPUs only",
    level,
    kind: "invariant",
    source,
    task,
    applies: (t) => t.observed !== undefined,
    holds: summed,
  },
];
