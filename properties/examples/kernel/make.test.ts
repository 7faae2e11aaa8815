import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClauses } from "../../../spec/core/system-clauses.js";
import { exitCode } from "../../../spec/core/verdict.js";
import { findRule } from "../../gate/rules.js";
import { cargo, missing, required, toolchains, why } from "../../kits/cargo.js";
import { root } from "../../sut/fixtures/places.js";
import { findSubsystem } from "../../systems.js";
import { FULL, long } from "../../testing.js";
import { table } from "./cases.js";
import { git } from "./history.js";
import { hostileNames } from "./hostile-stories.js";
import { type Cases, makeKernel } from "./make.js";

const base = mkdtempSync(join(tmpdir(), "redbear-spec-kernel-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let made: Cases;
beforeAll(() => {
  made = makeKernel(join(base, "one"));
});

/** Bytes, since names may hold anything. */
const names = (...args: string[]): string[] =>
  git(made.repository, [...args, "-z"])
    .split("\0")
    .filter((name) => name !== "");

test("the same commits every time", () => {
  const again = makeKernel(join(base, "two"));
  const refs = (repository: string) => git(repository, ["for-each-ref"]);
  expect(refs(again.repository)).toBe(refs(made.repository));
  expect(refs(made.repository).split("\n")).toHaveLength(2 * made.cases.length + 1);
  expect(git(made.repository, ["status", "--porcelain"])).toBe("");
  expect(() => makeKernel(join(base, "two"))).toThrow(/is there already/);
});

test("cases name rules, clauses and exit codes that exist", () => {
  expect(made.cases.length).toBeGreaterThanOrEqual(16);
  expect(new Set(made.cases.map(({ name }) => name)).size).toBe(made.cases.length);
  for (const { name, rules, changes, verdict, exit } of made.cases) {
    expect(exit, name).toBe(exitCode(verdict));
    for (const rule of rules) expect(findRule(rule), `${name}: ${rule}`).toBeDefined();
    for (const [path, clauses] of Object.entries(changes)) {
      const known = [...findSubsystem(path).clauses, ...systemClauses].map(({ id }) => id);
      expect(known, name).toEqual(expect.arrayContaining(Object.keys(clauses)));
    }
  }
});

test("every case changes something, and no two ranges are alike", () => {
  const changes = made.cases.map(({ base: from, head }) => {
    const files = names("diff", "--name-only", from, head);
    expect(files.length, head).toBeGreaterThan(0);
    return git(made.repository, ["diff", "--binary", from, head]);
  });
  // "Say which vector is taken" is told over several bases.
  expect(new Set(changes).size).toBeGreaterThanOrEqual(made.cases.length - 4);
});

test("the table in the README is this one", () => {
  const readme = readFileSync(join(root, "properties/examples/kernel/README.md"), "utf8");
  expect(readme).toContain(table());
});

describe("patches", () => {
  test("applied to their base they give the head's tree; one does not apply", () => {
    let failed = 0;
    for (const { name, patches, patchBase, head } of made.cases) {
      if (patches.length === 0) continue;
      const copy = join(base, `am-${name}`);
      git(base, ["clone", "--quiet", "--shared", "--no-checkout", made.repository, copy]);
      git(copy, ["checkout", "--quiet", "--detach", `origin/${patchBase}`]);
      const user = ["-c", "user.name=x", "-c", "user.email=x@example.invalid"];
      const run = spawnSync("git", [...user, "am", "--quiet", "--keep-cr", ...patches], {
        cwd: copy,
      });
      if (run.status === 0) {
        const tree = (rev: string) => git(copy, ["rev-parse", `${rev}^{tree}`]);
        expect(tree("HEAD"), name).toBe(tree(`origin/${head}`));
      } else {
        expect(name).toBe("does-not-apply");
        failed++;
      }
    }
    expect(failed).toBe(1);
  });
});

describe("hostile parts", () => {
  test("names arrive in the tree as they are", () => {
    const files = names("ls-tree", "-r", "--name-only", "head/hostile-names");
    expect(files).toEqual(expect.arrayContaining([...hostileNames]));
  });

  test("hooks and settings would run, and making the repository runs none", () => {
    const folder = join(base, "hostile");
    const { repository } = makeKernel(folder, { hostile: true });
    const pwned = () => readdirSync(folder).filter((name) => name.startsWith("pwned-"));
    expect(pwned()).toEqual([]);
    // Whoever checks out in it runs them: the trap is live.
    spawnSync("git", ["checkout", "--quiet", "head/hostile-attributes"], { cwd: repository });
    expect(pwned()).toContain("pwned-post-checkout");
  });
});

test("where tests run for good, cargo is there", () => {
  expect(missing && required, "cargo was not found: the example cannot be built").toBe(false);
});

describe.skipIf(missing || !FULL)(`the first commit${why}${long}`, () => {
  test.each(toolchains)("is sound Rust for $name, without a warning", (toolchain) => {
    const harness = join(made.repository, "redbear-spec/harness");
    expect(existsSync(harness)).toBe(true);
    const { ok, text } = cargo(harness, ["check", "--locked"], toolchain);
    expect(ok, text).toBe(true);
  });
});
