import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, it } from "vitest";
import { RandomChoices } from "../engine/choices.js";
import { commandsOfRun } from "../engine/random.js";
import { PackedStepper, ReadableStepper } from "../engine/stepper.js";
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
    deepEqual(packed.apply(command), readable.apply(command));
    const [p, r] = [packed.after, readable.after];
    deepEqual(
      [p.onlineMask, p.globalAvailable, p.globalAllocated, p.globalReserved, p.countSystem()],
      [r.onlineMask, r.globalAvailable, r.globalAllocated, r.globalReserved, r.countSystem()],
    );
    for (let cpu = 0; cpu < config.cpus; cpu++) {
      deepEqual(
        [p.available(cpu), p.allocated(cpu), p.reserved(cpu), p.overlaps(cpu)],
        [r.available(cpu), r.allocated(cpu), r.reserved(cpu), r.overlaps(cpu)],
      );
      for (let v = 0; v < config.vectors; v++) {
        equal(p.slot(cpu, v), r.slot(cpu, v));
        if (v < 3) equal(p.nextInUse(cpu, v), r.nextInUse(cpu, v));
      }
    }
    for (let thread = 0; thread < config.threads; thread++) {
      equal(p.picked(thread), r.picked(thread));
    }
  }
};

describe("the common specification", () => {
  it("packed equals readable, dense and wide", () => {
    twins(sizes.M, 3000);
    twins(sizes.R, 3000);
    twins({ cpus: 4, vectors: 40, threads: 2 }, 500);
  });

  it("S has the states, transitions and levels that other tools count", () => {
    const result = search(sizes.S);
    equal(result.states, 397_175);
    equal(result.transitions - result.unchanged, 8_753_500);
    equal(result.levels, 15);
    equal(result.counterexample, undefined);
    ok(result.complete);
  });

  it("R has them too", () => {
    const result = search(sizes.R);
    equal(result.states, 312_179);
    equal(result.transitions - result.unchanged, 4_007_752);
    equal(result.levels, 14);
    equal(result.counterexample, undefined);
  });

  it("S has 69,423 orbits under CPU symmetry, with ties a free choice", () => {
    const result = searchOrbits(sizes.S);
    ok(result.symmetry);
    equal(result.states, 69_423);
    equal(result.counterexample, undefined);
  });

  it("seeded bugs have counterexamples of 2, 3 and 5 commands", () => {
    equal(search(sizes.S, "a").counterexample?.commands.length, 2);
    equal(search(sizes.R, "b").counterexample?.commands.length, 3);
    equal(search(sizes.S, "c").counterexample?.commands.length, 5);
  });

  it("random campaigns find nothing in the right model and every bug in the others", () => {
    const range = { first: 0, runs: 64, length: 100 };
    deepEqual(campaign(sizes.M, range).finds, []);
    deepEqual(campaign(sizes.R, range).finds, []);
    deepEqual(campaign(sizes.real, range).finds, []);
    ok(campaign(sizes.S, { ...range, bug: "a" }).finds.length > 0);
    ok(campaign(sizes.R, { ...range, bug: "b" }).finds.length > 0);
    ok(campaign(sizes.S, { ...range, runs: 256, bug: "c" }).finds.length > 0);
  });

  it("the same seed gives the same hash, and a run's commands come again", () => {
    const range = { first: 0, runs: 32, length: 50 };
    equal(campaign(sizes.M, range).hash, campaign(sizes.M, range).hash);
    const subsystem = common();
    const clauses = judgedClauses(subsystem, "linux");
    const options = { subsystem, config: sizes.M, level: "linux" as const, clauses, seed: 7 };
    deepEqual(
      commandsOfRun({ ...options, ...range }, 5),
      commandsOfRun({ ...options, ...range }, 5),
    );
  });

  it("fast-check holds its machine to the same invariants", () => {
    ok(runFastCheck(sizes.M, { seed: 1, runs: 100, length: 100 }) > 1000);
    ok(runFastCheck(sizes.real, { seed: 1, runs: 20, length: 100 }) > 200);
  });
});
