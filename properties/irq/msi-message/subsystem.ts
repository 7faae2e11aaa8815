import { FINGERPRINT_BITS } from "../../../models/core/fingerprint.js";
import { follow, outcomes } from "../../../models/irq/msi-message/admit.js";
import { fingerprint } from "../../../models/irq/msi-message/fingerprint.js";
import { init, type State } from "../../../models/irq/msi-message/state.js";
import { step } from "../../../models/irq/msi-message/step.js";
import { type Layout, table } from "../../../spec/core/bits.js";
import type { Model } from "../../../spec/core/model.js";
import { clauses } from "../../../spec/irq/msi-message/clauses.js";
import { sameResponse } from "../../../spec/irq/msi-message/judging.js";
import { layouts } from "../../../spec/irq/msi-message/layout.js";
import {
  Command,
  Config,
  commandKinds,
  observables,
  Response,
  type View,
} from "../../../spec/irq/msi-message/vocabulary.js";
import type { Subsystem } from "../../subsystem.js";
import { tableCommands, vectorCommands } from "./commands.js";
import {
  amdGa,
  amdLegacy,
  base,
  deviceZoo,
  extended,
  intel,
  intelX2apic,
  wideIds,
} from "./configs.js";
import { commandText, describe, responseText } from "./describe.js";
import { faultConfig, faults } from "./faults.js";
import { features } from "./features.js";
import { generator } from "./generator.js";
import { decodeObservation, encodeObservation, Observation } from "./observation.js";
import { picture } from "./picture.js";

export const model: Model<Config, State, Command, Response, View> = {
  init,
  step,
  outcomes,
  follow,
  view: (_config, state) => state,
};

const powerOfTwo = (n: number): boolean => (n & (n - 1)) === 0;

const checkConfig = (config: Config): { field: string; problem: string } | undefined => {
  const { apicIds, devices } = config;
  if (apicIds.length === 0) return { field: "apicIds", problem: "needs at least one CPU" };
  const twice = apicIds.find((id, i) => apicIds.indexOf(id) !== i);
  if (twice !== undefined) return { field: "apicIds", problem: `id ${twice} stands twice` };
  const wide = apicIds.find((id) => config.apic === "xapic" && id > 0xfe);
  if (wide !== undefined) {
    return { field: "apicIds", problem: `id ${wide} does not exist in xAPIC mode` };
  }
  if (!powerOfTwo(config.tableEntries)) {
    return { field: "tableEntries", problem: "must be a power of two" };
  }
  if (config.remapping === "amd" && config.tableEntries > 2048) {
    return { field: "tableEntries", problem: "AMD tables have at most 2048 entries" };
  }
  if (devices.length === 0) return { field: "devices", problem: "needs at least one device" };
  if (new Set(devices.map((d) => d.requester)).size !== devices.length) {
    return { field: "devices", problem: "a requester id stands twice" };
  }
  if (config.vectorStart >= config.vectorEnd) {
    return { field: "vectorEnd", problem: "must be above vectorStart" };
  }
  return undefined;
};

const checkCommand = (
  config: Config,
  command: Command,
): { field: string; problem: string } | undefined => {
  if ("cpu" in command && command.cpu >= config.apicIds.length) {
    const problem = `CPU ${command.cpu} of ${config.apicIds.length} does not exist`;
    return { field: "cpu", problem };
  }
  if ("device" in command && command.device >= config.devices.length) {
    const problem = `device ${command.device} of ${config.devices.length} does not exist`;
    return { field: "device", problem };
  }
  return undefined;
};

const tiny = { apicIds: [0, 2], devices: deviceZoo.slice(0, 2), tableEntries: 4 } as const;

export const msiMessage: Subsystem<Config, State, Command, Response, View> = {
  path: "irq/msi-message",
  layouts: layouts.map((layout) => table(layout as Layout)),
  title: "interrupt messages and their remapping: what a device writes and where it arrives",
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
  faultConfig,
  campaigns: [
    {
      name: "no remapping, xAPIC",
      level: "linux",
      config: { ...base, vectorEnd: 0x30 },
      runs: 256,
      length: 400,
    },
    { name: "no remapping, wide ids", level: "contract", config: wideIds, runs: 256, length: 400 },
    {
      name: "no remapping, logical",
      level: "linux",
      config: { ...wideIds, logical: true },
      runs: 128,
      length: 400,
    },
    { name: "extended ids", level: "contract", config: extended, runs: 256, length: 400 },
    {
      name: "few vectors, any legal choice",
      level: "contract",
      config: { ...base, vectorStart: 0x21, vectorEnd: 0x2c },
      runs: 256,
      length: 200,
    },
    { name: "Intel, xAPIC", level: "linux", config: intel, runs: 192, length: 600 },
    {
      name: "Intel, x2APIC logical, two units",
      level: "linux",
      config: intelX2apic,
      runs: 192,
      length: 600,
    },
    {
      name: "Intel, 128 entries, any legal choice",
      level: "contract",
      config: { ...intel, tableEntries: 128, mhmv: 4 },
      runs: 192,
      length: 600,
    },
    {
      name: "Intel, no source checking, hardware invalidates",
      level: "linux",
      config: { ...intel, tableEntries: 64, sourceChecking: false, selfInvalidates: true },
      runs: 64,
      length: 300,
    },
    {
      name: "Intel, an IO-APIC not covered",
      level: "contract",
      config: { ...intel, coverable: false },
      runs: 32,
      length: 100,
    },
    {
      name: "Intel, remapping switched off and on",
      level: "linux",
      config: { ...intelX2apic, tableEntries: 64 },
      runs: 256,
      length: 12,
    },
    { name: "AMD, 512 short entries", level: "linux", config: amdLegacy, runs: 192, length: 600 },
    { name: "AMD, 2048 long entries", level: "linux", config: amdGa, runs: 192, length: 600 },
    {
      name: "AMD, 64 long entries, any legal choice",
      level: "contract",
      config: { ...amdGa, tableEntries: 64 },
      runs: 192,
      length: 600,
    },
  ],
  explorations: [
    {
      name: "no remapping, 2 CPUs x 4 vectors, every legal choice",
      level: "contract",
      config: { ...base, ...tiny, vectorStart: 0x20, vectorEnd: 0x24 },
      commands: vectorCommands,
    },
    {
      name: "Intel, 4 entries, 2 devices, every legal choice",
      level: "contract",
      config: { ...intel, ...tiny, mhmv: 1 },
      commands: tableCommands,
    },
    {
      name: "Intel, 2 entries, 2 devices",
      level: "linux",
      config: { ...intel, ...tiny, tableEntries: 2, mhmv: 1 },
      commands: tableCommands,
    },
    {
      name: "AMD, 4 long entries, 1 device",
      level: "linux",
      config: { ...amdGa, ...tiny, devices: deviceZoo.slice(0, 1) },
      commands: tableCommands,
    },
  ],
  observation: { codec: Observation, encode: encodeObservation, decode: decodeObservation },
  describe,
  picture,
  commandText,
  responseText,
};
