import { fingerprint } from "../../../../models/irq/domain/interleaving/fingerprint.js";
import { linuxKernel } from "../../../../models/irq/domain/interleaving/kernel.js";
import type { State } from "../../../../models/irq/domain/interleaving/state.js";
import type { Level } from "../../../../spec/core/clause.js";
import { clauses } from "../../../../spec/irq/domain/interleaving/clauses.js";
import { sameResponse } from "../../../../spec/irq/domain/interleaving/judging.js";
import {
  Command,
  Config,
  commandKinds,
  observables,
  Response,
  type View,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import type { Subsystem } from "../../../subsystem.js";
import { campaigns, explorations } from "./campaigns.js";
import { base } from "./configs.js";
import { commandText, describe, responseText } from "./describe.js";
import { faults } from "./faults.js";
import { features } from "./features.js";
import { generator } from "./generator.js";
import { modelOf } from "./model.js";
import { decodeObservation, encodeObservation, Observation } from "./observation.js";

const checkConfig = (config: Config): { field: string; problem: string } | undefined => {
  if (config.live > config.interrupts) {
    return { field: "live", problem: "more than there are interrupts" };
  }
  if (config.live > config.cpus * config.vectors) {
    return { field: "live", problem: "more than there are vectors" };
  }
  if (config.remapped && config.deferred) {
    return { field: "deferred", problem: "with remapping a move is done at once" };
  }
  return undefined;
};

/** Linux stores moves of interrupts that are not remapped, and masks when an event comes. */
const refusesLevel = (
  config: Config,
  level: Level,
): { field: string; problem: string } | undefined => {
  if (level === "contract") return undefined;
  if (!config.remapped && !config.deferred) {
    return { field: "deferred", problem: "Linux stores a move without remapping" };
  }
  if (!config.lazy) return { field: "lazy", problem: "Linux disables without masking" };
  if (!config.prompt) {
    return {
      field: "prompt",
      problem: "Linux frees a vector without looking whether it is pending",
    };
  }
  return undefined;
};

const checkCommand = (
  config: Config,
  command: Command,
): { field: string; problem: string } | undefined => {
  if ("cpu" in command && command.cpu >= config.cpus) {
    return { field: "cpu", problem: `CPU ${command.cpu} of ${config.cpus} does not exist` };
  }
  if ("interrupt" in command && command.interrupt >= config.interrupts) {
    const problem = `interrupt ${command.interrupt} of ${config.interrupts} does not exist`;
    return { field: "interrupt", problem };
  }
  const most = command.kind === "begin" ? config.threads : config.threads + config.cpus;
  if ("actor" in command && command.actor >= most) {
    return { field: "actor", problem: `actor ${command.actor} of ${most} does not exist` };
  }
  return undefined;
};

export const interleaving: Subsystem<Config, State, Command, Response, View> = {
  path: "irq/domain/interleaving",
  title: "interrupts moved, disabled, freed and fired at once: every order of the atomic steps",
  codecs: { config: Config, command: Command, response: Response },
  commandKinds,
  observables,
  clauses,
  model: modelOf(linuxKernel),
  fingerprint,
  sameResponse,
  checkConfig,
  refusesLevel,
  checkCommand,
  generator,
  features,
  faults,
  faultConfig: base,
  campaigns,
  explorations,
  observation: { codec: Observation, encode: encodeObservation, decode: decodeObservation },
  describe,
  commandText,
  responseText,
};
