/**
 * The evidence table in Markdown: the plan's tasks in the order in which they build on each
 * other, and for each what was proven of it, clause by clause.
 */

import { tasks, tasksOf } from "../../spec/core/tasks.js";
import { type Verdict, worse } from "../../spec/core/verdict.js";
import type { AreaReport, CheckReport, ClauseReport } from "../check/report.js";
import type { GateArea, GateClause, GateReport } from "../gate/report.js";
import { code, cut, markdown } from "./escape.js";
import { firstNames } from "./names.js";
import { grouped } from "./table.js";

/** A clause of an area, as it stands at head or in a check. */
export type Evidence = {
  readonly clause: string;
  readonly title: string;
  readonly area: string;
  readonly level: string;
  readonly task: string;
  readonly source: readonly string[];
  /** Undefined: not judged. */
  readonly verdict: Verdict | undefined;
  /** "known at base", "exercised 3 of 10 times", why it is not judged. */
  readonly note: string;
  readonly exercised: number;
  readonly trace: string | undefined;
};

export type TaskState = "proven" | "waits" | "open" | "violated" | "none";

export type TaskEvidence = {
  readonly id: string;
  readonly title: string;
  readonly needs: readonly string[];
  readonly state: TaskState;
  /** What keeps it from being proven. */
  readonly why: string;
  readonly evidence: readonly Evidence[];
};

const words: Readonly<Record<TaskState, string>> = {
  proven: "proven",
  waits: "holds, not proven",
  open: "not proven",
  violated: "violated",
  none: "no clause judged",
};

const someOf = (ids: readonly string[]): string => firstNames(ids, 4);

/** Tasks with what was found, each after those that it needs. */
export const taskEvidence = (evidence: readonly Evidence[]): TaskEvidence[] => {
  const proven = new Set<string>();
  return tasks.map(({ id, title, needs }): TaskEvidence => {
    const mine = evidence.filter((e) => tasksOf(e.task).includes(id));
    // SYS-* speak of the process: they belong to every task whose area was run.
    const areas = new Set(mine.map((e) => e.area));
    const shared = evidence.filter((e) => e.task === "any" && areas.has(e.area));
    const judged = [...mine, ...shared].flatMap((e) =>
      e.verdict === undefined ? [] : [e.verdict],
    );
    const make = (state: TaskState, why: string): TaskEvidence => ({
      id,
      title,
      needs,
      state,
      why,
      evidence: [...mine, ...shared.filter((e) => e.verdict !== "holds")],
    });
    if (!mine.some((e) => e.verdict !== undefined))
      return make("none", "no clause of it was judged");
    const verdict = judged.reduce(worse, "holds" as Verdict);
    if (verdict !== "holds") {
      const ids = [...mine, ...shared].filter((e) => e.verdict === verdict).map((e) => e.clause);
      return make(verdict === "violated" ? "violated" : "open", someOf(ids));
    }
    const missing = needs.filter((need) => !proven.has(need));
    if (missing.length > 0) return make("waits", `waits for ${missing.join(", ")}`);
    proven.add(id);
    return make("proven", "");
  });
};

const ofGate = (area: GateArea, clause: GateClause): Evidence => {
  const found = area.violations.find((v) => v.clause === clause.id && v.change !== "fixed");
  const { change, head } = clause;
  const make = (verdict: Evidence["verdict"], note: string): Evidence => ({
    clause: clause.id,
    title: clause.title,
    area: area.subsystem,
    level: clause.level,
    task: clause.task,
    source: clause.source,
    verdict,
    note,
    exercised: head.exercised,
    trace: found?.trace,
  });
  switch (change) {
    case "new":
      return make("violated", "new");
    case "known":
      return make("violated", "known at base");
    case "waived":
      return make("violated", `waived by ${found?.waiver ?? "a waiver"}`);
    case "unstable":
      return make("error", "not the same twice");
    case "lost":
      return make("not proven", "the base could show it");
    case "not proven":
      return head.status === "no answer"
        ? make("not proven", area.head.state)
        : make("not proven", `exercised ${head.exercised} of ${head.minimum} times`);
    case "not judged":
      return make(undefined, head.why ?? "");
    case "fixed":
      return make("holds", "fixed");
    case "held":
      return make("holds", "");
  }
};

