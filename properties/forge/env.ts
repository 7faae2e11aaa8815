/** The forge that a CI job runs for, from the job's own variables and event. */
import { readFileSync } from "node:fs";
import * as t from "io-ts";
import { decodeOrThrow, InputError, parseJson } from "../../spec/core/decode.js";
import { record } from "../report/record.js";
import type { Kind } from "./dialect.js";
import { Forge } from "./forge.js";
import type { Patience } from "./http.js";

export type ForgeChoice = "auto" | Kind | "none";
type Env = Readonly<Record<string, string | undefined>>;

const refined = (name: string, is: (text: string) => boolean): t.Type<string, string, unknown> =>
  new t.Type<string, string, unknown>(
    name,
    (u): u is string => typeof u === "string" && is(u),
    (u, context) => (typeof u === "string" && is(u) ? t.success(u) : t.failure(u, context)),
    t.identity,
  );

const httpUrl = refined(
  "an http or https address",
  (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
);
const sha = refined("a commit id", (text) => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text));
const repository = refined("owner/name", (text) => /^[^/\s]+\/[^/\s]+$/.test(text));
const digits = refined("a number", (text) => /^\d{1,15}$/.test(text));

const HubEnv = record(
  {
    GITHUB_REPOSITORY: repository,
    GITHUB_SHA: sha,
    GITHUB_SERVER_URL: httpUrl,
    GITHUB_RUN_ID: digits,
  },
  { GITHUB_API_URL: httpUrl, GITHUB_EVENT_PATH: t.string },
  "the variables of an Actions job",
);

const LabEnv = record(
  { CI_API_V4_URL: httpUrl, CI_PROJECT_ID: digits, CI_COMMIT_SHA: sha },
  {
    CI_MERGE_REQUEST_IID: digits,
    CI_MERGE_REQUEST_PROJECT_ID: digits,
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: digits,
    CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: sha,
    CI_PIPELINE_ID: digits,
    CI_JOB_URL: httpUrl,
  },
  "the variables of a GitLab job",
);

/** A pull request event; of others only that there is no pull request matters. */
const Event = record(
  {},
  {
    pull_request: record(
      {
        number: t.number,
        head: record(
          { sha },
          // null: the fork is gone.
          { repo: t.union([record({ full_name: t.string }, {}, "a repository"), t.null]) },
          "a head",
        ),
      },
      {},
      "a pull request",
    ),
  },
  "an event",
);

/** Runners set variables that do not apply to the empty string. */
const filled = (env: Env): Env =>
  Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== "" && value !== undefined),
  );

/** Checked before the codecs, whose errors show the value. */
const refusePasswords = (env: Env): void => {
  for (const field of ["GITHUB_SERVER_URL", "GITHUB_API_URL", "CI_API_V4_URL", "CI_JOB_URL"]) {
    const text = env[field];
    if (text !== undefined && /^[^/?#]*:\/*[^/?#]*@/.test(text)) {
      throw new InputError(
        { file: "environment", field },
        "expected an address without a password",
      );
    }
  }
};

/** Checked apart from the codecs: an error must not show its value. */
const tokenOf = (env: Env, names: readonly string[], advice: string) => {
  const name = names.find((each) => env[each] !== undefined);
  const value = name === undefined ? undefined : env[name]?.trim();
  if (name === undefined || value === undefined) {
    throw new InputError({ file: "environment", field: names[0] ?? "" }, `no token; ${advice}`);
  }
  if (!/^[\x21-\x7e]{8,}$/.test(value)) {
    throw new InputError({ file: "environment", field: name }, "expected a token on one line");
  }
  return { name, value };
};

const readEvent = (path: string | undefined) => {
  if (path === undefined) return {};
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new InputError({ file: "GITHUB_EVENT_PATH" }, "the event file cannot be read");
  }
  const where = { file: "GITHUB_EVENT_PATH" };
  return decodeOrThrow(Event, parseJson(text, where), where);
};

const withoutSlash = (url: string): string => url.replace(/\/+$/, "");

