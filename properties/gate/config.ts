/** `redbear-spec.toml`, the gate's configuration in a kernel repository. */
import * as t from "io-ts";
import type { Level } from "../../spec/core/clause.js";
import { InputError, parseJson } from "../../spec/core/decode.js";
import { boundedInt } from "../../spec/core/int.js";
import { decodeConfig } from "../input/load.js";
import type { AnySubsystem } from "../subsystem.js";
import { findSubsystem, refuseHardware } from "../systems.js";
import { globProblem, nearest, pathProblem } from "./paths.js";
import { checked, decodeToml, located, readToml, type TomlDocument, table } from "./toml.js";

/** Where the configuration lies in a kernel repository, unless told. */
export const CONFIG_FILE = "redbear-spec.toml";
/** Raised when a reader of the old form would misread the new one. */
export const CONFIG_VERSION = 1;

const DEFAULT_BUILD_TIMEOUT = 600;
const DEFAULT_ANSWER_TIMEOUT = 10;
const DEFAULT_HARNESS: readonly string[] = ["redbear-spec/**", CONFIG_FILE];
const DEFAULT_REGRESSIONS = "redbear-spec/regressions";
const DEFAULT_WAIVERS = "redbear-spec/waivers";

/** A configuration of a subsystem that stands in the place of its campaigns. */
export type NamedConfig = { readonly name: string; readonly value: unknown };

export type AreaConfig = {
  readonly subsystem: string;
  readonly level: Level;
  /** Globs of the files whose change touches the area. */
  readonly paths: readonly string[];
  /** Command line that starts the harness, in the root of the tree. */
  readonly run: string;
  /** Command line that builds it, its own or the gate's; absent: nothing to build. */
  readonly build?: string;
  /** Seconds that the harness may take to answer. */
  readonly timeout: number;
  readonly configs: readonly NamedConfig[];
  /** Commands that the harness must answer. */
  readonly requires: readonly string[];
  /** Observables that the harness must show. */
  readonly observes: readonly string[];
  /** Line of its table in the configuration. */
  readonly line: number;
};

export type GateConfig = {
  readonly file: string;
  readonly kernel: { readonly paths: readonly string[]; readonly ignore: readonly string[] };
  readonly gate: {
    readonly build?: string;
    /** Seconds. */
    readonly buildTimeout: number;
    /** Globs of the files that base takes from head. */
    readonly harness: readonly string[];
    /** Folders. */
    readonly regressions: string;
    readonly waivers: string;
    readonly seed?: number;
  };
  readonly areas: readonly AreaConfig[];
};

const Glob = checked(t.string, globProblem, "a glob");
const Path = checked(
  t.string,
  (path) => pathProblem(path.replace(/\/$/, "")),
  "a path in the repository",
);
const CommandLine = checked(
  t.string,
  (line) => (line.trim() === "" || line.includes("\0") ? "a command line" : undefined),
  "a command line",
);
const globs = t.readonlyArray(Glob, "a list of globs");
const someGlobs = checked(
  globs,
  (list) => (list.length === 0 ? "at least one glob" : undefined),
  "a list of globs",
);
const names = t.readonlyArray(t.string, "a list of names");
const level = t.union([t.literal("contract"), t.literal("linux")], '"contract" or "linux"');

const Area = table(
  { subsystem: t.string, level, paths: someGlobs, run: CommandLine },
  {
    build: CommandLine,
    timeout: boundedInt("seconds", 1, 3600),
    configs: t.readonlyArray(Path, "a list of paths"),
    requires: names,
    observes: names,
  },
  "an area",
);
type RawArea = t.TypeOf<typeof Area>;

const File = table(
  {
    version: t.literal(CONFIG_VERSION),
    // Not optional: without it a changed kernel file that no area claims would go by unseen.
    kernel: table({ paths: someGlobs }, { ignore: globs }, "a table, [kernel]"),
    area: checked(
      t.readonlyArray(Area, "a list of areas, [[area]]"),
      (list) => (list.length === 0 ? "at least one [[area]]" : undefined),
      "a list of areas, [[area]]",
    ),
  },
  {
    gate: table(
      {},
      {
        build: CommandLine,
        "build-timeout": boundedInt("seconds", 1, 86_400),
        harness: globs,
        regressions: Path,
        waivers: Path,
        seed: boundedInt("seed", 0, 0xffffffff),
      },
      "a table",
    ),
  },
  "a gate configuration",
);

