/**
 * Reads the text of `/sys/kernel/tracing/trace`, plain or gzip, as a stream: memory stays the
 * same however long the file, and a broken one gives one {@link InputError}.
 */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { InputError, shown } from "../../spec/core/decode.js";
import { LineParser, type TraceEvent } from "./ftrace-line.js";

/** Longest line admitted, in bytes. A kernel's trace line is below 8 KiB. */
export const MAX_LINE_BYTES = 64 * 1024;
const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 10;

export type FtraceHeader = {
  readonly entriesInBuffer: number;
  readonly entriesWritten: number;
  /** CPUs online when the text was read (`#P:n`). */
  readonly cpusOnline: number;
};

export type FtraceTotals = FtraceHeader & {
  readonly events: number;
  readonly lines: number;
  /** Bytes of the uncompressed text. */
  readonly bytes: number;
};

export type FtraceSink = {
  readonly header: (header: FtraceHeader) => void;
  /** Returns false to stop reading. The event is valid during the call only. */
  readonly event: (event: TraceEvent) => boolean;
  /** The ring buffer dropped events of a CPU here; `count` is 0 where the kernel lost count. */
  readonly lost: (cpu: number, count: number, line: number) => void;
};

const ENTRIES = /^# entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15})\s+#P:(\d{1,5})\s*$/;
const LOST = /^CPU:(\d{1,5}) \[LOST (?:(\d{1,15}) )?EVENTS\]\s*$/;

/** The reader without its file: takes chunks of the uncompressed text. */
export class FtraceReader {
  readonly #file: string;
  readonly #sink: FtraceSink;
  readonly #parser: LineParser;
  #header: FtraceHeader | undefined;
  #carry = "";
  lines = 0;
  events = 0;
  bytes = 0;

  constructor(file: string, sink: FtraceSink) {
    this.#file = file;
    this.#sink = sink;
    this.#parser = new LineParser(file);
  }

  #fail(line: number, problem: string): never {
    throw new InputError(line > 0 ? { file: this.#file, line } : { file: this.#file }, problem);
  }

  /** Takes a chunk; returns false when the sink wants no more. */
  chunk(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    if (chunk.indexOf(0) >= 0) {
      let line = this.lines + 1;
      for (const byte of chunk.subarray(0, chunk.indexOf(0))) if (byte === NEWLINE) line++;
      this.#fail(line, "found a NUL byte, expected ftrace text: this is binary data");
    }
    const text = this.#carry + chunk.toString("latin1");
    let from = 0;
    for (;;) {
      const end = text.indexOf("\n", from);
      if (end < 0) break;
      if (!this.#line(text.slice(from, end))) return false;
      from = end + 1;
    }
    this.#carry = text.slice(from);
    if (this.#carry.length > MAX_LINE_BYTES) this.#tooLong(this.lines + 1);
    return true;
  }

  #tooLong(line: number): never {
    this.#fail(line, `found a line of more than ${MAX_LINE_BYTES} bytes, expected a shorter one`);
  }

  /** Call once at the end of the input; undefined when the sink stopped at the last line. */
  end(): FtraceTotals | undefined {
    if (this.bytes === 0) this.#fail(0, "the file is empty, expected ftrace text");
    if (this.#carry !== "" && !this.#lastLine(this.#carry)) return undefined;
    if (this.#header === undefined) {
      this.#fail(this.lines, 'expected "# entries-in-buffer/entries-written: n/n   #P:n"');
    }
    return { ...this.#header, events: this.events, lines: this.lines, bytes: this.bytes };
  }

  /** A last line without its end: whole, or cut off. */
  #lastLine(text: string): boolean {
    this.#carry = "";
    try {
      return this.#line(text);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#fail(this.lines, "the last line has no end: the file is cut off");
    }
  }

  #line(text: string): boolean {
    const line = ++this.lines;
    if (text.length > MAX_LINE_BYTES) this.#tooLong(line);
    if (line === 1) this.#first(text);
    if (text.charCodeAt(0) === 35) {
      this.#comment(text, line);
      return true;
    }
    if (text === "") return true;
    if (text.startsWith("CPU:")) {
      const m = LOST.exec(text);
      if (m !== null) {
        this.#sink.lost(Number(m[1]), Number(m[2] ?? 0), line);
        return true;
      }
    }
    if (this.#header === undefined) {
      this.#fail(line, 'found an event before "# entries-in-buffer/entries-written: n/n   #P:n"');
    }
    this.events++;
    return this.#sink.event(this.#parser.parse(text, line));
  }

  #first(text: string): void {
    if (text.startsWith("# tracer: ")) {
      if (text.trimEnd() === "# tracer: nop") return;
      this.#fail(1, `found ${shown(text)}, expected "# tracer: nop": another tracer's output`);
    }
    this.#fail(1, `found ${shown(text)}, expected "# tracer: nop": this is not an ftrace text`);
  }

  #comment(text: string, line: number): void {
    if (!text.startsWith("# entries-in-buffer")) return;
    const m = ENTRIES.exec(text);
    if (m === null || this.#header !== undefined) {
      this.#fail(line, `found ${shown(text)}, expected "# entries-in-buffer/entries-written: n/n"`);
    }
    const [entriesInBuffer = 0, entriesWritten = 0, cpusOnline = 0] = m.slice(1).map(Number);
    if (entriesInBuffer > entriesWritten) {
      this.#fail(line, `found ${shown(text)}: more entries in the buffer than were written`);
    }
    this.#header = { entriesInBuffer, entriesWritten, cpusOnline };
    this.#sink.header(this.#header);
  }
}

