import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Level } from "../../spec/core/clause.js";
import { levels } from "../../spec/core/clause.js";
import { allocator, fullRange } from "../irq/vector-matrix/allocator/subsystem.js";
import { type ExternalResult, runExternal } from "./campaign.js";
import { jsAllocator, misbehaving, served } from "./fixtures/places.js";
import { StdioSystem } from "./stdio.js";

const seed = 0x5eed;
const area = allocator.path;
const small = {
  ...fullRange(3, 2),
  bits: 6,
  start: 0,
  end: 6,
  system: [2],
};

type Setting = {
  level?: Level;
  config?: unknown;
  runs?: number;
  length?: number;
  timeoutMs?: number;
  stop?: boolean;
};

const campaign = async (command: string, setting: Setting = {}): Promise<ExternalResult> => {
  const { level = "contract", config = small, runs = 24, length = 120 } = setting;
  const { timeoutMs = 10_000, stop = false } = setting;
  const system = await StdioSystem.start(command, allocator, { timeoutMs });
  try {
    return await runExternal({
      system,
      subsystem: allocator,
      config,
      level,
      seed,
      first: 0,
      runs,
      length,
      stop,
    });
  } finally {
    await system.close();
  }
};

describe(`the example in JavaScript, seed ${seed}`, () => {
  test.each(levels)("passes at %s level", async (level) => {
    for (const config of [small, fullRange(4)]) {
      const result = await campaign(jsAllocator(), { level, config });
      expect(result.finds).toEqual([]);
      expect(result.commands).toBe(24 * 120);
      const of = (id: string): number =>
        result.exercised[result.clauses.findIndex((c) => c.id === id)] as number;
      expect(of("VEC-MATRIX-4")).toBeGreaterThan(100);
      // It shows no state, so what needs it is not judged.
      expect(of("VEC-MATRIX-6")).toBeUndefined();
    }
  });
  test("with its fault breaks the clause about the owner, again on replay", async () => {
    const result = await campaign(jsAllocator("--fault", "free-on-cpu0"));
    expect(result.finds.length).toBeGreaterThan(0);
    expect(result.finds.every((find) => find.confirmed)).toBe(true);
    const clauses = new Set(result.finds.flatMap((find) => find.clauses));
    expect(clauses).toContain("VEC-MATRIX-4");
    const find = result.finds.find((f) => f.clauses.includes("VEC-MATRIX-4"));
    expect(find?.sent.at(-1)).toMatchObject({ kind: "freeRef" });
    expect(find?.responses).toHaveLength(find?.sent.length ?? 0);
  });
});

describe("a system that dies, hangs or talks nonsense", () => {
  const done = { kind: "done" };
  test.each([
    ["crash", "SYS-CRASH"],
    ["status", "SYS-CRASH"],
    ["exit", "SYS-EXIT"],
    ["hang", "SYS-HANG"],
    ["garbage", "SYS-GARBAGE"],
    ["long", "SYS-GARBAGE"],
    ["type", "SYS-TYPE"],
    ["kind", "SYS-TYPE"],
    ["panic", "SYS-PANIC"],
    ["skip", "SYS-TYPE"],
    ["observation", "SYS-TYPE"],
  ])("%s breaks %s, with the commands up to it", async (mode, clause) => {
    const timeoutMs = mode === "hang" ? 400 : 10_000;
    const result = await campaign(misbehaving(mode), { timeoutMs });
    expect(result.finds).toHaveLength(1);
    expect(result.finds[0]).toMatchObject({
      run: 0,
      clauses: [clause],
      confirmed: true,
      sent: Array.from({ length: 4 }, () => ({ kind: "reserve" })),
    });
    expect(result.finds[0]?.responses.slice(0, 3)).toEqual([done, done, done]);
  });
  test("extra answers are told from wrong ones", async () => {
    const result = await campaign(misbehaving("extra"), { level: "linux" });
    expect(result.finds[0]).toMatchObject({ clauses: ["SYS-EXTRA"], confirmed: true });
  });
  test("without a misdeed nothing is found", async () => {
    const result = await campaign(misbehaving("fine"));
    expect(result).toMatchObject({ finds: [], commands: 24 * 120, runs: 24 });
  });
  test("what does not happen again is kept, unconfirmed", async () => {
    const directory = mkdtempSync(join(tmpdir(), "crashes-once-"));
    try {
      const result = await campaign(`${misbehaving("crash")} "${join(directory, "once")}"`);
      expect(result.finds).toHaveLength(1);
      const { clauses, confirmed, sent, responses, fault } = result.finds[0] ?? {};
      expect({ clauses, confirmed }).toEqual({ clauses: ["SYS-CRASH"], confirmed: false });
      // Everything that was under way: where it died is not known.
      expect(sent?.length).toBeGreaterThan(4);
      expect(responses).toEqual([done, done, done]);
      expect(fault).toMatchObject({ at: 3 });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe("the subsystem's own model as a stranger", () => {
  test.each(levels)("passes at %s level, observed", async (level) => {
    const result = await campaign(served(area), { level });
    expect(result).toMatchObject({ finds: [], cut: 0 });
    expect(result.observed).toBeGreaterThan(400);
  });
  test("references resolved by either side are the same campaign", async () => {
    const own = await campaign(served(area, "--blind"));
    const told = await campaign(served(area, "--blind", "--no-refs"));
    expect(told).toEqual(own);
  });
  test.each([[[]], [["--blind"]], [["--blind", "--no-refs"]]])(
    "other legal choices than Linux's are followed %s",
    async (flags) => {
      const result = await campaign(served(area, "--choices", "5", ...flags));
      expect(result.finds).toEqual([]);
      expect(result.commands).toBeGreaterThan(1500);
      const unexercised = result.clauses.filter((_c, i) => result.exercised[i] === 0);
      expect(unexercised.map((clause) => clause.id)).toEqual([]);
    },
  );
  test("at linux level they are not", async () => {
    const result = await campaign(served(area, "--choices", "5"), { level: "linux" });
    expect(result.finds[0]?.clauses).toContain("VEC-MATRIX-18");
  });
  test("a fault that shows in the state alone is blamed on its own command", async () => {
    const command = served(area, "--fault", "available-not-lowered");
    const result = await campaign(command, { config: allocator.faultConfig, runs: 64, stop: true });
    const find = result.finds[0];
    expect(find).toMatchObject({ confirmed: true });
    expect(find?.clauses[0]).toBe("VEC-MATRIX-6");
  });
});
