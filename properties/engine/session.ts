import type { Choices } from "../../spec/core/choices.js";
import type { JudgedClause, Level, Transition } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import type { AnySubsystem } from "../subsystem.js";
import { Judge } from "./judge.js";
import { ReadableStepper, type Stepper, stepperOf } from "./stepper.js";

/** A system that answers in this process: a seeded fault, or the reference as a stranger. */
export interface LocalSystem {
  reset(): void;
  apply(command: unknown): unknown;
  /** What the system shows of its state now. */
  observe(): unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: a session serves every subsystem
type AnyT = Transition<any, any, any, any>;

/** Every this many commands the whole state is recounted instead of the touched part. */
const RECOUNT_EVERY = 64;

/** One system under one judge, through one trace after another. */
export class Session {
  readonly subsystem: AnySubsystem;
  readonly level: Level;
  readonly config: unknown;
  readonly stepper: Stepper<unknown, unknown, unknown>;
  readonly judge: Judge<AnyT>;
  /** The transition in hand; overwritten by the next command. */
  readonly t: AnyT;
  readonly #system: LocalSystem | undefined;
  readonly #linux: boolean;
  #sinceRecount = 0;

  constructor(
    subsystem: AnySubsystem,
    config: unknown,
    level: Level,
    clauses: readonly JudgedClause<AnyT>[],
    system?: LocalSystem,
  ) {
    const refusal = subsystem.refusesLevel?.(config, level);
    if (refusal !== undefined) {
      throw new InputError({ file: "configuration", field: refusal.field }, refusal.problem);
    }
    this.subsystem = subsystem;
    this.config = config;
    this.level = level;
    this.stepper = stepperOf(subsystem, config);
    this.judge = new Judge(clauses, subsystem.commandKinds);
    this.#system = system;
    this.#linux = level === "linux";
    this.t = {
      config,
      before: this.stepper.before,
      command: undefined,
      response: undefined,
      after: this.stepper.after,
      observed: undefined,
      expected: undefined,
      touched: undefined,
    };
  }

  reset(): void {
    this.stepper.reset();
    this.#system?.reset();
    this.#sinceRecount = 0;
  }

  /** Issues a command to the system, or to the reference itself, and judges. True: holds. */
  perform(command: unknown, choices?: Choices): boolean {
    if (this.#system !== undefined) {
      const response = this.#system.apply(command);
      const system = this.#system;
      return this.accept(command, response, () => system.observe());
    }
    const { stepper, t } = this;
    stepper.commit();
    const response = stepper.apply(command, this.#linux ? undefined : choices);
    t.before = stepper.before;
    t.command = command;
    t.response = response;
    t.after = stepper.after;
    t.observed = t.after;
    t.expected = this.#linux ? response : undefined;
    if (++this.#sinceRecount >= RECOUNT_EVERY) {
      t.touched = undefined;
      this.#sinceRecount = 0;
    } else {
      t.touched = stepper.touched;
    }
    return this.judge.judge(t);
  }

  /**
   * Judges what a foreign system answered. `observe` makes the view of what it shows, given the
   * reference's state after following the response. True: holds.
   */
  accept(command: unknown, response: unknown, observe?: (after: unknown) => unknown): boolean {
    const { stepper, t } = this;
    stepper.commit();
    t.expected = undefined;
    if (this.#linux) {
      const expected = stepper.apply(command);
      t.expected = expected;
      if (!this.subsystem.sameResponse(expected, response)) {
        stepper.revert();
        stepper.follow(command, response);
      }
    } else {
      stepper.follow(command, response);
    }
    t.before = stepper.before;
    t.command = command;
    t.response = response;
    t.after = stepper.after;
    t.observed = observe?.(stepper.after);
    t.touched = undefined;
    return this.judge.judge(t);
  }

  /** Ids of the clauses that the last command broke, catalogue order. */
  violated(): string[] {
    return this.judge.violated.map((i) => this.judge.clauses[i]?.id ?? "?");
  }
}

/** A seeded fault as a system: the changed model with its own state. */
export const localSystem = (
  subsystem: AnySubsystem,
  config: unknown,
  model: AnySubsystem["model"],
): LocalSystem => {
  const stepper = new ReadableStepper(model, config, subsystem.fingerprint);
  return {
    reset: () => stepper.reset(),
    apply: (command) => {
      stepper.commit();
      return stepper.apply(command);
    },
    observe: () => stepper.after,
  };
};
