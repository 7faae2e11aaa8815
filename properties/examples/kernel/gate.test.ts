import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeOrThrow } from "../../../spec/core/decode.js";
import { GateReport } from "../../gate/report.js";
import { missing, required, why } from "../../kits/cargo.js";
import { UNSAFE } from "../../report/fixtures/hostile.js";
import {
  junitProblems,
  kcidbProblems,
  reportProblems,
  sarifProblems,
} from "../../report/fixtures/validators.js";
import { root } from "../../sut/fixtures/places.js";
import { FULL, long } from "../../testing.js";
import { type Case, stories, TODAY } from "./cases.js";
import { type Cases, makeKernel } from "./make.js";

const cli = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "redbear-spec-gate-"));
const problems = {
  json: reportProblems("gate-report.schema.json"),
  sarif: sarifProblems(),
  kcidb: kcidbProblems(),
};
/** Outputs that a terminal, a log or a forge shows as they are. */
const shown = ["ktap", "comment", "markdown"] as const;
let made: Cases;

beforeAll(() => {
  // Hooks, filters and drivers of the repository would leave a file if one of them ran.
  made = makeKernel(folder, { hostile: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("where tests run for good, cargo is there", () => {
  expect(missing && required, "cargo was not found: the example kernel cannot be gated").toBe(
    false,
  );
});

const gate = async (one: Case, change: readonly string[], ...more: string[]): Promise<void> => {
  const at = (name: string): string => join(folder, `run.${name}`);
  const formats = ["json", "sarif", "kcidb", "junit", "html", ...shown];
  const run = spawnSync(
    process.execPath,
    [
      ...[cli, "gate", "--repo", made.repository, "--cache", join(folder, "cache")],
      ...["--traces", join(folder, "traces"), "--today", TODAY, ...change, ...more],
      ...formats.flatMap((name) => [`--${name}`, at(name)]),
    ],
    { cwd: folder, encoding: "utf8" },
  );
  const text = (name: string): string => readFileSync(at(name), "utf8");
  const report = decodeOrThrow(GateReport, JSON.parse(text("json")), { file: "run.json" });
  const said = `${one.name}: ${report.headline}\n${run.stdout}${run.stderr}`;
  expect([...new Set(report.blockers.map((b) => b.rule))].sort(), said).toEqual(
    [...one.rules].sort(),
  );
  expect(report.verdict, said).toBe(one.verdict);
  expect(run.status, said).toBe(one.exit);
  for (const [path, clauses] of Object.entries(one.changes)) {
    const area = report.areas.find(({ subsystem }) => subsystem === path);
    for (const [id, change] of Object.entries(clauses)) {
      const clause = area?.clauses.find((c) => c.id === id);
      expect(clause?.change, `${id} in ${said}`).toBe(change);
    }
  }
  for (const [name, of] of Object.entries(problems)) expect(of(text(name)), name).toEqual([]);
  expect(await junitProblems(text("junit"))).toEqual([]);
  for (const name of shown) expect(text(name), name).not.toMatch(UNSAFE);
  expect(run.stdout).not.toMatch(UNSAFE);
  expect(text("html")).not.toMatch(/<script>(?!\/\*)[^<]*alert/);
  expect(readdirSync(folder).filter((name) => name.startsWith("pwned"))).toEqual([]);
};

const small = ["--runs", "24", "--budget", "60s"];

describe.skipIf(missing || !FULL)(`the gate over the example kernel${why}${long}`, () => {
  for (const { name, shows, as } of stories) {
    const found = (): Case => made.cases.find((one) => one.name === name) as Case;
    if (as !== "main") {
      test(`${name}: ${shows}`, async () => {
        const one = found();
        await gate(one, ["--range", `${one.base}..${one.head}`], ...small);
      });
    }
    if (as === "both" || as === "main") {
      test(`${name}, as patches`, async () => {
        const one = found();
        const patches = one.patches.flatMap((file) => ["--patch", file]);
        await gate(one, ["--base", one.patchBase, ...patches], ...small);
      });
    }
  }

  test("README shows a gate as it is", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const after = readme.split("<!-- output:gate -->")[1] ?? "";
    const block = (after.split("```")[1] ?? "").trim();
    const run = spawnSync(
      process.execPath,
      [
        ...[cli, "gate", "--cache", join(folder, "cache"), "--today", TODAY, ...small],
        ...["--range", "base/new-fault..head/new-fault", "--traces", join(folder, "readme")],
      ],
      { cwd: made.repository, encoding: "utf8" },
    );
    // The trace does not depend on how long the search was; the counts and the times do.
    const told = (text: string): string[] => {
      const lines = text.split("\n");
      const from = lines.findIndex((line) => line.startsWith("new VEC-MATRIX-4"));
      return lines.slice(
        from,
        lines.findIndex((line) => line.startsWith("  replay:")),
      );
    };
    expect(told(block)).toHaveLength(7);
    expect(told(run.stdout)).toEqual(told(block));
  });

  // As a developer runs it, within the minute.
  for (const name of ["new-fault", "good-refactoring", "unmapped-file"]) {
    test(`${name}, with everything as it comes`, async () => {
      const one = made.cases.find((c) => c.name === name) as Case;
      await gate(one, ["--range", `${one.base}..${one.head}`]);
    });
  }
});
