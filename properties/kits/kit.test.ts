import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type * as t from "io-ts";
import { beforeAll, describe, expect, test } from "vitest";
import { subsystems } from "../catalogue.js";
import { RandomChoices } from "../engine/choices.js";
import { allocator } from "../irq/vector-matrix/allocator/subsystem.js";
import type { AnySubsystem } from "../subsystem.js";
import { StdioSystem } from "../sut/stdio.js";
import { FULL, long } from "../testing.js";
import {
  cargo,
  example,
  kit,
  missing,
  noStd,
  program,
  required,
  toolchains,
  why,
} from "./cargo.js";
import { generatedFiles, manifestOf } from "./generate/files.js";

const folder = join(kit, "src/generated");

test("the committed code is what `npm run generate` writes", () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const generated = generatedFiles();
  expect(files.sort()).toEqual([...generated.keys()].sort());
  for (const [path, text] of generated) {
    expect(readFileSync(join(folder, path), "utf8"), path).toBe(text);
  }
  const manifest = readFileSync(join(kit, "Cargo.toml"), "utf8");
  expect(manifest).toBe(manifestOf(manifest));
});

test("the page of the kit shows the harness and the session that are compiled", () => {
  const page = readFileSync(join(kit, "README.md"), "utf8");
  const blocks = [...page.matchAll(/```rust\n([\s\S]*?)```/g)].map((match) => match[1]);
  const documented = readFileSync(join(kit, "src/lib.rs"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("//!"))
    .map((line) => line.replace(/^\/\/! ?/, ""))
    .join("\n");
  expect(blocks[0]).toBe(readFileSync(join(example, "src/main.rs"), "utf8"));
  expect(documented).toContain(blocks[1]);
});

test("where tests run for good, cargo is there", () => {
  expect(missing && required, "cargo was not found: the Rust kit cannot be tested").toBe(false);
});

describe.skipIf(missing || !FULL)(`the crate${why}${long}`, () => {
  test.each(toolchains)("builds without a warning and passes its own tests: $name", (toolchain) => {
    for (const args of [
      ["test", "--features", "all"],
      ["build", "--no-default-features", "--features", "all"],
    ]) {
      const { ok, text } = cargo(kit, args, toolchain);
      expect(ok, text).toBe(true);
    }
    const { ok, text } = cargo(example, ["build", "--locked"], toolchain);
    expect(ok, text).toBe(true);
  });
  test("clippy has nothing to say, where it is there", () => {
    if (spawnSync("cargo", ["clippy", "--version"]).status !== 0) return;
    for (const [crate, features] of [
      [kit, ["--features", "all"]],
      [example, []],
    ] as const) {
      const { ok, text } = cargo(crate, ["clippy", "--all-targets", ...features]);
      expect(ok, text).toBe(true);
    }
  });
});

/** Before Rust 1.68 a stable compiler has no default for memory that runs out. */
const modern = (): boolean => {
  const [major, minor] = (toolchains[0]?.name ?? "0.0").split(".").map(Number) as [number, number];
  return major > 1 || minor >= 68;
};
const cc = spawnSync("cc", ["--version"]).status === 0;

describe.skipIf(missing || !FULL || !modern() || !cc)(`inside a kernel${why}${long}`, () => {
  test("without std the kit answers as any other system", async () => {
    const { ok, text } = cargo(noStd, ["build", "--locked"]);
    expect(ok, text).toBe(true);
    const library = program("debug/libkernel_harness.a").slice(1, -1);
    const binary = `${library.slice(0, -2)}.elf`;
    const link = ["-Wall", "-Wextra", "-Werror", join(noStd, "main.c"), library, "-o", binary];
    const linked = spawnSync("cc", link, { encoding: "utf8" });
    expect(linked.stderr).toBe("");
    const system = await StdioSystem.start(`"${binary}"`, allocator);
    await system.configure(allocator.faultConfig);
    const { responses, fault } = await system.batch(Array(300).fill({ kind: "reserve" }));
    expect({ fault, responses }).toEqual({
      fault: undefined,
      responses: Array(300).fill({ kind: "done" }),
    });
    await system.close();
  });
});

/** Configurations, commands and answers of a walk of the reference, as JSON, each once. */
const walk = (subsystem: AnySubsystem, commands: number): Record<string, Set<string>> => {
  const { codecs, model, generator } = subsystem;
  const seen = {
    config: new Set<string>(),
    command: new Set<string>(),
    response: new Set<string>(),
  };
  const choices = new RandomChoices(0x5eed);
  const weights = new Map(Object.entries(generator.weights).map(([kind]) => [kind, 1]));
  const json = (codec: t.Mixed, value: unknown): string => JSON.stringify(codec.encode(value));
  for (const { config, level } of subsystem.campaigns) {
    seen.config.add(json(codecs.config, config));
    let state = model.init(config);
    for (let n = 0; n < commands; n++) {
      const view = model.view(config, state);
      const command = generator.draw(choices, { config, level, view, weights });
      seen.command.add(json(codecs.command, command));
      if (!generator.enabled(config, level, view, command)) continue;
      const next = model.step(config, state, command);
      seen.response.add(json(codecs.response, next.response));
      state = next.state;
    }
  }
  return seen;
};

const SUBSTITUTES: readonly unknown[] = [
  ...[-1, 0, 1.5, 256, 8192, 65536, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 31) - 1],
  ...["", "x", "0x0", "0xFF", "EINVAL", "msi", null, true, [], [0], [null], [[0]], {}],
];

