import { describe, expect, it } from "vitest";
import { tasks, tasksOf } from "../../spec/core/tasks.js";
import { subsystems } from "../catalogue.js";
import { checkMarkdown, type Evidence, gateMarkdown, taskEvidence } from "./evidence.js";
import { checkReport } from "./fixtures/check-sample.js";
import { gateSample, gateSamples } from "./fixtures/gate-samples.js";
import { UNSAFE } from "./fixtures/hostile.js";

const one = (task: string, verdict: Evidence["verdict"], clause = `${task}-C`): Evidence => ({
  clause,
  title: "t",
  area: "a",
  level: "contract",
  task,
  source: [],
  verdict,
  note: "",
  exercised: 1,
  trace: undefined,
});
const states = (evidence: readonly Evidence[]) =>
  Object.fromEntries(taskEvidence(evidence).map((t) => [t.id, t.state]));

describe("the plan's tasks", () => {
  it("come after those that they build on, and are what clauses name", () => {
    tasks.forEach(({ needs }, i) => {
      const before = tasks.slice(0, i).map((t) => t.id);
      expect(needs.filter((need) => !before.includes(need))).toEqual([]);
    });
    const ids = tasks.map((t) => t.id);
    expect(ids.length).toBe(18);
    const named = subsystems.flatMap((s) => s.clauses).flatMap((clause) => tasksOf(clause.task));
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
    expect(tasksOf("T2.2,T2.4")).toEqual(["T2.2", "T2.4"]);
  });
});

describe("evidence", () => {
  it("proves a task only when those that it builds on are proven", () => {
    expect(states([one("T1.3", "holds")])).toMatchObject({ "T1.2": "none", "T1.3": "waits" });
    const chain = [one("T1.1", "holds"), one("T1.2", "holds"), one("T1.3", "holds")];
    expect(states(chain)).toMatchObject({ "T1.1": "proven", "T1.2": "proven", "T1.3": "proven" });
    expect(states([...chain, one("T1.2", "not proven", "X")])).toMatchObject({
      "T1.1": "proven",
      "T1.2": "open",
      "T1.3": "waits",
    });
    expect(states([...chain, one("T1.1", "violated", "X")])).toMatchObject({
      "T1.1": "violated",
      "T1.3": "waits",
    });
  });

  it("counts what is not judged neither for nor against", () => {
    expect(states([one("T1.1", undefined)])["T1.1"]).toBe("none");
    expect(states([one("T1.1", undefined), one("T1.1", "holds", "X")])["T1.1"]).toBe("proven");
    // A crash is every task's that its area has to do with.
    expect(states([one("T1.1", "holds"), one("any", "violated")])["T1.1"]).toBe("violated");
  });

  it("lists each clause with level, source, verdict and trace", () => {
    const text = gateMarkdown(gateSample("new violation"));
    const line = text.split("\n").find((l) => l.startsWith("| VEC-MATRIX-4 |")) ?? "";
    expect(line).toContain("| contract | `linux kernel/irq/matrix.c:irq_matrix_free` |");
    expect(line).toContain("| violated, new |");
    expect(line).toContain("allocator/VEC-MATRIX-4-82095477.jsonl` |");
    expect(text).toMatch(/\| T1\.3 \| .* \| T1\.2 \| 14\/15 \| violated: VEC-MATRIX-4 \|/);
    expect(text).toMatch(/\| T4\.3 \| .* \| no clause judged \|/);
    expect(checkMarkdown(checkReport())).toContain("| VEC-MATRIX-4 |");
  });

  it("proves nothing of a head that does not build", () => {
    expect(gateMarkdown(gateSample("build failed"))).toMatch(
      /\| T1\.3 .* not proven: VEC-MATRIX-1, .* and \d+ more/,
    );
  });

  for (const [name, report] of gateSamples()) {
    it(`of "${name}" has whole tables and no foreign markup`, () => {
      const text = gateMarkdown(report);
      expect(text).not.toMatch(UNSAFE);
      expect(text.replaceAll("<br>", "").replace(/(`+).*?\1/g, "")).not.toMatch(/</);
      const cells = (line: string): number => line.replace(/\\\|/g, "").split("|").length;
      let width = 0;
      for (const line of text.split("\n")) {
        if (!line.startsWith("|")) width = 0;
        else if (width === 0) width = cells(line);
        else expect(cells(line), line).toBe(width);
      }
    });
  }
});
