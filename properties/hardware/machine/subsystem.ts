import { FINGERPRINT_BITS } from "../../../models/core/fingerprint.js";
import { fingerprint } from "../../../models/hardware/machine/fingerprint.js";
import { type Machine, newMachine, step, viewOf } from "../../../models/hardware/machine/index.js";
import type { Model } from "../../../spec/core/model.js";
import { clauses } from "../../../spec/hardware/machine/clauses.js";
import { sameResponse } from "../../../spec/hardware/machine/judging.js";
import {
  Command,
  Config,
  commandKinds,
  MAX_CPUS,
  MAX_FUNCTIONS,
  observables,
  Response,
  type View,
} from "../../../spec/hardware/machine/vocabulary.js";
import type { Subsystem } from "../../subsystem.js";
import {
  intelCommands,
  intelLeftOut,
  mishapCommands,
  mishapLeftOut,
  msiCommands,
  msiLeftOut,
} from "./commands.js";
import * as configs from "./configs.js";
import { commandText, describe, responseText } from "./describe.js";
import { faults } from "./faults.js";
import { features } from "./features.js";
import { generator } from "./generator.js";
import { decodeObservation, encodeObservation, Observation } from "./observation.js";
import { picture } from "./picture.js";

/** Hardware is deterministic: what it may do and what it does are one. */
export const model: Model<Config, Machine, Command, Response, View> = {
  init: newMachine,
  step,
  outcomes: (config, state, command) => [step(config, state, command)],
  follow: (config, state, command) => step(config, state, command).state,
  view: (_config, state) => viewOf(state),
};

const checkConfig = (config: Config): { field: string; problem: string } | undefined => {
  const { apicIds, functions } = config;
  if (apicIds.length === 0) return { field: "apicIds", problem: "needs at least one CPU" };
  if (apicIds.length > MAX_CPUS) return { field: "apicIds", problem: `at most ${MAX_CPUS} CPUs` };
  const twice = apicIds.find((id, i) => apicIds.indexOf(id) !== i);
  if (twice !== undefined) return { field: "apicIds", problem: `id ${twice} stands twice` };
  const wide = apicIds.find((id) => config.apic === "xapic" && id > 0xfe);
  if (wide !== undefined) {
    return { field: "apicIds", problem: `id ${wide} does not exist in xAPIC mode` };
  }
  if (functions.length > MAX_FUNCTIONS) {
    return { field: "functions", problem: `at most ${MAX_FUNCTIONS} functions` };
  }
  if (new Set(functions.map((f) => f.requester)).size !== functions.length) {
    return { field: "functions", problem: "a requester id stands twice" };
  }
  return config.ram % 4096 === 0
    ? undefined
    : { field: "ram", problem: "must be a multiple of 4096" };
};

const checkCommand = (
  config: Config,
  command: Command,
): { field: string; problem: string } | undefined => {
  if ("cpu" in command && command.cpu >= config.apicIds.length) {
    const problem = `CPU ${command.cpu} of ${config.apicIds.length} does not exist`;
    return { field: "cpu", problem };
  }
  const named = "fn" in command ? command.fn : -1;
  const isFunction = "space" in command && ["config", "bar"].includes(command.space);
  const unit = isFunction && "unit" in command ? command.unit : -1;
  const missing = Math.max(named, unit);
  if (missing >= config.functions.length && missing >= 0) {
    const problem = `function ${missing} of ${config.functions.length} does not exist`;
    return { field: named >= 0 ? "fn" : "unit", problem };
  }
  return undefined;
};

