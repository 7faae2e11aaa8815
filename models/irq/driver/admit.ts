/** The contract level: other ways to keep the contract, and the state after a system's answer. */
import type { Command, Config } from "../../../spec/irq/driver/vocabulary.js";
import { cpuOf } from "../vector-matrix/allocator/state.js";
import { allocate, isFree, type MatrixOutcome } from "../vector-matrix/allocator/step.js";
import { type Env, linuxEnv } from "../vector-matrix/assignment/env.js";
import { matrixConfig } from "../vector-matrix/assignment/state.js";
import { eagerAlloc, linuxAlloc } from "./alloc.js";
import { plantOf, type State } from "./state.js";
import { type DriverOutcome, step, stepIn } from "./step.js";

/** As far from Linux's choice as can be: the highest free vector of the last CPU. */
const farEnv = (config: Config): Env => {
  const { vectors } = plantOf(config);
  const linux = linuxEnv(vectors);
  return {
    ...linux,
    // The careful path belongs to the interrupts that cannot be masked (A4, read as meant).
    twoStep: (irq) => !irq.maskable,
    alloc: (irq, matrix, cpus, entry): MatrixOutcome => {
      for (const cpu of [...cpus].reverse()) {
        if (!cpuOf(matrix, cpu).online) continue;
        for (let v = config.vectorEnd - 1; v >= config.vectorStart; v--) {
          if (!isFree(matrixConfig(vectors), matrix, cpu, v)) continue;
          return allocate(matrix, cpu, v, entry.hasReserved);
        }
      }
      return linux.alloc(irq, matrix, cpus, entry);
    },
  };
};

/** One who counts no further than to one: a flag. */
const stickyWait = (config: Config, state: State, command: Command): DriverOutcome => {
  const right = step(config, state, command);
  if (right.response.kind !== "events" || right.response.count === 1) return right;
  return { ...right, response: { kind: "events", count: 1 } };
};

const distinct = (outcomes: readonly DriverOutcome[]): readonly DriverOutcome[] => {
  const texts = outcomes.map((o) => JSON.stringify(o.response));
  return outcomes.filter((_o, i) => texts.indexOf(texts[i] as string) === i);
};

/** Linux's outcome first, then a few that are as right. */
export const outcomes = (
  config: Config,
  state: State,
  command: Command,
): readonly DriverOutcome[] => {
  const linux = step(config, state, command);
  const far = farEnv(config);
  switch (command.kind) {
    case "alloc":
      return distinct([
        linux,
        stepIn(config, state, command, linuxEnv(plantOf(config).vectors), eagerAlloc),
        stepIn(config, state, command, far, eagerAlloc),
      ]);
    case "enable":
    case "interrupt":
    case "setAffinity":
      return distinct([linux, stepIn(config, state, command, far, linuxAlloc)]);
    case "wait":
      return distinct([linux, stickyWait(config, state, command)]);
    case "program":
      // A kernel need not have such a call at all.
      return distinct([linux, { state, response: { kind: "refused", writes: [] } }]);
    default:
      return [linux];
  }
};
