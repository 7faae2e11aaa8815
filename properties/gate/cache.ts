/**
 * The gate's folder outside every repository: trees with their builds, kept between runs, and one
 * folder a run, gone with it. What a killed run left is wiped by the next one.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { InputError } from "../../spec/core/decode.js";
import { ownerLives, self } from "./owner.js";

/** Raised when trees of an old form would be misread. */
const LAYOUT = "v1";
const DAY_MS = 86_400_000;
/** How long to wait for another run that looks at the cache, ms; it needs a few. */
const LOCK_MS = 30_000;
const POLL_MS = 5;

export type CacheBounds = {
  /** Trees that are kept when nobody uses them. */
  readonly trees: number;
  /** Days after which an unused one goes. */
  readonly days: number;
};
const BOUNDS: CacheBounds = { trees: 12, days: 14 };

export type Cache = {
  /** As the user may name it with --cache. */
  readonly dir: string;
  /** Folder of this run alone. */
  readonly runDir: string;
  /** Folder that holds a tree of this key, there or not. */
  readonly folderOf: (key: string) => string;
  /**
   * Keeps the tree of a key from being removed while this run lasts; false where there is none,
   * or only one whose build was cut off, which is removed.
   */
  readonly pin: (key: string) => boolean;
  /** Puts a finished folder in its place and pins it. Another run's equal one stays, if any. */
  readonly adopt: (key: string, made: string) => void;
  /** Removes the run's folder and what is more than enough. Call it whatever happened. */
  readonly close: () => void;
};

/** `--cache`, `$REDBEAR_SPEC_CACHE`, or the user's cache folder. */
export const cacheDir = (
  dir: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string => {
  // A variable that is set but empty counts as not set.
  const named = dir ?? (env.REDBEAR_SPEC_CACHE || undefined);
  if (named !== undefined) return resolve(named);
  return join(resolve(env.XDG_CACHE_HOME || join(homedir(), ".cache")), "redbear-spec");
};

/** Opens the cache and starts a run in it. Throws InputError where it cannot be written. */
export const openCache = (dir?: string, bounds: CacheBounds = BOUNDS): Cache => {
  const root = cacheDir(dir);
  return onDisk(root, () => new DiskCache(root, bounds));
};

/** Does something to the disk; what the disk refuses is one clear line. */
export const onDisk = <T>(dir: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw diskError(dir, error);
  }
};

const SAID: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EACCES: "no permission",
  EPERM: "no permission",
  ENOTDIR: "a part of the path is no folder",
  EEXIST: "a file is in the way",
  EIO: "the disk fails",
};

/** The disk's refusal as InputError; any other error as it is. */
export const diskError = (dir: string, error: unknown): unknown => {
  const said = SAID[(error as NodeJS.ErrnoException).code ?? ""];
  if (said === undefined) return error;
  return new InputError(
    { file: dir },
    `the cache cannot be written: ${said}; name another folder with --cache`,
  );
};

class DiskCache implements Cache {
  readonly dir: string;
  readonly runDir: string;
  readonly #trees: string;
  readonly #lock: string;
  readonly #bounds: CacheBounds;
  #trash = 0;

