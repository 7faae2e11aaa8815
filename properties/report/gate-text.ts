/** The gate in the terminal: one screen that says whether it opens, why not, and what to do. */
import { styleText } from "node:util";
import { exitCode, type Verdict } from "../../spec/core/verdict.js";
import type {
  Blocker,
  ChangedFile,
  ClauseChange,
  GateArea,
  GateReport,
  Violation,
} from "../gate/report.js";
import { findRule } from "../gate/rules.js";
import { commandLineSafe, cut, plain, plainLines } from "./escape.js";
import { beside, type StepRow, stateText, stepLines } from "./steps.js";
import { grouped, table } from "./table.js";

export type GateTextOptions = {
  readonly colour: boolean;
  /** Violations, blockers and the verdict alone. */
  readonly quiet: boolean;
  /** "json FILE" and the like, as written. */
  readonly written: readonly string[];
};

const WIDTH = 100;
/** Longest trace that is shown, in lines. */
const STEPS = 8;
/** Violations shown with their trace; the others by a line. */
const TRACES = 1;
const LIST = 5;

type Style = "red" | "green" | "yellow" | "bold" | "dim";
type Paint = (style: Style, text: string) => string;

const colourOf = (verdict: Verdict): Style =>
  verdict === "holds" ? "green" : verdict === "violated" || verdict === "error" ? "red" : "yellow";

/** The first few, and how many more there are. */
const some = (lines: readonly string[], most: number, what: string): string[] =>
  lines.length <= most + 1
    ? [...lines]
    : [...lines.slice(0, most), `  … and ${lines.length - most} more ${what} (see --json)`];

const revision = ({ name, commit, subject }: GateReport["base"]): string => {
  const id = commit === undefined ? "" : ` ${plain(commit).slice(0, 12)}`;
  return cut(`${plain(name)}${id}  ${plain(subject)}`, WIDTH - 10);
};

const fileText = (file: ChangedFile): string => {
  const sign = { added: "A", modified: "M", deleted: "D", renamed: "R" }[file.status];
  const lines = file.binary ? "binary" : `+${file.added} -${file.removed}`;
  const to = file.areas.length > 0 ? file.areas.map(plain).join(", ") : file.role;
  return cut(`  ${sign} ${plain(file.path)}  ${lines}  ${to}`, WIDTH);
};

/** Kernel code first, and what no area claims before all. */
const filesInOrder = (files: readonly ChangedFile[]): ChangedFile[] => {
  const rank = (file: ChangedFile): number =>
    file.role === "unmapped" ? 0 : file.areas.length > 0 ? 1 : file.role === "other" ? 3 : 2;
  return [...files].sort((a, b) => rank(a) - rank(b));
};

const CHANGES: readonly ClauseChange[] = [
  "new",
  "lost",
  "unstable",
  "not proven",
  "known",
  "waived",
  "fixed",
  "held",
  "not judged",
];

/** "1 new, 20 held, 2 not judged". */
export const changeCounts = (area: GateArea): string => {
  const parts = CHANGES.map((change) => ({
    change,
    count: area.clauses.filter((clause) => clause.change === change).length,
  })).filter(({ count }) => count > 0);
  return parts.map(({ change, count }) => `${count} ${change}`).join(", ");
};

const areasText = (report: GateReport): string[] => {
  if (report.areas.length === 0) return [];
  const rows = report.areas.map((area) => [
    area.subsystem,
    area.level,
    grouped(area.base.commandsRun),
    grouped(area.head.commandsRun),
    area.head.state === "judged" ? changeCounts(area) : area.head.state,
    area.verdict,
  ]);
  const head = ["area", "level", "base", "head", "clauses", "verdict"];
  return [
    ...table(head, rows)
      .split("\n")
      .map((line) => cut(line, WIDTH + 20)),
    ...report.areas.flatMap((area) =>
      area.touched ? [] : [cut(`  ${area.subsystem}: ${plain(area.because)}`, WIDTH)],
    ),
  ];
};

