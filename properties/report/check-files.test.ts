import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packageRoot } from "../root.js";

const main = join(packageRoot(), "dist", "properties", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "redbear-spec-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const check = (...more: string[]) =>
  spawnSync(
    process.execPath,
    [
      main,
      "check",
      "irq/vector-matrix/allocator",
      ..."--system fault:free-on-executing-cpu --level contract --runs 8".split(" "),
      ...more,
    ],
    { cwd: folder, encoding: "utf8" },
  );

describe("files that a check writes", () => {
  it("are all there, each in its form", () => {
    const starts = {
      junit: '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>',
      sarif: '{\n  "$schema"',
      ktap: "KTAP version 1\n1..",
      kcidb: '{\n  "version"',
      markdown: "## Evidence: violated\n",
    };
    const result = check(...Object.keys(starts).flatMap((name) => [`--${name}`, name]));
    expect(result.status).toBe(1);
    for (const [name, start] of Object.entries(starts)) {
      const text = readFileSync(join(folder, name), "utf8");
      expect(text.slice(0, start.length)).toBe(start);
      expect(text).toContain("VEC-MATRIX-4");
    }
  });

  it("stand alone on standard output", () => {
    const { stdout } = check("--ktap", "-");
    expect(stdout).toMatch(/^KTAP version 1\n/);
    expect(stdout).not.toContain("verdict  \n");
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("not ok 2 check");
  });

  it("that cannot be written are an error", () => {
    const result = check("--junit", join(folder, "none", "x.xml"));
    expect(result.status).toBe(2);
    expect(result.stderr).toMatch(/x\.xml: cannot be written\n$/);
  });
});
