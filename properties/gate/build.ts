/** Runs a configured build command in a tree, once for equal trees and commands. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isLeft } from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { diskError } from "./cache.js";
import { buildRelevant, cleanEnv } from "./env.js";
import { ownerLives, self } from "./owner.js";
import type { Tree } from "./trees.js";

/** Output that is kept, bytes: the end, where the error is. */
const KEPT = 64 << 10;
/** Longest line that is shown while it runs, characters. */
const SHOWN_LINE = 400;
/** How long output may still come when the command has ended, ms. */
const GRACE_MS = 500;
const POLL_MS = 100;

const Kept = t.type(
  { version: t.literal(1), ok: t.boolean, ms: t.number, output: t.string, why: t.string },
  "a build's outcome",
);

export type BuildResult = {
  readonly ok: boolean;
  readonly cached: boolean;
  readonly ms: number;
  /** The end of its output. */
  readonly output: string;
  /** Why it failed: "exited with status 101", "took longer than 600 s". */
  readonly why?: string;
  /** The gate was interrupted, so that nothing is known of it. Too slow a build has failed. */
  readonly interrupted?: true;
};

export type BuildOptions = {
  readonly signal?: AbortSignal;
  /** Lines of output as they come; foreign data. */
  readonly onLine?: (line: string) => void;
  readonly env?: Readonly<Record<string, string>>;
};

/**
 * The command runs in a shell in the tree, in a process group of its own that is killed on a
 * timeout, on abort, at its end (whatever it left in the background), and when this process dies.
 * Failures are remembered like successes, unless the command was cut off or not found.
 */
export const build = async (
  tree: Tree,
  command: string,
  timeoutSeconds: number,
  options: BuildOptions = {},
): Promise<BuildResult> => {
  const env = options.env ?? cleanEnv();
  const key = createHash("sha256")
    .update(JSON.stringify([command, buildRelevant(env)]))
    .digest("hex");
  const kept = join(tree.folder, "builds", `${key}.json`);
  const known = recall(kept);
  if (known !== undefined) return known;
  const building = join(tree.folder, "building");
  const deadline = Date.now() + timeoutSeconds * 1000;
  try {
    while (!claim(building)) {
      if (options.signal?.aborted === true) return { ...failed(INTERRUPTED), interrupted: true };
      if (Date.now() > deadline) {
        return failed(`waited longer than ${timeoutSeconds} s for another build of the same tree`);
      }
      await sleep(POLL_MS);
    }
    // Another run may have built it in the meantime.
    const meanwhile = recall(kept);
    if (meanwhile !== undefined) {
      rmSync(building, { force: true });
      return meanwhile;
    }
    const result = await run(tree.dir, command, deadline, env, options);
    if (result.cutOff) writeFileSync(join(tree.folder, "cut-off"), "");
    else if (result.remember) remember(kept, result.outcome);
    rmSync(building, { force: true });
    return result.outcome;
  } catch (error) {
    throw diskError(tree.folder, error);
  }
};

const INTERRUPTED = "was interrupted";

const failed = (why: string, ms = 0, output = ""): BuildResult => ({
  ok: false,
  cached: false,
  ms,
  output,
  why,
});

const recall = (file: string): BuildResult | undefined => {
  if (!existsSync(file)) return undefined;
  try {
    const kept = Kept.decode(JSON.parse(readFileSync(file, "utf8")));
    if (isLeft(kept)) return undefined;
    const { ok, ms, output, why } = kept.right;
    return { ok, cached: true, ms, output, ...(why === "" ? {} : { why }) };
  } catch {
    return undefined;
  }
};

const remember = (file: string, { ok, ms, output, why = "" }: BuildResult): void => {
  mkdirSync(join(file, ".."), { recursive: true });
  const value: t.TypeOf<typeof Kept> = { version: 1, ok, ms, output, why };
  writeFileSync(`${file}.new`, JSON.stringify(value));
  renameSync(`${file}.new`, file);
};

