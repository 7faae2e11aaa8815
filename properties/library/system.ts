/** Systems under test as a kernel developer's own test file has them. */
import type { Level } from "../../spec/core/clause.js";
import type { Subsystem } from "../subsystem.js";
import { type Hello, SystemError } from "../sut/protocol.js";
import { StdioSystem } from "../sut/stdio.js";

/** A subsystem as far as its users see it: its configurations, commands and answers. */
export type Area<Config, Command extends { kind: string }, Response> = Subsystem<
  Config,
  // biome-ignore lint/suspicious/noExplicitAny: as above
  any,
  Command,
  Response,
  // biome-ignore lint/suspicious/noExplicitAny: as above
  any
>;

/**
 * A system in this process. What it throws breaks SYS-PANIC, an answer that is none SYS-TYPE.
 * References of commands (`freeRef`) are resolved before it sees them.
 */
export interface System<Config, Command extends { kind: string }, Response> {
  /** What messages call it. */
  readonly name?: string;
  /** Command kinds that it answers; all unless told. */
  readonly commands?: readonly Command["kind"][];
  /** What `observe` shows; clauses that need more are not judged. */
  readonly observes?: readonly string[];
  /** To the start of a configuration. */
  reset(config: Config): void | Promise<void>;
  apply(command: Command): Response | Promise<Response>;
  /** The state as the subsystem's observation, in JSON. */
  observe?(): unknown;
}

/** A program that was started by {@link startProgram}; it serves many runs. */
export interface Program {
  readonly command: string;
  /** Ends it. */
  close(): Promise<void>;
}

/** An object, a program that runs, or the command line of one that is started for one run. */
export type AnySystem<Config, Command extends { kind: string }, Response> =
  | System<Config, Command, Response>
  | Program
  | string;

// biome-ignore lint/suspicious/noExplicitAny: of whatever subsystem a trace is
export type AnyObject = System<any, any, any>;

/** A system of whatever subsystem. */
export type SomeSystem = AnyObject | Program | string;

/** Starts a program that speaks the protocol of properties/sut/PROTOCOL.md, in a shell. */
export const startProgram = async <Config, Command extends { kind: string }, Response>(
  area: Area<Config, Command, Response>,
  command: string,
  options: {
    /** Seconds it may take to answer; 10 unless told. */
    readonly timeout?: number;
  } = {},
): Promise<Program> => {
  if (command.trim() === "") {
    throw new SystemError("under test", "found an empty command line, expected a program");
  }
  const { timeout } = options;
  return StdioSystem.start(
    command,
    area,
    timeout === undefined ? {} : { timeoutMs: timeout * 1000 },
  );
};

/** What a system says of itself, an object as if it had been asked. */
export const claims = (
  area: { readonly commandKinds: readonly string[] },
  system: StdioSystem | AnyObject,
): Pick<Hello, "name" | "commands" | "observes"> => {
  if (system instanceof StdioSystem) return { ...system.hello, name: system.command };
  return {
    name: system.name ?? "in this process",
    commands: system.commands ?? area.commandKinds,
    observes: system.observe === undefined ? [] : (system.observes ?? []),
  };
};

/** A kind is answered by itself, by reference, or as what a reference becomes. */
export const answers = (kinds: readonly string[], kind: string): boolean =>
  kinds.includes(kind) || kinds.includes(`${kind}Ref`) || kinds.includes(kind.replace(/Ref$/, ""));

export type { Level };
