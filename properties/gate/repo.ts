/**
 * The repository under test, read through a scratch repository of ours: a bare one that borrows
 * the objects. Nothing is ever written to the repository itself (no worktree, no ref, no lock),
 * and its configuration counts for nothing but where its objects and refs lie.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, isAbsolute, join, resolve } from "node:path";
import { InputError } from "../../spec/core/decode.js";
import { fields, GitError, type GitPlace, git } from "./git.js";
import { pathProblem, pathText } from "./paths.js";

/** Largest file that is read out of a commit, bytes. */
const MAX_BLOB = 64 << 20;

export type Repo = {
  /** As the user named it. */
  readonly dir: string;
  /** Name of its folder. */
  readonly name: string;
  /** The bare scratch repository. */
  readonly scratch: string;
  /** Folder of this run, for scratch files; removed when the run ends. */
  readonly runDir: string;
  /** History is cut off (a CI checkout of depth 1, say). */
  readonly shallow: boolean;
};

export type Revision = {
  /** As the user named it. */
  readonly name: string;
  readonly commit: string;
  readonly subject: string;
};

/** Where git works on our scratch repository. */
export const scratchPlace = (repo: Repo, more: Partial<GitPlace> = {}): GitPlace => ({
  cwd: repo.runDir,
  gitDir: repo.scratch,
  ...more,
});

/** Opens a repository, with scratch files in `runDir`. Throws InputError where it is none. */
export const openRepo = (dir: string, runDir: string): Repo => {
  const source: GitPlace = { cwd: resolve(dir) };
  if (!existsSync(source.cwd)) throw new InputError({ file: dir }, "no such folder");
  let answer: string;
  try {
    answer = git(source, [
      "rev-parse",
      "--path-format=absolute",
      "--git-path",
      "objects",
      "--git-path",
      "shallow",
      "--show-object-format",
    ]).stdout.toString("utf8");
  } catch (error) {
    if (error instanceof GitError && error.stderr.includes("not a git repository")) {
      throw new InputError({ file: dir }, "is not a git repository, expected a kernel's");
    }
    throw error;
  }
  if (answer.startsWith("--path-format")) {
    throw new InputError({ file: "git" }, "is too old, expected 2.31 or later");
  }
  const lines = answer.split("\n");
  // A path may itself hold a newline; its parts are told apart from the end.
  const format = lines.at(-2) as string;
  const paths = lines.slice(0, -2).join("\n");
  const cut = paths.lastIndexOf("\n/");
  const objects = paths.slice(0, cut);
  const shallowFile = paths.slice(cut + 1);
  const scratch = join(runDir, "scratch.git");
  git({ cwd: runDir }, [
    "init",
    "--quiet",
    "--bare",
    "--template=",
    `--object-format=${format}`,
    scratch,
  ]);
  mkdirSync(join(scratch, "objects", "info"), { recursive: true });
  const alternates = [objects, ...borrowed(objects)].map((path) => `${JSON.stringify(path)}\n`);
  writeFileSync(join(scratch, "objects", "info", "alternates"), alternates.join(""));
  const shallow = existsSync(shallowFile);
  if (shallow) writeFileSync(join(scratch, "shallow"), readFileSync(shallowFile));
  const up = git(source, ["rev-parse", "--show-cdup"], { accept: [0, 128] });
  const top = resolve(source.cwd, up.stdout.toString("utf8").replace(/\n$/, ""));
  return { dir, name: basename(top), scratch, runDir, shallow };
};

/** Object folders that an object folder itself borrows from; git follows absolute ones alone. */
const borrowed = (objects: string): string[] => {
  const file = join(objects, "info", "alternates");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith('"'))
    .map((line) => (isAbsolute(line) ? line : resolve(objects, line)));
};

