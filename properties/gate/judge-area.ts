/** One area from built trees to a comparison: both builds judged, then each on the other's traces. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { AnySubsystem } from "../subsystem.js";
import { keepJudgement, recallJudgement } from "./base-cache.js";
import { type Compared, compareClauses, violationsOf } from "./compare.js";
import type { AreaConfig } from "./config.js";
import { cleanEnv } from "./env.js";
import type { JudgeJob, JudgeResult, NamedTrace, ReplayOutcome } from "./job.js";
import type { GateClause, Side, Violation } from "./report.js";
import type { Built } from "./sides.js";
import { runJob } from "./work.js";

export type AreaTask = {
  readonly subsystem: AnySubsystem;
  readonly config: AreaConfig;
  /** The area as the base's own configuration has it; undefined: no harness of its own to ask. */
  readonly ownConfig: AreaConfig | undefined;
  readonly head: Built;
  readonly base: Built;
  readonly own: Built | undefined;
  readonly regressions: readonly NamedTrace[];
  readonly seed: number;
  /** Most runs of a campaign. */
  readonly runs: number;
  readonly budgetMs: number;
  /** Where counterexamples are written: a folder for the head's and one for the base's in it. */
  readonly traces: string;
  readonly signal: AbortSignal;
};

export type AreaOutcome = {
  readonly clauses: readonly GateClause[];
  readonly violations: readonly Violation[];
  readonly head: Side;
  readonly base: Side;
  /** What the base offers with its own harness; undefined: nobody knows. */
  readonly offered:
    | { readonly commands: readonly string[]; readonly observes: readonly string[] }
    | undefined;
};

/** Part of the time that judging gets; the rest is for each build on the other's traces. */
const JUDGING = 0.75;
/** Part of the judging time of the head that the base with its own harness gets. */
const OWN = 0.4;
/** Lines of a failed build that a reason repeats. */
const BUILD_LINES = 12;

