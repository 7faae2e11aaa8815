import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../../spec/core/decode.js";
import type { Command, Config } from "../../../spec/irq/driver/vocabulary.js";
import { commandList } from "../../engine/arbitrary.js";
import { ReadableStepper } from "../../engine/stepper.js";
import { FULL, SEED, seeded } from "../../testing.js";
import { controller, roomy, scarce, scarceRemapped } from "./configs.js";
import { encodeObservation } from "./observation.js";
import { driver as subsystem } from "./subsystem.js";

const configs: readonly Config[] = [roomy, scarce, scarceRemapped, controller];
const options = { seed: SEED, numRuns: FULL ? 200 : 12 };
const where = { file: "test" };

const decoded = (codec: { decode: (u: unknown) => unknown }, value: unknown): unknown =>
  (codec.decode(value) as { right?: unknown }).right;

describe(seeded("the driver interface, there and back"), () => {
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
          stepper.after,
        );
        expect(encodeObservation(config, view)).toEqual(shown);
        expect(subsystem.describe(config, view)).toEqual(subsystem.describe(config, stepper.after));
      }),
      options,
    );
  });

  it("following Linux's own responses keeps to Linux's own devices, interrupts and counters", () => {
    fc.assert(
      fc.property(runs, ([config, commands]) => {
        const own = new ReadableStepper(subsystem.model, config);
        const led = new ReadableStepper(subsystem.model, config);
        for (const command of commands) {
          led.follow(command, own.apply(command));
          own.commit();
          led.commit();
        }
        expect(led.state.devices).toEqual(own.state.devices);
        expect(led.state.vectors.irqs).toEqual(own.state.vectors.irqs);
        expect(led.state.vectors.matrix).toEqual(own.state.vectors.matrix);
      }),
      options,
    );
  });

  it("Linux's outcome is among those of the contract, and first", () => {
    fc.assert(
      fc.property(runs, ([config, commands]) => {
        const stepper = new ReadableStepper(subsystem.model, config);
        for (const command of commands) {
          const first = subsystem.model.outcomes(config, stepper.state, command)[0];
          expect(first?.response).toEqual(stepper.apply(command));
          stepper.commit();
        }
      }),
      options,
    );
  });

  it("the picture has a cell for each CPU and vector shown", () => {
    const stepper = new ReadableStepper(subsystem.model, scarce);
    const drawn = subsystem.picture?.(scarce, stepper.after);
    expect(drawn?.rows).toHaveLength(scarce.apicIds.length);
    for (const line of drawn?.cells ?? []) expect(line).toHaveLength(drawn?.columns.length ?? -1);
  });

  it("a malformed observation is refused with its field", () => {
    const tracked = new ReadableStepper(subsystem.model, scarce).after;
    const decode = (value: unknown) => () =>
      subsystem.observation.decode(scarce, value, where, tracked);
    expect(decode({ reserved: "no" })).toThrow(InputError);
    expect(decode({ taken: [[32]] })).toThrow("expected the 2 configured");
    expect(decode({ taken: [[32], [300]] })).toThrow("taken");
    expect(encodeObservation(scarce, decode({})())).toEqual(encodeObservation(scarce, tracked));
  });
});
