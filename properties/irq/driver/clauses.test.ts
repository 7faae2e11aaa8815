import { describe, expect, it } from "vitest";
import { scopeOf } from "../../engine/judge.js";
import { runRandom } from "../../engine/random.js";
import type { LocalSystem } from "../../engine/session.js";
import { ReadableStepper } from "../../engine/stepper.js";
import { SEED, seeded } from "../../testing.js";
import { scarce } from "./configs.js";
import { driver as subsystem } from "./subsystem.js";

const atLinux = scopeOf(subsystem.clauses, "linux", subsystem.observables).judged;

describe("clauses of the driver interface", () => {
  it("are those of the sheet", () => {
    const ids = new Set(subsystem.clauses.map((clause) => clause.id));
    for (let n = 1; n <= 10; n++) expect(ids).toContain(`DRV-${n}`);
    for (let n = 1; n <= 4; n++) expect(ids).toContain(`DRV-METRIC-${n}`);
    expect(ids).toContain("DRV-4-L");
  });

  it("name observables and command kinds that exist", () => {
    for (const clause of subsystem.clauses) {
      if (clause.kind === "declared") continue;
      for (const name of clause.needs ?? []) expect(subsystem.observables).toContain(name);
      for (const kind of [...(clause.on ?? []), ...(clause.requires ?? [])]) {
        expect(subsystem.commandKinds).toContain(kind);
      }
    }
  });

  it("each has a seeded fault, at its own level", () => {
    for (const clause of atLinux) {
      const faults = subsystem.faults.filter((fault) => fault.clause === clause.id);
      expect(faults.length, clause.id).toBeGreaterThan(0);
      for (const fault of faults) expect(fault.level).toBe(clause.level);
    }
  });
});

describe(seeded("the reference"), () => {
  const counts = new Map<string, number>();

  it.each(subsystem.campaigns.map((c) => [c.name, c] as const))("holds: %s", (_name, campaign) => {
    const { judged: clauses } = scopeOf(subsystem.clauses, campaign.level, subsystem.observables);
    const result = runRandom({
      subsystem,
      config: campaign.config,
      level: campaign.level,
      clauses,
      seed: SEED >>> 0,
      first: 0,
      runs: Math.ceil(campaign.runs / 8),
      length: campaign.length,
    });
    expect(result.finds).toEqual([]);
    clauses.forEach((clause, i) => {
      counts.set(clause.id, (counts.get(clause.id) ?? 0) + (result.exercised[i] as number));
    });
  });

  it("exercises every clause in an eighth of the campaigns", () => {
    const silent = atLinux.filter((clause) => (counts.get(clause.id) ?? 0) === 0);
    expect(silent.map((clause) => clause.id)).toEqual([]);
  });
});

describe(seeded("a system that shows nothing beside its answers"), () => {
  it.each(["contract", "linux"] as const)("is judged by them alone, %s", (level) => {
    const { judged, notJudged } = scopeOf(subsystem.clauses, level, []);
    expect(notJudged.map(({ clause }) => clause.id)).toContain("DRV-5");
    const stepper = new ReadableStepper(subsystem.model, scarce);
    const system: LocalSystem = {
      reset: () => stepper.reset(),
      apply: (command) => {
        stepper.commit();
        const { writes: _unseen, ...rest } = stepper.apply(command as never) as {
          writes?: unknown;
        };
        return rest;
      },
      observe: () => undefined,
    };
    const result = runRandom({
      subsystem,
      config: scarce,
      level,
      clauses: judged,
      seed: SEED >>> 0,
      first: 0,
      runs: 16,
      length: 120,
      system,
    });
    expect(result.finds).toEqual([]);
  });
});
