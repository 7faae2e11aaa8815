/**
 * The work of judging one build of one system, done in a process of its own so that it can be
 * killed: plain data in, plain data out.
 */
import type { Level } from "../../spec/core/clause.js";
import type { ClauseReport, ViolationReport } from "../check/report.js";
import type { Side, Stage } from "./report.js";

/** A trace to be run, by the name that people know it by. */
export type NamedTrace = {
  /** Shown: a path in the kernel repository, or in this package. */
  readonly name: string;
  /** A file that can be read. */
  readonly file: string;
};

export type JudgeJob = {
  readonly kind: "judge";
  readonly subsystem: string;
  readonly level: Level;
  /** Command line of the system, run in `cwd`. */
  readonly run: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Seconds that the system may take to answer. */
  readonly timeout: number;
  readonly seed: number;
  /** Configurations of the user's in the place of the subsystem's own campaigns. */
  readonly configs: readonly { readonly name: string; readonly value: unknown }[];
  readonly regressions: readonly NamedTrace[];
  /** Where counterexamples are written, and how that folder is shown. */
  readonly traces: string;
  /** Wall clock for all stages together, ms; a stage that is cut says so. */
  readonly budgetMs: number;
  /** Runs of a campaign, most. */
  readonly runs: number;
  readonly stages: {
    readonly exhaustive: boolean;
    readonly random: boolean;
    readonly recorded: boolean;
  };
};

/** Runs traces on a system, to see which of them break a clause there. */
export type ReplayJob = Pick<
  JudgeJob,
  "subsystem" | "level" | "run" | "cwd" | "env" | "timeout"
> & {
  readonly kind: "replay";
  readonly traces: readonly NamedTrace[];
};

export type Job = JudgeJob | ReplayJob;

export type JudgeResult = {
  readonly kind: "judge";
  readonly state: Side["state"];
  /** Why it could not start, was interrupted, … */
  readonly why?: string;
  readonly name?: string;
  readonly commands: readonly string[];
  readonly observes: readonly string[];
  readonly stages: readonly Stage[];
  readonly commandsRun: number;
  readonly evaluations: number;
  readonly features: readonly { readonly name: string; readonly reached: number }[];
  readonly clauses: readonly ClauseReport[];
  /** Confirmed by a second run, shrunk. */
  readonly violations: readonly (ViolationReport & { readonly regression?: string })[];
  /** Did not happen again, or not always: with how often. */
  readonly unstable: readonly (ViolationReport & {
    readonly reproduced: { readonly times: number; readonly of: number };
  })[];
};

export type ReplayOutcome = {
  readonly name: string;
  /** Clauses that it broke; empty: it holds there. */
  readonly clauses: readonly string[];
  /** Answers as text, one a command that ran. */
  readonly responses: readonly string[];
  /** Why it could not be run to a verdict: a command that the system does not answer, say. */
  readonly why?: string;
};

export type ReplayJobResult = {
  readonly kind: "replay";
  readonly outcomes: readonly ReplayOutcome[];
  readonly why?: string;
};

export type JobResult = JudgeResult | ReplayJobResult;

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
