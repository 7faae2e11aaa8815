import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { build } from "./build.js";
import { openCache } from "./cache.js";
import { buildRelevant, cleanEnv } from "./env.js";
import { type Workplace, workplace } from "./fixtures/repository.js";
import { openRepo } from "./repo.js";
import { openTree, type Tree } from "./trees.js";

let place: Workplace;
let tree: Tree;
beforeEach(async () => {
  place = workplace();
  const commit = place.repo.commit("one", { a: "1\n" });
  tree = await openTree(place.open(), place.cache, commit);
});
afterEach(() => place.end());

const inTree = (name: string): string => join(tree.dir, name);
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};
const gone = async (pid: number): Promise<boolean> => {
  for (let i = 0; i < 100 && alive(pid); i++) await sleep(20);
  return !alive(pid);
};
const written = async (file: string): Promise<number> => {
  for (let i = 0; i < 200; i++) {
    if (existsSync(file) && readFileSync(file, "utf8").endsWith("\n")) break;
    await sleep(20);
  }
  return Number(readFileSync(file, "utf8"));
};

describe("a build", () => {
  it("runs in the tree, shows its lines, and is done once", async () => {
    const lines: string[] = [];
    const command = "cat a; echo error >&2; echo x >> ran; pwd";
    const first = await build(tree, command, 10, { onLine: (line) => lines.push(line) });
    expect(first).toMatchObject({ ok: true, cached: false });
    expect(first.why).toBeUndefined();
    expect(lines.sort()).toEqual(["1", tree.dir, "error"].sort());
    expect(first.output).toContain("error\n");
    const again = await build(tree, command, 10);
    expect(again).toEqual({ ...first, cached: true });
    expect(readFileSync(inTree("ran"), "utf8")).toBe("x\n");
    expect((await build(tree, `${command}; true`, 10)).cached).toBe(false);
  });

  it("remembers a failure, but not that of a missing tool or a full disk", async () => {
    const failing = "echo no >&2; exit 3";
    const failed = await build(tree, failing, 10);
    expect(failed).toMatchObject({ ok: false, cached: false, why: "exited with status 3" });
    expect(await build(tree, failing, 10)).toEqual({ ...failed, cached: true });
    for (const command of [
      "no-such-tool-here",
      "echo No space left on device; exit 1",
      "kill -9 $$",
    ]) {
      expect(await build(tree, command, 10)).toMatchObject({ ok: false, cached: false });
      expect(await build(tree, command, 10)).toMatchObject({ ok: false, cached: false });
    }
    expect((await build(tree, "kill -9 $$", 10)).why).toBe("was killed by SIGKILL");
  });

  it("is not remembered by what cannot be read", async () => {
    await build(tree, "echo x >> ran", 10);
    const builds = join(tree.folder, "builds");
    const name = execFileSync("ls", [builds], { encoding: "utf8" }).trim();
    writeFileSync(join(builds, name), '{"version":1,"ok":"yes"}');
    expect((await build(tree, "echo x >> ran", 10)).cached).toBe(false);
    writeFileSync(join(builds, name), "{");
    expect((await build(tree, "echo x >> ran", 10)).cached).toBe(false);
  });

  it("keeps the end of endless output in bounded memory, and counts time", async () => {
    const before = process.memoryUsage().rss;
    const result = await build(tree, "yes 'a long line of output' ", 1);
    expect(result).toMatchObject({ ok: false, why: "took longer than 1 s" });
    expect(result.output.length).toBeLessThanOrEqual((64 << 10) + 2);
    expect(result.output.startsWith("…\na long line")).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
    const one = await build(tree, "head -c 300000 /dev/zero | tr '\\0' x", 10, {
      onLine: () => {},
    });
    expect(one.output.length).toBeLessThanOrEqual((64 << 10) + 2);
  });

  it("takes its whole process group with it: in time, too late, and on abort", async () => {
    const leave = (name: string): string => `sleep 1000 & echo $! > ${name}`;
    expect((await build(tree, leave("quick"), 10)).ok).toBe(true);
    expect(await gone(await written(inTree("quick")))).toBe(true);

    const late = await build(tree, `${leave("late")}; (trap '' TERM INT; sleep 1000)`, 1);
    expect(late).toMatchObject({ ok: false, why: "took longer than 1 s" });
    expect(late.interrupted).toBeUndefined();
    expect(await gone(await written(inTree("late")))).toBe(true);

    const abort = new AbortController();
    const stopped = build(tree, `${leave("stopped")}; wait`, 60, { signal: abort.signal });
    const pid = await written(inTree("stopped"));
    abort.abort();
    expect(await stopped).toMatchObject({ ok: false, why: "was interrupted", interrupted: true });
    expect(await gone(pid)).toBe(true);
    const never = await build(tree, "echo x > never", 60, { signal: abort.signal });
    expect(never.interrupted).toBe(true);
  });

  it("makes the tree anew after it was cut off", async () => {
    await build(tree, "echo half > half.o; sleep 100", 1);
    expect(existsSync(inTree("half.o"))).toBe(true);
    place.cache.close();
    const next = openCache(place.cache.dir);
    const again = await openTree(openRepo(place.repo.dir, next.runDir), next, tree.commit);
    expect(existsSync(join(again.dir, "half.o"))).toBe(false);
    next.close();
  });

  it("dies with a gate that is killed outright, whose rest does not confuse the next", async () => {
    const from = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    const script = `import { build } from ${JSON.stringify(from("./build.js"))};
      import { openCache } from ${JSON.stringify(from("./cache.js"))};
      import { openRepo } from ${JSON.stringify(from("./repo.js"))};
      import { openTree } from ${JSON.stringify(from("./trees.js"))};
      const [dir, cacheDir, commit] = process.argv.slice(1);
      const cache = openCache(cacheDir);
      const tree = await openTree(openRepo(dir, cache.runDir), cache, commit);
      await build(tree, "echo half > half.o; sleep 1000 & echo $! > pid; wait", 60);`;
    const child = spawn(
      process.execPath,
      ["--input-type=module", "-e", script, place.repo.dir, place.cache.dir, tree.commit],
      { stdio: "inherit" },
    );
    const ended = new Promise((resolve) => child.on("exit", resolve));
    const pid = await written(inTree("pid"));
    expect(alive(pid)).toBe(true);
    child.kill("SIGKILL");
    await ended;
    expect(await gone(pid)).toBe(true);
    place.cache.close();
    const next = openCache(place.cache.dir);
    const again = await openTree(openRepo(place.repo.dir, next.runDir), next, tree.commit);
    expect(existsSync(join(again.dir, "half.o"))).toBe(false);
    expect(await build(again, "echo fine", 10)).toMatchObject({ ok: true, output: "fine\n" });
    next.close();
  });

  it("waits for another of the same tree, and takes its result", async () => {
    const slow = "sleep 0.3; echo x >> ran";
    const [one, two, other] = await Promise.all([
      build(tree, slow, 10),
      build(tree, slow, 10),
      build(tree, "cat ran; echo other", 10),
    ]);
    expect([one.cached, two.cached].sort()).toEqual([false, true]);
    expect(other.ok).toBe(true);
    expect(readFileSync(inTree("ran"), "utf8")).toBe("x\n");
  });
});

