import { InputError } from "../../spec/core/decode.js";
import { localCounterexample, type Setting, violationReport } from "../check/counterexample.js";
import type { ViolationReport } from "../check/report.js";
import { scopeOf } from "../engine/judge.js";
import { type ReplayResult, replayLocal } from "../engine/replay.js";
import { type LoadedTrace, loadTrace } from "../input/load.js";
import { recordedSystem } from "../input/recorded.js";
import { violationText } from "../report/text.js";
import { programNamed, systemByName } from "../systems.js";
import { type Common, DEFAULT_SEED, leave, wantsColour, writeJson } from "./common.js";

type Options = Common & {
  readonly system?: string;
  readonly systemCmd?: string;
  readonly timeout: number;
  readonly level?: "contract" | "linux";
  readonly traces: string;
};

const settingOf = (
  trace: LoadedTrace,
  options: Options,
  system: string,
  shrinking = false,
): Setting => {
  const { subsystem } = trace;
  const level = options.level ?? trace.level;
  return {
    subsystem,
    config: trace.config,
    level,
    clauses: scopeOf(subsystem.clauses, level, subsystem.observables).judged,
    system,
    seed: trace.header.seed ?? DEFAULT_SEED,
    ...(trace.header.run === undefined ? {} : { run: trace.header.run }),
    traces: options.traces,
    again: `redbear-spec replay ${trace.file}`,
    ...(shrinking ? {} : { trace: trace.file }),
    ...(options.system === undefined ? {} : { replayOptions: ` --system ${options.system}` }),
  };
};

/** A replay's outcome: what ran, and the violation if there was one. */
type Outcome = { readonly ran: number; readonly violation?: ViolationReport };

const finish = (trace: LoadedTrace, options: Options, system: string, outcome: Outcome): void => {
  const { violation } = outcome;
  if (violation !== undefined) {
    process.stdout.write(`${violationText(violation, { colour: wantsColour(options) })}\n\n`);
  }
  const verdict = violation === undefined ? "holds" : "violated";
  if (options.quiet !== true) {
    process.stdout.write(
      `${trace.file}: ${outcome.ran} of ${trace.commands.length} commands on ${system}: ${verdict}\n`,
    );
  }
  if (options.json !== undefined) {
    writeJson(options.json, { trace: trace.file, system, verdict, ran: outcome.ran, violation });
  }
  leave(verdict);
};

const outcomeOf = (setting: Setting, result: ReplayResult, found: number): Outcome => {
  const [clause] = result.clauses;
  if (clause === undefined) return { ran: result.steps.length };
  return {
    ran: result.steps.length,
    violation: violationReport(setting, clause, result, found, 0),
  };
};

/** Whether the system is a program: the user's, or one that has a name. */
const onProgram = async (
  trace: LoadedTrace,
  options: Options,
  name: string | undefined,
  shrinking: boolean,
): Promise<boolean> => {
  const program = options.systemCmd === undefined ? programNamed(name) : undefined;
  const command = options.systemCmd ?? program?.command;
  if (command === undefined) return false;
  if (program !== undefined && program.subsystem !== trace.subsystem.path) {
    throw new InputError({ file: trace.file }, `${name} is a system of ${program.subsystem}`);
  }
  const { replayCommand } = await import("./external.js");
  const result = await replayCommand(trace, options, command, shrinking, program?.name);
  finish(trace, options, result.system, result.outcome);
  return true;
};

export const replay = async (file: string, options: Options): Promise<void> => {
  const trace = loadTrace(file);
  if (await onProgram(trace, options, options.system, false)) return;
  if (options.system === undefined) {
    const setting = settingOf(trace, options, trace.header.system);
    const result = recordedSystem(trace, setting.level, setting.clauses);
    finish(
      trace,
      options,
      "its recorded answers",
      outcomeOf(setting, result, trace.commands.length),
    );
    return;
  }
  const setting = settingOf(trace, options, options.system);
  const result = replayLocal(
    trace.subsystem,
    trace.config,
    setting.level,
    setting.clauses,
    trace.commands,
    systemByName(trace.subsystem, trace.config, options.system),
  );
  finish(trace, options, options.system, outcomeOf(setting, result, trace.commands.length));
};

export const shrink = async (file: string, options: Options): Promise<void> => {
  const trace = loadTrace(file);
  if (await onProgram(trace, options, options.system ?? trace.header.system, true)) return;
  const system = options.system ?? trace.header.system;
  const setting = settingOf(trace, options, system, true);
  const first = replayLocal(
    trace.subsystem,
    trace.config,
    setting.level,
    setting.clauses,
    trace.commands,
    systemByName(trace.subsystem, trace.config, system),
  );
  const clause = trace.header.clause ?? first.clauses[0];
  if (clause === undefined || !first.clauses.includes(clause)) {
    throw new InputError(
      { file },
      `found nothing to shrink: on ${system} the trace breaks ` +
        `${first.clauses.length === 0 ? "no clause" : first.clauses.join(", ")}`,
    );
  }
  const violation = await localCounterexample(
    setting,
    clause,
    trace.commands.map((command, n) => ({ command, response: trace.responses[n] })),
  );
  finish(trace, options, system, { ran: violation.length, violation });
};
