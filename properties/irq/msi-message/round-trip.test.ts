import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../../spec/core/decode.js";
import type { Command, Config } from "../../../spec/irq/msi-message/vocabulary.js";
import { commandList } from "../../engine/arbitrary.js";
import { ReadableStepper } from "../../engine/stepper.js";
import { SEED, seeded } from "../../testing.js";
import { amdGa, amdLegacy, base, intel } from "./configs.js";
import { encodeObservation } from "./observation.js";
import { msiMessage as subsystem } from "./subsystem.js";

const configs: readonly Config[] = [
  base,
  { ...intel, tableEntries: 64 },
  { ...amdLegacy, tableEntries: 64 },
  { ...amdGa, tableEntries: 64 },
];
const options = { seed: SEED, numRuns: 40 };
const where = { file: "test" };

const decoded = (codec: { decode: (u: unknown) => unknown }, value: unknown): unknown =>
  (codec.decode(value) as { right?: unknown }).right;

describe(seeded("interrupt messages, there and back"), () => {
  const runs = fc
    .constantFrom(...configs)
    .chain((config) =>
      fc.tuple(fc.constant(config), commandList<Command>(subsystem, config, "linux")),
    );

  it("commands, responses and observations survive JSON", () => {
    fc.assert(
      fc.property(runs, ([config, commands]) => {
        const stepper = new ReadableStepper(subsystem.model, config);
        const { command: c, response: r, config: k } = subsystem.codecs;
        expect(decoded(k, JSON.parse(JSON.stringify(k.encode(config))))).toEqual(config);
        for (const command of commands) {
          const response = stepper.apply(command);
          const json = JSON.stringify([c.encode(command), r.encode(response)]);
          const [left, right] = JSON.parse(json) as [unknown, unknown];
          expect(decoded(c, left)).toEqual(command);
          expect(decoded(r, right)).toEqual(response);
          stepper.commit();
        }
        const shown = encodeObservation(config, stepper.after);
        const view = subsystem.observation.decode(
          config,
          JSON.parse(JSON.stringify(shown)),
          where,
          subsystem.model.init(config),
        );
        expect(encodeObservation(config, view)).toEqual(shown);
        expect(subsystem.describe(config, view)).toEqual(subsystem.describe(config, stepper.after));
      }),
      options,
    );
  });

  it("following Linux's own responses ends in Linux's own state", () => {
    fc.assert(
      fc.property(runs, ([config, commands]) => {
        const own = new ReadableStepper(subsystem.model, config);
        const led = new ReadableStepper(subsystem.model, config);
        for (const command of commands) {
          led.follow(command, own.apply(command));
          own.commit();
          led.commit();
        }
        const print = (state: typeof own.state) => [
          ...(subsystem.fingerprint?.(config, state) ?? []),
        ];
        expect(print(led.state)).toEqual(print(own.state));
      }),
      options,
    );
  });

  it("Linux's outcome is among those of the contract, and first", () => {
    fc.assert(
      fc.property(runs, ([config, commands]) => {
        const stepper = new ReadableStepper(subsystem.model, config);
        for (const command of commands) {
          const first = subsystem.model.outcomes(config, stepper.before, command)[0];
          expect(first?.response).toEqual(stepper.apply(command));
          stepper.commit();
        }
      }),
      options,
    );
  });

  it("a malformed observation is refused with its field", () => {
    const config = configs[1] as Config;
    const init = subsystem.model.init(config);
    const decode = (value: unknown) => () =>
      subsystem.observation.decode(config, value, where, init);
    expect(decode({ blocked: "no" })).toThrow(InputError);
    expect(decode({ enabled: [true, true] })).toThrow("expected the 1 configured");
    const table = (entries: unknown) => ({ tables: [{ key: 0, blocks: [], entries }] });
    expect(decode(table([{ index: 0, words: ["0x1"] }]))).toThrow("of 1 words, expected 2");
    expect(decode(table([{ index: 64, words: ["0x1", "0x0"] }]))).toThrow("below 64");
    expect(decode({ log: [{ kind: "stare" }] })).toThrow("log");
    expect(decode({})()).toEqual(init);
  });
});
