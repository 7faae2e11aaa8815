import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeOrThrow } from "../../spec/core/decode.js";
import { packageRoot } from "../root.js";
import { FULL, long } from "../testing.js";
import { type TestRepo, testRepo } from "./fixtures/repository.js";
import { GateReport } from "./report.js";

const cli = fileURLToPath(new URL("../cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gate-"));
const area = "irq/vector-matrix/allocator";
let repo: TestRepo;

const CONFIG = `version = 1
[kernel]
paths = ["kernel/**"]
[[area]]
subsystem = "${area}"
level = "linux"
paths = ["kernel/irq/**"]
run = "node kernel/irq/vector.mjs"
`;
const VECTOR = "kernel/irq/vector.mjs";
const right = readFileSync(
  join(packageRoot(), "properties", "examples", "systems", "allocator.mjs"),
  "utf8",
);
const edited = (text: string, from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replace(from, () => to);
};
const faulty = edited(right, "cpus[faulty ? 0 : cpu]", "cpus[0]");
const waiver = (more: string): string => `area = "${area}"
clause = "VEC-MATRIX-8"
reason = "high CPUs first until the tables are per node"
owner = "A. Tester <tester@example.org>"
${more}`;

beforeAll(() => {
  repo = testRepo(join(folder, "kernel"));
  repo.commit("kernel", { "redbear-spec.toml": CONFIG, [VECTOR]: right, "docs/irq.md": "x" });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Outcome = { status: number | null; out: string; err: string; report: GateReport | undefined };

const gate = (...args: string[]): Outcome => {
  const json = join(folder, "run.json");
  rmSync(json, { force: true });
  const run = spawnSync(
    process.execPath,
    [
      ...[cli, "gate", "--repo", repo.dir, "--cache", join(folder, "cache")],
      ...["--traces", join(folder, "traces"), "--runs", "8", "--today", "2026-11-25"],
      ...["--json", json, ...args],
    ],
    { cwd: folder, encoding: "utf8" },
  );
  const report = existsSync(json)
    ? decodeOrThrow(GateReport, JSON.parse(readFileSync(json, "utf8")), { file: json })
    : undefined;
  return { status: run.status, out: run.stdout, err: run.stderr, report };
};

const rulesOf = ({ report }: Outcome): string[] => [
  ...new Set(report?.blockers.map((blocker) => blocker.rule)),
];
const changeOf = ({ report }: Outcome, id: string): string | undefined =>
  report?.areas[0]?.clauses.find((clause) => clause.id === id)?.change;

describe("the gate over a small kernel", () => {
  test("stays shut for a new violation, with the trace on base, head and Linux", () => {
    const base = repo.commit("right", { [VECTOR]: right });
    const head = repo.commit("free on CPU 0", { [VECTOR]: faulty });
    const outcome = gate("--range", `${base}..${head}`);
    expect(outcome.out).toMatch(/violated: The change breaks VEC-MATRIX-4/);
    expect(outcome.status).toBe(1);
    expect(rulesOf(outcome)).toEqual(["GATE-NEW"]);
    const violation = outcome.report?.areas[0]?.violations.find((v) => v.clause === "VEC-MATRIX-4");
    expect(violation?.shape.at(-1)).toBe("freeRef -> warned");
    expect(violation?.steps.at(-1)).toMatchObject({
      response: "warned",
      base: "done",
      linux: "done",
    });
    expect(existsSync(violation?.trace ?? "")).toBe(true);
  });

  test.each([
    [["--range", "HEAD"], /--range: found "HEAD", expected two revisions/],
    [["--range", "HEAD..nowhere"], /found no commit "nowhere"/],
    [["--patch", "no.patch"], /no.patch/],
    [[], /expected --range A..B or --patch FILE/],
    [["--range", "HEAD^..HEAD", "--today", "soon"], /--today: found "soon"/],
    [["--range", "HEAD^..HEAD", "--forge", "codeberg"], /--forge: found "codeberg"/],
  ])("says what is wrong with %j in a line, and exits 2", (args, expected) => {
    const { status, err, out } = gate(...args);
    expect(err).toMatch(expected);
    expect(
      err
        .trim()
        .split("\n")
        .filter((line) => !/: (checking out|building|judging)/.test(line)),
    ).toHaveLength(1);
    expect(out).toBe("");
    expect(status).toBe(2);
  });
});

describe.runIf(FULL)(`the gate over a longer history${long}`, () => {
  test("opens for the mended fault, and says that it is fixed", () => {
    const outcome = gate("--range", "HEAD..HEAD^");
    expect(outcome.status).toBe(0);
    expect(changeOf(outcome, "VEC-MATRIX-4")).toBe("fixed");
  });

  test("opens where the fault is the base's already, and judges the same base once", () => {
    repo.commit("beside the fault", { [VECTOR]: `${faulty}\n// the same` });
    const outcome = gate("--range", "HEAD^..HEAD");
    expect(changeOf(outcome, "VEC-MATRIX-4")).toBe("known");
    expect(outcome.status).toBe(0);
    // The second run finds the base's judgement, and says the same.
    const again = gate("--range", "HEAD^..HEAD");
    expect(again.report?.areas[0]?.base.commandsRun).toBe(
      outcome.report?.areas[0]?.base.commandsRun,
    );
    expect(again.report?.areas[0]?.violations).toEqual(outcome.report?.areas[0]?.violations);
  });

  test("tells a second fault of the same clause from the known one", () => {
    const twice = edited(
      faulty,
      "allocatedCount: (",
      'allocatedCount: (x) => ({ kind: "count", value: 7 }),\n  unused: (',
    );
    const head = repo.commit("count wrongly as well", { [VECTOR]: twice });
    const outcome = gate("--range", `${head}^..${head}`);
    expect(outcome.report?.areas[0]?.violations.some((v) => v.change === "new")).toBe(true);
    expect(outcome.report?.areas[0]?.violations.some((v) => v.change === "known")).toBe(true);
    expect(outcome.status).toBe(1);
  });

  test("stays shut for a command that is no longer answered", () => {
    const base = repo.commit("right", { [VECTOR]: right });
    const head = repo.commit("no free", { [VECTOR]: edited(right, '"free", "freeRef", ', "") });
    const outcome = gate("--range", `${base}..${head}`);
    expect(changeOf(outcome, "VEC-MATRIX-4")).toBe("lost");
    expect(rulesOf(outcome).sort()).toEqual(["GATE-LOST-CLAUSE", "GATE-LOST-COMMAND"]);
    expect(outcome.status).toBe(1);
  });

  test("sees a command lost in the harness, which the base is given too", () => {
    const shared = edited(CONFIG, "[[area]]", '[gate]\nharness = ["kernel/irq/**"]\n\n[[area]]');
    const base = repo.commit("harness", { "redbear-spec.toml": shared, [VECTOR]: right });
    const head = repo.commit("no free", { [VECTOR]: edited(right, '"free", "freeRef", ', "") });
    const outcome = gate("--range", `${base}..${head}`);
    expect(changeOf(outcome, "VEC-MATRIX-4")).toBe("lost");
    expect(outcome.status).toBe(1);
    repo.commit("kernel again", { "redbear-spec.toml": CONFIG, [VECTOR]: right });
  });

  test("takes a waiver for a new violation, and stays shut when it is deleted", () => {
    const high = edited(right, "mask.find(", "[...mask].reverse().find(");
    const base = repo.git("rev-parse", "HEAD").trim();
    const head = repo.commit("high CPUs first", { [VECTOR]: high });
    const found = gate("--range", `${base}..${head}`);
    const violations = found.report?.areas[0]?.violations ?? [];
    const shapes = [...new Set(violations.map((v) => JSON.stringify(v.shape)))];
    expect(violations.map((v) => v.clause)).toContain("VEC-MATRIX-8");
    const files = Object.fromEntries(
      shapes.map((shape, i) => [
        `redbear-spec/waivers/${i}.toml`,
        waiver(`shape = ${shape}\nexpires = 2027-01-31\n`),
      ]),
    );
    repo.commit("waive it", files);
    const waived = gate("--range", `${base}..HEAD`);
    expect(waived.out).toContain("waived");
    expect(changeOf(waived, "VEC-MATRIX-8")).toBe("waived");
    expect(waived.status).toBe(0);
    repo.commit("forget it", Object.fromEntries(Object.keys(files).map((f) => [f, undefined])));
    const deleted = gate("--range", "HEAD^..HEAD");
    expect(rulesOf(deleted)).toEqual(["GATE-LOST-WAIVER"]);
    expect(deleted.status).toBe(1);
    const mended = repo.commit("low CPUs first", { [VECTOR]: right });
    expect(gate("--range", `${mended}^^..${mended}`).status).toBe(0);
  });

  test("opens for documentation without judging anything", () => {
    repo.commit("docs", { "docs/irq.md": "more" });
    const outcome = gate("--range", "HEAD^..HEAD");
    expect(outcome.out).toContain("touches nothing that is judged");
    expect(outcome.report?.areas).toEqual([]);
    expect(outcome.status).toBe(0);
  });

  test("runs everything for a kernel file that no area claims, and says so loudly", () => {
    repo.commit("mm", { "kernel/mm/frame.rs": "fn frame() {}" });
    const outcome = gate("--range", "HEAD^..HEAD");
    expect(outcome.out).toMatch(/no area claims kernel\/mm\/frame.rs/);
    expect(outcome.report?.areas).toHaveLength(1);
    expect(outcome.status).toBe(0);
  });

  test("answers a patch that does not apply with status 2 and a report", () => {
    const patch = join(folder, "stale.patch");
    repo.commit("right", { [VECTOR]: right });
    repo.commit("free on CPU 0", { [VECTOR]: faulty });
    writeFileSync(patch, repo.git("show", "--format=email", "HEAD"));
    repo.commit("the owner", { [VECTOR]: edited(right, "cpus[faulty ? 0 : cpu]", "cpus[cpu]") });
    const outcome = gate("--patch", patch);
    expect(rulesOf(outcome)).toEqual(["GATE-APPLY"]);
    expect(outcome.report?.headline).toMatch(/does not apply to HEAD: kernel\/irq\/vector.mjs/);
    expect(outcome.status).toBe(2);
  });
});
