/** What the seeded faults of the vector matrix are written with. */
import {
  cpuOf,
  type State,
  withCpu,
} from "../../../../models/irq/vector-matrix/allocator/state.js";
import { allocate } from "../../../../models/irq/vector-matrix/allocator/step.js";
import type { Model, Outcome } from "../../../../spec/core/model.js";
import type {
  Command,
  Config,
  MatrixView,
  Response,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { faultKit } from "../../../fault-kit.js";
import type { Fault } from "../../../subsystem.js";

export type M = Model<Config, State, Command, Response, MatrixView>;
/** A state and its answer. */
export type O = Outcome<State, Response>;
export type MatrixFault = Fault<Config, State, Command, Response, MatrixView>;

/** Small enough that every fault shows within a few commands. */
export const faultConfig: Config = {
  cpus: 3,
  bits: 8,
  start: 1,
  end: 6,
  system: [2],
  online: [0, 1],
  scope: "per-cpu",
  hotplug: true,
};

export const wide: Config = {
  ...faultConfig,
  cpus: 2,
  bits: 256,
  start: 0x20,
  end: 0xef,
  system: [0x32, 0x80],
};

export const boot: Config = { ...faultConfig, online: [] };

export const { after, contract, linuxLevel } = faultKit<
  Config,
  State,
  Command,
  Response,
  MatrixView
>();

export const tweak = (
  state: State,
  cpu: number,
  field: "available" | "allocated",
  by: number,
): State => withCpu(state, cpu, { [field]: cpuOf(state, cpu)[field] + by });

export const granted = (
  o: O,
): o is O & { response: { kind: "allocated"; cpu: number; vector: number } } =>
  o.response.kind === "allocated";

export const choose = (
  pick: (config: Config, state: State, command: Command & { kind: "alloc" }) => [number, number],
) =>
  after((config, before, command, right) => {
    if (command.kind !== "alloc" || !granted(right)) return right;
    const [cpu, vector] = pick(config, before, command);
    return allocate(before, cpu, vector, command.reserved) as O;
  });

export const onlineOf = (state: State, cpus: readonly number[]): number[] =>
  [...cpus].sort((a, b) => a - b).filter((cpu) => cpuOf(state, cpu).online);

export const lowest = (config: Config, taken: (v: number) => boolean): number => {
  for (let v = config.start; v < config.end; v++) if (!taken(v)) return v;
  return config.start;
};
