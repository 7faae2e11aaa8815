/** The words of the protocol between the tool and a system under test; see PROTOCOL.md. */
import * as t from "io-ts";
import type { Level } from "../../spec/core/clause.js";
import { decodeOrThrow, InputError, shown } from "../../spec/core/decode.js";
import type { SystemClauseId } from "../../spec/core/system-clauses.js";
import type { AnySubsystem } from "../subsystem.js";

export const PROTOCOL = 1;
/** Longest line that is read, in characters. */
export const MAX_LINE = 1024 * 1024;
export const DEFAULT_TIMEOUT_MS = 10_000;

const FLUSH = '{"kind":"flush"}\n';
const OBSERVE = '{"kind":"observe"}\n';
export const RESET = '{"kind":"reset"}\n';

/** The lines of a batch; `observed` says after which commands the state is asked for. */
export const batchText = (
  subsystem: AnySubsystem,
  commands: readonly unknown[],
  observed: (index: number) => boolean,
): string => {
  const codec = subsystem.codecs.command;
  let text = "";
  for (let i = 0; i < commands.length; i++) {
    text += `${JSON.stringify(codec.encode(commands[i]))}\n`;
    if (observed(i)) text += OBSERVE;
  }
  return text + FLUSH;
};

/** The system could not be used: it did not start, or the handshake failed. Exit status 2. */
export class SystemError extends InputError {
  constructor(command: string, problem: string) {
    super({ file: `system ${command}` }, problem);
    this.name = "SystemError";
  }
}

/** The system does not support this configuration, and says why. */
export class ConfigRefused extends SystemError {
  readonly reason: string;
  constructor(command: string, reason: string) {
    super(command, `refuses the configuration: ${reason}`);
    this.name = "ConfigRefused";
    this.reason = reason;
  }
}

/** What a system did instead of answering. */
export type SystemFault = {
  readonly clause: SystemClauseId;
  /** Number, in its batch or list, of the first command that has no right answer. */
  readonly at: number;
  readonly message: string;
  /** The end of what the system wrote to its standard error. */
  readonly stderr?: string;
};

/** The answer to a reference whose command gave nothing; such a command is not judged. */
export const SKIPPED = { kind: "skipped" } as const;

/** What a system says of itself. */
export type Hello = {
  readonly name: string;
  /** The strictest level that the system claims; absent: not stated. */
  readonly level?: Level;
  /** Command kinds that it answers. */
  readonly commands: readonly string[];
  /** Observables that its answers to `observe` hold. */
  readonly observes: readonly string[];
  /** It resolves references to earlier results itself. */
  readonly refs: boolean;
  /** Fields of the configuration that the system does not leave open, such as a vector scope. */
  readonly fixed: Readonly<Record<string, unknown>>;
};

const known = ["kind", "protocol", "subsystem", "name", "level", "commands", "observes", "refs"];

const HelloLine = t.intersection(
  [
    t.type({
      name: t.string,
      commands: t.array(t.string, "a list of command kinds"),
    }),
    t.partial({
      level: t.union([t.literal("contract"), t.literal("linux")], '"contract" or "linux"'),
      observes: t.array(t.string, "a list of observables"),
      refs: t.boolean,
    }),
  ],
  "a hello",
);

/** A name outside a list, with the list. */
const stranger = (
  names: readonly string[],
  allowed: readonly string[],
  what: string,
): string | undefined => {
  const name = names.find((n) => !allowed.includes(n));
  return name === undefined
    ? undefined
    : `${what} "${name}", expected some of ${allowed.join(", ")}`;
};

/** Decodes a system's hello. Throws {@link SystemError}. */
export const decodeHello = (command: string, subsystem: AnySubsystem, value: unknown): Hello => {
  const fail = (problem: string): never => {
    throw new SystemError(command, `hello: ${problem}`);
  };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return fail(`found ${shown(value)}, expected {"kind":"hello",...}`);
  }
  const line = value as Record<string, unknown>;
  if (line.kind !== "hello") fail(`found kind ${shown(line.kind)}, expected "hello"`);
  if (line.protocol !== PROTOCOL) {
    fail(`speaks protocol ${shown(line.protocol)}, this tool speaks ${PROTOCOL}`);
  }
  if (line.subsystem !== subsystem.path) {
    fail(`is a system of ${shown(line.subsystem)}, expected "${subsystem.path}"`);
  }
  let decoded: t.TypeOf<typeof HelloLine>;
  try {
    decoded = decodeOrThrow(HelloLine, line, { file: "hello" });
  } catch (error) {
    throw new SystemError(command, (error as Error).message);
  }
  const { name, level, commands, observes = [], refs = false } = decoded;
  const wrong =
    stranger(commands, subsystem.commandKinds, "answers the unknown command") ??
    stranger(observes, subsystem.observables, "shows the unknown observable");
  if (wrong !== undefined) fail(wrong);
  if (commands.length === 0) fail("answers no command");
  const fixed = Object.fromEntries(Object.entries(line).filter(([key]) => !known.includes(key)));
  return { name, ...(level === undefined ? {} : { level }), commands, observes, refs, fixed };
};

/** The configuration with the fields that the system fixes. Throws {@link SystemError}. */
export const fixedConfig = (
  command: string,
  subsystem: AnySubsystem,
  config: unknown,
  hello: Hello,
): unknown => {
  const names = Object.keys(hello.fixed);
  if (names.length === 0) return config;
  const encoded = subsystem.codecs.config.encode(config) as Record<string, unknown>;
  const wrong = stranger(names, Object.keys(encoded), "fixes the unknown configuration field");
  if (wrong !== undefined) throw new SystemError(command, `hello: ${wrong}`);
  let merged: unknown;
  try {
    merged = decodeOrThrow(
      subsystem.codecs.config,
      { ...encoded, ...hello.fixed },
      { file: "hello" },
    );
  } catch (error) {
    throw new SystemError(command, (error as Error).message);
  }
  const problem = subsystem.checkConfig(merged);
  if (problem !== undefined) {
    throw new SystemError(
      command,
      `hello: with its fixed fields ${problem.field} ${problem.problem}`,
    );
  }
  return merged;
};
