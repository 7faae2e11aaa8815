/**
 * A forge for tests: the documented parts of the three APIs that are used, on 127.0.0.1. It refuses
 * what the documents do not allow, and keeps statuses and comments as the forge would.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Kind } from "./dialect.js";

export type StubStatus = {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
  readonly targetUrl?: string;
  readonly pipeline?: number;
};
export type StubComment = { readonly id: number; body: string; readonly author: number };
export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
};

/** What to do instead of an answer, once for each entry, at requests that match. */
export type Trouble = {
  readonly on: RegExp;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Close the connection without an answer; "after" does the work first. */
  readonly hangUp?: "before" | "after";
  /** Never answer. */
  readonly hang?: true;
};

export const TOKEN = "stub-token-0123456789";
export const ME = 7;
const OTHER = 8;
const BOT = 9;

type Reply = {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

const say = (status: number, message: string): Reply => ({ status, json: { message } });
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Strings of a request body by name, at most so long; or why not. */
const strings = (
  body: unknown,
  limits: Readonly<Record<string, number>>,
  others: readonly string[] = [],
): Record<string, string> | string => {
  if (!isObject(body)) return "the body is no object";
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    const limit = limits[name];
    if (limit === undefined) {
      if (others.includes(name)) continue;
      return `unknown field ${name}`;
    }
    if (typeof value !== "string") return `${name} is no string`;
    if (value.length > limit) return `${name} is too long (maximum is ${limit} characters)`;
    result[name] = value;
  }
  return result;
};

