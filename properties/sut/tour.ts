/**
 * An exhaustive tour of a system: in every state of a small configuration that it comes to, every
 * command is issued once. The states are those of the reference, led by the system's answers. A
 * system cannot be set to a state, so the tour walks: where all was tried it goes by known ways to
 * the nearest state where something is left.
 */
import type { Level } from "../../spec/core/clause.js";
import type { Stepper } from "../engine/stepper.js";
import type { AnySubsystem, Exploration } from "../subsystem.js";
import type { ExternalFind } from "./campaign.js";
import type { SystemFault } from "./protocol.js";
import { ready } from "./replay.js";
import type { BatchResult, StdioSystem } from "./stdio.js";
import { type TourStep, tryAgain } from "./tour-find.js";
import { TourGraph } from "./tour-graph.js";
import { type AnyT, type Clauses, type Sent, Tracker } from "./tracker.js";

export type TourOptions = {
  readonly system: StdioSystem;
  readonly subsystem: AnySubsystem;
  readonly exploration: Exploration<unknown, unknown, unknown>;
  readonly level: Level;
  readonly clauses: Clauses;
  readonly maxStates?: number;
  /** Asked before every batch. */
  readonly expired?: () => boolean;
};

export type TourResult = {
  /** The configuration in force. */
  readonly config: unknown;
  readonly clauses: Clauses;
  states: number;
  /** Pairs of a state and a command that were tried. */
  transitions: number;
  /** Commands issued, the ways between included. */
  commands: number;
  evaluations: number;
  exercised: number[];
  features: number[];
  /** Everything was tried in every state reached. */
  complete: boolean;
  find?: ExternalFind;
};

const MAX_STATES = 1 << 17;
const BATCH = 512;
/** Batches under way at once. */
const WINDOW = 2;
/** A run is begun anew after so many commands, so that its history stays short. */
const LONGEST_RUN = 8192;

/** Runs in a row in which nothing new was tried. */
const MAX_IDLE = 64;

/** A command on its way. */
type Step = {
  readonly sent: Sent;
  readonly c: number;
  /** It was not tried there before, and should lead to another state. */
  readonly moves: boolean;
  readonly known: boolean;
};
type Flying = { readonly steps: readonly Step[]; readonly result: Promise<BatchResult> };

/**
 * After which commands the system shows its state, since that is slow: after those that are new
 * and lead somewhere, and after the last of a row that should have changed nothing.
 */
const shownAfter = (steps: readonly Step[]): boolean[] =>
  steps.map(({ moves, known }, i) => {
    const next = steps[i + 1];
    return !known && (moves || next === undefined || next.moves);
  });

class Tour {
  readonly #options: TourOptions;
  readonly #tracker: Tracker;
  readonly #graph: TourGraph;
  readonly #commands: readonly unknown[];
  readonly #scratch: Int32Array;
  readonly #result: TourResult;
  /** Kinds whose answers were not as predicted: no command is planned beyond one of them. */
  readonly #fickle = new Set<string>();
  /** State that the predictor is in, and state that the system is in. */
  #there = 0;
  #here = 0;
  /** Planned, not known to be tried. */
  #planned: { s: number; c: number }[] = [];
  #history: TourStep[] = [];
  #flying: Flying[] = [];
  /** What was under way when a process ended: where it ended is not sure. */
  #rest: TourStep[] = [];
  /** Nothing is planned until the answer to a fickle command is in. */
  #waiting = false;
  readonly #numbers = new Map<string, number>();

