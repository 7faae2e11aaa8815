import { describe, expect, it } from "vitest";
import { RandomChoices } from "../engine/choices.js";
import { commandsOfRun } from "../engine/random.js";
import { Session } from "../engine/session.js";
import { PackedStepper, ReadableStepper } from "../engine/stepper.js";
import { FULL } from "../testing.js";
import { PackedCommon } from "./common/packed.js";
import { model } from "./common/step.js";
import { allCommands, common, sizes } from "./common/subsystem.js";
import type { Config } from "./common/vocabulary.js";
import { campaign, search, searchOrbits } from "./comparison.js";
import { runFastCheck } from "./fast-check.js";
import { judgedClauses } from "./subsystems.js";

/** Steps both models through random commands and compares answers and all that a view shows. */
const twins = (config: Config, steps: number): void => {
  const packed = new PackedStepper(new PackedCommon(config));
  const readable = new ReadableStepper(model, config);
  const commands = allCommands(config);
  const choices = new RandomChoices(11);
  for (let i = 0; i < steps; i++) {
    const command = commands[choices.below(commands.length)] as (typeof commands)[number];
    packed.commit();
    readable.commit();
    expect(packed.apply(command)).toEqual(readable.apply(command));
    const [p, r] = [packed.after, readable.after];
    expect([
      p.onlineMask,
      p.globalAvailable,
      p.globalAllocated,
      p.globalReserved,
      p.countSystem(),
    ]).toEqual([
      r.onlineMask,
      r.globalAvailable,
      r.globalAllocated,
      r.globalReserved,
      r.countSystem(),
    ]);
    for (let cpu = 0; cpu < config.cpus; cpu++) {
      expect([p.available(cpu), p.allocated(cpu), p.reserved(cpu), p.overlaps(cpu)]).toEqual([
        r.available(cpu),
        r.allocated(cpu),
        r.reserved(cpu),
        r.overlaps(cpu),
      ]);
      for (let v = 0; v < config.vectors; v++) {
        expect(p.slot(cpu, v)).toBe(r.slot(cpu, v));
        if (v < 3) expect(p.nextInUse(cpu, v)).toBe(r.nextInUse(cpu, v));
      }
    }
    for (let thread = 0; thread < config.threads; thread++) {
      expect(p.picked(thread)).toBe(r.picked(thread));
    }
  }
};

describe("the common specification", () => {
  it("packed equals readable, dense and wide", () => {
    twins(sizes.M, 800);
    twins(sizes.R, 800);
    twins({ cpus: 4, vectors: 40, threads: 2 }, 60);
  });

  it("S has the states, transitions and levels that other tools count", () => {
    const result = search(sizes.S);
    expect(result.states).toBe(397_175);
    expect(result.transitions - result.unchanged).toBe(8_753_500);
    expect(result.levels).toBe(15);
    expect(result.counterexample).toBe(undefined);
    expect(result.complete).toBe(true);
  });

  it.skipIf(!FULL)("R has them too", () => {
    const result = search(sizes.R);
    expect(result.states).toBe(312_179);
    expect(result.transitions - result.unchanged).toBe(4_007_752);
    expect(result.levels).toBe(14);
    expect(result.counterexample).toBe(undefined);
  });

  it.skipIf(!FULL)("S has 69,423 orbits under CPU symmetry, with ties a free choice", () => {
    const result = searchOrbits(sizes.S);
    expect(result.symmetry).toBe(true);
    expect(result.states).toBe(69_423);
    expect(result.counterexample).toBe(undefined);
  });

  it("seeded bugs have counterexamples of 2, 3 and 5 commands", () => {
    expect(search(sizes.S, "a").counterexample?.commands.length).toBe(2);
    expect(search(sizes.R, "b").counterexample?.commands.length).toBe(3);
    expect(search(sizes.S, "c").counterexample?.commands.length).toBe(5);
  });

  it("counterexamples found under symmetry break the clause from the start", () => {
    for (const [bug, config] of [
      ["b", sizes.R],
      ["c", sizes.S],
    ] as const) {
      const found = searchOrbits(config, bug).counterexample;
      const subsystem = common(bug);
      const clauses = judgedClauses(subsystem, "contract");
      const session = new Session(subsystem, config, "linux", clauses);
      session.reset();
      expect(found?.commands.map((command) => session.perform(command))).toEqual(
        found?.commands.map((_command, i) => i < found.commands.length - 1),
      );
      expect(session.violated()).toEqual(found?.clauses);
    }
  });

  it("random campaigns find nothing in the right model and every bug in the others", () => {
    const range = { first: 0, runs: 64, length: 100 };
    expect(campaign(sizes.M, range).finds).toEqual([]);
    expect(campaign(sizes.R, range).finds).toEqual([]);
    expect(campaign(sizes.real, range).finds).toEqual([]);
    expect(campaign(sizes.S, { ...range, bug: "a" }).finds.length).toBeGreaterThan(0);
    expect(campaign(sizes.R, { ...range, bug: "b" }).finds.length).toBeGreaterThan(0);
    expect(campaign(sizes.S, { ...range, runs: 256, bug: "c" }).finds.length).toBeGreaterThan(0);
  });

  it("the same seed gives the same hash, and a run's commands come again", () => {
    const range = { first: 0, runs: 32, length: 50 };
    expect(campaign(sizes.M, range).hash).toBe(campaign(sizes.M, range).hash);
    const subsystem = common();
    const clauses = judgedClauses(subsystem, "linux");
    const options = { subsystem, config: sizes.M, level: "linux" as const, clauses, seed: 7 };
    expect(commandsOfRun({ ...options, ...range }, 5)).toEqual(
      commandsOfRun({ ...options, ...range }, 5),
    );
  });

  it("fast-check holds its machine to the same invariants", () => {
    expect(runFastCheck(sizes.M, { seed: 1, runs: 100, length: 100 })).toBeGreaterThan(1000);
    expect(runFastCheck(sizes.real, { seed: 1, runs: 20, length: 100 })).toBeGreaterThan(200);
  });
});
