/** The main job: every chosen subsystem, at every level, randomly and exhaustively. */
import { type Level, levels } from "../../spec/core/clause.js";
import { worst } from "../../spec/core/verdict.js";
import { subSeed } from "../engine/choices.js";
import { CHUNK_RUNS } from "../engine/random.js";
import type { AnySubsystem, Campaign } from "../subsystem.js";
import { REFERENCE } from "../systems.js";
import { TOOL } from "../version.js";
import { areaReport, type Entry, Tally } from "./area.js";
import { campaignCounterexample, localCounterexample } from "./counterexample.js";
import { runTasks } from "./pool.js";
import { judgeRecords } from "./records.js";
import type { AreaReport, CheckReport, ViolationReport } from "./report.js";
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
