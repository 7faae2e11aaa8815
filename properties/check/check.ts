/** The main job: every chosen subsystem, at every level, randomly and exhaustively. */
import { defaultMinimum, type Level, levels } from "../../spec/core/clause.js";
import { sourceText } from "../../spec/core/source.js";
import { type Verdict, worst } from "../../spec/core/verdict.js";
import { subSeed } from "../engine/choices.js";
import { type ExploreResult, symmetryRefusal } from "../engine/explore.js";
import { scopeOf } from "../engine/judge.js";
import { CHUNK_RUNS, mergeRandom, type RandomResult } from "../engine/random.js";
import type { AnySubsystem, Campaign, Exploration } from "../subsystem.js";
import { REFERENCE } from "../systems.js";
import { TOOL } from "../version.js";
import { campaignCounterexample, localCounterexample } from "./counterexample.js";
import { runTasks } from "./pool.js";
import { judgeRecords } from "./records.js";
import type {
  AreaReport,
  CampaignReport,
  CheckReport,
  ClauseReport,
  ExplorationReport,
  ViolationReport,
} from "./report.js";
import { judgedClauses, type RandomTask, type Task } from "./tasks.js";

export type CheckOptions = {
  readonly subsystems: readonly AnySubsystem[];
  readonly level?: Level;
  readonly seed: number;
  readonly jobs: number;
  readonly system: string;
  /** Runs of every campaign instead of its own number. */
  readonly runs?: number;
  /** Command kinds by the name of a subset of the generator. */
  readonly subset?: string;
  /** Go on with further runs until this says stop; asked between chunks. */
  readonly goOn?: () => boolean;
  /** Whether the committed recordings of Linux are judged as well. */
  readonly records?: boolean;
  /** Where counterexamples are written. */
  readonly traces: string;
  readonly progress?: (done: number, total: number) => void;
};

type Entry = {
  readonly subsystem: AnySubsystem;
  readonly level: Level;
  readonly campaign?: Campaign<unknown>;
  readonly exploration?: Exploration<unknown, unknown, unknown>;
};

// biome-ignore lint/suspicious/noExplicitAny: entries of every subsystem
type Any = any;

const entriesOf = (options: CheckOptions): Entry[] =>
  options.subsystems.flatMap((subsystem) =>
    levels
      .filter((level) => options.level === undefined || options.level === level)
      .flatMap((level): Entry[] => [
        ...subsystem.campaigns
          .filter((c) => c.level === level)
          .map((campaign) => ({ subsystem, level, campaign: campaign as Any })),
        // A faulty system is met by campaigns; explorations are the reference's own.
        ...(options.system === REFERENCE ? subsystem.explorations : [])
          .filter((e) => e.level === level)
          .map((exploration) => ({ subsystem, level, exploration: exploration as Any })),
      ]),
  );

/** A seed of its own for every campaign, so that adding one does not shift the others. */
const campaignSeed = (seed: number, entry: Entry): number => {
  let h = seed;
  for (const c of `${entry.subsystem.path} ${entry.level} ${entry.campaign?.name}`) {
    h = subSeed(h, c.charCodeAt(0));
  }
  return h;
};

const randomTask = (
  options: CheckOptions,
  entry: Entry,
  campaign: Campaign<unknown>,
  first: number,
  runs: number,
): RandomTask => {
  const subset =
    options.subset === undefined ? undefined : entry.subsystem.generator.subsets[options.subset];
  return {
    kind: "random",
    path: entry.subsystem.path,
    level: entry.level,
    config: campaign.config,
    system: options.system,
    seed: campaignSeed(options.seed, entry),
    first,
    runs,
    length: campaign.length,
    ...(subset === undefined ? {} : { subset }),
  };
};

