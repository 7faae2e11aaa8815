/** What the tests of capabilities share: a run of commands, judged by every clause. */
import { expect } from "vitest";
import type { Level } from "../../../spec/core/clause.js";
import type { Access } from "../../../spec/irq/capability/access.js";
import type { Command, Config, Response, View } from "../../../spec/irq/capability/vocabulary.js";
import { scopeOf } from "../../engine/judge.js";
import { Session } from "../../engine/session.js";
import { remapped } from "./configs.js";
import { capability as subsystem } from "./subsystem.js";

export type Step = {
  readonly command: Command;
  readonly response: Response;
  readonly after: View;
};

/** The reference does the commands, every clause holds, and these are its answers. */
export const judged = (
  commands: readonly Command[],
  config: Config = remapped,
  level: Level = "linux",
): readonly Step[] => {
  const { judged: clauses } = scopeOf(subsystem.clauses, level, subsystem.observables);
  const session = new Session(subsystem, config, level, clauses);
  session.reset();
  return commands.map((command) => {
    session.perform(command);
    expect(session.violated(), JSON.stringify(subsystem.commandText(command))).toEqual([]);
    return { command, response: session.t.response as Response, after: session.t.after as View };
  });
};

/** Ids of the clauses that an answer breaks, after these commands. */
export const broken = (
  commands: readonly Command[],
  last: Command,
  response: Response,
  config: Config = remapped,
  level: Level = "linux",
): readonly string[] => {
  const { judged: clauses } = scopeOf(subsystem.clauses, level, subsystem.observables);
  const session = new Session(subsystem, config, level, clauses);
  session.reset();
  for (const command of commands) session.perform(command);
  session.accept(last, response);
  return session.violated();
};

export const lastOf = (steps: readonly Step[]): Step => steps[steps.length - 1] as Step;

export const found = (step: Step): number =>
  step.response.kind === "walked" ? step.response.found : -1;

export const busOf = (step: Step): readonly Access[] =>
  "bus" in step.response ? step.response.bus : [];

/** Writes of a log as text, in order. */
export const writes = (step: Step): readonly string[] =>
  busOf(step)
    .filter((a) => a.write)
    .map((a) => `${a.space}+${a.offset.toString(16)}:${8 * a.width}=${a.value.toString(16)}`);

/** Places from 0x40 on where something was read, in order. */
export const headersRead = (step: Step): readonly number[] =>
  busOf(step)
    .filter((a) => a.space === "config" && a.offset >= 0x40)
    .map((a) => a.offset);
