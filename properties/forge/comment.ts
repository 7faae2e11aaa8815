/** The one comment of a pull or merge request: found by its marker and author, or else created. */
import * as t from "io-ts";
import { record } from "../report/record.js";
import type { Dialect, Found } from "./dialect.js";
import type { Client, Refusal } from "./http.js";
import { marked } from "./text.js";

/** Pages of comments that are searched; a longer discussion is said to be too long. */
const MOST_PAGES = 100;
/** Searches and writes, where it is unclear whether a comment was created. */
const ROUNDS = 3;

export type Comments = {
  readonly client: Client;
  readonly dialect: Dialect;
  readonly project: string;
  readonly change: number;
  /** Account of the token; undefined where the forge does not tell. */
  readonly me: number | undefined;
};

type Written =
  | { readonly ok: true; readonly id: number; readonly how: "created" | "updated" }
  | Refusal;

/** Whether there is a further page: by the headers where the forge sends them, else by counting. */
const goesOn = (headers: Headers, seen: number, fresh: number, got: number, size: number) => {
  const next = headers.get("x-next-page");
  if (next !== null) return next.trim() !== "";
  const link = headers.get("link");
  // Only whether, never where to: an address from outside is not followed.
  if (link !== null) return /rel="?next"?/.test(link);
  const total = headers.get("x-total-count");
  if (total !== null && /^\d+$/.test(total)) return fresh > 0 && seen < Number(total);
  return fresh > 0 && got >= size;
};

/**
 * Comments that are the gate's, oldest first. One by another author is not ours even with the
 * marker: anybody can write that. Where the account is not known, it is the job's own by name, or
 * perhaps another bot's.
 */
const search = async (
  place: Comments,
): Promise<{ readonly ok: true; readonly found: readonly Found[] } | Refusal> => {
  const { client, dialect, project, change, me } = place;
  const { page, jobAccounts } = dialect;
  const path = dialect.commentsPath(project, change);
  const seen = new Set<number>();
  const perhaps: Found[] = [];
  for (let number = 1; number <= MOST_PAGES; number++) {
    const query = `?${page.name}=${page.size}&page=${number}${page.more}`;
    const answer = await client.request("GET", path + query);
    if (!answer.ok) return answer;
    const list = client.decode(t.array(dialect.comment), answer.json, "comments");
    if (!list.ok) return list;
    const fresh = list.value.filter(({ id }) => !seen.has(id));
    for (const comment of fresh) {
      seen.add(comment.id);
      if (!marked(comment.body)) continue;
      const { author } = comment;
      const ours = me !== undefined ? author.id === me : jobAccounts.includes(author.name);
      if (ours) return { ok: true, found: [comment] };
      if (me === undefined && author.bot) perhaps.push(comment);
    }
    if (!goesOn(answer.headers, seen.size, fresh.length, list.value.length, page.size)) {
      return { ok: true, found: perhaps };
    }
  }
  const problem = `the comment was not found on the first ${MOST_PAGES} pages, and there are more`;
  return { ok: false, status: 200, problem, unclear: false };
};

const Created = record({ id: t.number }, {}, "a comment");

/** Writes the gate's comment: over the one that is there, or a first one. */
export const publishComment = async (place: Comments, body: string): Promise<Written> => {
  const { client, dialect, project, change } = place;
  for (let round = 1; ; round++) {
    const list = await search(place);
    if (!list.ok) return list;
    for (const { id } of list.found) {
      const path = dialect.commentPath(project, change, id);
      const answer = await client.request(dialect.editMethod, path, { body });
      if (answer.ok) return { ok: true, id, how: "updated" };
      // Deleted meanwhile, or another bot's: then it is not ours to change.
      if (answer.status !== 404 && !(answer.status === 403 && place.me === undefined))
        return answer;
    }
    const path = dialect.commentsPath(project, change);
    const answer = await client.request("POST", path, { body }, { retry: false });
    if (answer.ok) {
      const made = client.decode(Created, answer.json, "created comment");
      return made.ok ? { ok: true, id: made.value.id, how: "created" } : made;
    }
    // It may be there although no answer came: look before writing a second one.
    if (!answer.unclear || round >= ROUNDS) return answer;
    await client.pause(round);
  }
};
