import { describe, expect, it } from "vitest";
import type { Level } from "../../../spec/core/clause.js";
import { InputError } from "../../../spec/core/decode.js";
import type { Command, Config, Response } from "../../../spec/irq/domain/vocabulary.js";
import { RandomChoices } from "../../engine/choices.js";
import { ReadableStepper } from "../../engine/stepper.js";
import { SEED, seeded } from "../../testing.js";
import { amdBlocks, farCpu, intel, twoCpus } from "./configs.js";
import { encodeObservation } from "./observation.js";
import { domain as subsystem } from "./subsystem.js";

const where = { file: "test" };
const weights = new Map(Object.entries(subsystem.generator.weights));

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const decoded = (codec: { decode: (u: unknown) => unknown }, value: unknown): unknown =>
  (codec.decode(value) as { right?: unknown }).right;

const fresh = (config: Config) =>
  new ReadableStepper(subsystem.model, config, subsystem.fingerprint);
type Stepper = ReturnType<typeof fresh>;

/** Random legal runs; `visit` after each command, before the next one. */
const wander = (
  config: Config,
  level: Level,
  visit: (stepper: Stepper, command: Command, response: Response, n: number) => void,
): void => {
  const choices = new RandomChoices(SEED);
  for (let run = 0; run < 6; run++) {
    const stepper = fresh(config);
    let issued = 0;
    for (let n = 0; n < 60; n++) {
      const drawing = { config, level, view: stepper.after, weights };
      const command = subsystem.generator.draw(choices, drawing);
      if (!subsystem.generator.enabled(config, level, stepper.after, command)) continue;
      const response = stepper.apply(command, level === "linux" ? undefined : choices);
      visit(stepper, command, response, issued++);
      stepper.commit();
    }
  }
};

const cases = [
  ["2 CPUs", twoCpus, "linux"],
  ["2 CPUs, other choices", twoCpus, "contract"],
  ["Intel remapping", intel, "linux"],
  ["AMD remapping, blocks, other choices", amdBlocks, "contract"],
  ["a far CPU", farCpu, "contract"],
] as const;

describe(seeded("the interrupt domain, there and back"), () => {
  it.each(cases)("survives JSON: %s", (_name, config, level) => {
    const { command: c, response: r, config: k } = subsystem.codecs;
    expect(decoded(k, json(k.encode(config)))).toEqual(config);
    const blank = subsystem.model.view(config, subsystem.model.init(config));
    wander(config, level, (stepper, command, response, n) => {
      expect(decoded(c, json(c.encode(command)))).toEqual(command);
      expect(decoded(r, json(r.encode(response)))).toEqual(response);
      if (n % 8 !== 0) return;
      const shown = encodeObservation(config, stepper.after);
      const view = subsystem.observation.decode(config, json(shown), where, blank);
      expect(encodeObservation(config, view)).toEqual(shown);
    });
  });

  it.each(cases)("following an answer leads where it came from: %s", (_name, config, level) => {
    const { follow, init } = subsystem.model;
    let led = init(config);
    let before = led;
    wander(config, level, (stepper, command, response, n) => {
      if (n === 0) before = init(config);
      led = follow(config, before, command, response);
      before = stepper.state;
      expect(led.machine.functions).toEqual(before.machine.functions);
      expect(led.machine.apics).toEqual(before.machine.apics);
      expect(led.machine.unit).toEqual(before.machine.unit);
      expect(led.entries.tables).toEqual(before.entries.tables);
      expect(led.descs).toEqual(before.descs);
      expect(led.cpus).toEqual(before.cpus);
      expect(led.lines).toEqual(before.lines);
      expect(led.tail).toBe(before.tail);
      expect(led.vectors.irqs).toEqual(before.vectors.irqs);
      expect(led.vectors.matrix.cpus).toEqual(before.vectors.matrix.cpus);
    });
  });

  it("a malformed observation is refused with its field", () => {
    const view = subsystem.model.view(twoCpus, subsystem.model.init(twoCpus));
    const decode = (value: unknown) => () =>
      subsystem.observation.decode(twoCpus, value, where, view);
    expect(decode({ descs: [{ irq: 9 }] })).toThrow(InputError);
    expect(decode({ descs: [{ irq: 9 }] })).toThrow("expected one of the 3 configured");
    expect(decode({ cpus: [{ cpu: 0, spurious: -1 }] })).toThrow("spurious");
  });
});
