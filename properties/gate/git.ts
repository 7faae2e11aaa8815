/**
 * Git with everything disarmed that a repository could run: no hooks, no fsmonitor, no external
 * diff, no textconv, no transport, no prompt, no pager. Arguments never pass a shell.
 */
import { spawn, spawnSync } from "node:child_process";
import { InputError } from "../../spec/core/decode.js";

/** Largest answer that is held in memory, bytes. */
const MAX_OUTPUT = 256 << 20;
/** Longest complaint of git that is repeated, characters. */
const MAX_COMPLAINT = 300;

/** Settings that no repository may override: the command line is stronger than its files. */
const DISARMED = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  "core.attributesFile=/dev/null",
  "core.excludesFile=/dev/null",
  "core.pager=cat",
  "core.editor=false",
  "core.askPass=",
  "core.sshCommand=false",
  "core.alternateRefsCommand=true",
  "core.quotePath=true",
  "commit.gpgSign=false",
  "tag.gpgSign=false",
  "log.showSignature=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "protocol.allow=never",
  "submodule.recurse=false",
  "diff.renameLimit=2000",
  "advice.detachedHead=false",
].flatMap((setting) => ["-c", setting]);

export type GitPlace = {
  /** Folder to run in. */
  readonly cwd: string;
  /** The git directory itself, where it is one of ours; nothing is searched for then. */
  readonly gitDir?: string;
  readonly workTree?: string;
  readonly index?: string;
};

export type GitOptions = {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Statuses that are an answer and not a failure; 0 unless told. */
  readonly accept?: readonly number[];
};

export type GitAnswer = {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
};

/** Git could not do what it was told; the message is its own complaint, on one line. */
export class GitError extends InputError {
  readonly stderr: string;
  constructor(file: string, problem: string, stderr: string) {
    super({ file }, problem);
    this.stderr = stderr;
  }
}

const environment = (place: GitPlace, extra: Readonly<Record<string, string>> = {}) => {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    // GIT_DIR, GIT_INDEX_FILE, GIT_SSH_COMMAND, … of whoever calls must not lead elsewhere.
    if (value !== undefined && !name.startsWith("GIT_")) env[name] = value;
  }
  Object.assign(env, {
    LC_ALL: "C",
    LANGUAGE: "",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    SSH_ASKPASS: "",
    GIT_PAGER: "cat",
    GIT_EDITOR: "false",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_LITERAL_PATHSPECS: "1",
    // The system's and the user's own settings name trusted folders, and may hold filters: they
    // are read to find a repository, never to take files out of one.
    ...(place.gitDir === undefined
      ? ownConfig()
      : { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", GIT_DIR: place.gitDir }),
    ...(place.workTree === undefined ? {} : { GIT_WORK_TREE: place.workTree }),
    ...(place.index === undefined ? {} : { GIT_INDEX_FILE: place.index }),
    ...extra,
  });
  return env;
};

/** Where the caller says that settings of their own are, a trusted folder for one. */
const ownConfig = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined &&
      /^GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|(KEY|VALUE)_\d+)$/.test(name)
        ? [[name, value]]
        : [],
    ),
  );

/** Runs git to its end. Throws GitError for a status that is not accepted. */
export const git = (
  place: GitPlace,
  args: readonly string[],
  options: GitOptions = {},
): GitAnswer => {
  const done = spawnSync("git", [...DISARMED, ...args], {
    cwd: place.cwd,
    env: environment(place, options.env),
    maxBuffer: MAX_OUTPUT,
    windowsHide: true,
    ...(options.input === undefined
      ? { stdio: ["ignore", "pipe", "pipe"] }
      : { input: options.input }),
  });
  if (done.error !== undefined) throw cannotRun(place, args, done.error as NodeJS.ErrnoException);
  const answer = {
    status: done.status ?? -1,
    stdout: done.stdout,
    stderr: done.stderr.toString("utf8"),
  };
  if (!(options.accept ?? [0]).includes(answer.status)) throw complaint(place, args, answer);
  return answer;
};

