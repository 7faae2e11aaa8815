/** The package as it is installed: what it holds, its types, the example, exported vitest files. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toVitest } from "../export/vitest.js";
import { loadTrace } from "../input/load.js";
import { root } from "../sut/fixtures/places.js";
import { FULL, long } from "../testing.js";

const built = fileURLToPath(new URL("../..", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "installed-"));
const consumer = join(directory, "consumer");
const installed = join(consumer, "node_modules/redbear-spec");
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const run = (command: string, args: readonly string[], cwd: string) => {
  const env = { ...process.env, npm_config_offline: "true", NO_COLOR: "1" };
  const done = spawnSync(command, args, { cwd, env, encoding: "utf8", maxBuffer: 1 << 26 });
  return { status: done.status, text: `${done.stdout}${done.stderr}`, stdout: done.stdout };
};

type Manifest = { readonly files: readonly string[]; readonly bin: Record<string, string> };
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

/** The tree as `npm pack` sees it, with the compiled files that this test belongs to. */
const stage = (): string => {
  const staged = join(directory, "staged");
  mkdirSync(staged);
  for (const name of ["package.json", "README.md"]) cpSync(join(root, name), join(staged, name));
  for (const path of manifest.files.filter((f) => f !== "dist" && !f.startsWith("!"))) {
    cpSync(join(root, path), join(staged, path), {
      recursive: true,
      filter: (from) => basename(from) !== "target",
    });
  }
  for (const room of ["spec", "models", "traces", "properties"]) {
    cpSync(join(built, room), join(staged, "dist", room), {
      recursive: true,
      // Compiled files alone: a built tree elsewhere may have the records linked into it.
      filter: (from) => !/\/traces\/(linux-7\.0|regressions)$/.test(from),
    });
  }
  return staged;
};

