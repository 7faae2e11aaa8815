/** The vector layer as the reference asks it: Linux, but for one window that it leaves open. */

import type { Config } from "../../../spec/irq/domain/vocabulary.js";
import type { Config as VectorConfig } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { reachable } from "../msi-message/compose.js";
import { fits } from "../msi-message/remap.js";
import { outcomes as matrixOutcomes } from "../vector-matrix/allocator/admit.js";
import { cpuOf, type State as MatrixState } from "../vector-matrix/allocator/state.js";
import type { MatrixOutcome } from "../vector-matrix/allocator/step.js";
import { allocate } from "../vector-matrix/allocator/step.js";
import { type Env, linuxEnv } from "../vector-matrix/assignment/env.js";
import {
  isPending,
  matrixConfig,
  type State as VectorState,
} from "../vector-matrix/assignment/state.js";
import { stepIn } from "../vector-matrix/assignment/step.js";
import { plantOf } from "./plant.js";
import type { Ask } from "./vectors.js";

const isHaunted = (vectors: VectorState, outcome: MatrixOutcome): boolean =>
  outcome.response.kind === "allocated" &&
  isPending(vectors, outcome.response.cpu, outcome.response.vector);

export const refused = (matrix: MatrixState): MatrixOutcome => ({
  state: matrix,
  response: { kind: "failed", error: "ENOSPC" },
});

/** The lowest free vector without a request, on the CPUs of the set in their order. */
const quietPair = (
  config: VectorConfig,
  vectors: VectorState,
  matrix: MatrixState,
  cpus: readonly number[],
  reserved: boolean,
): MatrixOutcome => {
  for (const cpu of cpus) {
    const map = cpuOf(matrix, cpu);
    if (!map.online) continue;
    for (let vector = config.start; vector < config.end; vector++) {
      if (map.allocMap.has(vector) || map.managedMap.has(vector)) continue;
      if (matrix.system.has(vector) || isPending(vectors, cpu, vector)) continue;
      return allocate(matrix, cpu, vector, reserved);
    }
  }
  return refused(matrix);
};

/**
 * NOT LINUX: a vector with a request in flight is not handed on. Linux frees a vector although its
 * last interrupt may still wait in a local APIC (vector.c clear_irq_vector()), and would give the
 * next owner that one as its first.
 */
const quietEnv = (config: Config, vectors: VectorState): Env => {
  const below = plantOf(config).vectors;
  const linux = linuxEnv(below);
  return {
    ...linux,
    alloc: (irq, matrix, all, entry) => {
      const cpus = all.filter((cpu) => isTarget(config, cpu));
      if (cpus.length === 0 && all.length > 0) return refused(matrix);
      const first = linux.alloc(irq, matrix, cpus, entry);
      if (!isHaunted(vectors, first)) return first;
      return quietPair(below, vectors, matrix, cpus, entry.hasReserved);
    },
    allocManaged: (irq, matrix, cpus, entry) => {
      const first = linux.allocManaged(irq, matrix, cpus, entry);
      if (!isHaunted(vectors, first)) return first;
      const all = matrixOutcomes(matrixConfig(below), matrix, { kind: "allocManaged", cpus });
      const quiet = all.find((o) => o.response.kind === "allocated" && !isHaunted(vectors, o));
      return quiet ?? refused(matrix);
    },
  };
};

/** A message or an entry can name the CPU; Linux brings up no other (MSI-COMPOSE-4). */
export const isTarget = (config: Config, cpu: number): boolean => {
  const { messages } = plantOf(config);
  const id = config.apicIds[cpu] ?? 0;
  return config.remapping === "none" ? reachable(messages, id) : fits(messages, id);
};

const anyRequest = (vectors: VectorState): boolean => vectors.irr.some((irr) => irr.size > 0);

export const linuxAsk =
  (config: Config): Ask =>
  (vectors, command) => {
    const below = plantOf(config).vectors;
    const plain = !anyRequest(vectors) && config.apicIds.every((_id, cpu) => isTarget(config, cpu));
    const env = plain ? linuxEnv(below) : quietEnv(config, vectors);
    return stepIn(env, vectors, command);
  };
