import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadTrace } from "../input/load.js";
import { packageRoot } from "../root.js";
import { FULL } from "../testing.js";

const root = packageRoot();
const main = join(root, "dist", "properties", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "redbear-spec-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => {
  const result = spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8" });
  return { status: result.status, out: result.stdout, err: result.stderr };
};

const file = (name: string, text: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const area = "irq/vector-matrix/allocator";
const faulty = ["--system", "fault:free-on-executing-cpu", "--level", "contract", "--runs", "32"];

/** One line on standard error, no stack trace, exit status 2. */
const refused = (result: ReturnType<typeof run>, text: RegExp): void => {
  expect(result.err).toMatch(text);
  expect(result.err.trimEnd().split("\n").length).toBe(1);
  expect(result.err).not.toMatch(/\n\s+at /);
  expect(result.status).toBe(2);
};

describe("the command line", () => {
  it("names a stranger's file on one line, without commands to a terminal or a CI", () => {
    const result = run("replay", "a\n::error::b\u001b[31m##[group]c");
    refused(result, /^redbear-spec: a ::error::b.*# #\[group\]c: cannot be opened/);
    expect(result.err).not.toContain("\u001b");
  });

  it("lists the areas and explains a clause and an area", () => {
    expect(run("areas").out).toContain(area);
    const clause = run("explain", "VEC-MATRIX-8");
    expect(clause.out).toContain("kernel/irq/matrix.c:matrix_find_best_cpu");
    expect(run("explain", "irq").out).toContain("VEC-MATRIX-18");
  });

  it("check holds on the reference with status 0, and prints the same bytes again", () => {
    const once = run("check", area, "--runs", "32", "--no-records", "--jobs", "1");
    const again = run("check", area, "--runs", "32", "--no-records", "--jobs", "2");
    expect(once.out).toContain("seed 0x5eed1234: holds");
    expect([once.status, again.out]).toEqual([0, once.out]);
  });

  it("check on a fault is violated with status 1, and everything it prints can be run", () => {
    const found = run("check", area, ...faulty, "--json", "report.json");
    expect(found.status).toBe(1);
    expect(found.out).toMatch(/shrunk {2}\d+ commands to 2 \(\d+ runs\)/);
    const report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
    const violation = report.violations[0];
    expect(report.verdict).toBe("violated");
    expect(violation.clause).toBe("VEC-MATRIX-4");
    expect(violation.length).toBe(2);
    expect(found.out).toContain(violation.trace);
    const replayed = run(...violation.replay.split(" ").slice(1));
    expect(replayed.out).toContain("violates VEC-MATRIX-4");
    expect(replayed.status).toBe(1);
    const again = run(...violation.again.split(" ").slice(1));
    expect(again.out).toContain("violates VEC-MATRIX-4");
    expect(run("replay", violation.trace, "--system", "reference").status).toBe(0);
    expect(run("shrink", violation.trace).out).toContain("violates VEC-MATRIX-4");
  });

  it("exports a trace as ITF and Markdown", () => {
    const found = run("check", area, ...faulty, "--json", "-");
    const { trace } = JSON.parse(found.out).violations[0];
    const itf = JSON.parse(run("export", trace, "--to", "itf").out);
    expect(itf.vars).toEqual(["command", "response", "state"]);
    expect(itf.states.length).toBe(3);
    expect(run("export", trace, "--to", "markdown").out).toContain("| 1 | freeRef ref=0");
  });

  it("a campaign too short to prove anything is not proven, status 3", () => {
    // Legal at contract level, so nothing breaks; but one short run shows next to nothing.
    const legal = ["--system", "fault:tie-goes-high", "--level", "contract"];
    const result = run("check", area, ...legal, "--runs", "1", "--subset", "plain");
    expect([result.status, /not proven/.test(result.out)]).toEqual([3, true]);
  });
});

describe("a system of the user's", () => {
  const example = join(root, "properties", "examples", "systems", "allocator.mjs");
  const changed = (name: string, from: string, to: string): string => {
    const source = readFileSync(example, "utf8");
    expect(source).toContain(from);
    return `node ${file(name, source.replace(from, to))}`;
  };

  it("that does not take a configuration is shown with its reason, not passed over", () => {
    const from = 'if (line.kind === "config") config = line;';
    const refusal = '{ kind: "refused", reason: "at most 4 CPUs" }';
    const to = `if (line.kind === "config" && line.cpus > 4) return ${refusal};\n  ${from}`;
    const command = changed("small.mjs", from, to);
    const result = run("check", area, "--system-cmd", command, "--runs", "16");
    expect(result.out).toContain(
      "not taken   64 CPUs x 203 vectors: at most 4 CPUs: nothing judged there",
    );
  });

  it("with a global table cannot claim Linux's own choices", () => {
    const command = changed("global.mjs", "refs: true,", 'refs: true, scope: "global",');
    refused(run("check", area, "--system-cmd", command), /field scope: found "global", expected/);
  });
});

describe("bad input is one clear line and status 2", () => {
  const header = {
    "redbear-spec-trace": 1,
    subsystem: area,
    level: "contract",
    system: "reference",
    tool: "test",
    config: {
      cpus: 2,
      bits: 8,
      start: 0,
      end: 8,
      system: [],
      online: [0],
      scope: "per-cpu",
      hotplug: true,
    },
  };
  const trace = (change: object, ...lines: object[]): string =>
    [{ ...header, ...change }, ...lines].map((line) => JSON.stringify(line)).join("\n");
  const config = (change: object): object => ({ config: { ...header.config, ...change } });

  const cases: readonly [string, string | Buffer, RegExp][] = [
    ["an empty trace", "", /the file is empty/],
    ["a binary file", Buffer.from([0x1f, 0x8b, 0, 1, 2]), /is binary/],
    ["another tool's text", "# tracer: nop\n", /:1: not a redbear-spec trace/],
    ["a broken header", "{not json\n", /:1: found .* expected one JSON value/],
    [
      "an unknown subsystem",
      trace({ subsystem: "irq/none" }),
      /field subsystem: found "irq\/none"/,
    ],
    [
      "an unknown clause",
      trace({ clause: "VEC-MATRIX-99" }),
      /field clause: found "VEC-MATRIX-99"/,
    ],
    [
      "no CPU at all",
      trace(config({ cpus: 0 })),
      /field config\.cpus: found 0, expected number of/,
    ],
    ["too many CPUs", trace(config({ cpus: 8193 })), /field config\.cpus: found 8193/],
    ["a CPU beyond them", trace(config({ online: [2] })), /field config\.online: CPU 2 of 2/],
    ["an empty device range", trace(config({ end: 0, start: 0 })), /field config\.end/],
    [
      "an unknown command",
      trace({}, { command: { kind: "grab" } }),
      /:2: field command\.kind: found "grab"/,
    ],
    [
      "a command with a CPU that does not exist",
      trace({}, { command: { kind: "online", cpu: 7 } }),
      /:2: field command\.cpu: CPU 7 of 2 does not exist/,
    ],
    [
      "a field of the wrong type",
      trace({}, { command: { kind: "online", cpu: "1" } }),
      /:2: field command\.cpu: found "1", expected CPU/,
    ],
    [
      "a field too many",
      trace({}, { command: { kind: "reserve", cpu: 1 } }),
      /field command\.cpu: found 1, expected no such field/,
    ],
    [
      "a reference to nothing",
      trace({}, { command: { kind: "freeRef", ref: 3, managed: false, by: 0 } }),
      /field command\.ref: found 3/,
    ],
    [
      "no answer where one is needed",
      trace({}, { command: { kind: "reserve" } }),
      /field response: found nothing/,
    ],
  ];
  // The full run gives each to the command; else all but a few go to the reader alone.
  cases.forEach(([name, text, expected], i) => {
    it(name, () => {
      const path = file("case.jsonl", text);
      if (FULL || i % 5 === 0) refused(run("replay", path), expected);
      else expect(() => loadTrace(path)).toThrow(expected);
    });
  });

  it("a missing file", () => refused(run("replay", "nowhere.jsonl"), /cannot be opened/));
  it("a folder", () => refused(run("replay", "."), /is a directory/));
  it("an unknown area", () => refused(run("check", "irq/none"), /expected one of/));
  it("an unknown clause to explain", () => refused(run("explain", "VEC-NONE-1"), /clause id/));
  it("an unknown fault", () =>
    refused(run("check", "--system", "fault:none"), /expected reference/));
  it("an unknown subset", () => refused(run("check", "--subset", "none"), /expected one of/));
  it("a bad seed", () => refused(run("check", "--seed", "x"), /expected a seed/));
  it("an unknown format", () =>
    refused(run("export", file("ok.jsonl", trace({})), "--to", "pdf"), /expected one of: itf/));
  it("a system that does not exist", () =>
    refused(run("check", area, "--system-cmd", "./no-such-program"), /no-such-program/));
  it("a program for several subsystems, but not one that has others below it", () => {
    const command = ["--system-cmd", "./no-such-program"];
    refused(run("check", "irq/vector-matrix", ...command), /found 2 subsystems, expected one/);
    refused(run("check", "irq/domain", ...command), /no-such-program/);
  });
});
