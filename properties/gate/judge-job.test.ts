import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { allocator, fullRange } from "../irq/vector-matrix/allocator/subsystem.js";
import { jsAllocator, misbehaving, root, served } from "../sut/fixtures/places.js";
import { FULL } from "../testing.js";
import type { JudgeJob, JudgeResult } from "./job.js";
import { performJudge } from "./judge-job.js";
import { performReplay } from "./replay-job.js";
import { shapeOf } from "./shape.js";

const folder = mkdtempSync(join(tmpdir(), "judge-job-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  ),
);

const job = (run: string, part: Partial<JudgeJob> = {}): JudgeJob => ({
  kind: "judge",
  subsystem: allocator.path,
  level: "contract",
  run,
  cwd: folder,
  env,
  timeout: 10,
  seed: 0x5eed,
  configs: [],
  regressions: [],
  traces: folder,
  budgetMs: 60_000,
  runs: 16,
  stages: { exhaustive: true, random: true, recorded: true },
  ...part,
});

/** A clock that stands still: nothing is cut. */
const still = (): number => 0;

const judge = (run: string, part: Partial<JudgeJob> = {}): Promise<JudgeResult> =>
  performJudge(job(run, part), still);

const status = (result: JudgeResult, id: string): string | undefined =>
  result.clauses.find((clause) => clause.id === id)?.status;

const regression = (name: string): { name: string; file: string } => ({
  name,
  file: join(root, "traces/regressions/irq/vector-matrix/allocator", name),
});

describe("a judged system", () => {
  test("goes through every stage, the same each time", async () => {
    const run = jsAllocator();
    const part = {
      level: "linux",
      regressions: [regression("VEC-MATRIX-4-82095477.jsonl")],
    } as const;
    const first = await judge(run, part);
    expect(first).toMatchObject({ state: "judged", violations: [], unstable: [] });
    const kinds = first.stages.map((stage) => stage.kind);
    expect([...new Set(kinds)]).toEqual(["regressions", "exhaustive", "random", "recorded"]);
    expect(first.stages.every((stage) => stage.complete)).toBe(true);
    expect(status(first, "VEC-MATRIX-4")).toBe("held");
    expect(status(first, "VEC-MATRIX-10")).toBe("not judged");
    expect(status(first, "SYS-CRASH")).toBe("held");
    expect(await judge(run, part)).toEqual(first);
  });
  test("its violations are shrunk, written down, and break it when they are run again", async () => {
    const run = jsAllocator("--fault", "free-on-cpu0");
    const result = await judge(run);
    // Every find comes again, those on records too, of which it does not answer all commands.
    expect(result).toMatchObject({ state: "judged", unstable: [] });
    expect(status(result, "VEC-MATRIX-4")).toBe("violated");
    const four = result.violations.find((v) => v.clause === "VEC-MATRIX-4");
    expect(four).toMatchObject({ length: 2, level: "contract" });
    expect(four?.again).toContain("--system-cmd '");
    const shapes = result.violations
      .filter((v) => v.clause === "VEC-MATRIX-1")
      .map((v) => shapeOf(v.steps).join());
    expect(new Set(shapes).size).toBe(shapes.length);
    const traces = result.violations.map((v) => ({ name: v.clause, file: v.trace }));
    const { outcomes } = await performReplay({ ...job(run), kind: "replay", traces });
    expect(outcomes.map((o) => o.clauses.includes(o.name))).toEqual(traces.map(() => true));
    const right = await performReplay({ ...job(jsAllocator()), kind: "replay", traces });
    expect(right.outcomes.map((o) => o.clauses)).toEqual(traces.map(() => []));
    expect(right.outcomes[0]?.responses.length).toBeGreaterThan(1);
  });
  test("a regression that breaks is named", async () => {
    const source = await judge(jsAllocator("--fault", "free-on-cpu0"));
    const file = source.violations.find((v) => v.clause === "VEC-MATRIX-4")?.trace ?? "";
    const result = await judge(jsAllocator("--fault", "free-on-cpu0"), {
      regressions: [{ name: "regressions/owner.jsonl", file }],
      stages: { exhaustive: false, random: false, recorded: false },
    });
    expect(result.violations).toMatchObject([
      { clause: "VEC-MATRIX-4", regression: "regressions/owner.jsonl" },
    ]);
    expect(result.stages).toMatchObject([
      { kind: "regressions", complete: true, note: "broken: regressions/owner.jsonl" },
    ]);
  });
  test("a regression that cannot be run is said to be left", async () => {
    const broken = join(folder, "broken.jsonl");
    writeFileSync(broken, "{}\n");
    const result = await judge(misbehaving("fine"), {
      regressions: [
        { name: "broken", file: broken },
        { name: "absent", file: join(folder, "absent.jsonl") },
        { name: "owner", file: regression("VEC-MATRIX-4-82095477.jsonl").file },
      ],
      stages: { exhaustive: false, random: false, recorded: false },
    });
    expect(result.stages[0]?.note).toMatch(/^not run: broken \(.*absent \(.*does not answer/);
    expect(result).toMatchObject({ state: "judged", violations: [] });
  });
});

describe("a system that is not to be relied on", () => {
  const random = { stages: { exhaustive: false, random: true, recorded: false } };
  test("what comes again only sometimes is unstable, with how often", async () => {
    const flaky = join(folder, "flaky.mjs");
    // In every third run, and only there, it panics at the fourth command.
    writeFileSync(
      flaky,
      `const hello = { kind: "hello", protocol: 1, subsystem: ${JSON.stringify(allocator.path)},
        name: "flaky", commands: ["reserve"] };
      let runs = 0, at = 0, text = "";
      const answer = ({ kind }) => {
        if (kind === "hello") return hello;
        if (kind === "reset" || kind === "config") { runs++; at = 0; return { kind: "ready" }; }
        if (kind !== "reserve") return undefined;
        return { kind: ++at === 4 && runs % 3 === 0 ? "panic" : "done" };
      };
      process.stdin.on("data", (some) => {
        const lines = (text + some).split("\\n");
        text = lines.pop();
        for (const line of lines) {
          const said = answer(JSON.parse(line));
          if (said) process.stdout.write(JSON.stringify(said) + "\\n");
        }
      });
      `,
    );
    const result = await judge(`"${process.execPath}" "${flaky}"`, random);
    expect(result).toMatchObject({ state: "judged", violations: [] });
    expect(result.unstable.length).toBeGreaterThan(0);
    for (const { reproduced } of result.unstable) {
      expect(reproduced.times).toBeLessThan(reproduced.of);
    }
  });
  test.skipIf(!FULL)("a crash ends a campaign, not the judging", async () => {
    const result = await judge(misbehaving("crash"), random);
    expect(result.state).toBe("judged");
    expect(result.stages.length).toBe(
      allocator.campaigns.filter((campaign) => campaign.level === "contract").length,
    );
    expect(result.stages.every((stage) => stage.commands > 0 && !stage.complete)).toBe(true);
    expect(result.violations).toMatchObject([{ clause: "SYS-CRASH", length: 4 }]);
  });
  test("a hang is one violation, and after two no campaign is begun", async () => {
    const result = await judge(misbehaving("hang"), { ...random, timeout: 0.3 });
    expect(result.violations).toMatchObject([{ clause: "SYS-HANG", length: 4 }]);
    expect(result.stages.at(-1)?.note).toBe("not begun, since the system hung before");
  });
  test.each([
    ["early-exit", /no answer to the hello/],
    ["wrong-protocol", /speaks protocol 2/],
    ["refuse", /only one CPU/],
  ])("%s: it could not start, and why", async (mode, why) => {
    const result = await judge(misbehaving(mode), random);
    expect(result.state).toBe("could not start");
    expect(result.why).toMatch(why);
  });
  test("a command line that is none could not start either", async () => {
    expect(await judge("./no-such-program")).toMatchObject({ state: "could not start" });
    expect(await judge(jsAllocator(), { cwd: join(folder, "absent") })).toMatchObject({
      state: "could not start",
    });
  });
});

describe("the time", () => {
  test("cuts every stage, and each says so", async () => {
    let now = 0;
    const result = await performJudge(job(jsAllocator(), { budgetMs: 60 }), () => now++);
    expect(result.state).toBe("judged");
    expect(result.stages.some((stage) => !stage.complete)).toBe(true);
    expect(result.commandsRun).toBeGreaterThan(0);
  });
  test("configurations of the user's take the place of campaigns", async () => {
    const result = await judge(jsAllocator(), {
      configs: [{ name: "big.json", value: fullRange(5) }],
      stages: { exhaustive: false, random: true, recorded: false },
    });
    expect(result.stages).toMatchObject([{ kind: "random", name: "big.json", complete: true }]);
    const bad = await judge(jsAllocator(), { configs: [{ name: "bad.json", value: {} }] });
    expect(bad).toMatchObject({ state: "could not start" });
    expect(bad.why).toContain("bad.json");
  });
});

test("a system runs in its folder, with its environment and no other", async () => {
  const told = join(folder, "told");
  const run = `pwd > told; echo "$ONLY" >> told; echo "$HOME" >> told; ${served(allocator.path)}`;
  await judge(run, {
    env: { ONLY: "this", PATH: env.PATH ?? "" },
    stages: { exhaustive: false, random: false, recorded: false },
  });
  expect(readFileSync(told, "utf8").split("\n").slice(1)).toEqual(["this", "", ""]);
});
