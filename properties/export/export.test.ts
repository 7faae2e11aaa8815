import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, test } from "vitest";
import { judgedAt } from "../../spec/core/clause.js";
import { replayLocal } from "../engine/replay.js";
import { Session } from "../engine/session.js";
import { decodeTrace, type LoadedTrace, loadTrace } from "../input/load.js";
import { packageRoot } from "../root.js";
import { systemByName } from "../systems.js";
import { admittedSteps } from "./admitted.js";
import { toRust } from "./rust.js";
import { toVitest } from "./vitest.js";

const folder = join(packageRoot(), "traces/regressions");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".jsonl"))
  .sort();
const load = (part: string): LoadedTrace =>
  loadTrace(join(folder, files.find((file) => file.includes(part)) as string));

/** What shows in the observed state alone: no list of admitted answers tells it. */
const unseen = ["MSI-IR-7", "MATRIX-10", "MATRIX-16", "HOTPLUG-3", "HOTPLUG-4", "MOVE-2"];
/** Where more accesses in more orders are right than a list could hold. */
const unlisted = ["MSI-CAP-13", "MSI-CAP-14", "MSIX-PROG-4"];
const told = files.filter(
  (file) => ![...unseen, ...unlisted].some((id) => file.includes(`${id}-`)),
);

/** Every answer that occurs in the traces of a subsystem, and small changes of each. */
const candidates = (trace: LoadedTrace): unknown[] => {
  const { codecs, path } = trace.subsystem;
  const seen = new Map<string, unknown>();
  const add = (answer: unknown): void => {
    if (codecs.response.is(answer))
      seen.set(JSON.stringify(codecs.response.encode(answer)), answer);
  };
  for (const other of files.map((file) => loadTrace(join(folder, file)))) {
    if (other.subsystem.path !== path) continue;
    const session = new Session(other.subsystem, other.config, "linux", []);
    const answers = [...other.responses];
    // What Linux answers there is among them.
    for (const command of other.commands) {
      session.perform(command);
      answers.push(session.t.response);
    }
    for (const answer of answers) {
      add(answer);
      for (const [name, value] of Object.entries(answer as object)) {
        if (typeof value === "number") {
          for (const by of [-1, 1, 2]) add({ ...(answer as object), [name]: value + by });
        } else if (typeof value === "boolean") add({ ...(answer as object), [name]: !value });
        else if (Array.isArray(value)) {
          add({ ...(answer as object), [name]: [] });
          add({ ...(answer as object), [name]: [...value, 0] });
          for (const n of [0, 1, 2, 3, 4]) add({ ...(answer as object), [name]: [n] });
        }
      }
    }
  }
  return [...seen.values()];
};

