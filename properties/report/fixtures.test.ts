import { describe, expect, it } from "vitest";
import { decodeOrThrow } from "../../spec/core/decode.js";
import { GateReport } from "../gate/report.js";
import { gateSample, gateSamples } from "./fixtures/gate-samples.js";

describe("samples of gate reports", () => {
  for (const [name, sample] of gateSamples()) {
    it(`"${name}" is one, also after a trip through JSON`, () => {
      const back: unknown = JSON.parse(JSON.stringify(sample));
      expect(decodeOrThrow(GateReport, back, { file: name })).toEqual(back);
    });
  }

  it("say what they are named for", () => {
    const changes = (name: Parameters<typeof gateSample>[0]) =>
      gateSample(name).areas.flatMap((a) => a.violations.map((v) => `${v.change} ${v.clause}`));
    expect(gateSample("holds").verdict).toBe("holds");
    expect(changes("new violation")).toEqual(["new VEC-MATRIX-4"]);
    expect(changes("known and waived")).toEqual([
      "known VEC-MATRIX-16",
      "waived VEC-MATRIX-8",
      "fixed VEC-MATRIX-10",
    ]);
    expect(gateSample("lost").blockers.map((b) => b.rule)).toEqual([
      "GATE-LOST-CLAUSE",
      "GATE-LOST-COMMAND",
    ]);
    expect(gateSample("build failed").verdict).toBe("error");
    expect(changes("unstable")).toEqual(["unstable VEC-MATRIX-4"]);
    expect(changes("three areas")).toEqual([
      "new MSI-IR-7",
      "new MSI-RESOLVE-2",
      "known VEC-MOVE-2",
      "new VEC-MOVE-4-D",
      "new VEC-HOTPLUG-3",
    ]);
  });
});
