import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Verdict, verdicts } from "../../spec/core/verdict.js";
import type { Kind } from "./dialect.js";
import { forgeFromEnv } from "./env.js";
import { begin, type Forge, type Publication, publish } from "./forge.js";
import type { Patience } from "./http.js";
import { Stub, TOKEN } from "./stub.js";
import { MARKER } from "./text.js";

const HEAD = "a".repeat(40);
const MERGE = "b".repeat(40);
const quick: Patience = { tries: 3, backoff: 1, timeout: 400, longestWait: 100 };
const kinds: readonly Kind[] = ["gitea", "github", "gitlab"];

let folder: string;
let stub: Stub;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "redbear-spec-forge-"));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stub.stop();
});

type Options = { readonly fork?: boolean; readonly push?: boolean; readonly jobToken?: boolean };

/** Variables of a job as the forge's own runner sets them. */
const variables = (kind: Kind, api: string, options: Options): Record<string, string> => {
  if (kind === "gitlab") {
    return {
      GITLAB_CI: "true",
      CI_API_V4_URL: api,
      CI_PROJECT_ID: "34",
      CI_COMMIT_SHA: HEAD,
      CI_PIPELINE_ID: "99",
      CI_JOB_URL: "https://forge.example/kernel/red-bear/-/jobs/5",
      CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: "",
      ...(options.push ? {} : { CI_MERGE_REQUEST_IID: "12", CI_MERGE_REQUEST_PROJECT_ID: "34" }),
      ...(options.fork ? { CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "35" } : {}),
      ...(options.jobToken ? { CI_JOB_TOKEN: TOKEN } : { GITLAB_TOKEN: TOKEN }),
    };
  }
  const event = join(folder, "event.json");
  const repo = { full_name: options.fork ? "stranger/red-bear" : "kernel/red-bear" };
  const pull = { number: 12, head: { sha: HEAD, repo }, title: "$(id) `id`" };
  writeFileSync(event, JSON.stringify(options.push ? { after: HEAD } : { pull_request: pull }));
  return {
    ...(kind === "gitea" ? { GITEA_ACTIONS: "true" } : {}),
    GITHUB_ACTIONS: "true",
    GITHUB_SERVER_URL: "https://forge.example",
    GITHUB_API_URL: api,
    GITHUB_REPOSITORY: "kernel/red-bear",
    GITHUB_SHA: options.push ? HEAD : MERGE,
    GITHUB_EVENT_PATH: event,
    GITHUB_RUN_ID: "77",
    GITHUB_TOKEN: TOKEN,
  };
};

const open = async (kind: Kind, options: Options = {}, pace = quick): Promise<Forge> => {
  stub = new Stub(kind);
  const forge = forgeFromEnv(variables(kind, await stub.start(), options), "auto", pace);
  if (forge === undefined) throw new Error("no forge");
  return forge;
};

const publication = (verdict: Verdict, comment = "# A verdict"): Publication => ({
  verdict,
  description: `${verdict}: 1 area`,
  comment,
});

const ours = () => stub.comments.filter(({ body }) => body.startsWith(MARKER));

