import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../root.js";
import { FULL } from "../testing.js";
import { type TestRepo, testRepo } from "./fixtures/repository.js";

const cli = fileURLToPath(new URL("../cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gate-interrupt-"));
const cache = join(folder, "cache");
/** In the command line of every process of the harness, and of no other one. */
const MARK = `harness-${process.pid}`;
let repo: TestRepo;

const CONFIG = `version = 1
[kernel]
paths = ["kernel/**"]
[[area]]
subsystem = "irq/vector-matrix/allocator"
level = "linux"
paths = ["kernel/**"]
run = "node kernel/vector.mjs ${MARK}"
`;

beforeAll(() => {
  repo = testRepo(join(folder, "kernel"));
  const fast = readFileSync(
    join(packageRoot(), "properties", "examples", "systems", "allocator.mjs"),
    "utf8",
  );
  // A system that takes its time: there is always something under way to interrupt.
  const slow = fast.replace(
    'let output = "";',
    'let output = "";\n  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40);',
  );
  expect(slow).not.toBe(fast);
  repo.commit("base", { "redbear-spec.toml": CONFIG, "kernel/vector.mjs": slow });
  repo.commit("slow", { "kernel/vector.mjs": `${slow}\n// as before` });
  repo.commit("fast", { "kernel/vector.mjs": `${fast}\n// as before` });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { status: number | null; signal: string | null; out: string; err: string };

const start = (...more: string[]): { child: ChildProcess; ended: Promise<Ended> } => {
  const child = spawn(
    process.execPath,
    [
      cli,
      "gate",
      "--repo",
      repo.dir,
      "--cache",
      cache,
      "--traces",
      join(folder, "traces"),
      ...more,
    ],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (status, signal) => resolve({ status, signal, out, err }));
  });
  return { child, ended };
};

/** Command lines of all processes, by pid. */
const processes = (): { pid: number; parent: number; line: string }[] =>
  execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .flatMap((row) => {
      const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row);
      if (match === null) return [];
      return [{ pid: Number(match[1]), parent: Number(match[2]), line: match[3] as string }];
    });

const harnesses = () => processes().filter(({ line }) => line.includes(MARK));
const workersOf = (pid: number | undefined) =>
  processes().filter(({ parent, line }) => parent === pid && line.includes("worker.js"));

const until = async (what: string, reached: () => boolean): Promise<void> => {
  for (let i = 0; i < 300; i++) {
    if (reached()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain until ${what}`);
};

/** Folders of runs that a gate has not tidied up. */
const leftRuns = (): string[] => {
  const version = join(cache, "v1");
  const runs = join(version, "runs");
  return existsSync(runs) ? readdirSync(runs) : [];
};

const expectNothingLeft = async (): Promise<void> => {
  await until("the harnesses are gone", () => harnesses().length === 0);
  expect(leftRuns()).toEqual([]);
  // Nothing was written to the repository itself.
  expect(existsSync(join(repo.dir, ".git", "worktrees"))).toBe(false);
  expect(repo.git("status", "--porcelain")).toBe("");
};

/** A run of the same kernel is not confused by what came before. */
const expectWholeRun = async (): Promise<void> => {
  const { status, out } = await start("--range", "HEAD^..HEAD", "--budget", "9s").ended;
  expect(out).toMatch(/holds/);
  expect(status).toBe(0);
  await expectNothingLeft();
};

describe("a gate that is cut off", () => {
  for (const signal of FULL ? (["SIGINT", "SIGTERM", "SIGHUP"] as const) : (["SIGINT"] as const)) {
    test(`by ${signal} says what it knows, exits 3 and leaves nothing`, async () => {
      const json = join(folder, "run.json");
      const { child, ended } = start("--range", "HEAD^^..HEAD^", "--json", json);
      await until("harnesses run", () => harnesses().length >= 2);
      child.kill(signal);
      const { status, out, err } = await ended;
      expect(err).toContain("interrupted");
      expect(out).toContain("GATE-INTERRUPTED");
      expect(status).toBe(3);
      expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({ verdict: "inconclusive" });
      await expectNothingLeft();
    });
  }

  test("in its judging processes exits 3 and leaves nothing", async () => {
    const { child, ended } = start("--range", "HEAD^^..HEAD^");
    await until("harnesses run", () => harnesses().length >= 2);
    for (const { pid } of workersOf(child.pid)) process.kill(pid, "SIGKILL");
    const { status, out } = await ended;
    expect(out).toMatch(/killed by SIGKILL/);
    expect(status).toBe(3);
    await expectNothingLeft();
  });

  test.skipIf(!FULL)(
    "by SIGKILL leaves no process, and the next run tidies up and is whole",
    async () => {
      const { child, ended } = start("--range", "HEAD^^..HEAD^");
      await until("harnesses run", () => harnesses().length >= 2);
      child.kill("SIGKILL");
      expect((await ended).signal).toBe("SIGKILL");
      await until("the harnesses are gone", () => harnesses().length === 0);
      await expectWholeRun();
    },
  );

  test.skipIf(!FULL || !existsSync("/dev/full"))(
    "by a full disk says the verdict and the file, and exits 2",
    async () => {
      const { status, out, err } = await start(
        ...["--range", "HEAD^..HEAD", "--budget", "9s", "--json", "/dev/full"],
      ).ended;
      expect(out).toMatch(/holds/);
      expect(err).toMatch(/\/dev\/full.*cannot be written/);
      expect(status).toBe(2);
      await expectNothingLeft();
    },
  );
});
