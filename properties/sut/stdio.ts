/** A system under test in a child process that speaks JSON Lines; see PROTOCOL.md. */
import { shown } from "../../spec/core/decode.js";
import type { AnySubsystem } from "../subsystem.js";
import { Answers, type Fault, kindOf, parseLine, Refusal } from "./answers.js";
import { Child, type Ending, type Place } from "./child.js";
import {
  batchText,
  ConfigRefused,
  DEFAULT_TIMEOUT_MS,
  decodeHello,
  fixedConfig,
  type Hello,
  MAX_LINE,
  PROTOCOL,
  RESET,
  SystemError,
  type SystemFault,
} from "./protocol.js";

export type StdioOptions = {
  /** The longest silence before an answer. */
  readonly timeoutMs?: number;
  /** The same for the handshake, in which a process has to start; at least 10 s unless told. */
  readonly startTimeoutMs?: number;
  readonly maxLine?: number;
  /** Where its process runs. */
  readonly place?: Place;
};

/** When the system shows its state: never, after each command, after the last, or after these. */
export type Observe = "none" | "each" | "last" | readonly boolean[];

export type BatchResult = {
  /** In command order, up to the fault. {@link SKIPPED} where a reference had no result. */
  readonly responses: readonly unknown[];
  /** By command number, as JSON; the subsystem decodes them. */
  readonly observations: readonly unknown[];
  readonly fault?: SystemFault;
};

/** Lines awaited from the child: `count` of them, then `done`. */
type Exchange = {
  readonly count: number;
  readonly timeoutMs: number;
  received: number;
  /** Answers a fault when the line is wrong. */
  readonly accept: (line: string) => Fault | undefined;
  readonly done: (fault: Fault | undefined) => void;
};

export class StdioSystem {
  readonly command: string;
  readonly subsystem: AnySubsystem;
  readonly timeoutMs: number;
  /** What the system says of itself; of the newest process. */
  hello!: Hello;
  /** The configuration in force, with the fields that the system fixes. */
  config: unknown;
  /** The configuration as it was asked for. */
  requested: unknown;
  /** Processes started so far. */
  starts = 0;
  readonly #startTimeoutMs: number;
  readonly #maxLine: number;
  readonly #place: Place;
  #child!: Child;
  readonly #queue: Exchange[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stray: string | undefined;
  #failed = false;
  /** No command was given since the configuration or the last reset. */
  #untouched = false;
  readonly #answers: Answers;

  private constructor(command: string, subsystem: AnySubsystem, options: StdioOptions) {
    this.command = command;
    this.subsystem = subsystem;
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#startTimeoutMs = options.startTimeoutMs ?? Math.max(this.timeoutMs, DEFAULT_TIMEOUT_MS);
    this.#maxLine = options.maxLine ?? MAX_LINE;
    this.#place = options.place ?? {};
    this.#answers = new Answers(subsystem, () => this.#child.stderr);
  }

  /** Starts a system and shakes hands with it. Throws {@link SystemError}. */
  static async start(
    command: string,
    subsystem: AnySubsystem,
    options: StdioOptions = {},
  ): Promise<StdioSystem> {
    const system = new StdioSystem(command, subsystem, options);
    await system.#start();
    return system;
  }

  /** False once the process ended or was ended for a fault; `restart` brings it back. */
  get alive(): boolean {
    return !this.#failed && this.#child.ending === undefined;
  }

  /** Gives the system its configuration. Throws {@link SystemError}, {@link ConfigRefused}. */
  async configure(config: unknown): Promise<void> {
    this.config = undefined;
    this.requested = config;
    const merged = fixedConfig(this.command, this.subsystem, config, this.hello);
    const encoded = this.subsystem.codecs.config.encode(merged) as object;
    const answer = await this.#ask({ kind: "config", ...encoded }, "the configuration");
    const kind = kindOf(answer);
    if (kind === "refused") {
      throw new ConfigRefused(this.command, String((answer as { reason?: unknown }).reason));
    }
    if (kind !== "ready") {
      throw this.#unusable(`to the configuration it answers ${shown(answer)}, expected ready`);
    }
    this.config = merged;
    this.#untouched = true;
  }

  /** A new process in the place of the old one, with the same configuration. */
  async restart(): Promise<void> {
    this.#fail(this.#ended());
    await this.#start();
    if (this.config !== undefined) await this.configure(this.requested);
  }

