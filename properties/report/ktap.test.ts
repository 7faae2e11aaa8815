import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gateSample, gateSamples } from "./fixtures/gate-samples.js";
import { hostile, UNSAFE } from "./fixtures/hostile.js";
import { ktapText } from "./ktap.js";
import { gateResults, type Results } from "./results.js";

/** Reads KTAP strictly: every line is a version, a plan, a result or a diagnostic. */
const read = (text: string) => {
  const lines = text.trimEnd().split("\n");
  let at = 0;
  const suite = (indent: string): { ok: boolean; name: string; skip: boolean }[] => {
    const line = (): string => {
      const next = lines[at] ?? "";
      return next.startsWith(indent) ? next.slice(indent.length) : "";
    };
    expect(line()).toBe("KTAP version 1");
    at++;
    while (line().startsWith("# ")) at++;
    const plan = Number(/^1\.\.(\d+)$/.exec(line())?.[1]);
    at++;
    const results: { ok: boolean; name: string; skip: boolean }[] = [];
    while (results.length < plan) {
      if (line().startsWith("# ")) at++;
      else if (line().startsWith("    ")) suite(`${indent}    `);
      else {
        const match = /^(not )?ok (\d+)(?: ([^#]*?))?( # SKIP .*)?$/.exec(line());
        expect(match, line()).not.toBeNull();
        expect(Number(match?.[2])).toBe(results.length + 1);
        results.push({
          ok: match?.[1] === undefined,
          name: match?.[3] ?? "",
          skip: match?.[4] !== undefined,
        });
        at++;
      }
    }
    return results;
  };
  const results = suite("");
  expect(at).toBe(lines.length);
  return results;
};

describe("KTAP", () => {
  for (const [name, report] of gateSamples()) {
    it(`of "${name}" reads back, and is green for an open gate alone`, () => {
      const text = ktapText(gateResults(report));
      expect(text).not.toMatch(UNSAFE);
      const results = read(text);
      expect(results.length).toBe(report.areas.length + 1);
      expect(results.every((r) => r.ok)).toBe(report.verdict === "holds");
    });
  }

  it("shows the counterexample before its result", () => {
    const text = ktapText(gateResults(gateSample("new violation")));
    expect(text).toMatch(
      /# 1 {2}freeRef .* -> warned .*\n.*# replay.*\n {4}not ok 6 VEC-MATRIX-4\n/,
    );
  });

  it("reads back whatever names and messages are", () => {
    fc.assert(
      fc.property(hostile(), hostile(), (name, message) => {
        const one = { name, title: name, message, details: [message] };
        const results: Results = {
          tool: "redbear-spec",
          verdict: "violated",
          suites: [
            {
              name,
              cases: [
                { ...one, outcome: "violated" },
                { ...one, outcome: "known" },
              ],
              properties: [],
            },
          ],
        };
        expect(read(ktapText(results)).length).toBe(1);
      }),
    );
  });
});
