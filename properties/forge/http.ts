/**
 * JSON over HTTP to one forge: bounded in time, tries and size. Every failure is a value with one
 * line of text that holds no token. The forge's own CA is trusted through NODE_EXTRA_CA_CERTS.
 */
import type * as t from "io-ts";
import { decodeOrThrow, InputError } from "../../spec/core/decode.js";
import { commandLineSafe, plain } from "../report/escape.js";

/** How long and how often; the tests shorten these. */
export type Patience = {
  /** Tries of one request, the first included. */
  readonly tries: number;
  /** Before the second try, ms; doubled for each further one. */
  readonly backoff: number;
  /** For one request, ms, the reading of its answer included. */
  readonly timeout: number;
  /** The longest Retry-After that is waited for, ms. */
  readonly longestWait: number;
};

export const patience: Patience = {
  tries: 4,
  backoff: 500,
  timeout: 10_000,
  longestWait: 30_000,
};

/** A forge that does not page its comments sends them all at once; more than this is not read. */
const LARGEST_ANSWER = 32 * 1024 * 1024;
const REDIRECTS = 3;
const SHOWN = 200;

export type Method = "GET" | "POST" | "PATCH" | "PUT";

export type Answer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly headers: Headers;
      readonly json: unknown;
    }
  | {
      readonly ok: false;
      /** 0: no answer came. */
      readonly status: number;
      readonly problem: string;
      /** A write may have happened all the same: no answer, or a 5xx. */
      readonly unclear: boolean;
    };

export type Refusal = Extract<Answer, { ok: false }>;
/** One try: an answer, or a refusal that may be worth another try after `wait` ms. */
type Try = { readonly answer: Answer; readonly again: boolean; readonly wait?: number };

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const refused = (status: number, problem: string, unclear = false): Refusal => ({
  ok: false,
  status,
  problem,
  unclear,
});

/** Text of what fetch threw: the code of the cause says most (ECONNRESET, CERT_HAS_EXPIRED). */
const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return "unknown error";
  if (error.name === "TimeoutError") return "no answer in time";
  const cause = error.cause as { code?: unknown; message?: unknown } | undefined;
  if (typeof cause?.code === "string") return cause.code;
  return typeof cause?.message === "string" ? cause.message : error.message;
};

/** A certificate that is not trusted stays so; all other network errors may pass. */
const passing = (error: unknown): boolean =>
  !/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_INVALID/.test(reason(error));

const readBody = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > LARGEST_ANSWER) throw new Error("the answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

/** What a forge says of a refusal: `message`, `error` or `errors`, or else the text. */
const said = (text: string): string => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const { message, error, errors } = (value ?? {}) as Record<string, unknown>;
  const parts = [message, error, errors].filter((part) => part !== undefined && part !== null);
  return parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join("; ");
};

/** Milliseconds that the forge asks to wait, if it does. */
const askedWait = (headers: Headers): number | undefined => {
  const after = headers.get("retry-after");
  if (after !== null && /^\d+$/.test(after.trim())) return Number(after) * 1000;
  const until =
    after !== null
      ? Date.parse(after)
      : headers.get("x-ratelimit-remaining") === "0"
        ? Number(headers.get("x-ratelimit-reset")) * 1000
        : Number.NaN;
  return Number.isFinite(until) ? Math.max(0, until - Date.now()) : undefined;
};

/** Rate limits come as 429, and from GitHub as 403 with a header that says so. */
const limited = (status: number, headers: Headers): boolean =>
  status === 429 ||
  (status === 403 && (headers.has("retry-after") || headers.get("x-ratelimit-remaining") === "0"));

export class Client {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #token: string;
  readonly #patience: Patience;
  /** No answer came in all tries: further requests are tried once, so that a dead host costs little. */
  #silent = false;

  constructor(
    base: string,
    headers: Readonly<Record<string, string>>,
    token: string,
    pace: Patience = patience,
  ) {
    this.#base = base;
    this.#headers = headers;
    this.#token = token;
    this.#patience = pace;
  }

  /** Foreign text as one short line without the token, whatever part of it a forge echoes. */
  #clean(text: string): string {
    const hidden = text.replaceAll(this.#token, "***");
    const line = commandLineSafe(plain(hidden));
    return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
  }