  constructor(dir: string, bounds: CacheBounds) {
    this.dir = dir;
    this.#bounds = bounds;
    const root = join(dir, LAYOUT);
    const runs = join(root, "runs");
    this.#trees = join(root, "trees");
    this.#lock = join(root, "lock");
    // Kernel sources may be private: nobody else reads them here.
    mkdirSync(runs, { recursive: true, mode: 0o700 });
    mkdirSync(this.#trees, { recursive: true, mode: 0o700 });
    this.runDir = mkdtempSync(join(runs, `${process.pid}-`));
    writeFileSync(join(this.runDir, "owner"), JSON.stringify(self()));
    for (const name of readdirSync(runs)) {
      const run = join(runs, name);
      if (!ownerLives(join(run, "owner")) && isOld(run)) remove(run);
    }
    this.#evict();
  }

  folderOf(key: string): string {
    return join(this.#trees, key);
  }

  pin(key: string): boolean {
    return onDisk(this.dir, () => this.#locked(() => this.#pinUnlocked(key)));
  }

  adopt(key: string, made: string): void {
    onDisk(this.dir, () => {
      this.#locked(() => {
        if (this.#pinUnlocked(key)) return;
        renameSync(made, this.folderOf(key));
        this.#pinUnlocked(key);
      });
      remove(made);
    });
  }

  close(): void {
    if (!existsSync(this.runDir)) return;
    try {
      this.#evict();
    } catch {
      // What is too much today goes next time; what the gate found counts, not this.
    }
    remove(this.runDir);
  }

  #pinUnlocked(key: string): boolean {
    const folder = this.folderOf(key);
    if (!existsSync(folder)) return false;
    if (wasCutOff(folder) && !this.#inUse(folder)) {
      this.#discard(folder);
      return false;
    }
    mkdirSync(join(folder, "pins"), { recursive: true });
    const pin = join(folder, "pins", this.runDir.slice(this.runDir.lastIndexOf("/") + 1));
    writeFileSync(pin, JSON.stringify(self()));
    utimesSync(folder, new Date(), new Date());
    return true;
  }

  #inUse(folder: string): boolean {
    const pins = join(folder, "pins");
    if (!existsSync(pins)) return false;
    let used = false;
    for (const name of readdirSync(pins)) {
      if (existsSync(join(this.#runs(), name)) && ownerLives(join(pins, name))) used = true;
      else remove(join(pins, name));
    }
    return used;
  }

  #runs(): string {
    return join(this.dir, LAYOUT, "runs");
  }

  /** Moves a folder aside; renaming is quick, removing is done when the lock is free. */
  #discard(folder: string): void {
    renameSync(folder, join(this.runDir, `trash-${this.#trash++}`));
  }

  /** Removes trees that nobody uses: cut off, too old, or more than enough. */
  #evict(): void {
    this.#locked(() => {
      const trees = readdirSync(this.#trees)
        .map((name) => join(this.#trees, name))
        .map((folder) => ({ folder, used: statSync(folder).mtimeMs }))
        .sort((a, b) => b.used - a.used);
      const oldest = Date.now() - this.#bounds.days * DAY_MS;
      trees.forEach(({ folder, used }, i) => {
        const kept = i < this.#bounds.trees && used >= oldest && !wasCutOff(folder);
        if (!kept && !this.#inUse(folder)) this.#discard(folder);
      });
    });
    for (const name of readdirSync(this.runDir)) {
      if (name.startsWith("trash-")) remove(join(this.runDir, name));
    }
  }

  /** Does something while no other run changes which trees there are. A few ms, never longer. */
  #locked<T>(work: () => T): T {
    const until = Date.now() + LOCK_MS;
    while (!this.#take()) {
      if (Date.now() > until) {
        throw new InputError(
          { file: this.#lock },
          "is held by another run that does not end; end it, or name another folder with --cache",
        );
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
    }
    try {
      return work();
    } finally {
      rmSync(this.#lock, { force: true });
    }
  }

  #take(): boolean {
    try {
      writeFileSync(this.#lock, JSON.stringify(self()), { flag: "wx" });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (ownerLives(this.#lock)) return false;
    return this.#breakLock();
  }

  /** Takes away the lock of a dead run. Of several that try, one moves the file. */
  #breakLock(): false {
    const aside = join(this.runDir, `lock-${this.#trash++}`);
    try {
      renameSync(this.#lock, aside);
    } catch {
      return false;
    }
    // Somebody quicker may have broken it and taken it anew in between: then it is theirs.
    if (ownerLives(aside)) {
      try {
        writeFileSync(this.#lock, readFileSync(aside), { flag: "wx" });
      } catch {}
    }
    unlinkSync(aside);
    return false;
  }
}

/** A tree whose build did not come to its end: nobody knows what it left. */
const wasCutOff = (folder: string): boolean =>
  existsSync(join(folder, "cut-off")) ||
  (existsSync(join(folder, "building")) && !ownerLives(join(folder, "building")));

/** A run's folder is there before its owner's name: a young one is left alone. */
const isOld = (run: string): boolean => {
  if (existsSync(join(run, "owner"))) return true;
  try {
    return Date.now() - statSync(run).mtimeMs > DAY_MS / 24;
  } catch {
    return false;
  }
};

/** Removes a folder as far as it can be removed. */
const remove = (folder: string): void => {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Left for the next run; it is in nobody's way.
  }
};
