/** Runs a given list of commands on a system and judges it: for replay, shrinking and re-running. */
import type { JudgedClause, Level, Transition } from "../../spec/core/clause.js";
import type { AnySubsystem } from "../subsystem.js";
import { type LocalSystem, Session } from "./session.js";

// biome-ignore lint/suspicious/noExplicitAny: replay serves every subsystem
type AnyT = Transition<any, any, any, any>;

export type ReplayStep = {
  /** Number of the command in the list that was given. */
  readonly index: number;
  /** As given; may name an earlier result by reference. */
  readonly command: unknown;
  /** As issued, references resolved. */
  readonly issued: unknown;
  readonly response: unknown;
};

export type ReplayResult = {
  readonly steps: readonly ReplayStep[];
  /** Clauses that the last step broke; empty when all held. */
  readonly clauses: readonly string[];
  /** What changed in the last step, for the report. */
  readonly last:
    | {
        readonly before: ReadonlyMap<string, string>;
        readonly after: ReadonlyMap<string, string>;
        readonly observed: ReadonlyMap<string, string> | undefined;
        readonly expected: unknown;
      }
    | undefined;
};

/** Remembers which command produced what, so that commands can refer to results. */
export class References {
  readonly #byKey = new Map<string, number>();
  readonly #byIndex = new Map<number, string>();
  readonly #subsystem: AnySubsystem;
  constructor(subsystem: AnySubsystem) {
    this.#subsystem = subsystem;
  }
  clear(): void {
    this.#byKey.clear();
    this.#byIndex.clear();
  }
  /** Notes what command `index` was answered. */
  note(index: number, command: unknown, response: unknown): void {
    const key = this.#subsystem.references?.produced(command, response);
    if (key === undefined) return;
    this.#byKey.set(key, index);
    this.#byIndex.set(index, key);
  }
  /** The command with handles replaced by references, where the result is known. */
  refer(command: unknown): unknown {
    return this.#subsystem.references?.refer(command, (key) => this.#byKey.get(key)) ?? command;
  }
  /** The command with references replaced by handles; undefined when there is no such result. */
  resolve(command: unknown): unknown {
    const { references } = this.#subsystem;
    const ref = references?.refersTo(command);
    if (references === undefined || ref === undefined) return command;
    const key = this.#byIndex.get(ref);
    return key === undefined ? undefined : references.resolve(command, key);
  }
}

/**
 * Commands whose precondition does not hold, or whose reference gave nothing, are left out: so a
 * shortened list never turns into a misuse of the system.
 */
export const replayLocal = (
  subsystem: AnySubsystem,
  config: unknown,
  level: Level,
  clauses: readonly JudgedClause<AnyT>[],
  commands: readonly unknown[],
  system?: LocalSystem,
): ReplayResult => {
  const session = new Session(subsystem, config, level, clauses, system);
  const references = new References(subsystem);
  const steps: ReplayStep[] = [];
  session.reset();
  for (let index = 0; index < commands.length; index++) {
    const command = commands[index];
    const issued = references.resolve(command);
    if (issued === undefined) continue;
    if (!subsystem.generator.enabled(config, level, session.stepper.after, issued)) continue;
    const holds = session.perform(issued);
    const { response } = session.t;
    references.note(index, issued, response);
    steps.push({ index, command, issued, response });
    if (!holds) return { steps, clauses: session.violated(), last: lastOf(session) };
  }
  return { steps, clauses: [], last: undefined };
};

/**
 * The same with answers that are given: for what the reference did when it was free to choose.
 * Commands without their answer are left out, as those whose precondition does not hold.
 */
export const replayAnswers = (
  subsystem: AnySubsystem,
  config: unknown,
  level: Level,
  clauses: readonly JudgedClause<AnyT>[],
  recorded: readonly { readonly command: unknown; readonly response: unknown }[],
): ReplayResult => {
  const session = new Session(subsystem, config, level, clauses);
  const steps: ReplayStep[] = [];
  session.reset();
  for (const [index, { command, response }] of recorded.entries()) {
    if (!subsystem.generator.enabled(config, level, session.stepper.after, command)) continue;
    // The reference judges itself here, so what it shows is its own state.
    const holds = session.accept(command, response, (after) => after);
    steps.push({ index, command, issued: command, response });
    if (!holds) return { steps, clauses: session.violated(), last: lastOf(session) };
  }
  return { steps, clauses: [], last: undefined };
};

export const lastOf = (session: Session): ReplayResult["last"] => {
  const { subsystem, config, t, stepper } = session;
  const changed = {
    before: subsystem.describe(config, t.before),
    after: subsystem.describe(config, t.after),
    observed: t.observed === undefined ? undefined : subsystem.describe(config, t.observed),
  };
  // What Linux would have answered, also where only the contract is judged.
  stepper.revert();
  return { ...changed, expected: stepper.apply(t.command) };
};

/** Concrete commands rewritten to name earlier results by reference. */
export const symbolic = (
  subsystem: AnySubsystem,
  steps: readonly { issued: unknown; response: unknown }[],
): unknown[] => {
  const references = new References(subsystem);
  return steps.map(({ issued, response }, index) => {
    const command = references.refer(issued);
    references.note(index, issued, response);
    return command;
  });
};
