/** Judges one build of one system: regressions, exhaustive tour, random campaigns, records. */
import type { Level } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import { RUN_LENGTH } from "../check/external.js";
import { Gathered, hashText, judgedClauses } from "../check/gathered.js";
import { scopeOf } from "../engine/judge.js";
import { decodeConfig, loadTrace } from "../input/load.js";
import type { AnySubsystem } from "../subsystem.js";
import { type ExternalFind, runExternal } from "../sut/campaign.js";
import { ConfigRefused } from "../sut/protocol.js";
import { type RecordedCommands, recordedCommands, recordsFor } from "../sut/recorded-commands.js";
import { replayExternal } from "../sut/replay.js";
import { StdioSystem } from "../sut/stdio.js";
import { tour } from "../sut/tour.js";
import type { Clauses } from "../sut/tracker.js";
import { findSubsystem } from "../systems.js";
import { Finds } from "./finds.js";
import type { JudgeJob, JudgeResult, NamedTrace } from "./job.js";
import { missingKinds, unanswered } from "./replay-job.js";
import type { Stage } from "./report.js";

/** Part of the time for searching; the rest is for shrinking and running again. */
const SEARCHING = 0.8;
/** Part of the whole time that shrinking one find may take. */
const SHRINKING = 0.1;
/** Parts of what the regressions leave; what a stage leaves passes on to the next. */
const SHARES = { exhaustive: 0.25, random: 0.65, recorded: 0.1 } as const;
/** A campaign goes on after a crash or a panic, until there were so many. */
const FAULTS = 2;
/** A hang costs the time limit twice: after so many no further campaign is begun. */
const MOST_HANGS = 2;
/** Names in a note. */
const MOST_NAMES = 6;

/** Milliseconds, from any start. */
export type Clock = () => number;

