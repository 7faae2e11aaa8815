/** Every output of a gate, given a report in which every free text is hostile. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validateXML } from "xmllint-wasm";
import type { GateReport } from "../gate/report.js";
import { gateComment } from "./comment.js";
import { commandLineSafe } from "./escape.js";
import { gateMarkdown } from "./evidence.js";
import { gateSample } from "./fixtures/gate-samples.js";
import { hostile, UNSAFE } from "./fixtures/hostile.js";
import { gateText } from "./gate-text.js";
import { junitXml } from "./junit.js";
import { gateKcidb } from "./kcidb.js";
import { ktapText } from "./ktap.js";
import { gateResults } from "./results.js";
import { gateSarif } from "./sarif.js";

/** Fields that the repository, its patches or its harness have a say in. */
const FREE = new Set(
  (
    "headline repository name subject commit path from because why note system systemOutcome " +
    "linux command response base trace replay again regression waiver reason owner text file " +
    "explanation field before after kind answer tool"
  ).split(" "),
);
/** Of the tool itself, although they are called as others are. */
const OWN = new Set(["stages", "features", "picture"]);

/** The report with its free texts taken from a list, in turn. */
const spoilt = (report: GateReport, texts: readonly string[]): GateReport => {
  let next = 0;
  const text = (): string => texts[next++ % texts.length] as string;
  const visit = (value: unknown, key: string): unknown => {
    if (typeof value === "string") return FREE.has(key) || key === "warnings" ? text() : value;
    if (Array.isArray(value)) {
      const inner = key === "shape" ? "text" : key;
      return value.map((item) => visit(item, inner));
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => [k, OWN.has(k) ? v : visit(v, k)]),
    );
  };
  const made = visit(report, "") as GateReport;
  // The clause's kind is the catalogue's own.
  return { ...made, warnings: texts };
};

const outputs: Readonly<Record<string, (report: GateReport) => string>> = {
  text: (r) => gateText(r, { colour: false, quiet: false, written: [r.headline] }),
  comment: gateComment,
  markdown: gateMarkdown,
  junit: (r) => junitXml(gateResults(r)),
  ktap: (r) => ktapText(gateResults(r)),
  sarif: gateSarif,
  kcidb: gateKcidb,
};

const reports = (): fc.Arbitrary<GateReport> =>
  fc
    .tuple(
      fc.constantFrom("three areas", "known and waived", "unstable", "error", "lost"),
      fc.array(hostile(), { minLength: 1, maxLength: 12 }),
    )
    .map(([name, texts]) => spoilt(gateSample(name as "lost"), texts));

describe("hostile reports", () => {
  for (const [name, write] of Object.entries(outputs)) {
    it(`have no control character, tag or workflow command in ${name}`, () => {
      fc.assert(
        fc.property(reports(), (report) => {
          const out = write(report);
          expect(out).not.toMatch(UNSAFE);
          expect(commandLineSafe(out)).not.toMatch(/^\s*::|##\w*\[/m);
          if (name === "text") expect(out).toBe(commandLineSafe(out));
          if (name === "junit") expect(out).not.toContain("<script");
          if (name === "sarif" || name === "kcidb") JSON.parse(out);
        }),
        { numRuns: 60 },
      );
    });
  }

  it("are whole XML", async () => {
    const samples = fc.sample(reports(), { numRuns: 12, seed: 7 });
    for (const report of samples) {
      const { errors } = await validateXML({
        xml: [{ fileName: "a.xml", contents: junitXml(gateResults(report)) }],
        normalization: "format",
      });
      expect(errors.map((e) => e.message)).toEqual([]);
    }
  });
});
