import { describe, expect, it } from "vitest";
import type { Config, Response } from "../../../spec/irq/driver/vocabulary.js";
import { scopeOf } from "../../engine/judge.js";
import { type RandomOptions, recordRun, runRandom } from "../../engine/random.js";
import type { LocalSystem } from "../../engine/session.js";
import { FULL, SEED, seeded } from "../../testing.js";
import { controller, roomy, scarce } from "./configs.js";
import { Stranger } from "./stranger.js";
import { driver as subsystem } from "./subsystem.js";

/** The daemon under test, its answers changed on the way out. */
const run = (config: Config, change: (response: Response) => Response = (r) => r) => {
  const stranger = new Stranger(config);
  const system: LocalSystem = {
    reset: () => stranger.reset(),
    apply: (command) => change(stranger.apply(command)),
    observe: () => undefined,
  };
  const options: RandomOptions = {
    subsystem,
    config,
    level: "contract",
    clauses: scopeOf(subsystem.clauses, "contract", []).judged,
    seed: SEED >>> 0,
    first: 0,
    runs: FULL ? 128 : 12,
    length: 120,
    stop: true,
    system,
  };
  const result = runRandom(options);
  const [find] = result.finds;
  const last = find === undefined ? [] : recordRun(options, find.run).slice(-1);
  const clauses = options.clauses.map((clause) => clause.id);
  return { result, clauses, last, finds: find?.clauses ?? [] };
};

describe(seeded("a daemon of another design than Linux"), () => {
  it.each([
    ["room for all", roomy],
    ["few vectors", scarce],
    ["a queue a CPU", controller],
  ] as const)("keeps the contract: %s", (_name, config) => {
    const { result, last } = run(config);
    expect([result.finds, last]).toEqual([[], []]);
  });

  it("exercises what its answers show", () => {
    const { result, clauses } = run(controller);
    for (const id of ["DRV-1", "DRV-4", "DRV-6", "DRV-7-N", "DRV-8", "DRV-9", "DRV-METRIC-1"]) {
      expect(result.exercised[clauses.indexOf(id)], id).toBeGreaterThan(0);
    }
  });

  it("is caught when it tells no driver that it was woken", () => {
    const { finds } = run(controller, (r) =>
      r.kind === "delivered" && r.woken ? { ...r, woken: false } : r,
    );
    expect(finds).toEqual(["DRV-9-W"]);
  });
});