/** The same without waiting in the way of signals and timers; output goes to `onOutput`. */
export const gitStream = async (
  place: GitPlace,
  args: readonly string[],
  options: GitOptions & { onOutput?: (piece: Buffer) => void; signal?: AbortSignal } = {},
): Promise<GitAnswer> => {
  options.signal?.throwIfAborted();
  const child = spawn("git", [...DISARMED, ...args], {
    cwd: place.cwd,
    env: environment(place, options.env),
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  const kept: Buffer[] = [];
  let held = 0;
  let stderr = "";
  child.stdout.on("data", (piece: Buffer) => {
    if (options.onOutput !== undefined) options.onOutput(piece);
    else if (held < MAX_OUTPUT) {
      kept.push(piece);
      held += piece.length;
    }
  });
  child.stderr.on("data", (piece: Buffer) => {
    if (stderr.length < 1 << 16) stderr += piece.toString("utf8");
  });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const stop = (): void => {
    child.kill("SIGKILL");
  };
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    const status = await new Promise<number>((resolve, reject) => {
      child.on("error", (error) => reject(cannotRun(place, args, error)));
      child.on("close", (code) => resolve(code ?? -1));
    });
    options.signal?.throwIfAborted();
    if (held >= MAX_OUTPUT) {
      throw new InputError({ file: place.cwd }, `git ${args[0]} answered more than can be held`);
    }
    const answer = { status, stdout: Buffer.concat(kept), stderr };
    if (!(options.accept ?? [0]).includes(status)) throw complaint(place, args, answer);
    return answer;
  } finally {
    options.signal?.removeEventListener("abort", stop);
  }
};

const cannotRun = (
  place: GitPlace,
  args: readonly string[],
  error: NodeJS.ErrnoException,
): InputError => {
  if (error.code === "ENOBUFS") {
    return new InputError({ file: place.cwd }, `git ${args[0]} answered more than can be held`);
  }
  return error.code === "ENOENT"
    ? new InputError({ file: place.cwd }, "cannot run git: no such program, or no such folder")
    : new InputError({ file: place.cwd }, `cannot run git: ${error.code ?? error.message}`);
};

/** Names of git's own words for a full or closed disk. */
const DISK = /No space left on device|Read-only file system|Disk quota exceeded/;

/** Objects are never fetched: the transport to fetch them is the repository's own word. */
const MISSING =
  /unable to read ([0-9a-f]{40}|sha1)|bad object|bad file|invalid object|get object info/;

const complaint = (place: GitPlace, args: readonly string[], answer: GitAnswer): GitError => {
  const { stderr } = answer;
  if (stderr.includes("dubious ownership")) {
    return new GitError(
      place.cwd,
      "belongs to another user, so git does not read it; expected a trusted repository: " +
        `run git config --global --add safe.directory ${JSON.stringify(place.cwd)}`,
      stderr,
    );
  }
  const disk = DISK.exec(stderr);
  if (disk !== null) return new GitError(place.gitDir ?? place.cwd, `${disk[0]}`, stderr);
  const hint = MISSING.test(stderr)
    ? "; objects are missing: a partial clone (--filter) cannot be judged, fetch a whole one"
    : "";
  const said = `git ${args[0]} failed: ${firstComplaint(answer)}${hint}`;
  return new GitError(place.cwd, said, stderr);
};

/** What git said, on one line and without control characters. */
export const firstComplaint = (answer: Pick<GitAnswer, "status" | "stderr">): string => {
  const lines = answer.stderr
    .split("\n")
    .map((line) => line.replace(/[\p{Cc}\p{Cf}]/gu, "?").trim())
    .filter((line) => line !== "" && !/^(hint|warning):/.test(line));
  const said = lines[0]?.replace(/^(fatal|error): /, "").slice(0, MAX_COMPLAINT);
  return said ?? `status ${answer.status}`;
};

/** The fields of an answer that separates them by NUL. */
export const fields = (output: Buffer): Buffer[] => {
  const out: Buffer[] = [];
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0, at);
    out.push(output.subarray(at, end < 0 ? output.length : end));
    at = (end < 0 ? output.length : end) + 1;
  }
  return out;
};
