/** Commits by `git fast-import`: fast, without a work tree, the same ids everywhere. */
import { spawnSync } from "node:child_process";
import { devNull } from "node:os";
import type { Content, Edit, Files } from "./tree.js";

/** A commit to be made. */
export type Change = { readonly message: string; readonly edit: Edit };

const AUTHOR = "Ada Kernel <ada@kernel.example>";
/** 2026-11-02 09:00 UTC, a minute later with each commit. */
const START = 1_793_610_000;

/** Git as the example needs it: the settings of whoever runs it play no part. */
export const git = (folder: string, args: readonly string[], input?: Buffer): string => {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
    TZ: "UTC",
  };
  for (const name of ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"]) delete env[name];
  const run = spawnSync("git", args, {
    cwd: folder,
    env,
    maxBuffer: 256 * 1024 * 1024,
    ...(input === undefined ? {} : { input }),
  });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error(`git ${args[0]}: ${run.stderr.toString().trim()}`);
  return run.stdout.toString().trim();
};

/** A path as fast-import reads it: quoted, every byte that is not plain escaped. */
const quoted = (path: string): string => {
  let out = "";
  for (const byte of Buffer.from(path)) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    out += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return `"${out}"`;
};

const sameContent = (a: Content | undefined, b: Content): boolean =>
  a !== undefined && Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

/** A point in the history: what the files are there, and its mark in the stream. */
export type Point = { readonly files: Files; readonly mark: number };

export class History {
  readonly #parts: Buffer[] = [];
  #marks = 0;
  #refs = 0;

  #line(text: string): void {
    this.#parts.push(Buffer.from(`${text}\n`));
  }
  #data(content: Content): void {
    const bytes = Buffer.from(content);
    this.#line(`data ${bytes.length}`);
    this.#parts.push(bytes, Buffer.from("\n"));
  }

  /** A commit on top of a point; without one, the first. */
  commit(parent: Point | undefined, change: Change): Point {
    const before: Files = parent?.files ?? new Map();
    const files = new Map(before);
    change.edit(files);
    this.#marks++;
    this.#line(`commit refs/heads/unnamed-${this.#marks}`);
    this.#line(`mark :${this.#marks}`);
    const when = `${START + 60 * this.#marks} +0000`;
    this.#line(`author ${AUTHOR} ${when}`);
    this.#line(`committer ${AUTHOR} ${when}`);
    this.#data(change.message);
    if (parent !== undefined) this.#line(`from :${parent.mark}`);
    for (const path of before.keys()) if (!files.has(path)) this.#line(`D ${quoted(path)}`);
    for (const [path, content] of files) {
      if (sameContent(before.get(path), content)) continue;
      this.#line(`M 100644 inline ${quoted(path)}`);
      this.#data(content);
    }
    return { files, mark: this.#marks };
  }

  commits(parent: Point, changes: readonly Change[]): Point {
    return changes.reduce<Point>((point, change) => this.commit(point, change), parent);
  }

  name(ref: string, point: Point): void {
    this.#refs++;
    this.#line(`reset ${ref}`);
    this.#line(`from :${point.mark}`);
    this.#line("");
  }

  /** Writes everything into a repository. */
  import(folder: string): void {
    if (this.#refs === 0) throw new Error("a history without names would be lost");
    git(folder, ["fast-import", "--quiet", "--date-format=raw"], Buffer.concat(this.#parts));
    const unnamed = Array.from({ length: this.#marks }, (_x, i) => i + 1);
    const gone = unnamed.map((mark) => `delete refs/heads/unnamed-${mark}\n`).join("");
    git(folder, ["update-ref", "--stdin"], Buffer.from(gone));
  }
}