describe("the environment of code under test", () => {
  it("holds what a build needs and no key to anything", async () => {
    const env = cleanEnv({
      PATH: "/bin",
      HOME: "/h",
      LANG: "C",
      CARGO_HOME: "/c",
      RUSTUP_TOOLCHAIN: "1.63",
      CC: "gcc",
      KEYBOARD: "de",
      CI: "true",
      MAKEFLAGS: "-j2",
      CI_JOB_TOKEN: "x",
      CI_PROJECT_ID: "1",
      GITHUB_TOKEN: "x",
      GITHUB_OUTPUT: "/o",
      ACTIONS_RUNTIME_URL: "x",
      GITEA_TOKEN: "x",
      CARGO_REGISTRY_TOKEN: "x",
      MY_PASSWORD: "x",
      DEPLOY_KEY: "x",
      SSH_AUTH_SOCK: "/s",
      AWS_REGION: "x",
      GIT_DIR: "/g",
      NODE_OPTIONS: "--require x",
      npm_config_x: "x",
    });
    expect(Object.keys(env).sort()).toEqual(
      ["CARGO_HOME", "CARGO_TERM_COLOR", "CARGO_TERM_PROGRESS_WHEN", "CC", "CI", "HOME"].concat([
        "KEYBOARD",
        "LANG",
        "MAKEFLAGS",
        "PATH",
        "RUSTUP_TOOLCHAIN",
        "TERM",
      ]),
    );
    expect(buildRelevant(env)).toContain("RUSTUP_TOOLCHAIN=1.63");
    expect(buildRelevant(env)).not.toContain("LANG=C");
    process.env.SECRET_THING = "x";
    try {
      expect((await build(tree, 'echo "[$SECRET_THING]"', 10)).output).toBe("[]\n");
    } finally {
      delete process.env.SECRET_THING;
    }
  });

  it("decides whether a build is done anew", async () => {
    const env = cleanEnv();
    expect((await build(tree, "true", 10, { env })).cached).toBe(false);
    expect((await build(tree, "true", 10, { env: { ...env, OTHER: "1" } })).cached).toBe(true);
    const flags = { ...env, RUSTFLAGS: "-O" };
    expect((await build(tree, "true", 10, { env: flags })).cached).toBe(false);
  });
});
