/** What seeded faults are built from. */
import { follow } from "../../../models/irq/capability/admit.js";
import type { State } from "../../../models/irq/capability/state.js";
import { onBus, type Sequence } from "../../../models/irq/capability/step.js";
import type { Model, Outcome } from "../../../spec/core/model.js";
import { CONTROL } from "../../../spec/hardware/pci/capabilities.js";
import { type Access, barSpaces } from "../../../spec/irq/capability/access.js";
import { type Reading, readingOf } from "../../../spec/irq/capability/reading.js";
import type {
  Command,
  CommandKind,
  Config,
  Of,
  Response,
  View,
} from "../../../spec/irq/capability/vocabulary.js";
import { faultKit } from "../../fault-kit.js";
import type { Fault } from "../../subsystem.js";

export type M = Model<Config, State, Command, Response, View>;
export type O = Outcome<State, Response>;
export type CapabilityFault = Fault<Config, State, Command, Response, View>;

export const { after, contract, linuxLevel } = faultKit<Config, State, Command, Response, View>();

/** What a change of a log may look at. */
export type Scene = {
  readonly config: Config;
  readonly before: State;
  readonly command: Command;
  readonly response: Response;
  readonly reading: Reading;
};

type Bus = readonly Access[];

/** Changes the accesses of commands of these kinds; the state is what the changed ones lead to. */
export const rewrite = (
  kinds: readonly CommandKind[],
  change: (bus: Bus, scene: Scene) => Bus,
): ((model: M) => M) =>
  after((config, before, command, right) => {
    const plug = right.state.plugged?.plug;
    const { response } = right;
    if (!kinds.includes(command.kind) || plug === undefined || !("bus" in response)) return right;
    const scene = { config, before, command, response, reading: readingOf(plug) };
    const bus = change(response.bus, scene);
    if (bus === response.bus) return right;
    const changed = { ...response, bus };
    return { response: changed, state: follow(config, before, command, changed) };
  });

/** Another sequence in place of Linux's, where there is one. */
export const instead = <K extends CommandKind>(
  kind: K,
  sequence: (scene: Scene & { readonly command: Of<K> }) => Sequence | undefined,
): ((model: M) => M) =>
  after((config, before, command, right) => {
    const plug = before.plugged?.plug;
    if (command.kind !== kind || plug === undefined) return right;
    const reading = readingOf(plug);
    const scene = { config, before, command, response: right.response, reading };
    const other = sequence(scene as Scene & { readonly command: Of<K> });
    return other === undefined ? right : onBus(config, before, command, other);
  });

/** Changes an answer that has no accesses. */
export const answer = (change: (command: Command, right: Response) => Response) =>
  after((_config, _before, command, right) => ({
    ...right,
    response: change(command, right.response),
  }));

/** A write to the control word of MSI or of MSI-X. */
export const writesControl = (a: Access, place: { readonly at: number } | undefined): boolean =>
  a.write && a.space === "config" && place !== undefined && a.offset === place.at + CONTROL;

/** Number of the table word that an access reaches, 4 an entry; -1 for none. */
export const tableWord = (a: Access, { msix }: Reading): number => {
  if (msix === undefined || a.space !== barSpaces[msix.tableBar]) return -1;
  const at = a.offset - msix.tableOffset;
  return at < 0 || at >= 16 * msix.entries ? -1 : at >>> 2;
};

export const writesEntry = (a: Access, reading: Reading): boolean =>
  a.write && tableWord(a, reading) >= 0;

/** A write to word 3 of an entry. */
export const writesVectorControl = (a: Access, reading: Reading): boolean =>
  a.write && tableWord(a, reading) >= 0 && tableWord(a, reading) % 4 === 3;

/** A write that names the MSI mask register, there or not. */
export const writesMask = (a: Access, { msi }: Reading): boolean =>
  a.write && a.space === "config" && msi !== undefined && a.offset === msi.at + msi.offsets.mask;

export const lastWhere = (bus: Bus, test: (a: Access) => boolean): number => {
  for (let i = bus.length - 1; i >= 0; i--) if (test(bus[i] as Access)) return i;
  return -1;
};

/** The log with one access moved to another place. */
export const moved = (bus: Bus, from: number, to: number): Bus => {
  if (from < 0 || to < 0) return bus;
  const list = bus.slice();
  const [one] = list.splice(from, 1);
  list.splice(to, 0, one as Access);
  return list;
};
