/** The contract level: every outcome it admits, and the state after a system's own answer. */
import { capableOf, readingOf } from "../../../spec/irq/capability/reading.js";
import type { Command, Config, Response } from "../../../spec/irq/capability/vocabulary.js";
import { agree } from "./agree.js";
import { enableMsiLean, otherWay, probeByBytes } from "./alternatives.js";
import { replay } from "./bus.js";
import { type CapabilityOutcome, quiet, type State } from "./state.js";
import { event, fresh, onBus, powered, step } from "./step.js";

/** MMC 6 and 7 are reserved: a reader may refuse the capability. */
const reservedCount = (command: Command): boolean =>
  command.kind === "parse" &&
  command.capability === "msi" &&
  (((command.bytes[2] ?? 0) >>> 1) & 7) > 5;

export const outcomes = (
  config: Config,
  state: State,
  command: Command,
): readonly CapabilityOutcome[] => {
  const linux = step(config, state, command);
  if (reservedCount(command)) {
    return [linux, { state: quiet(state), response: { kind: "refused" } }];
  }
  if (command.kind === "plug") {
    return [linux, onBus(config, fresh(state, command), command, probeByBytes)];
  }
  const other = otherWay(config, state, command, linux.response);
  if (other === undefined) return [linux];
  const ways = [linux, onBus(config, state, command, other)];
  if (command.kind === "enableMsi" && linux.response.kind === "enabled") {
    const plug = state.plugged?.plug;
    const msi = plug === undefined ? undefined : readingOf(plug).msi;
    const few = Math.max(command.min, 1);
    if (msi !== undefined && few < linux.response.count && few <= capableOf(msi)) {
      ways.push(onBus(config, state, command, enableMsiLean(config, state, command, few, msi)));
    }
  }
  return ways;
};

/** What the system's own accesses did to the function. */
const written = (config: Config, state: State, command: Command, response: Response): State => {
  const { plugged } = state;
  if (plugged === undefined || !("bus" in response)) return quiet(state);
  const { fn, sent } = replay(plugged.shape, plugged.fn, response.bus);
  const kernel = agree(config, state, command, response, fn);
  return { ...state, plugged: { ...plugged, fn }, kernel, sent };
};

/** The state after the system's own response. Total: nonsense leaves the state as it was. */
export const follow = (
  config: Config,
  state: State,
  command: Command,
  response: Response,
): State => {
  switch (command.kind) {
    case "plug":
      return written(config, fresh(state, command), command, response);
    case "suspend":
      return quiet(powered(state, false));
    case "vanish":
      return quiet({ ...powered(state, false), gone: state.plugged !== undefined });
    case "resume":
      return state.gone ? quiet(state) : written(config, powered(state, true), command, response);
    case "event":
      return event(state, command);
    default:
      return written(config, state, command, response);
  }
};
