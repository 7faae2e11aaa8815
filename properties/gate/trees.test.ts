import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../spec/core/decode.js";
import { cacheDir, openCache } from "./cache.js";
import { type Workplace, workplace } from "./fixtures/repository.js";
import { openRepo } from "./repo.js";
import { openTree } from "./trees.js";

let place: Workplace;
beforeEach(() => {
  place = workplace();
});
afterEach(() => place.end());

const files = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => lstatSync(join(folder, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
const trees = (): string[] => readdirSync(join(place.folder, "cache", "v1", "trees")).sort();
const runs = (): string[] => readdirSync(join(place.folder, "cache", "v1", "runs"));

describe("a tree", () => {
  it("holds exactly the files of the commit, with modes and links", async () => {
    const { repo } = place;
    repo.commit("base", { a: "1\n", "d/run.sh": "echo\n", gone: "x\n" });
    spawnSync("chmod", ["+x", join(repo.dir, "d/run.sh")]);
    spawnSync("ln", ["-s", "/nowhere", join(repo.dir, "link")]);
    const commit = repo.commit("head", {
      gone: undefined,
      ".gitattributes": "crlf eol=crlf text\n",
      crlf: "1\n2\n",
    });
    writeFileSync(join(repo.dir, "untracked"), "no\n");
    writeFileSync(join(repo.dir, "a"), "changed but not committed\n");
    const tree = await openTree(place.open(), place.cache, commit);
    expect(files(tree.dir)).toEqual({
      ".gitattributes": "crlf eol=crlf text\n",
      a: "1\n",
      crlf: "1\r\n2\r\n",
      "d/run.sh": "echo\n",
    });
    expect(statSync(join(tree.dir, "d/run.sh")).mode & 0o111).not.toBe(0);
    expect(readlinkSync(join(tree.dir, "link"))).toBe("/nowhere");
    expect(tree.key).toBe(repo.git("rev-parse", "HEAD^{tree}").trim());
    expect(tree.commit).toBe(commit);
  });

  it("takes the harness of another commit: changed, added and deleted files", async () => {
    const { repo } = place;
    const base = repo.commit("base", {
      "kernel/a.rs": "base\n",
      "redbear-spec/old": "old\n",
      "redbear-spec/both": "base\n",
      "redbear-spec/file": "a file at base\n",
      "redbear-spec.toml": "base\n",
    });
    const head = repo.commit("head", {
      "kernel/a.rs": "head\n",
      "redbear-spec/old": undefined,
      "redbear-spec/both": "head\n",
      "redbear-spec/file": undefined,
      "redbear-spec/new/deep": "new\n",
    });
    repo.commit("more", { "redbear-spec.toml": undefined });
    mkdirSync(join(repo.dir, "redbear-spec/file"));
    const last = repo.commit("last", {
      "redbear-spec/file/inner": "a folder at head\n",
      odd: "x\n",
    });
    const globs = ["redbear-spec/**", "redbear-spec.toml"];
    const tree = await openTree(place.open(), place.cache, base, { commit: last, globs });
    expect(files(tree.dir)).toEqual({
      "kernel/a.rs": "base\n",
      "redbear-spec/both": "head\n",
      "redbear-spec/file/inner": "a folder at head\n",
      "redbear-spec/new/deep": "new\n",
    });
    const same = await openTree(place.open(), place.cache, head, { commit: head, globs });
    const plain = await openTree(place.open(), place.cache, head);
    expect(same.dir).toBe(plain.dir);
    expect(trees()).toEqual([tree.key, plain.key].sort());
  });

  it("is made once for equal contents and survives the run", async () => {
    const first = place.repo.commit("one", { a: "1\n" });
    const again = place.repo.commit("two", {});
    const tree = await openTree(place.open(), place.cache, first);
    writeFileSync(join(tree.dir, "built"), "");
    expect((await openTree(place.open(), place.cache, again)).dir).toBe(tree.dir);
    place.cache.close();
    expect(runs()).toEqual([]);
    const next = openCache(place.cache.dir);
    const repo = openRepo(place.repo.dir, next.runDir);
    expect(existsSync(join((await openTree(repo, next, again)).dir, "built"))).toBe(true);
    next.close();
  });

  it("made by several runs at once is one whole tree", async () => {
    const commit = place.repo.commit(
      "one",
      Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, `${i}\n`])),
    );
    const caches = Array.from({ length: 4 }, () => openCache(place.cache.dir));
    const made = await Promise.all(
      caches.map((cache) => openTree(openRepo(place.repo.dir, cache.runDir), cache, commit)),
    );
    expect(new Set(made.map((tree) => tree.dir)).size).toBe(1);
    expect(Object.keys(files((made[0] as { dir: string }).dir))).toHaveLength(200);
    for (const cache of caches) cache.close();
    expect(trees()).toHaveLength(1);
  });

  it("stops at a signal and leaves nothing", async () => {
    const commit = place.repo.commit("one", { a: "1\n" });
    const repo = place.open();
    const abort = new AbortController();
    abort.abort();
    await expect(openTree(repo, place.cache, commit, undefined, abort.signal)).rejects.toThrow();
    expect(trees()).toEqual([]);
    expect(readdirSync(place.cache.runDir).filter((name) => name.startsWith("tree"))).toEqual([]);
  });
});

