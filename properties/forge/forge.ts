/**
 * Publishing a verdict where reviewers look: a commit status, and one comment on the pull or merge
 * request that later runs write over.
 */
import * as t from "io-ts";
import type { Verdict } from "../../spec/core/verdict.js";
import { record } from "../report/record.js";
import { type Comments, publishComment } from "./comment.js";
import { type Dialect, dialects, type Kind, type Progress } from "./dialect.js";
import { Client, type Patience, type Refusal } from "./http.js";
import { commentBody, oneLine, withoutQuickActions } from "./text.js";

/** Name of the status; branch protection requires it. */
export const CONTEXT = "redbear-spec/gate";

export type Place = {
  readonly kind: Kind;
  /** Address of the API, without a slash at its end. */
  readonly api: string;
  /** "owner/name", or GitLab's number: where statuses go. */
  readonly project: string;
  /** Number of the pull or merge request; undefined for a push or a schedule. */
  readonly change: number | undefined;
  readonly changeProject: string;
  /** The commit that the status goes to. */
  readonly sha: string;
  /** The commits that a verdict of this job may be about. */
  readonly heads: readonly string[];
  /** From a fork, whose jobs may not write. */
  readonly fork: boolean;
  /** GitLab's CI_JOB_TOKEN, which may only read. */
  readonly weakToken: boolean;
  /** GitLab's pipeline. */
  readonly pipeline: number | undefined;
  /** Page of the job. */
  readonly targetUrl: string | undefined;
};

/** A forge and the job's right to it. The token is held where no print or JSON shows it. */
export class Forge {
  readonly place: Place;
  readonly #client: Client;

  constructor(
    place: Place,
    headers: Readonly<Record<string, string>>,
    token: string,
    pace?: Patience,
  ) {
    this.place = place;
    this.#client = new Client(place.api, headers, token, pace);
  }

  get dialect(): Dialect {
    return dialects[this.place.kind];
  }

  get client(): Client {
    return this.#client;
  }
}

export type Publication = {
  readonly verdict: Verdict;
  /** One line for the status. */
  readonly description: string;
  /** Markdown; the marker is put before it. Without a pull request it goes nowhere. */
  readonly comment?: string;
  /** Where the status leads; the job's page if not given. */
  readonly targetUrl?: string;
  /** Commit that the verdict is about: a status is never put on another one. */
  readonly head?: string;
};

export type Outcome =
  | {
      readonly ok: true;
      /** What was done, a line each. */
      readonly done: readonly string[];
    }
  | {
      readonly ok: false;
      readonly done: readonly string[];
      /** One line for people. */
      readonly problem: string;
      /**
       * The status is missing although this job should have been able to set it: the gate's exit
       * status must not be 0. False where the forge gives the job no right to write (a fork, GitLab's
       * job token) or where only the comment is missing: the gate's own verdict stands.
       */
      readonly blocks: boolean;
    };

/** What a refusal means here, and what to do. */
const explain = ({ place, dialect }: Forge, { status, problem }: Refusal): string => {
  const denied = status === 401 || status === 403 || status === 404;
  if (!denied) return problem;
  if (place.fork) {
    return `${problem}. The change comes from a fork, whose jobs may not write to ${dialect.title}; the verdict stands in the job`;
  }
  if (place.weakToken) {
    return `${problem}. CI_JOB_TOKEN may not write statuses or notes; set ${dialect.rights}`;
  }
  if (status === 401) return `${problem}. ${dialect.title} does not accept the token`;
  return `${problem}. The token may lack rights: it needs ${dialect.rights}`;
};

const mayNotWrite = ({ place }: Forge, { status }: Refusal): boolean =>
  (place.fork || place.weakToken) && (status === 401 || status === 403 || status === 404);

/** GitLab's word for a status that has the state already; a job that is tried anew meets it. */
const alreadyThere = ({ status, problem }: Refusal): boolean =>
  status === 400 &&
  /Cannot transition status via :(run|enqueue) from :(running|pending)/.test(problem);