/** Installs the packed file; what it depends on is linked, as nothing is fetched in tests. */
beforeAll(() => {
  const staged = stage();
  const packed = run("npm", ["pack", "--ignore-scripts", "--json"], staged);
  expect(packed.status, packed.text).toBe(0);
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  const modules = join(consumer, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  mkdirSync(installed);
  const untar = ["-xzf", join(staged, filename), "-C", installed, "--strip-components=1"];
  expect(run("tar", untar, consumer).status).toBe(0);
  const bin = join(installed, manifest.bin["redbear-spec"] as string);
  expect(run("chmod", ["+x", bin], consumer).status).toBe(0);
  symlinkSync(bin, join(modules, ".bin/redbear-spec"));
  for (const name of readdirSync(join(root, "node_modules/.bin"))) {
    const to = join(modules, ".bin", name);
    if (!existsSync(to)) symlinkSync(join(root, "node_modules/.bin", name), to);
  }
  writeFileSync(join(consumer, "package.json"), '{"name":"consumer","type":"module"}\n');
  cpSync(join(installed, "properties/examples/vitest"), join(consumer, "vitest"), {
    recursive: true,
  });
  mkdirSync(join(consumer, "systems"));
  const program = "systems/allocator.mjs";
  cpSync(join(installed, "properties/examples", program), join(consumer, program));
});

describe.skipIf(!FULL)(`an installed package${long}`, () => {
  test("runs on the command line", () => {
    const areas = run("npx", ["--no-install", "redbear-spec", "areas"], consumer);
    expect(areas.text).toContain("irq/vector-matrix/allocator");
    expect(areas.status).toBe(0);
    const kit = join(installed, "properties/kits/rust/src/lib.rs");
    for (const path of [kit, join(installed, "properties/sut/PROTOCOL.md")]) {
      expect(existsSync(path), path).toBe(true);
    }
    expect(existsSync(join(installed, "properties/kits/rust/target"))).toBe(false);
  });

  test("is imported without doing anything, and nothing else of it is in reach", () => {
    const script = `
      import * as library from "redbear-spec";
      const inside = await import("redbear-spec/dist/properties/root.js").catch((e) => e.code);
      console.log(JSON.stringify({ names: Object.keys(library).sort(), inside }));
    `;
    const { stdout, status } = run(
      process.execPath,
      ["--input-type=module", "-e", script],
      consumer,
    );
    expect(status).toBe(0);
    const { names, inside } = JSON.parse(stdout) as { names: string[]; inside: string };
    expect(inside).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
    // The surface is what others build on: a change of it is a decision.
    expect(names).toEqual([
      "ConformanceError",
      "InputError",
      "allocator",
      "assertConforms",
      "assertHolds",
      "assignment",
      "assignmentTraces",
      "checkSystem",
      "findSubsystem",
      "loadTrace",
      "messageTraces",
      "msiMessage",
      "parseTrace",
      "replay",
      "run",
      "startProgram",
      "subsystems",
      "traces",
      "vectorTraces",
    ]);
  });

  test("has types that hold in a strict project, and refuse what is wrong", () => {
    writeFileSync(
      join(consumer, "vitest/wrong.ts"),
      `import { allocator, assertConforms, vectorTraces, type VectorCommand } from "redbear-spec";
// @ts-expect-error an unknown kind
vectorTraces({ commands: ["allocate"] });
// @ts-expect-error a field is missing
export const command: VectorCommand = { kind: "alloc", cpus: [0] };
// @ts-expect-error the configuration of another subsystem
void assertConforms(allocator, { apicIds: [] }, "linux", "program", []);
`,
    );
    const options = { module: "nodenext", target: "es2023", strict: true, noEmit: true };
    const compilerOptions = { ...options, types: ["node"], skipLibCheck: false };
    writeFileSync(
      join(consumer, "tsconfig.json"),
      JSON.stringify({ compilerOptions, include: ["vitest/*.ts"] }),
    );
    const types = run("npx", ["--no-install", "tsc", "-p", "."], consumer);
    const own = types.text.split("\n").filter((line) => !/^node_modules\/(?!redbear)/.test(line));
    expect(own.filter((line) => /error/.test(line))).toEqual([]);
  });
});

type Results = {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly title: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
};

const vitest = (folder: string) => {
  const file = join(directory, `${folder}.json`);
  const args = ["--no-install", "vitest", "run", "--dir", folder, "--no-isolate"];
  const reporters = ["--reporter", "json", "--outputFile", file];
  const done = run("npx", [...args, ...reporters, "--root", consumer], consumer);
  const results = JSON.parse(readFileSync(file, "utf8")) as Results;
  return { ...done, results: results.testResults };
};

test("the example passes where it is installed", () => {
  const { status, results } = vitest("vitest");
  const tests = results.flatMap((file) => file.assertionResults);
  expect(tests.flatMap((one) => one.failureMessages)).toEqual([]);
  expect(tests.map((one) => one.status)).toEqual(["passed", "passed", "passed"]);
  expect(status).toBe(0);
});

describe.skipIf(!FULL)(`counterexamples exported to vitest${long}`, () => {
  const folder = join(installed, "traces/regressions");
  const serve = join(installed, "dist/properties/sut/serve.js");
  const program = (...args: string[]): string =>
    [`"${process.execPath}"`, `"${serve}"`, ...args].join(" ");

  const write = (kind: "right" | "faulty"): number => {
    mkdirSync(join(consumer, kind));
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const traces = files.filter((file) => file.endsWith(".jsonl"));
    for (const file of traces) {
      const trace = loadTrace(join(folder, file));
      const fault = trace.header.system.replace(/^fault:/, "");
      const command = program(
        trace.subsystem.path,
        ...(kind === "faulty" ? ["--fault", fault] : []),
      );
      const name = `${basename(file, ".jsonl")}.test.ts`;
      writeFileSync(join(consumer, kind, name), toVitest(trace, command));
    }
    return traces.length;
  };

  test("pass on the right system", () => {
    const count = write("right");
    expect(count).toBeGreaterThanOrEqual(12);
    const { status, results, text } = vitest("right");
    expect(status, text).toBe(0);
    expect(results).toHaveLength(count);
  });

  test("fail on the faulty one, with the counterexample as the message", () => {
    const count = write("faulty");
    const { status, results } = vitest("faulty");
    expect(status).toBe(1);
    const all = results.flatMap((file) => file.assertionResults);
    expect(all.map((one) => one.status)).toEqual(Array.from({ length: count }, () => "failed"));
    for (const { title, failureMessages } of all) {
      expect(failureMessages.join()).toContain("ConformanceError: violates ");
      expect(failureMessages.join()).toContain(title.split(" ")[0]);
    }
  });

  test("say what to do where no program is named", () => {
    const trace = loadTrace(join(folder, "irq/msi-message/MSI-IR-1-32e3e678.jsonl"));
    mkdirSync(join(consumer, "unnamed"));
    writeFileSync(join(consumer, "unnamed/one.test.ts"), toVitest(trace));
    const { status, results } = vitest("unnamed");
    expect(status).toBe(1);
    expect(results[0]?.assertionResults[0]?.failureMessages.join()).toContain(
      "found an empty command line, expected a program",
    );
  });
});

test("the example's page links to what is there", () => {
  const folder = join(root, "properties/examples/vitest");
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] as string);
  for (const link of links) expect(existsSync(join(folder, link)), link).toBe(true);
});
