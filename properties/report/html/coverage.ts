/** Per area: every clause at base and head, and the kinds of states that were reached. */
import type { ClauseAt, GateArea, GateClause, GateReport } from "../../gate/report.js";
import { grouped } from "../table.js";
import { type Child, dataTable, h, type Markup } from "./markup.js";
import { changeBadge, changes, plural, section } from "./words.js";

const sideText = (at: ClauseAt): Child => [
  at.status === "held" ? "held" : h("b", {}, at.status),
  at.violations > 0 && ` (${grouped(at.violations)})`,
];

const ENOUGH_BAR = 10;

/** How often against how often it must be; the bar ends at ten times the minimum. */
const exercised = (at: ClauseAt): Markup => {
  const share =
    at.exercised === 0
      ? 0
      : at.minimum === 0
        ? 1
        : Math.min(1, at.exercised / (at.minimum * ENOUGH_BAR));
  const short = at.exercised < at.minimum && at.status !== "not judged";
  return h(
    "span",
    { class: short ? "meter short" : "meter" },
    at.exercised === 0 ? h("b", {}, "never") : grouped(at.exercised),
    h("span", { class: "muted" }, ` / ${grouped(at.minimum)}`),
    h(
      "span",
      { class: "bar", "aria-hidden": "true" },
      h("span", { style: `width:${Math.round(share * 100)}%` }),
    ),
  );
};

const clauseRow = (clause: GateClause) => {
  const note = clause.head.why ?? clause.note ?? clause.base.why;
  return {
    attributes: { "data-change": clause.change, "data-never": clause.head.exercised === 0 },
    cells: [
      h("b", {}, clause.id),
      [
        clause.title,
        h("div", { class: "muted small" }, clause.source.join("; ")),
        note !== undefined && h("div", { class: "small note" }, note),
      ],
      clause.level,
      clause.task,
      sideText(clause.base),
      sideText(clause.head),
      exercised(clause.head),
      changeBadge(clause.change),
    ],
  };
};

const rank = (clause: GateClause): number => changes.indexOf(clause.change);

const clauses = (area: GateArea): Markup =>
  dataTable(
    `Clauses of ${area.subsystem}`,
    [
      { title: "Clause" },
      { title: "Statement", wide: true },
      { title: "Level" },
      { title: "Task" },
      { title: "Base" },
      { title: "Head" },
      { title: "Exercised / wanted", number: true },
      { title: "Change" },
    ],
    [...area.clauses].sort((a, b) => rank(a) - rank(b)).map(clauseRow),
  );

const features = (area: GateArea): Markup | undefined => {
  const { features: head } = area.head;
  if (head.length === 0) return undefined;
  const never = head.filter((f) => f.reached === 0);
  const reached = head.filter((f) => f.reached > 0);
  const base = new Map(area.base.features.map((f) => [f.name, f.reached]));
  return h(
    "div",
    { class: "features" },
    h("h3", {}, `States reached: ${reached.length} of ${head.length} kinds`),
    never.length > 0 &&
      h(
        "p",
        {},
        h("b", {}, "Never: "),
        never.map((f, i) => [
          i > 0 && ", ",
          f.name,
          (base.get(f.name) ?? 0) > 0 && h("b", {}, " (at base it was)"),
        ]),
      ),
    h(
      "ul",
      { class: "pills" },
      reached.map((f) =>
        h("li", {}, f.name, " ", h("span", { class: "muted" }, grouped(f.reached))),
      ),
    ),
  );
};

const areaCoverage = (area: GateArea): Markup => {
  const never = area.clauses.filter((clause) => clause.head.exercised === 0).length;
  return h(
    "details",
    { class: "area", open: area.touched },
    h(
      "summary",
      {},
      h("b", {}, area.subsystem),
      ` at ${area.level} level · ${plural(area.clauses.length, "clause")}`,
      never > 0 && h("b", {}, ` · ${never} never exercised`),
    ),
    clauses(area),
    features(area),
  );
};

/** Shown by scripts alone. */
const filters = h(
  "form",
  { class: "filters", hidden: true },
  h("label", {}, "Text ", h("input", { type: "search", name: "text", autocomplete: "off" })),
  h(
    "label",
    {},
    "Show ",
    h(
      "select",
      { name: "change" },
      h("option", { value: "" }, "every clause"),
      h("option", { value: "never" }, "never exercised"),
      changes.map((change) => h("option", { value: change }, change)),
    ),
  ),
  h("output", { name: "shown", "aria-live": "polite" }),
);

export const coverage = (report: GateReport): Markup | undefined =>
  report.areas.length === 0
    ? undefined
    : section("clauses", "Clauses", filters, ...report.areas.map(areaCoverage));