describe("the cache", () => {
  it("is named by the option, the variable, or the user's folder", () => {
    expect(cacheDir("/x", { REDBEAR_SPEC_CACHE: "/y" })).toBe("/x");
    expect(cacheDir(undefined, { REDBEAR_SPEC_CACHE: "/y", XDG_CACHE_HOME: "/z" })).toBe("/y");
    expect(cacheDir(undefined, { REDBEAR_SPEC_CACHE: "", XDG_CACHE_HOME: "/z" })).toBe(
      "/z/redbear-spec",
    );
    expect(cacheDir(undefined, {})).toMatch(/\.cache\/redbear-spec$/);
  });

  it("says in one line when it cannot be written", () => {
    const file = join(place.folder, "file");
    writeFileSync(file, "");
    expect(() => openCache(join(file, "cache"))).toThrow(InputError);
    expect(() => openCache(join(file, "cache"))).toThrow(
      /: the cache cannot be written: a part of the path is no folder; name another folder with --cache$/,
    );
  });

  it("wipes what a killed run left, and frees its trees and its lock", async () => {
    const commit = place.repo.commit("one", { a: "1\n" });
    const tree = await openTree(place.open(), place.cache, commit);
    const root = join(place.cache.dir, "v1");
    const child = spawn("sleep", ["100"], { stdio: "ignore" });
    const owner = ownerOf(child.pid as number);
    const run = join(root, "runs", "killed-run");
    mkdirSync(join(run, "tree-0", "files"), { recursive: true });
    writeFileSync(join(run, "owner"), owner);
    writeFileSync(join(tree.folder, "pins", "killed-run"), owner);
    // While it lives nothing of it is touched.
    openCache(place.cache.dir, { trees: 0, days: 0 }).close();
    expect(existsSync(run)).toBe(true);
    place.cache.close();
    openCache(place.cache.dir, { trees: 0, days: 0 }).close();
    expect(trees()).toEqual([tree.key]);
    await new Promise((resolve) => {
      child.on("exit", resolve);
      child.kill("SIGKILL");
    });
    writeFileSync(join(root, "lock"), owner);
    openCache(place.cache.dir, { trees: 0, days: 0 }).close();
    expect(runs()).toEqual([]);
    expect(trees()).toEqual([]);
    expect(existsSync(join(root, "lock"))).toBe(false);
  });

  it("makes a tree anew whose build was cut off", async () => {
    const commit = place.repo.commit("one", { a: "1\n" });
    const tree = await openTree(place.open(), place.cache, commit);
    writeFileSync(join(tree.dir, "half.o"), "");
    writeFileSync(join(tree.folder, "building"), ownerOf(2 ** 22 + 1));
    place.cache.close();
    const next = openCache(place.cache.dir);
    const again = await openTree(openRepo(place.repo.dir, next.runDir), next, commit);
    expect(again.dir).toBe(tree.dir);
    expect(files(again.dir)).toEqual({ a: "1\n" });
    next.close();
  });

  it("keeps the trees used last, up to a count and an age", async () => {
    const commits = [1, 2, 3, 4].map((n) => place.repo.commit(`c${n}`, { a: `${n}\n` }));
    const repo = place.open();
    const keys: string[] = [];
    for (const [n, commit] of commits.entries()) {
      const tree = await openTree(repo, place.cache, commit);
      utimesSync(tree.folder, 1e9 + n, Date.now() / 1000 - 60 * (10 - n));
      keys.push(tree.key);
    }
    // In use: none goes.
    openCache(place.cache.dir, { trees: 1, days: 1 }).close();
    expect(trees()).toHaveLength(4);
    place.cache.close();
    openCache(place.cache.dir, { trees: 2, days: 1 }).close();
    expect(trees()).toEqual(keys.slice(2).sort());
    const [old] = trees();
    utimesSync(join(place.cache.dir, "v1", "trees", old as string), 1e9, 1e9);
    openCache(place.cache.dir, { trees: 2, days: 1 }).close();
    expect(trees()).toHaveLength(1);
  });

  it("says in one line when the disk is full, and leaves nothing behind", async (test) => {
    const full = join(place.folder, "full");
    mkdirSync(full);
    const mounted =
      spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "none", full]).status === 0;
    // Only root may mount a small disk.
    if (!mounted) test.skip();
    try {
      const commit = place.repo.commit("big", { big: "x".repeat(1 << 20), small: "1\n" });
      const cache = openCache(join(full, "cache"));
      const error = await openTree(openRepo(place.repo.dir, cache.runDir), cache, commit).catch(
        (e) => e,
      );
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toMatch(/: .*[Nn]o space left/);
      expect(error.message).not.toContain("\n");
      cache.close();
      expect(readdirSync(full, { recursive: true, encoding: "utf8" }).sort()).toEqual([
        "cache",
        "cache/v1",
        "cache/v1/runs",
        "cache/v1/trees",
      ]);
    } finally {
      spawnSync("umount", [full]);
    }
  });
});

/** The word of another process, as the cache writes it. */
const ownerOf = (pid: number): string => {
  const own = JSON.parse(readFileSync(join(place.cache.runDir, "owner"), "utf8"));
  let start = "1";
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] as string;
  } catch {}
  return JSON.stringify({ ...own, pid, start });
};
