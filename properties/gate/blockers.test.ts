import { describe, expect, test } from "vitest";
import { gateSample } from "../report/fixtures/gate-samples.js";
import { areaBlockers, recordBlockers } from "./blockers.js";
import type { GateArea } from "./report.js";

const [held] = gateSample("holds").areas;
const area = (part: Partial<GateArea>): GateArea => ({ ...(held as GateArea), ...part });
const nothing = { offered: undefined, requires: [], observes: [] };
const rulesOf = (part: Partial<GateArea>, demands = nothing): string[] =>
  areaBlockers(area(part), demands).map((blocker) => blocker.rule);

/** A clause that was not exercised often enough, in a search that ended or that was cut. */
const open = (complete: boolean): Partial<GateArea> => {
  const { clauses, head } = area({});
  return {
    clauses: clauses.map((clause, i) => (i === 0 ? { ...clause, change: "not proven" } : clause)),
    head: { ...head, stages: head.stages.map((stage) => ({ ...stage, complete })) },
  };
};

describe("an area", () => {
  test("that holds has nothing against the change", () => expect(rulesOf({})).toEqual([]));
  test("whose search ended with a clause open is not proven", () => {
    expect(rulesOf(open(true))).toEqual(["GATE-NOT-PROVEN"]);
  });
  test("whose search was cut with a clause open had too little time", () => {
    expect(rulesOf(open(false))).toEqual(["GATE-TIME"]);
    expect(areaBlockers(area(open(false)), nothing)[0]?.verdict).toBe("inconclusive");
  });
  test("that was cut with every clause exercised holds", () => {
    expect(rulesOf({ head: open(false).head as GateArea["head"] })).toEqual([]);
  });
  test("that offers less than is required says what", () => {
    const demands = { ...nothing, requires: ["alloc", "levitate"] as never[] };
    expect(areaBlockers(area({}), demands)[0]).toMatchObject({
      rule: "GATE-REQUIRES",
      text: "does not offer levitate, as required",
    });
  });
  test.each([
    ["build failed", "GATE-BUILD"],
    ["could not start", "GATE-START"],
    ["not run", "GATE-INTERRUPTED"],
    ["interrupted", "GATE-INTERRUPTED"],
  ] as const)("whose head is %s is told by %s", (state, rule) => {
    expect(rulesOf({ head: { ...area({}).head, state } })).toEqual([rule]);
  });
});

test("a recorded Linux that the references refuse blocks, one that they accept does not", () => {
  const record = { file: "vectors.trace.gz", events: 3, linux: 2, contract: 1, informational: 0 };
  const blockers = recordBlockers([
    { ...record, verdict: "holds" },
    { ...record, verdict: "violated" },
  ]);
  expect(blockers).toMatchObject([{ rule: "GATE-RECORDS", verdict: "error" }]);
});
