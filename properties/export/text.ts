/** What the exported tests have in common: comments and literals of foreign data. */
import { basename } from "node:path";
import { InputError } from "../../spec/core/decode.js";
import { sourceText } from "../../spec/core/source.js";
import { systemClauses } from "../../spec/core/system-clauses.js";
import type { LoadedTrace } from "../input/load.js";
import { plain } from "../report/escape.js";

/** JSON in printable ASCII: no reader of source code sees, or reads, anything but the text. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A line of a comment. Nothing in it ends the comment. */
export const comment = (text: string): string => `// ${plain(text)}`.trimEnd();

const clauseOf = (trace: LoadedTrace, id: string) =>
  [...trace.subsystem.clauses, ...systemClauses].find((clause) => clause.id === id);

/** The rule, what it rests on, where the trace came from, and how to see it again. */
export const preamble = (trace: LoadedTrace, id: string | undefined): string[] => {
  const { header, subsystem, file } = trace;
  const clause = id === undefined ? undefined : clauseOf(trace, id);
  return [
    ...(clause === undefined ? [] : [`${clause.id}: ${clause.title} [${clause.level}]`]),
    ...(clause?.source ?? []).map((source) => `source: ${sourceText(source)}`),
    `area: ${subsystem.path}, judged at ${header.level} level`,
    `found on: ${header.system}${header.note === undefined ? "" : `; ${header.note}`}`,
    `again: redbear-spec replay ${file}`,
  ].map(comment);
};

/** A name for a test, out of the name of the trace's file: letters, digits and underscores. */
export const testName = (file: string): string => {
  const name = basename(file)
    .replace(/\.[^.]*$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return /^[a-z]/.test(name) ? name : `trace_${name}`;
};

/** Refuses what is no path of a Rust type. */
export const rustPath = (path: string): string => {
  if (/^(::)?(r#)?[A-Za-z_][A-Za-z0-9_]*(::(r#)?[A-Za-z_][A-Za-z0-9_]*)*$/.test(path)) return path;
  throw new InputError(
    { file: "--harness" },
    `found "${plain(path)}", expected the path of a Rust type, such as crate::Harness`,
  );
};
