import { describe, expect, it } from "vitest";
import { seeded } from "../testing.js";
import { ExhaustiveChoices, RandomChoices, ReplayChoices, subSeed } from "./choices.js";

describe(seeded("choices"), () => {
  it("the random source is the same on every machine", () => {
    const choices = new RandomChoices(0x5eed1234);
    expect(Array.from({ length: 8 }, () => choices.below(1000))).toMatchInlineSnapshot(`
      [
        129,
        439,
        169,
        514,
        332,
        202,
        892,
        508,
      ]
    `);
  });

  it("stays within bounds and reaches both ends", () => {
    const choices = new RandomChoices(1);
    const seen = new Set(Array.from({ length: 1000 }, () => choices.below(7)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("sub-seeds differ and do not depend on order", () => {
    expect(subSeed(1, 0)).not.toBe(subSeed(1, 1));
    expect(subSeed(1, 5)).toBe(subSeed(1, 5));
  });

  it("the exhaustive driver walks every sequence once, also when later bounds depend on earlier", () => {
    const choices = new ExhaustiveChoices();
    const walked: string[] = [];
    do {
      const first = choices.below(3);
      const rest = Array.from({ length: first }, () => choices.below(2));
      walked.push([first, ...rest].join(""));
    } while (choices.next());
    expect(walked).toEqual(["0", "10", "11", "200", "201", "210", "211"]);
  });

  it("a replay answers what was recorded, then the simplest choice", () => {
    const choices = new ReplayChoices([2, 9]);
    expect([choices.below(3), choices.below(4), choices.below(5)]).toEqual([2, 3, 0]);
  });
});
