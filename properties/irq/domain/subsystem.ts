import { FINGERPRINT_BITS } from "../../../models/core/fingerprint.js";
import { follow, outcomes } from "../../../models/irq/domain/admit.js";
import { fingerprint } from "../../../models/irq/domain/fingerprint.js";
import { init, type State } from "../../../models/irq/domain/state.js";
import { step } from "../../../models/irq/domain/step.js";
import { StateView } from "../../../models/irq/domain/view.js";
import type { Level } from "../../../spec/core/clause.js";
import type { Model } from "../../../spec/core/model.js";
import { clauses } from "../../../spec/irq/domain/clauses.js";
import { sameResponse } from "../../../spec/irq/domain/judging.js";
import { planOf } from "../../../spec/irq/domain/platform.js";
import {
  Command,
  Config,
  commandKinds,
  type DomainView,
  MAX_CPUS,
  MAX_IRQS,
  observables,
  Response,
} from "../../../spec/irq/domain/vocabulary.js";
import type { Subsystem } from "../../subsystem.js";
import { allCommands } from "./commands.js";
import * as configs from "./configs.js";
import { commandText, describe, responseText } from "./describe.js";
import { faults } from "./faults.js";
import { features } from "./features.js";
import { generator } from "./generator.js";
import { decodeObservation, encodeObservation, Observation } from "./observation.js";
import { picture } from "./picture.js";

export const model: Model<Config, State, Command, Response, DomainView> = {
  init,
  step,
  outcomes,
  follow,
  view: (config, state) => new StateView(config, state),
};

type Problem = { field: string; problem: string } | undefined;

const twice = (numbers: readonly number[]): number | undefined =>
  numbers.find((n, i) => numbers.indexOf(n) !== i);

const checkDevices = (config: Config): Problem => {
  const field = "devices";
  if (config.devices.length === 0) return { field, problem: "must name a device" };
  if (twice(config.devices.map((d) => d.requester)) !== undefined) {
    return { field, problem: "names one requester twice" };
  }
  if (planOf(config).count > MAX_IRQS) return { field, problem: "have too many interrupts" };
  const broken = config.devices.find(
    (d) => d.source === "msi" && (d.entries > 32 || (d.entries & (d.entries - 1)) !== 0),
  );
  return broken === undefined
    ? undefined
    : { field, problem: `${broken.entries} messages are no power of two up to 32` };
};

const checkVectors = (config: Config): Problem => {
  const { start, end, lines, system } = config;
  if (start >= end) return { field: "end", problem: "must be above start" };
  const inside = lines.find((v) => (v >= start && v < end) || v < 0x20 || v >= 0xeb);
  if (inside !== undefined) return { field: "lines", problem: `vector ${inside} is not free` };
  const again = twice([...system, ...lines]);
  if (again !== undefined) return { field: "system", problem: `vector ${again} stands twice` };
  return config.limit >= config.window
    ? { field: "limit", problem: "must be below window" }
    : undefined;
};

const checkConfig = (config: Config): Problem => {
  const { apicIds, online, apic, tableEntries } = config;
  if (apicIds.length === 0 || apicIds.length > MAX_CPUS) {
    return { field: "apicIds", problem: `must name 1 to ${MAX_CPUS} CPUs` };
  }
  if (twice(apicIds) !== undefined) return { field: "apicIds", problem: "names one id twice" };
  const wide = apicIds.find((id) => id > (apic === "xapic" ? 0xfe : 0xfffffffe));
  if (wide !== undefined) return { field: "apicIds", problem: `id ${wide} names no CPU` };
  if (online.length === 0) return { field: "online", problem: "must name a CPU" };
  const cpu = online.find((c) => c >= apicIds.length);
  if (cpu !== undefined) return { field: "online", problem: `CPU ${cpu} does not exist` };
  if ((tableEntries & (tableEntries - 1)) !== 0) {
    return { field: "tableEntries", problem: "must be a power of two" };
  }
  if (config.remapping === "amd" && tableEntries > 2048) {
    return { field: "tableEntries", problem: "must be at most 2048" };
  }
  return checkDevices(config) ?? checkVectors(config);
};

