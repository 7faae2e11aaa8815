import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Stub, TOKEN } from "../forge/stub.js";
import { testRepo } from "../gate/fixtures/repository.js";
import { packageRoot } from "../root.js";
import { FULL } from "../testing.js";

const cli = fileURLToPath(new URL("./main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gate-forge-"));
const right = readFileSync(
  join(packageRoot(), "properties", "examples", "systems", "allocator.mjs"),
  "utf8",
);
// A harness that can read the job's token ends before it has said hello.
const watchful = (text: string): string =>
  `if (Object.values(process.env).some((v) => v.includes("${TOKEN}"))) process.exit(7);\n${text}`;
const CONFIG = `version = 1
[kernel]
paths = ["kernel/**"]
[[area]]
subsystem = "irq/vector-matrix/allocator"
level = "linux"
paths = ["kernel/**"]
run = "node kernel/vector.mjs"
`;

let commits: { base: string; good: string; bad: string };
let stub: Stub;
let api: string;

beforeAll(() => {
  const repo = testRepo(join(folder, "kernel"));
  const vector = (text: string) => ({ "kernel/vector.mjs": watchful(text) });
  const base = repo.commit("base", { "redbear-spec.toml": CONFIG, ...vector(right) });
  const bad = repo.commit("free on CPU 0", vector(right.replace("faulty ? 0 : cpu", "0")));
  const good = repo.commit("right again", vector(`${right}\n// as before`));
  commits = { base, good, bad };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  stub = new Stub("gitlab");
  api = await stub.start();
});
afterEach(() => stub.stop());

const gate = (head: string): Promise<{ status: number | null; err: string }> => {
  const child = spawn(
    process.execPath,
    [
      ...[cli, "gate", "--repo", join(folder, "kernel"), "--cache", join(folder, "cache")],
      ...["--traces", join(folder, "traces"), "--runs", "4", "--forge", "auto"],
      ...["--range", `${commits.base}..${head}`],
    ],
    {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        GITLAB_CI: "true",
        CI_API_V4_URL: api,
        CI_PROJECT_ID: "34",
        CI_COMMIT_SHA: head,
        CI_PIPELINE_ID: "99",
        CI_JOB_URL: "https://forge.example/kernel/red-bear/-/jobs/5",
        CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: "",
        CI_MERGE_REQUEST_IID: "12",
        CI_MERGE_REQUEST_PROJECT_ID: "34",
        GITLAB_TOKEN: TOKEN,
      },
    },
  );
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, err })));
};

describe("a gate in a job of a forge", () => {
  test.skipIf(!FULL)(
    "sets a pending status, then the verdict, and keeps one comment up to date",
    async () => {
      const first = await gate(commits.bad);
      expect(first.status).toBe(1);
      expect(stub.statuses.map((s) => s.state)).toEqual(["running", "failed"]);
      expect(stub.comments).toHaveLength(1);
      expect(stub.comments[0]?.body).toContain("VEC-MATRIX-4");
      const second = await gate(commits.good);
      expect(second.status).toBe(0);
      expect(stub.statuses.map((s) => s.state).slice(2)).toEqual(["running", "success"]);
      expect(stub.comments).toHaveLength(1);
      expect(stub.comments[0]?.body).toContain("holds");
      expect(first.err + second.err).not.toContain(TOKEN);
    },
  );

  test("that cannot set the status of a change that holds is no success", async () => {
    stub.readOnly = true;
    const { status, err } = await gate(commits.good);
    expect(status).toBe(2);
    expect(err).toMatch(/status not set/);
  });
});