const nameList = (names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? names.join(", ")
    : `${names.slice(0, MOST_NAMES).join(", ")} and ${names.length - MOST_NAMES} more`;

type Campaign = { readonly name: string; readonly config: unknown; readonly length: number };

class Judging {
  readonly #job: JudgeJob;
  readonly #subsystem: AnySubsystem;
  readonly #level: Level;
  readonly #system: StdioSystem;
  readonly #clauses: Clauses;
  readonly #clock: Clock;
  readonly #campaigns: readonly Campaign[];
  readonly #start: number;
  readonly #gathered: Gathered;
  readonly #finds: Finds;
  readonly #stages: Stage[] = [];
  /** Configurations that the system refused, of those tried. */
  readonly #refusals: string[] = [];
  #taken = 0;
  #hangs = 0;

  constructor(job: JudgeJob, system: StdioSystem, clock: Clock, start: number) {
    const { subsystem } = system;
    this.#job = job;
    this.#subsystem = subsystem;
    this.#level = job.level;
    this.#system = system;
    this.#clock = clock;
    this.#start = start;
    this.#clauses = scopeOf(subsystem.clauses, job.level, system.hello.observes).judged;
    this.#gathered = new Gathered(subsystem);
    this.#finds = new Finds(system, job);
    this.#campaigns = campaignsOf(subsystem, job);
  }

  /** What is known so far. */
  result(state: JudgeResult["state"], why?: string): JudgeResult {
    const gathered = this.#gathered;
    const { violations, unstable } = this.#finds;
    const counts = new Map<string, number>();
    for (const v of violations) {
      for (const id of [v.clause, ...v.also]) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    const { hello } = this.#system;
    return {
      kind: "judge",
      state,
      ...(why === undefined ? {} : { why }),
      name: hello.name,
      commands: hello.commands,
      observes: hello.observes,
      stages: this.#stages,
      commandsRun: gathered.commands,
      evaluations: gathered.evaluations,
      features: this.#subsystem.features.map((feature, i) => ({
        name: feature.name,
        reached: gathered.features[i] as number,
      })),
      clauses: judgedClauses(this.#subsystem, hello, this.#level, {
        exercised: gathered.exercised,
        violations: counts,
        commands: gathered.commands,
      }),
      violations,
      unstable,
    };
  }

  async perform(progress: (so: JudgeResult) => void): Promise<JudgeResult> {
    const { budgetMs, regressions } = this.#job;
    const end = this.#start + budgetMs;
    const searching = this.#start + budgetMs * SEARCHING;
    const after = async (): Promise<void> => {
      await this.#finds.settleNew(this.#shrinkUntil(end));
      progress(this.result("interrupted"));
    };
    if (regressions.length > 0) {
      await this.#regressions(regressions, searching);
      await after();
    }
    const share = (part: number): number => {
      const now = this.#clock();
      return now + (searching - now) * part;
    };
    const { exhaustive, random, recorded } = SHARES;
    await this.#exhaustive(share(exhaustive));
    await after();
    await this.#random(share(random / (random + recorded)));
    await after();
    await this.#recorded(searching);
    await after();
    await this.#finds.settleRest(() => this.#clock() > end);
    if (this.#taken === 0 && this.#refusals.length > 0) {
      return this.result("could not start", this.#refusals[0]);
    }
    return this.result("judged");
  }

  #shrinkUntil(end: number): () => boolean {
    let until: number | undefined;
    const most = this.#job.budgetMs * SHRINKING;
    return () => {
      until ??= Math.min(this.#clock() + most, end);
      return this.#clock() > until;
    };
  }

  async #regressions(traces: readonly NamedTrace[], until: number): Promise<void> {
    const broken: string[] = [];
    const left: string[] = [];
    let commands = 0;
    let runs = 0;
    for (const trace of traces) {
      if (this.#clock() > until) break;
      runs++;
      const why = await this.#regression(trace, broken);
      if (typeof why === "string") left.push(`${trace.name} (${why})`);
      else commands += why;
    }
    const note = [
      ...(broken.length === 0 ? [] : [`broken: ${nameList(broken)}`]),
      ...(left.length === 0 ? [] : [`not run: ${nameList(left)}`]),
    ].join("; ");
    this.#stages.push({
      kind: "regressions",
      name: `${traces.length} ${traces.length === 1 ? "trace" : "traces"}`,
      commands,
      complete: runs === traces.length,
      runs: runs - left.length,
      ...(note === "" ? {} : { note }),
    });
  }

  /** Commands run, or why the trace could not be run. */
  async #regression({ name, file }: NamedTrace, broken: string[]): Promise<number | string> {
    const system = this.#system;
    const level = this.#level;
    const clauses = this.#clauses;
    try {
      const trace = loadTrace(file);
      const { config, commands } = trace;
      const lacking = unanswered(trace, system.hello);
      if (lacking !== undefined) return lacking;
      const run = await replayExternal(system, this.#subsystem, config, level, clauses, commands);
      const ran = run.steps.length;
      const { evaluations, exercised } = run;
      this.#gathered.count({ commands: ran, evaluations, clauses, exercised });
      const clause = run.clauses[0];
      if (clause === undefined) return ran;
      broken.push(name);
      this.#finds.add({
        clause,
        find: {
          sent: commands.slice(0, (run.violatedAt ?? commands.length) + 1),
          responses: run.responses,
          confirmed: false,
          ...(run.fault === undefined ? {} : { fault: run.fault }),
        },
        config: system.config ?? config,
        clauses,
        regression: name,
      });
      return ran;
    } catch (error) {
      if (error instanceof ConfigRefused) return `configuration refused: ${error.reason}`;
      if (error instanceof InputError && system.alive) return error.message;
      throw error;
    }
  }

  async #exhaustive(until: number): Promise<void> {
    const { stages, level } = this.#job;
    if (!stages.exhaustive) return;
    const explorations = this.#subsystem.explorations.filter((e) => e.level === level);
    for (const [n, exploration] of explorations.entries()) {
      const now = this.#clock();
      await this.#tour(exploration, now + (until - now) / (explorations.length - n));
    }
  }

  async #tour(exploration: AnySubsystem["explorations"][number], end: number): Promise<void> {
    // What the reference searches once for every choice, a system makes one choice in.
    const name = exploration.name.replace(/, every legal choice$/, "");
    await this.#stage({ kind: "exhaustive", name }, async () => {
      const { maxStates } = exploration;
      const result = await tour({
        system: this.#system,
        subsystem: this.#subsystem,
        exploration,
        level: this.#level,
        clauses: this.#clauses,
        ...(maxStates === undefined ? {} : { maxStates }),
        expired: () => this.#clock() > end,
      });
      this.#gathered.count(result);
      this.#gathered.reached(result.features);
      const { find, leftOut } = { ...result, ...exploration };
      if (find !== undefined) this.#found(find, result, undefined);
      const notes = [
        ...(find === undefined ? [] : ["ended by what it found"]),
        ...(leftOut === undefined ? [] : [leftOut.why]),
      ];
      return {
        commands: result.commands,
        complete: result.complete,
        states: result.states,
        transitions: result.transitions,
        ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
      };
    });
  }

  async #random(until: number): Promise<void> {
    if (!this.#job.stages.random) return;
    for (const [n, campaign] of this.#campaigns.entries()) {
      const now = this.#clock();
      const end = now + (until - now) / (this.#campaigns.length - n);
      await this.#campaign(campaign, end);
    }
  }

  async #recorded(until: number): Promise<void> {
    if (!this.#job.stages.recorded) return;
    const expired = (): boolean => this.#clock() > until;
    for (const name of recordsFor(this.#subsystem)) {
      if (expired()) {
        const note = "not begun: the time ran out";
        this.#stages.push({ kind: "recorded", name, commands: 0, complete: false, note });
        continue;
      }
      const record = await recordedCommands(this.#subsystem, name);
      if (record === undefined) continue;
      await this.#stage({ kind: "recorded", name }, () => this.#record(record, expired));
    }
  }

  async #record(
    record: RecordedCommands,
    expired: () => boolean,
  ): Promise<Omit<Stage, "kind" | "name">> {
    const system = this.#system;
    const clauses = this.#clauses;
    const { config, commands, note } = record;
    const missing = missingKinds(this.#subsystem, commands, system.hello);
    const run = await replayExternal(
      system,
      this.#subsystem,
      config,
      this.#level,
      clauses,
      commands,
      { expired, only: (kind) => !missing.includes(kind) },
    );
    const ran = run.steps.length;
    this.#gathered.count({ ...run, commands: ran, clauses });
    const clause = run.clauses[0];
    if (clause !== undefined) {
      const find = {
        ...run,
        run: 0,
        commands: ran,
        sent: commands.slice(0, (run.violatedAt ?? commands.length) + 1),
        confirmed: false,
      };
      this.#found(find, { config: system.config ?? config, clauses }, undefined);
    }
    const left = commands.length - ran;
    const notes = [
      ...(clause === undefined ? [] : ["ended by what it found"]),
      ...(missing.length === 0 ? [] : [`without ${missing.join(", ")}`]),
      ...(left === 0 || clause !== undefined ? [] : [`${left} commands did not apply`]),
      ...(note === undefined ? [] : [note]),
    ];
    return {
      commands: ran,
      complete: clause === undefined && run.expired !== true,
      ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
    };
  }

  async #campaign({ name, config, length }: Campaign, end: number): Promise<void> {
    const { seed, runs } = this.#job;
    await this.#stage({ kind: "random", name }, async () => {
      const result = await runExternal({
        system: this.#system,
        subsystem: this.#subsystem,
        config,
        level: this.#level,
        clauses: this.#clauses,
        seed,
        first: 0,
        runs,
        length,
        faults: FAULTS,
        expired: () => this.#clock() > end,
      });
      this.#gathered.count(result);
      this.#gathered.reached(result.features);
      for (const find of result.finds) this.#found(find, result, find.run);
      const notes = [
        ...(result.ended === "finds" ? ["ended by what it found"] : []),
        ...(result.cut === 0 ? [] : [`${result.cut} runs parted from the system's choices`]),
      ];
      return {
        commands: result.commands,
        complete: result.ended === undefined,
        runs: result.runs,
        hash: hashText(result.hash),
        ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
      };
    });
  }

  #found(
    find: ExternalFind,
    { config, clauses }: { readonly config: unknown; readonly clauses: Clauses },
    run: number | undefined,
  ): void {
    const clause = find.clauses[0] as string;
    if (clause === "SYS-HANG") this.#hangs++;
    this.#finds.add({ clause, find, config, clauses, ...(run === undefined ? {} : { run }) });
  }

  /** A stage with one configuration, which the system may refuse. */
  async #stage(
    stage: Pick<Stage, "kind" | "name">,
    perform: () => Promise<Omit<Stage, "kind" | "name">>,
  ): Promise<void> {
    if (this.#hangs >= MOST_HANGS) {
      const note = "not begun, since the system hung before";
      this.#stages.push({ ...stage, commands: 0, complete: false, note });
      return;
    }
    try {
      const done = await perform();
      this.#taken++;
      this.#stages.push({ ...stage, ...done });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      // Also a level at which the configuration that the system fixes is not judged.
      if (!(error instanceof ConfigRefused) && !this.#system.alive) throw error;
      const reason = error instanceof ConfigRefused ? error.reason : error.message;
      this.#refusals.push(error.message);
      const note = `configuration refused: ${reason}`;
      this.#stages.push({ ...stage, commands: 0, complete: true, note });
    }
  }
}