/**
 * Reads a configuration. `readFile` gives the files that it names, from the same commit, and
 * throws InputError where there is none. Throws InputError with file, line, field, expectation.
 */
export const readGateConfig = (
  text: string,
  file: string,
  readFile: (relative: string) => string,
): GateConfig => {
  const document = readToml(text, file);
  const raw = decodeToml(File, document);
  const gate = raw.gate ?? {};
  const folder = (path: string): string => path.replace(/\/$/, "");
  return {
    file,
    kernel: { paths: raw.kernel.paths, ignore: raw.kernel.ignore ?? [] },
    gate: {
      ...(gate.build === undefined ? {} : { build: gate.build }),
      buildTimeout: gate["build-timeout"] ?? DEFAULT_BUILD_TIMEOUT,
      harness: gate.harness ?? DEFAULT_HARNESS,
      regressions: folder(gate.regressions ?? DEFAULT_REGRESSIONS),
      waivers: folder(gate.waivers ?? DEFAULT_WAIVERS),
      ...(gate.seed === undefined ? {} : { seed: gate.seed }),
    },
    areas: raw.area.map((area, i) => areaOf(area, i, raw.area, gate.build, document, readFile)),
  };
};

const areaOf = (
  raw: RawArea,
  i: number,
  all: readonly RawArea[],
  build: string | undefined,
  document: TomlDocument,
  readFile: (relative: string) => string,
): AreaConfig => {
  const at = `area.${i}`;
  const subsystem = subsystemOf(raw.subsystem, document, `${at}.subsystem`);
  const first = all.findIndex((other) => other.subsystem === raw.subsystem);
  if (first < i) {
    throw located(
      document,
      `${at}.subsystem`,
      `found "${raw.subsystem}" again, expected each subsystem once ` +
        `(first on line ${document.lineOf(`area.${first}.subsystem`)})`,
    );
  }
  checkNames(raw.requires ?? [], subsystem.commandKinds, "command", document, `${at}.requires`);
  checkNames(raw.observes ?? [], subsystem.observables, "observable", document, `${at}.observes`);
  const command = raw.build ?? build;
  return {
    subsystem: raw.subsystem,
    level: raw.level,
    paths: raw.paths,
    run: raw.run,
    ...(command === undefined ? {} : { build: command }),
    timeout: raw.timeout ?? DEFAULT_ANSWER_TIMEOUT,
    configs: (raw.configs ?? []).map((path, n) =>
      configOf(subsystem, raw.level, path, document, `${at}.configs.${n}`, readFile),
    ),
    requires: raw.requires ?? [],
    observes: raw.observes ?? [],
    line: document.lineOf(at),
  };
};

/** The subsystem that a field of a document names. Throws InputError at that field. */
export const subsystemOf = (path: string, document: TomlDocument, field: string): AnySubsystem => {
  try {
    const found = findSubsystem(path);
    refuseHardware(path, [found]);
    return found;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw located(document, field, error.message.replace(/^area: /, ""));
  }
};

const checkNames = (
  found: readonly string[],
  known: readonly string[],
  what: string,
  document: TomlDocument,
  field: string,
): void => {
  found.forEach((name, n) => {
    if (known.includes(name)) return;
    const meant = nearest(name, known);
    const expected =
      known.length === 0
        ? `no ${what}, since the subsystem has none`
        : meant === undefined
          ? `one of: ${known.join(", ")}`
          : `a ${what}; did you mean "${meant}"?`;
    throw located(document, `${field}.${n}`, `found ${JSON.stringify(name)}, expected ${expected}`);
  });
};

const configOf = (
  subsystem: AnySubsystem,
  level: Level,
  path: string,
  document: TomlDocument,
  field: string,
  readFile: (relative: string) => string,
): NamedConfig => {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw located(document, field, `found "${path}", which ${error.message.split(": ").at(-1)}`);
  }
  const value = decodeConfig(subsystem, parseJson(text, { file: path }), { file: path });
  const refused = subsystem.refusesLevel?.(value, level);
  if (refused !== undefined) {
    throw new InputError({ file: path, field: refused.field }, refused.problem);
  }
  return { name: path, value };
};
