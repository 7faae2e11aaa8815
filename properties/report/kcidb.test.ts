import { describe, expect, it } from "vitest";
import { checkReport } from "./fixtures/check-sample.js";
import { gateSample, gateSamples, type SampleName } from "./fixtures/gate-samples.js";
import { UNSAFE } from "./fixtures/hostile.js";
import { kcidbProblems, kcidbSchemas } from "./fixtures/validators.js";
import { checkKcidb, gateKcidb } from "./kcidb.js";

type Kcidb = {
  checkouts: { id: string; git_commit_hash?: string }[];
  builds: { id: string; checkout_id: string; status?: string; comment: string }[];
  tests: { id: string; build_id: string; path: string; status: string }[];
};

const read = (text: string): Kcidb => JSON.parse(text) as Kcidb;
const sample = (name: SampleName): Kcidb => read(gateKcidb(gateSample(name)));
/** Status of a clause on the side whose checkout stands at that place: 0 base, 1 head. */
const statusOf = (k: Kcidb, side: number, clause: string): string | undefined => {
  const builds = k.builds.filter((b) => b.checkout_id === k.checkouts[side]?.id).map((b) => b.id);
  return k.tests.find((t) => builds.includes(t.build_id) && t.path.endsWith(`.${clause}`))?.status;
};

describe("KCIDB", () => {
  for (const schema of kcidbSchemas) {
    const problems = kcidbProblems(schema);
    for (const [name, report] of gateSamples()) {
      it(`"${name}" is valid by ${schema.slice(schema.lastIndexOf("/") + 1)}`, () => {
        const text = gateKcidb(report);
        expect(problems(text)).toEqual([]);
        expect(text).not.toMatch(UNSAFE);
      });
    }

    it("of a check is valid as well, and a spoilt one is not", () => {
      expect(problems(checkKcidb(checkReport()))).toEqual([]);
      expect(problems(gateKcidb(gateSample("holds")).replace('"PASS"', '"OK"'))).not.toEqual([]);
    });
  }

  it("keeps apart code at fault, test at fault, and no test", () => {
    expect(statusOf(sample("new violation"), 0, "VEC-MATRIX-4")).toBe("PASS");
    expect(statusOf(sample("new violation"), 1, "VEC-MATRIX-4")).toBe("FAIL");
    expect(statusOf(sample("known and waived"), 0, "VEC-MATRIX-8")).toBe("FAIL");
    expect(statusOf(sample("known and waived"), 1, "VEC-MATRIX-8")).toBe("FAIL");
    expect(statusOf(sample("known and waived"), 1, "VEC-MATRIX-10")).toBe("PASS");
    expect(statusOf(sample("unstable"), 1, "VEC-MATRIX-4")).toBe("ERROR");
    expect(statusOf(sample("build failed"), 1, "VEC-MATRIX-4")).toBe("MISS");
    expect(statusOf(sample("holds"), 1, "VEC-MATRIX-1-C")).toBe("SKIP");
    const failed = sample("build failed");
    const builds = failed.builds.filter((b) => b.comment !== "gate").map((b) => b.status);
    expect(builds).toEqual(["PASS", "FAIL"]);
  });

  it("names everything once, and the same way each time", () => {
    for (const [, report] of gateSamples()) {
      const k = read(gateKcidb(report));
      expect(read(gateKcidb(report))).toEqual(k);
      for (const objects of [k.checkouts, k.builds, k.tests]) {
        expect(new Set(objects.map((o) => o.id)).size).toBe(objects.length);
      }
      const builds = k.builds.map((b) => b.id);
      expect(k.tests.filter((t) => !builds.includes(t.build_id))).toEqual([]);
    }
    expect(sample("holds").checkouts[1]?.git_commit_hash).toBe(gateSample("holds").head.commit);
  });
});
