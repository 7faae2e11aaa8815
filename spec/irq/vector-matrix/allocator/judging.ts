/** What the clauses of the vector matrix share: small questions to a transition. */
import type { Transition } from "../../../core/clause.js";
import type { Command, Config, MatrixView, Response } from "./vocabulary.js";

export type MatrixTransition = Transition<Config, Command, Response, MatrixView>;
type T = MatrixTransition;

export const size = (config: Config): number => config.end - config.start;

export const inRange = (config: Config, vector: number): boolean =>
  vector >= config.start && vector < config.end;

/** The mask of an allocating or managed command. */
export const maskOf = (command: Command): readonly number[] =>
  command.kind === "alloc" ||
  command.kind === "allocManaged" ||
  command.kind === "reserveManaged" ||
  command.kind === "removeManaged"
    ? command.cpus
    : [];

/** The (cpu, vector) that the command ended up owning, if it did. */
export const grantedCpu = (t: T): number =>
  t.response.kind === "allocated"
    ? t.response.cpu
    : t.command.kind === "assign" && t.response.kind === "done"
      ? t.command.cpu
      : -1;

export const grantedVector = (t: T): number =>
  t.response.kind === "allocated"
    ? t.response.vector
    : t.command.kind === "assign" && t.response.kind === "done"
      ? t.command.vector
      : -1;

export const granted = (t: T): boolean => grantedCpu(t) >= 0;

/** Visits the CPUs whose part may have changed; stops and answers false at the first refusal. */
export const everyTouched = (t: T, test: (t: T, cpu: number) => boolean): boolean => {
  if (t.touched === undefined) {
    for (let cpu = 0; cpu < t.config.cpus; cpu++) if (!test(t, cpu)) return false;
    return true;
  }
  for (let i = 0; i < t.touched.length; i++) {
    if (!test(t, t.touched[i] as number)) return false;
  }
  return true;
};

export const freeCount = (config: Config, view: MatrixView, cpu: number): number =>
  size(config) -
  view.countSystemInRange() -
  view.countManaged(cpu) -
  (view.countAllocated(cpu) - view.countManagedAllocated(cpu));

/** Whether a CPU, or in a global table any CPU, holds the vector in some way. */
export const held = (config: Config, view: MatrixView, cpu: number, vector: number): boolean => {
  if (view.isSystem(vector)) return true;
  if (config.scope === "per-cpu") {
    return view.isAllocated(cpu, vector) || view.isManaged(cpu, vector);
  }
  for (let c = 0; c < config.cpus; c++) {
    if (view.isAllocated(c, vector) || view.isManaged(c, vector)) return true;
  }
  return false;
};

/** How many vectors of the device range nobody holds, as seen by a CPU. */
const freeVectors = (config: Config, view: MatrixView, cpu: number): number => {
  let count = 0;
  for (let v = config.start; v < config.end; v++) if (!held(config, view, cpu, v)) count++;
  return count;
};

/** Whether one vector could be set aside on every CPU of the mask, online or not. */
export const hasRoomForAll = (
  config: Config,
  view: MatrixView,
  mask: readonly number[],
): boolean =>
  config.scope === "global"
    ? freeVectors(config, view, 0) >= mask.length
    : mask.every((cpu) => freeCount(config, view, cpu) > 0);

/** Whether a normal allocation over the mask has a vector to give. */
export const hasRoom = (config: Config, view: MatrixView, mask: readonly number[]): boolean => {
  if (config.scope === "global") {
    return mask.some((cpu) => view.online(cpu)) && freeVectors(config, view, 0) > 0;
  }
  for (const cpu of mask) {
    if (view.online(cpu) && freeCount(config, view, cpu) > 0) return true;
  }
  return false;
};

/** Vectors set aside on a CPU and not allocated. */
export const reservedCount = (view: MatrixView, cpu: number): number =>
  view.countManaged(cpu) - view.countManagedAllocated(cpu);

const sameCpuCounters = (a: MatrixView, b: MatrixView, cpu: number): boolean =>
  a.online(cpu) === b.online(cpu) &&
  a.available(cpu) === b.available(cpu) &&
  a.allocated(cpu) === b.allocated(cpu) &&
  a.managed(cpu) === b.managed(cpu) &&
  a.managedAllocated(cpu) === b.managedAllocated(cpu);

const sameGlobals = (a: MatrixView, b: MatrixView): boolean =>
  a.globalAvailable === b.globalAvailable &&
  a.globalReserved === b.globalReserved &&
  a.totalAllocated === b.totalAllocated &&
  a.onlineMaps === b.onlineMaps;

/** What the system shows equals a state of the reference, counters and maps. */
export const shows = (t: T, expected: MatrixView): boolean => {
  const seen = t.observed;
  if (seen === undefined) return true;
  if (!sameGlobals(seen, expected)) return false;
  return everyTouched(
    t,
    (_t, cpu) => sameCpuCounters(seen, expected, cpu) && seen.sameMaps(expected, cpu),
  );
};

/** Counters alone; a refused managed reservation may end with other bits set aside. */
export const showsCounters = (t: T, expected: MatrixView): boolean => {
  const seen = t.observed;
  if (seen === undefined) return true;
  return (
    sameGlobals(seen, expected) &&
    everyTouched(t, (_t, cpu) => sameCpuCounters(seen, expected, cpu))
  );
};

export const sameResponse = (a: Response, b: Response): boolean => {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "allocated":
      return b.kind === "allocated" && a.cpu === b.cpu && a.vector === b.vector;
    case "failed":
      return b.kind === "failed" && a.error === b.error;
    case "count":
      return b.kind === "count" && a.value === b.value;
    case "reservedManaged":
    case "removedManaged":
      return (
        (b.kind === "reservedManaged" || b.kind === "removedManaged") &&
        a.vectors.length === b.vectors.length &&
        a.vectors.every((v, i) => v === b.vectors[i])
      );
    default:
      return true;
  }
};

/** The command frees a vector that its CPU owns. */
export const ownBit = (t: T): boolean =>
  t.command.kind === "free" && t.before.isAllocated(t.command.cpu, t.command.vector);
