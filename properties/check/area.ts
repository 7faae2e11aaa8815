/** One subsystem at one level: what its campaigns and explorations came to. */
import { defaultMinimum, type Level } from "../../spec/core/clause.js";
import { sourceText } from "../../spec/core/source.js";
import type { Verdict } from "../../spec/core/verdict.js";
import { type ExploreResult, symmetryRefusal } from "../engine/explore.js";
import { scopeOf } from "../engine/judge.js";
import { mergeRandom, type RandomResult } from "../engine/random.js";
import type { AnySubsystem, Campaign, Exploration } from "../subsystem.js";
import type { AreaReport, CampaignReport, ClauseReport, ExplorationReport } from "./report.js";
import { judgedClauses, type Task } from "./tasks.js";

/** A campaign or an exploration of a check. */
export type Entry = {
  readonly subsystem: AnySubsystem;
  readonly level: Level;
  readonly campaign?: Campaign<unknown>;
  readonly exploration?: Exploration<unknown, unknown, unknown>;
};

/** Sums per entry what its tasks found. */
export class Tally {
  random: RandomResult | undefined;
  explored: ExploreResult | undefined;
  add(task: Task, result: RandomResult | ExploreResult): void {
    if (task.kind === "explore") this.explored = result as ExploreResult;
    else if (this.random === undefined) this.random = result as RandomResult;
    else this.random = mergeRandom(this.random, result as RandomResult);
  }
}

export const areaReport = (
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
    // Birthday bound: n states, hashes of b bits, chance of any collision below n^2 / 2^(b+1).
    ...(subsystem.fingerprintBits === undefined
      ? {}
      : { missedChance: result.states ** 2 / 2 ** (subsystem.fingerprintBits + 1) }),
    evaluations: result.evaluations,
  };
};