/** The first CPUs and functions that the commands name, at least one CPU. */
const smallerConfigs = (config: Config, commands: readonly Command[]): readonly Config[] => {
  let cpus = 1;
  let functions = 0;
  for (const c of commands) {
    if ("cpu" in c) cpus = Math.max(cpus, c.cpu + 1);
    if ("fn" in c) functions = Math.max(functions, c.fn + 1);
    if ("space" in c && (c.space === "config" || c.space === "bar")) {
      functions = Math.max(functions, c.unit + 1);
    }
  }
  const apicIds = config.apicIds.slice(0, cpus);
  const few = config.functions.slice(0, functions);
  return [
    { ...config, apicIds, functions: few },
    { ...config, functions: few },
    { ...config, apicIds },
  ].filter(
    (c) => c.apicIds.length < config.apicIds.length || c.functions.length < config.functions.length,
  );
};

export const machine: Subsystem<Config, Machine, Command, Response, View> = {
  path: "hardware/machine",
  title: "a machine at register level: PCI functions, remapping unit, local APICs",
  hardware: true,
  codecs: { config: Config, command: Command, response: Response },
  commandKinds,
  observables,
  clauses,
  model,
  fingerprint,
  fingerprintBits: FINGERPRINT_BITS,
  sameResponse,
  checkConfig,
  checkCommand,
  generator,
  features,
  faults,
  faultConfig: configs.kinds,
  campaigns: [
    {
      name: "MSI, four shapes",
      level: "contract",
      config: configs.msiShapes,
      runs: 48,
      length: 300,
    },
    {
      name: "MSI-X, 1 to 2048 entries",
      level: "contract",
      config: configs.msixShapes,
      runs: 48,
      length: 300,
    },
    {
      name: "every kind of function",
      level: "contract",
      config: configs.kinds,
      runs: 48,
      length: 300,
    },
    {
      name: "functions as QEMU has them",
      level: "contract",
      config: configs.qemuShapes,
      runs: 24,
      length: 300,
    },
    {
      name: "local APICs, xAPIC",
      level: "contract",
      config: configs.apicsAlone,
      runs: 48,
      length: 300,
    },
    {
      name: "local APICs after power-up",
      level: "contract",
      config: configs.apicsOff,
      runs: 24,
      length: 200,
    },
    {
      name: "local APICs, x2APIC",
      level: "contract",
      config: configs.x2apics,
      runs: 48,
      length: 300,
    },
    { name: "Intel, xAPIC", level: "contract", config: configs.intel, runs: 64, length: 400 },
    {
      name: "Intel, x2APIC",
      level: "contract",
      config: configs.intelX2apic,
      runs: 48,
      length: 400,
    },
    { name: "AMD, short entries", level: "contract", config: configs.amd, runs: 64, length: 400 },
    { name: "AMD, long entries", level: "contract", config: configs.amdGa, runs: 64, length: 400 },
    ...(
      [
        ["QEMU, local APICs", configs.qemuApics],
        ["QEMU, Intel", configs.qemuIntel],
        ["QEMU, AMD, short entries", configs.qemuAmd],
        ["QEMU, AMD, long entries", configs.qemuGa],
      ] as const
    ).map(([name, config]) => ({
      name,
      level: "contract" as const,
      config,
      runs: 12,
      length: 250,
    })),
    { name: "one CPU", level: "contract", config: configs.oneCpu, runs: 24, length: 300 },
    { name: "64 CPUs, Intel", level: "contract", config: configs.manyCpus, runs: 16, length: 300 },
  ],
  explorations: [
    {
      name: "MSI of two messages",
      level: "contract",
      config: configs.tinyMsi,
      commands: msiCommands,
      leftOut: msiLeftOut,
    },
    {
      name: "messages lost, late and twice, 2 CPUs",
      level: "contract",
      config: configs.tinyMishaps,
      commands: mishapCommands,
      leftOut: mishapLeftOut,
    },
    {
      name: "Intel, one entry and its cache",
      level: "contract",
      config: configs.tinyIntel,
      commands: intelCommands,
      leftOut: intelLeftOut,
    },
  ],
  observation: { codec: Observation, encode: encodeObservation, decode: decodeObservation },
  describe,
  picture,
  commandText,
  responseText,
  smallerConfigs,
};
