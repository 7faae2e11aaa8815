/** A random campaign against an external system. */
import type { Level } from "../../spec/core/clause.js";
import { mix32, RandomChoices, subSeed } from "../engine/choices.js";
import { scopeOf } from "../engine/judge.js";
import { type Find, type RandomResult, stateHash } from "../engine/random.js";
import type { AnySubsystem } from "../subsystem.js";
import { Drawer } from "./drawer.js";
import type { SystemFault } from "./protocol.js";
import { type ExternalReplay, ready, replayExternal } from "./replay.js";
import type { BatchResult, Observe, StdioSystem } from "./stdio.js";
import { type AnyT, type Clauses, type Sent, Tracker } from "./tracker.js";

export { type ExternalReplay, replayExternal } from "./replay.js";

export type ExternalOptions = {
  readonly system: StdioSystem;
  readonly subsystem: AnySubsystem;
  readonly config: unknown;
  readonly level: Level;
  /** What to judge; absent: all that the level and the system's observables admit. */
  readonly clauses?: Clauses;
  readonly seed: number;
  readonly first: number;
  readonly runs: number;
  readonly length: number;
  readonly subset?: readonly string[];
  /** Most commands in a batch. */
  readonly batch?: number;
  /** Stop at the first find. */
  readonly stop?: boolean;
  /** Asked before every run. */
  readonly goOn?: () => boolean;
  /** Asked before every batch; once true the run in hand is cut and the campaign ends. */
  readonly expired?: () => boolean;
  /** The campaign ends after so many crashes and the like, 1 unless told; after a hang at once. */
  readonly faults?: number;
};

export type ExternalFind = Find & {
  /** As sent, earlier results named by reference, up to and including the one that broke. */
  readonly sent: readonly unknown[];
  /** Of the commands that were answered. */
  readonly responses: readonly unknown[];
  readonly fault?: SystemFault;
  /** It came again when the commands were run once more. */
  readonly confirmed: boolean;
  /** That second run, where it came again. */
  readonly again?: ExternalReplay;
};

export type ExternalResult = Omit<RandomResult, "finds"> & {
  finds: ExternalFind[];
  /** The configuration in force, with the fields that the system fixes. */
  config: unknown;
  clauses: Clauses;
  /** Commands after which the system showed its state. */
  observed: number;
  /** Runs cut short because the system's choices made a command under way impossible. */
  cut: number;
  /** The time ran out, or too much broke, before all runs were made. */
  ended?: "time" | "finds";
};

const BATCH = 256;
/** Commands in a batch of a run that is observed throughout. */
const OBSERVED_BATCH = 16;
/** So many runs first, and then every so many, are observed after each command. */
const OBSERVED_RUNS = 4;
const OBSERVED_EVERY = 16;
/** Batches under way at once: the system answers one while the next is drawn. */
const WINDOW = 2;
/** A campaign ends after so many violations. */
const MAX_FINDS = 16;

/** What a run broke. */
type Broken = { readonly clauses: readonly string[]; readonly fault?: SystemFault };

class ExternalCampaign {
  readonly result: ExternalResult;
  readonly #options: ExternalOptions;
  readonly #tracker: Tracker;
  readonly #drawer: Drawer;
  readonly #choices = new RandomChoices(0);
  readonly #scratch: Int32Array;
  /** Shrinks where predictions fail, grows back where they hold. */
  #size: number;
  /** The system was seen to choose otherwise than Linux: batches wait for each other. */
  #free = false;
  #commands: unknown[] = [];
  #responses: unknown[] = [];

