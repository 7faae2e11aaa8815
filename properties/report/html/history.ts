/** Earlier runs beside this one: lines over the runs, and the same as a table. */
import type { GateReport } from "../../gate/report.js";
import { plain } from "../escape.js";
import { grouped } from "../table.js";
import { dataTable, h, type Markup } from "./markup.js";
import { changeCount, duration, section, verdictBadge } from "./words.js";

type Figures = {
  readonly commands: number;
  readonly held: number;
  readonly judged: number;
  readonly violated: number;
  readonly never: number;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const figuresOf = (report: GateReport): Figures => {
  const clauses = report.areas.flatMap((area) => area.clauses);
  const having = (status: string): number =>
    clauses.filter((clause) => clause.head.status === status).length;
  return {
    commands: sum(report.areas.map((area) => area.head.commandsRun)),
    held: having("held"),
    judged: clauses.filter((clause) => clause.head.exercised > 0).length,
    violated: having("violated"),
    never: clauses.filter((clause) => clause.head.exercised === 0).length,
  };
};

/** Oldest first; a run that stands in the folder as well counts once. */
export const inOrder = (report: GateReport, earlier: readonly GateReport[]): GateReport[] => {
  const key = (r: GateReport): string => `${r.at} ${r.head.commit ?? r.head.name} ${r.seed}`;
  const runs = new Map([...earlier, report].map((r) => [key(r), r]));
  return [...runs.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
};

export type Chart = {
  readonly title: string;
  readonly labels: readonly string[];
  readonly lines: readonly {
    readonly name: string;
    readonly dash: readonly number[];
    readonly values: readonly number[];
  }[];
};

const nameOf = (run: GateReport): string => run.head.commit?.slice(0, 10) ?? run.head.name;

/** Charts as data, for the script. */
export const charts = (runs: readonly GateReport[]): Chart[] => {
  if (runs.length < 2) return [];
  const figures = runs.map(figuresOf);
  const labels = runs.map((run) => plain(`${nameOf(run)} ${run.at}`));
  const line = (name: string, of: (f: Figures) => number, dash: readonly number[] = []) => ({
    name,
    dash,
    values: figures.map(of),
  });
  return [
    {
      title: "Clauses",
      labels,
      lines: [
        line("exercised", (f) => f.judged),
        line("violated", (f) => f.violated, [8, 4]),
        line("never exercised", (f) => f.never, [2, 4]),
      ],
    },
    { title: "Commands judged at head", labels, lines: [line("commands", (f) => f.commands)] },
  ];
};

export const history = (runs: readonly GateReport[], current: GateReport): Markup | undefined => {
  if (runs.length < 2) return undefined;
  return section(
    "history",
    `Runs (${runs.length})`,
    h("div", { class: "charts" }),
    dataTable(
      "Runs, newest first",
      [
        { title: "When" },
        { title: "Head", wide: true },
        { title: "Commands", number: true },
        { title: "Exercised", number: true },
        { title: "Violated", number: true },
        { title: "New", number: true },
        { title: "Took", number: true },
        { title: "Verdict" },
      ],
      [...runs].reverse().map((run) => {
        const figures = figuresOf(run);
        return {
          attributes: { class: run === current ? "current" : undefined },
          cells: [
            run.at,
            [h("code", {}, nameOf(run)), " ", h("span", { class: "muted" }, run.head.subject)],
            grouped(figures.commands),
            grouped(figures.judged),
            grouped(figures.violated),
            grouped(changeCount(run, "new")),
            duration(run.totalMs),
            verdictBadge(run.verdict),
          ],
        };
      }),
    ),
  );
};
