/** TOML at a boundary: values through io-ts, and the line of whatever is wrong. */
import * as t from "io-ts";
import { parse, TomlDate, TomlError } from "smol-toml";
import { decodeOrThrow, InputError } from "../../spec/core/decode.js";
import { nearest } from "./paths.js";
import { tomlLines } from "./toml-lines.js";

/** No configuration of ours is larger, characters. */
const MAX_TOML = 1 << 20;

export type TomlDocument = {
  readonly file: string;
  readonly value: unknown;
  /** Line of a field such as "area.1.level", or of the nearest thing that holds it. */
  readonly lineOf: (field: string) => number;
};

/** Parses a document. Throws InputError with the line and column of what cannot be read. */
export const readToml = (text: string, file: string): TomlDocument => {
  if (text.length > MAX_TOML) {
    throw new InputError({ file }, `has ${text.length} characters, expected at most ${MAX_TOML}`);
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = (error.message.split("\n")[0] as string).replace(/^Invalid TOML document: /, "");
    throw new InputError({ file, line: error.line }, `column ${error.column}: not TOML: ${what}`);
  }
  const lines = tomlLines(text);
  const lineOf = (field: string): number => {
    for (let path = field; path !== ""; path = path.slice(0, Math.max(0, path.lastIndexOf(".")))) {
      const line = lines.get(path);
      if (line !== undefined) return line;
    }
    return 1;
  };
  return { file, value, lineOf };
};

/** Decodes a document. Throws InputError with file, line, field, value and expectation. */
export const decodeToml = <A>(codec: t.Type<A, unknown>, document: TomlDocument): A => {
  try {
    return decodeOrThrow(codec, document.value, { file: document.file });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw located(document, error.where.field ?? "", problemOf(error));
  }
};

/** An InputError at a field of a document. */
export const located = (document: TomlDocument, field: string, problem: string): InputError =>
  new InputError(
    { file: document.file, line: document.lineOf(field), field: oneLine(field) },
    problem,
  );

/** What an InputError says, without the place in front. */
const problemOf = (error: InputError): string => {
  const field = error.where.field;
  const front = new InputError(error.where, "").message.length;
  return field === undefined ? error.message : error.message.slice(front);
};

/** A key may hold anything when it is quoted; a message is one line. */
const oneLine = (field: string): string =>
  [...field].map((c) => (c < " " || (c >= "\x7f" && c < "\xa0") ? "?" : c)).join("");

/**
 * A table with fields that must be there and fields that may. An unknown one is an error, with the
 * known one that was probably meant: a misspelt setting that is dropped would weaken a gate.
 */
export const table = <R extends t.Props, O extends t.Props>(
  required: R,
  optional: O,
  name: string,
): t.Type<t.TypeOfProps<R> & t.TypeOfPartialProps<O>, unknown> => {
  type Value = t.TypeOfProps<R> & t.TypeOfPartialProps<O>;
  const known = [...Object.keys(required), ...Object.keys(optional)];
  return new t.Type<Value, unknown>(
    name,
    (u): u is Value => typeof u === "object" && u !== null,
    (u, c) => {
      if (!isTable(u)) return t.failure(u, c);
      const errors: t.Errors = [];
      const output: Record<string, unknown> = {};
      for (const key of Object.keys(u)) {
        if (!known.includes(key)) {
          const name = noSuchField(key, known);
          const type = { ...t.unknown, name } as unknown as t.Mixed;
          errors.push({ value: u[key], context: [...c, { key, type, actual: u[key] }] });
        }
      }
      for (const [key, codec] of Object.entries({ ...required, ...optional })) {
        const value = u[key];
        if (value === undefined && key in optional) continue;
        const result = codec.validate(value, [...c, { key, type: codec, actual: value }]);
        if (result._tag === "Left") errors.push(...result.left);
        else output[key] = result.right;
      }
      return errors.length > 0 ? t.failures(errors) : t.success(output as Value);
    },
    t.identity,
  );
};

const isTable = (u: unknown): u is Record<string, unknown> =>
  typeof u === "object" && u !== null && !Array.isArray(u) && !(u instanceof Date);

const noSuchField = (key: string, known: readonly string[]): string => {
  const meant = nearest(key, known);
  return meant === undefined
    ? `one of the fields ${known.join(", ")}`
    : `no such field; did you mean "${meant}"?`;
};

/** A codec that keeps a value as it is, or says what was expected instead. */
export const checked = <A>(
  codec: t.Type<A, unknown>,
  problem: (value: A) => string | undefined,
  name = codec.name,
): t.Type<A, unknown> =>
  new t.Type<A, unknown>(
    name,
    (u): u is A => codec.is(u) && problem(u) === undefined,
    (u, c) => {
      const result = codec.validate(u, c);
      if (result._tag === "Left") return result;
      const wrong = problem(result.right);
      if (wrong === undefined) return result;
      const last = c[c.length - 1] as t.ContextEntry;
      const type = { ...last.type, name: wrong } as unknown as t.Mixed;
      return t.failures([{ value: u, context: [...c.slice(0, -1), { ...last, type }] }]);
    },
    t.identity,
  );

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Whether it is "2027-01-31" and there is such a day. */
export const isDay = (text: string): boolean => {
  const match = DATE.exec(text);
  if (match === null) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const at = new Date(Date.UTC(year, month - 1, day));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day && year >= 1970;
};

/** A day, as a TOML local date or as a string; "2027-01-31" inside. */
export const Day = new t.Type<string, unknown>(
  "a day such as 2027-01-31",
  (u): u is string => typeof u === "string" && isDay(u),
  (u, c) => {
    const text = u instanceof TomlDate && u.isDate() ? u.toISOString() : u;
    return typeof text === "string" && isDay(text) ? t.success(text) : t.failure(u, c);
  },
  t.identity,
);
