/**
 * The JSON file beside a record (`NAME.json` beside `NAME.trace.gz`): what was recorded, how, and
 * what was lost. Only what conformance needs is decoded; other keys are ignored.
 */
import { readFile, stat } from "node:fs/promises";
import * as t from "io-ts";
import { decodeOrThrow, InputError, parseJson } from "../../spec/core/decode.js";

const Count = t.refinement(t.Int, (n) => n >= 0, "a whole number of at least 0");
const Lines = t.readonlyArray(t.string, "a list of lines");

const Required = t.type({
  name: t.string,
  kernel: t.string,
  lost: t.type({
    /** Per CPU: events overwritten, and events whose commit was lost. */
    per_cpu_overrun_and_commit_overrun: t.readonlyArray(
      t.tuple([Count, Count], "a pair of counts"),
      "a list of pairs of counts, one a CPU",
    ),
    dropped: Count,
  }),
  event_counts: t.record(t.string, Count, "event names with counts"),
});

const Optional = t.partial({
  qemu_command: t.string,
  kernel_command_line: t.string,
  dynamic_events: Lines,
  dmesg_selected: Lines,
  interrupts_before: Lines,
  interrupts_after: Lines,
  pci: Lines,
  trace_bytes: Count,
});

export const Sidecar = t.intersection([Required, Optional], "sidecar");
export type Sidecar = t.TypeOf<typeof Sidecar>;

/** Largest sidecar read, in bytes. */
const MAX_SIDECAR_BYTES = 16 * 1024 * 1024;

/** `NAME.json` for `NAME.trace`, `NAME.trace.gz`, `NAME.txt` or any other `NAME.ext[.gz]`. */
export const sidecarPath = (trace: string): string =>
  `${trace.replace(/\.gz$/, "").replace(/\.[^./\\]*$/, "")}.json`;

/** Reads and checks a sidecar. Throws {@link InputError}; a missing one names the path tried. */
export const readSidecar = async (path: string, trace: string): Promise<Sidecar> => {
  let text: string;
  try {
    if ((await stat(path)).size > MAX_SIDECAR_BYTES) {
      throw new InputError({ file: path }, `more than ${MAX_SIDECAR_BYTES} bytes for a sidecar`);
    }
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = (error as { code?: string }).code ?? String(error);
    const what = code === "ENOENT" ? "is missing" : `cannot be read (${code})`;
    throw new InputError({ file: trace }, `its sidecar ${path} ${what}`);
  }
  return decodeOrThrow(Sidecar, parseJson(text, { file: path }), { file: path });
};
