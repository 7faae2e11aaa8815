import { describe, expect, it } from "vitest";
import { InputError } from "../../spec/core/decode.js";
import { subsystems } from "../catalogue.js";
import { readGateConfig } from "./config.js";
import { CONFIG } from "./fixtures/repository.js";

const none = (path: string): string => {
  throw new InputError({ file: path }, "is not there");
};
const KERNEL = '[kernel]\npaths = ["kernel/**"]\n';
/** With the table that every configuration needs, at its end, where no line moves. */
const read = (text: string, readFile = none) => {
  const whole = text.includes("[kernel]") ? text : `${text}${KERNEL}`;
  return readGateConfig(whole, "redbear-spec.toml", readFile);
};
const complaint = (text: string, readFile = none): string => {
  try {
    read(text, readFile);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).not.toContain("\n");
    return (error as Error).message.replace(/^redbear-spec\.toml:/, "");
  }
  return "";
};
const AREA = `[[area]]
subsystem = "irq/vector-matrix/allocator"
level = "contract"
paths = ["kernel/src/irq/vector*.rs"]
run = "run"
`;
const V = "version = 1\n";

describe("redbear-spec.toml", () => {
  it("fills in what is left out", () => {
    expect(read(V + AREA)).toEqual({
      file: "redbear-spec.toml",
      kernel: { paths: ["kernel/**"], ignore: [] },
      gate: {
        buildTimeout: 600,
        harness: ["redbear-spec/**", "redbear-spec.toml"],
        regressions: "redbear-spec/regressions",
        waivers: "redbear-spec/waivers",
      },
      areas: [
        {
          subsystem: "irq/vector-matrix/allocator",
          level: "contract",
          paths: ["kernel/src/irq/vector*.rs"],
          run: "run",
          timeout: 10,
          configs: [],
          requires: [],
          observes: [],
          line: 2,
        },
      ],
    });
  });

  it("reads everything that there is, and an area's own build before the gate's", () => {
    const allocator = subsystems.find((s) => s.path === "irq/vector-matrix/allocator");
    const value = allocator?.campaigns[0]?.config;
    const text = `${V}[kernel]
paths = ["kernel/**"]
ignore = ["**/*.md"]
[gate]
build = "make"
build-timeout = 5
harness = ["h/**"]
regressions = "r/"
waivers = "w"
seed = 0x5eed1234
${AREA}build = "make vectors"
timeout = 3
configs = ["c/big.json"]
requires = ["alloc", "free"]
observes = ["maps"]
[[area]]
subsystem = "irq/msi-message"
level = "linux"
paths = ["kernel/{msi,x}.rs"]
run = "other"
`;
    const config = read(text, (path) =>
      path === "c/big.json" ? JSON.stringify(value) : none(path),
    );
    expect(config.gate).toEqual({
      build: "make",
      buildTimeout: 5,
      harness: ["h/**"],
      regressions: "r",
      waivers: "w",
      seed: 0x5eed1234,
    });
    expect(config.kernel).toEqual({ paths: ["kernel/**"], ignore: ["**/*.md"] });
    expect(config.areas[0]).toMatchObject({
      build: "make vectors",
      timeout: 3,
      configs: [{ name: "c/big.json", value }],
      requires: ["alloc", "free"],
      observes: ["maps"],
    });
    expect(config.areas[1]).toMatchObject({ build: "make", level: "linux" });
    expect(read(CONFIG).areas.map((area) => area.line)).toEqual([10, 16]);
  });

  const wrong: readonly (readonly [string, string, string])[] = [
    ["no TOML", "version = 1\nversion = 2\n", "2: column 1: not TOML: "],
    ["an open string", 'version = 1\n[gate]\nbuild = "x\n', "3: column 11: not TOML: "],
    ["another version", `version = 2\n${AREA}`, "1: field version: found 2, expected 1"],
    ["no version", AREA, "1: field version: found nothing, expected 1"],
    [
      "no kernel",
      `${V}# no [kernel]\n${AREA}`,
      "1: field kernel: found nothing, expected a table, [kernel]",
    ],
    ["no area", V, "1: field area: found nothing, expected a list of areas, [[area]]"],
    ["area = []", `${V}area = []\n`, "2: field area: found [], expected at least one [[area]]"],
    [
      "a misspelt field",
      `${V}${AREA}\ntimeuot = 3\n`,
      '8: field area.0.timeuot: found 3, expected no such field; did you mean "timeout"?',
    ],
    [
      "an unknown table",
      `${V}[gates]\n${AREA}`,
      '2: field gates: found {}, expected no such field; did you mean "gate"?',
    ],
    [
      "something else",
      `${V}"\\u001b[31m" = 1\n${AREA}`,
      "2: field ?[31m: found 1, expected one of the fields version, kernel, area, gate",
    ],
    [
      "a missing field",
      `${V}${AREA}[[area]]\nlevel = "linux"\n`,
      "7: field area.1.subsystem: found nothing, expected string",
    ],
    [
      "a level",
      `${V}${AREA.replace('"contract"', '"strict"')}`,
      '4: field area.0.level: found "strict", expected "contract" or "linux"',
    ],
    [
      "a timeout",
      `${V}${AREA}timeout = 0\n`,
      "7: field area.0.timeout: found 0, expected seconds, a whole number 1..3600",
    ],
    [
      "a date for a number",
      `${V}${AREA}timeout = 2026-01-01\n`,
      '7: field area.0.timeout: found "2026-01-01", expected seconds, a whole number 1..3600',
    ],
    [
      "an unknown subsystem",
      `${V}${AREA.replace("vector-matrix/all", "vector-matrix/All")}`,
      '3: field area.0.subsystem: found "irq/vector-matrix/Allocator", expected one of: ',
    ],
    [
      "the hardware",
      `${V}${AREA.replace("irq/vector-matrix/allocator", "hardware/machine")}`,
      '3: field area.0.subsystem: found "hardware/machine", which is the hardware, expected ' +
        "code of a kernel: irq/",
    ],
    [
      "a subsystem twice",
      `${V}${AREA}${AREA}`,
      '8: field area.1.subsystem: found "irq/vector-matrix/allocator" again, ' +
        "expected each subsystem once (first on line 3)",
    ],
    [
      "an absolute path",
      `${V}[gate]\nwaivers = "/w"\n${AREA}`,
      '3: field gate.waivers: found "/w", expected a path relative to the root of the repository',
    ],
    [
      "a path that leads out",
      `${V}[kernel]\npaths = [\n  "kernel/**", # all\n  "a/../../b",\n]\n${AREA}`,
      '5: field kernel.paths.1: found "a/../../b", expected a path that stays inside the repository',
    ],
    [
      "a glob that is open",
      `${V}${AREA.replace("vector*.rs", "vector[.rs")}`,
      '5: field area.0.paths.0: found "kernel/src/irq/vector[.rs", ' +
        "expected a glob with its brackets closed",
    ],
    [
      "a negated glob",
      `${V}${AREA.replace("kernel/src", "!kernel/src")}`,
      '5: field area.0.paths.0: found "!kernel/src/irq/vector*.rs", ' +
        "expected a glob without negation; use kernel.ignore",
    ],
    [
      "no command",
      `${V}${AREA.replace('"run"', '"  "')}`,
      '6: field area.0.run: found "  ", expected a command line',
    ],
    [
      "an unknown command of the subsystem",
      `${V}${AREA}requires = ["alloc", "fre"]\n`,
      '7: field area.0.requires.1: found "fre", expected a command; did you mean "free"?',
    ],
    [
      "a configuration that is not there",
      `${V}${AREA}configs = ["a.json"]\n`,
      '7: field area.0.configs.0: found "a.json", which is not there',
    ],
    [
      "a seed",
      `${V}gate = { seed = -1 }\n${AREA}`,
      "2: field gate.seed: found -1, expected seed, a whole number 0..4294967295",
    ],
    [
      "a dotted key",
      `${V}gate.harness = [\n"a",\n"/b" ]\n${AREA}`,
      '4: field gate.harness.1: found "/b", expected a path relative to the root of the repository',
    ],
    ["a table for a text", `${V}${AREA.replace('"run"', "{}")}`, "6: field area.0.run: found {}, "],
  ];
  it.each(wrong)("names line, field, found and expected: %s", (_name, text, message) => {
    expect(complaint(text).slice(0, message.length)).toBe(message);
  });

  it("checks the configurations that it names", () => {
    const text = `${V}${AREA}configs = ["c.json"]\n`;
    expect(complaint(text, () => "{")).toBe('c.json: found "{", expected one JSON value');
    expect(complaint(text, () => "{}")).toMatch(/^c\.json: field \w+: found nothing, expected /);
  });
});
