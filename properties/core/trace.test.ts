import { describe, expect, it } from "vitest";
import { readTrace, type TraceHeader, writeTrace } from "../../traces/format/trace.js";

const header: TraceHeader = {
  "redbear-spec-trace": 1,
  subsystem: "irq/vector-matrix/allocator",
  level: "linux",
  config: { cpus: 1 },
  system: "reference",
  tool: "test",
  seed: 7,
};

describe("the trace format", () => {
  it("reads what it writes, one command a line", () => {
    const lines = [
      { command: { kind: "reserve" }, response: { kind: "done" } },
      { command: { kind: "reserve" } },
    ];
    const text = writeTrace(header, lines);
    expect(text.split("\n").length).toBe(4);
    const trace = readTrace(text, "f");
    expect(trace.header).toEqual(header);
    expect(trace.lines.map(({ command, response }) => ({ command, response }))).toEqual([
      lines[0],
      { command: { kind: "reserve" }, response: undefined },
    ]);
  });

  it("refuses another version instead of misreading it", () => {
    const text = writeTrace({ ...header, "redbear-spec-trace": 2 } as never, []);
    expect(() => readTrace(text, "f")).toThrow(
      "f:1: field redbear-spec-trace: found 2, expected 1",
    );
  });
});
