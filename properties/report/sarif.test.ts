import type { Log, Result } from "sarif";
import { describe, expect, it } from "vitest";
import { checkReport } from "./fixtures/check-sample.js";
import { changedFile, gateSample, gateSamples } from "./fixtures/gate-samples.js";
import { HOSTILE_TEXTS, UNSAFE } from "./fixtures/hostile.js";
import { sarifProblems, sarifSchemas } from "./fixtures/validators.js";
import { checkSarif, gateSarif } from "./sarif.js";

const resultsOf = (sarif: Log): Result[] => sarif.runs[0]?.results ?? [];
const read = (text: string): Log => JSON.parse(text) as Log;

describe("SARIF", () => {
  for (const schema of sarifSchemas) {
    const problems = sarifProblems(schema);
    for (const [name, report] of gateSamples()) {
      it(`"${name}" is valid by ${schema.slice(schema.lastIndexOf("/") + 1)}`, () => {
        expect(problems(gateSarif(report))).toEqual([]);
      });
    }

    it("of a check is valid as well, and a spoilt one is not", () => {
      expect(problems(checkSarif(checkReport()))).toEqual([]);
      const spoilt = gateSarif(gateSample("new violation")).replace(
        '"level": "error"',
        '"level": 1',
      );
      expect(problems(spoilt)).not.toEqual([]);
    });
  }

  it("points at the changed lines of the area's files, and at no deleted file", () => {
    const [result] = resultsOf(read(gateSarif(gateSample("new violation"))));
    expect(result).toMatchObject({
      ruleId: "VEC-MATRIX-4",
      level: "error",
      baselineState: "new",
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "kernel/src/irq/vector.rs", uriBaseId: "%SRCROOT%" },
            region: { startLine: 118, endLine: 126 },
          },
        },
      ],
    });
    const whole = gateSarif(gateSample("three areas"));
    expect(whole).not.toContain("gone.rs");
    // The message area was run since nothing claims this file.
    const stray = resultsOf(read(whole)).find((r) => r.ruleId === "MSI-IR-7");
    expect(stray?.locations?.[0]?.physicalLocation?.artifactLocation?.uri).toBe(
      "kernel/src/arch/x86/idt.rs",
    );
  });

  it("gives hunks that only delete a line, and names any file as a URI", () => {
    const base = gateSample("new violation");
    const at = (part: Parameters<typeof changedFile>[0]) =>
      resultsOf(read(gateSarif({ ...base, files: [changedFile(part)] })))[0]?.locations?.[0]
        ?.physicalLocation;
    expect(at({ hunks: [{ start: 0, lines: 0 }] })?.region).toEqual({ startLine: 1, endLine: 1 });
    expect(at({ path: "a b/#1?.rs" })?.artifactLocation?.uri).toBe("a%20b/%231%3F.rs");
    for (const path of HOSTILE_TEXTS) {
      expect(at({ path })?.artifactLocation?.uri).toMatch(/^[A-Za-z0-9\-_.!~*'()%/]+$/);
    }
  });

  it("has stable fingerprints, states against the base, and suppresses what is waived", () => {
    const text = gateSarif(gateSample("known and waived"));
    expect(gateSarif(gateSample("known and waived"))).toBe(text);
    const states = resultsOf(read(text)).map((r) => [
      r.ruleId,
      r.baselineState,
      r.level,
      r.suppressions?.[0]?.justification,
    ]);
    expect(states).toEqual([
      ["VEC-MATRIX-16", "unchanged", "note", undefined],
      ["VEC-MATRIX-8", "unchanged", "note", "rotation spreads interrupts until the cache lands"],
      ["VEC-MATRIX-10", "absent", "note", undefined],
      ["GATE-WAIVER-EXPIRED", "new", "error", undefined],
    ]);
  });

  it("tells the exit code, and that a gate in error did not do its work", () => {
    const of = (name: Parameters<typeof gateSample>[0]) =>
      read(gateSarif(gateSample(name))).runs[0]?.invocations?.[0];
    expect(of("holds")).toMatchObject({ executionSuccessful: true, exitCode: 0 });
    expect(of("new violation")).toMatchObject({ executionSuccessful: true, exitCode: 1 });
    expect(of("build failed")).toMatchObject({ executionSuccessful: false, exitCode: 2 });
  });

  it("escapes what a message would read as a placeholder or a link", () => {
    const flow = resultsOf(read(gateSarif(gateSample("new violation"))))[0]?.codeFlows?.[0];
    const first = flow?.threadFlows[0]?.locations[0]?.location?.message?.text;
    expect(first).toBe("0: alloc cpus={{1}} reserved=false -> allocated cpu=1 vector=0");
    const hostile = gateSarif(gateSample("hostile texts"));
    const texts = [...hostile.matchAll(/"text": (".*")/g)].map(([, t]) => JSON.parse(t as string));
    expect(texts.length).toBeGreaterThan(20);
    expect(texts.filter((t) => /\]\(/.test(t))).toEqual([]);
    expect(hostile).not.toMatch(UNSAFE);
  });
});
