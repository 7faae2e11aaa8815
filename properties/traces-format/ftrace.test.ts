import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import {
  FtraceReader,
  type FtraceSink,
  MAX_LINE_BYTES,
  readFtrace,
} from "../../traces/format/ftrace.js";
import type { TraceEvent } from "../../traces/format/ftrace-line.js";

const HEADER = "# tracer: nop\n#\n# entries-in-buffer/entries-written: 1/1   #P:4\n#\n";
const LINE =
  "          <idle>-0       [001] d.h2.           54: irq_matrix_assign: bit=48 cpu=0 online=1 " +
  "avl=200 alloc=1 managed=0 online_maps=1 global_avl=200, global_rsvd=0, total_alloc=1";

const folder = mkdtempSync(join(tmpdir(), "redbear-ftrace-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const silent: FtraceSink = { header: () => {}, event: () => true, lost: () => {} };

const parsed = (line: string): { event: TraceEvent; values: number[]; highs: number[] }[] => {
  const events: { event: TraceEvent; values: number[]; highs: number[] }[] = [];
  const reader = new FtraceReader("x.trace", {
    ...silent,
    event: (event) => {
      const { length } = event.kind.fields;
      const values = [...event.lo.subarray(0, length)];
      events.push({ event, values, highs: [...event.hi.subarray(0, length)] });
      return true;
    },
  });
  reader.chunk(Buffer.from(`${HEADER}${line}\n`, "latin1"));
  reader.end();
  return events;
};

const problem = async (name: string, content: Buffer | string): Promise<string> => {
  const file = join(folder, name);
  writeFileSync(file, content);
  try {
    await readFtrace(file, silent);
    return "read";
  } catch (error) {
    return (error as Error).message.replace(`${folder}/`, "");
  }
};

describe("an event line", () => {
  it("gives its columns and fields", () => {
    const [one] = parsed(LINE);
    expect(one?.event).toMatchObject({
      line: 5,
      cpu: 1,
      pid: 0,
      comm: "<idle>",
      time: 54,
      isCounter: true,
      irqsOff: true,
      context: "hardirq",
    });
    expect(one?.values).toEqual([48, 0, 1, 200, 1, 0, 1, 200, 0, 1]);
  });

  it("gives the site of a probe, signed values and 64-bit words", () => {
    const [one] = parsed(
      "            init-1       [002] .l...        1.000189: mx_al: " +
        "(assign_vector_locked+0xa0/0x160" +
        " <- irq_matrix_alloc) msk=0x100000000f rsv=1 cpu=2 ret=-28",
    );
    expect(one?.event.site).toMatchObject({
      symbol: "assign_vector_locked",
      offset: 0xa0,
      size: 0x160,
      callee: "irq_matrix_alloc",
    });
    expect(one?.event).toMatchObject({ time: 1000189, isCounter: false, context: "task" });
    expect(one?.values).toEqual([0xf, 1, 2, -28]);
    expect(one?.highs).toEqual([0x10, 0, 0, 0]);
  });

  it.each([
    ["irq_matrix_assign", "irq_matrix_assing", /:5: unknown event "irq_matrix_assing", expected/],
    ["bit=48", "bit=4x8", /:5: field bit: found "4x8", expected a whole number 0\.\.4294967295/],
    ["bit=48", "bit=99999999999", /field bit: found "99999999999"/],
    ["cpu=0", "cpu=", /field cpu: found/],
    ["global_avl=200,", "global_avl=200", /field global_rsvd: found/],
    ["[001]", "[00", /field CPU: found/],
    ["54:", "54.1:", /field TIME: expected seconds.microseconds/],
    ["d.h2.", "d.q2.", /field FLAGS: found "q" as context/],
    ["total_alloc=1", "total_alloc=1 more=2", /after the last field of irq_matrix_assign/],
  ])("with %s turned into %s names the field", (from, to, message) => {
    expect(() => parsed(LINE.replace(from, to))).toThrow(message);
  });
});

describe("a file", () => {
  const good = `${HEADER}${LINE}\n`;
  it("is read plain and gzipped", async () => {
    expect(await problem("good.trace", good)).toBe("read");
    expect(await problem("good.trace.gz", gzipSync(good))).toBe("read");
  });

  it.each<[string, string | Buffer, string]>([
    ["empty", "", "empty: the file is empty, expected ftrace text"],
    [
      "truncated.gz",
      gzipSync(Buffer.from(good.repeat(50))).subarray(0, 90),
      "truncated.gz: the gzip data end too early: the file is truncated",
    ],
    [
      "binary",
      Buffer.from("# tracer: nop\n\0\x01\x02"),
      "binary:2: found a NUL byte, expected ftrace text: this is binary data",
    ],
    [
      "other",
      "cpus=4\n",
      'other:1: found "cpus=4", expected "# tracer: nop": this is not an ftrace text',
    ],
    [
      "function",
      good.replace("nop", "function"),
      'function:1: found "# tracer: function", expected "# tracer: nop": another tracer\'s output',
    ],
    ["cut", good.slice(0, -20), "cut:5: the last line has no end: the file is cut off"],
    [
      "headless",
      `# tracer: nop\n${LINE}\n`,
      'headless:2: found an event before "# entries-in-buffer/entries-written: n/n   #P:n"',
    ],
    [
      "long",
      `# tracer: nop\n${"a".repeat(4 * MAX_LINE_BYTES)}`,
      "long:2: found a line of more than 65536 bytes, expected a shorter one",
    ],
  ])("that is %s gives one clear error", async (name, content, message) => {
    expect(await problem(name, content)).toBe(message);
  });

  it("that is missing or a folder is said so", async () => {
    await expect(readFtrace(join(folder, "none"), silent)).rejects.toThrow("no such file");
    await expect(readFtrace(folder, silent)).rejects.toThrow("this is a directory");
  });

  it("reports losses with their line", () => {
    const losses: number[][] = [];
    const sink = { ...silent, lost: (...loss: [number, number, number]) => losses.push(loss) };
    const reader = new FtraceReader("x", sink);
    reader.chunk(Buffer.from(`${HEADER}CPU:1 [LOST 12 EVENTS]\n${LINE}\nCPU:0 [LOST EVENTS]\n`));
    expect(reader.end()).toMatchObject({ events: 1, lines: 7 });
    expect(losses).toEqual([
      [1, 12, 5],
      [0, 0, 7],
    ]);
  });

  it("gives the same events whatever the chunks", () => {
    for (const size of [1, 7, 64]) {
      let events = 0;
      const reader = new FtraceReader("x", { ...silent, event: () => ++events > 0 });
      const text = Buffer.from(`${HEADER}${`${LINE}\n`.repeat(3)}`);
      for (let at = 0; at < text.length; at += size) reader.chunk(text.subarray(at, at + size));
      expect(reader.end()?.events).toBe(3);
    }
  });
});