/** The value with one part replaced, left out, or added. */
function* mutants(value: unknown): Generator<unknown> {
  yield* SUBSTITUTES;
  if (Array.isArray(value)) {
    for (const item of value.slice(0, 2)) {
      for (const other of mutants(item)) yield value.map((old) => (old === item ? other : old));
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      const { [key]: _gone, ...rest } = value as Record<string, unknown>;
      yield rest;
      for (const other of mutants(part)) yield { ...value, [key]: other };
    }
  }
}

describe.skipIf(missing || !FULL)(`generated code against the codecs${why}${long}`, () => {
  beforeAll(() => {
    const { ok, text } = cargo(kit, ["build", "--release", "--examples", "--features", "all"]);
    expect(ok, text).toBe(true);
  });
  const echo = (path: string, what: string, lines: readonly string[]): string[] => {
    const command = `${program("release/examples/echo")} ${path} ${what}`;
    const input = `${lines.join("\n")}\n`;
    const run = spawnSync(command, { shell: true, input, encoding: "utf8", maxBuffer: 1 << 30 });
    expect(run.stderr).toBe("");
    return run.stdout.trimEnd().split("\n");
  };

  describe.each(subsystems)("$path", (subsystem) => {
    const seen = walk(subsystem, 400);
    test.each(["config", "command", "response"] as const)("%s", (what) => {
      const lines = [...(seen[what] as Set<string>)];
      // Every value as it is: answers come back as the suite writes them.
      const echoed = echo(subsystem.path, what, lines);
      const expected = { config: () => "read", command: kindOf, response: (line: string) => line };
      expect(echoed).toEqual(lines.map(expected[what]));
      // Wrong values are refused where the codec refuses them. One value a kind, and its mutants.
      const codec = subsystem.codecs[what] as t.Mixed;
      const one = new Map(lines.map((line) => [what === "config" ? line : kindOf(line), line]));
      const wrong = [...one.values()].flatMap((line) => [
        ...new Set([...mutants(JSON.parse(line))].map((value) => JSON.stringify(value))),
      ]);
      const admitted = (line: string): boolean => codec.decode(JSON.parse(line))._tag === "Right";
      const verdicts = echo(subsystem.path, what, wrong).map((text) => !text.startsWith("error: "));
      const parted = wrong.filter((line, i) => admitted(line) !== verdicts[i]);
      expect(parted.slice(0, 5)).toEqual([]);
      expect(verdicts.filter((taken) => !taken).length).toBeGreaterThan(50);
    });
  });
});

const kindOf = (line: string): string => (JSON.parse(line) as { kind: string }).kind;
