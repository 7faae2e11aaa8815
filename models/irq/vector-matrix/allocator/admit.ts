/**
 * The contract level of the vector matrix: every outcome that keeps the contract, and the state
 * that follows from a system's own choice.
 */

import { ascending } from "../../../../spec/core/int.js";
import type {
  Command,
  Config,
  Response,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { cpuOf, type State } from "./state.js";
import {
  allocate,
  allocateManaged,
  giveUp,
  isFree,
  type MatrixOutcome,
  setAside,
  step,
} from "./step.js";

const fail = (state: State, error: "EINVAL" | "ENOSPC"): MatrixOutcome => ({
  state,
  response: { kind: "failed", error },
});

const freeVectors = (config: Config, state: State, cpu: number): number[] => {
  const vectors: number[] = [];
  for (let v = config.start; v < config.end; v++) {
    if (isFree(config, state, cpu, v)) vectors.push(v);
  }
  return vectors;
};

/** The reserved vectors of a CPU that are not allocated, ascending. */
const reservedVectors = (state: State, cpu: number): number[] => {
  const map = cpuOf(state, cpu);
  return [...map.managedMap].filter((v) => !map.allocMap.has(v)).sort((a, b) => a - b);
};

const onlineOf = (state: State, cpus: readonly number[]): number[] =>
  ascending(cpus).filter((cpu) => cpuOf(state, cpu).online);

/** Every outcome the contract admits. */
export const outcomes = (
  config: Config,
  state: State,
  command: Command,
): readonly MatrixOutcome[] => {
  switch (command.kind) {
    case "alloc": {
      if (command.cpus.length === 0) return [fail(state, "EINVAL")];
      const all = onlineOf(state, command.cpus).flatMap((cpu) =>
        freeVectors(config, state, cpu).map((v) => allocate(state, cpu, v, command.reserved)),
      );
      return all.length > 0 ? all : [fail(state, "ENOSPC")];
    }
    case "allocManaged": {
      if (command.cpus.length === 0) return [fail(state, "EINVAL")];
      const online = onlineOf(state, command.cpus);
      const all = online.flatMap((cpu) =>
        reservedVectors(state, cpu).map((v) => allocateManaged(state, cpu, v)),
      );
      // Success is owed only where every online CPU of the set has a vector set aside.
      const owed = online.length > 0 && online.every((c) => reservedVectors(state, c).length > 0);
      return owed ? all : [...all, fail(state, "ENOSPC")];
    }
    case "reserveManaged":
      return reservations(config, state, ascending(command.cpus));
    case "removeManaged":
      return removals(state, ascending(command.cpus));
    default:
      return [step(config, state, command)];
  }
};

/** All ways to set one vector aside on each CPU, or the one refusal if a CPU has none. */
const reservations = (config: Config, state: State, cpus: readonly number[]): MatrixOutcome[] => {
  let partial: { state: State; vectors: number[] }[] = [{ state, vectors: [] }];
  for (const cpu of cpus) {
    partial = partial.flatMap((p) =>
      freeVectors(config, p.state, cpu).map((v) => ({
        state: setAside(p.state, cpu, v),
        vectors: [...p.vectors, v],
      })),
    );
  }
  if (partial.length === 0) return [fail(state, "ENOSPC")];
  return partial.map((p) => ({
    state: p.state,
    response: { kind: "reservedManaged", vectors: p.vectors },
  }));
};

const removals = (state: State, cpus: readonly number[]): MatrixOutcome[] => {
  let partial: { state: State; vectors: (number | null)[] }[] = [{ state, vectors: [] }];
  for (const cpu of cpus) {
    partial = partial.flatMap((p) => {
      const reserved = reservedVectors(p.state, cpu);
      if (reserved.length === 0) return [{ state: p.state, vectors: [...p.vectors, null] }];
      return reserved.map((v) => ({
        state: giveUp(p.state, cpu, v),
        vectors: [...p.vectors, v],
      }));
    });
  }
  return partial.map((p) => ({
    state: p.state,
    response: { kind: "removedManaged", vectors: p.vectors },
  }));
};

const known = (config: Config, cpu: number, vector: number): boolean =>
  cpu < config.cpus && vector <= config.bits;

/** The state after the system's own response. Total: nonsense leaves the state as it was. */
export const follow = (
  config: Config,
  state: State,
  command: Command,
  response: Response,
): State => {
  switch (response.kind) {
    case "allocated":
      if (!known(config, response.cpu, response.vector)) return state;
      if (command.kind === "alloc") {
        return allocate(state, response.cpu, response.vector, command.reserved).state;
      }
      if (command.kind === "allocManaged") {
        return allocateManaged(state, response.cpu, response.vector).state;
      }
      return state;
    case "reservedManaged": {
      if (command.kind !== "reserveManaged") return state;
      const cpus = ascending(command.cpus);
      if (response.vectors.length !== cpus.length) return state;
      return cpus.reduce((s, cpu, i) => {
        const vector = response.vectors[i] as number;
        return known(config, cpu, vector) ? setAside(s, cpu, vector) : s;
      }, state);
    }
    case "removedManaged": {
      if (command.kind !== "removeManaged") return state;
      const cpus = ascending(command.cpus);
      if (response.vectors.length !== cpus.length) return state;
      return cpus.reduce((s, cpu, i) => {
        const vector = response.vectors[i] ?? null;
        return vector === null || !known(config, cpu, vector) ? s : giveUp(s, cpu, vector);
      }, state);
    }
    case "done":
      return step(config, state, command).state;
    default:
      return state;
  }
};