  constructor(options: ExternalOptions, clauses: Clauses) {
    const { subsystem, level, system } = options;
    this.#options = options;
    const { config } = system;
    this.#tracker = new Tracker({ subsystem, config, level, clauses });
    this.#scratch = new Int32Array(this.#tracker.predictor.words);
    this.#drawer = new Drawer(
      {
        subsystem,
        config,
        level,
        clauses,
        hello: system.hello,
        ...(options.subset === undefined ? {} : { subset: options.subset }),
      },
      this.#tracker,
      this.#choices,
    );
    this.#size = options.batch ?? BATCH;
    this.result = {
      runs: 0,
      commands: 0,
      evaluations: 0,
      exercised: [],
      features: subsystem.features.map(() => 0),
      hash: 0,
      finds: [],
      config,
      clauses,
      observed: 0,
      cut: 0,
    };
  }

  async perform(): Promise<ExternalResult> {
    const options = this.#options;
    const { result } = this;
    const end = options.first + options.runs;
    for (let run = options.first; run < end && !this.#drawer.hopeless; run++) {
      if (options.goOn?.() === false) {
        result.ended = "time";
        break;
      }
      const broken = await this.#run(run);
      if (broken === "expired") {
        result.ended = "time";
        break;
      }
      result.runs++;
      result.hash =
        (result.hash + mix32(run ^ stateHash(this.#tracker.session.stepper, this.#scratch))) >>> 0;
      if (broken === undefined) continue;
      const find = await this.#find(run, broken);
      result.finds.push(find);
      // A system that hangs is not asked on: each time would cost a time limit.
      const faults = result.finds.filter(({ fault }) => fault !== undefined).length;
      if (
        options.stop === true ||
        find.fault?.clause === "SYS-HANG" ||
        faults >= (options.faults ?? 1) ||
        result.finds.length >= MAX_FINDS
      ) {
        if (run + 1 < end) result.ended = "finds";
        break;
      }
    }
    result.exercised = this.#tracker.exercised();
    result.evaluations = this.#tracker.evaluations;
    return result;
  }

  async #run(run: number): Promise<Broken | "expired" | undefined> {
    const { system, config, seed, length } = this.#options;
    const tracker = this.#tracker;
    await ready(system, config);
    this.#commands = [];
    this.#responses = [];
    tracker.reset();
    this.#choices.reseed(subSeed(seed, run));
    this.#drawer.begin(tracker.exercised());
    this.#choices.reseed(subSeed(seed, run) ^ 0x2545f491);
    const observe = this.#observe(run);
    const flying: { batch: Sent[]; result: Promise<BatchResult> }[] = [];
    let broken: Broken | "cut" | undefined;
    let expired = false;
    for (;;) {
      expired = this.#options.expired?.() === true;
      if (expired) break;
      const room = this.#free || observe === "each" || !system.hello.refs ? 1 : WINDOW;
      while (flying.length < room && !(tracker.parted && flying.length > 0)) {
        if (flying.length === 0) tracker.align();
        const most = observe === "each" ? OBSERVED_BATCH : this.#size;
        const batch = this.#drawer.fill(Math.min(most, length - tracker.sent));
        if (batch.length === 0) break;
        flying.push({ batch, result: this.#send(batch, observe) });
      }
      const oldest = flying.shift();
      if (oldest === undefined) break;
      const answers = await oldest.result;
      broken = this.#judge(oldest.batch, answers);
      if (broken !== undefined) break;
    }
    // What is under way when a run breaks is read, and means nothing any more.
    await Promise.all(flying.map((f) => f.result));
    const settled = await this.#settle(broken);
    return expired && settled === undefined ? "expired" : settled;
  }

  #send(batch: readonly Sent[], observe: Observe): Promise<BatchResult> {
    const { refs } = this.#options.system.hello;
    const lines = batch.map((sent) => (refs ? sent.command : sent.issued));
    for (const sent of batch) this.#commands.push(sent.command);
    return this.#options.system.batch(lines, observe);
  }

  #observe(run: number): Observe {
    const { system, first } = this.#options;
    if (system.hello.observes.length === 0) return "none";
    return run - first < OBSERVED_RUNS || run % OBSERVED_EVERY === 0 ? "each" : "last";
  }

  #judge(batch: readonly Sent[], answers: BatchResult): Broken | "cut" | undefined {
    const tracker = this.#tracker;
    const { result } = this;
    const { features } = this.#options.subsystem;
    for (let i = 0; i < batch.length; i++) {
      if (i === answers.fault?.at) break;
      const response = answers.responses[i];
      this.#responses.push(response);
      const observation = answers.observations[i];
      const outcome = tracker.take(batch[i] as Sent, response, observation);
      if (outcome === "astray") return "cut";
      if (outcome === "skipped") continue;
      if (typeof outcome === "object") return { clauses: [outcome.clause], fault: outcome };
      result.commands++;
      if (observation !== undefined) result.observed++;
      const t = tracker.session.t as AnyT;
      for (let f = 0; f < features.length; f++) {
        if (features[f]?.reached(t) !== true) continue;
        result.features[f] = (result.features[f] as number) + 1;
      }
      if (outcome === "violated") return { clauses: tracker.violated() };
    }
    if (tracker.parted) this.#free = true;
    const { fault } = answers;
    return fault === undefined ? undefined : { clauses: [fault.clause], fault };
  }

  /** A run is done: the batch size follows how well it was foreseen. */
  async #settle(broken: Broken | "cut" | undefined): Promise<Broken | undefined> {
    const { system, batch = BATCH } = this.#options;
    if (broken === "cut") {
      this.result.cut++;
      this.#size = Math.max(1, this.#size >> 1);
    } else {
      this.#size = Math.min(batch, this.#size + (this.#size >> 3) + 1);
      if (broken?.fault !== undefined) return broken;
    }
    const fault = await system.reset();
    if (fault !== undefined) {
      // An answer too many shifts all that follow it: then nothing else can be said.
      if (broken === undefined || broken === "cut" || fault.clause === "SYS-EXTRA") {
        return { clauses: [fault.clause], fault };
      }
    }
    return broken === "cut" ? undefined : broken;
  }

  /** Runs the commands once more, one by one: where exactly, and does it happen again? */
  async #find(run: number, broken: Broken): Promise<ExternalFind> {
    const { system, subsystem, config, level } = this.#options;
    const { clauses } = this.result;
    const upTo = broken.fault === undefined ? this.#responses.length : this.#commands.length;
    const sent = this.#commands.slice(0, upTo);
    const found: ExternalFind = {
      run,
      commands: sent.length,
      clauses: broken.clauses,
      sent,
      responses: this.#responses,
      confirmed: false,
      ...(broken.fault === undefined
        ? {}
        : { fault: { ...broken.fault, at: this.#responses.length } }),
    };
    let again: ExternalReplay;
    try {
      again = await replayExternal(system, subsystem, config, level, clauses, sent, {
        stepwise: broken.fault !== undefined,
      });
    } catch {
      // It does not even start any more; the trace is kept, and the find stays unconfirmed.
      return found;
    }
    if (again.clauses.length === 0) return found;
    return {
      run,
      commands: again.steps.length,
      clauses: again.clauses,
      sent: sent.slice(0, (again.violatedAt ?? sent.length) + 1),
      responses: again.responses,
      confirmed: true,
      again,
      ...(again.fault === undefined ? {} : { fault: again.fault }),
    };
  }
}

/**
 * Runs [first, first + runs) against a system, judged at a level. Throws SystemError where the
 * system cannot be started or does not take the configuration; whatever it does later is a find.
 */
export const runExternal = async (options: ExternalOptions): Promise<ExternalResult> => {
  const { system, subsystem, config, level } = options;
  await ready(system, config);
  const clauses =
    options.clauses ?? scopeOf(subsystem.clauses, level, system.hello.observes).judged;
  return new ExternalCampaign(options, clauses).perform();
};
