import { describe, expect, test } from "vitest";
import { allocator } from "../irq/vector-matrix/allocator/subsystem.js";
import { type Compared, compareClauses, violationsOf } from "./compare.js";
import type { ReplayOutcome } from "./job.js";
import { clauseReport, judgeResult, violationReport, withClauses } from "./testing.js";

const id = "VEC-MATRIX-4";
const steps = ["alloc -> allocated", "free -> warned"];
const broken = (shape = steps) =>
  withClauses(
    judgeResult({ violations: [violationReport(id, shape)] }),
    clauseReport(id, "violated"),
  );
const outcome = (clauses: readonly string[]): ReplayOutcome => ({
  name: "trace",
  clauses,
  responses: ["allocated cpu=0 vector=32", "done"],
});

const compared = (part: Partial<Compared>): Compared => ({
  subsystem: allocator,
  level: "contract",
  base: judgeResult(),
  head: judgeResult(),
  headOnBase: new Map(),
  baseOnHead: new Map(),
  recovered: [],
  ownBase: undefined,
  ...part,
});

const changeOf = (part: Partial<Compared>): string | undefined => {
  const c = compared(part);
  return compareClauses(c, violationsOf(c)).find((clause) => clause.id === id)?.change;
};
const traceOf = (shape = steps): string => violationReport(id, shape).trace;

describe("a clause at head against base", () => {
  test("held on both sides is held", () => expect(changeOf({})).toBe("held"));

  test("broken at head on a trace that the base keeps is new", () => {
    const headOnBase = new Map([[traceOf(), outcome([])]]);
    expect(changeOf({ head: broken(), headOnBase })).toBe("new");
  });
  test("broken at head where the base has no answer is new", () => {
    expect(changeOf({ head: broken(), base: undefined })).toBe("new");
  });
  test("broken on the same trace by the base is known", () => {
    const headOnBase = new Map([[traceOf(), outcome([id])]]);
    expect(changeOf({ head: broken(), base: judgeResult(), headOnBase })).toBe("known");
  });
  test("broken in the same shape by the base is known", () => {
    expect(changeOf({ head: broken(), base: broken() })).toBe("known");
  });
  test("broken in another shape, on a trace that the base keeps, is new although the base breaks the clause", () => {
    const longer = ["online -> done", ...steps];
    const headOnBase = new Map([[traceOf(longer), outcome([])]]);
    expect(changeOf({ head: broken(longer), base: broken(), headOnBase })).toBe("new");
  });
  test("another clause that the base breaks on the trace does not make it known", () => {
    const headOnBase = new Map([[traceOf(), outcome(["VEC-MATRIX-9"])]]);
    expect(changeOf({ head: broken(), headOnBase })).toBe("new");
  });

  test("broken at base and kept at head on the same trace is fixed", () => {
    const baseOnHead = new Map([[traceOf(), outcome([])]]);
    expect(changeOf({ base: broken(), baseOnHead })).toBe("fixed");
  });
  test("a violation of the base that the head still has, though its own search missed it, is known", () => {
    const base = broken();
    const c = { base, baseOnHead: new Map([[traceOf(), outcome([id])]]) };
    expect(changeOf({ ...c, recovered: base.violations })).toBe("known");
  });

  test("not judged at head though judged at base is lost", () => {
    const head = withClauses(judgeResult(), clauseReport(id, "not judged", 0));
    expect(changeOf({ head })).toBe("lost");
  });
  test("violated at base and not judged at head is lost, never fixed", () => {
    const head = withClauses(judgeResult(), clauseReport(id, "not judged", 0));
    expect(changeOf({ base: broken(), head })).toBe("lost");
  });
  test("judged by the base's own harness alone and not judged at head is lost", () => {
    const without = withClauses(judgeResult(), clauseReport(id, "not judged", 0));
    expect(changeOf({ base: without, head: without, ownBase: judgeResult() })).toBe("lost");
  });
  test("judged on neither side is not judged", () => {
    const without = withClauses(judgeResult(), clauseReport(id, "not judged", 0));
    expect(changeOf({ base: without, head: without })).toBe("not judged");
  });
  test("never exercised at head in a search that ended is lost", () => {
    const head = withClauses(judgeResult(), clauseReport(id, "not exercised enough", 0));
    expect(changeOf({ head })).toBe("lost");
  });
  test("not exercised because the time ended is not proven", () => {
    const stages = [{ kind: "random", name: "c", commands: 3, complete: false } as const];
    const head = withClauses(judgeResult({ stages }), clauseReport(id, "not exercised enough", 0));
    expect(changeOf({ head })).toBe("not proven");
  });
  test("exercised too rarely at head is not proven", () => {
    const head = withClauses(judgeResult(), clauseReport(id, "not exercised enough", 3));
    expect(changeOf({ head })).toBe("not proven");
  });
  test("a head without an answer proves nothing", () => {
    expect(changeOf({ head: undefined })).toBe("not proven");
  });
  test("broken by the same command as another clause is new with it", () => {
    const other = { ...violationReport("VEC-MATRIX-9", steps), also: [id] };
    const head = withClauses(judgeResult({ violations: [other] }), clauseReport(id, "violated"));
    expect(changeOf({ head })).toBe("new");
  });
  test("broken without a trace is new, or known where the base breaks it", () => {
    const head = withClauses(judgeResult(), clauseReport(id, "violated"));
    expect(changeOf({ head })).toBe("new");
    expect(changeOf({ head, base: head })).toBe("known");
  });
  test("what does not come again is unstable", () => {
    const unstable = [{ ...violationReport(id, steps), reproduced: { times: 3, of: 10 } }];
    const head = withClauses(judgeResult({ unstable }), clauseReport(id, "violated"));
    expect(changeOf({ head })).toBe("unstable");
  });
});

describe("a violation of the head", () => {
  test("that two regressions lead to is told once", () => {
    const twice = [violationReport(id, steps), { ...violationReport(id, steps), regression: "r" }];
    const head = withClauses(judgeResult({ violations: twice }), clauseReport(id, "violated"));
    expect(violationsOf(compared({ head }))).toHaveLength(1);
  });
  test("carries its shape, the base's answers and the first difference from Linux", () => {
    const c = compared({ head: broken(), headOnBase: new Map([[traceOf(), outcome([])]]) });
    const [violation] = violationsOf(c);
    expect(violation).toMatchObject({ change: "new", shape: steps, firstDifference: 0 });
    expect(violation?.steps.map((step) => step.base)).toEqual([
      "allocated cpu=0 vector=32",
      "done",
    ]);
  });
});
