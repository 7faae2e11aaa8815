/**
 * A gate or a check as suites of cases, a case a clause: what JUnit, KTAP and KCIDB are made of.
 * Each case says more than those formats can; each format maps the outcomes to its own words.
 */
import { exitCode, type Verdict } from "../../spec/core/verdict.js";
import type { CheckReport, ClauseReport, ViolationReport } from "../check/report.js";
import type { GateArea, GateClause, GateReport, Violation } from "../gate/report.js";
import { findRule } from "../gate/rules.js";
import { plain } from "./escape.js";
import { stepText } from "./steps.js";

export type Outcome =
  | "held"
  /** The code is at fault. */
  | "violated"
  | "lost"
  /** The test is at fault. */
  | "error"
  /** There was no run: it did not build, did not start, or was interrupted. */
  | "not run"
  | "not proven"
  /** At fault before the change as well, or excused: no pass, but nothing that blocks. */
  | "known"
  | "waived"
  /** Not applicable to this system. */
  | "not judged";

export type Case = {
  readonly name: string;
  readonly outcome: Outcome;
  readonly title: string;
  /** Empty for what held. One line. */
  readonly message: string;
  /** Counterexamples and reasons. */
  readonly details: readonly string[];
  readonly exercised?: number;
};

export type Suite = {
  /** "irq/vector-matrix/allocator", or "gate" for what no clause says. */
  readonly name: string;
  readonly level?: string;
  readonly cases: readonly Case[];
  readonly milliseconds?: number;
  readonly properties: readonly (readonly [name: string, value: string])[];
};

export type Results = {
  readonly tool: string;
  readonly verdict: Verdict;
  readonly suites: readonly Suite[];
  /** UTC, without fractions, where it is known. */
  readonly at?: string;
};

/** Whether an outcome keeps the gate shut. */
export const blocks = (outcome: Outcome): boolean =>
  outcome !== "held" && !passesBy(outcome) && outcome !== "not judged";

/** Readers tell cases apart by their names. */
const unique = (cases: readonly Case[]): Case[] => {
  const seen = new Map<string, number>();
  return cases.map((c) => {
    const n = (seen.get(c.name) ?? 0) + 1;
    seen.set(c.name, n);
    return n === 1 ? c : { ...c, name: `${c.name} (${n})` };
  });
};

const passesBy = (outcome: Outcome): boolean => outcome === "known" || outcome === "waived";

/** The counterexample in lines of plain text. */
export const violationLines = (v: ViolationReport | Violation): string[] => [
  `${v.clause}: ${plain(v.title)}`,
  `source: ${v.source.map(plain).join("; ")}`,
  ...("change" in v && v.waiver !== undefined ? [`waiver: ${plain(v.waiver)}`] : []),
  ...stepText(v),
  `replay: ${plain(v.replay)}`,
];

const because = (clause: GateClause): string =>
  plain(clause.head.why ?? clause.note ?? `exercised ${clause.head.exercised} times`);

const gateCase = (area: GateArea, clause: GateClause): Case => {
  const mine = area.violations.filter((v) => v.clause === clause.id);
  const of = (change: Violation["change"]): Violation[] => mine.filter((v) => v.change === change);
  const make = (outcome: Outcome, message: string, shown: readonly Violation[] = []): Case => ({
    name: clause.id,
    outcome,
    title: plain(clause.title),
    message,
    details: shown.flatMap(violationLines),
    exercised: clause.head.exercised,
  });
  const unrun = area.head.state !== "judged" && clause.head.status === "no answer";
  switch (clause.change) {
    case "new":
      return make("violated", `new violation: ${plain(clause.title)}`, of("new"));
    case "lost":
      return make("lost", `can no longer be shown: ${because(clause)}`);
    case "unstable":
      return make("error", "the harness is not the same twice", of("unstable"));
    case "known":
      return make("known", "violated at base as well", of("known"));
    case "waived":
      return make(
        "waived",
        `waived by ${plain(of("waived")[0]?.waiver ?? "a waiver")}`,
        of("waived"),
      );
    case "not proven":
      if (unrun) return make("not run", `${area.head.state}: ${plain(area.head.why ?? "")}`);
      return make(
        "not proven",
        `exercised ${clause.head.exercised} times, ${clause.head.minimum} wanted`,
      );
    case "not judged":
      return make("not judged", because(clause));
    case "fixed":
    case "held":
      return make("held", "");
  }
};

const failing = (verdict: Verdict): Outcome => {
  if (verdict === "violated") return "violated";
  if (verdict === "error") return "error";
  if (verdict === "inconclusive") return "not run";
  return verdict === "not proven" ? "not proven" : "held";
};

