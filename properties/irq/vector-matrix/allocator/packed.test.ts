import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pack } from "../../../../models/irq/vector-matrix/allocator/pack.js";
import { PackedMatrix } from "../../../../models/irq/vector-matrix/allocator/packed.js";
import type { Command, Config } from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { commandList } from "../../../engine/arbitrary.js";
import { RandomChoices } from "../../../engine/choices.js";
import { SEED, seeded } from "../../../testing.js";
import { describe as describeState } from "./describe.js";
import { faultConfig } from "./faults.js";
import { allocator, fullRange, model } from "./subsystem.js";

const configs: readonly Config[] = [
  faultConfig,
  { ...faultConfig, online: [] },
  { ...faultConfig, scope: "global" },
  fullRange(3, 2),
];

describe(seeded("the packed matrix is the readable one"), () => {
  for (const config of configs) {
    it(`same answers and same words, ${config.cpus} CPUs, ${config.bits} bits, ${config.scope}`, () => {
      const packed = new PackedMatrix(config);
      const words = new Int32Array(packed.words);
      const expected = new Int32Array(packed.words);
      fc.assert(
        fc.property(commandList<Command>(allocator, config, "linux"), (commands) => {
          let state = model.init(config);
          packed.init(words);
          for (const command of commands) {
            const outcome = model.step(config, state, command);
            expect(packed.step(words, command)).toEqual(outcome.response);
            state = outcome.state;
            pack(packed.layout, state, expected);
            expect(words).toEqual(expected);
          }
        }),
        { numRuns: 100 },
      );
    });
  }

  it("follows a stranger's answers to the same state", () => {
    const config = faultConfig;
    const packed = new PackedMatrix(config);
    const words = new Int32Array(packed.words);
    const expected = new Int32Array(packed.words);
    const choices = new RandomChoices(SEED);
    fc.assert(
      fc.property(commandList<Command>(allocator, config, "contract"), (commands) => {
        let state = model.init(config);
        packed.init(words);
        for (const command of commands) {
          const outcomes = model.outcomes(config, state, command);
          const outcome = outcomes[choices.below(outcomes.length)];
          if (outcome === undefined) throw new Error("no outcome");
          const followed = model.follow(config, state, command, outcome.response);
          packed.follow(words, command, outcome.response);
          pack(packed.layout, followed, expected);
          expect(words).toEqual(expected);
          state = outcome.state;
          pack(packed.layout, state, expected);
          expect(words).toEqual(expected);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("shows the same through both views", () => {
    const packed = new PackedMatrix(faultConfig);
    const words = new Int32Array(packed.words);
    fc.assert(
      fc.property(commandList<Command>(allocator, faultConfig, "linux"), (commands) => {
        let state = model.init(faultConfig);
        for (const command of commands) state = model.step(faultConfig, state, command).state;
        pack(packed.layout, state, words);
        expect(describeState(faultConfig, packed.view(words))).toEqual(
          describeState(faultConfig, model.view(faultConfig, state)),
        );
      }),
      { numRuns: 50 },
    );
  });
});
