import { follow, outcomes } from "../../../../models/irq/vector-matrix/allocator/admit.js";
import { PackedMatrix } from "../../../../models/irq/vector-matrix/allocator/packed.js";
import type { State } from "../../../../models/irq/vector-matrix/allocator/state.js";
import { init, step } from "../../../../models/irq/vector-matrix/allocator/step.js";
import { StateView } from "../../../../models/irq/vector-matrix/allocator/view.js";
import type { Level } from "../../../../spec/core/clause.js";
import type { Model } from "../../../../spec/core/model.js";
import { clauses } from "../../../../spec/irq/vector-matrix/allocator/clauses.js";
import { sameResponse } from "../../../../spec/irq/vector-matrix/allocator/judging.js";
import {
  CASCADE_VECTOR,
  Command,
  Config,
  commandKinds,
  FIRST_DEVICE_VECTOR,
  FIRST_SYSTEM_VECTOR,
  IDT_VECTORS,
  type MatrixView,
  observables,
  Response,
  SYSCALL_VECTOR,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import type { Subsystem } from "../../../subsystem.js";
import { commandText, describe, responseText } from "./describe.js";
import { faultConfig, faults } from "./faults.js";
import { features } from "./features.js";
import { allCommands, generator } from "./generator.js";
import { decodeObservation, encodeObservation, Observation } from "./observation.js";
import { picture } from "./picture.js";
import { references, relabel } from "./references.js";

export const model: Model<Config, State, Command, Response, MatrixView> = {
  init,
  step,
  outcomes,
  follow,
  view: (config, state) => new StateView(config, state),
};

/** The device range of x86 with the two system bits of a typical PC. */
export const fullRange = (cpus: number, online = cpus): Config => ({
  cpus,
  bits: IDT_VECTORS,
  start: FIRST_DEVICE_VECTOR,
  end: FIRST_SYSTEM_VECTOR,
  system: [CASCADE_VECTOR, SYSCALL_VECTOR],
  online: Array.from({ length: online }, (_x, cpu) => cpu),
  scope: "per-cpu",
  hotplug: true,
});

const small = (cpus: number, vectors: number, online: readonly number[]): Config => ({
  cpus,
  bits: vectors,
  start: 0,
  end: vectors,
  system: [],
  online,
  scope: "per-cpu",
  hotplug: true,
});

/** Linux's total is not lowered by frees on an offline CPU, so it would grow without bound. */
const driftsQ2 = {
  why: "no free on an offline CPU: there Linux's total drifts without bound (Q2)",
  when: (_config: Config, view: MatrixView, command: Command): boolean =>
    command.kind === "free" && !view.online(command.cpu),
};

const driftsQ1Q2 = {
  why: "no free and no managed reservation on an offline CPU: there Linux's counters drift without bound (Q1, Q2)",
  when: (config: Config, view: MatrixView, command: Command): boolean =>
    driftsQ2.when(config, view, command) ||
    ((command.kind === "reserveManaged" || command.kind === "removeManaged") &&
      command.cpus.some((cpu) => !view.online(cpu))),
};

const checkConfig = (config: Config): { field: string; problem: string } | undefined => {
  if (config.start >= config.end) return { field: "end", problem: "must be above start" };
  if (config.end > config.bits) return { field: "end", problem: "must not be above bits" };
  const vector = config.system.find((v) => v >= config.bits);
  if (vector !== undefined) return { field: "system", problem: `vector ${vector} is beyond bits` };
  const twice = config.system.find((v, i) => config.system.indexOf(v) !== i);
  if (twice !== undefined) return { field: "system", problem: `vector ${twice} stands twice` };
  const cpu = config.online.find((c) => c >= config.cpus);
  if (cpu !== undefined) {
    return { field: "online", problem: `CPU ${cpu} of ${config.cpus} does not exist` };
  }
  return undefined;
};

const refusesLevel = (config: Config, level: Level) =>
  level === "linux" && config.scope === "global"
    ? {
        field: "scope",
        problem: 'found "global", expected "per-cpu" at linux level: Linux has a matrix a CPU',
      }
    : undefined;

const checkCommand = (
  config: Config,
  command: Command,
): { field: string; problem: string } | undefined => {
  const missing = (cpu: number): boolean => cpu >= config.cpus;
  const problem = (cpu: number): string => `CPU ${cpu} of ${config.cpus} does not exist`;
  if ("cpu" in command && missing(command.cpu)) {
    return { field: "cpu", problem: problem(command.cpu) };
  }
  if ("by" in command && missing(command.by)) return { field: "by", problem: problem(command.by) };
  if ("cpus" in command) {
    const cpu = command.cpus.find(missing);
    if (cpu !== undefined) return { field: "cpus", problem: problem(cpu) };
  }
  return undefined;
};

/** As many CPUs as the commands name. */
const smallerConfigs = (config: Config, commands: readonly Command[]): readonly Config[] => {
  const named = commands.flatMap((command) => [
    ...("cpu" in command ? [command.cpu] : []),
    ...("by" in command ? [command.by] : []),
    ...("cpus" in command ? command.cpus : []),
  ]);
  const cpus = Math.max(0, ...named) + 1;
  if (cpus >= config.cpus) return [];
  return [{ ...config, cpus, online: config.online.filter((cpu) => cpu < cpus) }];
};

export const allocator: Subsystem<Config, State, Command, Response, MatrixView> = {
  path: "irq/vector-matrix/allocator",
  title: "vector matrix: which (CPU, vector) is reserved, managed, allocated or free",
  codecs: { config: Config, command: Command, response: Response },
  commandKinds,
  observables,
  clauses,
  model,
  packed: (config) => new PackedMatrix(config),
  sameResponse,
  checkConfig,
  refusesLevel,
  checkCommand,
  generator,
  features,
  faults,
  faultConfig,
  campaigns: [
    {
      name: "3 CPUs x 5 vectors, any legal choice",
      level: "contract",
      config: { ...small(3, 6, [0, 1]), system: [2] },
      runs: 3072,
      length: 400,
    },
    {
      name: "3 CPUs x 5 vectors",
      level: "linux",
      config: { ...small(3, 6, [0, 1]), system: [2] },
      runs: 3072,
      length: 400,
    },
    {
      name: "boot, 3 CPUs, any legal choice",
      level: "contract",
      config: { ...faultConfig, online: [] },
      runs: 1024,
      length: 60,
    },
    {
      name: "boot, 3 CPUs",
      level: "linux",
      config: { ...faultConfig, online: [] },
      runs: 1024,
      length: 60,
    },
    {
      name: "1 CPU x 203 vectors, any legal choice",
      level: "contract",
      config: fullRange(1),
      runs: 96,
      length: 600,
    },
    {
      name: "1 CPU x 203 vectors",
      level: "linux",
      config: fullRange(1),
      runs: 96,
      length: 600,
    },
    {
      name: "4 CPUs x 203 vectors",
      level: "linux",
      config: fullRange(4),
      runs: 256,
      length: 4000,
    },
    {
      name: "64 CPUs x 203 vectors",
      level: "linux",
      config: fullRange(64, 48),
      runs: 64,
      length: 4000,
    },
    {
      name: "64 CPUs x 203 vectors, any legal choice",
      level: "contract",
      config: fullRange(64, 48),
      runs: 32,
      length: 2000,
    },
    {
      name: "global table, 4 CPUs x 12 vectors",
      level: "contract",
      config: { ...small(4, 12, [0, 1, 2]), scope: "global" },
      runs: 512,
      length: 200,
    },
  ],
  explorations: [
    {
      name: "2 CPUs x 3 vectors, every legal choice",
      level: "contract",
      config: small(2, 3, [0, 1]),
      commands: allCommands,
      symmetry: true,
      leftOut: driftsQ2,
    },
    {
      name: "2 CPUs x 3 vectors",
      level: "linux",
      config: small(2, 3, [0, 1]),
      commands: allCommands,
      leftOut: driftsQ1Q2,
      symmetry: true,
    },
  ],
  observation: { codec: Observation, encode: encodeObservation, decode: decodeObservation },
  references,
  relabel,
  smallerConfigs,
  describe,
  picture,
  commandText,
  responseText,
};
