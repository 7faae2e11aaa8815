/**
 * The files of a commit in a folder of the cache, with the harness files of another commit in
 * their place. Keyed by content, so that equal trees are made and built once.
 */
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../spec/core/decode.js";
import { type Cache, diskError, onDisk } from "./cache.js";
import { GitError, type GitPlace, git, gitStream } from "./git.js";
import { matcher } from "./paths.js";
import { type Entry, listFiles, type Repo, scratchPlace } from "./repo.js";

export type Tree = {
  /** Hash of the tree: equal for equal files, whatever the commit. */
  readonly key: string;
  /** Where the files are. */
  readonly dir: string;
  /** Where what is known of the tree is kept: its builds. */
  readonly folder: string;
  readonly commit: string;
  /** Paths of submodules, which are empty folders here. */
  readonly submodules: readonly string[];
};

/** Files of another commit that are laid over: those that its globs match there or here. */
export type Overlay = { readonly commit: string; readonly globs: readonly string[] };

const SUBMODULE = "160000";
let made = 0;

/**
 * Makes the folder, or finds it. It is not removed before `cache.close()`. Links, modes and line
 * ends are as a checkout has them; filters (git-lfs, say) do not run. Throws InputError when the
 * disk is full or may not be written; nothing is left behind then.
 */
export const openTree = async (
  repo: Repo,
  cache: Cache,
  commit: string,
  overlay?: Overlay,
  signal?: AbortSignal,
): Promise<Tree> => {
  const number = made++;
  const place = scratchPlace(repo, { index: join(repo.runDir, `index-${number}`) });
  git(place, ["read-tree", commit]);
  if (overlay !== undefined) layOver(repo, place, commit, overlay);
  const key = git(place, ["write-tree"]).stdout.toString("latin1").trim();
  const folder = cache.folderOf(key);
  if (!cache.pin(key)) {
    const making = join(repo.runDir, `tree-${number}`);
    const files = join(making, "files");
    try {
      onDisk(cache.dir, () => mkdirSync(files, { recursive: true }));
      await gitStream(
        { ...place, cwd: files, workTree: files },
        ["checkout-index", "--all", "--force", "--quiet"],
        signal === undefined ? {} : { signal },
      );
      onDisk(cache.dir, () => writeFileSync(join(making, "commit"), `${commit}\n`));
      cache.adopt(key, making);
    } catch (error) {
      rmSync(making, { recursive: true, force: true });
      throw diskError(cache.dir, unwritten(cache.dir, error));
    }
  }
  rmSync(place.index as string, { force: true });
  const submodules = listFiles(repo, key)
    .filter((entry) => entry.mode === SUBMODULE)
    .map((entry) => entry.path);
  return { key, dir: join(folder, "files"), folder, commit, submodules };
};

/** Git does not say why it could not write a file; there is one usual reason. */
const unwritten = (dir: string, error: unknown): unknown => {
  if (!(error instanceof GitError) || !error.stderr.includes("unable to write file")) return error;
  const { bavail, bsize } = statfsSync(dir);
  const free = Math.floor((bavail * bsize) / (1 << 20));
  return new InputError(
    { file: dir },
    `the cache cannot be written: no space left on the disk (${free} MiB free); ` +
      "name another folder with --cache",
  );
};

/** Takes the files that the globs match out of the index and puts those of the overlay in. */
const layOver = (repo: Repo, place: GitPlace, commit: string, overlay: Overlay): void => {
  const meant = matcher(overlay.globs);
  const of = (treeish: string): Entry[] =>
    listFiles(repo, treeish).filter((entry) => meant(entry.path));
  const zero = "0".repeat(commit.length);
  const tab = Buffer.from("\t");
  const nul = Buffer.from([0]);
  const line = (mode: string, object: string, bytes: Buffer): Buffer[] => [
    Buffer.from(`${mode} ${object}`),
    tab,
    bytes,
    nul,
  ];
  const input = Buffer.concat([
    ...of(commit).flatMap((entry) => line("0", zero, entry.bytes)),
    ...of(overlay.commit).flatMap((entry) => line(entry.mode, entry.object, entry.bytes)),
  ]);
  git(place, ["update-index", "--replace", "-z", "--index-info"], { input });
};
