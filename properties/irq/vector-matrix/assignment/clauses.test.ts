import { describe, expect, it } from "vitest";
import type { levels } from "../../../../spec/core/clause.js";
import { clausesWithoutFault } from "../../../check/faults.js";
import { explore } from "../../../engine/explore.js";
import { scopeOf } from "../../../engine/judge.js";
import { runRandom } from "../../../engine/random.js";
import { localSystem } from "../../../engine/session.js";
import type { AnySubsystem } from "../../../subsystem.js";
import { SEED, seeded } from "../../../testing.js";
import { assignment as subsystem } from "./subsystem.js";

const judgedAt = (level: (typeof levels)[number]) =>
  scopeOf(subsystem.clauses, level, subsystem.observables).judged;

describe("clauses of vector assignment", () => {
  it("have unique ids, a source and a task", () => {
    const ids = subsystem.clauses.map((clause) => clause.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const clause of subsystem.clauses) {
      expect(clause.source.length).toBeGreaterThan(0);
      expect(clause.task).toBe("T1.3");
    }
  });

  it("cover every row of the sheet", () => {
    const ids = subsystem.clauses.map((clause) => clause.id);
    for (let n = 1; n <= 7; n++) expect(ids).toContain(`VEC-ASSIGN-${n}`);
    for (let n = 1; n <= 9; n++) expect(ids).toContain(`VEC-MOVE-${n}`);
    for (let n = 1; n <= 7; n++) expect(ids).toContain(`VEC-HOTPLUG-${n}`);
    for (let n = 1; n <= 2; n++) expect(ids).toContain(`VEC-AFF-${n}`);
  });

  it("name observables and command kinds that exist", () => {
    for (const clause of subsystem.clauses) {
      for (const name of clause.needs ?? []) expect(subsystem.observables).toContain(name);
      for (const kind of clause.on ?? []) expect(subsystem.commandKinds).toContain(kind);
    }
  });

  it("each judged one has a seeded fault", () => {
    expect(clausesWithoutFault(subsystem)).toEqual([]);
  });
});

describe(seeded("the reference of vector assignment"), () => {
  it.each(subsystem.campaigns.map((c) => [c.level, c.name, c] as const))(
    "holds at %s level: %s",
    (level, _name, campaign) => {
      const options = {
        subsystem,
        config: campaign.config,
        level,
        clauses: judgedAt(level),
        seed: SEED >>> 0,
        first: 0,
        runs: 16,
        length: Math.min(campaign.length, 200),
      };
      const result = runRandom(options);
      expect(result.finds).toEqual([]);
      // The generator stays clear of what a kernel does not survive.
      const clause = options.clauses.findIndex((c) => c.id === "VEC-ASSIGN-8");
      expect(result.exercised[clause]).toBe(result.commands);
    },
  );

  it.each(subsystem.campaigns.slice(0, 7).map((c) => [c.level, c.name, c] as const))(
    "as a stranger it holds at %s level too: %s",
    (level, _name, campaign) => {
      const { config } = campaign;
      // At contract level it makes choices of its own, told by a hash of its state.
      const own: typeof subsystem.model = {
        ...subsystem.model,
        step: (c, state, command) => {
          const all = subsystem.model.outcomes(c, state, command);
          let h = command.kind.length;
          for (const word of subsystem.fingerprint?.(c, state) ?? []) h = (h * 31 + word) >>> 0;
          return (all[h % all.length] ?? all[0]) as (typeof all)[number];
        },
      };
      const result = runRandom({
        subsystem,
        config,
        level,
        clauses: judgedAt(level),
        seed: SEED >>> 0,
        first: 0,
        runs: 16,
        length: 150,
        system: localSystem(subsystem, config, level === "contract" ? own : subsystem.model),
      });
      expect(result.finds).toEqual([]);
    },
  );

  it("holds in the states of a bounded search", () => {
    const { explorations }: AnySubsystem = subsystem;
    for (const exploration of explorations) {
      const { leftOut, ...rest } = exploration;
      const result = explore({
        subsystem,
        ...rest,
        clauses: judgedAt(exploration.level),
        commands: exploration.commands(exploration.config),
        maxStates: 600,
        ...(leftOut === undefined ? {} : { leftOut: leftOut.when }),
      });
      expect(result.counterexample).toBeUndefined();
    }
  });
});
