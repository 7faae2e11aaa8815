import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../root.js";
import { FULL } from "../testing.js";

const root = packageRoot();
const readme = readFileSync(join(root, "README.md"), "utf8");
const main = join(root, "dist", "properties", "cli", "main.js");

/** The fenced text after a marker such as <!-- output:check -->. */
const block = (name: string): string => {
  const after = readme.split(`<!-- output:${name} -->`)[1] ?? "";
  return (after.split("```")[1] ?? "").trim();
};

describe("README shows real output", () => {
  it("of explain", () => {
    const result = spawnSync(process.execPath, [main, "explain", "VEC-MATRIX-8"], {
      encoding: "utf8",
    });
    expect(result.stdout.trim()).toBe(block("explain"));
  });

  // The main job itself: half a minute.
  it.runIf(FULL)("of the main job (half a minute: npm run test:full)", () => {
    const result = spawnSync(process.execPath, [main, "check"], { cwd: root, encoding: "utf8" });
    expect(result.status).toBe(0);
    expect(result.stdout).toContain(block("check"));
  });
});