const fromHub = (kind: "gitea" | "github", env: Env, pace?: Patience): Forge => {
  const vars = decodeOrThrow(HubEnv, env, { file: "environment" });
  const server = withoutSlash(vars.GITHUB_SERVER_URL);
  const api = vars.GITHUB_API_URL ?? (kind === "gitea" ? `${server}/api/v1` : undefined);
  if (api === undefined) {
    throw new InputError({ file: "environment", field: "GITHUB_API_URL" }, "not set");
  }
  const token = tokenOf(
    env,
    kind === "gitea" ? ["GITEA_TOKEN", "FORGEJO_TOKEN", "GITHUB_TOKEN"] : ["GITHUB_TOKEN"],
    "set it in the step's env to the token of the job",
  );
  const { pull_request: pull } = readEvent(vars.GITHUB_EVENT_PATH);
  // Gitea numbers the pages of runs by index before 1.26 and by id since: the list is always right.
  const runs = `${server}/${vars.GITHUB_REPOSITORY}/actions`;
  const page = kind === "gitea" ? runs : `${runs}/runs/${vars.GITHUB_RUN_ID}`;
  return new Forge(
    {
      kind,
      api: withoutSlash(api),
      project: vars.GITHUB_REPOSITORY,
      change: pull?.number,
      changeProject: vars.GITHUB_REPOSITORY,
      // For a pull request GITHUB_SHA is a merge that the forge made up; statuses go to the head.
      sha: pull?.head.sha ?? vars.GITHUB_SHA,
      heads: [...(pull === undefined ? [] : [pull.head.sha]), vars.GITHUB_SHA],
      fork: pull !== undefined && pull.head.repo?.full_name !== vars.GITHUB_REPOSITORY,
      weakToken: false,
      pipeline: undefined,
      targetUrl: page,
    },
    { authorization: `${kind === "gitea" ? "token" : "Bearer"} ${token.value}` },
    token.value,
    pace,
  );
};

const fromLab = (env: Env, pace?: Patience): Forge => {
  const vars = decodeOrThrow(LabEnv, env, { file: "environment" });
  const token = tokenOf(
    env,
    ["GITLAB_TOKEN", "CI_JOB_TOKEN"],
    "set GITLAB_TOKEN to a project access token with scope `api`",
  );
  const job = token.name === "CI_JOB_TOKEN";
  const target = vars.CI_MERGE_REQUEST_PROJECT_ID ?? vars.CI_PROJECT_ID;
  const source = vars.CI_MERGE_REQUEST_SOURCE_PROJECT_ID ?? vars.CI_PROJECT_ID;
  return new Forge(
    {
      kind: "gitlab",
      api: withoutSlash(vars.CI_API_V4_URL),
      // Where the pipeline runs: the fork's own project for a fork's merge request.
      project: vars.CI_PROJECT_ID,
      change:
        vars.CI_MERGE_REQUEST_IID === undefined ? undefined : Number(vars.CI_MERGE_REQUEST_IID),
      changeProject: target,
      // A status belongs to the pipeline, whose commit is a merge in merged results pipelines.
      sha: vars.CI_COMMIT_SHA,
      heads: [vars.CI_COMMIT_SHA, vars.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA].filter(
        (each) => each !== undefined,
      ),
      fork: source !== target,
      weakToken: job,
      pipeline: vars.CI_PIPELINE_ID === undefined ? undefined : Number(vars.CI_PIPELINE_ID),
      targetUrl: vars.CI_JOB_URL,
    },
    job ? { "job-token": token.value } : { "private-token": token.value },
    token.value,
    pace,
  );
};

const detect = (env: Env): Kind | undefined => {
  // Gitea sets GITHUB_ACTIONS as well, for actions written for GitHub.
  if (env.GITEA_ACTIONS !== undefined || env.FORGEJO_ACTIONS !== undefined) return "gitea";
  if (env.GITHUB_ACTIONS !== undefined) return "github";
  return env.GITLAB_CI !== undefined ? "gitlab" : undefined;
};

/**
 * The forge of this CI job; undefined for "none", and for "auto" outside of CI. Throws InputError
 * for variables that are missing or make no sense, never with a token in its text.
 */
export const forgeFromEnv = (env: Env, choice: ForgeChoice, pace?: Patience): Forge | undefined => {
  if (choice === "none") return undefined;
  const set = filled(env);
  const kind = choice === "auto" ? detect(set) : choice;
  if (kind === undefined) return undefined;
  refusePasswords(set);
  return kind === "gitlab" ? fromLab(set, pace) : fromHub(kind, set, pace);
};
