/**
 * The APIs of the three forges as data: where statuses and comments are, which words they take.
 *
 * GitHub and Gitea: POST /repos/{owner}/{repo}/statuses/{sha}, issue comments (a pull request is an
 * issue). GitLab: POST /projects/:id/statuses/:sha, notes of merge requests.
 */
import * as t from "io-ts";
import type { Verdict } from "../../spec/core/verdict.js";
import { record } from "../report/record.js";
import type { Method } from "./http.js";

export type Kind = "gitea" | "github" | "gitlab";
export type Progress = "running" | Verdict;

/** Comment as the search needs it. */
export type Found = {
  readonly id: number;
  readonly body: string;
  readonly author: { readonly id: number; readonly name: string; readonly bot: boolean };
};

export type StatusFields = {
  readonly state: string;
  readonly context: string;
  readonly description: string;
  readonly targetUrl: string | undefined;
  readonly pipeline: number | undefined;
};

export type Dialect = {
  readonly title: string;
  /** State of a commit status; nothing but `holds` is a success. */
  readonly state: (progress: Progress) => string;
  readonly descriptionLimit: number;
  readonly urlLimit: number;
  readonly commentLimit: number;
  readonly statusPath: (project: string, sha: string) => string;
  readonly status: (fields: StatusFields) => Readonly<Record<string, unknown>>;
  /** The state that the forge's answer says it keeps. */
  readonly keptState: t.Type<string, unknown>;
  readonly commentsPath: (project: string, change: number) => string;
  readonly commentPath: (project: string, change: number, id: number) => string;
  readonly editMethod: Method;
  /** Name of the query parameter for the size of a page, and the size. */
  readonly page: { readonly name: string; readonly size: number; readonly more: string };
  readonly comment: t.Type<Found, unknown>;
  /** Accounts of a job's own token, where the token may not ask who it is. */
  readonly jobAccounts: readonly string[];
  /** What the token needs, for a refusal. */
  readonly rights: string;
};

const segment = encodeURIComponent;
/** "owner/name" as two path segments. */
const repository = (project: string): string => project.split("/").map(segment).join("/");

const mapped = <A, O, B>(codec: t.Type<A, O>, name: string, f: (a: A) => B): t.Type<B, unknown> =>
  new t.Type<B, unknown, unknown>(
    name,
    (_u): _u is B => false,
    (u, context) => {
      const result = codec.validate(u, context);
      return result._tag === "Left" ? result : t.success(f(result.right));
    },
    (b) => b,
  );

const IssueComment = record(
  { id: t.number },
  {
    body: t.union([t.string, t.null]),
    user: t.union([
      record({ id: t.number, login: t.string }, { type: t.string }, "a user"),
      t.null,
    ]),
  },
  "a comment",
);

const issueComment = mapped(IssueComment, "a comment", ({ id, body, user }) => ({
  id,
  body: body ?? "",
  author: { id: user?.id ?? 0, name: user?.login ?? "", bot: user?.type === "Bot" },
}));

const Note = record(
  { id: t.number, body: t.string },
  { author: record({ id: t.number, username: t.string }, {}, "a user") },
  "a note",
);

const note = mapped(Note, "a note", ({ id, body, author }) => ({
  id,
  body,
  author: { id: author?.id ?? 0, name: author?.username ?? "", bot: false },
}));

/** GitHub and Gitea know error and failure apart; neither lets a merge through. */
const hubState = (progress: Progress): string => {
  switch (progress) {
    case "running":
      return "pending";
    case "holds":
      return "success";
    case "violated":
    case "not proven":
      return "failure";
    case "error":
    case "inconclusive":
      return "error";
  }
};

/** GitLab has one word; "running" since it refuses some ways out of "pending". */
const labState = (progress: Progress): string =>
  progress === "running" ? "running" : progress === "holds" ? "success" : "failed";

const hub = {
  state: hubState,
  // More than GitHub takes is refused with 422.
  descriptionLimit: 140,
  urlLimit: 2048,
  commentLimit: 65_536,
  statusPath: (project: string, sha: string) =>
    `/repos/${repository(project)}/statuses/${segment(sha)}`,
  status: ({ state, context, description, targetUrl }: StatusFields) => ({
    state,
    context,
    description,
    ...(targetUrl === undefined ? {} : { target_url: targetUrl }),
  }),
  commentsPath: (project: string, change: number) =>
    `/repos/${repository(project)}/issues/${change}/comments`,
  commentPath: (project: string, _change: number, id: number) =>
    `/repos/${repository(project)}/issues/comments/${id}`,
  editMethod: "PATCH" as const,
  comment: issueComment,
};

const stateField = record({ state: t.string }, {}, "a status");
const statusField = record({ status: t.string }, {}, "a status");

export const dialects: Readonly<Record<Kind, Dialect>> = {
  github: {
    ...hub,
    title: "GitHub",
    keptState: mapped(stateField, "a status", ({ state }) => state),
    page: { name: "per_page", size: 100, more: "" },
    jobAccounts: ["github-actions[bot]"],
    rights: "permissions `statuses: write` and `pull-requests: write`",
  },
  gitea: {
    ...hub,
    title: "Gitea",
    keptState: mapped(statusField, "a status", ({ status }) => status),
    // Its issue comments come all at once, whatever page is asked for.
    page: { name: "limit", size: 50, more: "" },
    jobAccounts: ["gitea-actions", "forgejo-actions"],
    rights: "write access to code (for the status) and to issues and pull requests",
  },
  gitlab: {
    title: "GitLab",
    state: labState,
    descriptionLimit: 255,
    urlLimit: 255,
    commentLimit: 1_000_000,
    statusPath: (project, sha) => `/projects/${segment(project)}/statuses/${segment(sha)}`,
    status: ({ state, context, description, targetUrl, pipeline }) => ({
      state,
      name: context,
      description,
      ...(targetUrl === undefined ? {} : { target_url: targetUrl }),
      // Without it the status may start a pipeline of its own beside that of the merge request.
      ...(pipeline === undefined ? {} : { pipeline_id: pipeline }),
    }),
    keptState: mapped(statusField, "a status", ({ status }) => status),
    commentsPath: (project, change) =>
      `/projects/${segment(project)}/merge_requests/${change}/notes`,
    commentPath: (project, change, id) =>
      `/projects/${segment(project)}/merge_requests/${change}/notes/${id}`,
    editMethod: "PUT",
    page: { name: "per_page", size: 100, more: "&sort=asc&order_by=created_at" },
    comment: note,
    jobAccounts: [],
    rights: "a project access token with scope `api` (role Developer) in the variable GITLAB_TOKEN",
  },
};