describe("admitted answers", () => {
  it.each(told)("of %s are those that the clauses let pass, and no others", (file) => {
    const trace = loadTrace(join(folder, file));
    const { subsystem, config, level } = trace;
    const { steps, clause, wrong } = admittedSteps(trace);
    expect(clause).toBe(trace.header.clause);
    const pool = candidates(trace);
    const clauses = judgedAt(subsystem.clauses, level);
    const decode = (answer: unknown): unknown =>
      (subsystem.codecs.response.decode(answer) as { right: unknown }).right;
    const text = (answer: unknown): string => JSON.stringify(answer);
    // The commands as they were issued, references resolved along the recorded answers.
    const faulty = systemByName(subsystem, config, trace.header.system);
    const ran = replayLocal(subsystem, config, level, clauses, trace.commands, faulty).steps;
    expect(ran).toHaveLength(steps.length);
    const before = ran.slice(0, -1);
    expect(steps.slice(0, -1).map(({ admitted }) => admitted)).toEqual(
      before.map((step) => [subsystem.codecs.response.encode(step.response)]),
    );
    const judged = (answer: unknown): { holds: boolean; state: string } => {
      const session = new Session(subsystem, config, level, clauses);
      session.reset();
      for (const { issued, response } of before) session.accept(issued, response);
      const holds = session.accept(ran.at(-1)?.issued, answer);
      return { holds, state: text([...subsystem.describe(config, session.stepper.after)]) };
    };
    const admitted = steps.at(-1)?.admitted ?? [];
    expect(admitted.length).toBeGreaterThan(0);
    const right = admitted.map((answer) => judged(decode(answer)));
    expect(right.every(({ holds }) => holds)).toBe(true);
    const states = right.map(({ state }) => state);
    const known = new Set(admitted.map(text));
    const others = pool.filter((one) => !known.has(text(subsystem.codecs.response.encode(one))));
    expect(others.length).toBeGreaterThan(10);
    for (const answer of others) {
      const { holds, state } = judged(answer);
      // What says more than happened leaves no other state behind.
      if (holds) expect(states, text(answer)).toContain(state);
    }
    expect(steps.at(-1)?.admitted.map(text)).not.toContain(text(wrong));
  });

  it.each(files.filter((file) => !told.includes(file)))("%s is refused with the reason", (file) => {
    const trace = loadTrace(join(folder, file));
    const { clause } = trace.header;
    const why = unlisted.includes(clause ?? "")
      ? "to the last command more answers are right than can be listed"
      : `what broke ${clause} was seen in the system's observed state, not in an answer`;
    expect(() => toRust(trace)).toThrow(
      `${why}; --to vitest writes a test that judges, and replay runs the trace`,
    );
  });

  const decoded = (values: readonly unknown[]): LoadedTrace =>
    decodeTrace(`${values.map((value) => JSON.stringify(value)).join("\n")}\n`, "t.jsonl");

  it("are refused where there are too many, or more than can be listed", () => {
    const { header } = load("MATRIX-4-");
    const online = Array.from({ length: 40 }, (_x, i) => i);
    const shape = { cpus: 40, bits: 256, start: 32, end: 235, system: [], online };
    const wide = {
      ...header,
      clause: "VEC-MATRIX-7",
      config: { ...(header.config as object), ...shape },
    };
    const alloc = { kind: "alloc", cpus: online, reserved: false };
    const response = { kind: "failed", error: "ENOSPC" };
    expect(() => toRust(decoded([wide, { command: alloc, response }]))).toThrow(
      "more than 4096 answers are admitted to the last command",
    );
    const table = load("MSI-RESOLVE-2").header;
    const irte = { kind: "allocateIrtes", device: 0, irq: 0, count: 1, source: "msi" };
    const first = { command: irte, response: { kind: "allocated", index: 0 } };
    const twice = { ...first, command: { ...irte, irq: 1 } };
    const { clause: _clause, ...some } = table;
    expect(() => toRust(decoded([some, first, twice]))).toThrow(
      "more answers are right than can be listed",
    );
  });

  it("are refused where nothing is broken, or no answer tells it", () => {
    const { clause: _clause, ...header } = load("MATRIX-4-").header;
    const fine = [header, { command: { kind: "reserve" }, response: { kind: "done" } }];
    expect(() => toRust(decoded(fine))).toThrow("break no clause, so there is nothing to test for");
    const line = [{ ...header, clause: "SYS-EXTRA" }, { command: { kind: "reserve" } }];
    expect(() => toRust(decoded(line))).toThrow("breaks SYS-EXTRA, which shows in the harness's");
  });
});

describe("foreign text in a trace", () => {
  const lines = (part: string): LoadedTrace => {
    const trace = load(part);
    return {
      ...trace,
      file: 'x"#\n*}\u2028.jsonl',
      header: {
        ...trace.header,
        system: '*/ \n fn main() {} "#\u202e `$x`',
        note: "\r\nimport 'x'; \u2029 evil()",
      },
    };
  };
  it.each(["rust", "vitest"])("stays in comments and literals of %s", (to) => {
    const trace = lines("MATRIX-4-");
    const text = to === "rust" ? toRust(trace) : toVitest(trace, "a`$b\"\n'");
    const code = text.split("\n").filter((line) => !line.startsWith("//"));
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(code.some((line) => /^ *(fn main|import 'x'|evil)/.test(line))).toBe(false);
    expect(code.filter((line) => line.startsWith("import "))).toHaveLength(to === "rust" ? 0 : 2);
    if (to === "rust") expect(text).toContain("\nfn x() {\n");
  });
});

describe("export on the command line", () => {
  const cli = fileURLToPath(new URL("../cli/main.js", import.meta.url));
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [cli, "export", ...args], { encoding: "utf8" });
  const file = load("MATRIX-4-").file;
  test("writes a test for a harness of this name", () => {
    const { status, stdout } = run(file, "--to", "rust", "--harness", "crate::irq::Mine");
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: toRust(loadTrace(file), "crate::irq::Mine"),
    });
    expect(stdout).toContain("redbear_spec::replay::<crate::irq::Mine>(");
  });
  test.each([
    [["--to", "perl"], '--to: found "perl", expected one of: itf, markdown, rust, vitest'],
    [["--to", "constructor"], '--to: found "constructor"'],
    [["--to", "rust", "--harness", "a b"], '--harness: found "a b", expected the path of a Rust'],
    [["--to", "itf", "--harness", "a"], "--harness: belongs to --to rust, not to --to itf"],
    [["--to", "rust", "--system-cmd", "x"], "--system-cmd: belongs to --to vitest"],
  ])("refuses %j", (args, message) => {
    const { status, stderr } = run(file, ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
