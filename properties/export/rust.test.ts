/** Exported Rust tests compile, fail on a faulty system and pass on a right one. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeTrace, type LoadedTrace, loadTrace } from "../input/load.js";
import { cargo, example, kit, missing, required, why } from "../kits/cargo.js";
import { packageRoot } from "../root.js";
import { FULL, long } from "../testing.js";
import { admittedSteps } from "./admitted.js";
import { toRust } from "./rust.js";

const folder = join(packageRoot(), "traces/regressions");
const told = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".jsonl"))
  .sort()
  .flatMap((file) => {
    const trace = loadTrace(join(folder, file));
    try {
      admittedSteps(trace);
      return [trace];
    } catch {
      return [];
    }
  });

/** Ends of a test's line in cargo's output. */
const results = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/^test (\S+) \.\.\. (ok|FAILED)$/gm)].map((m) => [
      (m[1] as string).replace(/^.*::/, ""),
      m[2] as string,
    ]),
  );

/** The names of the tests in an exported text. */
const names = (text: string): string[] =>
  [...text.matchAll(/^fn (\w+)\(\)/gm)].map((m) => m[1] as string);

const moduleOf = (trace: LoadedTrace): string =>
  trace.subsystem.path.replaceAll("-", "_").replaceAll("/", "::");

/**
 * A system that answers what it is told, whatever the command: enough to see whether a test lets
 * an answer pass. One module a trace, so that each has its own.
 */
const scripted = (trace: LoadedTrace, name: string, answers: readonly unknown[]): string => {
  const lines = answers.map((answer) => `r#"${JSON.stringify(answer)}"#`);
  return `mod ${name} {
use redbear_spec::${moduleOf(trace)}::{Area, Command, Config, Response};
use redbear_spec::json::{Read, Reader};
use redbear_spec::{Refused, Subsystem, System};
pub struct Harness(usize);
impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "scripted";
    const COMMANDS: &'static [&'static str] = Area::COMMANDS;
    fn start(_config: &Config) -> Result<Self, Refused> { Ok(Harness(0)) }
    fn command(&mut self, _command: &Command) -> Response {
        let json = [${lines.join(", ")}][self.0];
        self.0 += 1;
        Response::read(&mut Reader::new(json)).unwrap()
    }
}
${toRust(trace, "Harness")}
}
`;
};

