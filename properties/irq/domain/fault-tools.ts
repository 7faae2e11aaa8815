/** What seeded faults are built from. */
import { follow } from "../../../models/irq/domain/admit.js";
import type { State } from "../../../models/irq/domain/state.js";
import type { Model, Outcome as OutcomeOf } from "../../../spec/core/model.js";
import type { BusWrite } from "../../../spec/irq/domain/bus.js";
import { type Meaning, meaningOf } from "../../../spec/irq/domain/platform.js";
import type { Command, Config, DomainView, Response } from "../../../spec/irq/domain/vocabulary.js";
import { faultKit } from "../../fault-kit.js";
import type { Fault } from "../../subsystem.js";

export type DomainModel = Model<Config, State, Command, Response, DomainView>;
export type Outcome = OutcomeOf<State, Response>;
export type DomainFault = Fault<Config, State, Command, Response, DomainView>;
export type Answered = Exclude<Response, { kind: "fatal" }>;

export const { after, contract, linuxLevel } = faultKit<
  Config,
  State,
  Command,
  Response,
  DomainView
>();

/** The system answers, and does, something else; its state goes along. */
export const answering = (
  config: Config,
  before: State,
  command: Command,
  response: Response,
): Outcome => ({ response, state: follow(config, before, command, response) });

type Change = (
  right: Answered,
  command: Command,
  before: State,
  config: Config,
) => Response | undefined;

/** Answers to some commands are changed; undefined leaves them as they are. */
export const changing = (kinds: readonly Command["kind"][], change: Change) =>
  after((config, before, command, right) => {
    if (!kinds.includes(command.kind) || right.response.kind === "fatal") return right;
    const response = change(right.response, command, before, config);
    return response === undefined ? right : answering(config, before, command, response);
  });

/** The same answer with other writes. */
export const withBus = (r: Answered, writes: readonly BusWrite[]): Response => ({
  ...r,
  bus: writes,
});

/** Writes of some meaning are left out. */
export const dropping = (
  kinds: readonly Command["kind"][],
  which: (meaning: Meaning, w: BusWrite) => boolean,
) =>
  changing(kinds, (r, _command, _before, config) => {
    const writes = r.bus;
    const kept = writes.filter((w) => !which(meaningOf(config, w), w));
    return kept.length === writes.length ? undefined : withBus(r, kept);
  });

/** Writes of the first kind come before all others, or after them. */
export const reordering = (
  kinds: readonly Command["kind"][],
  which: (w: BusWrite) => boolean,
  first: boolean,
) =>
  changing(kinds, (r) => {
    const writes = r.bus;
    const own = writes.filter(which);
    const rest = writes.filter((w) => !which(w));
    return withBus(r, first ? [...own, ...rest] : [...rest, ...own]);
  });

/** Memory and queue of the remapping unit. */
export const ofUnit = (w: BusWrite): boolean => w.space === "memory" || w.space === "remapping";

export const eoiOf = (cpu: number): BusWrite => ({
  space: "apic",
  unit: cpu,
  bar: 0,
  offset: 0xb0,
  width: 4,
  value: 0,
});

/** Both halves of an interrupt command. */
export const isIpi = (m: Meaning, w: BusWrite): boolean =>
  m.kind === "ipi" || (w.space === "apic" && w.offset === 0x310);
