import { describe, expect, it } from "vitest";
import { explore } from "../../../engine/explore.js";
import { scopeOf } from "../../../engine/judge.js";
import { FULL, long } from "../../../testing.js";
import { longExplorations } from "./campaigns.js";
import { interleaving as subsystem } from "./subsystem.js";

describe.runIf(FULL)(`interleaved steps, searched to the end${long}`, () => {
  it.each(longExplorations.map((e) => [`${e.level}: ${e.name}`, e] as const))(
    "%s",
    { timeout: 300_000 },
    (name, e) => {
      const { judged } = scopeOf(subsystem.clauses, e.level, subsystem.observables);
      const result = explore({
        subsystem,
        config: e.config,
        level: e.level,
        clauses: judged,
        commands: e.commands(e.config),
      });
      console.log(`${name}: ${result.states} states, ${result.transitions} transitions`);
      expect(result.counterexample).toBeUndefined();
      expect(result.complete).toBe(true);
    },
  );
});
