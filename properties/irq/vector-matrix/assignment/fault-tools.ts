/** How seeded faults change the model. */
import type { Env } from "../../../../models/irq/vector-matrix/assignment/env.js";
import { linuxEnv } from "../../../../models/irq/vector-matrix/assignment/env.js";
import {
  irqOf,
  type State,
  setUp,
  withIrq,
} from "../../../../models/irq/vector-matrix/assignment/state.js";
import { stepIn } from "../../../../models/irq/vector-matrix/assignment/step.js";
import type { Outcome as CoreOutcome, Model } from "../../../../spec/core/model.js";
import type {
  Command,
  Config,
  Irq,
  Response,
  VectorView,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { faultKit } from "../../../fault-kit.js";
import type { Fault } from "../../../subsystem.js";

export type VectorModel = Model<Config, State, Command, Response, VectorView>;
export type Outcome = CoreOutcome<State, Response>;
export type VectorFault = Fault<Config, State, Command, Response, VectorView>;

/** Small enough that every fault shows within a few commands. */
export const faultConfig: Config = {
  cpus: 3,
  bits: 6,
  start: 1,
  end: 5,
  system: [3],
  online: [0, 1, 2],
  hotplug: true,
  irqs: 4,
  remapping: false,
  cleanupBound: 2,
};

/** The same with interrupt remapping: moves at once. */
export const remapped: Config = { ...faultConfig, remapping: true };

/** So few vectors that they run out. */
export const tight: Config = { ...faultConfig, cpus: 2, online: [0, 1], end: 3, irqs: 6 };

/** Little else to do than to move back and forth. */
export const twoCpus: Config = {
  ...faultConfig,
  cpus: 2,
  online: [0, 1],
  irqs: 2,
  hotplug: false,
  cleanupBound: 1,
};

/** Two nodes of two CPUs. */
export const nodes: Config = {
  ...faultConfig,
  cpus: 4,
  online: [0, 1, 2, 3],
  nodes: [0, 0, 1, 1],
  cores: [0, 0, 1, 1],
};

export const { after, contract, linuxLevel } = faultKit<
  Config,
  State,
  Command,
  Response,
  VectorView
>();

/** The step of Linux with some decisions taken in another way. */
export const deciding =
  (env: (linux: Env, config: Config, before: State, command: Command) => Partial<Env>) =>
  (model: VectorModel): VectorModel => ({
    ...model,
    step: (config, state, command) => {
      const linux = linuxEnv(config);
      return stepIn({ ...linux, ...env(linux, config, state, command) }, state, command);
    },
  });

/** Changes the interrupts of the state after, given what each was before. */
export const eachIrq = (
  right: Outcome,
  before: State,
  change: (irq: Irq, was: Irq | undefined, number: number) => Partial<Irq> | undefined,
): Outcome => {
  let { state } = right;
  for (const n of setUp(state)) {
    const fields = change(irqOf(state, n), before.irqs[n], n);
    if (fields !== undefined) state = withIrq(state, n, fields);
  }
  return { ...right, state };
};
