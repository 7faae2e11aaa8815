import { describe, expect, it } from "vitest";
import type { Machine } from "../../../models/hardware/machine/index.js";
import type { Command, Config, View } from "../../../spec/hardware/machine/vocabulary.js";
import { machine as subsystem } from "./subsystem.js";

const { model, generator } = subsystem;

/** Every state that is reached, breadth first; and the commands that changed one. */
const visit = (
  config: Config,
  commands: readonly Command[],
  leftOut: (config: Config, view: View, command: Command) => boolean,
): { readonly states: number; readonly changing: Set<Command> } => {
  const key = (m: Machine): string => subsystem.fingerprint?.(config, m).join() ?? "";
  const start = model.init(config);
  const seen = new Set([key(start)]);
  const changing = new Set<Command>();
  const queue = [start];
  for (let m = queue.shift(); m !== undefined; m = queue.shift()) {
    const before = key(m);
    const view = model.view(config, m);
    for (const command of commands) {
      if (!generator.enabled(config, "contract", view, command)) continue;
      if (leftOut(config, view, command)) continue;
      const next = model.step(config, m, command).state;
      const after = key(next);
      if (after !== before) changing.add(command);
      if (seen.has(after)) continue;
      seen.add(after);
      queue.push(next);
    }
  }
  return { states: seen.size, changing };
};

describe("small machines", () => {
  // A command that is never enabled, or never does anything, makes an exploration say little.
  it.each(subsystem.explorations.map((e) => [e.name, e] as const))(
    "%s: every command changes some state",
    (_name, exploration) => {
      const { config, commands, leftOut } = exploration;
      const all = commands(config);
      const { states, changing } = visit(config, all, leftOut?.when ?? (() => false));
      expect(states).toBeGreaterThan(500);
      const idle = all.filter((c) => !changing.has(c)).map(subsystem.commandText);
      expect(idle).toEqual([]);
    },
  );
});
