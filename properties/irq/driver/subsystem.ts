import { FINGERPRINT_BITS } from "../../../models/core/fingerprint.js";
import { outcomes } from "../../../models/irq/driver/admit.js";
import { fingerprint } from "../../../models/irq/driver/fingerprint.js";
import { follow } from "../../../models/irq/driver/follow.js";
import { init, type State } from "../../../models/irq/driver/state.js";
import { step } from "../../../models/irq/driver/step.js";
import { StateView } from "../../../models/irq/driver/view.js";
import type { Level } from "../../../spec/core/clause.js";
import type { Model } from "../../../spec/core/model.js";
import { clauses } from "../../../spec/irq/driver/clauses.js";
import { sameResponse } from "../../../spec/irq/driver/judging.js";
import {
  Command,
  Config,
  commandKinds,
  type DriverView,
  observables,
  Response,
} from "../../../spec/irq/driver/vocabulary.js";
import type { Exploration, Subsystem } from "../../subsystem.js";
import { lifeCommands, moveCommands } from "./commands.js";
import {
  controller,
  faultConfig,
  many,
  moving,
  oneDriver,
  remapped,
  roomy,
  scarce,
  scarceRemapped,
  twoDrivers,
} from "./configs.js";
import { commandText, describe, responseText } from "./describe.js";
import { faults } from "./faults.js";
import { features } from "./features.js";
import { generator } from "./generator.js";
import { decodeObservation, encodeObservation, Observation } from "./observation.js";
import { picture } from "./picture.js";

export const model: Model<Config, State, Command, Response, DriverView> = {
  init,
  step,
  outcomes,
  follow,
  view: (config, state) => new StateView(config, state),
};

type Problem = { field: string; problem: string } | undefined;

const checkConfig = (config: Config): Problem => {
  const { apicIds, devices } = config;
  if (apicIds.length === 0) return { field: "apicIds", problem: "needs at least one CPU" };
  const twice = apicIds.find((id, i) => apicIds.indexOf(id) !== i);
  if (twice !== undefined) return { field: "apicIds", problem: `id ${twice} stands twice` };
  if (devices.length === 0) return { field: "devices", problem: "needs at least one device" };
  if (new Set(devices.map((d) => d.requester)).size !== devices.length) {
    return { field: "devices", problem: "a requester id stands twice" };
  }
  if (config.vectorStart >= config.vectorEnd) {
    return { field: "vectorEnd", problem: "must be above vectorStart" };
  }
  return config.vectorEnd > 0xef
    ? { field: "vectorEnd", problem: "must be below the shutdown vector 0xef" }
    : undefined;
};

const refusesLevel = (config: Config, level: Level): Problem =>
  level === "linux" && config.scope === "global"
    ? {
        field: "scope",
        problem: 'found "global", expected "per-cpu" at linux level: Linux has a matrix a CPU',
      }
    : undefined;

const beyond = (field: string, what: string, n: number, count: number): Problem =>
  n < count ? undefined : { field, problem: `${what} ${n} of ${count} does not exist` };

const checkCommand = (config: Config, command: Command): Problem => {
  const cpus = config.apicIds.length;
  if ("cpu" in command) return beyond("cpu", "CPU", command.cpu, cpus);
  if ("cpus" in command) {
    const most = command.cpus.reduce((a, b) => Math.max(a, b), 0);
    const problem = beyond("cpus", "CPU", most, cpus);
    if (problem !== undefined) return problem;
  }
  if ("driver" in command) {
    const problem = beyond("driver", "driver", command.driver, config.drivers);
    if (problem !== undefined) return problem;
  }
  return "device" in command
    ? beyond("device", "device", command.device, config.devices.length)
    : undefined;
};

type LeftOut = NonNullable<Exploration<Config, Command, DriverView>["leftOut"]>;

const moreEvents: LeftOut = {
  why: "events beyond the first that nobody has waited for add nothing but a number",
  when: (_config, view, c) =>
    c.kind === "event" && (view.devices[c.device]?.grant?.handles[c.index]?.events ?? 0) > 0,
};

const oneInFlight: LeftOut = {
  why: "one event at a time is on its way or not yet waited for",
  when: (config, view, c) =>
    moreEvents.when(config, view, c) ||
    (c.kind === "event" && config.apicIds.some((_id, cpu) => view.pending(cpu).length > 0)),
};

export const driver: Subsystem<Config, State, Command, Response, DriverView> = {
  path: "irq/driver",
  title: "what a driver sees: choice of mode, vectors, waiting, release and death",
  codecs: { config: Config, command: Command, response: Response },
  commandKinds,
  observables,
  clauses,
  model,
  fingerprint,
  fingerprintBits: FINGERPRINT_BITS,
  sameResponse,
  checkConfig,
  refusesLevel,
  checkCommand,
  generator,
  features,
  faults,
  faultConfig,
  campaigns: [
    { name: "8 CPUs, room for all", level: "linux", config: roomy, runs: 48, length: 160 },
    { name: "8 CPUs, any legal choice", level: "contract", config: roomy, runs: 48, length: 160 },
    { name: "few vectors", level: "linux", config: scarce, runs: 64, length: 160 },
    {
      name: "few vectors, any legal choice",
      level: "contract",
      config: scarce,
      runs: 64,
      length: 160,
    },
    { name: "remapping", level: "linux", config: remapped, runs: 64, length: 160 },
    {
      name: "remapping, few vectors, any legal choice",
      level: "contract",
      config: scarceRemapped,
      runs: 64,
      length: 160,
    },
    { name: "a queue a CPU", level: "linux", config: controller, runs: 32, length: 200 },
    {
      name: "a queue a CPU, any legal choice",
      level: "contract",
      config: controller,
      runs: 32,
      length: 200,
    },
    { name: "8 controllers, 16 CPUs", level: "linux", config: many, runs: 32, length: 240 },
  ],
  explorations: [
    {
      name: "2 drivers, 2 messages, 1 CPU x 2 vectors, every order",
      level: "linux",
      config: twoDrivers,
      commands: lifeCommands,
      leftOut: moreEvents,
    },
    {
      name: "1 driver, 2 messages, 1 CPU x 2 vectors, every legal choice",
      level: "contract",
      config: oneDriver,
      commands: lifeCommands,
      leftOut: moreEvents,
    },
    {
      name: "a message that moves, 2 CPUs x 2 vectors",
      level: "linux",
      config: moving,
      commands: moveCommands,
      leftOut: oneInFlight,
    },
  ],
  observation: { codec: Observation, encode: encodeObservation, decode: decodeObservation },
  describe,
  picture,
  commandText,
  responseText,
};
