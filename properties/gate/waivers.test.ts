import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../spec/core/decode.js";
import {
  broadBecause,
  checkToday,
  daysBetween,
  judgeWaivers,
  matchesShape,
  readWaiver,
  type Waivable,
  type Waiver,
} from "./waivers.js";

const TEXT = `area = "irq/vector-matrix/allocator"
clause = "VEC-MATRIX-4"
shape = ["alloc -> allocated", "free -> warned"]
reason = "the driver is being rewritten"
owner = "A. Maintainer <a@example.org>"
expires = 2027-01-31
`;
const complaint = (text: string): string => {
  try {
    readWaiver(text, "w.toml");
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  return "";
};

describe("a waiver", () => {
  it("is read", () => {
    expect(readWaiver(TEXT, "w.toml")).toEqual({
      file: "w.toml",
      area: "irq/vector-matrix/allocator",
      clause: "VEC-MATRIX-4",
      shape: ["alloc -> allocated", "free -> warned"],
      reason: "the driver is being rewritten",
      owner: "A. Maintainer <a@example.org>",
      expires: "2027-01-31",
    });
    expect(readWaiver(TEXT.replace("VEC-MATRIX-4", "SYS-PANIC"), "w").clause).toBe("SYS-PANIC");
  });

  it.each([
    [
      "VEC-MATRIX-4",
      "VEC-MATRIX-4000",
      '2: field clause: found "VEC-MATRIX-4000", expected a clause',
    ],
    [
      "irq/vector-matrix/allocator",
      "irq/none",
      '1: field area: found "irq/none", expected one of: ',
    ],
    [
      '"free -> warned"',
      '"free: warned"',
      '3: field shape.1: found "free: warned", expected a step',
    ],
    [
      '"free -> warned"',
      '"fre -> warned"',
      '3: field shape.1: found "fre -> warned", expected a command',
    ],
    [
      "reason",
      "raeson",
      '4: field raeson: found "the driver is being rewritten", expected no such',
    ],
    [
      '"the driver is being rewritten"',
      '" "',
      '4: field reason: found " ", expected why it may stand',
    ],
    ["2027-01-31", '"31.1.2027"', '6: field expires: found "31.1.2027", expected a day such as'],
    ["2027-01-31", "2027-02-31", '6: field expires: found "2027-02-31", expected a day such'],
    [
      '["alloc -> allocated", "free -> warned"]',
      "[]",
      "3: field shape: found [], expected at least one",
    ],
  ])("with %s as %s is one clear error", (from, to, message) => {
    expect(complaint(TEXT.replace(from, to))).toContain(`w.toml:${message}`);
  });
});

describe("the shape of a trace", () => {
  const shape = ["a -> x", "b -> y", "a -> x", "c -> z"];
  it.each([
    [shape, true],
    [["...", "c -> z"], true],
    [["a -> x", "...", "c -> z"], true],
    [["a -> x", "...", "a -> x", "...", "c -> z"], true],
    [["...", "a -> x", "b -> y", "a -> x", "c -> z"], true],
    [["..."], true],
    [["b -> y", "...", "c -> z"], false],
    [["...", "a -> x"], false],
    [["a -> x", "b -> y"], false],
    [["a -> x", "...", "b -> y", "b -> y", "...", "c -> z"], false],
    [[...shape, "c -> z"], false],
  ])("%j: %s", (pattern, expected) => {
    expect(matchesShape(pattern, shape)).toBe(expected);
  });

  it("is as a regular expression has it, and takes no longer for many dots", () => {
    const step = fc.constantFrom("a", "b");
    fc.assert(
      fc.property(
        fc.array(fc.oneof(step, fc.constant("..."))),
        fc.array(step),
        (pattern, steps) => {
          const regex = new RegExp(`^${pattern.map((s) => (s === "..." ? ".*" : s)).join("")}$`);
          expect(matchesShape(pattern, steps)).toBe(regex.test(steps.join("")));
        },
      ),
      { seed: 7 },
    );
    const many = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? "..." : "a"));
    expect(matchesShape([...many, "b"], new Array(400).fill("a"))).toBe(false);
  });
});

