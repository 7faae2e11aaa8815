/** The contract level: every outcome it admits, and the state after a system's own choice. */
import { tableKey } from "../../../spec/irq/msi-message/hardware.js";
import type { Command, Config, Response } from "../../../spec/irq/msi-message/vocabulary.js";
import { firstGap, roundUp } from "./intel.js";
import { composeFor } from "./messages.js";
import {
  answer,
  blockSize,
  type MessageOutcome,
  minIndexTaken,
  place,
  searchIndex,
} from "./remap.js";
import { quiet, type State, tableAt } from "./state.js";
import { step } from "./step.js";
import { own, vectorOutcomes } from "./vectors.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

/** Any free run that is aligned; where Linux refuses for want of room, so does the contract. */
const indexOutcomes = (
  config: Config,
  state: State,
  c: Of<"allocateIrtes">,
): readonly MessageOutcome[] => {
  const table = tableAt(state, tableKey(config, c.device));
  const linux = searchIndex(config, table, c);
  if (typeof linux !== "number" || config.devices[c.device]?.ioApic === true) {
    return [step(config, state, c)];
  }
  const size = blockSize(config, c.count);
  const align = c.source === "msi" ? roundUp(c.count) : 1;
  const outcomes: MessageOutcome[] = [];
  const first = minIndexTaken(config, table.key) ? 32 : 0;
  let from = config.remapping === "amd" ? first : 0;
  for (;;) {
    const at = firstGap(table.blocks, config.tableEntries, from, size, align);
    if (at === undefined) return outcomes;
    outcomes.push(place(config, state, c, at));
    // Large tables: the neighbourhood of Linux's choice stands for the rest.
    if (outcomes.length === MOST_CHOICES) return outcomes;
    from = at + 1;
  }
};

const MOST_CHOICES = 4;

export const outcomes = (
  config: Config,
  state: State,
  command: Command,
): readonly MessageOutcome[] => {
  switch (command.kind) {
    case "compose": {
      // System vectors and 0x10..0x1F: a kernel may give them to devices, Linux does not.
      const right = step(config, state, command);
      const free = answer(quiet(state), composeFor(config, command));
      return right.response.kind === free.response.kind ? [right] : [right, free];
    }
    case "allocateVectors":
      return vectorOutcomes(config, state, command);
    case "allocateIrtes":
      return indexOutcomes(config, state, command);
    default:
      return [step(config, state, command)];
  }
};

/** The state after the system's own response. Total: nonsense leaves the state as it was. */
export const follow = (
  config: Config,
  state: State,
  command: Command,
  response: Response,
): State => {
  switch (response.kind) {
    case "allocated": {
      if (command.kind !== "allocateIrtes" || command.device >= config.devices.length) break;
      if (response.index + blockSize(config, command.count) > config.tableEntries) break;
      return place(config, state, command, response.index).state;
    }
    case "vectors":
      if (command.kind !== "allocateVectors" || response.size < 1 || response.size > 256) break;
      return own(state, command, response.base, response.size).state;
    case "done":
      return step(config, state, command).state;
    default:
      if (command.kind === "inject") return step(config, state, command).state;
  }
  return quiet(state);
};
