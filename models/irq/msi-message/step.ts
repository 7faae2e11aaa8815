/** Interrupt messages of Linux 7.0: one function per operation, in the file of its topic. */
import type {
  Command,
  CommandKind,
  Config,
  Response,
} from "../../../spec/irq/msi-message/vocabulary.js";
import * as m from "./messages.js";
import * as remap from "./remap.js";
import { quiet, type State } from "./state.js";
import { disableRemapping, enableRemapping, inject } from "./units.js";
import { allocateVectors, releaseVectors } from "./vectors.js";

export type { MessageOutcome } from "./remap.js";
export { init } from "./state.js";

type Handler<K extends CommandKind> = (
  config: Config,
  state: State,
  command: Extract<Command, { kind: K }>,
) => remap.MessageOutcome;

/** A command that asks and changes nothing. */
const asks =
  <K extends CommandKind>(
    ask: (config: Config, command: Extract<Command, { kind: K }>) => Response,
  ): Handler<K> =>
  (config, state, command) =>
    remap.answer(quiet(state), ask(config, command));

/**
 * One handler a command, exhaustive by its type. A table and not match(): with 22 kinds and no
 * packed twin beside it, matching arm by arm took a fifth of a campaign.
 */
const handlers: { readonly [K in CommandKind]: Handler<K> } = {
  compose: asks(m.composeCpu),
  composeDest: asks(m.composeDest),
  composeIommu: asks(m.composeOwn),
  decode: asks(m.decodeMessage),
  validate: asks(m.validate),
  allocateVectors,
  releaseVectors,
  remappable: asks(m.remappable),
  encodeIrte: asks(m.encodeIrte),
  decodeIrte: asks(m.decodeIrte),
  sourceId: asks(m.sourceId),
  encodeDte: asks(m.encodeDte),
  enableRemapping,
  disableRemapping,
  allocateIrtes: remap.allocateIrtes,
  activate: remap.activate,
  setAffinity: remap.setAffinity,
  deactivate: remap.deactivate,
  free: remap.free,
  post: remap.post,
  unpost: remap.unpost,
  inject,
};

export const step = (config: Config, state: State, command: Command): remap.MessageOutcome =>
  (handlers[command.kind] as Handler<CommandKind>)(config, state, command);
