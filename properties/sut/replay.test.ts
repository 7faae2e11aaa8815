import { afterEach, describe, expect, test } from "vitest";
import { judgedAt } from "../../spec/core/clause.js";
import { shrink } from "../engine/shrink.js";
import { allocator, fullRange } from "../irq/vector-matrix/allocator/subsystem.js";
import { runExternal } from "./campaign.js";
import { jsAllocator, misbehaving, served } from "./fixtures/places.js";
import { type ExternalReplay, replayExternal } from "./replay.js";
import { StdioSystem } from "./stdio.js";

const config = fullRange(2);
const area = allocator.path;
let system: StdioSystem | undefined;

afterEach(async () => {
  await system?.close();
  system = undefined;
});

const clauses = judgedAt(allocator.clauses, "contract").filter((c) => c.needs === undefined);

const replay = async (command: string, commands: readonly unknown[]): Promise<ExternalReplay> => {
  system ??= await StdioSystem.start(command, allocator);
  return replayExternal(system, allocator, config, "contract", clauses, commands);
};

const alloc = { kind: "alloc", cpus: [1], reserved: false };
const freeRef = (ref: number) => ({ kind: "freeRef", ref, managed: false, by: 0 });

describe("an exact list of commands", () => {
  const commands = [alloc, { kind: "online", cpu: 0 }, freeRef(1), alloc, freeRef(3), freeRef(0)];
  test("leaves out what is not possible, and keeps the numbers of the list", async () => {
    const result = await replay(jsAllocator(), commands);
    expect(result.clauses).toEqual([]);
    // CPU 0 is online already, and command 1 gave nothing.
    expect(result.steps.map((step) => step.index)).toEqual([0, 3, 4, 5]);
    expect(result.steps[2]?.issued).toMatchObject({ kind: "free", cpu: 1, vector: 33 });
  });
  test("is the same for a system that does not resolve references", async () => {
    const own = await replay(served(area, "--blind"), commands);
    await system?.close();
    system = undefined;
    expect(await replay(served(area, "--blind", "--no-refs"), commands)).toEqual(own);
  });
  test("is judged up to the command that breaks a clause", async () => {
    const result = await replay(jsAllocator("--fault", "free-on-cpu0"), commands);
    expect(result).toMatchObject({ violatedAt: 4, clauses: ["VEC-MATRIX-4"] });
    expect(result.responses.at(-1)).toEqual({ kind: "warned" });
    expect(result.last?.before).toBeInstanceOf(Map);
  });
  test("follows a system that chooses otherwise, in batches or one by one", async () => {
    const many = Array.from({ length: 300 }, (_x, i) => (i % 3 === 2 ? freeRef(i - 1) : alloc));
    const result = await replay(served(area, "--choices", "3"), many);
    expect(result.clauses).toEqual([]);
    expect(result.steps).toHaveLength(300);
  });
});

describe("a fault of the process", () => {
  const reserves = (count: number) => Array.from({ length: count }, () => ({ kind: "reserve" }));
  test("is found at its command, though the batch was answered at once", async () => {
    const result = await replay(misbehaving("crash"), reserves(200));
    expect(result).toMatchObject({ violatedAt: 3, clauses: ["SYS-CRASH"] });
    expect(result.fault?.message).toMatch(/SIGSEGV/);
    expect(result.steps).toHaveLength(4);
    expect(result.steps[3]?.response).toBeUndefined();
    expect((await replay("", reserves(3))).clauses).toEqual([]);
  });
  test.each([
    ["crash", "SYS-CRASH"],
    ["panic", "SYS-PANIC"],
    ["extra", "SYS-EXTRA"],
  ])("shrinks like any violation: %s", async (mode, clause) => {
    const result = await shrink(allocator, clause, reserves(24), async (commands) => {
      const { clauses: broken, steps } = await replay(misbehaving(mode), commands);
      if (broken.length === 0) return undefined;
      return { kept: steps.map((step) => step.index), clauses: broken };
    });
    expect(result.commands).toEqual(reserves(4));
  });
});

test("what a campaign finds shrinks to the shortest list", async () => {
  const command = jsAllocator("--fault", "free-on-cpu0");
  system = await StdioSystem.start(command, allocator);
  const { finds } = await runExternal({
    system,
    subsystem: allocator,
    config,
    level: "contract",
    seed: 11,
    first: 0,
    runs: 20,
    length: 200,
  });
  const find = finds.find((f) => f.clauses.includes("VEC-MATRIX-4"));
  const result = await shrink(allocator, "VEC-MATRIX-4", find?.sent ?? [], async (commands) => {
    const { clauses: broken, steps } = await replay(command, commands);
    if (broken.length === 0) return undefined;
    return { kept: steps.map((step) => step.index), clauses: broken };
  });
  expect(result.commands).toEqual([alloc, freeRef(0)]);
});
