/** What seeded faults are built from. */
import type { PagedEntries } from "../../../models/irq/msi-message/entries.js";
import type { State } from "../../../models/irq/msi-message/state.js";
import { tableAt, withTable } from "../../../models/irq/msi-message/state.js";
import type { Model, Outcome } from "../../../spec/core/model.js";
import { placeOf } from "../../../spec/irq/msi-message/judging.js";
import type {
  Command,
  Config,
  Entry,
  Message,
  Response,
  View,
} from "../../../spec/irq/msi-message/vocabulary.js";
import { faultKit } from "../../fault-kit.js";
import type { Fault } from "../../subsystem.js";

export type M = Model<Config, State, Command, Response, View>;
export type O = Outcome<State, Response>;
export type MessageFault = Fault<Config, State, Command, Response, View>;

export const { after } = faultKit<Config, State, Command, Response, View>();

/** Changes what a command of this kind did. */
export const on = <K extends Command["kind"]>(
  kind: K,
  change: (config: Config, before: State, command: Extract<Command, { kind: K }>, right: O) => O,
) =>
  after((config, before, command, right) =>
    command.kind === kind
      ? change(config, before, command as Extract<Command, { kind: K }>, right)
      : right,
  );

/** Changes the message that a command was answered with. */
export const remake = (
  kinds: readonly Command["kind"][],
  change: (config: Config, command: Command, message: Message) => Partial<Message>,
) =>
  after((config, _before, command, right) =>
    right.response.kind === "message" && kinds.includes(command.kind)
      ? {
          ...right,
          response: { ...right.response, ...change(config, command, right.response) },
        }
      : right,
  );

export const done = (o: O): boolean => o.response.kind === "done";

/** The state with the entry of the command's interrupt changed in memory. */
export const patchEntry = (
  config: Config,
  right: O,
  at: { readonly device: number; readonly irq: number },
  change: (entry: Entry) => Entry,
): O => {
  const place = placeOf(config, right.state, at.device, at.irq);
  if (place === undefined || !done(right)) return right;
  const table = tableAt(right.state, place.key);
  const entry = table.entries.get(place.index);
  if (entry === undefined) return right;
  const entries = (table.entries as PagedEntries).with(place.index, change(entry));
  return { ...right, state: withTable(right.state, { ...table, entries }) };
};

export const without = (right: O, kinds: readonly string[]): O => ({
  ...right,
  state: { ...right.state, log: right.state.log.filter((a) => !kinds.includes(a.kind)) },
});

export const fault = (
  level: "contract" | "linux",
  clause: string,
  name: string,
  title: string,
  config: Config,
  wrap: (model: M) => M,
): MessageFault => ({ name, title, clause, level, config, wrap });
