/** How seeded faults change the model. */
import { Act } from "../../../models/irq/driver/act.js";
import { linuxAlloc } from "../../../models/irq/driver/alloc.js";
import { irqOf, plantOf, type State } from "../../../models/irq/driver/state.js";
import { stepIn } from "../../../models/irq/driver/step.js";
import { step as matrixStep, take } from "../../../models/irq/vector-matrix/allocator/step.js";
import { type Env, linuxEnv } from "../../../models/irq/vector-matrix/assignment/env.js";
import { matrixConfig } from "../../../models/irq/vector-matrix/assignment/state.js";
import type { Outcome as CoreOutcome, Model } from "../../../spec/core/model.js";
import type {
  BusWrite,
  Command,
  Config,
  DriverView,
  Response,
} from "../../../spec/irq/driver/vocabulary.js";
import { faultKit } from "../../fault-kit.js";
import type { Fault } from "../../subsystem.js";

export type DriverModel = Model<Config, State, Command, Response, DriverView>;
export type DriverFault = Fault<Config, State, Command, Response, DriverView>;
export type Outcome = CoreOutcome<State, Response>;
export type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

export const { after, contract, linuxLevel } = faultKit<
  Config,
  State,
  Command,
  Response,
  DriverView
>();

/** Changes what the model did with one kind of command. */
export const on = <K extends Command["kind"]>(
  kind: K,
  change: (config: Config, before: State, command: Of<K>, right: Outcome) => Outcome,
): ((model: DriverModel) => DriverModel) =>
  after((config, before, command, right) =>
    command.kind === kind ? change(config, before, command as Of<K>, right) : right,
  );

/** Understands one kind of command as another command. */
export const misread =
  <K extends Command["kind"]>(
    kind: K,
    as: (config: Config, before: State, command: Of<K>) => Command,
  ) =>
  (model: DriverModel): DriverModel => ({
    ...model,
    step: (config, state, command) =>
      model.step(
        config,
        state,
        command.kind === kind ? as(config, state, command as Of<K>) : command,
      ),
  });

/** The step of Linux with some decisions of the vector layer taken in another way. */
export const deciding =
  (env: (linux: Env, config: Config) => Partial<Env>) =>
  (model: DriverModel): DriverModel => ({
    ...model,
    step: (config, state, command) => {
      const linux = linuxEnv(plantOf(config).vectors);
      return stepIn(config, state, command, { ...linux, ...env(linux, config) }, linuxAlloc);
    },
  });

/** The same answer with other fields. */
export const saying = (right: Outcome, change: Partial<Response>): Outcome => ({
  ...right,
  response: { ...right.response, ...change } as Response,
});

/** The writes that were made, changed on their way to the devices. */
export const rewriting = (
  right: Outcome,
  change: (write: BusWrite) => BusWrite | undefined,
): Outcome => {
  if (!("writes" in right.response)) return right;
  const writes = right.response.writes?.flatMap((write) => change(write) ?? []);
  return saying(right, { writes } as Partial<Response>);
};

/** More writes after those that were made. */
export const alsoWriting = (config: Config, right: Outcome, more: readonly BusWrite[]): Outcome => {
  if (!("writes" in right.response)) return right;
  const act = new Act(config, right.state, linuxEnv(plantOf(config).vectors), false);
  for (const write of more) act.apply(write);
  const writes = [...(right.response.writes ?? []), ...more];
  return saying({ ...right, state: act.state }, { writes } as Partial<Response>);
};

/** The vector of an interrupt as it was before is still taken, or its reservation counted. */
export const leaking = (
  config: Config,
  before: State,
  right: Outcome,
  device: number,
  index: number,
): Outcome => {
  const irq = before.vectors.irqs[irqOf(config, device, index)];
  if (irq === undefined) return right;
  const { matrix } = right.state.vectors;
  const leaked =
    irq.vector === 0
      ? { ...matrix, globalReserved: matrix.globalReserved + 1 }
      : take(matrix, irq.cpu, irq.vector);
  return {
    ...right,
    state: { ...right.state, vectors: { ...right.state.vectors, matrix: leaked } },
  };
};

/** The vector of an interrupt is given back on another CPU than it was on. */
export const releasedOn = (
  config: Config,
  before: State,
  right: Outcome,
  irq: number,
  cpu: number,
): Outcome => {
  const old = before.vectors.irqs[irq];
  const owner = plantOf(config).owners[irq];
  if (old === undefined || owner === undefined || old.vector === 0 || old.cpu === cpu) return right;
  const kept = leaking(config, before, right, owner.device, owner.index);
  const { vectors } = kept.state;
  const below = matrixConfig(plantOf(config).vectors);
  // Whoever has the same number there loses it.
  const free = { kind: "free", cpu, vector: old.vector, managed: false, by: cpu } as const;
  const { state: matrix } = matrixStep(below, vectors.matrix, free);
  return { ...kept, state: { ...kept.state, vectors: { ...vectors, matrix } } };
};
