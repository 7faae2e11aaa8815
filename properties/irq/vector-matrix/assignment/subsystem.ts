import { outcomes } from "../../../../models/irq/vector-matrix/assignment/admit.js";
import { fingerprint } from "../../../../models/irq/vector-matrix/assignment/fingerprint.js";
import { follow } from "../../../../models/irq/vector-matrix/assignment/follow.js";
import { init, type State } from "../../../../models/irq/vector-matrix/assignment/state.js";
import { step } from "../../../../models/irq/vector-matrix/assignment/step.js";
import { StateView } from "../../../../models/irq/vector-matrix/assignment/view.js";
import type { Model } from "../../../../spec/core/model.js";
import {
  CASCADE_VECTOR,
  FIRST_DEVICE_VECTOR,
  FIRST_SYSTEM_VECTOR,
  IDT_VECTORS,
  SYSCALL_VECTOR,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { clauses } from "../../../../spec/irq/vector-matrix/assignment/clauses.js";
import { sameResponse } from "../../../../spec/irq/vector-matrix/assignment/judging.js";
import {
  Command,
  Config,
  commandKinds,
  observables,
  Response,
  type VectorView,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { Subsystem } from "../../../subsystem.js";
import { allCommands, busyCommands } from "./commands.js";
import { commandText, describe, responseText } from "./describe.js";
import { faultConfig, faults } from "./faults.js";
import { features } from "./features.js";
import { generator } from "./generator.js";
import { decodeObservation, encodeObservation, Observation } from "./observation.js";
import { picture } from "./picture.js";

export const model: Model<Config, State, Command, Response, VectorView> = {
  init,
  step,
  outcomes,
  follow,
  view: (config, state) => new StateView(config, state),
};

/** The device range of x86 with the two system bits of a typical PC. */
export const fullRange = (cpus: number, irqs: number, online = cpus): Config => ({
  cpus,
  bits: IDT_VECTORS,
  start: FIRST_DEVICE_VECTOR,
  end: FIRST_SYSTEM_VECTOR,
  system: [CASCADE_VECTOR, SYSCALL_VECTOR],
  online: Array.from({ length: online }, (_x, cpu) => cpu),
  hotplug: true,
  irqs,
  remapping: false,
  cleanupBound: 4,
});

const small = (cpus: number, vectors: number, irqs: number): Config => ({
  cpus,
  bits: vectors + 1,
  start: 1,
  end: vectors + 1,
  system: [],
  online: Array.from({ length: cpus }, (_x, cpu) => cpu),
  hotplug: true,
  irqs,
  remapping: false,
  cleanupBound: 1,
});

type Problem = { field: string; problem: string } | undefined;

const checkLists = (config: Config): Problem => {
  for (const field of ["nodes", "cores", "apicIds"] as const) {
    const list = config[field];
    if (list !== undefined && list.length !== config.cpus) {
      return { field, problem: `has ${list.length} entries for ${config.cpus} CPUs` };
    }
  }
  const ids = config.apicIds;
  if (ids !== undefined && new Set(ids).size !== ids.length) {
    return { field: "apicIds", problem: "names one id twice" };
  }
  for (const field of ["online", "present"] as const) {
    const cpu = config[field]?.find((c) => c >= config.cpus);
    if (cpu !== undefined) return { field, problem: `CPU ${cpu} of ${config.cpus} does not exist` };
  }
  return undefined;
};

const checkConfig = (config: Config): Problem => {
  if (config.start >= config.end) return { field: "end", problem: "must be above start" };
  if (config.end > config.bits) return { field: "end", problem: "must not be above bits" };
  if (config.online.length === 0) return { field: "online", problem: "must name a CPU" };
  const vector = config.system.find((v) => v >= config.bits);
  if (vector !== undefined) return { field: "system", problem: `vector ${vector} is beyond bits` };
  const twice = config.system.find((v, i) => config.system.indexOf(v) !== i);
  if (twice !== undefined) return { field: "system", problem: `vector ${twice} stands twice` };
  return checkLists(config);
};

const checkCommand = (config: Config, command: Command): Problem => {
  const missing = (cpu: number): boolean => cpu >= config.cpus;
  const problem = (cpu: number): string => `CPU ${cpu} of ${config.cpus} does not exist`;
  if ("cpu" in command && missing(command.cpu)) {
    return { field: "cpu", problem: problem(command.cpu) };
  }
  if ("cpus" in command) {
    const cpu = command.cpus.find(missing);
    if (cpu !== undefined) return { field: "cpus", problem: problem(cpu) };
  }
  if ("vector" in command && command.vector >= config.bits) {
    return { field: "vector", problem: `vector ${command.vector} is beyond bits` };
  }
  if ("irq" in command && command.irq >= config.irqs) {
    const found = `interrupt ${command.irq} of ${config.irqs} does not exist`;
    return { field: "irq", problem: found };
  }
  if (command.kind === "setup" && command.irq + command.count > config.irqs) {
    return { field: "count", problem: `reaches beyond the ${config.irqs} interrupts` };
  }
  return undefined;
};

/** Linux's total is not lowered by frees on an offline CPU, so it would grow without bound. */
const drifts = {
  why: "no message to a slot without an interrupt; and no release of a vector or a managed bit on an offline CPU, where Linux's counters drift without bound (Q1, Q2)",
  when: (_config: Config, view: VectorView, command: Command): boolean => {
    if (command.kind === "pend") return view.slot(command.cpu, command.vector) < 0;
    if (command.kind === "setup") {
      return command.policy === "managed" && command.cpus.some((cpu) => !view.online(cpu));
    }
    if (!("irq" in command)) return false;
    const irq = view.irq(command.irq);
    if (irq === undefined) return false;
    const offline = (cpu: number): boolean => !view.online(cpu);
    if (command.kind === "teardown" && irq.managed && irq.affinity.some(offline)) return true;
    return (irq.vector !== 0 && offline(irq.cpu)) || (irq.prevVector !== 0 && offline(irq.prevCpu));
  },
};

export const assignment: Subsystem<Config, State, Command, Response, VectorView> = {
  path: "irq/vector-matrix/assignment",
  title: "vector assignment: which interrupt owns which vector, moves, CPU hotplug, spreading",
  codecs: { config: Config, command: Command, response: Response },
  commandKinds,
  observables,
  clauses,
  model,
  fingerprint,
  sameResponse,
  checkConfig,
  checkCommand,
  generator,
  features,
  faults,
  faultConfig,
  campaigns: [
    {
      name: "3 CPUs x 3 vectors, any legal choice",
      level: "contract",
      config: faultConfig,
      runs: 768,
      length: 200,
    },
    {
      name: "3 CPUs x 3 vectors",
      level: "linux",
      config: faultConfig,
      runs: 1536,
      length: 200,
    },
    {
      name: "2 CPUs x 2 vectors, full",
      level: "linux",
      config: { ...small(2, 2, 6), cleanupBound: 2 },
      runs: 768,
      length: 200,
    },
    {
      name: "2 CPUs x 2 vectors, full, any legal choice",
      level: "contract",
      config: { ...small(2, 2, 6), cleanupBound: 2 },
      runs: 768,
      length: 200,
    },
    {
      name: "remapping, 3 CPUs x 4 vectors",
      level: "linux",
      config: { ...small(3, 4, 4), remapping: true },
      runs: 768,
      length: 200,
    },
    {
      name: "remapping, any legal choice",
      level: "contract",
      config: { ...small(3, 4, 4), remapping: true },
      runs: 384,
      length: 200,
    },
    {
      name: "2 nodes of 4 CPUs with siblings",
      level: "linux",
      config: {
        ...small(8, 4, 6),
        nodes: [0, 0, 0, 0, 1, 1, 1, 1],
        cores: [0, 1, 0, 1, 2, 3, 2, 3],
        present: [0, 1, 2, 3, 4, 5],
        apicIds: [0, 2, 1, 3, 16, 18, 17, 19],
      },
      runs: 768,
      length: 200,
    },
    {
      name: "64 CPUs x 203 vectors",
      level: "linux",
      config: fullRange(64, 96, 48),
      runs: 24,
      length: 1000,
    },
    {
      name: "64 CPUs x 203 vectors, other legal choices",
      level: "contract",
      config: fullRange(64, 96, 48),
      runs: 24,
      length: 500,
    },
  ],
  explorations: [
    {
      name: "2 CPUs x 1 vector, 1 interrupt, every legal choice",
      level: "contract",
      config: small(2, 1, 1),
      commands: allCommands,
      leftOut: drifts,
    },
    {
      name: "2 CPUs x 1 vector, 1 interrupt that can be masked",
      level: "linux",
      config: small(2, 1, 1),
      commands: allCommands,
      leftOut: {
        why: `no interrupt that cannot be masked; ${drifts.why}`,
        when: (config, view, command) =>
          (command.kind === "setup" && !command.maskable) || drifts.when(config, view, command),
      },
    },
    {
      name: "2 CPUs x 2 vectors, 1 interrupt that raises while it moves",
      level: "linux",
      config: { ...small(2, 2, 1), hotplug: false },
      commands: busyCommands,
      leftOut: drifts,
    },
    {
      name: "2 CPUs x 1 vector, 1 remapped interrupt",
      level: "contract",
      config: { ...small(2, 1, 1), remapping: true, hotplug: false },
      commands: allCommands,
      leftOut: drifts,
    },
    {
      name: "2 CPUs x 2 vectors, 2 interrupts",
      level: "linux",
      config: small(2, 2, 2),
      commands: allCommands,
      leftOut: drifts,
      maxStates: 3000,
    },
  ],
  observation: { codec: Observation, encode: encodeObservation, decode: decodeObservation },
  describe,
  picture,
  commandText,
  responseText,
};
