/** Texts as a forge takes them: its limits kept, nothing in them that it would act on. */
import { plain } from "../report/escape.js";

/** First line of the comment; how a later run finds it. */
export const MARKER = "<!-- redbear-spec gate -->";

const CUT = "\n\n_Cut here: the forge takes no more. The job's report has the rest._\n";

/** Half of a surrogate pair at the end of a text that was cut. */
const HALF = /[\uD800-\uDBFF]$/;

/** One line of at most `limit` UTF-16 units; a surrogate pair is not cut through. */
export const oneLine = (text: string, limit: number): string => {
  const line = plain(text).trim();
  if (line.length <= limit) return line;
  return `${line.slice(0, limit - 1).replace(HALF, "")}…`;
};

/** What has to be closed where a text is cut: a fenced block, then folded parts. */
const closing = (text: string): string => {
  let fence: string | undefined;
  for (const [, mark] of text.matchAll(/^ {0,3}(`{3,}|~{3,})/gm)) {
    if (mark === undefined) continue;
    if (fence === undefined) fence = mark;
    else if (mark[0] === fence[0] && mark.length >= fence.length) fence = undefined;
  }
  const open = (text.match(/<details/g) ?? []).length - (text.match(/<\/details>/g) ?? []).length;
  return (fence === undefined ? "" : `\n${fence}`) + "\n\n</details>".repeat(Math.max(0, open));
};

/** The comment with its marker first, cut at the end of a line where it is too long. */
export const commentBody = (text: string, limit: number): string => {
  const body = text.trimStart().startsWith(MARKER) ? text.trimStart() : `${MARKER}\n${text}`;
  if (body.length <= limit) return body;
  // Room for what closing may add; folded parts nest a few levels at most.
  const room = limit - CUT.length - 200;
  const end = body.lastIndexOf("\n", room);
  // One endless line is cut where it stands.
  const lines = end > room / 2 ? body.slice(0, end) : body.slice(0, room).replace(HALF, "");
  return lines + closing(lines) + CUT;
};

/** Whether a comment is one of the gate's: the marker at its start, not somewhere in a quotation. */
export const marked = (body: string): boolean => body.trimStart().startsWith(MARKER);

/**
 * GitLab runs lines of a note that start with a slash (`/merge`) with the rights of its author, and
 * text of the repository under test is quoted in ours. A backslash shows the same and runs nothing.
 */
export const withoutQuickActions = (body: string): string => body.replace(/^(\s*)\//gm, "$1\\/");