/** Linux brings up no CPU that its messages cannot name. */
const refusesLevel = (config: Config, level: Level): Problem => {
  if (level === "contract") return undefined;
  const reachable = config.remapping === "none" ? 0xff : config.wide ? 0xffffffff : 0xff;
  const far = config.apicIds.find((id) => id > reachable);
  return far === undefined
    ? undefined
    : { field: "apicIds", problem: `Linux brings up no CPU of id ${far} here` };
};

const checkCommand = (config: Config, command: Command): Problem => {
  const cpus = config.apicIds.length;
  if ("cpu" in command && command.cpu >= cpus) {
    return { field: "cpu", problem: `CPU ${command.cpu} of ${cpus} does not exist` };
  }
  if ("cpus" in command) {
    const cpu = command.cpus.find((c) => c >= cpus);
    if (cpu !== undefined) {
      return { field: "cpus", problem: `CPU ${cpu} of ${cpus} does not exist` };
    }
  }
  if ("irq" in command && command.irq >= planOf(config).count) {
    return { field: "irq", problem: `interrupt ${command.irq} does not exist` };
  }
  if ("device" in command && command.device >= config.devices.length) {
    return { field: "device", problem: `device ${command.device} does not exist` };
  }
  if ("line" in command && command.line >= config.lines.length) {
    return { field: "line", problem: `line ${command.line} does not exist` };
  }
  return undefined;
};

export const domain: Subsystem<Config, State, Command, Response, DomainView> = {
  path: "irq/domain",
  title: "interrupt domain: from the device's event to its handler's end, through every level",
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
  faultConfig: configs.faultConfig,
  campaigns: [
    { name: "1 CPU", level: "linux", config: configs.oneCpu, runs: 64, length: 120 },
    { name: "2 CPUs", level: "linux", config: configs.twoCpus, runs: 128, length: 120 },
    {
      name: "2 CPUs, any legal choice",
      level: "contract",
      config: configs.twoCpus,
      runs: 128,
      length: 120,
    },
    {
      name: "2 CPUs, Intel remapping",
      level: "linux",
      config: configs.intel,
      runs: 64,
      length: 120,
    },
    {
      name: "4 CPUs, Intel remapping, blocks, any legal choice",
      level: "contract",
      config: configs.intelBlocks,
      runs: 32,
      length: 120,
    },
    { name: "2 CPUs, AMD remapping", level: "linux", config: configs.amd, runs: 64, length: 120 },
    {
      name: "4 CPUs, AMD remapping, short entries, blocks, any legal choice",
      level: "contract",
      config: configs.amdBlocks,
      runs: 32,
      length: 120,
    },
    {
      name: "a CPU that messages cannot name",
      level: "contract",
      config: configs.farCpu,
      runs: 32,
      length: 60,
    },
    { name: "64 CPUs", level: "linux", config: configs.large("none"), runs: 4, length: 200 },
    {
      name: "64 CPUs, Intel remapping, other legal choices",
      level: "contract",
      config: configs.large("intel"),
      runs: 4,
      length: 120,
    },
    {
      name: "64 CPUs, AMD remapping",
      level: "linux",
      config: configs.large("amd"),
      runs: 4,
      length: 120,
    },
  ],
  explorations: [
    {
      name: "1 CPU x 1 vector, 1 MSI-X interrupt",
      level: "linux",
      config: configs.smallest,
      commands: allCommands,
    },
    {
      name: "2 CPUs x 2 vectors, 1 MSI-X interrupt",
      level: "linux",
      config: configs.tiny,
      commands: allCommands,
      maxStates: 1200,
    },
  ],
  observation: { codec: Observation, encode: encodeObservation, decode: decodeObservation },
  describe,
  picture,
  commandText,
  responseText,
};