const directory = mkdtempSync(join(tmpdir(), "exported-rust-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Of the committed counterexamples. */
const AREAS = JSON.stringify([
  "irq-capability",
  "irq-msi-message",
  "irq-vector-matrix-allocator",
  "irq-vector-matrix-assignment",
]);

/** A crate beside the kit, with the kernel developer's harness or a scripted one. */
const crate = (name: string): string => {
  const path = join(directory, name);
  mkdirSync(join(path, "src"), { recursive: true });
  writeFileSync(
    join(path, "Cargo.toml"),
    `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n` +
      `[dependencies]\nredbear-spec = { path = ${JSON.stringify(kit)}, features = ${AREAS} }\n[workspace]\n`,
  );
  return path;
};

test("where tests run for good, cargo is there", () => {
  expect(missing && required, "cargo was not found: exported tests cannot be run").toBe(false);
});

test("half of the committed counterexamples can be told", () => {
  expect(told.map((trace) => trace.header.clause)).toEqual([
    "MSI-CAP-10",
    "MSI-CAP-2",
    "MSI-IR-1",
    "MSI-RESOLVE-2",
    "VEC-MATRIX-4",
    "VEC-MATRIX-8",
    "VEC-MOVE-4-D",
    "VEC-MOVE-4-D",
  ]);
});

describe.skipIf(missing || !FULL)(`on answers that are given${why}${long}`, () => {
  let found: ReadonlyMap<string, string>;
  let text: string;
  beforeAll(() => {
    const path = crate("scripted");
    const modules = told.flatMap((trace, i) => {
      const { steps, wrong } = admittedSteps(trace);
      const before = steps.slice(0, -1).map((step) => step.admitted[0]);
      const last = steps.at(-1)?.admitted ?? [];
      return [
        scripted(trace, `wrong_${i}`, [...before, wrong]),
        ...last.map((answer, n) => scripted(trace, `right_${i}_${n}`, [...before, answer])),
      ];
    });
    // A right choice on the way that is not the recorded one, and what then is no answer at all.
    const free = told.find((trace) => trace.header.clause === "VEC-MATRIX-4") as LoadedTrace;
    const other = { kind: "allocated", cpu: 1, vector: 5 };
    modules.push(scripted(free, "parted", [other, { kind: "warned" }]));
    writeFileSync(join(path, "src/lib.rs"), `#![cfg(test)]\n${modules.join("\n")}`);
    const run = cargo(path, ["test", "--", "--nocapture", "--test-threads=1"]);
    text = run.text;
    found = new Map(
      [...text.matchAll(/^test (\w+)::\w+ \.\.\. ([\s\S]*?)(ok|FAILED)$/gm)].map((m) => [
        m[1] as string,
        m[3] as string,
      ]),
    );
  });

  test("all compile without a warning, and each fails on the recorded wrong answer alone", () => {
    expect(text).not.toMatch(/^(warning|error\[|error: could not)/m);
    expect(found.size).toBeGreaterThan(2 * told.length);
    for (const [name, result] of found) {
      expect([name, result]).toEqual([name, name.startsWith("wrong_") ? "FAILED" : "ok"]);
    }
    expect([...found].filter(([, result]) => result === "FAILED")).toHaveLength(told.length);
  });
  test("the failure names the command, the answer and what is admitted", () => {
    expect(text).toContain(
      'command number 1, {"kind":"freeRef","ref":0,"managed":false,"by":0}, was answered ' +
        '{"kind":"warned"}; admitted: {"kind":"done"}',
    );
  });
  test("a system that chose otherwise passes, and is told so", () => {
    expect(found.get("parted")).toBe("ok");
    expect(text).toContain(
      'command number 0 was answered {"kind":"allocated","cpu":1,"vector":5}, not as recorded: ' +
        "the trace proves nothing here",
    );
  });
});

describe.skipIf(missing || !FULL)(`in the example's own crate${why}${long}`, () => {
  const path = join(directory, "vector_allocator");
  const trace = told.find((one) => one.header.clause === "VEC-MATRIX-4") as LoadedTrace;
  const exported = toRust(trace);
  beforeAll(() => {
    crate("vector_allocator");
    cpSync(join(example, "src"), join(path, "src"), { recursive: true });
    const main = join(path, "src/main.rs");
    writeFileSync(main, `#[cfg(test)]\nmod regressions;\n`, { flag: "a" });
    writeFileSync(join(path, "src/regressions.rs"), exported);
  });
  test("it passes", () => {
    const { ok, text } = cargo(path, ["test"]);
    expect(text).not.toMatch(/^(warning|error\[|error: could not)/m);
    expect(ok).toBe(true);
    expect([...results(text)]).toEqual([[names(exported)[0], "ok"]]);
    expect(text).not.toContain("proves nothing");
  });
  test("it fails where a free works on CPU 0", () => {
    // The harness looks for this among its arguments; to cargo it is one more filter.
    const { ok, text } = cargo(path, ["test", "--", "vec_matrix", "free-on-cpu0"]);
    expect(ok).toBe(false);
    expect([...results(text)]).toEqual([[names(exported)[0], "FAILED"]]);
  });
});

describe.skipIf(missing || !FULL)(`a system that does not answer${why}${long}`, () => {
  const base = told.find((one) => one.header.clause === "VEC-MATRIX-4") as LoadedTrace;
  const unanswered = (clause: string): LoadedTrace => {
    const lines = [
      { ...base.header, clause },
      { command: { kind: "reserve" }, response: { kind: "done" } },
      { command: { kind: "reserve" } },
    ];
    const file = `${clause}.jsonl`;
    return decodeTrace(`${lines.map((line) => JSON.stringify(line)).join("\n")}\n`, file);
  };
  /** The second command does this. */
  const harness = (deed: string): string => `
use redbear_spec::irq::vector_matrix::allocator::{Area, Command, Config, Response};
use redbear_spec::{Refused, System};
struct Harness(u32);
impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "misbehaves";
    const COMMANDS: &'static [&'static str] = &["reserve"];
    fn start(_config: &Config) -> Result<Self, Refused> { Ok(Harness(0)) }
    fn command(&mut self, _command: &Command) -> Response {
        self.0 += 1;
        if self.0 == 2 { ${deed} }
        Response::Done
    }
}
`;
  const run = (name: string, deed: string, clause: string) => {
    const path = crate(name);
    const source = `#![cfg(test)]\n${harness(deed)}\n${toRust(unanswered(clause))}`;
    writeFileSync(join(path, "src/lib.rs"), source);
    return cargo(path, ["test"]);
  };
  test.each([
    ["SYS-PANIC", 'panic!("out of range")', "out of range"],
    ["SYS-CRASH", "std::process::abort()", "SIGABRT"],
    ["SYS-HANG", "loop { std::thread::yield_now() }", "no answer in time"],
  ])("%s fails, and passes once it answers", (clause, deed, said) => {
    const name = clause.toLowerCase().replace("-", "_");
    const bad = run(name, deed, clause);
    expect(bad.ok).toBe(false);
    expect(bad.text).toContain(said);
    expect(bad.text).not.toMatch(/^error(\[|: could not compile)/m);
    const good = run(name, "", clause);
    expect(good.text).toContain("test result: ok. 1 passed");
    expect(good.ok).toBe(true);
  });
});