/** Gives out tasks: explorations first, since they are longest, then chunks of all campaigns. */
const taskSource = (options: CheckOptions, entries: readonly Entry[]) => {
  const owners: number[] = [];
  const tasks: Task[] = [];
  const push = (owner: number, task: Task): void => {
    owners.push(owner);
    tasks.push(task);
  };
  entries.forEach((entry, owner) => {
    if (entry.exploration === undefined) return;
    const index = entry.subsystem.explorations.indexOf(entry.exploration as Any);
    push(owner, { kind: "explore", path: entry.subsystem.path, index });
  });
  const chunks = (owner: number, from: number, runs: number): void => {
    const { campaign } = entries[owner] as Entry;
    if (campaign === undefined) return;
    for (let first = from; first < from + runs; first += CHUNK_RUNS) {
      const count = Math.min(CHUNK_RUNS, from + runs - first);
      push(owner, randomTask(options, entries[owner] as Entry, campaign, first, count));
    }
  };
  entries.forEach((entry, owner) => {
    chunks(owner, 0, options.runs ?? entry.campaign?.runs ?? 0);
  });
  let given = 0;
  let round = 0;
  return {
    owners,
    tasks,
    next: (): Task | undefined => {
      if (given === tasks.length && options.goOn?.() === true) {
        round++;
        entries.forEach((entry, owner) => {
          const runs = options.runs ?? entry.campaign?.runs ?? 0;
          const from = Math.ceil(runs / CHUNK_RUNS) * CHUNK_RUNS + (round - 1) * CHUNK_RUNS;
          chunks(owner, from, CHUNK_RUNS);
        });
      }
      return tasks[given++];
    },
  };
};

/** Sums per entry what its tasks found. */
class Tally {
  random: RandomResult | undefined;
  explored: ExploreResult | undefined;
  add(task: Task, result: RandomResult | ExploreResult): void {
    if (task.kind === "explore") this.explored = result as ExploreResult;
    else if (this.random === undefined) this.random = result as RandomResult;
    else this.random = mergeRandom(this.random, result as RandomResult);
  }
}

export const check = async (options: CheckOptions): Promise<CheckReport> => {
  const entries = entriesOf(options);
  const source = taskSource(options, entries);
  const total = source.tasks.length;
  const results = await runTasks(source.next, options.jobs, (done) =>
    options.progress?.(done, Math.max(done, total)),
  );
  const tallies = entries.map(() => new Tally());
  results.forEach((result, i) => {
    tallies[source.owners[i] as number]?.add(source.tasks[i] as Task, result);
  });
  const violations = await violationsOf(options, entries, tallies);
  const areas: AreaReport[] = [];
  for (const subsystem of options.subsystems) {
    for (const level of levels) {
      const mine = entries
        .map((entry, i) => ({ entry, tally: tallies[i] as Tally }))
        .filter(({ entry }) => entry.subsystem === subsystem && entry.level === level);
      if (mine.length > 0) areas.push(areaReport(subsystem, level, mine));
    }
  }
  const records = options.records === true ? await judgeRecords(options.subsystems) : [];
  return {
    tool: TOOL,
    verdict: worst([...areas, ...records].map((part) => part.verdict)),
    system: options.system,
    seed: options.seed,
    areas,
    records,
    violations,
  };
};

/** One counterexample a clause and area, from its earliest find. */
const violationsOf = async (
  options: CheckOptions,
  entries: readonly Entry[],
  tallies: readonly Tally[],
): Promise<ViolationReport[]> => {
  const reports: ViolationReport[] = [];
  const seen = new Set<string>();
  const again = (entry: Entry): string =>
    `redbear-spec check ${entry.subsystem.path} --level ${entry.level} --seed 0x${options.seed.toString(16)}` +
    (options.system === REFERENCE ? "" : ` --system ${options.system}`) +
    (options.runs === undefined ? "" : ` --runs ${options.runs}`) +
    (options.subset === undefined ? "" : ` --subset ${options.subset}`);
  for (const [i, entry] of entries.entries()) {
    const { random, explored } = tallies[i] as Tally;
    const key = (clause: string): string => `${entry.subsystem.path} ${clause}`;
    for (const find of random?.finds ?? []) {
      const clause = find.clauses[0] as string;
      if (seen.has(key(clause)) || entry.campaign === undefined) continue;
      seen.add(key(clause));
      const task = randomTask(options, entry, entry.campaign, 0, 0);
      reports.push(
        await campaignCounterexample(
          entry.subsystem,
          task,
          find.run,
          clause,
          options.traces,
          again(entry),
          options.seed,
        ),
      );
    }
    const counterexample = explored?.counterexample;
    const clause = counterexample?.clauses[0];
    if (counterexample !== undefined && clause !== undefined && !seen.has(key(clause))) {
      seen.add(key(clause));
      const setting = {
        subsystem: entry.subsystem,
        config: entry.exploration?.config,
        level: entry.level,
        clauses: judgedClauses({ path: entry.subsystem.path, level: entry.level }),
        system: options.system,
        seed: options.seed,
        traces: options.traces,
        again: again(entry),
      };
      const found = counterexample.commands.map((command, n) => ({
        command,
        response: counterexample.responses[n],
      }));
      reports.push(await localCounterexample(setting, clause, found));
    }
  }
  return reports;
};