/** Words laid into lines of a width; a longer word is a line of its own. */
const wrap = (text: string, width: number, most: number): string[] => {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  if (lines.length <= most) return lines.map((line) => cut(line, width));
  return [...lines.slice(0, most - 1), lines.slice(most - 1).join(" ")].map((l) => cut(l, width));
};

const marked = (row: string, mark: string, paint: Paint): string[] => {
  if (mark === "") return [row];
  const sign = paint("red", `<- ${mark}`);
  const bold = paint("bold", row);
  return row.length + mark.length + 5 <= WIDTH ? [`${bold}  ${sign}`] : [bold, `       ${sign}`];
};

/**
 * system | base | Linux beside each other where that fits; a party that nothing is known of has
 * no column. Else the others' answers stand below, where they are not the system's.
 */
const traceText = (v: Violation, paint: Paint): string[] => {
  const lines = stepLines(v, STEPS);
  const rows = lines.filter((line): line is StepRow => "number" in line);
  const known = (["base", "linux"] as const).filter((of) =>
    rows.some((row) => row[of] !== undefined),
  );
  const title = { base: "base", linux: "Linux 7.0" };
  const cellsOf = (row: StepRow): string[] => [
    row.command,
    row.system,
    ...known.map((of) => beside(row[of], row.system)),
  ];
  const heads = ["", "system", ...known.map((of) => title[of])];
  const widths = heads.map((head, i) =>
    Math.max(head.length, ...rows.map((row) => cellsOf(row)[i]?.length ?? 0)),
  );
  const whole = widths.reduce((sum, width) => sum + width + 2, 5);
  const narrow = whole <= WIDTH;
  const laid = (cells: readonly string[]): string =>
    cells.map((text, i) => text.padEnd(widths[i] ?? 0)).join("  ");
  const below = (row: StepRow): string[] =>
    known
      .filter((of) => row[of] !== undefined && row[of] !== row.system)
      .map((of) => cut(`${" ".repeat(9)}${title[of].padEnd(9)}  ${row[of]}`, WIDTH));
  const out = narrow ? [`       ${laid(heads)}`.trimEnd()] : [];
  for (const line of lines) {
    if ("leftOut" in line) {
      out.push(`       … ${line.leftOut} commands …`);
      continue;
    }
    const told = narrow ? laid(cellsOf(line)) : `${line.command} -> ${line.system}`;
    const row = cut(`${String(line.number).padStart(5)}  ${told}`.trimEnd(), WIDTH);
    out.push(...marked(row, line.mark, paint), ...(narrow ? [] : below(line)));
  }
  if (v.systemOutcome !== undefined) {
    out.push(...wrap(`outcome: ${plain(v.systemOutcome)}`, WIDTH - 7, 3).map((l) => `       ${l}`));
  }
  out.push(...stateText(v, 3).map((line) => cut(`       state: ${line}`, WIDTH)));
  return out;
};

const violationText = (v: Violation, paint: Paint): string[] => {
  const rate = v.reproduced;
  const again = rate === undefined ? "" : `, came again ${rate.times} of ${rate.of} times`;
  const shrunk = v.found > v.length ? `, shrunk from ${v.found}` : "";
  const what = `${v.subsystem} [${v.level}], ${v.length} commands${shrunk}${again}`;
  return [
    `${paint("red", `${v.change} ${v.clause}`)}  ${cut(what, WIDTH - v.clause.length - 12)}`,
    ...wrap(plain(v.title), WIDTH - 2, 3).map((line) => `  ${line}`),
    cut(`  source: ${v.source.map(plain).join("; ")}`, WIDTH),
    ...traceText(v, paint),
    // A command to be copied is never cut.
    `  replay: ${plain(v.replay)}`,
  ];
};

/** Blockers of one rule together: what they say, and once what to do. */
const blockersText = (blockers: readonly Blocker[], paint: Paint): string[] => {
  const out: string[] = [];
  for (const rule of new Set(blockers.map((b) => b.rule))) {
    const mine = blockers.filter((b) => b.rule === rule);
    const told = mine.map((b) => {
      const where = plain(b.area ?? b.file ?? "");
      const [first = "", ...more] = plainLines(b.text);
      const lines = wrap(`${rule}  ${where === "" ? "" : `${where}: `}${first}`, WIDTH - 4, 3);
      // The end of a build's output is what tells why.
      const end = more.slice(-6).map((text) => cut(`      ${text}`, WIDTH));
      return [...lines.map((line, i) => `${i === 0 ? "  " : "    "}${line}`), ...end].join("\n");
    });
    out.push(...some(told, 3, `of ${rule}`));
    const remedy = findRule(rule)?.remedy;
    if (remedy !== undefined) out.push(paint("dim", `    what to do: ${remedy}`));
  }
  return out;
};

