/** One area at base and at head: what is new, known, fixed, lost, waived, not proven. */
import type { Level } from "../../spec/core/clause.js";
import { sourceText } from "../../spec/core/source.js";
import { systemClauses } from "../../spec/core/system-clauses.js";
import type { ClauseReport, ViolationReport } from "../check/report.js";
import { firstDifference } from "../report/steps.js";
import type { AnySubsystem } from "../subsystem.js";
import type { JudgeResult, ReplayOutcome } from "./job.js";
import type { ClauseAt, ClauseChange, GateClause, Violation } from "./report.js";
import { sameShape, shapeOf } from "./shape.js";

export type Compared = {
  readonly subsystem: AnySubsystem;
  readonly level: Level;
  /** Undefined: the base gave no answer. */
  readonly base: JudgeResult | undefined;
  readonly head: JudgeResult | undefined;
  /** What the base makes of the head's counterexamples, by trace file. */
  readonly headOnBase: ReadonlyMap<string, ReplayOutcome>;
  /** What the head makes of the base's, by trace file. */
  readonly baseOnHead: ReadonlyMap<string, ReplayOutcome>;
  /** Violations of the head on traces of the base that its own search had missed. */
  readonly recovered: JudgeResult["violations"];
  /** Clauses that the base could show with its own harness, where that was another one. */
  readonly ownBase: JudgeResult | undefined;
};

type Found = ViolationReport & {
  readonly regression?: string;
  readonly reproduced?: { readonly times: number; readonly of: number };
};

const violationOf = (
  found: Found,
  change: Violation["change"],
  baseAnswers: readonly string[] | undefined,
): Violation => {
  const first = firstDifference(found);
  return {
    ...found,
    steps: found.steps.map((step, i) => {
      const base = baseAnswers?.[i];
      return base === undefined ? step : { ...step, base };
    }),
    shape: shapeOf(found.steps),
    change,
    ...(first === undefined ? {} : { firstDifference: first }),
  };
};

/** A head's violation is known where the base breaks on that trace, or broke in the same shape. */
const isKnown = (c: Compared, v: Found): boolean => {
  if (c.headOnBase.get(v.trace)?.clauses.includes(v.clause) === true) return true;
  const shape = shapeOf(v.steps);
  return (
    c.base?.violations.some(
      (other) => other.clause === v.clause && sameShape(shapeOf(other.steps), shape),
    ) ?? false
  );
};

/** All violations of an area, the head's first; waivers are laid over them by the caller. */
export const violationsOf = (c: Compared): Violation[] => {
  const out: Violation[] = [];
  const answers = (v: Found) => c.headOnBase.get(v.trace)?.responses;
  // A regression of the user's and one of ours may lead to the same trace.
  const seen = new Set<string>();
  for (const v of [...(c.head?.violations ?? []), ...c.recovered]) {
    const key = `${v.clause} ${v.trace}`;
    if (seen.has(key)) continue;
    seen.add(key);
    out.push(violationOf(v, isKnown(c, v) ? "known" : "new", answers(v)));
  }
  for (const v of c.head?.unstable ?? []) {
    out.push(violationOf(v, "unstable", answers(v)));
  }
  for (const v of c.base?.violations ?? []) {
    const outcome = c.baseOnHead.get(v.trace);
    const fixed = outcome !== undefined && outcome.why === undefined;
    if (fixed && outcome.clauses.length === 0) out.push(violationOf(v, "fixed", undefined));
  }
  return out;
};

const at = (clause: ClauseReport | undefined): ClauseAt => {
  // Why there is no answer is said of the side, not of its every clause.
  if (clause === undefined) {
    return { status: "no answer", exercised: 0, minimum: 0, violations: 0 };
  }
  const { status, exercised, minimum, violations } = clause;
  return {
    status,
    exercised,
    minimum,
    violations,
    ...(clause.why === undefined ? {} : { why: clause.why }),
  };
};

const judged = (side: ClauseAt | undefined): boolean =>
  side !== undefined && (side.status === "held" || side.status === "violated");

/** How a clause fares, the violations of the head being classified already. */
const changeOf = (
  head: ClauseAt,
  base: ClauseAt,
  own: ClauseAt | undefined,
  mine: readonly Violation[],
  complete: boolean,
): ClauseChange => {
  const has = (change: Violation["change"]): boolean => mine.some((v) => v.change === change);
  if (has("new")) return "new";
  if (has("unstable")) return "unstable";
  if (has("known")) return "known";
  if (has("waived")) return "waived";
  // Broken, though no trace of it was kept.
  if (head.status === "violated") return base.status === "violated" ? "known" : "new";
  if (head.status === "no answer") return "not proven";
  const could = judged(base) || judged(own);
  if (head.status === "not judged") return could ? "lost" : "not judged";
  if (head.status === "not exercised enough") {
    // Fewer times than wanted may be the time's fault; never at all is the harness's.
    return could && head.exercised === 0 && complete ? "lost" : "not proven";
  }
  return has("fixed") ? "fixed" : "held";
};

const clausesOf = (subsystem: AnySubsystem, level: Level) =>
  [...subsystem.clauses, ...systemClauses].filter(
    (clause) => level === "linux" || clause.level === "contract",
  );

/** Every clause of the area, with both sides. */
export const compareClauses = (c: Compared, violations: readonly Violation[]): GateClause[] => {
  const find = (result: JudgeResult | undefined, id: string): ClauseReport | undefined =>
    result?.clauses.find((clause) => clause.id === id);
  const complete = c.head?.stages.every((stage) => stage.complete) ?? false;
  return clausesOf(c.subsystem, c.level).map((clause): GateClause => {
    // The same command may break more than one clause.
    const mine = violations.filter((v) => v.clause === clause.id || v.also.includes(clause.id));
    const base = at(find(c.base, clause.id));
    const own = c.ownBase === undefined ? undefined : at(find(c.ownBase, clause.id));
    let head = at(find(c.head, clause.id));
    const recovered = c.recovered.filter((v) => v.clause === clause.id).length;
    if (recovered > 0) {
      head = { ...head, status: "violated", violations: head.violations + recovered };
    }
    const declared = clause.kind === "declared" && head.status === "no answer";
    const change = declared ? "not judged" : changeOf(head, base, own, mine, complete);
    const note =
      change === "lost" && !judged(base) ? "judged with the base's own harness" : undefined;
    return {
      id: clause.id,
      title: clause.title,
      level: clause.level,
      kind: clause.kind,
      task: clause.task,
      source: clause.source.map(sourceText),
      base,
      head,
      change,
      ...(note === undefined ? {} : { note }),
    };
  });
};
