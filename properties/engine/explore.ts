/**
 * Breadth-first search of every state of a small configuration. The first violation met has the
 * shortest possible trace.
 */
import type { JudgedClause, Level, Transition } from "../../spec/core/clause.js";
import type { AnySubsystem } from "../subsystem.js";
import { Canonical } from "./canonical.js";
import { ExhaustiveChoices } from "./choices.js";
import { Judge } from "./judge.js";
import { retrace } from "./retrace.js";
import { PackedStepper, type Stepper, stepperOf } from "./stepper.js";
import { type StateStore, stateStore } from "./store.js";

// biome-ignore lint/suspicious/noExplicitAny: searches serve every subsystem
type AnyT = Transition<any, any, any, any>;

export type ExploreOptions = {
  readonly subsystem: AnySubsystem;
  readonly config: unknown;
  readonly level: Level;
  readonly clauses: readonly JudgedClause<AnyT>[];
  readonly commands: readonly unknown[];
  readonly maxStates?: number;
  readonly maxDepth?: number;
  readonly symmetry?: boolean;
  readonly leftOut?: (config: unknown, view: unknown, command: unknown) => boolean;
};

export type ExploreResult = {
  /** Distinct states; orbits under symmetry. */
  states: number;
  transitions: number;
  /** Transitions that ended in the state they started in, such as refused commands. */
  unchanged: number;
  /** Number of breadth-first levels, the start counted. */
  levels: number;
  /** False when a bound stopped the search. */
  complete: boolean;
  symmetry: boolean;
  evaluations: number;
  exercised: number[];
  counterexample?: { clauses: string[]; commands: unknown[]; responses: unknown[] };
};

/** Why a search cannot be reduced by symmetry, or undefined when it can. */
export const symmetryRefusal = (options: ExploreOptions): string | undefined => {
  if (options.level === "linux") {
    return "symmetry refused: Linux breaks ties between CPUs by their number";
  }
  if (options.clauses.some((clause) => clause.kind === "timed duty")) {
    return "symmetry refused: a timed duty is judged";
  }
  const packed = options.subsystem.packed?.(options.config);
  if (packed?.permute === undefined || options.subsystem.relabel === undefined) {
    return "symmetry refused: the model cannot relabel CPUs";
  }
  return undefined;
};

const transition = (config: unknown): AnyT => ({
  config,
  before: undefined,
  command: undefined,
  response: undefined,
  after: undefined,
  observed: undefined,
  expected: undefined,
  touched: undefined,
});

/**
 * One search on its way. The work on a state is a method of its own, apart from the loop over
 * states, because it is what must run fast.
 */
class Search {
  readonly #options: ExploreOptions;
  readonly #stepper: Stepper<unknown, unknown, unknown>;
  readonly #judge: Judge<AnyT>;
  readonly #store: StateStore;
  readonly #width: number;
  readonly #canonical: Canonical | undefined;
  readonly #choices: ExhaustiveChoices | undefined;
  readonly #scratch: Int32Array;
  /** Per command, the clauses besides the invariants that it can exercise. */
  readonly #steps: readonly (readonly number[])[];
  /** Readable states by number, where words are only their fingerprint. */
  readonly #marks: unknown[] | undefined;
  readonly #parents: number[] = [-1];
  /** Command and outcome number that led to a state. */
  readonly #byCommand: number[] = [-1];
  readonly #byOutcome: number[] = [0];
  /** Commands, by number, that led to the states waiting in the store's queue. */
  readonly #queued: number[] = [];
  readonly #t: AnyT;
  readonly #result: ExploreResult;