/** Finds the commit that a user's word names. Throws InputError where there is none. */
export const resolveRev = (repo: Repo, rev: string): Revision => {
  const unknown = (): InputError =>
    new InputError(
      { file: repo.dir },
      `found no commit ${JSON.stringify(rev)}, expected a branch, tag or commit` +
        (repo.shallow ? "; the clone is shallow: fetch all history (fetch-depth: 0)" : ""),
    );
  if (rev === "" || rev.includes("\0")) throw unknown();
  const answer = git(
    { cwd: resolve(repo.dir) },
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${rev}^{commit}`],
    { accept: [0, 1, 128] },
  );
  const commit = answer.stdout.toString("utf8").trim();
  if (answer.status !== 0 || !/^[0-9a-f]{40,64}$/.test(commit)) throw unknown();
  return { name: rev, commit, subject: subjectOf(repo, commit) };
};

/** First line of a commit's message. */
export const subjectOf = (repo: Repo, commit: string): string => {
  const { stdout } = git(scratchPlace(repo), ["cat-file", "commit", commit]);
  const text = stdout.toString("utf8");
  const body = text.slice(text.indexOf("\n\n") + 2);
  return (body.split("\n")[0] as string).slice(0, 200);
};

/**
 * Reads `A..B`, or `A...B` for what B did since it left A. Throws InputError for anything else
 * and for names that mean no commit.
 */
export const resolveRange = (repo: Repo, range: string): { base: Revision; head: Revision } => {
  const match = /^(.*?)(\.\.\.?)(.*)$/s.exec(range);
  if (match === null) {
    throw new InputError(
      { file: "--range" },
      `found ${JSON.stringify(range)}, expected two revisions, A..B; ` +
        "one commit alone is X^..X",
    );
  }
  const [, from, dots, to] = match as unknown as [string, string, string, string];
  const base = resolveRev(repo, from === "" ? "HEAD" : from);
  const head = resolveRev(repo, to === "" ? "HEAD" : to);
  if (dots === "..") return { base, head };
  const merged = git(scratchPlace(repo), ["merge-base", base.commit, head.commit], {
    accept: [0, 1],
  });
  if (merged.status !== 0) {
    throw new InputError(
      { file: "--range" },
      `${JSON.stringify(range)}: the two have no common commit` +
        (repo.shallow ? "; the clone is shallow: fetch all history (fetch-depth: 0)" : ""),
    );
  }
  const commit = merged.stdout.toString("utf8").trim();
  return { base: { name: commit.slice(0, 12), commit, subject: subjectOf(repo, commit) }, head };
};

/** A file as it lies in a commit. `bytes` is the name as git has it, `path` as people read it. */
export type Entry = {
  readonly mode: string;
  readonly object: string;
  readonly bytes: Buffer;
  readonly path: string;
};

/** Every file of a commit or tree, or those below a folder. */
export const listFiles = (repo: Repo, treeish: string, folder?: string): Entry[] => {
  const { stdout } = git(scratchPlace(repo), [
    "ls-tree",
    "-r",
    "-z",
    "--full-tree",
    treeish,
    ...(folder === undefined ? [] : ["--", `${folder}/`]),
  ]);
  return entriesOf(stdout);
};

/** Text of a listed file. Throws InputError for what is no regular file, or too large. */
export const readEntry = (repo: Repo, entry: Entry): string => {
  // A link could lead out of the repository, a submodule is no file.
  if (entry.mode !== "100644" && entry.mode !== "100755") {
    throw new InputError({ file: entry.path }, "is a link or a submodule, expected a file");
  }
  const size = Number(git(scratchPlace(repo), ["cat-file", "-s", entry.object]).stdout);
  if (size > MAX_BLOB) {
    throw new InputError({ file: entry.path }, `has ${size} bytes, expected at most ${MAX_BLOB}`);
  }
  return git(scratchPlace(repo), ["cat-file", "blob", entry.object]).stdout.toString("utf8");
};

/** Text of a file in a commit; undefined where there is no regular file of that name. */
export const fileAt = (repo: Repo, treeish: string, path: string): string | undefined => {
  if (pathProblem(path) !== undefined) return undefined;
  const { stdout } = git(scratchPlace(repo), ["ls-tree", "-z", "--full-tree", treeish, "--", path]);
  const entry = entriesOf(stdout).find((one) => one.path === path);
  if (entry === undefined || !entry.mode.startsWith("100")) return undefined;
  return readEntry(repo, entry);
};

const entriesOf = (listing: Buffer): Entry[] =>
  fields(listing).map((field) => {
    const tab = field.indexOf(9);
    const [mode, , object] = field.toString("latin1", 0, tab).split(" ") as [
      string,
      string,
      string,
    ];
    const bytes = field.subarray(tab + 1);
    return { mode, object, bytes, path: pathText(bytes) };
  });
