/** Reads a system's lines as answers, or as the clause that they break. */
import { decodeOrThrow, InputError, shown } from "../../spec/core/decode.js";
import type { SystemClauseId } from "../../spec/core/system-clauses.js";
import type { AnySubsystem } from "../subsystem.js";
import { type Ending, endingText } from "./child.js";
import { SKIPPED, type SystemFault } from "./protocol.js";

export type Fault = Omit<SystemFault, "at">;

/** An answer that is none. */
export class Refusal {
  readonly fault: Fault;
  constructor(fault: Fault) {
    this.fault = fault;
  }
}

/** Distinct answers that are remembered decoded. */
const CACHED_LINES = 1 << 16;

export const parseLine = (line: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(line) as unknown };
  } catch {
    return undefined;
  }
};

export const kindOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null ? (value as { kind?: unknown }).kind : undefined;

export class Answers {
  readonly #subsystem: AnySubsystem;
  /** The end of the standard error of the process in hand. */
  readonly #stderr: () => string;
  readonly #decoded = new Map<string, unknown>();

  constructor(subsystem: AnySubsystem, stderr: () => string) {
    this.#subsystem = subsystem;
    this.#stderr = stderr;
  }

  /** The response in a line, `SKIPPED`, or a {@link Refusal}; remembered by the text. */
  response(line: string): unknown {
    return this.#decoded.get(line) ?? this.#decode(line);
  }

  /** The observation in a line, as JSON, or a {@link Refusal}. */
  observation(line: string): unknown {
    const parsed = parseLine(line);
    if (parsed === undefined) return new Refusal(this.garbage(line));
    const { value } = parsed;
    if (kindOf(value) === "panic") return new Refusal(this.panic(value));
    if (this.#subsystem.codecs.response.is(value)) return new Refusal(this.extra(line));
    return value;
  }

  /** Whether a line is the `ready` after a reset. */
  ready(line: string): Fault | undefined {
    const parsed = parseLine(line);
    if (parsed === undefined) return this.garbage(line);
    const kind = kindOf(parsed.value);
    if (kind === "ready") return undefined;
    return kind === "panic" ? this.panic(parsed.value) : this.extra(line);
  }

  fault(clause: SystemClauseId, message: string): Fault {
    const stderr = this.#stderr();
    return stderr === "" ? { clause, message } : { clause, message, stderr };
  }

  garbage(line: string): Fault {
    return this.fault("SYS-GARBAGE", `answered ${shown(line)}, expected one line of JSON`);
  }

  extra(line: string): Fault {
    return this.fault("SYS-EXTRA", `gave one more answer than commands: ${shown(line)}`);
  }

  panic(value: unknown): Fault {
    const { message, place } = value as { message?: unknown; place?: unknown };
    const at = place === undefined ? "" : ` at ${String(place)}`;
    return this.fault("SYS-PANIC", `panicked${at}: ${String(message ?? "no message")}`);
  }

  ended(ending: Ending, maxLine: number): Fault {
    const message = endingText(ending);
    if (ending.kind === "overlong") {
      return this.fault("SYS-GARBAGE", `${message} within ${maxLine} characters`);
    }
    const orderly = ending.kind === "closed" || (ending.kind === "status" && ending.status === 0);
    return this.fault(orderly ? "SYS-EXIT" : "SYS-CRASH", message);
  }

  #decode(line: string): unknown {
    const parsed = parseLine(line);
    if (parsed === undefined) return new Refusal(this.garbage(line));
    const kind = kindOf(parsed.value);
    if (kind === "panic") return new Refusal(this.panic(parsed.value));
    let response: unknown = SKIPPED;
    if (kind !== "skipped") {
      try {
        response = decodeOrThrow(this.#subsystem.codecs.response, parsed.value, { file: "answer" });
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        const problem = error.message.replace(/^answer:? ?/, "");
        return new Refusal(this.fault("SYS-TYPE", `answered ${shown(parsed.value)}: ${problem}`));
      }
    }
    if (this.#decoded.size >= CACHED_LINES) this.#decoded.clear();
    this.#decoded.set(line, response);
    return response;
  }
}
