import { describe, expect, it } from "vitest";
import { fingerprint } from "../../../../models/irq/domain/interleaving/fingerprint.js";
import { compile, linesOf } from "../../../../models/irq/domain/interleaving/programs.js";
import { reports } from "../../../../models/irq/domain/interleaving/tasks.js";
import type { Command, Config } from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import { RandomChoices } from "../../../engine/choices.js";
import { seeded } from "../../../testing.js";
import { base, direct, remapped } from "./configs.js";
import { interleaving as subsystem } from "./subsystem.js";

const { model } = subsystem;

/** The answers to a list of commands, by Linux's order. */
const answers = (config: Config, commands: readonly Command[]): string[] => {
  let state = model.init(config);
  return commands.map((command) => {
    const outcome = model.step(config, state, command);
    state = outcome.state;
    return subsystem.responseText(outcome.response);
  });
};

const times = (n: number, actor: number): Command[] =>
  new Array<Command>(n).fill({ kind: "step", actor });

describe("the order of Linux", () => {
  it("a stored move is done by the CPU that acknowledges the next event", () => {
    const said = answers(base, [
      { kind: "begin", actor: 0, operation: "move", interrupt: 0, cpu: 1 },
      ...times(4, 0),
      { kind: "raise", interrupt: 0 },
      { kind: "interrupt", cpu: 0 },
      ...times(19, 2),
      { kind: "raise", interrupt: 0 },
    ]);
    expect(said).toEqual([
      ...["began", "locked lock=interrupt", "wanted cpu=1", "unlocked lock=interrupt", "finished"],
      ...["sent cpu=0 vector=0", "took vector=0", "dispatched interrupt=0"],
      ...["locked lock=interrupt", "masked", "locked lock=matrix", "found cpu=1 vector=0"],
      ...["claimed cpu=1 vector=0", "recorded cpu=1 vector=0", "slotSet cpu=1 vector=0"],
      ...["unlocked lock=matrix", "wroteData vector=0", "wroteAddress cpu=1", "unmasked"],
      ...["acknowledged", "started", "unlocked lock=interrupt", "ended", "locked lock=interrupt"],
      ...["closed", "unlocked lock=interrupt", "sent cpu=1 vector=0"],
    ]);
  });

  it("a remapped move rewrites and invalidates the entry, then queues the old vector", () => {
    const said = answers(remapped, [
      { kind: "begin", actor: 0, operation: "move", interrupt: 0, cpu: 1 },
      ...times(14, 0),
      { kind: "cleanup", cpu: 0 },
      ...times(7, 2),
    ]);
    expect(said).toEqual([
      ...["began", "locked lock=interrupt", "locked lock=matrix", "found cpu=1 vector=0"],
      ...["claimed cpu=1 vector=0", "recorded cpu=1 vector=0", "slotSet cpu=1 vector=0"],
      ...["unlocked lock=matrix", "wroteEntry cpu=1 vector=0", "invalidated"],
      ...["locked lock=matrix", "queued", "unlocked lock=matrix", "unlocked lock=interrupt"],
      ...["finished", "began", "locked lock=matrix", "inspected pending=false"],
      ...["released cpu=0 vector=0", "slotCleared cpu=0 vector=0", "forgot"],
      ...["unlocked lock=matrix", "finished"],
    ]);
  });
});

describe("programs", () => {
  it("name only steps that exist, know their reports, and are in an order that they admit", () => {
    for (const isRemapped of [false, true]) {
      // The two forms of free and allocate share lines that name a step of the other form.
      const other = linesOf(!isRemapped);
      for (const [work, lines] of Object.entries(linesOf(isRemapped))) {
        const names = new Set(lines.map((l) => l.name));
        const both = new Set([...names, ...other[work as keyof typeof other].map((l) => l.name)]);
        expect(names.size).toBe(lines.length);
        expect(lines.length).toBeLessThan(31);
        lines.forEach((l, at) => {
          for (const before of l.after) {
            expect(both.has(before), `${work}: ${l.name} after ${before}`).toBe(true);
            const place = lines.findIndex((other) => other.name === before);
            expect(place, `${work}: ${l.name} after ${before}`).toBeLessThan(at);
          }
        });
        for (const s of compile(lines).steps) expect(reports[s.task].length).toBeGreaterThan(0);
      }
    }
  });
});

describe(seeded("following"), () => {
  it.each([
    ["linux", base],
    ["linux, remapped", remapped],
    ["contract", direct],
  ] as const)("the answers of the model leads to its states: %s", (name, start) => {
    const config = { ...start, interrupts: 2, threads: 3, operations: 3, events: 3 };
    const level = name.startsWith("linux") ? "linux" : "contract";
    const choices = new RandomChoices(7);
    const weights = new Map(Object.entries(subsystem.generator.weights));
    for (let run = 0; run < 12; run++) {
      let state = model.init(config);
      for (let n = 0; n < 120; n++) {
        const command = subsystem.generator.draw(choices, { config, level, view: state, weights });
        const all = model.outcomes(config, state, command);
        const outcome =
          level === "linux"
            ? model.step(config, state, command)
            : (all[choices.below(all.length)] as (typeof all)[number]);
        const followed = model.follow(config, state, command, outcome.response);
        if (n === 119) expect(followed).toEqual(outcome.state);
        expect(fingerprint(config, followed).join()).toBe(
          fingerprint(config, outcome.state).join(),
        );
        state = outcome.state;
      }
    }
  });
});
