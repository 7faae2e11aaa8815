import { describe, expect, it } from "vitest";
import { scopeOf } from "../../engine/judge.js";
import { runRandom } from "../../engine/random.js";
import { localSystem } from "../../engine/session.js";
import { FULL, long, SEED, seeded } from "../../testing.js";
import { driver as subsystem } from "./subsystem.js";

// The short run has every fault in the catalogue's test, shrunk as well.
describe.runIf(FULL)(seeded(`seeded faults of the driver interface${long}`), () => {
  it.each(subsystem.faults.map((fault) => [fault.name, fault] as const))("%s", (_name, fault) => {
    const config = fault.config ?? subsystem.faultConfig;
    expect(subsystem.checkConfig(config)).toBeUndefined();
    const { judged } = scopeOf(subsystem.clauses, fault.level, subsystem.observables);
    const clauses = judged.filter((clause) => clause.id === fault.clause);
    // A witness is not broken: the fault shows in that it is never reached.
    const witness = clauses[0]?.kind === "witness";
    const result = runRandom({
      subsystem,
      config,
      level: fault.level,
      clauses,
      seed: SEED >>> 0,
      first: 0,
      runs: witness ? 64 : 768,
      length: 60,
      stop: true,
      system: localSystem(subsystem, config, fault.wrap(subsystem.model)),
    });
    if (witness) expect(result.exercised).toEqual([0]);
    else expect(result.finds[0]?.clauses).toEqual([fault.clause]);
  });
});