/** Throws {@link InputError} unless the trace can be opened: said before its sidecar is missed. */
export const mustExist = async (file: string): Promise<void> => {
  try {
    await (await open(file, "r")).close();
  } catch (error) {
    throw new InputError({ file }, causeOf(error));
  }
};

/** Whether a file begins like gzip (RFC 1952: 1f 8b). */
const isGzip = async (file: string): Promise<boolean> => {
  const handle = await open(file, "r");
  try {
    const head = Buffer.alloc(2);
    const { bytesRead } = await handle.read(head, 0, 2, 0);
    return bytesRead === 2 && head[0] === 0x1f && head[1] === 0x8b;
  } finally {
    await handle.close();
  }
};

const causeOf = (error: unknown): string => {
  const code = (error as { code?: string }).code ?? "";
  switch (code) {
    case "ENOENT":
      return "no such file";
    case "EISDIR":
      return "this is a directory, expected a file";
    case "EACCES":
    case "EPERM":
      return "no permission to read it";
    case "Z_BUF_ERROR":
      return "the gzip data end too early: the file is truncated";
    case "Z_DATA_ERROR":
      return "the gzip data are damaged";
    default:
      return code === "" ? String(error) : `cannot be read (${code})`;
  }
};

/**
 * Streams a trace into a sink. Resolves with the totals at the end, or `undefined` when the sink
 * stopped it. Rejects with {@link InputError} on anything that is not such a text.
 */
export const readFtrace = async (
  file: string,
  sink: FtraceSink,
): Promise<FtraceTotals | undefined> => {
  const reader = new FtraceReader(file, sink);
  let input: Readable | undefined;
  try {
    const gzip = await isGzip(file);
    const raw = createReadStream(file, { highWaterMark: CHUNK_BYTES });
    input = raw;
    if (gzip) {
      const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
      raw.on("error", (error) => gunzip.destroy(error));
      input = raw.pipe(gunzip);
    }
    for await (const chunk of input) {
      if (!reader.chunk(chunk as Buffer)) {
        raw.destroy();
        return undefined;
      }
    }
    raw.destroy();
  } catch (error) {
    input?.destroy();
    if (error instanceof Error && !("code" in error)) throw error;
    throw new InputError({ file }, causeOf(error));
  }
  return reader.end();
};
