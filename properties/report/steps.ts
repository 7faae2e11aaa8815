/** A counterexample as rows: what system, base and Linux answer, and where they part. */
import type { DifferenceReport, StepReport } from "../check/report.js";
import { plain } from "./escape.js";

/** What a counterexample has, whether a check or a gate found it. */
export type Told = {
  readonly clause: string;
  readonly steps: readonly (StepReport & { readonly base?: string })[];
  readonly systemOutcome?: string;
  readonly differences: readonly DifferenceReport[];
};

export type StepRow = {
  readonly number: number;
  readonly command: string;
  readonly system: string;
  /** Undefined where it is not known. */
  readonly base: string | undefined;
  readonly linux: string | undefined;
  /** "first difference", the clause, or both. */
  readonly mark: string;
};

/** Rows that are left out of the middle stand as how many they are. */
export type StepLine = StepRow | { readonly leftOut: number };

/** The step at which system and Linux first answer differently. */
export const firstDifference = (told: Told): number | undefined => {
  const at = told.steps.findIndex((s) => s.linux !== undefined && s.linux !== s.response);
  return at < 0 ? undefined : at;
};

/**
 * At most `most` lines: the beginning of a long trace, its end, and around the first difference.
 * Foreign text is plain.
 */
export const stepLines = (told: Told, most: number): StepLine[] => {
  const { steps, clause } = told;
  const first = firstDifference(told);
  const rows = steps.map((step, i): StepRow => {
    const marks = [
      ...(i === first ? ["first difference"] : []),
      ...(i === steps.length - 1 ? [clause] : []),
    ];
    return {
      number: i,
      command: plain(step.command),
      system: plain(step.response),
      base: step.base === undefined ? undefined : plain(step.base),
      linux: step.linux === undefined ? undefined : plain(step.linux),
      mark: marks.join(", "),
    };
  });
  if (rows.length <= most) return rows;
  // Two lines may go to "n left out", and the first difference is among those that stay.
  const tail = Math.max(1, Math.floor((most - 3) / 2));
  const kept = new Set<number>();
  for (let i = rows.length - tail; i < rows.length; i++) kept.add(i);
  if (first !== undefined) kept.add(first);
  for (let i = 0; kept.size < most - 2; i++) kept.add(i);
  const lines: StepLine[] = [];
  let leftOut = 0;
  rows.forEach((row, i) => {
    if (!kept.has(i)) {
      leftOut++;
      return;
    }
    if (leftOut > 0) lines.push({ leftOut });
    leftOut = 0;
    lines.push(row);
  });
  return lines;
};

/** A row's answer of another party, short where it is the system's own. */
export const beside = (answer: string | undefined, system: string): string =>
  answer === undefined ? "" : answer === system ? "same" : answer;

/** The trace in plain text, for outputs that take lines; nothing is left out up to 200 steps. */
export const stepText = (told: Told): string[] => {
  const lines = stepLines(told, 200).map((line) => {
    if ("leftOut" in line) return `… ${line.leftOut} commands …`;
    const linux =
      line.linux === undefined || line.linux === line.system ? "" : `   Linux: ${line.linux}`;
    const mark = line.mark === "" ? "" : `   <- ${line.mark}`;
    return `${line.number}  ${line.command} -> ${line.system}${linux}${mark}`;
  });
  return [
    ...lines,
    ...(told.systemOutcome === undefined ? [] : [`outcome: ${plain(told.systemOutcome)}`]),
    ...stateText(told, 20).map((line) => `state: ${line}`),
  ];
};

/** Where the state that the system shows is not the reference's after the last command. */
export const stateText = (told: Told, most: number): string[] => {
  const wrong = told.differences.filter((d) => d.system !== undefined);
  const lines = wrong
    .slice(0, most)
    .map((d) => `${plain(d.field)} is ${plain(d.system ?? "")}, in Linux 7.0 ${plain(d.after)}`);
  return wrong.length > most ? [...lines, `… and ${wrong.length - most} more`] : lines;
};