  /**
   * Back to the start of the configuration. An answer that comes before `ready` is one too many:
   * so a run is known to have had exactly its answers.
   */
  async reset(): Promise<SystemFault | undefined> {
    if (this.#untouched && this.alive) return undefined;
    this.#untouched = true;
    const fault = await this.#exchange(RESET, 1, (line) => this.#answers.ready(line));
    return fault === undefined ? undefined : { ...fault, at: 0 };
  }

  /** Writes a batch at once and gathers its answers. Several batches may be under way. */
  async batch(commands: readonly unknown[], observe: Observe = "none"): Promise<BatchResult> {
    const responses: unknown[] = [];
    const observations: unknown[] = [];
    if (commands.length === 0) return { responses, observations };
    this.#untouched = false;
    const last = commands.length - 1;
    const observed = (i: number): boolean =>
      typeof observe === "string"
        ? observe === "each" || (observe === "last" && i === last)
        : observe[i] === true;
    let panicked: SystemFault | undefined;
    let at = 0;
    let observing = false;
    const accept = (line: string): Fault | undefined => {
      const answer = observing ? this.#answers.observation(line) : this.#answers.response(line);
      if (answer instanceof Refusal) {
        if (answer.fault.clause !== "SYS-PANIC") return answer.fault;
        panicked ??= { ...answer.fault, at };
      } else if (observing) observations[at] = answer;
      else if (panicked === undefined) responses.push(answer);
      observing = !observing && observed(at);
      if (!observing) at++;
      return undefined;
    };
    let count = commands.length;
    for (let i = 0; i <= last; i++) if (observed(i)) count++;
    const text = batchText(this.subsystem, commands, observed);
    const fault = await this.#exchange(text, count, accept);
    // What came before is first: later answers of a module that panicked mean nothing.
    if (panicked !== undefined) return { responses, observations, fault: panicked };
    if (fault !== undefined) return { responses, observations, fault: { ...fault, at } };
    return { responses, observations };
  }

  /** Says goodbye, and ends the process if it does not go. */
  async close(): Promise<void> {
    this.#child.write('{"kind":"bye"}\n');
    await this.#child.close();
    this.#fail(this.#ended());
  }

  async #start(): Promise<void> {
    this.starts++;
    this.#failed = false;
    this.#stray = undefined;
    const child = new Child(this.command, this.#maxLine, this.#place);
    this.#child = child;
    child.onLine = (line) => this.#onLine(line);
    child.onProgress = () => this.#timer?.refresh();
    child.onEnd = (ending) => {
      if (this.#child === child) this.#fail(this.#ended(ending));
    };
    const { path } = this.subsystem;
    const answer = await this.#ask(
      { kind: "hello", protocol: PROTOCOL, subsystem: path },
      "the hello",
    );
    try {
      this.hello = decodeHello(this.command, this.subsystem, answer);
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  /** One line and its answer, before any command: whatever is wrong is a {@link SystemError}. */
  async #ask(line: object, what: string): Promise<unknown> {
    let answer: unknown;
    const accept = (text: string): Fault | undefined => {
      const parsed = parseLine(text);
      if (parsed === undefined) return this.#answers.garbage(text);
      answer = parsed.value;
      return undefined;
    };
    const text = `${JSON.stringify(line)}\n`;
    const fault = await this.#exchange(text, 1, accept, this.#startTimeoutMs);
    if (fault !== undefined) throw this.#unusable(`no answer to ${what}: it ${fault.message}`);
    return answer;
  }

  #unusable(problem: string): SystemError {
    const { stderr } = this.#child;
    this.#end();
    return new SystemError(
      this.command,
      stderr === "" ? problem : `${problem}; its standard error ends: ${stderr}`,
    );
  }

  #ended(ending: Ending = { kind: "closed" }): Fault {
    return this.#answers.ended(ending, this.#maxLine);
  }

  #end(): void {
    this.#failed = true;
    this.#child.kill();
  }

  /** Sends text and waits for `count` lines, each given to `accept`. */
  async #exchange(
    text: string,
    count: number,
    accept: (line: string) => Fault | undefined,
    timeoutMs = this.timeoutMs,
  ): Promise<Fault | undefined> {
    if (this.#stray !== undefined) return this.#tooMany(this.#stray);
    const { ending } = this.#child;
    if (ending !== undefined || this.#failed) return this.#ended(ending);
    const fault = await new Promise<Fault | undefined>((done) => {
      this.#queue.push({ count, timeoutMs, received: 0, accept, done });
      if (this.#queue.length === 1) this.#watch();
      this.#child.write(text);
    });
    // Lines that came together with the last one have been read by now.
    return fault ?? (this.#stray === undefined ? undefined : this.#tooMany(this.#stray));
  }

  #tooMany(line: string): Fault {
    this.#end();
    return this.#answers.extra(line);
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const head = this.#queue[0];
    if (head === undefined) return;
    this.#timer = setTimeout(() => {
      const { received, count, timeoutMs } = head;
      // If this process was busy for that long, the answer may be there unread.
      setImmediate(() => {
        if (this.#queue[0] !== head) return;
        if (head.received > received) return this.#watch();
        const progress = `${received} of ${count} lines answered`;
        const message = `gave no answer within ${timeoutMs / 1000} s; ${progress}`;
        this.#fail(this.#answers.fault("SYS-HANG", message));
      });
    }, head.timeoutMs);
  }

  #onLine(text: string): void {
    const line = text.endsWith("\r") ? text.slice(0, -1) : text;
    const head = this.#queue[0];
    if (this.#failed) return;
    if (head === undefined) {
      this.#stray ??= line;
      return;
    }
    const fault = head.accept(line);
    if (fault !== undefined) {
      this.#fail(fault);
      return;
    }
    if (++head.received < head.count) return;
    this.#queue.shift();
    this.#watch();
    head.done(undefined);
  }

  /** Everything under way ends with this fault, and so does the process. */
  #fail(fault: Fault): void {
    const waiting = this.#queue.splice(0);
    clearTimeout(this.#timer);
    this.#end();
    for (const exchange of waiting) exchange.done(fault);
  }
}
