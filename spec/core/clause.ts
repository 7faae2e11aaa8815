import type { Source } from "./source.js";

/** `contract`: any correct kernel. `linux`: exactly what Linux 7.0 does. */
export type Level = "contract" | "linux";
export const levels: readonly Level[] = ["contract", "linux"];

/**
 * One judged step. `before` and `after` are the reference's own states, `after` having followed
 * the system's response. `observed` is what the system itself showed after the command; when the
 * reference judges itself it is `after`.
 */
export type Transition<Config, Command, Response, View> = {
  config: Config;
  before: View;
  command: Command;
  response: Response;
  after: View;
  observed: View | undefined;
  /** What Linux 7.0 answers to the command in `before`. Present where the linux level is judged. */
  expected: Response | undefined;
  /**
   * CPUs whose part of the state the command may have changed; undefined means any. Clauses that
   * speak of every CPU judge these, the rest having been judged before: a property proves that
   * this finds the same as a full recount.
   */
  touched: readonly number[] | undefined;
};

/** The bound of every clause type: clauses of different subsystems share lists. */
// biome-ignore lint/suspicious/noExplicitAny: a list of clauses is not a list of one subsystem's
export type AnyTransition = Transition<any, any, any, any>;

type Common = {
  /** Permanent, never reused, e.g. "VEC-MATRIX-8" or, for the linux half of a pair, "…-9-L". */
  readonly id: string;
  /** A sentence that states the rule. It may be reworded; the id may not. */
  readonly title: string;
  readonly level: Level;
  readonly source: readonly Source[];
  /** Plan task, "T1.3". */
  readonly task: string;
  /**
   * What a system must show, beyond its responses, for the clause to be judged: names of the
   * subsystem's observables. A system that does not declare them leaves the clause not judged.
   */
  readonly needs?: readonly string[];
  /** How often a `check` must exercise it before silence counts as proof; 10 unless told. */
  readonly minimum?: number;
  /** Command kinds that can exercise it; absent means any. Guides generation and judging. */
  readonly on?: readonly string[];
  /** Command kinds without which no state arises in which it applies. */
  readonly requires?: readonly string[];
};

/** Speaks of one state, after every command. */
export type Invariant<T extends AnyTransition> = Common & {
  readonly kind: "invariant";
  readonly applies: (t: T) => boolean;
  readonly holds: (t: T) => boolean;
};

/** Speaks of one command, its response and the states around it. */
export type Step<T extends AnyTransition> = Common & {
  readonly kind: "step";
  readonly applies: (t: T) => boolean;
  readonly holds: (t: T) => boolean;
};

/** A situation that a campaign must reach, such as exhaustion; unreached is `not proven`. */
export type Witness<T extends AnyTransition> = Common & {
  readonly kind: "witness";
  readonly applies: (t: T) => boolean;
};

/**
 * Something that must follow within a bound of virtual time. It hangs on the state: `due` is
 * asked after every command and at the end of the trace, so a thing that never happens is caught.
 */
export type TimedDuty<T extends AnyTransition> = Common & {
  readonly kind: "timed duty";
  /** A duty is pending in the state after this step. */
  readonly applies: (t: T) => boolean;
  /** False once a pending duty is overdue in the state after this step. */
  readonly holds: (t: T) => boolean;
};

/** In the catalogue, not judged yet; `awaits` says what it needs. Always shown as not judged. */
export type Declared = Common & { readonly kind: "declared"; readonly awaits: string };

export type JudgedClause<T extends AnyTransition> =
  | Invariant<T>
  | Step<T>
  | Witness<T>
  | TimedDuty<T>;

export type Clause<T extends AnyTransition> = JudgedClause<T> | Declared;

export type AnyClause = Clause<AnyTransition>;

export const defaultMinimum = 10;

/** The clauses judged at a level: `linux` judges the contract as well. */
export const judgedAt = <T extends AnyTransition>(
  clauses: readonly Clause<T>[],
  level: Level,
): readonly JudgedClause<T>[] =>
  clauses.filter(
    (clause): clause is JudgedClause<T> =>
      clause.kind !== "declared" && (level === "linux" || clause.level === "contract"),
  );
