import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MARKER } from "../forge/text.js";
import type { GateReport } from "../gate/report.js";
import { COMMENT_LIMIT, gateComment } from "./comment.js";
import { gateSample, gateSamples } from "./fixtures/gate-samples.js";
import { hostile, UNSAFE } from "./fixtures/hostile.js";

/** What is seen before anything is unfolded. */
const unfolded = (text: string): string => text.replace(/<details>[\s\S]*?<\/details>/g, "");

/** Text outside code and without escapes, where forges look for references. */
const outsideCode = (text: string): string =>
  text
    .replace(/^(`{3,})sh\n[^\n]*\n\1$/gm, "")
    .replace(/\\[^\n]|(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, " ");

const harmless = (text: string): void => {
  expect(text.startsWith(`${MARKER}\n`)).toBe(true);
  expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
  expect(text).not.toMatch(UNSAFE);
  const prose = outsideCode(text);
  expect(prose).not.toMatch(/[@!#][\p{L}\p{N}_]/u);
  expect(prose).not.toMatch(/:\/\/|\]\(|GH-\d/);
  expect(prose.split(MARKER).length).toBe(2);
  expect(prose.replace(MARKER, "")).not.toMatch(/<(?!\/?(details|summary)>)/);
  expect(text).not.toMatch(/^\s*(\/|::)/m);
};

describe("the review comment", () => {
  for (const [name, report] of gateSamples()) {
    it(`of "${name}" is harmless and says the verdict`, () => {
      const text = gateComment(report);
      harmless(text);
      expect(text).toContain(`### redbear-spec: ${report.verdict}\n`);
    });
  }

  it("fits one screen for a new violation", () => {
    const text = unfolded(gateComment(gateSample("new violation")));
    const lines = text.trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(40);
    const long = lines.filter((line) => line.length > 110 && !line.startsWith("redbear-spec "));
    expect(long.filter((line) => !line.startsWith("**New"))).toEqual([]);
    expect(text).toContain(
      "**New: VEC-MATRIX-4** free releases the vector on the CPU that owns it",
    );
    expect(text).toContain(
      "| 1 | `freeRef ref=0 managed=false by=0` | `warned` | `done` | ← first difference, VEC-MATRIX-4 |",
    );
    expect(text).toContain("redbear-spec replay .redbear-spec/traces/");
    expect(unfolded(gateComment(gateSample("three areas"))).split("\n").length).toBeLessThan(42);
  });

  it("counts what does not block, and says what else does", () => {
    const text = gateComment(gateSample("known and waived"));
    expect(text).toContain("1 known, 1 waived, 1 fixed");
    expect(text).toContain("**GATE-WAIVER-EXPIRED**");
    expect(gateComment(gateSample("build failed"))).toContain("**GATE-BUILD**");
  });

  it("says loudly what no area claims", () => {
    expect(unfolded(gateComment(gateSample("three areas")))).toContain(
      "**No area claims** `kernel/src/arch/x86/idt.rs`: every area was run.",
    );
  });

  it("is bounded and whole whatever the report holds", () => {
    const base = gateSample("three areas");
    const big = "x`|<@a #1 ".repeat(3000);
    const report: GateReport = {
      ...base,
      headline: big,
      warnings: Array.from({ length: 500 }, () => big),
      blockers: Array.from({ length: 500 }, () => ({
        rule: "GATE-BUILD",
        verdict: "error" as const,
        text: big,
        file: big,
      })),
      areas: base.areas.map((area) => ({
        ...area,
        violations: area.violations.flatMap((v) =>
          Array.from({ length: 60 }, () => ({ ...v, title: big, replay: big, systemOutcome: big })),
        ),
      })),
    };
    const text = gateComment(report);
    harmless(text);
    expect(text.match(/<details>/g)?.length ?? 0).toBe(text.match(/<\/details>/g)?.length ?? 0);
  });

  it("is harmless whatever foreign text says", () => {
    const base = gateSample("new violation");
    fc.assert(
      fc.property(hostile(), hostile(), (a, b) => {
        harmless(
          gateComment({
            ...base,
            headline: a,
            base: { name: b, subject: a },
            head: { name: a, subject: b },
            warnings: [a, b],
            blockers: [{ rule: "GATE-CONFIG", verdict: "error", text: a, file: b }],
            areas: base.areas.map((area) => ({
              ...area,
              violations: area.violations.map((v) => ({
                ...v,
                replay: a,
                steps: v.steps.map((step) => ({ ...step, command: b, response: a })),
                ...(a === "" ? {} : { systemOutcome: a }),
              })),
            })),
          }),
        );
      }),
      { numRuns: 300 },
    );
  });
});
