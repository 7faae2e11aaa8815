/** `--system-cmd`: a program of the user's as the system under test. */

import type { Level } from "../../spec/core/clause.js";
import { InputError, parseJson } from "../../spec/core/decode.js";
import type { Setting } from "../check/counterexample.js";
import { violationReport } from "../check/counterexample.js";
import { checkExternal, systemOption } from "../check/external.js";
import { shrinkFind } from "../check/external-find.js";
import type { CheckReport, ViolationReport } from "../check/report.js";
import { scopeOf } from "../engine/judge.js";
import { readText } from "../input/files.js";
import { decodeConfig, type LoadedTrace } from "../input/load.js";
import type { AnySubsystem } from "../subsystem.js";
import { killAll } from "../sut/child.js";
import { replayExternal } from "../sut/replay.js";
import { StdioSystem } from "../sut/stdio.js";
import { selectSubsystems } from "../systems.js";
import { type CheckOptions, DEFAULT_SEED } from "./common.js";

// A child has a process group of its own, so an interrupt does not reach it by itself.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    killAll();
    process.exit(2);
  });
}

const oneSubsystem = (areas: readonly string[]): AnySubsystem => {
  const chosen = selectSubsystems(areas);
  if (chosen.length === 1) return chosen[0] as AnySubsystem;
  // A program is one subsystem's: a path means that one, also where others are below it.
  const named = chosen.find(({ path }) => areas.length === 1 && path === areas[0]);
  if (named !== undefined) return named;
  throw new InputError(
    { file: "--system-cmd" },
    `found ${chosen.length} subsystems, expected one: ${chosen.map((s) => s.path).join(", ")}`,
  );
};

/** Shares the time that is left among the campaigns still to come. */
const timeShares = (milliseconds: number): ((campaign: number, campaigns: number) => boolean) => {
  // The wall clock decides only how many runs there are.
  const end = Date.now() + milliseconds;
  let current = -1;
  let until = 0;
  return (campaign, campaigns) => {
    if (campaign !== current) {
      current = campaign;
      until = Date.now() + (end - Date.now()) / (campaigns - campaign);
    }
    return Date.now() < until;
  };
};

export const checkCommand = (
  areas: readonly string[],
  options: CheckOptions,
  command: string,
  name?: string,
): Promise<CheckReport> => {
  const subsystem = oneSubsystem(areas);
  const { config: file, for: time, level, runs, subset } = options;
  const where = { file: file ?? "" };
  const config =
    file === undefined
      ? undefined
      : { name: file, value: decodeConfig(subsystem, parseJson(readText(file), where), where) };
  return checkExternal(
    subsystem,
    {
      timeout: options.timeout,
      seed: options.seed,
      traces: options.traces,
      ...(level === undefined ? {} : { level }),
      ...(runs === undefined ? {} : { runs }),
      ...(subset === undefined ? {} : { subset }),
      ...(config === undefined ? {} : { config }),
      ...(time === undefined ? {} : { goOn: timeShares(time) }),
      ...(name === undefined ? {} : { name }),
    },
    command,
  );
};

type ReplayOptions = {
  readonly timeout: number;
  readonly level?: Level;
  readonly traces: string;
};

/** Runs a trace on a program; with `shrinking` it is also made minimal. */
export const replayCommand = async (
  trace: LoadedTrace,
  options: ReplayOptions,
  command: string,
  shrinking: boolean,
  name?: string,
): Promise<{ system: string; outcome: { ran: number; violation?: ViolationReport } }> => {
  const { subsystem } = trace;
  const system = await StdioSystem.start(command, subsystem, { timeoutMs: options.timeout * 1000 });
  try {
    const level = options.level ?? trace.level;
    const option = systemOption(command, name);
    const { judged } = scopeOf(subsystem.clauses, level, system.hello.observes);
    const result = await replayExternal(
      system,
      subsystem,
      trace.config,
      level,
      judged,
      trace.commands,
    );
    const setting: Setting = {
      subsystem,
      config: system.config ?? trace.config,
      level,
      clauses: judged,
      system: name ?? command,
      seed: trace.header.seed ?? DEFAULT_SEED,
      ...(shrinking ? {} : { trace: trace.file }),
      traces: options.traces,
      again: `redbear-spec replay ${trace.file} ${option}`,
      replayOptions: ` ${option}`,
    };
    const clause = result.clauses[0];
    if (clause === undefined) {
      if (shrinking) {
        throw new InputError({ file: trace.file }, "breaks no clause on this system");
      }
      return { system: name ?? command, outcome: { ran: result.steps.length } };
    }
    const violation = shrinking
      ? await shrinkFind(system, setting, clause, {
          sent: trace.commands,
          responses: result.responses,
          confirmed: true,
          ...(result.fault === undefined ? {} : { fault: result.fault }),
        })
      : violationReport(setting, clause, result, trace.commands.length, 0, result.fault?.message);
    return { system: name ?? command, outcome: { ran: result.steps.length, violation } };
  } finally {
    await system.close();
  }
};