/** New first, then unstable: what the change is answerable for. */
export const freshViolations = (report: GateReport): Violation[] => {
  const all = report.areas.flatMap((area) => area.violations);
  return [...all.filter((v) => v.change === "new"), ...all.filter((v) => v.change === "unstable")];
};

/** What was there before the change, or is gone with it. */
const olderText = (report: GateReport): string[] =>
  (["known", "waived", "fixed"] as const).flatMap((change) =>
    report.areas
      .flatMap((area) => area.violations)
      .filter((v) => v.change === change)
      .map((v) => {
        const waiver = report.waivers.find((w) => w.file === v.waiver);
        const until =
          waiver === undefined ? "" : ` until ${plain(waiver.expires)}: ${plain(waiver.reason)}`;
        const what = until === "" ? `  ${plain(v.title)}` : until;
        return cut(`  ${change.padEnd(6)}  ${v.clause}${what}`, WIDTH);
      }),
  );

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export const gateText = (report: GateReport, options: GateTextOptions): string => {
  const paint: Paint = (style, text) => (options.colour ? styleText(style, text) : text);
  const verdict = paint(colourOf(report.verdict), report.verdict);
  const fresh = freshViolations(report);
  const shown = new Set(fresh.slice(0, TRACES));
  const parts: string[][] = [];
  parts.push([`${verdict}: ${cut(plain(report.headline), WIDTH - 12)}`]);
  if (!options.quiet) {
    parts.push([
      `base  ${revision(report.base)}`,
      `head  ${revision(report.head)}`,
      ...some(filesInOrder(report.files).map(fileText), LIST, "files"),
      ...some(
        report.warnings.map((text) => paint("yellow", cut(`  warning: ${plain(text)}`, WIDTH))),
        LIST,
        "warnings",
      ),
    ]);
    parts.push([...areasText(report), ...some(olderText(report), LIST, "violations")]);
  }
  for (const v of shown) parts.push(violationText(v, paint));
  const rest = fresh.slice(TRACES);
  if (rest.length > 0) {
    const lines = rest.map((v) =>
      cut(`${v.change} ${v.clause}  in ${v.length} commands: ${plain(v.title)}`, WIDTH),
    );
    parts.push(some(lines, LIST, "violations"));
  }
  // What a violation above has said is not said again.
  const others = report.blockers.filter(
    (b) => !(b.rule === "GATE-NEW" || b.rule === "GATE-UNSTABLE"),
  );
  if (others.length > 0)
    parts.push([`blocked${fresh.length > 0 ? " as well" : ""} by`, ...blockersText(others, paint)]);
  if (fresh.length > 0) parts.push(freshRemedies(report, paint));
  parts.push([
    ...(options.written.length === 0
      ? []
      : wrap(`wrote ${options.written.map(plain).join(", ")}`, WIDTH, 8)),
    `${report.profile}, seed 0x${report.seed.toString(16)}, ${seconds(report.totalMs)} of ` +
      `${seconds(report.budgetMs)}: ${verdict}, exit ${exitCode(report.verdict)}`,
  ]);
  const text = parts.filter((part) => part.length > 0).map((part) => part.join("\n"));
  return commandLineSafe(`${text.join("\n\n")}\n`);
};

const freshRemedies = (report: GateReport, paint: Paint): string[] =>
  ["GATE-NEW", "GATE-UNSTABLE"]
    .filter((id) => report.blockers.some((b) => b.rule === id))
    .flatMap((id) => {
      const rule = findRule(id);
      return rule === undefined ? [] : [paint("dim", `what to do (${id}): ${rule.remedy}`)];
    });
