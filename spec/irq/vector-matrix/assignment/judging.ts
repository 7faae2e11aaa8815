/** What the clauses of vector assignment share: small questions to a transition. */
import type { Transition } from "../../../core/clause.js";
import type { MatrixView } from "../allocator/vocabulary.js";
import {
  type Command,
  type Config,
  type Irq,
  type Response,
  SHUTDOWN_VECTOR,
  type VectorView,
} from "./vocabulary.js";

export type VectorTransition = Transition<Config, Command, Response, VectorView>;
type T = VectorTransition;

/** What the system showed; the reference's state where it shows nothing. */
export const seen = (t: T): VectorView => t.observed ?? t.after;

/** An interrupt of one command, before and as seen after it. */
export type Change = { readonly irq: number; readonly was: Irq; readonly is: Irq };

/** The last answer of `changes`: many clauses ask about one transition. */
let asked: { before: VectorView; view: VectorView; list: readonly Change[] } | undefined;

/** Interrupts that are set up before and after. */
export const changes = (t: T): readonly Change[] => {
  const view = seen(t);
  if (asked?.before === t.before && asked.view === view) return asked.list;
  const list: Change[] = [];
  for (let irq = 0; irq < t.config.irqs; irq++) {
    const was = t.before.irq(irq);
    const is = was === undefined ? undefined : view.irq(irq);
    if (was !== undefined && is !== undefined) list.push({ irq, was, is });
  }
  asked = { before: t.before, view, list };
  return list;
};

/** The interrupt that the command names, if it is set up before and after. */
export const named = (t: T): Change | undefined => {
  if (!("irq" in t.command)) return undefined;
  const { irq } = t.command;
  const was = t.before.irq(irq);
  const is = seen(t).irq(irq);
  return was === undefined || is === undefined ? undefined : { irq, was, is };
};

/** Every interrupt that is set up in a view satisfies the test. */
export const everyIrq = (
  view: VectorView,
  test: (irq: Irq, number: number) => boolean,
): boolean => {
  for (let irq = 0; irq < view.irqCount; irq++) {
    const entry = view.irq(irq);
    if (entry !== undefined && !test(entry, irq)) return false;
  }
  return true;
};

export const someIrq = (view: VectorView, test: (irq: Irq, number: number) => boolean): boolean =>
  !everyIrq(view, (irq, number) => !test(irq, number));

export const sameSet = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((cpu) => b.includes(cpu));

export const onlineIn = (view: VectorView, cpus: readonly number[]): readonly number[] =>
  cpus.filter((cpu) => view.online(cpu));

export const onlineCpus = (config: Config, view: VectorView): readonly number[] => {
  const cpus: number[] = [];
  for (let cpu = 0; cpu < config.cpus; cpu++) if (view.online(cpu)) cpus.push(cpu);
  return cpus;
};

export const apicId = (config: Config, cpu: number): number => config.apicIds?.[cpu] ?? cpu;

/** Number of (CPU, vector) pairs that an interrupt owns. */
export const owned = (irq: Irq): number => Number(irq.vector !== 0) + Number(irq.prevVector !== 0);

export const samePair = (a: Irq, b: Irq): boolean => a.vector === b.vector && a.cpu === b.cpu;

/**
 * Linux's own notion of the interrupt's target is wrong: it was not started when its CPU went
 * away (A10), or a request stored while it was inactive overwrote the effective set and the kept
 * vector never corrected it. What becomes of it is no oracle.
 */
export const astray = (irq: Irq): boolean =>
  irq.stranded ||
  (irq.vector !== 0 && (irq.effective.length !== 1 || irq.effective[0] !== irq.cpu));

/** Nothing of the interrupt's assignment changed. */
export const sameAssignment = (a: Irq, b: Irq): boolean =>
  samePair(a, b) &&
  a.prevVector === b.prevVector &&
  (a.prevVector === 0 || a.prevCpu === b.prevCpu) &&
  a.hasReserved === b.hasReserved;

/** Free vectors of a CPU, counted from the maps. */
export const freeOn = (config: Config, matrix: MatrixView, cpu: number): number =>
  config.end -
  config.start -
  matrix.countSystemInRange() -
  matrix.countManaged(cpu) -
  (matrix.countAllocated(cpu) - matrix.countManagedAllocated(cpu));

/** Some online CPU of the set has a free vector. */
export const hasRoom = (t: T, cpus: readonly number[]): boolean =>
  cpus.some((cpu) => t.before.online(cpu) && freeOn(t.config, t.before.matrix, cpu) > 0);

/** Linux's own counters went wrong somewhere (quirk Q1), so its choices prove nothing. */
export const drifted = (t: T): boolean => {
  for (let cpu = 0; cpu < t.config.cpus; cpu++) if (t.before.matrix.drifted(cpu)) return true;
  return false;
};

const sameCpu = (a: MatrixView, b: MatrixView, cpu: number): boolean =>
  a.available(cpu) === b.available(cpu) &&
  a.allocated(cpu) === b.allocated(cpu) &&
  a.managed(cpu) === b.managed(cpu) &&
  a.managedAllocated(cpu) === b.managedAllocated(cpu);

/** All counters of the matrix are the same. */
export const sameCounters = (config: Config, a: MatrixView, b: MatrixView): boolean => {
  if (a.globalReserved !== b.globalReserved || a.globalAvailable !== b.globalAvailable) {
    return false;
  }
  for (let cpu = 0; cpu < config.cpus; cpu++) if (!sameCpu(a, b, cpu)) return false;
  return true;
};

export const totalAllocated = (config: Config, matrix: MatrixView): number => {
  let total = 0;
  for (let cpu = 0; cpu < config.cpus; cpu++) total += matrix.countAllocated(cpu);
  return total;
};

/** The command delivers a vector that this interrupt owns before; its state around it. */
export const dispatched = (t: T): Change | undefined => {
  if (t.command.kind !== "deliver" && t.command.kind !== "interrupt") return undefined;
  const { cpu, vector } = t.command;
  return changes(t).find(
    ({ was }) =>
      !was.stranded &&
      ((was.vector === vector && was.cpu === cpu) ||
        (was.prevVector === vector && was.prevCpu === cpu)),
  );
};

/** A move that is asked for in this command, by a user or by the ack of an interrupt. */
export type Request = Change & { readonly mask: readonly number[] };

export const requested = (t: T): Request | undefined => {
  if (t.command.kind === "setAffinity") {
    const change = named(t);
    if (change === undefined || change.was.managed) return undefined;
    return { ...change, mask: onlineIn(t.before, t.command.cpus) };
  }
  const change = dispatched(t);
  if (change?.was.pending === undefined || change.was.depth > 0) return undefined;
  return { ...change, mask: onlineIn(t.before, change.was.pending) };
};

/** The request is carried out in this command rather than stored. */
export const immediate = (t: T, was: Irq): boolean =>
  t.command.kind !== "setAffinity" ||
  (t.config.remapping && was.activated && was.pending === undefined);

/** A vector of its own, not the one of parked interrupts. */
export const realVector = (vector: number): boolean => vector !== 0 && vector !== SHUTDOWN_VECTOR;

const sameValue = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((x, i) => sameValue(x, b[i]));
  }
  return false;
};

export const sameResponse = (a: Response, b: Response): boolean => {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = new Set([...Object.keys(x), ...Object.keys(y)]);
  return [...keys].every((key) => sameValue(x[key], y[key]));
};
