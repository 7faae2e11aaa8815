import { describe, expect, it } from "vitest";
import { exitCode, verdicts, worse, worst } from "../../spec/core/verdict.js";

describe("the verdict lattice", () => {
  it("orders violated > error > inconclusive > not proven > holds", () => {
    for (let i = 0; i < verdicts.length; i++) {
      for (let j = i; j < verdicts.length; j++) {
        const [a, b] = [verdicts[i], verdicts[j]] as [(typeof verdicts)[0], (typeof verdicts)[0]];
        expect(worse(a, b)).toBe(a);
        expect(worse(b, a)).toBe(a);
      }
    }
    expect(worst([])).toBe("holds");
    expect(worst(["holds", "inconclusive", "not proven"])).toBe("inconclusive");
  });

  it("is green only where it holds", () => {
    expect(verdicts.map(exitCode)).toEqual([1, 2, 3, 3, 0]);
  });
});