  constructor(options: ExploreOptions) {
    const { subsystem, config, level } = options;
    this.#options = options;
    this.#stepper = stepperOf(subsystem, config);
    this.#judge = new Judge<AnyT>(options.clauses, subsystem.commandKinds);
    this.#width = this.#stepper.words;
    this.#store = stateStore(this.#width);
    this.#marks = this.#stepper instanceof PackedStepper ? undefined : [];
    const reduce = options.symmetry === true && symmetryRefusal(options) === undefined;
    this.#canonical = reduce
      ? new Canonical(subsystem, config as { cpus: number }, this.#width)
      : undefined;
    this.#choices = level === "contract" ? new ExhaustiveChoices() : undefined;
    this.#scratch = new Int32Array(this.#width);
    this.#steps = options.commands.map((command) =>
      this.#judge.stepsOf((command as { kind: string }).kind),
    );
    this.#t = transition(config);
    this.#result = {
      states: 1,
      transitions: 0,
      unchanged: 0,
      levels: 1,
      complete: true,
      symmetry: reduce,
      evaluations: 0,
      exercised: [],
    };
  }

  run(): ExploreResult {
    const { maxDepth, maxStates, commands } = this.#options;
    const together =
      this.#choices === undefined && this.#canonical === undefined && this.#marks === undefined;
    const result = this.#result;
    const store = this.#store;
    this.#stepper.reset();
    this.#stepper.save(this.#scratch, 0);
    this.#canonical?.apply(this.#scratch);
    store.add(this.#scratch);
    this.#marks?.push(this.#stepper.mark());
    let levelEnd = 1;
    for (let s = 0; s < store.count; s++) {
      if (s === levelEnd) {
        if (maxDepth !== undefined && result.levels > maxDepth) {
          result.complete = false;
          break;
        }
        result.levels++;
        levelEnd = store.count;
      }
      const room = maxStates === undefined || store.count + commands.length < maxStates;
      if (!(together && room ? this.#expandTogether(s) : this.#expand(s))) {
        result.complete = false;
        break;
      }
    }
    result.states = store.count;
    result.exercised = [...this.#judge.exercised];
    result.evaluations = this.#judge.evaluations;
    return result;
  }

  /** Issues every command in state `s`. False when the search is to stop. */
  #expand(s: number): boolean {
    const { config, level, commands, leftOut, maxStates, subsystem } = this.#options;
    const { generator } = subsystem;
    const stepper = this.#stepper;
    const choices = this.#choices;
    stepper.load(this.#store.words, s * this.#width, this.#marks?.[s]);
    for (let c = 0; c < commands.length; c++) {
      const command = commands[c];
      if (!generator.enabled(config, level, stepper.before, command)) continue;
      if (leftOut?.(config, stepper.before, command) === true) continue;
      if (choices === undefined) {
        if (!this.#transition(s, c, command, 0)) return false;
      } else {
        choices.restart();
        let outcome = 0;
        do {
          if (!this.#transition(s, c, command, outcome)) return false;
          outcome++;
        } while (choices.next());
      }
      if (maxStates !== undefined && this.#store.count >= maxStates) return false;
    }
    return true;
  }

  /**
   * The same where an outcome has no choices and a state is its words: the states reached are
   * looked up together, and new ones are stepped to once more for their invariants.
   */
  #expandTogether(s: number): boolean {
    const { config, level, commands, leftOut, subsystem } = this.#options;
    const { generator } = subsystem;
    const stepper = this.#stepper;
    const queued = this.#queued;
    stepper.load(this.#store.words, s * this.#width, undefined);
    for (let c = 0; c < commands.length; c++) {
      const command = commands[c];
      if (!generator.enabled(config, level, stepper.before, command)) continue;
      if (leftOut?.(config, stepper.before, command) === true) continue;
      const response = stepper.apply(command);
      const steps = this.#steps[c] as readonly number[];
      if (steps.length > 0) {
        this.#describe(command, response);
        if (!this.#judge.judgeThese(steps, this.#t)) {
          stepper.revert();
          // What came before is first; then once more for all that this transition breaks.
          return this.#settle(s) && this.#transition(s, c, command, 0);
        }
      }
      this.#result.transitions++;
      if (stepper.unchanged()) {
        this.#result.unchanged++;
        continue;
      }
      this.#store.enqueue(stepper.read(this.#scratch));
      queued.push(c);
      stepper.revert();
    }
    return this.#settle(s);
  }

  /** Adds what is queued and judges the invariants of the new states. False when one broke. */
  #settle(s: number): boolean {
    const stepper = this.#stepper;
    const fresh = this.#store.addQueued();
    let holds = true;
    for (let i = 0; i < fresh.length; i++) {
      const c = this.#queued[fresh[i] as number] as number;
      this.#parents.push(s);
      this.#byCommand.push(c);
      this.#byOutcome.push(0);
      if (!holds) continue;
      const command = this.#options.commands[c];
      this.#describe(command, stepper.apply(command));
      this.#t.touched = undefined;
      holds =
        this.#judge.judgeInvariants(this.#t) || this.#found(s, c, 0, [...this.#judge.violated]);
      stepper.revert();
    }
    while (this.#queued.length > 0) this.#queued.pop();
    return holds;
  }

  /** One command with one outcome, judged. False when a clause broke. */
  #transition(s: number, c: number, command: unknown, outcome: number): boolean {
    const stepper = this.#stepper;
    const judge = this.#judge;
    const response = stepper.apply(command, this.#choices);
    this.#result.transitions++;
    const steps = this.#steps[c] as readonly number[];
    let broken = none;
    if (steps.length > 0) {
      this.#describe(command, response);
      if (!judge.judgeThese(steps, this.#t)) broken = [...judge.violated];
    }
    if (stepper.unchanged()) {
      this.#result.unchanged++;
      return broken === none || this.#found(s, c, outcome, broken);
    }
    if (this.#visit()) {
      this.#parents.push(s);
      this.#byCommand.push(c);
      this.#byOutcome.push(outcome);
      this.#marks?.push(stepper.mark());
      // Invariants speak of one state: once a state is enough.
      this.#describe(command, response);
      this.#t.touched = undefined;
      if (!judge.judgeInvariants(this.#t)) {
        return this.#found(s, c, outcome, [...broken, ...judge.violated]);
      }
    }
    if (broken !== none) return this.#found(s, c, outcome, broken);
    stepper.revert();
    return true;
  }

  /** Fills in the transition in hand. */
  #describe(command: unknown, response: unknown): void {
    const stepper = this.#stepper;
    const t = this.#t;
    t.before = stepper.before;
    t.command = command;
    t.response = response;
    t.after = stepper.after;
    t.observed = t.after;
    t.expected = this.#choices === undefined ? response : undefined;
    t.touched = stepper.touched;
  }

  /** Notes the state reached. True when it was not known. */
  #visit(): boolean {
    const canonical = this.#canonical;
    if (canonical === undefined) return this.#store.add(this.#stepper.read(this.#scratch));
    this.#stepper.save(this.#scratch, 0);
    canonical.apply(this.#scratch);
    return this.#store.add(this.#scratch);
  }

  #found(s: number, c: number, outcome: number, broken: readonly number[]): false {
    const clauses = broken.map((i) => this.#options.clauses[i]?.id ?? "?");
    const path = [{ c, outcome }];
    for (let at = s; at > 0; at = this.#parents[at] as number) {
      path.unshift({ c: this.#byCommand[at] as number, outcome: this.#byOutcome[at] as number });
    }
    this.#result.counterexample = {
      clauses,
      ...retrace(this.#options, path, this.#canonical !== undefined),
    };
    return false;
  }
}

const none: readonly number[] = [];

export const explore = (options: ExploreOptions): ExploreResult => new Search(options).run();
