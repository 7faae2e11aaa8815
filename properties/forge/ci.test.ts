import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { packageRoot } from "../root.js";

type Tree = { readonly [key: string]: unknown };
type Step = { readonly run?: string; readonly uses?: string } & Tree;

const read = (name: string): Tree => {
  const text = readFileSync(join(packageRoot(), "properties/examples/ci", name), "utf8");
  const document = parseDocument(text, { uniqueKeys: true, strict: true });
  expect([...document.errors, ...document.warnings]).toEqual([]);
  return document.toJS() as Tree;
};

const actions = ["gitea.yml", "github.yml"] as const;
const jobOf = (file: Tree, name: string): Tree => (file.jobs as Tree)[name] as Tree;
const steps = (file: Tree, job: string): Step[] => jobOf(file, job).steps as Step[];
const gateStep = (file: Tree, job: string): Step =>
  steps(file, job).find(({ run }) => run?.includes("redbear-spec gate")) as Step;

/** The gate's script of a job, as the forge hands it to a shell. */
const script = (name: string, job: "gate" | "nightly"): string => {
  const file = read(name);
  if (name !== "gitlab.yml") return gateStep(file, job).run ?? "";
  const title = job === "gate" ? "redbear-spec" : "redbear-spec-nightly";
  return ((file[title] as Tree).script as string[]).join("\n");
};

let folder: string;
let repo: string;
/** Tip of the target branch, where the change left it, tip of the change, a merge of the two. */
let tip: string;
let fork: string;
let head: string;
let merge: string;

const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@x", ...args], {
    cwd: repo,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();

const commit = (file: string): string => {
  writeFileSync(join(repo, file), file);
  git("add", file);
  git("commit", "-qm", `add ${file}`);
  return git("rev-parse", "HEAD");
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "redbear-spec-ci-"));
  repo = join(folder, "repo");
  mkdirSync(join(folder, "bin"));
  mkdirSync(repo);
  // In the place of the tool: writes its arguments down, a line each.
  const tool = join(folder, "bin", "redbear-spec");
  writeFileSync(tool, `#!/bin/sh\nprintf '%s\\n' "$@" > "$ARGUMENTS"\nexit "$RESULT"\n`);
  chmodSync(tool, 0o755);
  git("init", "-q", "-b", "main");
  fork = commit("first.rs");
  git("switch", "-qc", "change");
  head = commit("change.rs");
  git("switch", "-q", "main");
  tip = commit("elsewhere.rs");
  git("merge", "-q", "--no-edit", "change");
  merge = git("rev-parse", "HEAD");
  git("switch", "-q", "--detach", merge);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ran = { readonly status: number | null; readonly args: readonly string[] };

const run = (text: string, env: Record<string, string>, result = 0): Ran => {
  const written = join(folder, "arguments");
  rmSync(written, { force: true });
  const { status } = spawnSync("bash", ["-e", "-c", text], {
    cwd: repo,
    env: {
      PATH: `${join(folder, "bin")}:${process.env.PATH}`,
      HOME: folder,
      RUNNER_TEMP: folder,
      ARGUMENTS: written,
      RESULT: String(result),
      ...env,
    },
  });
  return { status, args: existsSync(written) ? readFileSync(written, "utf8").split("\n") : [] };
};

const rangeOf = ({ args }: Ran): string => args[args.indexOf("--range") + 1] ?? "";

/** `${{ github.event.… }}` of a job's env, from the event that the forge sends. */
const resolved = (env: Tree, event: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      const path = /^\$\{\{ github\.event\.([\w.]+) \}\}$/.exec(String(value))?.[1];
      if (path === undefined) return [name, "token"];
      let found = event;
      for (const key of path.split(".")) found = (found as Tree)[key];
      return [name, String(found)];
    }),
  );

/** Variables of a pull or merge request's job, by forge. */
const jobEnv = (name: string): Record<string, string> => {
  if (name === "gitlab.yml") {
    return { CI_MERGE_REQUEST_DIFF_BASE_SHA: fork, CI_COMMIT_SHA: head };
  }
  const event = { pull_request: { number: 12, base: { sha: tip }, head: { sha: head } } };
  return resolved(gateStep(read(name), "gate").env as Tree, event);
};

