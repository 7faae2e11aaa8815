/**
 * Breadth-first search of every state of a small configuration. The first violation met has the
 * shortest possible trace.
 */
import type { JudgedClause, Level, Transition } from "../../spec/core/clause.js";
import type { AnySubsystem } from "../subsystem.js";
import { ExhaustiveChoices } from "./choices.js";
import { Judge } from "./judge.js";
import { PackedStepper, type Stepper, stepperOf } from "./stepper.js";
import { stateStore } from "./store.js";

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

const permutations = (n: number): Int32Array[] => {
  if (n === 0) return [new Int32Array(0)];
  return permutations(n - 1).flatMap((p) =>
    Array.from({ length: n }, (_x, at) => {
      const list = [...p];
      list.splice(at, 0, n - 1);
      return Int32Array.from(list);
    }),
  );
};

const inverse = (p: Int32Array): Int32Array => {
  const q = new Int32Array(p.length);
  p.forEach((to, from) => {
    q[to] = from;
  });
  return q;
};

/** Replaces a state by the least of its images under relabelling of CPUs. */
class Canonical {
  readonly #permute: (target: Int32Array, source: Int32Array, p: Int32Array) => void;
  readonly #all: readonly Int32Array[];
  readonly #image: Int32Array;
  readonly #best: Int32Array;
  /** The relabelling that the last call chose. */
  chosen: Int32Array;
  constructor(subsystem: AnySubsystem, config: { cpus: number }, words: number) {
    const packed = subsystem.packed?.(config);
    if (packed?.permute === undefined) throw new Error("no permute");
    this.#permute = packed.permute.bind(packed);
    this.#all = permutations(config.cpus);
    this.#image = new Int32Array(words);
    this.#best = new Int32Array(words);
    this.chosen = this.#all[0] as Int32Array;
  }
  apply(state: Int32Array): void {
    this.#best.set(state);
    this.chosen = this.#all[0] as Int32Array;
    for (const p of this.#all) {
      this.#permute(this.#image, state, p);
      let w = 0;
      while (w < state.length && this.#image[w] === this.#best[w]) w++;
      if (w < state.length && (this.#image[w] as number) < (this.#best[w] as number)) {
        this.#best.set(this.#image);
        this.chosen = p;
      }
    }
    state.set(this.#best);
  }
}

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

export const explore = (options: ExploreOptions): ExploreResult => {
  const { subsystem, config, level, commands } = options;
  const stepper: Stepper<unknown, unknown, unknown> = stepperOf(subsystem, config);
  const judge = new Judge<AnyT>(options.clauses, subsystem.commandKinds);
  const { words } = stepper;
  const store = stateStore(words);
  const marks: unknown[] = [];
  const marked = !(stepper instanceof PackedStepper);
  const reduce = options.symmetry === true && symmetryRefusal(options) === undefined;
  const canonical = reduce
    ? new Canonical(subsystem, config as { cpus: number }, words)
    : undefined;
  const scratch = new Int32Array(words);
  const parents: number[] = [-1];
  /** Command and outcome number that led to a state. */
  const byCommand: number[] = [-1];
  const byOutcome: number[] = [0];
  const choices = level === "contract" ? new ExhaustiveChoices() : undefined;
  const t = transition(config);
  const result: ExploreResult = {
    states: 1,
    transitions: 0,
    levels: 1,
    complete: true,
    symmetry: reduce,
    evaluations: 0,
    exercised: [],
  };

  stepper.reset();
  stepper.save(scratch, 0);
  canonical?.apply(scratch);
  store.add(scratch);
  if (marked) marks.push(stepper.mark());
  let levelEnd = 1;
  const finish = (): ExploreResult => {
    result.states = store.count;
    result.exercised = [...judge.exercised];
    result.evaluations = judge.evaluations;
    return result;
  };

  for (let s = 0; s < store.count; s++) {
    if (s === levelEnd) {
      if (options.maxDepth !== undefined && result.levels > options.maxDepth) {
        result.complete = false;
        return finish();
      }
      result.levels++;
      levelEnd = store.count;
    }
    stepper.load(store.words, s * words, marks[s]);
    for (let c = 0; c < commands.length; c++) {
      const command = commands[c];
      if (!subsystem.generator.enabled(config, level, stepper.before, command)) continue;
      if (options.leftOut?.(config, stepper.before, command) === true) continue;
      choices?.restart();
      let outcome = 0;
      do {
        const response = stepper.apply(command, choices);
        result.transitions++;
        t.before = stepper.before;
        t.command = command;
        t.response = response;
        t.after = stepper.after;
        t.observed = t.after;
        t.expected = level === "linux" ? response : undefined;
        t.touched = stepper.touched;
        let holds = judge.judgeSteps(t);
        const broken = holds ? [] : [...judge.violated];
        stepper.save(scratch, 0);
        canonical?.apply(scratch);
        if (store.add(scratch)) {
          parents.push(s);
          byCommand.push(c);
          byOutcome.push(outcome);
          if (marked) marks.push(stepper.mark());
          // Invariants speak of one state: once a state is enough.
          t.touched = undefined;
          if (!judge.judgeInvariants(t)) {
            holds = false;
            broken.push(...judge.violated);
          }
        }
        if (!holds) {
          const clauses = broken.map((i) => options.clauses[i]?.id ?? "?");
          const path = [{ c, outcome }];
          for (let at = s; at > 0; at = parents[at] as number) {
            path.unshift({ c: byCommand[at] as number, outcome: byOutcome[at] as number });
          }
          result.counterexample = { clauses, ...retrace(options, path) };
          result.complete = false;
          return finish();
        }
        stepper.revert();
        outcome++;
      } while (choices?.next() === true);
      if (options.maxStates !== undefined && store.count >= options.maxStates) {
        result.complete = false;
        return finish();
      }
    }
  }
  return finish();
};

/**
 * Walks a path of command and outcome numbers again. Under symmetry these speak of canonical
 * states, so the commands are relabelled back on the way.
 */
const retrace = (
  options: ExploreOptions,
  path: readonly { c: number; outcome: number }[],
): { commands: unknown[]; responses: unknown[] } => {
  const { subsystem, config, level } = options;
  const stepper: Stepper<unknown, unknown, unknown> = stepperOf(subsystem, config);
  const reduce = options.symmetry === true && symmetryRefusal(options) === undefined;
  const canonical = reduce
    ? new Canonical(subsystem, config as { cpus: number }, stepper.words)
    : undefined;
  const scratch = new Int32Array(stepper.words);
  const commands: unknown[] = [];
  const responses: unknown[] = [];
  stepper.reset();
  for (const { c, outcome } of path) {
    let command = options.commands[c];
    stepper.save(scratch, 0);
    canonical?.apply(scratch);
    const target = canonical === undefined ? undefined : successor(options, scratch, c, outcome);
    if (canonical !== undefined) command = subsystem.relabel?.(command, inverse(canonical.chosen));
    const choices = level === "contract" ? new ExhaustiveChoices() : undefined;
    let response: unknown;
    for (let n = 0; ; n++) {
      response = stepper.apply(command, choices);
      if (target === undefined ? n === outcome : reaches(stepper, canonical, scratch, target))
        break;
      stepper.revert();
      if (choices?.next() !== true) break;
    }
    commands.push(command);
    responses.push(response);
    stepper.commit();
  }
  return { commands, responses };
};

/** The canonical successor of a canonical state. */
const successor = (
  options: ExploreOptions,
  from: Int32Array,
  c: number,
  outcome: number,
): Int32Array => {
  const stepper = stepperOf(options.subsystem, options.config);
  const choices = new ExhaustiveChoices();
  stepper.load(from, 0, undefined);
  for (let n = 0; ; n++) {
    stepper.apply(options.commands[c], choices);
    if (n === outcome) break;
    stepper.revert();
    choices.next();
  }
  const result = new Int32Array(stepper.words);
  stepper.save(result, 0);
  new Canonical(options.subsystem, options.config as { cpus: number }, stepper.words).apply(result);
  return result;
};

const reaches = (
  stepper: Stepper<unknown, unknown, unknown>,
  canonical: Canonical | undefined,
  scratch: Int32Array,
  target: Int32Array,
): boolean => {
  stepper.save(scratch, 0);
  canonical?.apply(scratch);
  return scratch.every((word, w) => word === target[w]);
};