const noResult = (state: Side["state"], why: string): JudgeResult => ({
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

/** Why a side cannot be judged for want of a build. */
const unbuilt = (built: Built): JudgeResult | undefined => {
  const { result } = built;
  if (result === undefined || result.ok) return undefined;
  if (result.interrupted === true) return noResult("interrupted", result.why ?? "interrupted");
  const lines = result.output.trimEnd().split("\n").slice(-BUILD_LINES).join("\n");
  return noResult("build failed", `${result.why ?? "failed"}${lines === "" ? "" : `\n${lines}`}`);
};

class Judging {
  readonly #task: AreaTask;
  constructor(task: AreaTask) {
    this.#task = task;
  }

  job(config: AreaConfig, built: Built, folder: string, budgetMs: number): JudgeJob {
    const { subsystem, regressions, seed, runs, traces } = this.#task;
    const written = join(traces, folder);
    mkdirSync(written, { recursive: true });
    return {
      kind: "judge",
      subsystem: subsystem.path,
      level: config.level,
      run: config.run,
      cwd: built.tree.dir,
      env: cleanEnv(),
      timeout: config.timeout,
      seed,
      configs: config.configs,
      regressions,
      traces: written,
      budgetMs,
      runs,
      stages: { exhaustive: config.configs.length === 0, random: true, recorded: true },
    };
  }

  async judge(job: JudgeJob): Promise<JudgeResult> {
    const result = await runJob(job, { signal: this.#task.signal });
    if (result.kind !== "judge") throw new Error("a judging job answers with a judgement");
    return result;
  }

  /** What a build makes of traces; nothing for a trace that could not be run in the time. */
  async replay(
    built: Built,
    traces: readonly NamedTrace[],
    budgetMs: number,
  ): Promise<ReadonlyMap<string, ReplayOutcome>> {
    const { subsystem, config, signal } = this.#task;
    if (traces.length === 0 || signal.aborted) return new Map();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(budgetMs))]);
    const result = await runJob(
      {
        kind: "replay",
        subsystem: subsystem.path,
        level: config.level,
        run: config.run,
        cwd: built.tree.dir,
        env: cleanEnv(),
        timeout: config.timeout,
        traces,
      },
      { signal: limit },
    );
    if (result.kind !== "replay") throw new Error("a replay job answers with outcomes");
    return new Map(result.outcomes.map((outcome) => [outcome.name, outcome]));
  }
}

const tracesOf = (violations: readonly { readonly trace: string }[]): NamedTrace[] =>
  violations.map((v) => ({ name: v.trace, file: v.trace }));

const sideOf = (result: JudgeResult, built: Built, judgeMs: number): Side => ({
  state: result.state,
  commands: result.commands,
  observes: result.observes,
  stages: result.stages,
  commandsRun: result.commandsRun,
  evaluations: result.evaluations,
  features: result.features,
  buildMs: built.result?.ms ?? 0,
  judgeMs,
  buildCached: built.result?.cached ?? false,
  ...(result.name === undefined ? {} : { name: result.name }),
  ...(result.why === undefined ? {} : { why: result.why }),
});

/** @param clock milliseconds, for the durations that the report states. */
export const judgeArea = async (task: AreaTask, clock: () => number): Promise<AreaOutcome> => {
  const judging = new Judging(task);
  const { config, ownConfig, head, base, own, budgetMs } = task;
  const timed = async (
    built: Built,
    use: AreaConfig,
    folder: string,
    ms: number,
  ): Promise<{ result: JudgeResult; ms: number }> => {
    const failed = unbuilt(built);
    if (failed !== undefined) return { result: failed, ms: 0 };
    const from = clock();
    const job = judging.job(use, built, folder, ms);
    const kept = folder === "base" ? recallJudgement(built.tree.folder, job) : undefined;
    const result = kept ?? (await judging.judge(job));
    if (kept === undefined && folder === "base") keepJudgement(built.tree.folder, job, result);
    return { result, ms: Math.round(clock() - from) };
  };
  const same = head.tree.key === base.tree.key;
  const judgeMs = budgetMs * JUDGING;
  const headTask = timed(head, config, "head", judgeMs);
  const baseTask = same ? headTask : timed(base, config, "base", judgeMs);
  const [h, b] = await Promise.all([headTask, baseTask]);
  const o =
    own === undefined || ownConfig === undefined
      ? undefined
      : await timed(own, ownConfig, "base", judgeMs * OWN);
  const answered = (result: JudgeResult | undefined): JudgeResult | undefined =>
    result?.state === "judged" || result?.state === "interrupted" ? result : undefined;
  const headResult = answered(h.result);
  const baseResult = answered(b.result);
  const crossMs = (budgetMs - judgeMs) / 2;
  const cross = !same && headResult !== undefined && baseResult !== undefined;
  const headTraces = tracesOf([...h.result.violations, ...h.result.unstable]);
  const baseTraces = tracesOf(b.result.violations);
  const [headOnBase, baseOnHead] = cross
    ? await Promise.all([
        judging.replay(base, headTraces, crossMs),
        judging.replay(head, baseTraces, crossMs),
      ])
    : [new Map<string, ReplayOutcome>(), new Map<string, ReplayOutcome>()];
  const recovered = await recover(judging, task, h.result, baseTraces, baseOnHead, crossMs);
  const compared: Compared = {
    subsystem: task.subsystem,
    level: config.level,
    base: baseResult ?? (b.result.state === "judged" ? b.result : undefined),
    head: headResult,
    headOnBase,
    baseOnHead,
    recovered,
    ownBase: answered(o?.result),
  };
  const violations = violationsOf(compared);
  const offers = answered(o?.result) ?? (o === undefined ? baseResult : undefined);
  return {
    clauses: compareClauses(compared, violations),
    violations,
    head: sideOf(h.result, head, h.ms),
    base: sideOf(b.result, base, b.ms),
    offered: offers && { commands: offers.commands, observes: offers.observes },
  };
};

/** Traces of the base that break on the head too, where the head's own search had missed them. */
const recover = async (
  judging: Judging,
  task: AreaTask,
  head: JudgeResult,
  traces: readonly NamedTrace[],
  outcomes: ReadonlyMap<string, ReplayOutcome>,
  budgetMs: number,
): Promise<JudgeResult["violations"]> => {
  const missed = traces.filter(({ name }) => {
    const broken = outcomes.get(name)?.clauses ?? [];
    return broken.some((id) => !head.violations.some((v) => v.clause === id));
  });
  if (missed.length === 0 || task.signal.aborted) return [];
  const job = judging.job(task.config, task.head, "head", budgetMs);
  const result = await judging.judge({
    ...job,
    regressions: missed,
    stages: { exhaustive: false, random: false, recorded: false },
  });
  return result.violations.filter((v) => !head.violations.some((o) => o.clause === v.clause));
};
