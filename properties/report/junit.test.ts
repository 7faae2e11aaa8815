import { describe, expect, it } from "vitest";
import type { GateReport } from "../gate/report.js";
import { checkReport } from "./fixtures/check-sample.js";
import { gateSample, gateSamples } from "./fixtures/gate-samples.js";
import { UNSAFE } from "./fixtures/hostile.js";
import { junitProblems as problems, junitSchemas as schemas } from "./fixtures/validators.js";
import { junitXml } from "./junit.js";
import { checkResults, gateResults } from "./results.js";

const cases = (xml: string) =>
  [
    ...xml.matchAll(
      /<testcase name="([^"]*)"[^>]*(?:\/>|>\s*<(\w+) message="([^"]*)"(?: type="([^"]*)")?)/g,
    ),
  ].map(([, name, element, message, type]) => ({
    name,
    element,
    type: type ?? message?.split(":")[0],
  }));

const gateXml = (report: GateReport): string => junitXml(gateResults(report));

describe("JUnit", () => {
  for (const schema of schemas) {
    for (const [name, report] of gateSamples()) {
      it(`"${name}" is valid by ${schema.slice(schema.lastIndexOf("/") + 1)}`, async () => {
        expect(await problems(gateXml(report), schema)).toEqual([]);
      });
    }
  }

  it("of a check is valid as well", async () => {
    const xml = junitXml(checkResults(checkReport()));
    for (const schema of schemas) expect(await problems(xml, schema)).toEqual([]);
    expect(cases(xml)).toContainEqual({
      name: "VEC-MATRIX-4",
      element: "failure",
      type: "violated",
    });
  });

  it("is refused by the schema when it is spoilt", async () => {
    const xml = gateXml(gateSample("new violation"));
    expect(await problems(xml.replace(' hostname="localhost"', ""))).not.toEqual([]);
    expect(await problems(xml.replace("<failure", "<flop"))).not.toEqual([]);
  });

  it("fails what blocks, skips what does not, and never is all green when the gate is shut", () => {
    expect(cases(gateXml(gateSample("new violation")))).toContainEqual({
      name: "VEC-MATRIX-4",
      element: "failure",
      type: "violated",
    });
    const known = cases(gateXml(gateSample("known and waived")));
    expect(known).toContainEqual({ name: "VEC-MATRIX-16", element: "skipped", type: "known" });
    expect(known).toContainEqual({ name: "VEC-MATRIX-8", element: "skipped", type: "waived" });
    const unbuilt = cases(gateXml(gateSample("build failed")));
    expect(unbuilt).toContainEqual({ name: "VEC-MATRIX-4", element: "error", type: "not run" });
    for (const [, report] of gateSamples()) {
      const red = cases(gateXml(report)).some((c) => /failure|error/.test(c.element ?? ""));
      expect(red).toBe(report.verdict !== "holds");
    }
  });

  it("has no sign in it that XML or a terminal would mind", () => {
    const xml = gateXml(gateSample("hostile texts"));
    expect(xml).not.toMatch(UNSAFE);
    expect(xml).not.toContain("<script");
    expect(xml).not.toMatch(/^\s*(::|##\[)/m);
  });
});
