import { describe, expect, it } from "vitest";
import { InputError } from "../../../spec/core/decode.js";
import { stateClauses } from "../../../spec/hardware/machine/state-clauses.js";
import type { Config, View } from "../../../spec/hardware/machine/vocabulary.js";
import { commandsOfRun } from "../../engine/random.js";
import { SEED, seeded } from "../../testing.js";
import * as configs from "./configs.js";
import { decodeObservation, encodeObservation } from "./observation.js";
import { machine as subsystem } from "./subsystem.js";

const where = { file: "observation" };

/** The view after a run of random commands. */
const someView = (config: Config): View => {
  const options = {
    subsystem,
    config,
    level: "contract",
    clauses: [],
    seed: SEED >>> 0,
    first: 0,
    runs: 1,
    length: 200,
  } as const;
  const { model } = subsystem;
  const commands = commandsOfRun(options, 0) as Parameters<typeof model.step>[2][];
  const state = commands.reduce((m, c) => model.step(config, m, c).state, model.init(config));
  return model.view(config, state);
};

const zoo = [
  ["functions", configs.kinds],
  ["x2APIC", configs.x2apics],
  ["Intel", configs.intelX2apic],
  ["AMD", configs.amdGa],
] as const;

describe(seeded("the observation of a machine"), () => {
  it.each(zoo)("%s: encoded, written, read and decoded it is the same", (_name, config) => {
    const view = someView(config);
    const start = subsystem.model.view(config, subsystem.model.init(config));
    const text = JSON.stringify(encodeObservation(config, view));
    const back = decodeObservation(config, JSON.parse(text), where, start);
    expect(encodeObservation(config, back)).toEqual(encodeObservation(config, view));
    const t = {
      config,
      before: view,
      command: { kind: "lose" },
      response: { kind: "done" },
      after: view,
      observed: back,
      expected: undefined,
      touched: undefined,
    } as const;
    for (const clause of stateClauses) {
      if (clause.kind === "invariant") expect(clause.holds(t), clause.id).toBe(true);
    }
  });

  it.each(zoo)("%s: what is left out is as tracked", (_name, config) => {
    const view = someView(config);
    const back = decodeObservation(config, {}, where, view);
    expect(encodeObservation(config, back)).toEqual(encodeObservation(config, view));
  });

  it("names a list of the wrong length", () => {
    const view = someView(configs.kinds);
    const wrong = (value: unknown): unknown => {
      try {
        return decodeObservation(configs.kinds, value, where, view);
      } catch (error) {
        return error instanceof InputError ? error.message : error;
      }
    };
    expect(wrong({ functions: [] })).toContain("functions");
    expect(wrong({ apics: [{ irr: [0] }, {}, {}, {}] })).toContain("irr");
    const functions = view.functions.map(() => ({ config: [1, 2, 3] }));
    expect(wrong({ functions })).toContain("config");
    expect(wrong({ apics: [{ irr: ["x"] }] })).toContain("irr");
  });
});
