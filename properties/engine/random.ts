import type { JudgedClause, Level, Transition } from "../../spec/core/clause.js";
import type { AnySubsystem, Drawing } from "../subsystem.js";
import { mix32, RandomChoices, subSeed } from "./choices.js";
import { type LocalSystem, Session } from "./session.js";
import type { Stepper } from "./stepper.js";
import { swarm } from "./swarm.js";

// biome-ignore lint/suspicious/noExplicitAny: campaigns serve every subsystem
type AnyT = Transition<any, any, any, any>;

/** Runs in a chunk. Guidance looks back within a chunk only, so results do not depend on workers. */
export const CHUNK_RUNS = 32;

/** How often the generator may draw a command that is not enabled before it gives up. */
const DRAW_TRIES = 40;

export type RandomOptions = {
  readonly subsystem: AnySubsystem;
  readonly config: unknown;
  readonly level: Level;
  readonly clauses: readonly JudgedClause<AnyT>[];
  readonly seed: number;
  /** Runs [first, first + runs) of the campaign. */
  readonly first: number;
  readonly runs: number;
  readonly length: number;
  /** Command kinds to draw; absent: a swarm of subsets, run by run. */
  readonly subset?: readonly string[];
  readonly system?: LocalSystem;
  /** Stop at the first violation. */
  readonly stop?: boolean;
};

/** A violation: which run, after how many commands, and which clauses broke. */
export type Find = {
  readonly run: number;
  readonly commands: number;
  readonly clauses: readonly string[];
};

export type RandomResult = {
  runs: number;
  commands: number;
  evaluations: number;
  /** Per judged clause. */
  exercised: number[];
  /** Per feature of the subsystem. */
  features: number[];
  /** Sum over runs of a hash of the final state: equal seeds, equal hash, any worker count. */
  hash: number;
  finds: Find[];
};

type Cumulative = { readonly kinds: readonly string[]; readonly upTo: readonly number[] };

const cumulative = new WeakMap<ReadonlyMap<string, number>, Cumulative>();
/** The weights drawn from last: a run draws from the same ones thousands of times. */
let lastWeights: ReadonlyMap<string, number> | undefined;
let lastTable: Cumulative = { kinds: [], upTo: [] };

const cumulativeOf = (weights: ReadonlyMap<string, number>): Cumulative => {
  let table = cumulative.get(weights);
  if (table === undefined) {
    let sum = 0;
    const entries = [...weights].filter(([, weight]) => weight > 0);
    table = { kinds: entries.map(([kind]) => kind), upTo: entries.map(([, w]) => (sum += w)) };
    cumulative.set(weights, table);
  }
  return table;
};

/** Draws a command kind by weight. */
export const pickKind = (
  choices: { below(bound: number): number },
  weights: ReadonlyMap<string, number>,
): string => {
  if (weights !== lastWeights) {
    lastTable = cumulativeOf(weights);
    lastWeights = weights;
  }
  const { kinds, upTo } = lastTable;
  const at = choices.below(upTo[upTo.length - 1] as number);
  let i = 0;
  while ((upTo[i] as number) <= at) i++;
  return kinds[i] as string;
};

/** The weights of one run: the subset asked for, or a swarm. */
const weightsOf = (
  options: RandomOptions,
  choices: RandomChoices,
  exercised: Float64Array,
): ReadonlyMap<string, number> => {
  const usual = Object.entries(options.subsystem.generator.weights as Record<string, number>);
  const { subset } = options;
  return subset === undefined
    ? swarm(usual, options.clauses, exercised, choices)
    : new Map(usual.map(([kind, weight]) => [kind, subset.includes(kind) ? weight : 0]));
};

/** A hash of the state a run ended in; `scratch` has the length of a state. */
export const stateHash = (
  stepper: Stepper<unknown, unknown, unknown>,
  scratch: Int32Array,
): number => {
  if (stepper.words === 0) return 0;
  stepper.save(scratch, 0);
  let h = 0;
  for (let w = 0; w < scratch.length; w++)
    h = Math.imul(h ^ (scratch[w] as number), 0x9e3779b1) ^ (h >>> 15);
  return mix32(h);
};

/** Called with every command and its answer, for recording. */
export type Recorder = (command: unknown, response: unknown) => void;

export type Recorded = { readonly command: unknown; readonly response: unknown };

