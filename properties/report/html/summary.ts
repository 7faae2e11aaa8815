/** The top of the page: the verdict, what blocks, and how the areas fare. */
import type { Blocker, GateArea, GateReport } from "../../gate/report.js";
import { findRule } from "../../gate/rules.js";
import { grouped } from "../table.js";
import { seedText } from "../text.js";
import { dataTable, h, lines, type Markup } from "./markup.js";
import {
  changeBadge,
  changeCount,
  changes,
  duration,
  moodOfVerdict,
  plural,
  section,
  verdictBadge,
} from "./words.js";

const revision = (name: string, at: GateReport["base"]): Markup[] => [
  h("dt", {}, name),
  h(
    "dd",
    {},
    h("code", {}, at.commit?.slice(0, 12) ?? at.name),
    at.commit !== undefined && !at.commit.startsWith(at.name) && [" ", at.name],
    at.subject !== "" && [" ", h("span", { class: "muted" }, at.subject)],
  ),
];

/** How many clauses changed in which way; what did not happen is left pale. */
const counts = (report: GateReport): Markup =>
  h(
    "ul",
    { class: "counts", "aria-label": "Clauses by what became of them" },
    changes.map((change) => {
      const count = changeCount(report, change);
      return h(
        "li",
        { class: count === 0 ? "none" : undefined },
        h("b", {}, grouped(count)),
        count === 0 ? h("span", {}, change) : changeBadge(change),
      );
    }),
  );

export const header = (report: GateReport): Markup =>
  h(
    "header",
    { class: `top ${moodOfVerdict(report.verdict)}` },
    h("p", { class: "overline" }, `redbear-spec gate · ${report.repository}`),
    h("h1", {}, verdictBadge(report.verdict), " ", h("span", {}, report.headline)),
    h(
      "dl",
      { class: "facts" },
      revision("base", report.base),
      revision("head", report.head),
      h("dt", {}, "run"),
      h(
        "dd",
        {},
        `${report.at} · ${report.profile}, ${duration(report.totalMs)} of `,
        `${duration(report.budgetMs)} · seed ${seedText(report.seed)}`,
      ),
    ),
    counts(report),
  );

/** Link to the first counterexample of a blocker. */
const target = (report: GateReport, blocker: Blocker): string | undefined => {
  const at = report.areas
    .flatMap((area) => area.violations)
    .findIndex((v) => v.clause === blocker.clause && v.subsystem === blocker.area);
  return at < 0 ? undefined : `#violation-${at}`;
};

export const blockers = (report: GateReport): Markup | undefined => {
  if (report.blockers.length === 0) return undefined;
  return section(
    "blockers",
    `What blocks (${report.blockers.length})`,
    h(
      "ol",
      { class: "blockers" },
      report.blockers.map((blocker) => {
        const rule = findRule(blocker.rule);
        const link = target(report, blocker);
        const where = [blocker.area, blocker.file].filter((part) => part !== undefined);
        return h(
          "li",
          {},
          h("p", {}, verdictBadge(blocker.verdict), " ", h("b", {}, blocker.rule)),
          /\n/.test(blocker.text) ? lines(blocker.text) : h("p", {}, blocker.text),
          rule !== undefined && h("p", { class: "small" }, h("b", {}, "What to do: "), rule.remedy),
          h(
            "p",
            { class: "muted small" },
            link !== undefined && [h("a", { href: link }, "see the counterexample"), " · "],
            where.join(" · "),
          ),
        );
      }),
    ),
  );
};

export const warnings = (report: GateReport): Markup | undefined =>
  report.warnings.length === 0
    ? undefined
    : section(
        "warnings",
        `Warnings (${report.warnings.length})`,
        h(
          "ul",
          { class: "warnings" },
          report.warnings.map((text) => h("li", {}, text)),
        ),
      );

const areaRow = (area: GateArea) => ({
  cells: [
    [
      h("b", {}, area.subsystem),
      h("div", { class: "muted small" }, area.touched ? "" : "not touched: ", area.because),
    ],
    area.level,
    grouped(area.base.commandsRun),
    grouped(area.head.commandsRun),
    area.head.state === "judged"
      ? h(
          "span",
          { class: "badges" },
          changes
            .map((change) => ({
              change,
              count: area.clauses.filter((clause) => clause.change === change).length,
            }))
            .filter(({ count }) => count > 0)
            .map(({ change, count }) => h("span", {}, `${count} `, changeBadge(change))),
        )
      : area.head.state,
    verdictBadge(area.verdict),
  ],
});

export const areas = (report: GateReport): Markup | undefined =>
  report.areas.length === 0
    ? undefined
    : section(
        "areas",
        `Areas (${plural(report.areas.length, "judged", "judged")})`,
        dataTable(
          "Areas that were judged",
          [
            { title: "Area", wide: true },
            { title: "Level" },
            { title: "Base commands", number: true },
            { title: "Head commands", number: true },
            { title: "Clauses" },
            { title: "Verdict" },
          ],
          report.areas.map(areaRow),
        ),
      );
