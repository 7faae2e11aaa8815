import { FINGERPRINT_BITS } from "../../../models/core/fingerprint.js";
import { fingerprint } from "../../../models/irq/lapic-timer/fingerprint.js";
import { init, type State } from "../../../models/irq/lapic-timer/state.js";
import { follow, outcomes, step } from "../../../models/irq/lapic-timer/step.js";
import { view } from "../../../models/irq/lapic-timer/view.js";
import type { Level } from "../../../spec/core/clause.js";
import type { Model } from "../../../spec/core/model.js";
import { clauses } from "../../../spec/irq/lapic-timer/clauses.js";
import {
  type ApicWrite,
  Command,
  Config,
  commandKinds,
  LINUX_TIMER_VECTOR,
  observables,
  Response,
  type View,
} from "../../../spec/irq/lapic-timer/vocabulary.js";
import type { Subsystem } from "../../subsystem.js";
import { base, deadlines, uneven, uniprocessor } from "./configs.js";
import { commandText, describe, responseText } from "./describe.js";
import { faults } from "./faults.js";
import { features } from "./features.js";
import { generator } from "./generator.js";
import { decodeObservation, encodeObservation, Observation } from "./observation.js";

export const model: Model<Config, State, Command, Response, View> = {
  init,
  step,
  outcomes,
  follow,
  view,
};

/** Fewest bus clocks of a tick: shorter ones leave no room for one-shot counts of 15 times 16. */
const LEAST_PERIOD = 10_000;

type Problem = { field: string; problem: string } | undefined;

const checkConfig = (config: Config): Problem => {
  if (config.online > config.cpus) return { field: "online", problem: "more than there are CPUs" };
  if (config.rates.length === 0) return { field: "rates", problem: "needs at least one" };
  const fast = config.rates.find((hz) => config.busHz / hz < LEAST_PERIOD);
  if (fast !== undefined) {
    return { field: "rates", problem: `${fast} Hz is less than ${LEAST_PERIOD} clocks a tick` };
  }
  if (config.tick === "deadline" && !config.deadline) {
    return { field: "tick", problem: "the timer has no deadline mode" };
  }
  return undefined;
};

const refusesLevel = (config: Config, level: Level): Problem =>
  level === "linux" && config.vector !== LINUX_TIMER_VECTOR
    ? { field: "vector", problem: "Linux's timer vector is 236" }
    : undefined;

const checkCommand = (config: Config, command: Command): Problem => {
  if ("cpu" in command && command.cpu >= config.cpus) {
    return { field: "cpu", problem: `CPU ${command.cpu} of ${config.cpus} does not exist` };
  }
  if (command.kind === "setHz" && !config.rates.includes(command.hz)) {
    return { field: "hz", problem: `${command.hz} is not among the configured rates` };
  }
  return undefined;
};

const sameList = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i]);

const sameWrites = (a: readonly ApicWrite[], b: readonly ApicWrite[]): boolean =>
  a.length === b.length &&
  a.every((w, i) => w.cpu === b[i]?.cpu && w.offset === b[i]?.offset && w.value === b[i]?.value);

const sameResponse = (a: Response, b: Response): boolean => {
  if (a.kind === "granted" && b.kind === "granted") return a.ticks === b.ticks;
  if (a.kind !== "did" || b.kind !== "did") return a.kind === b.kind;
  const lists = sameWrites(a.writes, b.writes) && sameList(a.ticks, b.ticks);
  return lists && sameList(a.events, b.events) && a.pit === b.pit;
};

export const lapicTimer: Subsystem<Config, State, Command, Response, View> = {
  path: "irq/lapic-timer",
  title: "the local APIC timer as the scheduler tick: set up, programmed, shut down, CPU by CPU",
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
  faultConfig: base,
  campaigns: [
    { name: "periodic", level: "linux", config: base, runs: 48, length: 300 },
    { name: "deadlines", level: "linux", config: deadlines, runs: 48, length: 300 },
    { name: "PIT or timer", level: "linux", config: uniprocessor, runs: 48, length: 200 },
    { name: "any divisor, three rates", level: "contract", config: base, runs: 48, length: 300 },
    { name: "deadlines, three rates", level: "contract", config: deadlines, runs: 32, length: 300 },
    {
      name: "a clock that no rate divides",
      level: "contract",
      config: uneven,
      runs: 48,
      length: 300,
    },
    { name: "PIT or timer", level: "contract", config: uniprocessor, runs: 48, length: 300 },
  ],
  explorations: [],
  observation: { codec: Observation, encode: encodeObservation, decode: decodeObservation },
  describe,
  commandText,
  responseText,
};