describe("judging waivers", () => {
  const waiver = (more: Partial<Waiver> = {}): Waiver => ({
    ...readWaiver(TEXT, "w.toml"),
    ...more,
  });
  const found: Waivable = {
    area: "irq/vector-matrix/allocator",
    clause: "VEC-MATRIX-4",
    shape: ["alloc -> allocated", "free -> warned"],
  };
  const judge = (
    waivers: readonly Waiver[],
    violations: readonly Waivable[],
    today = "2026-11-24",
    judgedAreas: ReadonlySet<string> = new Set([found.area]),
  ) => {
    const { reports, covers } = judgeWaivers(waivers, violations, {
      judgedAreas,
      configured: new Set([found.area]),
      today,
    });
    return { states: reports.map((r) => r.state), covers: covers.map((w) => w?.file) };
  };

  it("covers what it names and nothing else", () => {
    expect(judge([waiver()], [found])).toEqual({ states: ["used"], covers: ["w.toml"] });
    for (const other of [
      { ...found, clause: "VEC-MATRIX-5" },
      { ...found, area: "irq/msi-message" },
      { ...found, shape: ["free -> warned"] },
    ]) {
      expect(judge([waiver()], [other])).toEqual({ states: ["unused"], covers: [undefined] });
    }
  });

  it("counts on its last day and not on the next", () => {
    expect(judge([waiver()], [found], "2027-01-31").states).toEqual(["used"]);
    expect(judge([waiver()], [found], "2027-02-01")).toEqual({
      states: ["expired"],
      covers: [undefined],
    });
    expect(judge([waiver()], [], "2027-02-01", new Set()).states).toEqual(["expired"]);
  });

  it("is unused only where its area was judged, or is gone", () => {
    expect(judge([waiver()], [], "2026-11-24", new Set()).states).toEqual(["not judged"]);
    expect(judge([waiver({ area: "irq/msi-message" })], []).states).toEqual(["unused"]);
  });

  it("is over-broad with an open end, two shapes, or too long a life", () => {
    const open = waiver({ shape: ["alloc -> allocated", "..."] });
    expect(judge([open], [found])).toEqual({ states: ["over-broad"], covers: [undefined] });
    const wide = waiver({ shape: ["...", "free -> warned"] });
    const longer = { ...found, shape: ["online -> done", ...found.shape] };
    expect(judge([wide], [found, longer]).states).toEqual(["over-broad"]);
    expect(judge([wide], [found, { ...found }])).toEqual({
      states: ["used"],
      covers: ["w.toml", "w.toml"],
    });
    expect(judge([waiver({ expires: "2027-11-25" })], [found]).states).toEqual(["used"]);
    expect(judge([waiver({ expires: "2027-11-26" })], [found]).states).toEqual(["over-broad"]);
    expect(broadBecause(open, "2026-11-24", 0)).toContain("last step");
    expect(broadBecause(wide, "2026-11-24", 2)).toContain("2 different traces");
    expect(broadBecause(waiver({ expires: "2030-01-01" }), "2026-11-24", 0)).toContain("366 days");
  });

  it("takes the first of two by file name, in whatever order they come", () => {
    const a = waiver({ file: "a.toml" });
    const b = waiver({ file: "b.toml" });
    expect(judge([a, b], [found])).toEqual({ states: ["used", "unused"], covers: ["a.toml"] });
    expect(judge([b, a], [found])).toEqual({ states: ["unused", "used"], covers: ["a.toml"] });
    // A first one that does not count leaves the violation to the second.
    expect(judge([{ ...a, expires: "2026-01-01" }, b], [found])).toEqual({
      states: ["expired", "used"],
      covers: ["b.toml"],
    });
  });

  it("counts days by the calendar", () => {
    expect(daysBetween("2026-03-28", "2026-03-30")).toBe(2);
    expect(daysBetween("2028-02-28", "2028-03-01")).toBe(2);
    expect(daysBetween("2027-01-01", "2026-12-31")).toBe(-1);
    expect(checkToday("2026-11-24")).toBe("2026-11-24");
    expect(() => checkToday("today")).toThrow('--today: found "today", expected a day');
  });
});
