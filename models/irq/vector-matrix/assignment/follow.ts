/** The state after a system's own answer. Total: nonsense changes as little as possible. */

import { ascending } from "../../../../spec/core/int.js";
import type {
  Command,
  Config,
  Irq,
  Response,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { State as MatrixState } from "../allocator/state.js";
import {
  allocate,
  allocateManaged,
  giveUp,
  type MatrixOutcome,
  setAside,
} from "../allocator/step.js";
import { freeMoved } from "./assign.js";
import { type Env, linuxEnv } from "./env.js";
import { doSetAffinity } from "./msi.js";
import { irqOf, lower, mask, type State, withIrq } from "./state.js";
import { step, stepIn } from "./step.js";

type Pair = { readonly cpu: number; readonly vector: number };

/** Where the answer says that interrupts are. */
const pairsOf = (command: Command, response: Response): ReadonlyMap<number, Pair> => {
  const pairs = new Map<number, Pair>();
  const lists = (irqs: readonly number[], cpus: readonly number[], vectors: readonly number[]) => {
    irqs.forEach((irq, i) => {
      pairs.set(irq, { cpu: cpus[i] ?? -1, vector: vectors[i] ?? 0 });
    });
  };
  if (response.kind === "at" && "irq" in command) pairs.set(command.irq, response);
  if (response.kind === "delivered") pairs.set(response.irq, response);
  if (response.kind === "moved") lists(response.irqs, response.cpus, response.vectors);
  if (response.kind === "ready" && command.kind === "setup") {
    lists(
      response.cpus.map((_cpu, i) => command.irq + i),
      response.cpus,
      response.vectors,
    );
  }
  return pairs;
};

const isAt = (entry: Irq, pair: Pair): boolean =>
  pair.cpu === entry.cpu && pair.vector === entry.vector;

/** The pair that a start gave before it moved on. */
const firstOf = (config: Config, response: Response): Pair | undefined => {
  if (response.kind !== "at") return undefined;
  const { prevCpu: cpu, prevVector: vector } = response;
  if (cpu === undefined || vector === undefined) return undefined;
  return cpu < config.cpus && vector > 0 && vector < config.bits ? { cpu, vector } : undefined;
};

const none = (matrix: MatrixState): MatrixOutcome => ({
  state: matrix,
  response: { kind: "failed", error: "ENOSPC" },
});

/** Decisions read off an answer; where it says nothing usable, Linux's. */
const followEnv = (config: Config, command: Command, response: Response): Env => {
  const linux = linuxEnv(config);
  const pairs = pairsOf(command, response);
  const usable = (irq: number): Pair | undefined => {
    const pair = pairs.get(irq);
    if (pair === undefined || pair.cpu < 0 || pair.cpu >= config.cpus) return undefined;
    return pair.vector > 0 && pair.vector < config.bits ? pair : undefined;
  };
  const freed = response.kind === "cleaned" ? response.irqs : [];
  return {
    ...linux,
    forgiving: true,
    twoStep: () => response.kind === "delivered" && response.stray === true,
    alloc: (irq, matrix, cpus, entry) => {
      const pair = entry.vector === 0 ? (firstOf(config, response) ?? usable(irq)) : usable(irq);
      if (pair === undefined) return linux.alloc(irq, matrix, cpus, entry);
      // The system stayed where it was, or went elsewhere: it found nothing in this set.
      if (isAt(entry, pair) || !cpus.includes(pair.cpu)) return none(matrix);
      return allocate(matrix, pair.cpu, pair.vector, entry.hasReserved);
    },
    allocManaged: (irq, matrix, cpus, entry) => {
      const pair = usable(irq);
      if (pair === undefined) return linux.allocManaged(irq, matrix, cpus, entry);
      return isAt(entry, pair) ? none(matrix) : allocateManaged(matrix, pair.cpu, pair.vector);
    },
    reserveManaged: (irq, matrix, cpus) =>
      setAsideAs(config, command, response, irq, matrix, cpus) ??
      linux.reserveManaged(irq, matrix, cpus),
    removeManaged: (matrix, cpus) =>
      givenUpAs(config, response, matrix, cpus) ?? linux.removeManaged(matrix, cpus),
    lingers: (irq, _entry, _pending) => !freed.includes(irq),
    keeps: (irq, entry) => {
      const pair = usable(irq);
      return pair === undefined || isAt(entry, pair);
    },
  };
};

const setAsideAs = (
  config: Config,
  command: Command,
  response: Response,
  irq: number,
  matrix: MatrixState,
  cpus: readonly number[],
): MatrixOutcome | undefined => {
  if (response.kind !== "ready" || command.kind !== "setup") return undefined;
  const where = ascending(cpus);
  const from = (irq - command.irq) * where.length;
  const vectors = response.reserved.slice(from, from + where.length);
  const known = (vector: number): boolean => vector > 0 && vector < config.bits;
  if (vectors.length !== where.length || !vectors.every(known)) return undefined;
  const state = where.reduce((m, cpu, i) => setAside(m, cpu, vectors[i] as number), matrix);
  return { state, response: { kind: "reservedManaged", vectors } };
};

const givenUpAs = (
  config: Config,
  response: Response,
  matrix: MatrixState,
  cpus: readonly number[],
): MatrixOutcome | undefined => {
  const where = ascending(cpus);
  if (response.kind !== "released" || response.vectors.length !== where.length) return undefined;
  const state = where.reduce((m, cpu, i) => {
    const vector = response.vectors[i] ?? null;
    return vector === null || vector >= config.bits ? m : giveUp(m, cpu, vector);
  }, matrix);
  return { state, response: { kind: "removedManaged", vectors: response.vectors } };
};

const cleared = (state: State): State =>
  state.writes.length === 0 ? state : { ...state, writes: [] };

/** An affinity request answered in another way than Linux would: at once, or not at once. */
const followAffinity = (
  env: Env,
  state: State,
  command: Extract<Command, { kind: "setAffinity" }>,
  response: Response,
): State | undefined => {
  const { irq } = command;
  if (state.irqs[irq] === undefined) return state;
  const cpus = mask(command.cpus);
  switch (response.kind) {
    case "stored":
      return withIrq(state, irq, { affinity: cpus, effective: cpus, affinitySet: true });
    case "deferred":
      return withIrq(state, irq, { pending: cpus, affinitySet: true });
    case "at": {
      const moved = doSetAffinity(env, state, irq, cpus, irqOf(state, irq).cpu);
      return withIrq(moved.state, irq, { pending: undefined, affinitySet: true });
    }
    default:
      return undefined;
  }
};

export const follow = (
  config: Config,
  before: State,
  command: Command,
  response: Response,
): State => {
  const state = cleared(before);
  if (response.kind === "fatal") return state;
  if (response.kind === "failed") {
    const linux = step(config, state, command);
    return linux.response.kind === "failed" ? linux.state : state;
  }
  const env = followEnv(config, command, response);
  if (command.kind === "setAffinity") {
    return followAffinity(env, state, command, response) ?? state;
  }
  if (response.kind === "spurious") {
    return command.kind === "deliver" || command.kind === "interrupt"
      ? lower(state, command.cpu, command.vector)
      : state;
  }
  let next = stepIn(env, state, command).state;
  if (response.kind !== "cleaned") return next;
  for (const irq of response.irqs) {
    // Released although it was not due.
    if ((next.irqs[irq]?.prevVector ?? 0) !== 0) next = freeMoved(env, next, irq);
  }
  return next;
};