/** The verdict as a case of its own, and what blocks beside the clauses. */
const gateSuite = (report: GateReport): Suite => {
  const overall: Case = {
    name: "verdict",
    outcome: failing(report.verdict),
    title: "the gate opens",
    message: report.verdict === "holds" ? "" : `${report.verdict}: ${plain(report.headline)}`,
    details: [],
  };
  const others = report.blockers
    .filter((b) => b.clause === undefined || b.area === undefined)
    .map((b): Case => {
      const where = [b.area, b.file].filter((part) => part !== undefined).map(plain);
      const rule = findRule(b.rule);
      return {
        name: [b.rule, ...where].join(" "),
        outcome: failing(b.verdict),
        title: rule?.title ?? b.rule,
        message: plain(b.text),
        details: rule === undefined ? [] : [`what to do: ${rule.remedy}`],
      };
    });
  return { name: "gate", cases: unique([overall, ...others]), properties: [] };
};

export const gateResults = (report: GateReport): Results => ({
  tool: report.tool,
  verdict: report.verdict,
  at: report.at,
  suites: [
    ...report.areas.map(
      (area): Suite => ({
        name: area.subsystem,
        level: area.level,
        cases: area.clauses.map((clause) => gateCase(area, clause)),
        milliseconds: area.head.judgeMs,
        properties: [
          ["level", area.level],
          ["verdict", area.verdict],
          ["because", plain(area.because)],
          ["system", plain(area.head.name ?? "")],
          ["commands", String(area.head.commandsRun)],
        ],
      }),
    ),
    gateSuite(report),
  ],
});

const checkCase = (clause: ClauseReport, violations: readonly ViolationReport[]): Case => {
  const common = { name: clause.id, title: plain(clause.title), exercised: clause.exercised };
  switch (clause.status) {
    case "held":
      return { ...common, outcome: "held", message: "", details: [] };
    case "violated":
      return {
        ...common,
        outcome: "violated",
        message: `violated: ${plain(clause.title)}`,
        details: violations.flatMap(violationLines),
      };
    case "not exercised enough": {
      const message = `exercised ${clause.exercised} times, ${clause.minimum} wanted`;
      return { ...common, outcome: "not proven", message, details: [] };
    }
    case "not judged": {
      const message = plain(clause.why ?? "no reason given");
      return { ...common, outcome: "not judged", message, details: [] };
    }
  }
};

/** Violations of clauses that no case stands for, such as SYS-HANG. */
const strayCases = (
  violations: readonly ViolationReport[],
  clauses: readonly ClauseReport[],
): Case[] =>
  violations
    .filter((v) => !clauses.some((clause) => clause.id === v.clause))
    .map((v) => ({
      name: v.clause,
      outcome: "violated",
      title: plain(v.title),
      message: `violated: ${plain(v.title)}`,
      details: violationLines(v),
    }));

const recordsSuite = (report: CheckReport): Suite[] => {
  if (report.records.length === 0) return [];
  const cases = report.records.map((record): Case => {
    const outcome = failing(record.verdict);
    const message = outcome === "held" ? "" : record.verdict;
    const details =
      record.explanation === undefined ? [] : record.explanation.split("\n").map(plain);
    return { name: plain(record.file), outcome, title: "conforms", message, details };
  });
  return [{ name: "recorded Linux", cases, properties: [] }];
};

export const checkResults = (report: CheckReport): Results => ({
  tool: report.tool,
  verdict: report.verdict,
  suites: [
    ...report.areas.map((area): Suite => {
      const ids = new Set(area.clauses.map((clause) => clause.id));
      const mine = report.violations.filter(
        (v) => v.subsystem === area.subsystem && (ids.has(v.clause) || v.level === area.level),
      );
      return {
        name: area.subsystem,
        level: area.level,
        cases: unique([
          ...area.clauses.map((clause) =>
            checkCase(
              clause,
              mine.filter((v) => v.clause === clause.id),
            ),
          ),
          ...strayCases(mine, area.clauses),
        ]),
        properties: [
          ["level", area.level],
          ["verdict", area.verdict],
          ["system", plain(report.system)],
          ["commands", String(area.commands)],
        ],
      };
    }),
    ...recordsSuite(report),
    {
      name: "check",
      cases: [
        {
          name: "verdict",
          outcome: failing(report.verdict),
          title: "the check holds",
          message: report.verdict === "holds" ? "" : report.verdict,
          details: [],
        },
      ],
      properties: [["exit code", String(exitCode(report.verdict))]],
    },
  ],
});