describe.each(kinds)("%s", (kind) => {
  it("a status that begins, then a verdict, a comment, and both anew on the second run", async () => {
    const forge = await open(kind);
    stub.comment("Nice.");
    expect(await begin(forge)).toMatchObject({ ok: true });
    const first = await publish(forge, publication("violated", "first"));
    expect(first).toMatchObject({ ok: true });
    expect(ours().map(({ body }) => body)).toEqual([`${MARKER}\nfirst`]);
    expect(await begin(forge)).toMatchObject({ ok: true });
    expect(await publish(forge, publication("holds", "second"))).toMatchObject({ ok: true });
    expect(ours().map(({ body }) => body)).toEqual([`${MARKER}\nsecond`]);
    expect(stub.comments).toHaveLength(2);
    const running = kind === "gitlab" ? "running" : "pending";
    const failed = kind === "gitlab" ? "failed" : "failure";
    expect(stub.statuses.map(({ state }) => state)).toEqual([running, failed, running, "success"]);
    for (const status of stub.statuses) {
      expect(status).toMatchObject({ sha: HEAD, context: "redbear-spec/gate" });
      expect(status.targetUrl).toMatch(/^https:\/\/forge\.example\/kernel\/red-bear\//);
      expect(status.pipeline).toBe(kind === "gitlab" ? 99 : undefined);
    }
  });

  it("nothing but holds is a success", async () => {
    const forge = await open(kind, { push: true });
    for (const verdict of verdicts) await publish(forge, publication(verdict));
    const states = stub.statuses.map(({ state }) => state);
    expect(states).toEqual(
      kind === "gitlab"
        ? ["failed", "failed", "failed", "failed", "success"]
        : ["failure", "error", "error", "failure", "success"],
    );
    expect(stub.comments, "no pull request, no comment").toEqual([]);
  });

  it("finds its comment behind hundreds of others, and passes by who only quotes the marker", async () => {
    const forge = await open(kind);
    for (let i = 0; i < 230; i++) stub.comment(`remark ${i}`);
    const imposter = stub.comment(`${MARKER}\nnot the gate's`);
    const quoting = stub.comment(`> ${MARKER}\n> see above`, "me");
    const own = stub.comment(`${MARKER}\nold`, "me");
    for (let i = 0; i < 30; i++) stub.comment(`later ${i}`);
    const total = stub.comments.length;
    expect(await publish(forge, publication("holds", "new"))).toMatchObject({ ok: true });
    expect(own.body).toBe(`${MARKER}\nnew`);
    expect(imposter.body).toContain("not the gate's");
    expect(quoting.body).toContain("see above");
    expect(stub.comments).toHaveLength(total);
    const pages = stub.seen.filter((each) => /comments$|notes$/.test(each.path));
    expect(pages).toHaveLength(kind === "gitea" ? 1 : 3);
  });

  it("creates one behind many pages that hold none, and ends its search", async () => {
    const forge = await open(kind);
    for (let i = 0; i < 300; i++) stub.comment(`remark ${i}`);
    expect(await publish(forge, publication("holds"))).toMatchObject({ ok: true });
    expect(ours()).toHaveLength(1);
  });

  it.each([
    [401, /does not accept the token/],
    [403, /may lack rights: it needs/],
    [404, /may lack rights: it needs/],
    [422, /status 422: No commit found/],
  ])("status %i is one line, and blocks", async (status, text) => {
    const forge = await open(kind, { push: true });
    const body = JSON.stringify({ message: "No commit found\n::error::for \u001b[31mSHA" });
    stub.troubles.push({ on: /POST .*statuses/, status, body });
    const outcome = await publish(forge, publication("holds"));
    if (outcome.ok) throw new Error("expected a refusal");
    expect(outcome.problem).toMatch(kind === "gitlab" && status === 401 ? /accept/ : text);
    expect(outcome.problem).not.toMatch(/\p{Cc}|\bat .*\.js:\d/u);
    expect(outcome.blocks).toBe(true);
    expect(stub.statuses).toEqual([]);
    expect(stub.seen, "no second try").toHaveLength(1);
  });

  it("tries anew after 500, 429 and a closed connection, and not for ever", async () => {
    const forge = await open(kind, { push: true });
    const on = /POST .*statuses/;
    stub.troubles.push(
      { on, status: 500, body: "<html>oops" },
      { on, status: 429, headers: { "retry-after": "0" } },
    );
    expect(await publish(forge, publication("holds"))).toMatchObject({ ok: true });
    stub.troubles.push({ on, hangUp: "before" }, { on, hang: true });
    expect(await publish(forge, publication("holds"))).toMatchObject({ ok: true });
    const before = stub.seen.length;
    for (let i = 0; i < 9; i++) stub.troubles.push({ on, status: 503, body: "down" });
    const outcome = await publish(forge, publication("holds"));
    expect(outcome).toMatchObject({ ok: false, blocks: true });
    expect(JSON.stringify(outcome)).toContain("503: down, 3 tries");
    expect(stub.seen.length - before).toBe(3);
  });

  it("does not wait longer than it may for a rate limit", async () => {
    const forge = await open(kind, { push: true });
    stub.troubles.push({ on: /statuses/, status: 429, headers: { "retry-after": "3600" } });
    const outcome = await publish(forge, publication("holds"));
    expect(outcome).toMatchObject({ ok: false, blocks: true });
    expect(JSON.stringify(outcome)).toContain("asks to wait 3600 s");
  });

  it("writes one comment although the answer to the first was lost", async () => {
    const forge = await open(kind);
    stub.troubles.push({ on: /POST .*(comments|notes)/, hangUp: "after" });
    expect(await publish(forge, publication("holds"))).toMatchObject({ ok: true });
    expect(ours()).toHaveLength(1);
  });

  it("writes a new one where the old was deleted meanwhile", async () => {
    const forge = await open(kind);
    stub.comment(`${MARKER}\nold`, "me");
    stub.troubles.push({ on: /(PATCH|PUT) /, status: 404, body: "{}" });
    expect(await publish(forge, publication("holds", "new"))).toMatchObject({ ok: true });
    expect(stub.comments.at(-1)?.body).toBe(`${MARKER}\nnew`);
  });

  it("sets the status although the comment failed, and says so without blocking", async () => {
    const forge = await open(kind);
    stub.troubles.push({ on: /GET .*(comments|notes)/, status: 403, body: '{"message":"no"}' });
    const outcome = await publish(forge, publication("holds"));
    expect(outcome).toMatchObject({ ok: false, blocks: false });
    expect(JSON.stringify(outcome)).toContain("comment not written");
    expect(stub.statuses.map(({ state }) => state)).toEqual(["success"]);
  });

  it("from a fork: says that it may not write, and leaves the verdict to the job", async () => {
    const forge = await open(kind, { fork: true });
    stub.readOnly = true;
    for (const outcome of [await begin(forge), await publish(forge, publication("holds"))]) {
      if (outcome.ok) throw new Error("expected a refusal");
      expect(outcome.problem).toContain("comes from a fork");
      expect(outcome.blocks).toBe(false);
    }
    expect(stub.comments).toEqual([]);
  });

  it("never puts a verdict on another commit than the one that was judged", async () => {
    const forge = await open(kind);
    const outcome = await publish(forge, { ...publication("holds"), head: "c".repeat(40) });
    expect(outcome).toMatchObject({ ok: false, blocks: true });
    expect(stub.seen).toEqual([]);
    const right = await publish(forge, { ...publication("holds"), head: HEAD });
    expect(right).toMatchObject({ ok: true });
  });

  it("keeps within the limits of lengths", async () => {
    const forge = await open(kind);
    const long = `${"x".repeat(139)}\u{1F43B} ${"y".repeat(300)}`;
    const comment = `${"a line\n".repeat(20_000)}\`\`\`\n${"code\n".repeat(300_000)}`;
    const outcome = await publish(forge, {
      verdict: "violated",
      description: `free\nof\u202E lines ${long}`,
      comment,
      targetUrl: `https://forge.example/${"z".repeat(3000)}`,
    });
    expect(outcome).toMatchObject({ ok: true });
    expect(stub.statuses[0]?.description).toMatch(/^free of.* lines x+/);
    expect(stub.statuses[0]?.description).not.toMatch(/[\n\u202e]/);
    expect(stub.statuses[0]?.targetUrl).toBeUndefined();
    expect(ours()[0]?.body).toContain("Cut here");
  });

  it("shows its token nowhere", async () => {
    const forge = await open(kind);
    const echo = JSON.stringify({ message: `bad header ${TOKEN} in request` });
    stub.troubles.push({ on: /GET .*(comments|notes)/, status: 400, body: echo });
    stub.troubles.push({ on: /POST .*statuses/, status: 400, body: echo });
    const outcome = await publish(forge, publication("holds"));
    expect(JSON.stringify(outcome)).toContain("bad header");
    const shown = [
      JSON.stringify(outcome),
      JSON.stringify(forge),
      inspect(forge, { depth: 9, showHidden: true }),
      String(forge),
    ].join("\n");
    expect(shown).not.toContain(TOKEN);
  });

  it("follows a redirect on its host, and takes the token to no other", async () => {
    const forge = await open(kind, { push: true });
    const other = new Stub(kind);
    const elsewhere = await other.start();
    try {
      const location = `${elsewhere}/repos/kernel/red-bear/statuses/${HEAD}`;
      stub.troubles.push({ on: /statuses/, status: 307, headers: { location } });
      const outcome = await publish(forge, publication("holds"));
      expect(outcome).toMatchObject({ ok: false, blocks: true });
      expect(JSON.stringify(outcome)).toContain("not followed");
      expect(other.seen).toEqual([]);
      const same = stub.seen[0]?.path ?? "";
      stub.troubles.push({ on: /statuses/, status: 308, headers: { location: same } });
      expect(await publish(forge, publication("holds"))).toMatchObject({ ok: true });
      for (let i = 0; i < 9; i++) {
        stub.troubles.push({ on: /statuses/, status: 307, headers: { location: same } });
      }
      expect(JSON.stringify(await publish(forge, publication("holds")))).toContain("in circles");
    } finally {
      await other.stop();
    }
  });

  it("says what is wrong with an answer that is not as documented", async () => {
    const forge = await open(kind);
    stub.troubles.push({ on: /GET .*(comments|notes)/, status: 200, body: '[{"id":"x"}]' });
    stub.troubles.push({ on: /POST .*statuses/, status: 201, body: "<html>" });
    const outcome = await publish(forge, publication("holds"));
    expect(outcome).toMatchObject({ ok: false, blocks: true });
    expect(JSON.stringify(outcome)).toMatch(/expected number.*the answer is not JSON/);
  });

  it("gives up soon on a host that does not answer", async () => {
    const forge = await open(kind);
    await stub.stop();
    const outcome = await publish(forge, publication("holds"));
    expect(outcome).toMatchObject({ ok: false, blocks: true });
    expect(JSON.stringify(outcome)).toContain("ECONNREFUSED");
  });
});

describe("what only one of them does", () => {
  it("GitHub: a job's token may not ask who it is, and its comment is found all the same", async () => {
    const forge = await open("github");
    stub.hidesUser = true;
    stub.comment(`${MARKER}\nnot the gate's`);
    const foreign = stub.comment(`${MARKER}\nanother bot's`, "bot");
    await publish(forge, publication("violated", "first"));
    await publish(forge, publication("holds", "second"));
    expect(stub.comments).toHaveLength(3);
    expect(foreign.body).toContain("another bot's");
    expect(stub.comments[2]?.body).toBe(`${MARKER}\nsecond`);
  });

  it("GitHub: 403 with a rate limit is waited for", async () => {
    const forge = await open("github", { push: true });
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" };
    stub.troubles.push({ on: /statuses/, status: 403, headers });
    expect(await publish(forge, publication("holds"))).toMatchObject({ ok: true });
  });

  it("GitLab: the job's own token cannot write, which is said and does not block", async () => {
    const forge = await open("gitlab", { jobToken: true });
    const outcome = await publish(forge, publication("holds"));
    expect(outcome).toMatchObject({ ok: false, blocks: false });
    expect(JSON.stringify(outcome)).toContain("CI_JOB_TOKEN may not write");
    expect(stub.seen.every(({ headers }) => headers["job-token"] === TOKEN)).toBe(true);
  });

  it("GitLab: a status that runs already may begin again", async () => {
    const forge = await open("gitlab");
    expect(await begin(forge)).toMatchObject({ ok: true });
    expect(await begin(forge)).toMatchObject({ ok: true });
    expect(stub.statuses).toHaveLength(1);
  });

  it("GitLab: a line of a kernel's text is no quick action", async () => {
    const forge = await open("gitlab");
    await publish(forge, publication("violated", "output:\n/merge\n  /approve\n/label ~ok"));
    expect(stub.quickActions).toEqual([]);
    expect(ours()[0]?.body).toBe(`${MARKER}\noutput:\n\\/merge\n  \\/approve\n\\/label ~ok`);
    await publish(forge, publication("violated", "/close"));
    expect(stub.quickActions).toEqual([]);
  });
});
