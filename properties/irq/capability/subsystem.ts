import { FINGERPRINT_BITS } from "../../../models/core/fingerprint.js";
import { follow, outcomes } from "../../../models/irq/capability/admit.js";
import { fingerprint } from "../../../models/irq/capability/fingerprint.js";
import type { State } from "../../../models/irq/capability/state.js";
import { init, step } from "../../../models/irq/capability/step.js";
import { view } from "../../../models/irq/capability/view.js";
import type { Model } from "../../../spec/core/model.js";
import { CONFIG_BYTES, EXTENDED_CONFIG_BYTES } from "../../../spec/hardware/shape.js";
import { clauses } from "../../../spec/irq/capability/clauses.js";
import { sameResponse } from "../../../spec/irq/capability/judging.js";
import {
  Command,
  Config,
  commandKinds,
  observables,
  Response,
  type View,
} from "../../../spec/irq/capability/vocabulary.js";
import type { Subsystem } from "../../subsystem.js";
import { bothCommands, msiCommands, msixCommands } from "./commands.js";
import { contiguous, masksElsewhere, noMsi, off, plain, remapped } from "./configs.js";
import { commandText, describe, responseText } from "./describe.js";
import { faults } from "./faults.js";
import { features } from "./features.js";
import { generator } from "./generator.js";
import { decodeObservation, encodeObservation, Observation } from "./observation.js";
import { picture } from "./picture.js";

export const model: Model<Config, State, Command, Response, View> = {
  init,
  step,
  outcomes,
  follow,
  view: (_config, state) => view(state),
};

const checkCommand = (
  _config: Config,
  c: Command,
): { field: string; problem: string } | undefined => {
  if (c.kind === "plug") {
    const size = c.extended ? EXTENDED_CONFIG_BYTES : CONFIG_BYTES;
    const beyond = c.words.find((word) => word.at % 4 !== 0 || word.at >= size);
    if (beyond !== undefined) {
      return { field: "words", problem: `no word at ${beyond.at} of ${size} bytes` };
    }
  }
  if (c.kind === "enableMsix" && c.entries.length !== 0 && c.entries.length !== c.max) {
    return { field: "entries", problem: `${c.entries.length} entries named, ${c.max} wanted` };
  }
  if (c.kind === "overlap" && c.first === c.second) {
    return { field: "second", problem: "is the same as the first" };
  }
  return undefined;
};

export const capability: Subsystem<Config, State, Command, Response, View> = {
  path: "irq/capability",
  title: "MSI and MSI-X capabilities: found, read, programmed and masked",
  codecs: { config: Config, command: Command, response: Response },
  commandKinds,
  observables,
  clauses,
  model,
  fingerprint,
  fingerprintBits: FINGERPRINT_BITS,
  sameResponse,
  checkConfig: () => undefined,
  checkCommand,
  generator,
  features,
  faults,
  faultConfig: remapped,
  campaigns: [
    { name: "one MSI message", level: "linux", config: plain, runs: 96, length: 200 },
    { name: "blocks of messages", level: "linux", config: remapped, runs: 160, length: 200 },
    {
      name: "blocks of messages, any legal way",
      level: "contract",
      config: remapped,
      runs: 160,
      length: 200,
    },
    {
      name: "contiguous entries, any legal way",
      level: "contract",
      config: contiguous,
      runs: 48,
      length: 150,
    },
    {
      name: "the hypervisor masks",
      level: "linux",
      config: masksElsewhere,
      runs: 48,
      length: 150,
    },
    { name: "a domain without MSI", level: "linux", config: noMsi, runs: 16, length: 100 },
    { name: "switched off", level: "linux", config: off, runs: 16, length: 100 },
  ],
  explorations: [
    {
      name: "2 MSI-X entries, one left live, every legal way",
      level: "contract",
      config: remapped,
      commands: msixCommands,
    },
    {
      name: "2 MSI messages, maskable",
      level: "linux",
      config: remapped,
      commands: msiCommands,
    },
    {
      name: "MSI and MSI-X on one function, both left enabled, every legal way",
      level: "contract",
      config: remapped,
      commands: bothCommands,
    },
    {
      name: "2 MSI-X entries, one left live",
      level: "linux",
      config: plain,
      commands: msixCommands,
    },
  ],
  observation: { codec: Observation, encode: encodeObservation, decode: decodeObservation },
  describe,
  picture,
  commandText,
  responseText,
};
