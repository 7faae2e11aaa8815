import { describe, expect, it } from "vitest";
import {
  fingerprint,
  fingerprintWords,
} from "../../../../models/irq/vector-matrix/assignment/fingerprint.js";
import { InputError } from "../../../../spec/core/decode.js";
import type {
  Command,
  Config,
  Response,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { RandomChoices } from "../../../engine/choices.js";
import { ReadableStepper } from "../../../engine/stepper.js";
import { SEED, seeded } from "../../../testing.js";
import { faultConfig, nodes, remapped } from "./fault-tools.js";
import { encodeObservation } from "./observation.js";
import { assignment as subsystem } from "./subsystem.js";

const configs: readonly Config[] = [faultConfig, remapped, nodes];
const where = { file: "test" };
const weights = new Map(Object.entries(subsystem.generator.weights));

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const decoded = (codec: { decode: (u: unknown) => unknown }, value: unknown): unknown =>
  (codec.decode(value) as { right?: unknown }).right;

/** Random legal runs at linux level; `visit` after each command. */
const wander = (
  config: Config,
  visit: (stepper: Stepper, command: Command, response: Response, n: number) => void,
): void => {
  const choices = new RandomChoices(SEED);
  for (let run = 0; run < 12; run++) {
    const stepper = fresh(config);
    let issued = 0;
    for (let n = 0; n < 60; n++) {
      const drawing = { config, level: "linux" as const, view: stepper.after, weights };
      const command = subsystem.generator.draw(choices, drawing);
      if (!subsystem.generator.enabled(config, "linux", stepper.after, command)) continue;
      const response = stepper.apply(command);
      visit(stepper, command, response, issued++);
      stepper.commit();
    }
  }
};

/** Maps and sets in order; what a command wrote is output, not state. */
const plain = (key: string, value: unknown): unknown => {
  if (key === "writes") return undefined;
  if (value instanceof Set) return [...(value as Set<number>)].sort((a, b) => a - b);
  if (value instanceof Map) return [...(value as Map<number, number>)].sort(([a], [b]) => a - b);
  return value;
};

type Stepper = ReturnType<typeof fresh>;

const fresh = (config: Config) =>
  new ReadableStepper(subsystem.model, config, subsystem.fingerprint);

describe(seeded("vector assignment, there and back"), () => {
  it.each(configs.map((c, i) => [i, c] as const))("survives JSON: %s", (_i, config) => {
    const { command: c, response: r, config: k } = subsystem.codecs;
    expect(decoded(k, json(k.encode(config)))).toEqual(config);
    wander(config, (stepper, command, response) => {
      expect(decoded(c, json(c.encode(command)))).toEqual(command);
      expect(decoded(r, json(r.encode(response)))).toEqual(response);
      const shown = encodeObservation(config, stepper.after);
      const blank = subsystem.model.view(config, subsystem.model.init(config));
      const view = subsystem.observation.decode(config, json(shown), where, blank);
      expect(encodeObservation(config, view)).toEqual(shown);
    });
  });

  it("following Linux's own answers keeps to Linux's own interrupts and counters", () => {
    for (const config of configs) {
      let led = subsystem.model.init(config);
      wander(config, (stepper, command, response, n) => {
        if (n === 0) led = subsystem.model.init(config);
        led = subsystem.model.follow(config, led, command, response);
        expect(led.irqs).toEqual(stepper.state.irqs);
        expect(led.matrix).toEqual(stepper.state.matrix);
      });
    }
  });

  it("fingerprints are equal exactly where states are", () => {
    for (const config of configs) {
      const byWords = new Map<string, string>();
      const byState = new Map<string, string>();
      wander(config, ({ state }) => {
        const words = fingerprint(config, state);
        expect(words.length).toBe(fingerprintWords(config));
        const [w, s] = [words.join(), JSON.stringify(state, plain)];
        expect(byWords.get(w) ?? s).toBe(s);
        expect(byState.get(s) ?? w).toBe(w);
        byWords.set(w, s);
        byState.set(s, w);
      });
      expect(byWords.size).toBeGreaterThan(100);
    }
  });

  it("a malformed observation is refused with its field", () => {
    const view = subsystem.model.view(faultConfig, subsystem.model.init(faultConfig));
    const decode = (value: unknown) => () =>
      subsystem.observation.decode(faultConfig, value, where, view);
    expect(decode({ irqs: [{ irq: 9 }] })).toThrow(InputError);
    expect(decode({ irqs: [{ irq: 9 }] })).toThrow("expected one of the 4 configured");
    expect(decode({ cpus: [{ cpu: 3 }] })).toThrow("expected one of the 3 configured");
    expect(decode({ cpus: [{ cpu: 0, slots: [{ vector: 1, content: "?" }] }] })).toThrow("content");
    expect(decode({ writes: [{ irq: 0, dest: 0 }] })).toThrow("vector");
  });
});
