import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { levels } from "../../spec/core/clause.js";
import { allocator, fullRange } from "../irq/vector-matrix/allocator/subsystem.js";
import { cargo, example, kit, missing, program, why } from "../kits/cargo.js";
import { FULL, long } from "../testing.js";
import { runExternal } from "./campaign.js";
import { checkMeasured } from "./fixtures/measured.js";
import { session } from "./fixtures/session.js";
import { StdioSystem } from "./stdio.js";

const seed = 0x5eed;
const area = allocator.path;

describe.skipIf(missing)(`systems in Rust on the kit, seed ${seed}${why}`, () => {
  const traces = mkdtempSync(join(tmpdir(), "rust-systems-"));
  afterAll(() => rmSync(traces, { recursive: true, force: true }));
  beforeAll(() => {
    for (const [crate, args] of [
      [example, ["build", "--release"]],
      [kit, ["build", "--release", "--examples", "--features", "irq-vector-matrix-allocator"]],
    ] as const) {
      const { ok, text } = cargo(crate, args);
      expect(ok, text).toBe(true);
    }
  });
  const vectors = program("release/vector-allocator");
  const firstFit = program("release/examples/first_fit");
  const misbehave = program("release/examples/misbehave");

  const campaign = async (command: string, level: (typeof levels)[number]) => {
    const system = await StdioSystem.start(command, allocator);
    const base = { system, subsystem: allocator, level, seed, first: 0, runs: 20, length: 300 };
    try {
      return await runExternal({ ...base, config: fullRange(4) });
    } finally {
      await system.close();
    }
  };

  describe("the example", () => {
    test.each(levels)("passes at %s level", async (level) => {
      const result = await campaign(vectors, level);
      expect(result).toMatchObject({ finds: [], commands: 20 * 300 });
    });
    test("with its fault breaks the clause about the owner", async () => {
      const { finds } = await campaign(`${vectors} --fault free-on-cpu0`, "contract");
      expect(finds.flatMap((find) => find.clauses)).toContain("VEC-MATRIX-4");
      expect(finds.every((find) => find.confirmed)).toBe(true);
    });
    test("a panic of the module is an answer with its place, and the harness lives", async () => {
      const system = await StdioSystem.start(vectors, allocator);
      await system.configure(fullRange(2));
      const { fault } = await system.batch([{ kind: "online", cpu: 70 }, { kind: "reserve" }]);
      expect(fault).toMatchObject({ clause: "SYS-PANIC", at: 0 });
      expect(fault?.message).toMatch(/allocator.rs:\d+: .*the index is 70/);
      expect(await system.reset()).toBeUndefined();
      expect((await system.batch([{ kind: "reserve" }])).responses).toEqual([{ kind: "done" }]);
      expect(system.starts).toBe(1);
      await system.close();
    });
    test("answers the session on the page of the protocol alike, but for its name", () => {
      const run = spawnSync(vectors, { shell: true, input: session(">"), encoding: "utf8" });
      expect(run.stdout.replace("vector-allocator", "allocator.mjs")).toBe(session("<"));
      expect(run).toMatchObject({ stderr: "", status: 0 });
    });
    test.each([
      ["{", /line 2 of standard input: found the end, expected a string/],
      ['{"kind":"explode"}', /line 2 .*found "explode", expected one of assignSystem/],
      ['{"kind":"online","cpu":-1}', /line 2 .*field cpu: found -1}, expected a whole number/],
      ['{"kind":"online","cpu":1,"colour":2}', /line 2 .*field colour: there is no such field/],
      ['{"kind":"assign","cpu":1,"vector":33}', /line 2 .*assign is not among System::COMMANDS/],
      [Buffer.from([0x7b, 0xff, 0x7d]), /line 2 .*invalid utf-8/],
    ])("a line that makes no sense ends it with the reason: %s", (line, reason) => {
      const config = session(">").split("\n")[1] as string;
      const input = Buffer.concat([`${config}\n`, line, "\n"].map((part) => Buffer.from(part)));
      const run = spawnSync(vectors, { shell: true, input, encoding: "utf8" });
      expect(run.stderr).toMatch(reason);
      expect(run).toMatchObject({ stdout: '{"kind":"ready"}\n', status: 2 });
    });
    test("more CPUs than it holds are refused", async () => {
      const system = await StdioSystem.start(vectors, allocator);
      await expect(system.configure(fullRange(65))).rejects.toThrow("at most 64 CPUs");
      await system.close();
    });
    test("references are the kit's business", async () => {
      const system = await StdioSystem.start(vectors, allocator);
      expect(system.hello).toMatchObject({ refs: true });
      expect(system.hello.commands).toContain("freeRef");
      await system.configure(fullRange(2));
      const alloc = (cpus: number[]) => ({ kind: "alloc", cpus, reserved: false });
      const free = (ref: number) => ({ kind: "freeRef", ref, managed: false, by: 0 });
      const { responses } = await system.batch([alloc([1]), alloc([]), free(0), free(1), free(0)]);
      expect(responses.map((r) => (r as { kind: string }).kind)).toEqual([
        ...["allocated", "failed", "done", "skipped", "warned"],
      ]);
      await system.close();
    });
  });

  describe("a system that shows its state", () => {
    const observed = ["VEC-MATRIX-5", "VEC-MATRIX-6", "VEC-MATRIX-7", "VEC-MATRIX-16"];
    test("is judged by the clauses that need it", async () => {
      const result = await campaign(firstFit, "contract");
      expect(result.finds).toEqual([]);
      expect(result.observed).toBeGreaterThan(1000);
      const exercised = (id: string): number =>
        result.exercised[result.clauses.findIndex((c) => c.id === id)] ?? -1;
      for (const id of observed.slice(0, 3)) expect(exercised(id), id).toBeGreaterThan(10);
    });
    test("and is not, where it does not show it", async () => {
      const { clauses } = await campaign(vectors, "contract");
      expect(clauses.map((c) => c.id).filter((id) => observed.includes(id))).toEqual([]);
    });
    test("a wrong counter is found although every answer is right", async () => {
      const { finds } = await campaign(`${firstFit} leak`, "contract");
      expect(finds.flatMap((find) => find.clauses)).toContain("VEC-MATRIX-6");
    });
  });

  // Through the command line, as a process of its own, so that its memory can be measured.
  describe.runIf(FULL)(`what goes wrong is one clear outcome, memory is bounded${long}`, () => {
    test.each([
      ["abort", "SYS-CRASH", /^exited with status 134 \(SIGABRT\)|was killed by SIGABRT/],
      ["overflow", "SYS-CRASH", /has overflowed its stack/],
      ["exit", "SYS-EXIT", /^exited with status 0$/],
      ["loop", "SYS-HANG", /^gave no answer within 1 s/],
      ["stderr", "SYS-HANG", /^gave no answer within 1 s/],
      ["gigabyte", "SYS-GARBAGE", /^wrote a line that does not end within 1048576 characters/],
      ["half", "SYS-GARBAGE", /^answered "\{\\"kind\\":\\"do", expected one line of JSON/],
      ["noise", "SYS-GARBAGE", /^answered "spurious interrupt", expected one line of JSON/],
      ["print", "SYS-GARBAGE", /^answered "alloc: 3 commands", expected one line of JSON/],
      ["endless", "SYS-EXTRA", /^gave one more answer than commands/],
      ["panic", "SYS-PANIC", /^panicked at examples\/misbehave.rs:\d+: no vector "33"\nin the mat/],
      ["panic-in-drop", "SYS-PANIC", /^panicked at examples\/misbehave.rs:\d+: no vector/],
      ["panic-with-value", "SYS-PANIC", /:\d+: a panic without a message$/],
      ["panic-in-thread", "SYS-PANIC", /called `Result::unwrap\(\)`[\s\S]*in a thread$/],
    ])("%s", (mode, clause, outcome) => {
      const options = ["--timeout", "1", "--runs", "2", "--traces", traces];
      const run = checkMeasured([area, ...options, "--system-cmd", `${misbehave} ${mode}`]);
      expect(run.stderr).toBe("");
      expect(run.status).toBe(1);
      expect(run.report.violations.map((v) => v.clause)).toEqual([clause]);
      const violation = run.report.violations[0];
      expect(violation?.systemOutcome).toMatch(outcome);
      // Four commands, the first three of which were right.
      if (mode !== "endless") expect(violation?.length).toBe(4);
      expect(run.traceLines(violation)).toBe((violation?.length ?? 0) + 1);
      expect(run.maxMiB).toBeLessThan(400);
      expect(run.left(misbehave)).toEqual([]);
    });
    test.each([
      ["panic-in-start", /to the configuration it answers .*nothing to start/],
      ["refuse", /refuses the configuration: only on Tuesdays/],
    ])("%s: it could not run", (mode, message) => {
      const run = checkMeasured([area, "--system-cmd", `${misbehave} ${mode}`]);
      expect(run.status).toBe(2);
      expect(run.stderr).toMatch(message);
      expect(run.stderr.trim().split("\n")).toHaveLength(1);
    });
  });
});
