import { describe, expect, it } from "vitest";
import { type Clause, judgedAt, type Transition } from "../../spec/core/clause.js";
import { rule } from "../../spec/core/source.js";
import { Judge, scopeOf } from "./judge.js";

type T = Transition<null, { kind: "put"; n: number } | { kind: "skip" }, null, number>;
const common = { source: [rule("test")], task: "T0.0" } as const;

const clauses: readonly Clause<T>[] = [
  {
    ...common,
    id: "A",
    title: "never above ten",
    level: "contract",
    kind: "invariant",
    applies: () => true,
    holds: (t) => t.after <= 10,
  },
  {
    ...common,
    id: "B",
    title: "put adds n",
    level: "linux",
    kind: "step",
    on: ["put"],
    applies: (t) => t.command.kind === "put",
    holds: (t) => t.command.kind === "put" && t.after === t.before + t.command.n,
  },
  {
    ...common,
    id: "C",
    title: "ten is reached",
    level: "contract",
    kind: "witness",
    needs: ["sum"],
    applies: (t) => t.after === 10,
  },
  {
    ...common,
    id: "D",
    title: "what is above five is down again within two steps",
    level: "contract",
    kind: "timed duty",
    applies: (t) => t.after > 5,
    holds: (t) => t.before <= 5 || t.after <= t.before,
  },
  { ...common, id: "E", title: "later", level: "contract", kind: "declared", awaits: "a model" },
];

const step = (before: number, after: number, command: T["command"]): T => ({
  config: null,
  before,
  after,
  command,
  response: null,
  observed: after,
  expected: undefined,
  touched: undefined,
});

describe("the judge", () => {
  it("counts what was exercised apart from what broke", () => {
    const judge = new Judge<T>(judgedAt(clauses, "linux"), ["put", "skip"]);
    expect(judge.judge(step(0, 3, { kind: "put", n: 3 }))).toBe(true);
    expect(judge.judge(step(3, 5, { kind: "put", n: 1 }))).toBe(false);
    expect(judge.violated.map((i) => judge.clauses[i]?.id)).toEqual(["B"]);
    expect([...judge.exercised]).toEqual([2, 2, 0, 0]);
  });

  it("never breaks a witness, and judges a duty while it hangs", () => {
    const judge = new Judge<T>(judgedAt(clauses, "contract"), ["put", "skip"]);
    expect(judge.judge(step(4, 10, { kind: "put", n: 6 }))).toBe(true);
    expect(judge.judge(step(10, 10, { kind: "skip" }))).toBe(true);
    expect(judge.judge(step(6, 7, { kind: "skip" }))).toBe(false);
    expect(judge.violated.map((i) => judge.clauses[i]?.id)).toEqual(["D"]);
  });

  it("shows why a clause is not judged", () => {
    const scope = scopeOf(clauses, "contract", []);
    expect(scope.judged.map((clause) => clause.id)).toEqual(["A", "D"]);
    expect(scope.notJudged.map(({ clause, why }) => `${clause.id}: ${why}`)).toEqual([
      "C: the system does not show sum",
      "E: awaits a model",
    ]);
  });
});