const campaignsOf = (subsystem: AnySubsystem, job: JudgeJob): readonly Campaign[] =>
  job.configs.length > 0
    ? job.configs.map(({ name, value }) => ({
        name,
        config: decodeConfig(subsystem, value, { file: name }) as unknown,
        length: RUN_LENGTH,
      }))
    : subsystem.campaigns
        .filter((campaign) => campaign.level === job.level)
        .map(({ name, config, length }) => ({
          name,
          config: config as unknown,
          length: Math.min(length, RUN_LENGTH),
        }));

/** The result of a job that came to nothing. */
export const unjudged = (state: JudgeResult["state"], why: string): JudgeResult => ({
  kind: "judge",
  state,
  why,
  commands: [],
  observes: [],
  stages: [],
  commandsRun: 0,
  evaluations: 0,
  features: [],
  clauses: [],
  violations: [],
  unstable: [],
});

/** `progress` is told after every stage what is known by then. */
export const performJudge = async (
  job: JudgeJob,
  clock: Clock,
  progress: (so: JudgeResult) => void = () => {},
): Promise<JudgeResult> => {
  const start = clock();
  let system: StdioSystem;
  let judging: Judging;
  try {
    system = await StdioSystem.start(job.run, findSubsystem(job.subsystem), {
      timeoutMs: job.timeout * 1000,
      place: { cwd: job.cwd, env: job.env },
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return unjudged("could not start", error.message);
  }
  try {
    judging = new Judging(job, system, clock, start);
  } catch (error) {
    await system.close();
    if (!(error instanceof InputError)) throw error;
    return unjudged("could not start", error.message);
  }
  try {
    return await judging.perform(progress);
  } catch (error) {
    // It started before, and does not any more: what is known by then still stands.
    if (!(error instanceof InputError)) throw error;
    return judging.result("interrupted", error.message);
  } finally {
    await system.close();
  }
};