describe.each([...actions, "gitlab.yml"])("%s", (name) => {
  it("judges what the change did since it left the target branch, and nothing else", () => {
    const ran = run(script(name, "gate"), jobEnv(name));
    expect(ran.status).toBe(0);
    expect(git("diff", "--name-only", rangeOf(ran))).toBe("change.rs");
    expect(git("rev-parse", rangeOf(ran).split("...")[1] ?? "")).toBe(head);
    expect(ran.args.slice(0, 1)).toEqual(["gate"]);
    expect(ran.args).toEqual(expect.arrayContaining(["--forge", "auto", "--cache", "--html"]));
    expect(ran.args).toEqual(expect.arrayContaining(["--json", "--junit", "--traces"]));
  });

  it("ends as the gate ends", () => {
    for (const status of [1, 2, 3]) {
      expect(run(script(name, "gate"), jobEnv(name), status).status).toBe(status);
    }
  });

  it("runs nothing that an event says", () => {
    const evil = `$(touch ${folder}/owned)\`touch ${folder}/owned\`"; touch ${folder}/owned; "`;
    const env = Object.fromEntries(Object.keys(jobEnv(name)).map((key) => [key, evil]));
    run(script(name, "gate"), env);
    expect(existsSync(join(folder, "owned"))).toBe(false);
  });

  it("writes its report to no place that the change has put there", () => {
    const outside = join(folder, "outside");
    mkdirSync(outside, { recursive: true });
    writeFileSync(join(outside, "kept"), "");
    rmSync(join(repo, "redbear-spec-report"), { recursive: true, force: true });
    symlinkSync(outside, join(repo, "redbear-spec-report"));
    expect(run(script(name, "gate"), jobEnv(name)).status).toBe(0);
    expect(existsSync(join(outside, "kept"))).toBe(true);
    if (name !== "github.yml") {
      expect(() => readFileSync(join(repo, "redbear-spec-report", "kept"))).toThrow();
    }
  });

  it("searches by night, from a commit that is there, without a status", () => {
    const ran = run(script(name, "nightly"), {});
    expect(ran.status).toBe(0);
    // The repository is younger than a week.
    expect(rangeOf(ran)).toBe(`${fork}..HEAD`);
    expect(ran.args).toEqual(expect.arrayContaining(["--nightly", "--forge", "none"]));
  });
});

describe.each(actions)("%s", (name) => {
  const file = read(name);

  it("runs for pull requests with the rights of the change, and by night", () => {
    expect(Object.keys(file.on as Tree).sort()).toEqual(["pull_request", "schedule"]);
  });

  it("has no expression in a script, and the token in the gate's step alone", () => {
    for (const job of ["gate", "nightly"]) {
      for (const step of steps(file, job)) {
        expect(step.run ?? "").not.toContain("${{");
        const env = JSON.stringify(step.env ?? {});
        expect(/token/i.test(env)).toBe(job === "gate" && step === gateStep(file, job));
      }
    }
  });

  it("fetches all history and leaves no token behind", () => {
    for (const job of ["gate", "nightly"]) {
      const checkout = steps(file, job).find(({ uses }) => uses?.startsWith("actions/checkout@"));
      expect(checkout?.with).toEqual({ "fetch-depth": 0, "persist-credentials": false });
    }
  });

  it("keeps the report whatever the verdict", () => {
    for (const job of ["gate", "nightly"]) {
      const upload = steps(file, job).find(({ uses }) => uses?.includes("/upload-artifact@"));
      expect(upload?.if).toMatch(/^\$\{\{ always\(\) \}\}$/);
    }
  });

  it("asks for the rights that it needs and no more", () => {
    const gate = jobOf(file, "gate").permissions;
    const nightly = jobOf(file, "nightly").permissions;
    if (name === "github.yml") {
      expect(file.permissions).toEqual({});
      expect(gate).toEqual({ contents: "read", statuses: "write", "pull-requests": "write" });
      expect(nightly).toEqual({ contents: "read" });
    } else {
      expect(gate).toEqual({ code: "write", issues: "write", "pull-requests": "write" });
      expect(nightly).toEqual({ code: "read" });
    }
  });
});

describe("gitlab.yml", () => {
  const file = read("gitlab.yml");

  it("judges the head of the branch in a merged results pipeline", () => {
    const env = {
      CI_MERGE_REQUEST_DIFF_BASE_SHA: fork,
      CI_COMMIT_SHA: merge,
      CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: head,
    };
    expect(rangeOf(run(script("gitlab.yml", "gate"), env))).toBe(`${fork}...${head}`);
  });

  it("has all history, keeps the report, and a failure fails the pipeline", () => {
    for (const name of ["redbear-spec", "redbear-spec-nightly"]) {
      const job = file[name] as Tree;
      expect(job.variables).toEqual({ GIT_DEPTH: "0" });
      expect(job.artifacts).toMatchObject({ when: "always", paths: ["redbear-spec-report"] });
    }
    expect((file["redbear-spec"] as Tree).allow_failure).toBe(false);
  });
});
