import { describe, expect, test } from "vitest";
import { type Level, levels } from "../../spec/core/clause.js";
import { explore } from "../engine/explore.js";
import { scopeOf } from "../engine/judge.js";
import { msiMessage } from "../irq/msi-message/subsystem.js";
import { allocator } from "../irq/vector-matrix/allocator/subsystem.js";
import type { AnySubsystem } from "../subsystem.js";
import { jsAllocator, misbehaving, served } from "./fixtures/places.js";
import { StdioSystem } from "./stdio.js";
import { type TourResult, tour } from "./tour.js";

type Setting = {
  readonly level?: Level;
  readonly subsystem?: AnySubsystem;
  readonly nth?: number;
  readonly maxStates?: number;
  readonly batches?: number;
};

const explorationOf = ({ level = "contract", subsystem = allocator, nth = 0 }: Setting) => {
  const found = subsystem.explorations.filter((e) => e.level === level)[nth];
  if (found === undefined) throw new Error("no such exploration");
  return found;
};

const toured = async (command: string, setting: Setting = {}): Promise<TourResult> => {
  const { level = "contract", subsystem = allocator, maxStates, batches = 1e9 } = setting;
  const system = await StdioSystem.start(command, subsystem);
  let asked = 0;
  try {
    return await tour({
      system,
      subsystem,
      exploration: explorationOf(setting),
      level,
      clauses: scopeOf(subsystem.clauses, level, system.hello.observes).judged,
      ...(maxStates === undefined ? {} : { maxStates }),
      expired: () => asked++ >= batches,
    });
  } finally {
    await system.close();
  }
};

describe("a tour", () => {
  test("comes to every state that the reference's own search finds, and tries all there", async () => {
    const level = "linux";
    const { config, commands, leftOut } = explorationOf({ level });
    const search = explore({
      subsystem: allocator,
      config,
      level,
      clauses: scopeOf(allocator.clauses, level, allocator.observables).judged,
      commands: commands(config),
      ...(leftOut === undefined ? {} : { leftOut: leftOut.when }),
    });
    const result = await toured(served(allocator.path, "--blind"), { level });
    expect(result).toMatchObject({
      complete: true,
      states: search.states,
      transitions: search.transitions,
    });
    expect(result.find).toBeUndefined();
  });
  test.each(levels)("is the same for a program in JavaScript at %s level", async (level) => {
    const first = await toured(jsAllocator(), { level });
    expect(first).toMatchObject({ complete: true });
    expect(first.states).toBeGreaterThan(200);
    expect(await toured(jsAllocator(), { level })).toEqual(first);
  });
  test("tells a system that resolves no references the results", async () => {
    const own = await toured(jsAllocator());
    const told = await toured(served(allocator.path, "--blind", "--no-refs"), { batches: 40 });
    expect(told.find).toBeUndefined();
    expect(told.states).toBeGreaterThan(own.states);
  });
  test("follows a system that chooses otherwise, never the same way twice", async () => {
    const setting = { subsystem: msiMessage, level: "linux", nth: 1 } as const;
    const result = await toured(served(msiMessage.path), setting);
    expect(result).toMatchObject({ complete: true });
    const other = await toured(served(allocator.path, "--blind", "--choices", "5"), {
      batches: 2000,
    });
    expect(other.find).toBeUndefined();
    expect(other.states).toBeGreaterThan(100);
  });
  test("ends at a violation, with the shortest way known", async () => {
    const result = await toured(served(allocator.path, "--fault", "mask-ignored"));
    expect(result).toMatchObject({ complete: false, find: { confirmed: true } });
    expect(result.find?.clauses).toContain("VEC-MATRIX-9");
    expect(result.find?.sent.length).toBeLessThan(6);
  });
  test("with all that was done where the state alone does not show it again", async () => {
    // What it frees wrongly is nothing that the reference knows of.
    const result = await toured(jsAllocator("--fault", "free-on-cpu0"));
    expect(result).toMatchObject({ complete: false, find: { confirmed: true } });
  });
  test("finds what shows in the state alone", async () => {
    const result = await toured(served(allocator.path, "--fault", "offline-keeps-global"));
    expect(result.find).toMatchObject({ confirmed: true, clauses: ["VEC-MATRIX-7"] });
  });
  test("stops at its bounds", async () => {
    const many = await toured(served(allocator.path, "--blind"), { maxStates: 50 });
    expect(many.complete).toBe(false);
    const cut = await toured(served(allocator.path, "--blind"), { batches: 2 });
    expect(cut).toMatchObject({ complete: false });
    expect(cut.transitions).toBeGreaterThan(0);
  });
  test("a crash on the way is a find", async () => {
    const exploration = {
      ...explorationOf({}),
      commands: () => [{ kind: "reserve" }],
    };
    const system = await StdioSystem.start(misbehaving("crash"), allocator);
    try {
      const result = await tour({
        system,
        subsystem: allocator,
        exploration,
        level: "contract",
        clauses: scopeOf(allocator.clauses, "contract", []).judged,
        maxStates: 20,
      });
      expect(result.find).toMatchObject({ confirmed: true, clauses: ["SYS-CRASH"] });
      expect(result.find?.sent).toHaveLength(4);
    } finally {
      await system.close();
    }
  });
});
