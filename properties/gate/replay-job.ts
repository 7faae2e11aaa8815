/** Runs traces on one build of a system, to see what they come to there. */
import { InputError } from "../../spec/core/decode.js";
import { scopeOf } from "../engine/judge.js";
import { type LoadedTrace, loadTrace } from "../input/load.js";
import type { AnySubsystem } from "../subsystem.js";
import type { Hello } from "../sut/protocol.js";
import { replayExternal } from "../sut/replay.js";
import { StdioSystem } from "../sut/stdio.js";
import { findSubsystem } from "../systems.js";
import type { ReplayJob, ReplayJobResult, ReplayOutcome } from "./job.js";

/** The kind as which a command is sent to a system. */
export const kindSent = ({ references }: AnySubsystem, command: unknown, hello: Hello): string => {
  const { kind } = command as { kind: string };
  const refers = references?.refersTo(command) !== undefined;
  // Without references of its own the system is told the result itself.
  return refers && !hello.refs ? kind.replace(/Ref$/, "") : kind;
};

/** Kinds of commands of a list that a system does not answer. */
export const missingKinds = (
  subsystem: AnySubsystem,
  commands: readonly unknown[],
  hello: Hello,
): string[] => {
  const kinds = commands.map((command) => kindSent(subsystem, command, hello));
  return [...new Set(kinds)].filter((kind) => !hello.commands.includes(kind));
};

/** Why a trace cannot be run on a system: commands that it does not answer. */
export const unanswered = (trace: LoadedTrace, hello: Hello): string | undefined => {
  const missing = missingKinds(trace.subsystem, trace.commands, hello);
  return missing.length === 0 ? undefined : `the system does not answer ${missing.join(", ")}`;
};

const nothing = { clauses: [], responses: [] } as const;

const outcomeOf = async (
  system: StdioSystem,
  job: ReplayJob,
  { name, file }: ReplayJob["traces"][number],
): Promise<ReplayOutcome> => {
  const { subsystem, hello } = system;
  try {
    const trace = loadTrace(file);
    if (trace.subsystem !== subsystem) {
      return { name, ...nothing, why: `is a trace of ${trace.subsystem.path}` };
    }
    const lacking = unanswered(trace, hello);
    if (lacking !== undefined) return { name, ...nothing, why: lacking };
    const { judged } = scopeOf(subsystem.clauses, job.level, hello.observes);
    const { config, commands } = trace;
    const run = await replayExternal(system, subsystem, config, job.level, judged, commands);
    const responses = run.responses.map((response) =>
      response === undefined ? "no answer" : subsystem.responseText(response),
    );
    return { name, clauses: run.clauses, responses };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { name, ...nothing, why: error.message };
  }
};

/** `progress` is told after every trace what is known by then. */
export const performReplay = async (
  job: ReplayJob,
  progress: (so: ReplayJobResult) => void = () => {},
): Promise<ReplayJobResult> => {
  const outcomes: ReplayOutcome[] = [];
  let system: StdioSystem;
  try {
    system = await StdioSystem.start(job.run, findSubsystem(job.subsystem), {
      timeoutMs: job.timeout * 1000,
      place: { cwd: job.cwd, env: job.env },
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: "replay", outcomes, why: error.message };
  }
  try {
    for (const trace of job.traces) {
      outcomes.push(await outcomeOf(system, job, trace));
      progress({ kind: "replay", outcomes });
    }
    return { kind: "replay", outcomes };
  } finally {
    await system.close();
  }
};
