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
  it("there are some, and some show in the answers alone", () => {
    const shown = files.map(loadTrace).filter((trace) => {
      const { subsystem, level, header } = trace;
      const { judged } = scopeOf(subsystem.clauses, level, subsystem.observables);
      return recordedSystem(trace, level, judged).clauses.includes(header.clause ?? "");
    });
    const clauses = shown.map((trace) => trace.header.clause);
    expect(clauses).toEqual(expect.arrayContaining(["MSI-IR-1", "VEC-MATRIX-4", "VEC-MATRIX-8"]));
  });

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

    it(`${header.clause}: its recorded answers blame no other clause`, () => {
      // A clause that only the system's state breaks cannot be seen in answers.
      const { clauses } = recordedSystem(trace, level, judged);
      expect(clauses.length === 0 || clauses.includes(header.clause ?? "")).toBe(true);
    });
  }
});
