/**
 * The project's own trace: JSON Lines. The first line is the header, then one command a line with
 * the response of the system that was recorded. Readable, diffable, replayable on its own.
 */
import * as t from "io-ts";
import { decodeOrThrow, InputError, parseJson } from "../../spec/core/decode.js";
import { boundedInt } from "../../spec/core/int.js";

/** Raised when a reader of the old format would misread the new one. */
export const TRACE_VERSION = 1;

/** No line of ours is longer; a longer one is not one of ours. Bytes. */
export const MAX_LINE_BYTES = 1 << 20;

const Header = t.exact(
  t.intersection([
    t.type({
      "redbear-spec-trace": t.literal(TRACE_VERSION),
      subsystem: t.string,
      level: t.union([t.literal("contract"), t.literal("linux")], '"contract" or "linux"'),
      config: t.unknown,
      /** What answered: "reference", "fault NAME", a command line, a recording. */
      system: t.string,
      tool: t.string,
    }),
    t.partial({
      /** Seed and run of the campaign that found it. */
      seed: boundedInt("seed", 0, 0xffffffff),
      run: boundedInt("run", 0, Number.MAX_SAFE_INTEGER),
      /** The clause the last command breaks. */
      clause: t.string,
      /** What the system could show of its state. */
      observes: t.readonlyArray(t.string),
      /** How it came about, for people. */
      note: t.string,
    }),
  ]),
  "a trace header",
);
export type TraceHeader = t.TypeOf<typeof Header>;

const Line = t.exact(
  t.intersection([
    t.type({ command: t.unknown }),
    t.partial({
      n: boundedInt("command number", 0, Number.MAX_SAFE_INTEGER),
      response: t.unknown,
      observed: t.unknown,
      cpu: boundedInt("CPU", 0, 8191),
      timeNs: boundedInt("time in ns", 0, Number.MAX_SAFE_INTEGER),
    }),
  ]),
  "a trace line",
);

/** One command, and what the recorded system answered and showed. Still JSON, not decoded. */
export type TraceLine = {
  readonly line: number;
  readonly command: unknown;
  readonly response: unknown;
  readonly observed: unknown;
};

export type Trace = { readonly header: TraceHeader; readonly lines: readonly TraceLine[] };

export const writeTrace = (
  header: TraceHeader,
  lines: readonly { command: unknown; response?: unknown; observed?: unknown }[],
): string => {
  const out = [JSON.stringify(header)];
  lines.forEach((line, n) => {
    out.push(JSON.stringify({ n, ...line }));
  });
  return `${out.join("\n")}\n`;
};

/** Reads a whole trace. Throws InputError naming file, line, field and expectation. */
export const readTrace = (text: string, file: string): Trace => {
  if (text.trim() === "") throw new InputError({ file }, "the file is empty, expected a trace");
  const rows = text.split("\n");
  if (rows[rows.length - 1] === "") rows.pop();
  const first = rows[0] as string;
  if (!first.startsWith("{")) {
    throw new InputError(
      { file, line: 1 },
      "not a redbear-spec trace: expected a JSON header line",
    );
  }
  const header = decodeOrThrow(Header, parseJson(first, { file, line: 1 }), { file, line: 1 });
  const lines = rows.slice(1).map((row, i): TraceLine => {
    const where = { file, line: i + 2 };
    const value = decodeOrThrow(Line, parseJson(row, where), where);
    return {
      line: i + 2,
      command: value.command,
      response: value.response,
      observed: value.observed,
    };
  });
  return { header, lines };
};
