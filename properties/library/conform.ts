/** A list of commands on a system, judged: for a kernel developer's own properties. */
import { decodeOrThrow, InputError } from "../../spec/core/decode.js";
import { systemClauseIds } from "../../spec/core/system-clauses.js";
import { writeTrace } from "../../traces/format/trace.js";
import { violationReport } from "../check/counterexample.js";
import type { ViolationReport } from "../check/report.js";
import { scopeOf } from "../engine/judge.js";
import type { LoadedTrace } from "../input/load.js";
import type { AnySubsystem } from "../subsystem.js";
import { replayExternal } from "../sut/replay.js";
import { StdioSystem } from "../sut/stdio.js";
import { TOOL } from "../version.js";
import { messageOf } from "./message.js";
import { type Run, type RunSetting, runLocal } from "./run.js";
import {
  type AnyObject,
  type AnySystem,
  type Area,
  answers,
  claims,
  type Level,
  type Program,
  type SomeSystem,
  startProgram,
} from "./system.js";

/** What a violation is known by in this process, where no file was written. */
export type Violation = Omit<ViolationReport, "trace" | "replay" | "again" | "seed">;

/** How a list of commands ended. */
export type Outcome = {
  /** Commands that ran; those that made no sense where the system led were left out. */
  readonly ran: number;
  readonly violation?: Violation;
  /** The trace up to the violation, as the text of a file for `redbear-spec replay`. */
  readonly trace?: string;
};

/** The system broke a clause. The message is the counterexample. */
export class ConformanceError extends Error {
  readonly violation: Violation;
  /** The text of a trace file, for `redbear-spec replay`. */
  readonly trace: string;
  constructor(violation: Violation, trace: string) {
    super(messageOf(violation));
    this.name = "ConformanceError";
    this.violation = violation;
    this.trace = trace;
  }
}

const startedFor = async (
  area: AnySubsystem,
  system: SomeSystem,
): Promise<{ system: AnyObject | StdioSystem; end: () => Promise<void> }> => {
  const started = typeof system === "string" ? await startProgram(area, system) : system;
  const end = typeof system === "string" ? () => (started as Program).close() : async () => {};
  return { system: started as AnyObject | StdioSystem, end };
};

/** Commands that the system cannot be given are a mistake of the test, not of the system. */
const checkCommands = (
  area: AnySubsystem,
  config: unknown,
  commands: readonly unknown[],
  kinds: readonly string[],
): void => {
  for (const [n, command] of commands.entries()) {
    const where = { file: "commands", field: String(n) };
    if (!area.codecs.command.is(command)) decodeOrThrow(area.codecs.command, command, where);
    const wrong = area.checkCommand(config, command);
    if (wrong !== undefined) {
      throw new InputError({ ...where, field: `${n}.${wrong.field}` }, wrong.problem);
    }
    const { kind } = command as { kind: string };
    if (!answers(kinds, kind)) {
      throw new InputError(where, `found ${kind}, the system answers ${kinds.join(", ")}`);
    }
  }
};

const traceText = (setting: RunSetting, system: string, clause: string, run: Run): string => {
  const { config, command, response } = setting.area.codecs;
  return writeTrace(
    {
      "redbear-spec-trace": 1,
      subsystem: setting.area.path,
      level: setting.level,
      clause,
      system,
      tool: TOOL,
      config: config.encode(setting.config),
    },
    run.steps.map((step) => ({
      command: command.encode(step.command),
      ...(step.response === undefined ? {} : { response: response.encode(step.response) }),
    })),
  );
};

const outcomeOf = (setting: RunSetting, name: string, given: number, run: Run): Outcome => {
  const [clause] = run.clauses;
  if (clause === undefined) return { ran: run.steps.length };
  const { trace, replay, again, seed, ...violation } = violationReport(
    {
      ...setting,
      subsystem: setting.area,
      system: name,
      seed: 0,
      traces: "",
      // A name keeps it from being written: a property fails many times while it shrinks.
      trace: "",
      again: "",
    },
    clause,
    run,
    given,
    0,
    run.fault?.message,
  );
  return { ran: run.steps.length, violation, trace: traceText(setting, name, clause, run) };
};