const postStatus = async (
  forge: Forge,
  progress: Progress,
  description: string,
  targetUrl: string | undefined,
): Promise<{ readonly ok: true; readonly state: string } | Refusal> => {
  const { place, dialect, client } = forge;
  const state = dialect.state(progress);
  const url = targetUrl ?? place.targetUrl;
  const fields = dialect.status({
    state,
    context: CONTEXT,
    description: oneLine(description, dialect.descriptionLimit) || progress,
    targetUrl: usable(url, dialect.urlLimit) ? url : undefined,
    pipeline: place.pipeline,
  });
  const answer = await client.request("POST", dialect.statusPath(place.project, place.sha), fields);
  if (!answer.ok) {
    return progress === "running" && alreadyThere(answer) ? { ok: true, state } : answer;
  }
  const kept = client.decode(dialect.keptState, answer.json, "commit status");
  if (!kept.ok) return kept;
  if (kept.value === state) return { ok: true, state };
  const problem = `${dialect.title} kept the status "${oneLine(kept.value, 40)}" for "${state}"`;
  return { ok: false, status: answer.status, problem, unclear: false };
};

const usable = (url: string | undefined, limit: number): boolean =>
  url !== undefined &&
  url.length <= limit &&
  URL.canParse(url) &&
  /^https?:$/.test(new URL(url).protocol);

/** Sets the status to pending, so that a job that dies on the way leaves no merge open. */
export const begin = async (forge: Forge, description = "is running"): Promise<Outcome> => {
  const result = await postStatus(forge, "running", description, undefined);
  if (result.ok) return { ok: true, done: [statusLine(forge, result.state)] };
  return {
    ok: false,
    done: [],
    problem: `status not set: ${explain(forge, result)}`,
    blocks: !mayNotWrite(forge, result),
  };
};

const statusLine = ({ place }: Forge, state: string): string =>
  `status ${CONTEXT} is ${state} on ${place.sha.slice(0, 12)}`;

const Account = record({ id: t.number }, {}, "an account");

/** Number of the token's account; undefined where it may not ask. */
const whoAmI = async ({ client }: Forge): Promise<number | undefined> => {
  const answer = await client.request("GET", "/user");
  if (!answer.ok) return undefined;
  const account = client.decode(Account, answer.json, "user");
  return account.ok ? account.value.id : undefined;
};

/**
 * Publishes a verdict: the comment first, then the status, so that a green status is the last thing
 * to appear. Never throws for what a forge does.
 */
export const publish = async (forge: Forge, publication: Publication): Promise<Outcome> => {
  const { place, dialect } = forge;
  const { verdict, description, comment, targetUrl, head } = publication;
  if (head !== undefined && !place.heads.includes(head)) {
    const problem =
      `status not set: the gate judged ${oneLine(head, 12)}, ` +
      `the job runs for ${place.sha.slice(0, 12)}`;
    return { ok: false, done: [], problem, blocks: true };
  }
  const done: string[] = [];
  const problems: string[] = [];
  let blocks = false;
  if (comment !== undefined && place.change !== undefined) {
    const text = place.kind === "gitlab" ? withoutQuickActions(comment) : comment;
    const where: Comments = {
      client: forge.client,
      dialect,
      project: place.changeProject,
      change: place.change,
      me: await whoAmI(forge),
    };
    const result = await publishComment(where, commentBody(text, dialect.commentLimit));
    if (result.ok) done.push(`comment ${result.id} ${result.how}`);
    else problems.push(`comment not written: ${explain(forge, result)}`);
  }
  const status = await postStatus(forge, verdict, description, targetUrl);
  if (status.ok) done.push(statusLine(forge, status.state));
  else {
    problems.push(`status not set: ${explain(forge, status)}`);
    blocks = !mayNotWrite(forge, status);
  }
  return problems.length === 0
    ? { ok: true, done }
    : { ok: false, done, problem: problems.join("; "), blocks };
};