const ofCheck = (report: CheckReport, area: AreaReport, clause: ClauseReport): Evidence => {
  const found = report.violations.find(
    (v) => v.clause === clause.id && v.subsystem === area.subsystem,
  );
  const make = (verdict: Evidence["verdict"], note = ""): Evidence => ({
    clause: clause.id,
    title: clause.title,
    area: area.subsystem,
    level: clause.level,
    task: clause.task,
    source: clause.source,
    verdict,
    note,
    exercised: clause.exercised,
    trace: found?.trace,
  });
  switch (clause.status) {
    case "held":
      return make("holds");
    case "violated":
      return make("violated");
    case "not exercised enough":
      return make("not proven", `exercised ${clause.exercised} of ${clause.minimum} times`);
    case "not judged":
      return make(undefined, clause.why ?? "");
  }
};

/** A check at both levels judges contract clauses twice: the worse result counts. */
const onceEach = (evidence: readonly Evidence[]): Evidence[] => {
  const best = new Map<string, Evidence>();
  for (const e of evidence) {
    const key = `${e.area} ${e.clause}`;
    const known = best.get(key);
    const worseNow =
      known === undefined ||
      known.verdict === undefined ||
      (e.verdict !== undefined && worse(known.verdict, e.verdict) !== known.verdict);
    if (worseNow) best.set(key, e);
  }
  return [...best.values()];
};

const CELL = 100;
const text = (s: string): string => markdown(cut(s, 240));

const row = (e: Evidence): string => {
  const note = e.note === "" ? "" : `, ${text(e.note)}`;
  const trace = e.trace === undefined ? "" : code(cut(e.trace, CELL), true);
  return (
    `| ${markdown(e.clause)} | ${text(e.title)} | ${e.level} ` +
    `| ${e.source.map((s) => code(cut(s, CELL), true)).join("<br>")} ` +
    `| ${e.verdict ?? "not judged"}${note} | ${grouped(e.exercised)} | ${trace} |`
  );
};

const taskSection = (task: TaskEvidence): string[] => {
  if (task.evidence.length === 0) return [];
  const areas = [...new Set(task.evidence.map((e) => e.area))];
  const why = task.why === "" ? "" : ` (${task.why})`;
  return [
    `### ${task.id} ${task.title}: ${words[task.state]}${why}`,
    "",
    ...areas.flatMap((area) => [
      code(area),
      "",
      "| clause | statement | level | source | verdict | exercised | trace |",
      "|---|---|---|---|---|--:|---|",
      ...task.evidence.filter((e) => e.area === area).map(row),
      "",
    ]),
  ];
};

const document = (heading: readonly string[], evidence: readonly Evidence[]): string => {
  const all = taskEvidence(onceEach(evidence));
  const proven = all.filter((t) => t.state === "proven").length;
  return `${[
    ...heading,
    "",
    `${proven} of ${all.length} tasks proven. A task is proven when every clause of it that is`,
    "judged holds and the tasks that it builds on are proven.",
    "",
    "| task | what | builds on | clauses that hold | state |",
    "|---|---|---|--:|---|",
    ...all.map((t) => {
      const judged = t.evidence.filter((e) => e.verdict !== undefined);
      const held = judged.filter((e) => e.verdict === "holds").length;
      const share = judged.length === 0 ? "" : `${held}/${judged.length}`;
      const why = t.why === "" || t.state === "none" ? "" : `: ${t.why}`;
      return `| ${t.id} | ${t.title} | ${t.needs.join(", ")} | ${share} | ${words[t.state]}${why} |`;
    }),
    "",
    ...all.flatMap(taskSection),
  ]
    .join("\n")
    .trimEnd()}\n`;
};

const seed = (n: number): string => `seed 0x${n.toString(16)}`;

export const gateMarkdown = (report: GateReport): string =>
  document(
    [
      `## Evidence: ${report.verdict}`,
      "",
      `${text(report.headline)}. Head ${code(report.head.commit ?? report.head.name)}, ` +
        `base ${code(report.base.commit ?? report.base.name)}, ${markdown(report.tool)}, ` +
        `${seed(report.seed)}, ${report.at}.`,
    ],
    report.areas.flatMap((area) => area.clauses.map((clause) => ofGate(area, clause))),
  );

export const checkMarkdown = (report: CheckReport): string =>
  document(
    [
      `## Evidence: ${report.verdict}`,
      "",
      `System ${code(cut(report.system, CELL))}, ${markdown(report.tool)}, ${seed(report.seed)}.`,
    ],
    report.areas.flatMap((area) => area.clauses.map((clause) => ofCheck(report, area, clause))),
  );