/** One build a tree at a time: two would write the same files. */
const claim = (building: string): boolean => {
  try {
    writeFileSync(building, JSON.stringify(self()), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if (!ownerLives(building)) rmSync(building, { force: true });
  return false;
};

/**
 * A guard in the command's process group holds the read end of a pipe from this process, and
 * kills the group when the pipe ends, as it does however this process dies.
 */
const GUARDED = [
  "{ read -r _ <&3; kill -s KILL 0; } 0</dev/null 1>/dev/null 2>&1 &",
  "exec 3<&-",
  'exec /bin/sh -c "$1"',
].join("\n");

type Ending = { status: number | null; why: string };
/** `cutOff`: it was killed on the way, and nobody knows what it left in the tree. */
type Ran = { outcome: BuildResult; cutOff: boolean; remember: boolean };

const run = async (
  cwd: string,
  command: string,
  deadline: number,
  env: Readonly<Record<string, string>>,
  options: BuildOptions,
): Promise<Ran> => {
  const start = Date.now();
  const child = spawn("/bin/sh", ["-c", GUARDED, "sh", command], {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const tail = new Tail(options.onLine);
  child.stdout?.on("data", (piece: Buffer) => tail.take(piece));
  child.stderr?.on("data", (piece: Buffer) => tail.take(piece));
  child.stdio[3]?.on("error", () => {});

  let cut: string | undefined;
  const stop = (why: string): void => {
    cut ??= why;
    killGroup(child);
  };
  const onAbort = (): void => stop(INTERRUPTED);
  const timer = setTimeout(
    () => stop(`took longer than ${Math.round((deadline - start) / 1000)} s`),
    Math.max(0, deadline - start),
  );
  options.signal?.addEventListener("abort", onAbort, { once: true });
  if (options.signal?.aborted === true) onAbort();
  const ending = await new Promise<Ending>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      resolve({ status: null, why: `cannot be started: ${error.code ?? error.message}` });
    });
    child.on("exit", (status, signal) => {
      const why = signal === null ? `exited with status ${status}` : `was killed by ${signal}`;
      resolve({ status, why });
    });
  });
  clearTimeout(timer);
  options.signal?.removeEventListener("abort", onAbort);
  killGroup(child);
  await ended(child);
  const ms = Date.now() - start;
  const output = tail.end();
  if (cut !== undefined) {
    const outcome = failed(cut, ms, output);
    const stopped = cut === INTERRUPTED ? { ...outcome, interrupted: true as const } : outcome;
    return { outcome: stopped, cutOff: true, remember: false };
  }
  if (ending.status === 0) {
    return { outcome: { ok: true, cached: false, ms, output }, cutOff: false, remember: true };
  }
  // 126 and 127: the shell could not start it. 128 and more: something killed a part of it.
  const own = ending.status !== null && ending.status < 126;
  const disk = /No space left on device|os error 28/.test(output);
  return { outcome: failed(ending.why, ms, output), cutOff: false, remember: own && !disk };
};

const killGroup = (child: ChildProcess): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
};

/** Waits for the rest of the output; a process that left the group may hold it open. */
const ended = async (child: ChildProcess): Promise<void> => {
  const streams = [child.stdout, child.stderr].filter((s) => s !== null && !s.readableEnded);
  await Promise.race([
    Promise.all(streams.map((s) => new Promise((resolve) => s?.on("close", resolve)))),
    sleep(GRACE_MS, undefined, { ref: false }),
  ]);
  for (const stream of child.stdio) stream?.destroy();
};

/** The end of an output, in bounded memory, and its lines as they come. */
class Tail {
  #pieces: Buffer[] = [];
  #held = 0;
  #line = "";
  readonly #onLine: ((line: string) => void) | undefined;

  constructor(onLine: ((line: string) => void) | undefined) {
    this.#onLine = onLine;
  }

  take(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#held += piece.length;
    while (this.#held - (this.#pieces[0] as Buffer).length >= KEPT) {
      this.#held -= (this.#pieces.shift() as Buffer).length;
    }
    if (this.#onLine === undefined) return;
    const lines = (this.#line + piece.toString("utf8")).split("\n");
    this.#line = (lines.pop() as string).slice(0, SHOWN_LINE);
    for (const line of lines) this.#onLine(line.slice(0, SHOWN_LINE));
  }

  end(): string {
    if (this.#line !== "") this.#onLine?.(this.#line);
    const bytes = Buffer.concat(this.#pieces);
    const cut = bytes.length > KEPT;
    const text = bytes.subarray(Math.max(0, bytes.length - KEPT)).toString("utf8");
    // The first line of what is left is a part of one.
    return cut ? `…\n${text.slice(text.indexOf("\n") + 1)}` : text;
  }
}