export class Stub {
  readonly kind: Kind;
  readonly statuses: StubStatus[] = [];
  readonly comments: StubComment[] = [];
  readonly seen: Seen[] = [];
  readonly troubles: Trouble[] = [];
  /** Commands that GitLab would have run out of a note. */
  readonly quickActions: string[] = [];
  /** The token may not ask who it is, as that of a GitHub job. */
  hidesUser = false;
  /** The token may only read. */
  readOnly = false;
  #next = 1000;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor(kind: Kind) {
    this.kind = kind;
  }

  /** Starts it; the address of the API. */
  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    const { port } = this.#server.address() as AddressInfo;
    const prefix = { github: "", gitea: "/api/v1", gitlab: "/api/v4" }[this.kind];
    return `http://127.0.0.1:${port}${prefix}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** A comment of somebody else's, or of ours. */
  comment(body: string, author: "me" | "other" | "bot" = "other"): StubComment {
    const made = { id: this.#next++, body, author: { me: ME, other: OTHER, bot: BOT }[author] };
    this.comments.push(made);
    return made;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const method = request.method ?? "";
    this.seen.push({
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const index = this.troubles.findIndex(({ on }) => on.test(`${method} ${url.pathname}`));
    const trouble = index < 0 ? undefined : this.troubles.splice(index, 1)[0];
    if (trouble?.hang) return;
    if (trouble?.hangUp === "before") {
      request.socket.destroy();
      return;
    }
    if (trouble?.status !== undefined) {
      response.writeHead(trouble.status, trouble.headers ?? {});
      response.end(trouble.body ?? "");
      return;
    }
    const reply = this.#route(method, url, request.headers, text);
    if (trouble?.hangUp === "after") {
      request.socket.destroy();
      return;
    }
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    response.end(reply.json === undefined ? "" : JSON.stringify(reply.json));
  }

  #authorised(headers: IncomingMessage["headers"]): boolean {
    if (this.kind === "gitlab") {
      return headers["private-token"] === TOKEN || headers["job-token"] === TOKEN;
    }
    const scheme = this.kind === "gitea" ? "token" : "Bearer";
    return headers.authorization === `${scheme} ${TOKEN}`;
  }

  #route(method: string, url: URL, headers: IncomingMessage["headers"], text: string): Reply {
    if (!this.#authorised(headers)) return say(401, "Bad credentials");
    let body: unknown;
    if (method !== "GET") {
      if (!/^application\/json/.test(headers["content-type"] ?? "")) return say(415, "not JSON");
      try {
        body = JSON.parse(text);
      } catch {
        return say(400, "not JSON");
      }
    }
    const path = url.pathname.replace(/^\/api\/v\d/, "");
    if (path === "/user" && method === "GET") {
      const hidden = this.hidesUser || headers["job-token"] !== undefined;
      return hidden ? say(403, "Resource not accessible by integration") : this.#user(ME);
    }
    if (method !== "GET" && (this.readOnly || headers["job-token"] !== undefined)) {
      return say(this.kind === "gitlab" ? 401 : 403, "Resource not accessible by integration");
    }
    return this.kind === "gitlab"
      ? this.#lab(method, path, url, body)
      : this.#hub(method, path, url, body);
  }

  #user(id: number): Reply {
    return { status: 200, json: this.#author(id) };
  }

  #author(id: number): unknown {
    const own = this.kind === "gitea" ? "gitea-actions" : "github-actions[bot]";
    const name = id === ME ? own : id === BOT ? "other[bot]" : "reader";
    if (this.kind === "gitlab") return { id, username: name };
    return { id, login: name, ...(this.kind === "github" ? { type: botOrNot(id) } : {}) };
  }

  #hub(method: string, path: string, url: URL, body: unknown): Reply {
    const status = /^\/repos\/kernel\/red-bear\/statuses\/([0-9a-f]{40})$/.exec(path);
    if (status && method === "POST") return this.#hubStatus(status[1] ?? "", body);
    if (/^\/repos\/kernel\/red-bear\/issues\/12\/comments$/.test(path)) {
      if (method === "POST") return this.#create(body, 65_536, 422);
      if (method === "GET") return this.#list(url);
    }
    const one = /^\/repos\/kernel\/red-bear\/issues\/comments\/(\d+)$/.exec(path);
    if (one && method === "PATCH") return this.#edit(Number(one[1]), body, 65_536, 422);
    return say(404, "Not Found");
  }

  #hubStatus(sha: string, body: unknown): Reply {
    const limits = { state: 20, context: 255, description: 140, target_url: 2048 };
    const fields = strings(body, limits);
    if (typeof fields === "string") return say(422, `Validation Failed: ${fields}`);
    if (!/^(pending|success|error|failure)$/.test(fields.state ?? "")) {
      return say(422, "Validation Failed: state");
    }
    const { state = "", context = "default", description = "", target_url } = fields;
    this.statuses.push({
      sha,
      state,
      context,
      description,
      ...(target_url === undefined ? {} : { targetUrl: target_url }),
    });
    const id = this.#next++;
    const word = this.kind === "gitea" ? { status: state } : { state };
    return { status: 201, json: { id, context, description, ...word } };
  }

  #lab(method: string, path: string, url: URL, body: unknown): Reply {
    const status = /^\/projects\/34\/statuses\/([0-9a-f]{40})$/.exec(path);
    if (status && method === "POST") return this.#labStatus(status[1] ?? "", body);
    if (path === "/projects/34/merge_requests/12/notes") {
      if (method === "POST") return this.#create(body, 1_000_000, 400);
      if (method === "GET") return this.#list(url);
    }
    const one = /^\/projects\/34\/merge_requests\/12\/notes\/(\d+)$/.exec(path);
    if (one && method === "PUT") return this.#edit(Number(one[1]), body, 1_000_000, 400);
    return say(404, "404 Not found");
  }

  #labStatus(sha: string, body: unknown): Reply {
    const limits = { state: 20, name: 255, description: 255, target_url: 255 };
    const fields = strings(body, limits, ["pipeline_id"]);
    if (typeof fields === "string") return say(400, fields);
    const { state = "", name = "default", description = "", target_url } = fields;
    if (!/^(pending|running|success|failed|canceled|skipped)$/.test(state)) {
      return say(400, "state does not have a valid value");
    }
    const last = this.statuses.findLast((each) => each.sha === sha && each.context === name);
    if (last?.state === state && /^(pending|running)$/.test(state)) {
      const event = state === "running" ? "run" : "enqueue";
      return say(400, `Cannot transition status via :${event} from :${state}`);
    }
    const pipeline = (body as { pipeline_id?: unknown }).pipeline_id;
    this.statuses.push({
      sha,
      state,
      context: name,
      description,
      ...(target_url === undefined ? {} : { targetUrl: target_url }),
      ...(typeof pipeline === "number" ? { pipeline } : {}),
    });
    return { status: 201, json: { id: this.#next++, sha, name, status: state } };
  }

  #shown({ id, body, author }: StubComment): unknown {
    const who = this.#author(author);
    return this.kind === "gitlab" ? { id, body, author: who } : { id, body, user: who };
  }

  #list(url: URL): Reply {
    // Gitea sends all comments of an issue, whatever page is asked for.
    if (this.kind === "gitea") {
      return {
        status: 200,
        json: this.comments.map((comment) => this.#shown(comment)),
        headers: { "x-total-count": String(this.comments.length) },
      };
    }
    const size = Math.min(100, Number(url.searchParams.get("per_page") ?? 20));
    const page = Number(url.searchParams.get("page") ?? 1);
    // GitLab: newest first unless asked otherwise.
    const oldest = this.kind !== "gitlab" || url.searchParams.get("sort") === "asc";
    const all = oldest ? this.comments : this.comments.toReversed();
    const part = all.slice((page - 1) * size, page * size);
    const more = page * size < all.length;
    const next = new URL(url);
    next.searchParams.set("page", String(page + 1));
    return {
      status: 200,
      json: part.map((comment) => this.#shown(comment)),
      headers: {
        ...(this.kind === "gitlab" ? { "x-next-page": more ? String(page + 1) : "" } : {}),
        ...(this.kind === "github" && more ? { link: `<${next}>; rel="next"` } : {}),
      },
    };
  }

  #text(body: unknown, limit: number): string | undefined {
    const fields = strings(body, { body: limit });
    if (typeof fields === "string" || fields.body === undefined || fields.body === "") return;
    if (this.kind === "gitlab") {
      for (const [line] of fields.body.matchAll(/^\/[a-z_]+.*$/gm)) this.quickActions.push(line);
    }
    return fields.body;
  }

  #create(body: unknown, limit: number, refusal: number): Reply {
    const text = this.#text(body, limit);
    if (text === undefined) return say(refusal, "Validation Failed: body");
    return { status: 201, json: this.#shown(this.comment(text, "me")) };
  }

  #edit(id: number, body: unknown, limit: number, refusal: number): Reply {
    const comment = this.comments.find((each) => each.id === id);
    if (comment === undefined) return say(404, "Not Found");
    if (comment.author !== ME) return say(403, "not the author");
    const text = this.#text(body, limit);
    if (text === undefined) return say(refusal, "Validation Failed: body");
    comment.body = text;
    return { status: 200, json: this.#shown(comment) };
  }
}

const botOrNot = (id: number): string => (id === OTHER ? "User" : "Bot");
