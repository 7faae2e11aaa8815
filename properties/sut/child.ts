/** A child process that is read line by line, in bounded memory. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { constants } from "node:os";

/** How a child ended. `overlong`: it was killed because of a line without end. */
export type Ending =
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "closed" }
  | { readonly kind: "overlong" };

/** Characters of standard error that are kept. */
const STDERR_CHARACTERS = 4096;
/** How long the exit status may come after the end of the output, or the reverse. */
const GRACE_MS = 500;

const live = new Set<Child>();

/** Where a child runs; that of this process where it is not told. */
export type Place = {
  readonly cwd?: string;
  /** The whole environment. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Told the process group of every child that starts, and again when it was ended. */
export type Watcher = (group: number, running: boolean) => void;

let watcher: Watcher = () => {};

export const watchChildren = (watch: Watcher): void => {
  watcher = watch;
};

/** Ends every child at once; for handlers of signals, which a process group does not pass on. */
export const killAll = (): void => {
  for (const child of live) child.kill();
};
let guarded = false;

const signalOf = (status: number): string | undefined =>
  Object.entries(constants.signals).find(([, number]) => number === status - 128)?.[0];

export const endingText = (ending: Ending): string => {
  switch (ending.kind) {
    case "signal":
      return `was killed by ${ending.signal}`;
    case "status": {
      // A shell reports the signal of its child as a status.
      const signal = ending.status > 128 ? signalOf(ending.status) : undefined;
      return `exited with status ${ending.status}${signal === undefined ? "" : ` (${signal})`}`;
    }
    case "closed":
      return "closed its output";
    case "overlong":
      return "wrote a line that does not end";
  }
};

export class Child {
  /** Called with every whole line. */
  onLine: (line: string) => void = () => {};
  /** Called after every piece of output that ended a line. */
  onProgress: () => void = () => {};
  /** Called once, after the last line. */
  onEnd: (ending: Ending) => void = () => {};
  ending: Ending | undefined;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #maxLine: number;
  #partial = "";
  #stderr = "";
  #exit: Ending | undefined;
  #grace: NodeJS.Timeout | undefined;
  #killed = false;

  /** Runs a command line in a shell, in a process group of its own. */
  constructor(command: string, maxLine: number, place: Place = {}) {
    this.#maxLine = maxLine;
    this.#process = spawn(command, { ...place, shell: true, detached: true, stdio: "pipe" });
    if (this.#process.pid !== undefined) watcher(this.#process.pid, true);
    const { stdin, stdout, stderr } = this.#process;
    stdout.setEncoding("utf8");
    stderr.setEncoding("utf8");
    stdout.on("data", (text: string) => this.#read(text));
    stdout.on("end", () => this.#expectEnd());
    stdout.on("error", () => {});
    stderr.on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARACTERS);
    });
    stderr.on("error", () => {});
    // A child that is gone shows in its exit status; writing to it is no second fault.
    stdin.on("error", () => {});
    this.#process.on("error", (error) => {
      this.#stderr += error.message;
      this.#exit = { kind: "status", status: 127 };
      this.#finish();
    });
    this.#process.on("exit", (status, signal) => {
      this.#exit =
        signal !== null ? { kind: "signal", signal } : { kind: "status", status: status ?? 0 };
      this.#expectEnd();
    });
    // Exit status, output and standard error have all come to their end.
    this.#process.on("close", () => this.#finish());
    live.add(this);
    if (!guarded) {
      guarded = true;
      process.on("exit", killAll);
    }
  }

  write(text: string): void {
    if (this.ending === undefined) this.#process.stdin.write(text);
  }

  /** The last lines of standard error. */
  get stderr(): string {
    return this.#stderr.trim();
  }

  /** Kills the process group: a shell's children too. */
  kill(): void {
    live.delete(this);
    clearTimeout(this.#grace);
    const { pid, stdin, stdout, stderr } = this.#process;
    try {
      if (pid !== undefined && !this.#killed) process.kill(-pid, "SIGKILL");
    } catch {
      // Already gone.
    }
    // Once is enough, and later the number may be another process's.
    if (pid !== undefined && !this.#killed) watcher(pid, false);
    this.#killed = true;
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    this.ending ??= { kind: "closed" };
  }

  /** Closes the input and waits for an orderly end, for a short time. */
  async close(): Promise<void> {
    if (this.ending === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, GRACE_MS);
        this.onEnd = () => {
          clearTimeout(timer);
          resolve();
        };
        this.#process.stdin.end();
      });
    }
    this.kill();
  }

  #read(text: string): void {
    if (this.ending !== undefined) return;
    let from = 0;
    let end = text.indexOf("\n");
    if (end >= 0 && this.#partial !== "") {
      const line = this.#partial + text.slice(0, end);
      this.#partial = "";
      this.onLine(line);
      from = end + 1;
      end = text.indexOf("\n", from);
    }
    while (end >= 0) {
      this.onLine(text.slice(from, end));
      from = end + 1;
      end = text.indexOf("\n", from);
    }
    if (from < text.length) {
      this.#partial += from === 0 ? text : text.slice(from);
      if (this.#partial.length > this.#maxLine) {
        this.#partial = "";
        this.#exit = { kind: "overlong" };
        this.#finish();
        return;
      }
    }
    if (from > 0) this.onProgress();
  }

  /** A part has ended; a child that keeps another part open is not waited for. */
  #expectEnd(): void {
    this.#grace ??= setTimeout(() => this.#finish(), GRACE_MS);
  }

  #finish(): void {
    if (this.ending !== undefined) return;
    if (this.#partial !== "" && this.#exit?.kind !== "overlong") this.onLine(this.#partial);
    const ending = this.#exit ?? { kind: "closed" };
    this.ending = ending;
    this.kill();
    this.onEnd(ending);
  }
}
