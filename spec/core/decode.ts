import { isLeft } from "fp-ts/lib/Either.js";
import type * as t from "io-ts";

/** Where a piece of input came from; every part that is known is printed. */
export type Where = { readonly file: string; readonly line?: number; readonly field?: string };

/** Longest piece of foreign input that an error message repeats, in characters. */
const SHOWN_CHARACTERS = 80;

/** A foreign value, cut so that a message stays one line. */
export const shown = (value: unknown): string => {
  if (value === undefined) return "nothing";
  let text: string;
  try {
    text =
      JSON.stringify(value, (_key, v) => (typeof v === "bigint" ? `0x${v.toString(16)}` : v)) ??
      String(value);
  } catch {
    text = String(value);
  }
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
};

/**
 * Input that cannot be used: a missing file, a malformed line, a value outside its codec. The
 * command line prints the message alone and exits 2.
 */
export class InputError extends Error {
  readonly where: Where;
  constructor(where: Where, problem: string) {
    const line = where.line === undefined ? "" : `:${where.line}`;
    const field = where.field === undefined || where.field === "" ? "" : ` field ${where.field}:`;
    super(`${where.file}${line}:${field} ${problem}`);
    this.name = "InputError";
    this.where = where;
  }
}

/** The first error of an io-ts decode: its field path, the value there, what was expected. */
const firstProblem = (errors: t.Errors): { field: string; value: unknown; expected: string } => {
  const whole = errors[0]?.context ?? [];
  // A union fails once a branch; its own name says what would have been right.
  const union = whole.findIndex((entry) => (entry.type as { _tag?: string })._tag === "UnionType");
  const context = union < 0 ? whole : whole.slice(0, union + 1);
  const last = context[context.length - 1];
  const field = context
    .filter((entry, i) => {
      if (i === 0 || entry.key === "") return false;
      // Intersections number their parts; only a list has numbers that a reader knows.
      return !/^\d+$/.test(entry.key) || Array.isArray(context[i - 1]?.actual);
    })
    .map((entry) => entry.key)
    .join(".");
  return { field, value: last?.actual, expected: last?.type.name ?? "something else" };
};

/** Decodes at a boundary. Throws {@link InputError} naming file, line, field, value, expectation. */
export const decodeOrThrow = <A, O>(codec: t.Type<A, O>, value: unknown, where: Where): A => {
  const result = codec.decode(value);
  if (!isLeft(result)) return result.right;
  const { field, value: found, expected } = firstProblem(result.left);
  const prefix = where.field === undefined ? "" : `${where.field}${field === "" ? "" : "."}`;
  throw new InputError(
    { ...where, field: prefix + field },
    `found ${shown(found)}, expected ${expected}`,
  );
};

/** `JSON.parse` whose failure is an {@link InputError} at that line. */
export const parseJson = (text: string, where: Where): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InputError(where, `found ${shown(text)}, expected one JSON value`);
  }
};
