import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { levels } from "../../spec/core/clause.js";
import { allocator, fullRange } from "../irq/vector-matrix/allocator/subsystem.js";
import { runExternal } from "./campaign.js";
import { root } from "./fixtures/places.js";
import { StdioSystem } from "./stdio.js";

const seed = 0x5eed;
const rustc = spawnSync("rustc", ["--version"], { encoding: "utf8" });
const missing = rustc.status !== 0;
// On a developer's machine it may be missing; where the project is tested for good it may not.
const required = process.env.CI !== undefined && process.env.CI !== "";

test("where tests run for good, rustc is there", () => {
  expect(missing && required, "rustc was not found: the Rust example cannot be tested").toBe(false);
});

describe.skipIf(missing)(
  `the example in Rust, seed ${seed}${missing ? " (skipped: rustc was not found)" : ""}`,
  () => {
    const directory = mkdtempSync(join(tmpdir(), "vector-allocator-"));
    const binary = join(directory, "vector-allocator");
    afterAll(() => rmSync(directory, { recursive: true, force: true }));
    beforeAll(() => {
      const source = join(root, "properties/examples/systems/rust/src/main.rs");
      const args = ["--edition", "2021", "-D", "warnings", "-O", source, "-o", binary];
      const build = spawnSync("rustc", args, { encoding: "utf8" });
      expect(build.stderr).toBe("");
    });

    const campaign = async (command: string, level: (typeof levels)[number]) => {
      const system = await StdioSystem.start(command, allocator);
      const base = { system, subsystem: allocator, level, seed, first: 0, runs: 20, length: 300 };
      try {
        return await runExternal({ ...base, config: fullRange(4) });
      } finally {
        await system.close();
      }
    };

    test.each(levels)("passes at %s level", async (level) => {
      const result = await campaign(binary, level);
      expect(result).toMatchObject({ finds: [], commands: 20 * 300 });
    });
    test("with its fault breaks the clause about the owner", async () => {
      const { finds } = await campaign(`${binary} --fault free-on-cpu0`, "contract");
      expect(finds.flatMap((find) => find.clauses)).toContain("VEC-MATRIX-4");
      expect(finds.every((find) => find.confirmed)).toBe(true);
    });
    test("a panic of the module is an answer, and the harness lives", async () => {
      const system = await StdioSystem.start(binary, allocator);
      await system.configure(fullRange(2));
      const { fault } = await system.batch([{ kind: "online", cpu: 70 }, { kind: "reserve" }]);
      expect(fault).toMatchObject({ clause: "SYS-PANIC", at: 0 });
      expect(fault?.message).toMatch(/allocator.rs:\d+: .*the index is 70/);
      expect(await system.reset()).toBeUndefined();
      await system.close();
    });
    test("more CPUs than it holds are refused", async () => {
      const system = await StdioSystem.start(binary, allocator);
      await expect(system.configure(fullRange(65))).rejects.toThrow("at most 64 CPUs");
      await system.close();
    });
  },
);