  /**
   * `path` starts with a slash and has its parts encoded already. `retry: false` is for writes
   * that must not happen twice: an unclear failure is then handed back at once.
   */
  async request(
    method: Method,
    path: string,
    body?: unknown,
    { retry = true }: { readonly retry?: boolean } = {},
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const { answer, again, wait } = await this.#once(method, path, body);
      if (answer.ok || !again || (!retry && answer.unclear)) return answer;
      const pause = wait ?? this.#backoff(attempt);
      if (pause > this.#patience.longestWait) {
        return {
          ...answer,
          problem: `${answer.problem}, asks to wait ${Math.ceil(pause / 1000)} s`,
        };
      }
      if (attempt >= (this.#silent ? 1 : this.#patience.tries)) {
        this.#silent = answer.status === 0;
        return { ...answer, problem: `${answer.problem}, ${attempt} tries` };
      }
      await sleep(pause);
    }
  }

  /** An answer's JSON as what the documents promise, or the refusal that takes its place. */
  decode<A>(
    codec: t.Type<A, unknown>,
    json: unknown,
    what: string,
  ): { readonly ok: true; readonly value: A } | Refusal {
    try {
      return { ok: true, value: decodeOrThrow(codec, json, { file: what }) };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return refused(200, this.#clean(error.message));
    }
  }

  /** Waits as before the next try. */
  pause(attempt: number): Promise<void> {
    return sleep(this.#backoff(attempt));
  }

  #backoff(attempt: number): number {
    return this.#patience.backoff * 2 ** (attempt - 1);
  }

  async #once(method: Method, path: string, body: unknown): Promise<Try> {
    const what = `${method} ${path.split("?")[0]}`;
    const signal = AbortSignal.timeout(this.#patience.timeout);
    let url = this.#base + path;
    try {
      for (let hop = 0; ; hop++) {
        const response = await fetch(url, {
          method,
          // A redirect is followed by hand, and never with the token to another host.
          redirect: "manual",
          signal,
          headers: {
            ...this.#headers,
            accept: "application/json",
            "user-agent": "redbear-spec",
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        if (response.status >= 300 && response.status < 400) {
          const next = this.#redirect(url, response, hop);
          await response.body?.cancel();
          if (typeof next !== "string") {
            return {
              answer: refused(response.status, this.#clean(`${what}: ${next.problem}`)),
              again: false,
            };
          }
          url = next;
          continue;
        }
        return this.#judge(what, response, await readBody(response));
      }
    } catch (error) {
      return {
        answer: refused(0, this.#clean(`${what}: ${reason(error)}`), true),
        again: passing(error),
      };
    }
  }

  #redirect(from: string, response: Response, hop: number): string | { readonly problem: string } {
    const location = response.headers.get("location");
    if (location === null || !URL.canParse(location, from)) {
      return { problem: `status ${response.status} without a place to go to` };
    }
    if (hop >= REDIRECTS) return { problem: "redirected in circles" };
    const to = new URL(location, from);
    if (to.origin !== new URL(from).origin) {
      return {
        problem: `redirected to ${to.origin}; not followed, the token is for ${new URL(from).origin}`,
      };
    }
    // 302 and 303 turn a write into a read.
    if (response.status < 304 && response.status !== 301) {
      return { problem: `redirected with status ${response.status}` };
    }
    return to.href;
  }

  #judge(what: string, response: Response, text: string): Try {
    const { status, headers } = response;
    if (response.ok) {
      if (text === "") return { answer: { ok: true, status, headers, json: null }, again: false };
      try {
        return {
          answer: { ok: true, status, headers, json: JSON.parse(text) as unknown },
          again: false,
        };
      } catch {
        const problem = this.#clean(`${what}: the answer is not JSON: ${text}`);
        return { answer: refused(status, problem), again: false };
      }
    }
    const wait = askedWait(headers);
    const problem = this.#clean(`${what}: status ${status}: ${said(text)}`).replace(/: $/, "");
    return {
      answer: refused(status, problem, status >= 500),
      again: status >= 500 || status === 409 || limited(status, headers),
      ...(wait === undefined ? {} : { wait }),
    };
  }
}
