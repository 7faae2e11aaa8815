/** From a find of a campaign to a counterexample: recorded, shrunk, run again, written down. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { JudgedClause, Level, Transition } from "../../spec/core/clause.js";
import { sourceText } from "../../spec/core/source.js";
import { systemClauses } from "../../spec/core/system-clauses.js";
import { type TraceHeader, writeTrace } from "../../traces/format/trace.js";
import { type Recorded, recordRun } from "../engine/random.js";
import { type ReplayResult, replayAnswers, replayLocal, symbolic } from "../engine/replay.js";
import { shrink } from "../engine/shrink.js";
import { ReadableStepper } from "../engine/stepper.js";
import type { AnySubsystem } from "../subsystem.js";
import { systemByName } from "../systems.js";
import { TOOL } from "../version.js";
import type { DifferenceReport, StepReport, ViolationReport } from "./report.js";
import { judgedClauses, type RandomTask, randomOptions } from "./tasks.js";

// biome-ignore lint/suspicious/noExplicitAny: serves every subsystem
type Clauses = readonly JudgedClause<Transition<any, any, any, any>>[];

/** What a counterexample needs beside its commands. */
export type Setting = {
  readonly subsystem: AnySubsystem;
  readonly config: unknown;
  readonly level: Level;
  readonly clauses: Clauses;
  readonly system: string;
  readonly seed: number;
  readonly run?: number;
  readonly traces: string;
  /** The file it came from, which is then not written again. */
  readonly trace?: string;
  /** Repeats the campaign that found it. */
  readonly again: string;
  /** Appended to `redbear-spec replay TRACE`. */
  readonly replayOptions?: string;
};

/** Fields that changed in the last step, or in which system and reference differ. */
export const differencesOf = (last: ReplayResult["last"]): DifferenceReport[] => {
  if (last === undefined) return [];
  const rows: DifferenceReport[] = [];
  for (const [field, after] of last.after) {
    const before = last.before.get(field) ?? "";
    const system = last.observed?.get(field);
    if (before === after && (system === undefined || system === after)) continue;
    rows.push({
      field,
      before,
      after,
      ...(system === undefined || system === after ? {} : { system }),
    });
  }
  return rows;
};

/** Longer traces are not drawn: they are those that could not be shrunk. */
const MOST_PICTURES = 100;

/**
 * The steps with the states around them: the reference follows the system's answers, and is asked
 * before each what Linux would have answered there.
 */
const stepReports = (setting: Setting, result: ReplayResult): StepReport[] => {
  const { subsystem, config } = setting;
  const stepper = new ReadableStepper(subsystem.model, config, subsystem.fingerprint);
  const drawn = result.steps.length <= MOST_PICTURES ? subsystem.picture : undefined;
  return result.steps.map((step, i) => {
    stepper.commit();
    const expected = stepper.apply(step.issued);
    const { response } = step;
    // What never was answered changed nothing that is known.
    if (response === undefined) stepper.revert();
    else if (!subsystem.sameResponse(expected, response)) {
      stepper.revert();
      stepper.follow(step.issued, response);
    }
    const before = subsystem.describe(config, stepper.before);
    const after = subsystem.describe(config, stepper.after);
    const last = i === result.steps.length - 1 ? result.last : undefined;
    return {
      command: subsystem.commandText(step.command),
      kind: kindOf(step.command),
      response: response === undefined ? "no answer" : subsystem.responseText(response),
      answer: response === undefined ? "no answer" : kindOf(response),
      linux: subsystem.responseText(expected),
      changes: differencesOf(last ?? { before, after, observed: undefined, expected }),
      ...(drawn === undefined ? {} : { picture: drawn(config, stepper.after) }),
    };
  });
};

const kindOf = (value: unknown): string => (value as { kind: string }).kind;

/** Eight hex digits that name a trace by its content. */
export const contentName = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 8);

