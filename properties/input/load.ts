/** A trace file, decoded for its subsystem; everything wrong with it is one clear InputError. */
import type { Level } from "../../spec/core/clause.js";
import { decodeOrThrow, InputError } from "../../spec/core/decode.js";
import { systemClauses } from "../../spec/core/system-clauses.js";
import { readTrace, type TraceHeader } from "../../traces/format/trace.js";
import type { AnySubsystem } from "../subsystem.js";
import { findSubsystem } from "../systems.js";
import { readText } from "./files.js";

export type LoadedTrace = {
  readonly file: string;
  readonly header: TraceHeader;
  readonly subsystem: AnySubsystem;
  readonly config: unknown;
  readonly level: Level;
  readonly commands: readonly unknown[];
  /** Recorded responses; undefined where the trace holds none. */
  readonly responses: readonly unknown[];
};

/** Decodes and checks a configuration that came from outside. */
export const decodeConfig = (
  subsystem: AnySubsystem,
  value: unknown,
  where: { file: string; line?: number; field?: string },
): unknown => {
  const config: unknown = decodeOrThrow(subsystem.codecs.config, value, where);
  const wrong = subsystem.checkConfig(config);
  if (wrong !== undefined) {
    const prefix = where.field === undefined ? "" : `${where.field}.`;
    throw new InputError({ ...where, field: prefix + wrong.field }, wrong.problem);
  }
  return config;
};

/** Refuses a clause id that is not in the catalogue. */
export const checkClause = (
  subsystem: AnySubsystem,
  id: string,
  where: { file: string; line?: number },
): void => {
  const known = [...subsystem.clauses, ...systemClauses].some((clause) => clause.id === id);
  if (!known) {
    throw new InputError(
      { ...where, field: "clause" },
      `found "${id}", expected a clause of ${subsystem.path}`,
    );
  }
};

export const loadTrace = (file: string): LoadedTrace => decodeTrace(readText(file), file);

/** A trace that is no file of its own; `file` is what messages call it. */
export const decodeTrace = (text: string, file: string): LoadedTrace => {
  const { header, lines } = readTrace(text, file);
  let subsystem: AnySubsystem;
  try {
    subsystem = findSubsystem(header.subsystem);
  } catch (error) {
    throw new InputError(
      { file, line: 1, field: "subsystem" },
      (error as Error).message.replace(/^area: /, ""),
    );
  }
  const config = decodeConfig(subsystem, header.config, { file, line: 1, field: "config" });
  if (header.clause !== undefined) checkClause(subsystem, header.clause, { file, line: 1 });
  const commands: unknown[] = [];
  const responses: unknown[] = [];
  for (const line of lines) {
    const where = { file, line: line.line, field: "command" };
    const command: unknown = decodeOrThrow(subsystem.codecs.command, line.command, where);
    const wrong = subsystem.checkCommand(config, command);
    if (wrong !== undefined) {
      throw new InputError({ ...where, field: `command.${wrong.field}` }, wrong.problem);
    }
    const ref = subsystem.references?.refersTo(command);
    if (ref !== undefined && ref >= commands.length) {
      throw new InputError(
        { ...where, field: "command.ref" },
        `found ${ref}, expected an earlier command, 0..${commands.length - 1}`,
      );
    }
    commands.push(command);
    responses.push(
      line.response === undefined
        ? undefined
        : decodeOrThrow(subsystem.codecs.response, line.response, { ...where, field: "response" }),
    );
  }
  return { file, header, subsystem, config, level: header.level, commands, responses };
};
