/**
 * The gate's one review comment. It is updated in place, found again by the mark in its first
 * line. What a reviewer must know fits one screen; the rest is folded.
 */
import { MARKER } from "../forge/text.js";
import type { Blocker, GateArea, GateReport, Violation } from "../gate/report.js";
import { findRule } from "../gate/rules.js";
import { code, cut, html, markdown, plain } from "./escape.js";
import { changeCounts, freshViolations } from "./gate-text.js";
import { stateText, stepLines } from "./steps.js";
import { grouped } from "./table.js";

/** Forges refuse longer ones (GitHub at 65 536). */
export const COMMENT_LIMIT = 60_000;

const STEPS = 10;
const LIST = 5;
/** Characters of a piece of foreign text. */
const TEXT = 240;
const CELL = 80;

const said = (text: string): string => markdown(cut(plain(text), TEXT));
const cell = (text: string): string => code(cut(text, CELL), true);

const some = (lines: readonly string[], most: number): string[] =>
  lines.length <= most
    ? [...lines]
    : [...lines.slice(0, most), `- … and ${lines.length - most} more`];

/** A command to be copied, whole. What does not begin as one is kept from a line's beginning. */
const command = (text: string): string[] => {
  const line = plain(text).replace(/^\W/, "$$ $&");
  const runs = line.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return [`${fence}sh`, line, fence];
};

const traceTable = (v: Violation): string[] => {
  const rows = stepLines(v, STEPS).map((line) => {
    if ("leftOut" in line) return `| | … ${line.leftOut} commands … | | | |`;
    const linux =
      line.linux === undefined ? "" : line.linux === line.system ? "same" : cell(line.linux);
    const mark = line.mark === "" ? "" : `← ${markdown(line.mark)}`;
    return `| ${line.number} | ${cell(line.command)} | ${cell(line.system)} | ${linux} | ${mark} |`;
  });
  return ["| # | command | system | Linux 7.0 | |", "|--:|---|---|---|---|", ...rows];
};

const freshText = (v: Violation): string[] => {
  const rate = v.reproduced;
  const again = rate === undefined ? "" : `, came again ${rate.times} of ${rate.of} times`;
  const shrunk = v.found > v.length ? `, shrunk from ${v.found}` : "";
  return [
    `**${v.change === "new" ? "New" : "Unstable"}: ${markdown(v.clause)}** ${said(v.title)}`,
    "",
    `${code(v.subsystem)} at ${v.level} level, ${v.length} commands${shrunk}${again}.`,
    `Source: ${v.source.map((source) => code(cut(source, CELL))).join(", ")}`,
    "",
    ...traceTable(v),
    "",
    ...(v.systemOutcome === undefined ? [] : [`Outcome: ${said(v.systemOutcome)}`, ""]),
    ...stateText(v, 3).map((line) => `- ${said(line)}`),
    ...(v.differences.some((d) => d.system !== undefined) ? [""] : []),
    ...command(v.replay),
  ];
};

const blockerText = (b: Blocker): string => {
  const where = b.area ?? b.file;
  const remedy = findRule(b.rule)?.remedy;
  return (
    `- **${b.rule}** ${where === undefined ? "" : `${code(cut(where, CELL))}: `}${said(b.text)}` +
    (remedy === undefined ? "" : `. What to do: ${markdown(remedy)}`)
  );
};

const folded = (summary: string, lines: readonly string[]): string[] => [
  "<details>",
  `<summary>${html(summary)}</summary>`,
  "",
  ...lines,
  "",
  "</details>",
];

const areasTable = (areas: readonly GateArea[]): string[] => [
  "| area | level | commands base, head | clauses | verdict |",
  "|---|---|---|---|---|",
  ...areas.map(
    (area) =>
      `| ${cell(area.subsystem)} | ${area.level} ` +
      `| ${grouped(area.base.commandsRun)}, ${grouped(area.head.commandsRun)} ` +
      `| ${area.head.state === "judged" ? changeCounts(area) : area.head.state} ` +
      `| ${area.verdict} |`,
  ),
];

const violationList = (violations: readonly Violation[]): string[] =>
  violations.map((v) => {
    const waiver = v.waiver === undefined ? "" : `, ${code(cut(v.waiver, CELL))}`;
    return `- ${v.change} ${markdown(v.clause)} ${said(v.title)} (${v.length} commands${waiver})`;
  });

/** "1 known, 2 waived, 1 fixed", of violations. */
const counts = (report: GateReport): string => {
  const all = report.areas.flatMap((area) => area.violations);
  return (["known", "waived", "fixed"] as const)
    .map((change) => `${all.filter((v) => v.change === change).length} ${change}`)
    .join(", ");
};

const sections = (report: GateReport): { main: string[]; folds: string[][] } => {
  const [first, ...rest] = freshViolations(report);
  const others = report.blockers.filter((b) => b.rule !== "GATE-NEW" && b.rule !== "GATE-UNSTABLE");
  const unmapped = report.files.filter((file) => file.role === "unmapped");
  const older = report.areas
    .flatMap((area) => area.violations)
    .filter((v) => v.change !== "new" && v.change !== "unstable");
  const main = [
    MARKER,
    `### redbear-spec: ${report.verdict}`,
    "",
    said(report.headline),
    "",
    ...(first === undefined ? [] : [...freshText(first), ""]),
    ...(rest.length === 0
      ? []
      : [
          "**As well**",
          "",
          ...some(
            rest.map(
              (v) =>
                `- ${v.change} ${markdown(v.clause)} in ${v.length} commands: ${said(v.title)}`,
            ),
            LIST,
          ),
          "",
        ]),
    ...(others.length === 0
      ? []
      : ["**What else blocks**", "", ...some(others.map(blockerText), LIST), ""]),
    ...(unmapped.length === 0
      ? []
      : [
          `**No area claims** ${some(
            unmapped.map((file) => code(cut(file.path, CELL))),
            3,
          ).join(", ")}: every area was run.`,
          "",
        ]),
    `${counts(report)}. Base ${code(cut(report.base.name, 40))}, ` +
      `head ${code((report.head.commit ?? cut(report.head.name, 40)).slice(0, 40))}.`,
  ];
  const folds: string[][] = [];
  if (report.areas.length > 0) {
    folds.push(folded(`Areas (${report.areas.length})`, areasTable(report.areas)));
  }
  if (rest.length > 0) {
    const traces = rest.slice(0, 10).flatMap((v) => [...freshText(v), ""]);
    folds.push(folded(`Traces of the other violations (${rest.length})`, traces));
  }
  if (older.length > 0) {
    folds.push(folded(`Known, waived, fixed (${older.length})`, some(violationList(older), 40)));
  }
  if (report.warnings.length > 0) {
    const lines = report.warnings.map((text) => `- ${said(text)}`);
    folds.push(folded(`Warnings (${report.warnings.length})`, some(lines, 20)));
  }
  return { main, folds };
};

/** Lines as long as they fit; a line that does not fit ends it. */
const fitted = (lines: readonly string[], room: number): string => {
  let text = "";
  for (const line of lines) {
    if (text.length + line.length + 1 > room) return `${text}… shortened, see the job's report\n`;
    text += `${line}\n`;
  }
  return text;
};

export const gateComment = (report: GateReport): string => {
  const { main, folds } = sections(report);
  let text = fitted(main, COMMENT_LIMIT - 200);
  for (const fold of folds) {
    const part = `\n${fold.join("\n")}\n`;
    // A fold is whole or not there: half of one would swallow what follows.
    if (text.length + part.length <= COMMENT_LIMIT - 100) text += part;
  }
  return text;
};
