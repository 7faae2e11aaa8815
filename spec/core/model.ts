import type { Choices } from "./choices.js";

/** A response and the state that goes with it. */
export type Outcome<State, Response> = { readonly state: State; readonly response: Response };

/**
 * An executable reference. All functions are pure and total: a command that Linux would not
 * survive answers `fatal`, it does not throw.
 */
export interface Model<Config, State, Command, Response, View> {
  readonly init: (config: Config) => State;
  /** What Linux 7.0 does. */
  readonly step: (config: Config, state: State, command: Command) => Outcome<State, Response>;
  /** Every outcome the contract admits, the one of `step` first when it is among them. */
  readonly outcomes: (
    config: Config,
    state: State,
    command: Command,
  ) => readonly Outcome<State, Response>[];
  /** The state after the system's own response, legal or not; clauses alone decide legality. */
  readonly follow: (config: Config, state: State, command: Command, response: Response) => State;
  /** The state as clauses and reports see it. */
  readonly view: (config: Config, state: State) => View;
}

/**
 * The same machine on one block of 32-bit words, for searches and campaigns. `step` works in
 * place and allocates nothing; responses come from a table made at construction.
 */
export interface PackedModel<Command, Response, View> {
  /** Length of a state in 32-bit words. */
  readonly words: number;
  readonly init: (state: Int32Array) => void;
  /** Without `choices` the outcome of Linux 7.0; with them any outcome the contract admits. */
  readonly step: (state: Int32Array, command: Command, choices?: Choices) => Response;
  readonly follow: (state: Int32Array, command: Command, response: Response) => void;
  /** An accessor over the block; it stays valid while the block changes. */
  readonly view: (state: Int32Array) => View;
  /** CPUs that the last `step` or `follow` may have changed. The list is reused. */
  readonly touched: readonly number[];
  /** Copies the parts that the last `step` or `follow` may have changed. */
  readonly sync: (target: Int32Array, source: Int32Array) => void;
  /** Relabels CPUs: CPU i of `source` becomes CPU `permutation[i]` of `target`. */
  readonly permute?: (target: Int32Array, source: Int32Array, permutation: Int32Array) => void;
}
