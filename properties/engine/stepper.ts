import type { Choices } from "../../spec/core/choices.js";
import type { Model, PackedModel } from "../../spec/core/model.js";
import type { AnySubsystem } from "../subsystem.js";

/**
 * A reference on its way through a trace: the state before and after the command in hand.
 * `apply` or `follow` moves `after`; `commit` makes it the new `before`, `revert` drops it.
 */
export interface Stepper<Command, Response, View> {
  readonly before: View;
  readonly after: View;
  /** CPUs whose part of the state may differ between `before` and `after`; undefined: any. */
  readonly touched: readonly number[] | undefined;
  /** Length of a saved state in words. */
  readonly words: number;
  reset(): void;
  /** Linux's own outcome; with choices any outcome the contract admits. */
  apply(command: Command, choices?: Choices): Response;
  follow(command: Command, response: Response): void;
  commit(): void;
  revert(): void;
  /** Writes the `after` state as words: equal words, equal state. */
  save(into: Int32Array, at: number): void;
  /** The same words where they stand, or written into `scratch`; not to be kept. */
  read(scratch: Int32Array): Int32Array;
  /** Whether `after` equals `before`; nothing is then left to revert. */
  unchanged(): boolean;
  /** What `load` needs beside the words; undefined where the words are enough. */
  mark(): unknown;
  /** Makes a saved state both `before` and `after`. */
  load(from: Int32Array, at: number, mark: unknown): void;
}

export class PackedStepper<Command, Response, View> implements Stepper<Command, Response, View> {
  readonly before: View;
  readonly after: View;
  readonly words: number;
  readonly model: PackedModel<Command, Response, View>;
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  readonly touched: readonly number[];
  constructor(model: PackedModel<Command, Response, View>) {
    this.model = model;
    this.words = model.words;
    this.#before = new Int32Array(model.words);
    this.#after = new Int32Array(model.words);
    this.before = model.view(this.#before);
    this.after = model.view(this.#after);
    this.touched = model.touched;
    this.reset();
  }
  reset(): void {
    this.model.init(this.#after);
    this.#before.set(this.#after);
  }
  apply(command: Command, choices?: Choices): Response {
    return this.model.step(this.#after, command, choices);
  }
  follow(command: Command, response: Response): void {
    this.model.follow(this.#after, command, response);
  }
  commit(): void {
    this.model.sync(this.#before, this.#after);
  }
  revert(): void {
    this.model.sync(this.#after, this.#before);
  }
  save(into: Int32Array, at: number): void {
    const { words } = this;
    const source = this.#after;
    for (let w = 0; w < words; w++) into[at + w] = source[w] as number;
  }
  read(): Int32Array {
    return this.#after;
  }
  unchanged(): boolean {
    const { words } = this;
    const before = this.#before;
    const after = this.#after;
    for (let w = 0; w < words; w++) if (before[w] !== after[w]) return false;
    return true;
  }
  mark(): undefined {
    return undefined;
  }
  load(from: Int32Array, at: number): void {
    const { words } = this;
    const before = this.#before;
    const after = this.#after;
    for (let w = 0; w < words; w++) {
      const word = from[at + w] as number;
      before[w] = word;
      after[w] = word;
    }
  }
}

/** The same over a readable model, whose saved words are a fingerprint beside the state itself. */
export class ReadableStepper<Config, State, Command, Response, View>
  implements Stepper<Command, Response, View>
{
  readonly words: number;
  readonly touched = undefined;
  readonly #config: Config;
  readonly #model: Model<Config, State, Command, Response, View>;
  readonly #fingerprint: ((config: Config, state: State) => Int32Array) | undefined;
  #beforeState: State;
  #afterState: State;
  #beforeView: View;
  #afterView: View | undefined;
  constructor(
    model: Model<Config, State, Command, Response, View>,
    config: Config,
    fingerprint?: (config: Config, state: State) => Int32Array,
  ) {
    this.#model = model;
    this.#config = config;
    this.#fingerprint = fingerprint;
    this.#beforeState = model.init(config);
    this.#afterState = this.#beforeState;
    this.#beforeView = model.view(config, this.#beforeState);
    this.#afterView = this.#beforeView;
    this.words = fingerprint?.(config, this.#beforeState).length ?? 0;
  }
  get before(): View {
    return this.#beforeView;
  }
  get after(): View {
    this.#afterView ??= this.#model.view(this.#config, this.#afterState);
    return this.#afterView;
  }
  get state(): State {
    return this.#afterState;
  }
  reset(): void {
    this.#beforeState = this.#model.init(this.#config);
    this.#beforeView = this.#model.view(this.#config, this.#beforeState);
    this.revert();
  }
  apply(command: Command, choices?: Choices): Response {
    const outcome =
      choices === undefined
        ? this.#model.step(this.#config, this.#beforeState, command)
        : this.#pick(command, choices);
    this.#afterState = outcome.state;
    this.#afterView = outcome.state === this.#beforeState ? this.#beforeView : undefined;
    return outcome.response;
  }
  #pick(command: Command, choices: Choices) {
    const outcomes = this.#model.outcomes(this.#config, this.#beforeState, command);
    const nth = outcomes.length > 1 ? choices.below(outcomes.length) : 0;
    const outcome = outcomes[nth];
    if (outcome === undefined) throw new Error("a model must admit at least one outcome");
    return outcome;
  }
  follow(command: Command, response: Response): void {
    this.#afterState = this.#model.follow(this.#config, this.#beforeState, command, response);
    this.#afterView = undefined;
  }
  commit(): void {
    this.#beforeView = this.after;
    this.#beforeState = this.#afterState;
  }
  revert(): void {
    this.#afterState = this.#beforeState;
    this.#afterView = this.#beforeView;
  }
  save(into: Int32Array, at: number): void {
    if (this.#fingerprint === undefined) throw new Error("this model has no fingerprint");
    into.set(this.#fingerprint(this.#config, this.#afterState), at);
  }
  read(scratch: Int32Array): Int32Array {
    this.save(scratch, 0);
    return scratch;
  }
  unchanged(): boolean {
    if (this.#afterState === this.#beforeState) return true;
    if (this.#fingerprint === undefined) return false;
    const before = this.#fingerprint(this.#config, this.#beforeState);
    const after = this.#fingerprint(this.#config, this.#afterState);
    if (!before.every((word, w) => word === after[w])) return false;
    this.revert();
    return true;
  }
  mark(): unknown {
    return this.#afterState;
  }
  load(_from: Int32Array, _at: number, mark: unknown): void {
    this.#beforeState = mark as State;
    this.#beforeView = this.#model.view(this.#config, this.#beforeState);
    this.revert();
  }
}

/** The fastest stepper a subsystem offers. */
export const stepperOf = <C, R, V>(subsystem: AnySubsystem, config: unknown): Stepper<C, R, V> =>
  subsystem.packed === undefined
    ? new ReadableStepper(subsystem.model, config, subsystem.fingerprint)
    : new PackedStepper(subsystem.packed(config));
