import { describe, expect, it } from "vitest";
import { scopeOf } from "../../engine/judge.js";
import { runRandom } from "../../engine/random.js";
import { localSystem } from "../../engine/session.js";
import { FULL, long, SEED, seeded } from "../../testing.js";
import { capability as subsystem } from "./subsystem.js";

const names = subsystem.faults.map((fault) => fault.name);

describe("faults of capabilities", () => {
  it("hold the real ones among them", () => {
    const real = [
      ["msix-enable-writes-function-mask", "MSI-CAP-14"],
      ["walk-stops-on-backwards-pointer", "MSI-CAP-2"],
      ["msix-entry-reprogrammed-while-unmasked", "MSIX-PROG-4"],
      ["table-size-mask-10-bits", "MSI-CAP-10"],
      ["table-at-the-end-of-its-bar-refused", "MSI-CAP-13"],
    ];
    for (const [name, clause] of real) {
      expect(subsystem.faults.find((fault) => fault.name === name)?.clause).toBe(clause);
    }
    expect(new Set(names).size).toBe(names.length);
  });

  it("leave no judged clause without one, each at its clause's level", () => {
    for (const clause of subsystem.clauses) {
      const own = subsystem.faults.filter((fault) => fault.clause === clause.id);
      expect(own.length, clause.id).toBeGreaterThan(0);
      for (const fault of own) expect(fault.level, fault.name).toBe(clause.level);
    }
  });
});

/** With the suite's seed the catalogue's test tries them; here it is three others. */
const seeds = [1, 2, 3].map((n) => ((SEED >>> 0) + n) >>> 0);

describe.skipIf(!FULL)(seeded(`seeded faults of capabilities, by other seeds${long}`), () => {
  it.each(subsystem.faults.map((fault) => [fault.name, fault] as const))("%s", (_name, fault) => {
    const config = fault.config ?? subsystem.faultConfig;
    const { judged } = scopeOf(subsystem.clauses, fault.level, subsystem.observables);
    for (const seed of seeds) {
      const result = runRandom({
        subsystem,
        config,
        level: fault.level,
        clauses: judged.filter((clause) => clause.id === fault.clause),
        seed,
        first: 0,
        runs: 768,
        length: 60,
        stop: true,
        system: localSystem(subsystem, config, fault.wrap(subsystem.model)),
      });
      expect(result.finds[0]?.clauses).toEqual([fault.clause]);
    }
  });
});