export const writeCounterexample = (
  setting: Setting,
  clause: string,
  lines: readonly { command: unknown; response?: unknown; observed?: unknown }[],
  note: string,
): string => {
  const { subsystem } = setting;
  const header: TraceHeader = {
    "redbear-spec-trace": 1,
    subsystem: subsystem.path,
    level: setting.level,
    clause,
    system: setting.system,
    seed: setting.seed,
    ...(setting.run === undefined ? {} : { run: setting.run }),
    tool: TOOL,
    note,
    config: subsystem.codecs.config.encode(setting.config),
  };
  const text = writeTrace(
    header,
    lines.map((line) => ({
      command: subsystem.codecs.command.encode(line.command),
      ...(line.response === undefined
        ? {}
        : { response: subsystem.codecs.response.encode(line.response) }),
      ...(line.observed === undefined ? {} : { observed: line.observed }),
    })),
  );
  const path = join(setting.traces, subsystem.path, `${clause}-${contentName(text)}.jsonl`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};

/** Shrinks a violating list on an in-process system, runs it once more and reports it. */
export const localCounterexample = async (
  setting: Setting,
  clause: string,
  found: readonly Recorded[],
): Promise<ViolationReport> => {
  const { subsystem, level, clauses } = setting;
  const commands = found.map(({ command }) => command);
  const replayIn = (config: unknown, commands: readonly unknown[]): ReplayResult =>
    replayLocal(
      subsystem,
      config,
      level,
      clauses,
      commands,
      systemByName(subsystem, config, setting.system),
    );
  const shrinkIn = (config: unknown, commands: readonly unknown[]) =>
    shrink(subsystem, clause, commands, async (candidate) => {
      const result = replayIn(config, candidate);
      if (result.clauses.length === 0) return undefined;
      return { kept: result.steps.map((step) => step.index), clauses: result.clauses };
    });
  let { config } = setting;
  const first = replayIn(config, commands);
  if (!first.clauses.includes(clause)) return chosenCounterexample(setting, clause, found);
  let small = await shrinkIn(config, symbolic(subsystem, first.steps));
  let { runs } = small;
  for (const smaller of subsystem.smallerConfigs?.(config, small.commands) ?? []) {
    runs++;
    if (!replayIn(smaller, small.commands).clauses.includes(clause)) continue;
    config = smaller;
    small = await shrinkIn(config, small.commands);
    runs += small.runs;
    break;
  }
  const result = replayIn(config, small.commands);
  return violationReport({ ...setting, config }, clause, result, found.length, runs);
};

/**
 * The reference broke a clause by a choice that Linux would not have made. The answers belong to
 * the trace then, and shrinking keeps each command with its own.
 */
const chosenCounterexample = async (
  setting: Setting,
  clause: string,
  found: readonly Recorded[],
): Promise<ViolationReport> => {
  const { subsystem, config, level, clauses } = setting;
  const replay = (pairs: readonly Recorded[]): ReplayResult =>
    replayAnswers(subsystem, config, level, clauses, pairs);
  // Commands and answers shrink as one, so there is nothing to renumber or simplify.
  const { references: _references, ...plain } = subsystem;
  const small = await shrink(plain, clause, found, async (pairs) => {
    const result = replay(pairs as readonly Recorded[]);
    if (result.clauses.length === 0) return undefined;
    return { kept: result.steps.map((step) => step.index), clauses: result.clauses };
  });
  const result = replay(small.commands as readonly Recorded[]);
  return violationReport(setting, clause, result, found.length, small.runs);
};

/** Writes the trace of a run that ended in a violation, and reports it. */
export const violationReport = (
  setting: Setting,
  clause: string,
  result: ReplayResult,
  found: number,
  shrinkRuns: number,
  systemOutcome?: string,
): ViolationReport => {
  const { subsystem } = setting;
  const spec = [...subsystem.clauses, ...systemClauses].find((c) => c.id === clause);
  const path =
    setting.trace ??
    writeCounterexample(
      setting,
      clause,
      result.steps.map((step) => ({ command: step.command, response: step.response })),
      `shrunk from ${found} to ${result.steps.length} commands`,
    );
  const expected = result.last?.expected;
  return {
    clause,
    title: spec?.title ?? "",
    level: spec?.level ?? "contract",
    source: (spec?.source ?? []).map(sourceText),
    subsystem: subsystem.path,
    system: setting.system,
    config: subsystem.codecs.config.encode(setting.config),
    seed: setting.seed,
    ...(setting.run === undefined ? {} : { run: setting.run }),
    also: result.clauses.filter((id) => id !== clause),
    found,
    length: result.steps.length,
    shrinkRuns,
    steps: stepReports(setting, result),
    differences: differencesOf(result.last),
    ...(expected === undefined ? {} : { linux: subsystem.responseText(expected) }),
    ...(systemOutcome === undefined ? {} : { systemOutcome }),
    trace: path,
    replay: `redbear-spec replay ${path}${setting.replayOptions ?? ""}`,
    again: setting.again,
  };
};

/** The counterexample of a find of a random campaign on an in-process system. */
export const campaignCounterexample = (
  subsystem: AnySubsystem,
  task: RandomTask,
  run: number,
  clause: string,
  traces: string,
  again: string,
  seed: number,
): Promise<ViolationReport> => {
  const clauses = judgedClauses(task);
  const found = recordRun(randomOptions(task), run);
  const setting: Setting = {
    subsystem,
    config: task.config,
    level: task.level,
    clauses,
    system: task.system,
    seed,
    run,
    traces,
    again,
  };
  return localCounterexample(setting, clause, found);
};
