/**
 * Foreign data in outputs: file names, commit messages, answers of a harness, reasons of waivers.
 * Each function makes text that means nothing to the reader of one format but itself.
 */

/** Ends of lines and tabs, runs of them together. */
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;

/**
 * What is not seen, or turns what is seen around: controls, formats (bidi controls, zero widths,
 * tags), lone surrogates, and code points that are no characters (XML has none of them).
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

const named = (character: string): string => {
  const code = character.codePointAt(0) as number;
  return `\\u{${code.toString(16)}}`;
};

/** One line without control characters, bidi controls or anything else that is not seen. */
export const plain = (text: string): string => text.replace(BREAKS, " ").replace(UNSEEN, named);

/** The same for text of many lines, such as the end of a build's output. */
export const plainLines = (text: string): string[] =>
  text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/u).map(plain);

/** At most so many characters, the last one an ellipsis where something was cut. */
export const cut = (text: string, characters: number): string => {
  // A character is at most two units, so a longer text need not be taken apart whole.
  const points = Array.from(text.slice(0, 2 * characters + 2));
  if (points.length <= characters) return text;
  return `${points.slice(0, Math.max(0, characters - 1)).join("")}…`;
};

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For the text of an element or a quoted attribute; one line. */
export const html = (text: string): string =>
  plain(text).replace(/[&<>"']/g, (character) => ENTITIES[character] as string);

/** Between a sign that forges give a meaning and what it would refer to. */
const APART = "\u200b";

/**
 * For running text and table cells of Markdown. Nothing in it is markup, mentions a person, refers
 * to an issue, links, or is a quick action. The separator is a zero-width space, since forges look
 * for references in the rendered text, where a backslash is gone.
 */
export const markdown = (text: string): string =>
  plain(text)
    // References: @name, #1, !1, GH-1, and GitLab's further signs.
    .replace(/([@#!%~^&$])(?=[\p{L}\p{N}_"])/gu, `$1${APART}`)
    .replace(/\b(GH-)(?=\d)/gi, `$1${APART}`)
    // Bare addresses.
    .replace(/:(?=\/\/)/g, `:${APART}`)
    .replace(/\b(www)(?=\.)/gi, `$1${APART}`)
    .replace(/\b(mailto|xmpp):/gi, `$1${APART}:`)
    .replace(/[\\`*_[\]|~$^]/g, "\\$&")
    .replace(/[&<>]/g, (character) => ENTITIES[character] as string)
    // Signs that mean something where a line begins.
    .replace(/^(\s*)([#+\-=:/])/, "$1\\$2")
    .replace(/^(\s*\d+)([.)])/, "$1\\$2");

/**
 * A code span for commands, file names and answers: references are not looked for in it. With
 * `cell` it stands in a table, where a bar ends the cell even in code.
 */
export const code = (text: string, cell = false): string => {
  const shown = plain(text);
  const runs = shown.match(/`+/g) ?? [];
  const fence = "`".repeat(1 + Math.max(0, ...runs.map((run) => run.length)));
  // One blank at each end is taken off by the reader; an empty span would be no span.
  const pad = /^`|`$|^ .*[^ ].* $/.test(shown) ? " " : "";
  // A bar after a backslash cannot be said in the code of a cell: another sign stands for it.
  const apart = shown.replace(/\\+(?=\|)/g, (run) => "⧵".repeat(run.length));
  const inner = cell ? apart.replaceAll("|", "\\|") : shown;
  return `${fence}${pad}${inner === "" ? " " : inner}${pad}${fence}`;
};

/**
 * A whole output on its way into the log of a CI job: no line is a workflow command (`::error::`
 * at the start of a line, `##[…]` and `##vso[…]` anywhere). Colour codes may stand before it.
 */
export const commandLineSafe = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes are what is looked for
    .replace(/^((?:\x1b\[[0-9;]*m|[^\S\r\n])*):(?=:)/gmu, "$1: ")
    .replace(/##(?=\w*\[)/g, "# #");
