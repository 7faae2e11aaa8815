/**
 * Does a job in a process of its own, of bounded memory, which can be killed at any time: the
 * systems that it had started are then killed too, and what it knew by then is the result.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Job, type JobResult, unjudged } from "./job.js";

/** What a worker tells. */
export type FromWorker =
  /** A system's process group was started, or is gone. */
  | { readonly kind: "system"; readonly group: number; readonly running: boolean }
  /** What is known so far. */
  | { readonly kind: "partial"; readonly result: JobResult }
  | { readonly kind: "result"; readonly result: JobResult }
  | { readonly kind: "failed"; readonly message: string };

export type WorkOptions = {
  readonly signal?: AbortSignal;
  /** Most memory of the worker for what it keeps, MiB. */
  readonly memory?: number;
  /** Called with the worker's process id; for tests that kill it. */
  readonly started?: (pid: number) => void;
};

const MEMORY_MIB = 1024;
/** Characters of the worker's standard error that are kept. */
const STDERR_CHARACTERS = 4096;
/** Beyond its budget a worker may finish a run, and wait for a system that hangs. */
const GRACE_MS = 20_000;
const GRACE_TIMEOUTS = 6;

const worker = fileURLToPath(new URL("./worker.js", import.meta.url));

const killGroup = (group: number): void => {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // Already gone.
  }
};

const interrupted = (job: Job, partial: JobResult | undefined, why: string): JobResult => {
  if (job.kind === "replay") {
    return partial?.kind === "replay" ? { ...partial, why } : { kind: "replay", outcomes: [], why };
  }
  return partial?.kind === "judge"
    ? { ...partial, state: "interrupted", why }
    : unjudged("interrupted", why);
};

const limitOf = (job: Job): number | undefined =>
  job.kind === "judge" ? job.budgetMs + GRACE_MS + GRACE_TIMEOUTS * job.timeout * 1000 : undefined;

/** How a worker ended that gave no result. */
const endText = (status: number | null, signal: string | null, stderr: string): string => {
  if (/heap out of memory|heap limit/i.test(stderr)) return "the judging process ran out of memory";
  if (signal !== null) return `the judging process was killed by ${signal}`;
  return `the judging process ended with status ${status ?? 0}`;
};

/** A worker under way. */
class Work {
  readonly #job: Job;
  readonly #process: ChildProcess;
  readonly #systems = new Set<number>();
  readonly #done: (result: JobResult) => void;
  #partial: JobResult | undefined;
  #stderr = "";
  #settled = false;
  #timer: NodeJS.Timeout | undefined;
  /** Ends the systems where this process itself ends. */
  readonly #onExit = (): void => this.#killSystems();

  constructor(job: Job, options: WorkOptions, done: (result: JobResult) => void) {
    this.#job = job;
    this.#done = done;
    this.#process = fork(worker, [], {
      detached: true,
      execArgv: [`--max-old-space-size=${options.memory ?? MEMORY_MIB}`],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const child = this.#process;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARACTERS);
    });
    child.on("message", (message) => this.#told(message as FromWorker));
    child.on("error", (error) => this.stop(`the judging process failed: ${error.message}`));
    child.on("close", (status, signal) => {
      this.stop(endText(status, signal, this.#stderr));
    });
    process.on("exit", this.#onExit);
    const limit = limitOf(job);
    if (limit !== undefined) {
      const why = `was not done within ${Math.round(limit / 1000)} s`;
      this.#timer = setTimeout(() => this.stop(why), limit);
    }
    if (child.pid !== undefined) options.started?.(child.pid);
    child.send(job, () => {
      // A worker that is gone is told by its end.
    });
  }

  /** Ends the worker and its systems; what is known is the result. */
  stop(why: string): void {
    this.#settle(interrupted(this.#job, this.#partial, why));
  }

  #told(message: FromWorker): void {
    switch (message.kind) {
      case "system":
        if (!message.running) this.#systems.delete(message.group);
        // Told late, of a worker that was ended: nobody else would end it.
        else if (this.#settled) killGroup(message.group);
        else this.#systems.add(message.group);
        return;
      case "partial":
        this.#partial = message.result;
        return;
      case "result":
        this.#settle(message.result);
        return;
      case "failed":
        this.stop(`the judging process failed: ${message.message}`);
    }
  }

  #killSystems(): void {
    const { pid } = this.#process;
    if (pid !== undefined) killGroup(pid);
    for (const group of this.#systems) killGroup(group);
    this.#systems.clear();
  }

  #settle(result: JobResult): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    const over = (): void => {
      process.off("exit", this.#onExit);
      this.#killSystems();
      this.#done(result);
    };
    // The result is handed on when the process is gone and all that it told has been read, so
    // that nothing is left behind.
    const gone = (): boolean =>
      child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    const check = (): void => {
      if (!gone() || child.connected) return;
      child.off("exit", check);
      child.off("disconnect", check);
      over();
    };
    child.on("exit", check);
    child.on("disconnect", check);
    this.#killSystems();
    check();
  }
}

/** Never rejects for what a worker or a system does; an aborted job is "interrupted". */
export const runJob = (job: Job, options: WorkOptions = {}): Promise<JobResult> => {
  const { signal } = options;
  if (signal?.aborted === true) {
    return Promise.resolve(interrupted(job, undefined, "interrupted"));
  }
  return new Promise((resolve) => {
    const abort = (): void => work.stop("interrupted");
    const work = new Work(job, options, (result) => {
      signal?.removeEventListener("abort", abort);
      resolve(result);
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
};