  constructor(options: TourOptions) {
    const { subsystem, level, system, clauses, exploration } = options;
    const { config } = system;
    this.#options = options;
    this.#tracker = new Tracker({ subsystem, config, level, clauses });
    const { answers } = this;
    this.#commands = exploration.commands(config).filter((command) => answers(command));
    this.#commands.forEach((command, c) => {
      this.#numbers.set(this.#key(command), c);
    });
    const width = this.#tracker.predictor.words;
    this.#scratch = new Int32Array(width);
    this.#graph = new TourGraph(width, this.#commands.length);
    this.#result = {
      config,
      clauses,
      states: 0,
      transitions: 0,
      commands: 0,
      evaluations: 0,
      exercised: [],
      features: subsystem.features.map(() => 0),
      complete: false,
    };
  }

  /** Whether the system answers a command, as it is or by reference. */
  readonly answers = (command: unknown): boolean => {
    const { kind } = command as { kind: string };
    const { commands, refs } = this.#options.system.hello;
    return commands.includes(kind) || (refs && commands.includes(`${kind}Ref`));
  };

  async perform(): Promise<TourResult> {
    const { expired, maxStates = MAX_STATES } = this.#options;
    const result = this.#result;
    const graph = this.#graph;
    let fault = await this.#begin();
    let [idle, before] = [0, -1];
    for (;;) {
      if (fault !== undefined) {
        result.find = await this.#find([fault.clause], fault);
        break;
      }
      if (expired?.() === true || graph.reached > maxStates) break;
      const went = await this.#go();
      if (went === "done" || went === "again") {
        // A system that does not go the same way twice may never be led to what is left.
        idle = graph.transitions === before ? idle + 1 : 0;
        before = graph.transitions;
        if (idle > MAX_IDLE) break;
      }
      if (went === "done") {
        // All that can be reached from here was tried; from the start there may be more.
        if (graph.wayToWork(0) === undefined) {
          result.complete = true;
          break;
        }
        fault = await this.#begin();
      } else if (went === "again") fault = await this.#begin();
      else if (went !== undefined) {
        result.find = await this.#find(went.clauses, went.fault);
        break;
      }
    }
    await this.#land();
    result.states = graph.reached;
    result.transitions = graph.transitions;
    result.exercised = this.#tracker.exercised();
    result.evaluations = this.#tracker.evaluations;
    return result;
  }

  /** What is under way is read, and means nothing any more. */
  async #land(): Promise<void> {
    await Promise.all(this.#flying.map(({ result }) => result));
    for (const { steps } of this.#flying) this.#rest.push(...steps.map(this.#unanswered));
    this.#flying = [];
    for (const { s, c } of this.#planned) this.#graph.putBack(s, c);
    this.#planned = [];
  }

  /** Back to the start. */
  async #begin(): Promise<SystemFault | undefined> {
    const { system, exploration } = this.#options;
    await this.#land();
    const fault = await ready(system, exploration.config);
    this.#tracker.reset();
    this.#history = [];
    this.#rest = [];
    this.#here = this.#there = this.#numberOf(this.#tracker.predictor);
    this.#open(this.#here, this.#tracker.predictor);
    this.#graph.arrive(this.#here);
    return fault;
  }

  readonly #unanswered = ({ c }: Step): TourStep => ({
    issued: this.#commands[c],
    response: undefined,
  });

  /** One batch sent, one answered. `done`: nothing is left to do from here. */
  async #go(): Promise<"done" | "again" | undefined | { clauses: string[]; fault?: SystemFault }> {
    const tracker = this.#tracker;
    if (this.#flying.length === 0) {
      tracker.align();
      this.#there = this.#here;
      this.#waiting = false;
      for (const { s, c } of this.#planned) this.#graph.putBack(s, c);
      this.#planned = [];
      if (tracker.sent >= LONGEST_RUN) return "again";
    }
    const room = this.#options.system.hello.refs ? WINDOW : 1;
    while (this.#flying.length < room && !this.#waiting && !tracker.parted) {
      const steps = tracker.sent < LONGEST_RUN ? this.#fill() : [];
      if (steps.length === 0) break;
      this.#send(steps);
    }
    const oldest = this.#flying.shift();
    return oldest === undefined ? "done" : this.#judge(oldest.steps, await oldest.result);
  }

  /** Plans commands from where the predictor is. */
  #fill(): Step[] {
    const graph = this.#graph;
    const steps: Step[] = [];
    while (steps.length < BATCH) {
      const c = graph.plan(this.#there);
      if (c >= 0) {
        this.#planned.push({ s: this.#there, c });
        const sent = this.#take(c, undefined);
        if (sent === undefined) {
          graph.leaveOut(this.#there, c);
          continue;
        }
        steps.push({ sent, c, known: false, moves: !this.#tracker.predictor.unchanged() });
        if (!this.#fickle.has(this.#kind(c))) continue;
        this.#waiting = true;
        break;
      }
      const way = graph.wayToWork(this.#there);
      if (way === undefined) break;
      for (const edge of way) {
        const sent = this.#take(edge.c, edge.response);
        if (sent === undefined) return steps;
        steps.push({ sent, c: edge.c, known: true, moves: true });
      }
    }
    return steps;
  }

  #kind(c: number): string {
    return (this.#commands[c] as { kind: string }).kind;
  }

  /** Takes a command into the batch; undefined where the system cannot be told it. */
  #take(c: number, expected: unknown): Sent | undefined {
    const tracker = this.#tracker;
    const issued = this.#commands[c];
    const { commands } = this.#options.system.hello;
    const command = commands.includes(this.#kind(c)) ? issued : tracker.handles.refer(issued);
    if (!commands.includes((command as { kind: string }).kind)) return undefined;
    const sent = tracker.send(command, issued, expected);
    if (!tracker.predictor.unchanged()) {
      this.#there = this.#numberOf(tracker.predictor);
      this.#open(this.#there, tracker.predictor);
    }
    return sent;
  }

  #send(steps: readonly Step[]): void {
    const { system } = this.#options;
    const lines = steps.map(({ sent }) => (system.hello.refs ? sent.command : sent.issued));
    const observe = system.hello.observes.length === 0 ? "none" : shownAfter(steps);
    this.#flying.push({ steps, result: system.batch(lines, observe) });
  }

  #numberOf(stepper: Stepper<unknown, unknown, unknown>): number {
    return this.#graph.numberOf(stepper.read(this.#scratch));
  }

  /** A state met for the first time: which commands may be issued, those that do nothing first. */
  #open(s: number, stepper: Stepper<unknown, unknown, unknown>): void {
    if (this.#graph.isKnown(s)) return;
    const { subsystem, level, exploration, system } = this.#options;
    const { config } = system;
    const still: number[] = [];
    const moving: number[] = [];
    stepper.commit();
    for (let c = 0; c < this.#commands.length; c++) {
      const command = this.#commands[c];
      if (!subsystem.generator.enabled(config, level, stepper.before, command)) continue;
      if (exploration.leftOut?.when(config, stepper.before, command) === true) continue;
      stepper.apply(command);
      (stepper.unchanged() ? still : moving).push(c);
      stepper.revert();
    }
    this.#graph.open(s, [...still, ...moving]);
  }

  #judge(
    steps: readonly Step[],
    answers: BatchResult,
  ): "again" | undefined | { clauses: string[]; fault?: SystemFault } {
    const tracker = this.#tracker;
    const result = this.#result;
    const { features } = this.#options.subsystem;
    for (let i = 0; i < steps.length; i++) {
      const { sent } = steps[i] as Step;
      if (i === answers.fault?.at) break;
      const c = this.#meant(steps[i] as Step);
      // A wrong prediction had it sent where it may not be issued.
      if (c === undefined || !this.#graph.admits(this.#here, c)) return "again";
      const response = answers.responses[i];
      const before = tracker.parted;
      const outcome = tracker.take(sent, response, answers.observations[i]);
      if (outcome === "astray" || outcome === "skipped") return "again";
      this.#history.push({ issued: this.#commands[c], response });
      if (typeof outcome === "object") return { clauses: [outcome.clause], fault: outcome };
      result.commands++;
      const t = tracker.session.t as AnyT;
      for (let f = 0; f < features.length; f++) {
        if (features[f]?.reached(t) !== true) continue;
        result.features[f] = (result.features[f] as number) + 1;
      }
      if (outcome === "violated") return { clauses: tracker.violated() };
      if (tracker.parted && !before) this.#fickle.add(this.#kind(c));
      const { stepper } = tracker.session;
      const to = stepper.unchanged() ? this.#here : this.#numberOf(stepper);
      this.#graph.tried(this.#here, c, to, response);
      this.#open(to, stepper);
      this.#graph.arrive(to);
      this.#here = to;
    }
    const { fault } = answers;
    if (fault === undefined) return undefined;
    const [first, ...rest] = steps.slice(fault.at).map(this.#unanswered);
    if (first !== undefined) this.#history.push(first);
    this.#rest = rest;
    return { clauses: [fault.clause], fault };
  }

  #key(command: unknown): string {
    return JSON.stringify(this.#options.subsystem.codecs.command.encode(command));
  }

  /** The number of a command as the system understood it, results having been otherwise. */
  #meant({ sent, c }: Step): number | undefined {
    const tracker = this.#tracker;
    if (!tracker.parted || sent.command === sent.issued) return c;
    const issued = tracker.handles.resolve(sent.command);
    return issued === undefined ? undefined : this.#numbers.get(this.#key(issued));
  }

  /** The shortest known way that shows it again, or else all that was done. */
  async #find(clauses: readonly string[], fault: SystemFault | undefined): Promise<ExternalFind> {
    await this.#land();
    const { config } = this.#result;
    const last = this.#history.at(-1);
    const way = this.#graph.way(0, (s) => s === this.#here) ?? [];
    const short = way.map(({ c, response }) => ({ issued: this.#commands[c], response }));
    const whole = [...this.#history, ...this.#rest];
    for (const steps of last === undefined ? [whole] : [[...short, last], whole]) {
      const find = await tryAgain({ ...this.#options, config }, steps, clauses, fault);
      if (find.confirmed || steps === whole) return find;
    }
    throw new Error("the whole history was run");
  }
}

/**
 * Tours one exploration of the subsystem on a system. Throws SystemError where the system cannot
 * be started or does not take the configuration; whatever it does later is a find.
 */
export const tour = async (options: TourOptions): Promise<TourResult> => {
  await ready(options.system, options.exploration.config);
  return new Tour(options).perform();
};
