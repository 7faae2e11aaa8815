import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../spec/core/decode.js";
import { changesOf } from "./changes.js";
import { testRepo, type Workplace, workplace } from "./fixtures/repository.js";
import { git } from "./git.js";
import { applyPatches } from "./patches.js";
import { fileAt, openRepo, resolveRange, resolveRev } from "./repo.js";
import { openTree } from "./trees.js";

let place: Workplace;
beforeEach(() => {
  place = workplace();
});
afterEach(() => place.end());

const complaint = (work: () => unknown): string => {
  try {
    work();
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
};

describe("revisions", () => {
  it("reads A..B, A...B and halves of it", () => {
    const first = place.repo.commit("first", { a: "1\n" });
    place.repo.git("checkout", "-q", "-b", "side");
    const side = place.repo.commit("side: change\n\nbody", { b: "1\n" });
    place.repo.git("checkout", "-q", "main");
    const second = place.repo.commit("second", { a: "2\n" });
    const repo = place.open();
    expect(resolveRange(repo, "main..side")).toEqual({
      base: { name: "main", commit: second, subject: "second" },
      head: { name: "side", commit: side, subject: "side: change" },
    });
    expect(resolveRange(repo, "main...side").base.commit).toBe(first);
    expect(resolveRange(repo, "main~1..").head.commit).toBe(second);
    expect(resolveRange(repo, `${first.slice(0, 9)}..HEAD`).base.commit).toBe(first);
  });

  it("says what is wrong with a range in one line", () => {
    place.repo.commit("first", { a: "1\n" });
    const repo = place.open();
    expect(complaint(() => resolveRange(repo, "main"))).toBe(
      '--range: found "main", expected two revisions, A..B; one commit alone is X^..X',
    );
    expect(complaint(() => resolveRange(repo, "main..gone"))).toBe(
      `${place.repo.dir}: found no commit "gone", expected a branch, tag or commit`,
    );
    for (const rev of [
      "",
      "--output=x",
      "-h",
      "main:a",
      "a\nb",
      "main\0",
      "@{upstream}",
      "^main",
    ]) {
      expect(complaint(() => resolveRev(repo, rev))).toContain("found no commit");
    }
    place.repo.git("checkout", "-q", "--orphan", "other");
    place.repo.commit("other", { c: "1\n" });
    expect(complaint(() => resolveRange(repo, "main...other"))).toContain("no common commit");
  });

  it("says how to mend a shallow clone", () => {
    place.repo.commit("first", { a: "1\n" });
    const first = place.repo.git("rev-parse", "HEAD").trim();
    place.repo.commit("second", { a: "2\n" });
    const shallow = join(place.folder, "shallow");
    place.repo.git("clone", "-q", "--depth", "1", `file://${place.repo.dir}`, shallow);
    const repo = openRepo(shallow, place.cache.runDir);
    expect(resolveRev(repo, "HEAD").subject).toBe("second");
    expect(complaint(() => resolveRange(repo, `${first}..HEAD`))).toContain("fetch-depth: 0");
    expect(complaint(() => resolveRange(repo, "HEAD~1..HEAD"))).toContain("fetch-depth: 0");
  });

  it("says so when objects are missing, and fetches none", async () => {
    const base = place.repo.commit("first", { a: "1\n" });
    const head = place.repo.commit("second", { a: "2\n", b: "3\n" });
    place.repo.git("config", "uploadpack.allowFilter", "true");
    const partial = join(place.folder, "partial");
    const url = `file://${place.repo.dir}`;
    place.repo.git("clone", "-q", "--bare", "--filter=blob:none", url, partial);
    const repo = openRepo(partial, place.cache.runDir);
    const missing = "a partial clone (--filter) cannot be judged, fetch a whole one";
    await expect(openTree(repo, place.cache, head)).rejects.toThrow(missing);
    await expect(changesOf(repo, base, head)).rejects.toThrow(missing);
    expect(complaint(() => fileAt(repo, head, "a"))).toContain(missing);
  });

  it("names what is no repository, and what is not there", () => {
    mkdirSync(join(place.folder, "plain"));
    const plain = join(place.folder, "plain");
    expect(complaint(() => openRepo(plain, place.cache.runDir))).toContain(
      "is not a git repository",
    );
    expect(complaint(() => openRepo(join(plain, "x"), place.cache.runDir))).toContain(
      "no such folder",
    );
  });

  it("reads repositories with SHA-256, borrowed objects and names that need quoting", () => {
    place.repo.commit("first", { a: "1\n" });
    const odd = join(place.folder, 'odd "name"\nof #1');
    place.repo.git("clone", "-q", "--shared", place.repo.dir, odd);
    const run = mkdtempSync(join(tmpdir(), "gate-test-"));
    const sha = join(place.folder, "sha256");
    place.repo.git("init", "-q", "--object-format=sha256", sha);
    testRepo(sha).commit("first", { a: "256\n" });
    try {
      const long = openRepo(sha, place.cache.runDir);
      const head = resolveRev(long, "HEAD").commit;
      expect(head).toMatch(/^[0-9a-f]{64}$/);
      expect(fileAt(long, head, "a")).toBe("256\n");
      const repo = openRepo(odd, run);
      expect(fileAt(repo, resolveRev(repo, "HEAD").commit, "a")).toBe("1\n");
    } finally {
      rmSync(run, { recursive: true });
    }
  });

  it("reads bare repositories, linked worktrees and from folders within", () => {
    const commit = place.repo.commit("first", { "kernel/a": "1\n" });
    const bare = join(place.folder, "bare.git");
    place.repo.git("clone", "-q", "--bare", place.repo.dir, bare);
    const linked = join(place.folder, "linked");
    place.repo.git("worktree", "add", "-q", linked);
    const named: [string, string][] = [
      [bare, "bare.git"],
      [linked, "linked"],
      [join(place.repo.dir, "kernel"), "kernel"],
      [place.repo.dir, "kernel"],
    ];
    for (const [dir, name] of named) {
      const run = mkdtempSync(join(place.folder, "run-"));
      const repo = openRepo(dir, run);
      expect(repo.name).toBe(name);
      expect(fileAt(repo, resolveRev(repo, commit).commit, "kernel/a")).toBe("1\n");
    }
  });

  it("reads regular files alone", () => {
    place.repo.git("config", "core.symlinks", "true");
    place.repo.commit("files", { "a b": "text\n", "*": "star\n", "d/e": "deep\n" });
    const blob = place.repo.git("rev-parse", "HEAD:d/e").trim();
    place.repo.git("update-index", "--add", "--cacheinfo", `120000,${blob},link`);
    place.repo.git("commit", "-q", "-m", "link");
    const repo = place.open();
    const { commit } = resolveRev(repo, "HEAD");
    expect(fileAt(repo, commit, "a b")).toBe("text\n");
    expect(fileAt(repo, commit, "*")).toBe("star\n");
    for (const path of ["link", "d", "gone", "../x"]) {
      expect(fileAt(repo, commit, path)).toBeUndefined();
    }
  });
});

describe("a hostile repository", () => {
  it("runs nothing of its own, and is not written to", async () => {
    const mark = join(place.folder, "ran");
    const evil = join(place.folder, "evil.sh");
    writeFileSync(evil, `#!/bin/sh\necho "$0 $*" >> ${mark}\ncat\n`);
    chmodSync(evil, 0o755);
    const { repo } = place;
    const base = repo.commit("first", { "a.rs": "1\n2\n3\n", "b.bin": "x\0y", keep: "k\n" });
    repo.commit("second", {
      "a.rs": "1\ntwo\n3\n",
      "b.bin": "x\0z",
      ".gitattributes": "* filter=evil diff=evil merge=evil text\n",
      ".gitmodules": `[submodule "s"]\n\tpath = s\n\turl = ext::sh -c ${evil}\n\tupdate = !${evil}\n`,
    });
    repo.git("update-index", "--add", "--cacheinfo", `160000,${base},s`);
    repo.git("commit", "-q", "-m", "submodule");
    const patch = join(place.folder, "x.patch");
    writeFileSync(patch, repo.git("format-patch", "-1", "--stdout", "main~1"));
    for (const hook of [
      "post-checkout",
      "reference-transaction",
      "applypatch-msg",
      "pre-applypatch",
      "post-index-change",
      "pre-commit",
      "commit-msg",
      "post-commit",
      "fsmonitor-watchman",
    ]) {
      writeFileSync(join(repo.dir, ".git", "hooks", hook), `#!/bin/sh\n${evil} ${hook}\n`);
      chmodSync(join(repo.dir, ".git", "hooks", hook), 0o755);
    }
    const settings: Record<string, string> = {
      "core.hooksPath": join(repo.dir, ".git", "hooks"),
      "core.fsmonitor": evil,
      "core.pager": evil,
      "core.editor": evil,
      "core.sshCommand": evil,
      "core.askPass": evil,
      "core.alternateRefsCommand": evil,
      "core.gitProxy": evil,
      "filter.evil.clean": evil,
      "filter.evil.smudge": evil,
      "filter.evil.process": evil,
      "filter.evil.required": "true",
      "diff.evil.textconv": evil,
      "diff.evil.command": evil,
      "diff.external": evil,
      "merge.evil.driver": `${evil} %A`,
      "log.showSignature": "true",
      "gpg.program": evil,
      "commit.gpgSign": "true",
      "credential.helper": `!${evil}`,
      "alias.rev-parse": `!${evil}`,
      "alias.diff-tree": `!${evil}`,
      "uploadpack.packObjectsHook": evil,
      "remote.origin.url": `ext::sh -c ${evil}`,
      "remote.origin.uploadpack": evil,
      "remote.origin.promisor": "true",
      "remote.origin.partialclonefilter": "blob:none",
      "extensions.partialClone": "origin",
      "core.repositoryFormatVersion": "1",
      "protocol.ext.allow": "always",
      "protocol.file.allow": "always",
      "submodule.recurse": "true",
      "gc.auto": "1",
    };
    for (const [name, value] of Object.entries(settings)) repo.git("config", name, value);
    rmSync(mark, { force: true });
    writeFileSync(join(repo.dir, ".git", "refs", "heads", "--output=x"), `${base}\n`);
    const before = listing(join(repo.dir));

    const opened = place.open();
    const range = resolveRange(opened, "--output=x..main");
    expect(range.base.commit).toBe(base);
    const changes = await changesOf(opened, range.base.commit, range.head.commit);
    expect(changes.map((change) => change.path)).toEqual([
      ".gitattributes",
      ".gitmodules",
      "a.rs",
      "b.bin",
      "s",
    ]);
    const tree = await openTree(opened, place.cache, range.head.commit);
    expect(tree.submodules).toEqual(["s"]);
    expect(readdirSync(tree.dir).sort()).toEqual([
      ".gitattributes",
      ".gitmodules",
      "a.rs",
      "b.bin",
      "keep",
      "s",
    ]);
    await applyPatches(opened, range.base, [patch]);
    // An object that is not there is not fetched.
    expect(
      complaint(() =>
        git({ cwd: repo.dir }, ["cat-file", "blob", "1234567890123456789012345678901234567890"]),
      ),
    ).toContain("git cat-file failed");
    expect(
      complaint(() => resolveRev(opened, "1234567890123456789012345678901234567890")),
    ).toContain("found no commit");
    expect(existsSync(mark) ? readFileSync(mark, "utf8") : "").toBe("");
    expect(listing(repo.dir)).toEqual(before);
    expect(existsSync(join(process.cwd(), "x"))).toBe(false);
  });

  it("is not read when it belongs to somebody else, with the remedy", (test) => {
    // Only root can give files away.
    if (process.getuid?.() !== 0) test.skip();
    place.repo.commit("first", { a: "1\n" });
    git({ cwd: place.folder }, ["version"]);
    chownDeep(place.repo.dir, 12345);
    const text = complaint(() => openRepo(place.repo.dir, place.cache.runDir));
    expect(text).toContain("belongs to another user");
    expect(text).toContain(`git config --global --add safe.directory "${place.repo.dir}"`);
    expect(text).not.toContain("\n");
    const trust = {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: place.repo.dir,
    };
    Object.assign(process.env, trust);
    try {
      expect(resolveRev(place.open(), "HEAD").subject).toBe("first");
    } finally {
      for (const name of Object.keys(trust)) delete process.env[name];
    }
  });

  it("is found whatever GIT_ variables the caller has", () => {
    place.repo.commit("first", { a: "1\n" });
    const other = testRepo(join(place.folder, "other"));
    other.commit("other", { a: "2\n" });
    process.env.GIT_DIR = join(other.dir, ".git");
    try {
      expect(resolveRev(place.open(), "HEAD").subject).toBe("first");
    } finally {
      delete process.env.GIT_DIR;
    }
  });
});

/**
 * Every file below a folder with its size and time, to see that nothing was written. Git renews
 * the time of a borrowed object that it would have written itself.
 */
const listing = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const stat = statSync(join(folder, name));
      const time = name.startsWith(join(".git", "objects")) && stat.isFile() ? "" : stat.mtimeMs;
      return `${name} ${stat.isFile() ? stat.size : ""} ${time}`;
    });

const chownDeep = (folder: string, uid: number): void => {
  chownSync(folder, uid, uid);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    chownSync(join(folder, name), uid, uid);
  }
};