/** Runs commands on a system and judges every answer, and every state that it shows. */
export const run = async <Config, Command extends { kind: string }, Response>(
  area: Area<Config, Command, Response>,
  config: Config,
  level: Level,
  system: AnySystem<Config, Command, Response>,
  commands: readonly Command[],
): Promise<Outcome> => {
  const where = { file: "configuration" };
  if (!area.codecs.config.is(config)) decodeOrThrow(area.codecs.config, config, where);
  const wrong = area.checkConfig(config) ?? area.refusesLevel?.(config, level);
  if (wrong !== undefined) throw new InputError({ ...where, field: wrong.field }, wrong.problem);
  const { system: started, end } = await startedFor(area, system);
  try {
    const { name, commands: kinds, observes } = claims(area, started);
    checkCommands(area, config, commands, kinds);
    const { judged } = scopeOf(area.clauses, level, observes);
    if (!(started instanceof StdioSystem)) {
      const setting = { area, config, level, clauses: judged };
      return outcomeOf(setting, name, commands.length, await runLocal(setting, started, commands));
    }
    const result = await replayExternal(started, area, config, level, judged, commands);
    const setting = { area, config: started.config ?? config, level, clauses: judged };
    return outcomeOf(setting, name, commands.length, result);
  } finally {
    await end();
  }
};

/**
 * Runs commands on a system; throws {@link ConformanceError} where it breaks a clause. Inside a
 * property of fast-check the property fails, and fast-check shrinks the commands.
 */
export const assertConforms = async <Config, Command extends { kind: string }, Response>(
  area: Area<Config, Command, Response>,
  config: Config,
  level: Level,
  system: AnySystem<Config, Command, Response>,
  commands: readonly Command[],
): Promise<void> => {
  const { violation, trace } = await run(area, config, level, system, commands);
  if (violation !== undefined) throw new ConformanceError(violation, trace as string);
};

/** Runs a trace on a system and judges it, at the trace's level unless told. */
export const replay = (
  trace: LoadedTrace,
  system: SomeSystem,
  options: { readonly level?: Level } = {},
): Promise<Outcome> =>
  run(
    trace.subsystem,
    trace.config,
    options.level ?? trace.level,
    system,
    trace.commands as readonly { kind: string }[],
  );

/** Why a system cannot break the clause of a trace, if it cannot. */
const blindTo = (trace: LoadedTrace, observes: readonly string[]): string | undefined => {
  const clause = trace.header.clause;
  if (clause === undefined || (systemClauseIds as readonly string[]).includes(clause)) return;
  const { notJudged } = scopeOf(trace.subsystem.clauses, trace.level, observes);
  const why = notJudged.find((one) => one.clause.id === clause)?.why;
  return why === undefined ? undefined : `${clause} is not judged: ${why}`;
};

/**
 * A regression test: throws {@link ConformanceError} where the system breaks a clause on the trace,
 * and InputError where it cannot be judged by the trace's clause at all. A system that rightly
 * chooses otherwise may leave commands without meaning; that is told on standard error.
 */
export const assertHolds = async (trace: LoadedTrace, system: SomeSystem): Promise<void> => {
  const { system: started, end } = await startedFor(trace.subsystem, system);
  try {
    const why = blindTo(trace, claims(trace.subsystem, started).observes);
    if (why !== undefined) throw new InputError({ file: trace.file }, why);
    const { ran, violation, trace: text } = await replay(trace, started);
    if (violation !== undefined) throw new ConformanceError(violation, text as string);
    const total = trace.commands.length;
    if (ran < total) {
      console.warn(`${trace.file}: ${total - ran} of ${total} commands had no meaning here`);
    }
  } finally {
    await end();
  }
};
