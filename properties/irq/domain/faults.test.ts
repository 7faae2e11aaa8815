import { describe, expect, it } from "vitest";
import { clausesWithoutFault } from "../../check/faults.js";
import { scopeOf } from "../../engine/judge.js";
import { runRandom } from "../../engine/random.js";
import { localSystem } from "../../engine/session.js";
import { SEED, seeded } from "../../testing.js";
import { domain as subsystem } from "./subsystem.js";

describe(seeded("seeded faults of the interrupt domain"), () => {
  it.each(subsystem.faults.map((fault) => [fault.name, fault] as const))("%s", (_name, fault) => {
    const config = fault.config ?? subsystem.faultConfig;
    expect(subsystem.checkConfig(config)).toBeUndefined();
    const { judged } = scopeOf(subsystem.clauses, fault.level, subsystem.observables);
    const result = runRandom({
      subsystem,
      config,
      level: fault.level,
      clauses: judged.filter((clause) => clause.id === fault.clause),
      seed: SEED >>> 0,
      first: 0,
      runs: 768,
      length: 60,
      stop: true,
      system: localSystem(subsystem, config, fault.wrap(subsystem.model)),
    });
    expect(result.finds[0]?.clauses).toEqual([fault.clause]);
  });

  it("leaves no judged clause without a fault", () => {
    expect(clausesWithoutFault(subsystem)).toEqual([]);
  });
});
