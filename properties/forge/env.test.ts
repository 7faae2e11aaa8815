import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../spec/core/decode.js";
import { forgeFromEnv } from "./env.js";

const HEAD = "a".repeat(40);
const MERGE = "b".repeat(40);
const SECRET = "secret-0123456789";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "redbear-spec-forge-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const event = (value: unknown): string => {
  const path = join(folder, "event.json");
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return path;
};

const github = (more: Record<string, string> = {}): Record<string, string> => ({
  GITHUB_ACTIONS: "true",
  GITHUB_SERVER_URL: "https://forge.example",
  GITHUB_API_URL: "https://forge.example/api/v3",
  GITHUB_REPOSITORY: "kernel/red-bear",
  GITHUB_SHA: MERGE,
  GITHUB_RUN_ID: "77",
  GITHUB_TOKEN: SECRET,
  ...more,
});

const gitlab = (more: Record<string, string> = {}): Record<string, string> => ({
  GITLAB_CI: "true",
  CI_API_V4_URL: "https://forge.example/api/v4",
  CI_PROJECT_ID: "34",
  CI_COMMIT_SHA: HEAD,
  CI_JOB_TOKEN: SECRET,
  ...more,
});

describe("the forge of a job", () => {
  it("is none outside of CI, or when none is asked for", () => {
    expect(forgeFromEnv({}, "auto")).toBeUndefined();
    expect(forgeFromEnv(github(), "none")).toBeUndefined();
  });

  it("is found from what the runner sets; Gitea's sets GitHub's as well", () => {
    expect(forgeFromEnv(github(), "auto")?.place.kind).toBe("github");
    expect(forgeFromEnv(github({ GITEA_ACTIONS: "true" }), "auto")?.place.kind).toBe("gitea");
    expect(forgeFromEnv(gitlab(), "auto")?.place.kind).toBe("gitlab");
  });

  it("GitHub: the status of a pull request goes to its head, not to the merge made up for it", () => {
    const repo = { full_name: "kernel/red-bear" };
    const path = event({ pull_request: { number: 12, head: { sha: HEAD, repo } } });
    expect(forgeFromEnv(github({ GITHUB_EVENT_PATH: path }), "auto")?.place).toMatchObject({
      api: "https://forge.example/api/v3",
      sha: HEAD,
      heads: [HEAD, MERGE],
      change: 12,
      fork: false,
      targetUrl: "https://forge.example/kernel/red-bear/actions/runs/77",
    });
  });

  it.each([[{ full_name: "stranger/red-bear" }], [null]])("a head in %j is a fork's", (repo) => {
    const path = event({ pull_request: { number: 12, head: { sha: HEAD, repo } } });
    expect(forgeFromEnv(github({ GITHUB_EVENT_PATH: path }), "auto")?.place.fork).toBe(true);
  });

  it("a push or a schedule has no pull request", () => {
    const place = forgeFromEnv(github({ GITHUB_EVENT_PATH: event({ ref: "x" }) }), "auto")?.place;
    expect(place).toMatchObject({ sha: MERGE, change: undefined, fork: false });
  });

  it("Gitea: the API's address follows from the server's where the runner does not set it", () => {
    const env = github({ GITEA_ACTIONS: "true", GITHUB_API_URL: "", GITEA_TOKEN: SECRET });
    expect(forgeFromEnv(env, "auto")?.place).toMatchObject({
      api: "https://forge.example/api/v1",
      targetUrl: "https://forge.example/kernel/red-bear/actions",
    });
  });

  it("GitLab: a fork's merge request, its notes at the target, merged results", () => {
    const env = gitlab({
      CI_PROJECT_ID: "35",
      CI_MERGE_REQUEST_IID: "12",
      CI_MERGE_REQUEST_PROJECT_ID: "34",
      CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "35",
      CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: MERGE,
      CI_PIPELINE_ID: "99",
    });
    expect(forgeFromEnv(env, "auto")?.place).toMatchObject({
      project: "35",
      changeProject: "34",
      change: 12,
      sha: HEAD,
      heads: [HEAD, MERGE],
      fork: true,
      weakToken: true,
      pipeline: 99,
    });
    const strong = forgeFromEnv({ ...env, GITLAB_TOKEN: SECRET }, "gitlab");
    expect(strong?.place.weakToken).toBe(false);
  });

  const wrong: readonly [string, Record<string, string | undefined>, RegExp][] = [
    ["a missing repository", { GITHUB_REPOSITORY: undefined }, /GITHUB_REPOSITORY.*owner\/name/],
    ["a repository that climbs", { GITHUB_REPOSITORY: "a/b/../c" }, /GITHUB_REPOSITORY/],
    ["an empty token", { GITHUB_TOKEN: "" }, /GITHUB_TOKEN.*no token/],
    ["a token of two lines", { GITHUB_TOKEN: `${SECRET}\nx: y` }, /expected a token on one line/],
    ["a file as address", { GITHUB_API_URL: "file:///etc" }, /GITHUB_API_URL.*http/],
    ["a password in the address", { GITHUB_API_URL: `https://a:${SECRET}@b` }, /GITHUB_API_URL/],
    ["a branch as commit", { GITHUB_SHA: "main" }, /GITHUB_SHA.*a commit id/],
    ["an event that is not there", { GITHUB_EVENT_PATH: "/nowhere" }, /cannot be read/],
  ];
  it.each(wrong)("%s is one clear error", (_what, change, message) => {
    const env = { ...github(), ...change };
    expect(() => forgeFromEnv(env, "auto")).toThrow(InputError);
    expect(() => forgeFromEnv(env, "auto")).toThrow(message);
  });

  it.each([
    ["no JSON", "{", /one JSON value/],
    ["no number", { pull_request: { number: "x" } }, /pull_request.number/],
    ["no commit", { pull_request: { number: 1, head: { sha: "main" } } }, /head.sha.*a commit id/],
  ])("an event with %s is one clear error", (_what, value, message) => {
    const env = github({ GITHUB_EVENT_PATH: event(value) });
    expect(() => forgeFromEnv(env, "auto")).toThrow(message);
  });

  it("no error shows a token", () => {
    for (const [, change] of wrong) {
      try {
        forgeFromEnv({ ...github(), ...change }, "auto");
      } catch (error) {
        expect(String(error)).not.toContain(SECRET);
      }
    }
    expect.assertions(wrong.length);
  });
});
