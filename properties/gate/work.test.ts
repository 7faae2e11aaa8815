import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { allocator } from "../irq/vector-matrix/allocator/subsystem.js";
import { jsAllocator, misbehaving } from "../sut/fixtures/places.js";
import type { JudgeJob } from "./job.js";
import { runJob } from "./work.js";

const folder = mkdtempSync(join(tmpdir(), "work-"));
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
  timeout: 30,
  seed: 1,
  configs: [],
  regressions: [],
  traces: folder,
  budgetMs: 60_000,
  runs: 8,
  stages: { exhaustive: true, random: true, recorded: false },
  ...part,
});

/** A system that notes its process id and then hangs in its fourth command, deaf to its input. */
const hanging = (name: string): { run: string; pid: () => number } => {
  const file = join(folder, name);
  return {
    run: `echo $$ > "${file}"; exec ${misbehaving("spin")}`,
    pid: () => {
      try {
        return Number(readFileSync(file, "utf8"));
      } catch {
        return 0;
      }
    },
  };
};

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A killed process that nobody has waited for yet runs no more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

const until = async (what: () => boolean): Promise<void> => {
  for (let i = 0; i < 400 && !what(); i++) await new Promise((done) => setTimeout(done, 25));
  expect(what()).toBe(true);
};

describe("a job in a process of its own", () => {
  test("gives its result", async () => {
    const result = await runJob(job(jsAllocator()));
    expect(result).toMatchObject({ kind: "judge", state: "judged", violations: [] });
    const replay = await runJob({ ...job(jsAllocator()), kind: "replay", traces: [] });
    expect(replay).toEqual({ kind: "replay", outcomes: [] });
  });
  test("killed, it is interrupted, says what it knew, and its system is gone", async () => {
    const { run, pid } = hanging("killed");
    let worker = 0;
    const work = runJob(job(run), { started: (id) => (worker = id) });
    await until(() => runs(pid()));
    process.kill(worker, "SIGKILL");
    const result = await work;
    expect(result).toMatchObject({ state: "interrupted", why: /killed by SIGKILL/ });
    expect(runs(worker)).toBe(false);
    await until(() => !runs(pid()));
  });
  test("aborted, it leaves nothing behind", async () => {
    const { run, pid } = hanging("aborted");
    const abort = new AbortController();
    let worker = 0;
    const work = runJob(job(run), { signal: abort.signal, started: (id) => (worker = id) });
    await until(() => runs(pid()));
    abort.abort();
    expect(await work).toMatchObject({ state: "interrupted", why: "interrupted" });
    expect(runs(worker)).toBe(false);
    await until(() => !runs(pid()));
    const late = await runJob(job(run), { signal: abort.signal });
    expect(late).toMatchObject({ state: "interrupted", stages: [] });
  });
  test("what it knew after a stage is kept", async () => {
    const abort = new AbortController();
    const work = runJob(job(jsAllocator(), { runs: 1e6 }), { signal: abort.signal });
    setTimeout(() => abort.abort(), 5000);
    const result = await work;
    expect(result).toMatchObject({ state: "interrupted" });
    if (result.kind !== "judge") throw new Error("a judgement was asked for");
    expect(result.stages[0]).toMatchObject({ kind: "exhaustive" });
    expect(result.commandsRun).toBeGreaterThan(100);
  });
  test("out of memory, it is interrupted and says so", async () => {
    const result = await runJob(job(jsAllocator(), { runs: 1e6 }), { memory: 4 });
    expect(result).toMatchObject({ state: "interrupted" });
    expect(result.why).toMatch(/memory|SIGABRT|killed|status/);
  });
  test("a subsystem that does not exist is no crash", async () => {
    const result = await runJob(job(jsAllocator(), { subsystem: "irq/none" }));
    expect(result).toMatchObject({ state: "could not start" });
  });
});

describe("the process that asked", () => {
  test.each(["SIGINT", "SIGKILL"] as const)("ended by %s leaves nothing behind", async (signal) => {
    const { run, pid } = hanging(`parent-${signal}`);
    const work = fileURLToPath(new URL("./work.js", import.meta.url));
    const script = join(folder, `parent-${signal}.mjs`);
    const told = join(folder, `worker-${signal}`);
    writeFileSync(
      script,
      `import { writeFileSync } from "node:fs";\n` +
        `import { runJob } from ${JSON.stringify(work)};\n` +
        `await runJob(${JSON.stringify(job(run))}, {\n` +
        `  started: (pid) => writeFileSync(${JSON.stringify(told)}, String(pid)),\n});\n`,
    );
    const parent = spawn(process.execPath, [script], { stdio: "ignore" });
    await until(() => runs(pid()));
    const worker = Number(readFileSync(told, "utf8"));
    expect(runs(worker)).toBe(true);
    parent.kill(signal);
    await until(() => !runs(pid()) && !runs(worker));
  });
});
