import { describe, expect, it } from "vitest";
import { levels } from "../../../spec/core/clause.js";
import { scopeOf } from "../../engine/judge.js";
import { runRandom } from "../../engine/random.js";
import { SEED, seeded } from "../../testing.js";
import { msiMessage as subsystem } from "./subsystem.js";

const judged = levels.map((level) => scopeOf(subsystem.clauses, level, subsystem.observables));

describe("clauses of interrupt messages", () => {
  it("have unique ids, a source and a task", () => {
    const ids = subsystem.clauses.map((clause) => clause.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const clause of subsystem.clauses) {
      expect(clause.source.length).toBeGreaterThan(0);
      expect(clause.task).toBe("T1.2");
    }
  });

  it("cover every row of the sheet", () => {
    const ids = new Set(subsystem.clauses.map((clause) => clause.id));
    for (let n = 1; n <= 11; n++) expect(ids).toContain(`MSI-COMPOSE-${n}`);
    for (let n = 1; n <= 16; n++) expect(ids).toContain(`MSI-IR-${n}`);
    for (const id of ["MSI-COMPOSE-8-L", "MSI-COMPOSE-10-L", "MSI-RESOLVE-1", "MSI-CODEC-1"]) {
      expect(ids).toContain(id);
    }
  });

  it("name observables and command kinds that exist", () => {
    for (const clause of subsystem.clauses) {
      for (const name of clause.needs ?? []) expect(subsystem.observables).toContain(name);
      for (const kind of clause.on ?? []) expect(subsystem.commandKinds).toContain(kind);
    }
  });

  it("each judged one has a seeded fault, at its own level", () => {
    for (const clause of judged[1]?.judged ?? []) {
      const faults = subsystem.faults.filter((fault) => fault.clause === clause.id);
      expect(faults.length, clause.id).toBeGreaterThan(0);
      for (const fault of faults) expect(fault.level).toBe(clause.level);
    }
  });

  it("what a silent system leaves unjudged is said", () => {
    const blind = scopeOf(subsystem.clauses, "contract", []);
    expect(blind.notJudged.map((n) => n.clause.id)).toContain("MSI-IR-7");
    expect(blind.judged.map((c) => c.id)).toContain("MSI-IR-2");
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

  it("exercises every judged clause in an eighth of the campaigns", () => {
    const silent = (judged[1]?.judged ?? []).filter((c) => (counts.get(c.id) ?? 0) === 0);
    expect(silent.map((c) => c.id)).toEqual([]);
  });
});
