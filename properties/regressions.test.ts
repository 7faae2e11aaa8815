import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scopeOf } from "./engine/judge.js";
import { replayLocal } from "./engine/replay.js";
import { loadTrace } from "./input/load.js";
import { recordedSystem } from "./input/recorded.js";
import { packageRoot } from "./root.js";
import { systemByName } from "./systems.js";

const folder = join(packageRoot(), "traces", "regressions");
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".jsonl"))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();

describe("committed counterexamples still replay", () => {
  it("there are some", () => expect(files.length).toBeGreaterThan(0));

  for (const file of files) {
    const trace = loadTrace(file);
    const { subsystem, config, level, header, commands } = trace;
    const { judged } = scopeOf(subsystem.clauses, level, subsystem.observables);

    it(`${header.clause} on ${header.system}`, () => {
      const result = replayLocal(
        subsystem,
        config,
        level,
        judged,
        commands,
        systemByName(subsystem, config, header.system),
      );
      expect(result.clauses).toContain(header.clause);
      expect(result.steps.length).toBe(commands.length);
      expect(result.steps.map((step) => step.response)).toEqual(trace.responses);
    });

    it(`${header.clause} holds on the reference`, () => {
      const result = replayLocal(subsystem, config, level, judged, commands);
      expect(result.clauses).toEqual([]);
    });

    it(`${header.clause} is refused in the recorded answers, unless only the state shows it`, () => {
      const clause = subsystem.clauses.find((c: { id: string }) => c.id === header.clause);
      const result = recordedSystem(trace, level, judged);
      const seen = result.clauses.includes(header.clause ?? "");
      expect(seen || clause?.needs !== undefined || result.clauses.length === 0).toBe(true);
    });
  }
});