/** One run. Answers the number of commands up to and including a violation, 0 if all held. */
export const performRun = (
  session: Session,
  options: RandomOptions,
  run: number,
  weights: ReadonlyMap<string, number>,
  choices: RandomChoices,
  features: number[],
  record?: Recorder,
): { commands: number; violated: boolean } => {
  const { generator } = options.subsystem;
  const reached = options.subsystem.features.map((feature) => feature.reached);
  const { t } = session;
  session.reset();
  choices.reseed(subSeed(options.seed, run) ^ 0x2545f491);
  const drawing = {
    config: options.config,
    level: options.level,
    view: session.stepper.after as unknown,
    weights,
  } satisfies Drawing<unknown, unknown>;
  let commands = 0;
  for (let n = 0; n < options.length; n++) {
    drawing.view = session.stepper.after;
    let command = generator.draw(choices, drawing);
    for (let i = 0; !generator.enabled(options.config, options.level, drawing.view, command); i++) {
      if (i === DRAW_TRIES) return { commands, violated: false };
      command = generator.draw(choices, drawing);
    }
    commands++;
    const holds = session.perform(command, choices);
    record?.(command, session.t.response);
    for (let f = 0; f < reached.length; f++) {
      if ((reached[f] as (t: AnyT) => boolean)(t)) features[f] = (features[f] as number) + 1;
    }
    if (!holds) return { commands, violated: true };
  }
  return { commands, violated: false };
};

/** The runs of one chunk, or of any range inside one. */
export const runRandom = (options: RandomOptions): RandomResult => {
  const session = new Session(
    options.subsystem,
    options.config,
    options.level,
    options.clauses,
    options.system,
  );
  const result: RandomResult = {
    runs: 0,
    commands: 0,
    evaluations: 0,
    exercised: [],
    features: options.subsystem.features.map(() => 0),
    hash: 0,
    finds: [],
  };
  const scratch = new Int32Array(session.stepper.words);
  const choices = new RandomChoices(0);
  // Guidance starts afresh with every chunk, so that a chunk means the same wherever it runs.
  const { exercised } = session.judge;
  const chunkStart = exercised.slice();
  const inChunk = exercised.slice();
  for (let run = options.first; run < options.first + options.runs; run++) {
    choices.reseed(subSeed(options.seed, run));
    if (run % CHUNK_RUNS === 0) chunkStart.set(exercised);
    for (let i = 0; i < inChunk.length; i++) {
      inChunk[i] = (exercised[i] as number) - (chunkStart[i] as number);
    }
    const weights = weightsOf(options, choices, inChunk);
    const outcome = performRun(session, options, run, weights, choices, result.features);
    result.runs++;
    result.commands += outcome.commands;
    result.hash = (result.hash + mix32(run ^ stateHash(session.stepper, scratch))) >>> 0;
    if (outcome.violated) {
      result.finds.push({ run, commands: outcome.commands, clauses: session.violated() });
      if (options.stop === true) break;
    }
  }
  result.exercised = [...session.judge.exercised];
  result.evaluations = session.judge.evaluations;
  return result;
};

/**
 * One run again, command by command. Guidance depends on the earlier runs of the chunk, so the
 * chunk is replayed up to it.
 */
export const recordRun = (options: RandomOptions, run: number): readonly Recorded[] => {
  const first = run - (run % CHUNK_RUNS);
  const session = new Session(
    options.subsystem,
    options.config,
    options.level,
    options.clauses,
    options.system,
  );
  const choices = new RandomChoices(0);
  const features = options.subsystem.features.map(() => 0);
  let recorded: Recorded[] = [];
  for (let r = first; r <= run; r++) {
    recorded = [];
    choices.reseed(subSeed(options.seed, r));
    const weights = weightsOf(options, choices, session.judge.exercised);
    performRun(session, options, r, weights, choices, features, (command, response) =>
      recorded.push({ command, response }),
    );
  }
  return recorded;
};

/** The commands of one run alone. */
export const commandsOfRun = (options: RandomOptions, run: number): unknown[] =>
  recordRun(options, run).map(({ command }) => command);

export const mergeRandom = (a: RandomResult, b: RandomResult): RandomResult => ({
  runs: a.runs + b.runs,
  commands: a.commands + b.commands,
  evaluations: a.evaluations + b.evaluations,
  exercised: a.exercised.map((n, i) => n + (b.exercised[i] as number)),
  features: a.features.map((n, i) => n + (b.features[i] as number)),
  hash: (a.hash + b.hash) >>> 0,
  finds: [...a.finds, ...b.finds],
});