const areaReport = (
  subsystem: AnySubsystem,
  level: Level,
  parts: readonly { entry: Entry; tally: Tally }[],
): AreaReport => {
  const { judged, notJudged } = scopeOf(subsystem.clauses, level, subsystem.observables);
  const exercised = judged.map(() => 0);
  const violations = new Map<string, number>();
  const features = subsystem.features.map(() => 0);
  const campaigns: CampaignReport[] = [];
  const explorations: ExplorationReport[] = [];
  for (const { entry, tally } of parts) {
    const { random, explored } = tally;
    for (const part of [random, explored]) {
      part?.exercised.forEach((n, i) => {
        exercised[i] = (exercised[i] as number) + n;
      });
    }
    for (const id of [
      ...(random?.finds.flatMap((find) => find.clauses) ?? []),
      ...(explored?.counterexample?.clauses ?? []),
    ]) {
      violations.set(id, (violations.get(id) ?? 0) + 1);
    }
    random?.features.forEach((n, i) => {
      features[i] = (features[i] as number) + n;
    });
    if (random !== undefined && entry.campaign !== undefined) {
      campaigns.push(campaignReport(entry.campaign, random));
    }
    if (explored !== undefined && entry.exploration !== undefined) {
      explorations.push(explorationReport(subsystem, entry.exploration, explored));
    }
  }
  const clauses: ClauseReport[] = judged.map((clause, i) => {
    const broken = violations.get(clause.id) ?? 0;
    const minimum = clause.minimum ?? (clause.kind === "witness" ? 1 : defaultMinimum);
    const enough = (exercised[i] as number) >= minimum;
    return {
      ...clauseBase(clause),
      status: broken > 0 ? "violated" : enough ? "held" : "not exercised enough",
      exercised: exercised[i] as number,
      minimum,
      violations: broken,
    };
  });
  for (const { clause, why } of notJudged) {
    clauses.push({
      ...clauseBase(clause),
      status: "not judged",
      exercised: 0,
      minimum: 0,
      violations: 0,
      why,
    });
  }
  const sum = (pick: (part: Tally) => number): number =>
    parts.reduce((total, part) => total + pick(part.tally), 0);
  return {
    subsystem: subsystem.path,
    title: subsystem.title,
    level,
    verdict: areaVerdict(clauses),
    commands: sum((p) => p.random?.commands ?? 0),
    states: sum((p) => p.explored?.states ?? 0),
    evaluations: sum((p) => (p.random?.evaluations ?? 0) + (p.explored?.evaluations ?? 0)),
    campaigns,
    explorations,
    clauses,
    features: subsystem.features.map((feature, i) => ({
      name: feature.name,
      reached: features[i] as number,
    })),
  };
};

export const clauseBase = (clause: AnySubsystem["clauses"][number]) => ({
  id: clause.id,
  title: clause.title,
  level: clause.level,
  kind: clause.kind,
  task: clause.task,
  source: clause.source.map(sourceText),
});

export const areaVerdict = (clauses: readonly ClauseReport[]): Verdict => {
  if (clauses.some((clause) => clause.status === "violated")) return "violated";
  if (clauses.some((clause) => clause.status === "not exercised enough")) return "not proven";
  return "holds";
};

const campaignReport = (campaign: Campaign<unknown>, random: RandomResult): CampaignReport => ({
  name: campaign.name,
  config: campaign.config,
  runs: random.runs,
  commands: random.commands,
  evaluations: random.evaluations,
  hash: random.hash.toString(16).padStart(8, "0"),
});

const explorationReport = (
  subsystem: AnySubsystem,
  exploration: Exploration<unknown, unknown, unknown>,
  result: ExploreResult,
): ExplorationReport => {
  const refused =
    exploration.symmetry === true
      ? symmetryRefusal({
          subsystem,
          config: exploration.config,
          level: exploration.level,
          clauses: judgedClauses({ path: subsystem.path, level: exploration.level }),
          commands: [],
        })
      : undefined;
  return {
    name: exploration.name,
    config: exploration.config,
    states: result.states,
    transitions: result.transitions,
    levels: result.levels,
    complete: result.complete,
    symmetry: result.symmetry,
    ...(refused === undefined ? {} : { symmetryRefused: refused }),
    ...(exploration.leftOut === undefined ? {} : { leftOut: exploration.leftOut.why }),
    evaluations: result.evaluations,
  };
};
