/** Small results of judging, for tests of what is made of them. */
import type { ClauseReport, ViolationReport } from "../check/report.js";
import { allocator } from "../irq/vector-matrix/allocator/subsystem.js";
import type { JudgeResult } from "./job.js";

export const clauseReport = (
  id: string,
  status: ClauseReport["status"],
  exercised = 20,
): ClauseReport => ({
  id,
  title: id,
  level: "contract",
  kind: "step",
  task: "T1.3",
  source: [],
  status,
  exercised,
  minimum: 10,
  violations: status === "violated" ? 1 : 0,
});

/** Steps as "kind -> answer". */
export const violationReport = (
  clause: string,
  steps: readonly string[],
  trace = `${clause}-${steps.length}.jsonl`,
): ViolationReport => ({
  clause,
  title: clause,
  level: "contract",
  source: [],
  subsystem: allocator.path,
  system: "harness",
  config: {},
  seed: 1,
  also: [],
  found: 40,
  length: steps.length,
  shrinkRuns: 3,
  steps: steps.map((step) => {
    const [kind = "", answer = ""] = step.split(" -> ");
    return { command: kind, kind, response: answer, answer, linux: "done", changes: [] };
  }),
  differences: [],
  trace,
  replay: `redbear-spec replay ${trace}`,
  again: "redbear-spec check",
});

export const judgeResult = (part: Partial<JudgeResult> = {}): JudgeResult => ({
  kind: "judge",
  state: "judged",
  name: "harness",
  commands: ["alloc", "free"],
  observes: [],
  stages: [{ kind: "random", name: "campaign", commands: 100, complete: true }],
  commandsRun: 100,
  evaluations: 1000,
  features: [],
  clauses: allocator.clauses
    .filter((clause) => clause.level === "contract" && clause.kind !== "declared")
    .map((clause) => clauseReport(clause.id, "held")),
  violations: [],
  unstable: [],
  ...part,
});

/** The same with some clauses otherwise. */
export const withClauses = (
  result: JudgeResult,
  ...changed: readonly ClauseReport[]
): JudgeResult => ({
  ...result,
  clauses: result.clauses.map((clause) => changed.find((c) => c.id === clause.id) ?? clause),
});
