/** What the verbs of the command line share: options, input, output, exit codes. */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { InvalidArgumentError, type Command as Verb } from "commander";
import type { Level } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import { exitCode, type Verdict } from "../../spec/core/verdict.js";
import { commandLineSafe } from "../report/escape.js";

export const DEFAULT_SEED = 0x5eed1234;
/** Counterexamples land here unless told otherwise. */
export const DEFAULT_TRACES = ".redbear-spec/traces";

/** Files that a check writes beside its text; `-` is standard output. */
export type ReportFiles = {
  readonly json?: string;
  readonly junit?: string;
  readonly sarif?: string;
  readonly ktap?: string;
  readonly kcidb?: string;
  readonly markdown?: string;
};

export type Common = { readonly json?: string; readonly quiet?: boolean; readonly color: boolean };

/** Options of `check`, as the command line gives them. */
export type CheckOptions = Common &
  ReportFiles & {
    readonly system: string;
    readonly systemCmd?: string;
    readonly timeout: number;
    readonly level?: Level;
    readonly seed: number;
    readonly runs?: number;
    readonly for?: number;
    readonly subset?: string;
    readonly config?: string;
    readonly jobs: number;
    readonly traces: string;
    readonly records: boolean;
    readonly verbose?: boolean;
  };

export const withCommon = (verb: Verb): Verb =>
  verb
    .option("--json <file>", "write the report as JSON, - for standard output")
    .option("--quiet", "print nothing but violations and the verdict")
    .option("--no-color", "plain text, also on a terminal");

export const withReportFiles = (verb: Verb): Verb =>
  verb
    .option("--junit <file>", "write JUnit XML")
    .option("--sarif <file>", "write SARIF 2.1.0")
    .option("--ktap <file>", "write KTAP")
    .option("--kcidb <file>", "write KCIDB 5.3 JSON")
    .option("--markdown <file>", "write the evidence table, task by task");

export const wantsColour = (options: Common): boolean =>
  options.color && process.stdout.isTTY === true && process.env.NO_COLOR === undefined;

const wholeNumber =
  (name: string, low: number, high: number) =>
  (text: string): number => {
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new InvalidArgumentError(`expected ${name}, a whole number ${low}..${high}`);
    }
    return value;
  };

export const seedOption = wholeNumber("a seed", 0, 0xffffffff);
export const runsOption = wholeNumber("a number of runs", 1, 1e9);
export const jobsOption = wholeNumber("a number of workers", 1, 256);
export const timeoutOption = wholeNumber("seconds", 1, 3600);
export const defaultJobs = (): number => availableParallelism();

/** "30s", "5m", "2h" in milliseconds. */
export const durationOption = (text: string): number => {
  const match = /^(\d+)(s|m|h)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('expected a time such as "30s", "5m", "2h"');
  const unit = { s: 1000, m: 60_000, h: 3_600_000 }[match[2] as "s" | "m" | "h"];
  return Number(match[1]) * unit;
};

export const levelOption = (text: string): Level => {
  if (text === "contract" || text === "linux") return text;
  throw new InvalidArgumentError('expected "contract" or "linux"');
};

export const writeJson = (file: string, value: unknown): void => {
  const text = `${JSON.stringify(value, (_k, v) => (typeof v === "bigint" ? `0x${v.toString(16)}` : v), 2)}\n`;
  if (file === "-") process.stdout.write(text);
  else writeOutput(file, text);
};

/** To a file, or for `-` to standard output, which in a CI job is a log. */
export const writeOutput = (file: string, text: string): void => {
  if (file === "-") {
    process.stdout.write(commandLineSafe(text));
    return;
  }
  try {
    writeFileSync(file, text);
  } catch {
    throw new InputError({ file }, "cannot be written");
  }
};

export const leave = (verdict: Verdict): void => {
  process.exitCode = exitCode(verdict);
};
