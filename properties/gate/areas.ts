/** Which areas a change touches, and so what is judged. */
import { isLeft } from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { parse } from "smol-toml";
import { firstNames } from "../report/names.js";
import { type AreaConfig, CONFIG_FILE, type GateConfig } from "./config.js";
import { below, matcher, type PathTest } from "./paths.js";
import type { ChangedFile } from "./report.js";

/** A changed file before it is known whose it is. */
export type Change = Omit<ChangedFile, "areas" | "role">;

/** Text of a file at one end of the change; undefined where it is not there. */
export type ReadSide = (side: "base" | "head", path: string) => string | undefined;

export type TouchedArea = {
  readonly area: AreaConfig;
  /** For people: the files that it claims, or what else brought it in. */
  readonly because: string;
  /** False: judged only because nobody knows what an unmapped file may break. */
  readonly touched: boolean;
};

export type Touched = {
  readonly areas: readonly TouchedArea[];
  readonly warnings: readonly string[];
};

/** Files named in a reason; the rest are counted. */
const NAMED = 3;

type Role = ChangedFile["role"];

/** Says of every changed file what it is and which areas claim it. */
export const assignAreas = (
  changes: readonly Change[],
  config: GateConfig,
  read: ReadSide,
): ChangedFile[] => {
  const known = config.areas.map((area) => area.subsystem);
  const claims = config.areas.map((area) => ({ area, test: matcher(area.paths) }));
  const kernel = matcher(config.kernel.paths);
  const ignored = matcher(config.kernel.ignore);
  const harness = matcher(config.gate.harness);
  const claimed = (paths: readonly string[]): string[] =>
    claims
      .filter(({ test }) => paths.some((path) => !ignored(path) && test(path)))
      .map(({ area }) => area.subsystem);

  return changes.map((change): ChangedFile => {
    // A renamed file counts by both names: it may have left an area.
    const paths = change.from === undefined ? [change.path] : [change.from, change.path];
    const special = paths.map((path) => specialRole(path, config, harness));
    const role = special.find((r) => r !== undefined);
    if (role !== undefined) {
      const concerned = [...own(change, role, config, read), ...claimed(paths)];
      return { ...change, role, areas: known.filter((area) => concerned.includes(area)) };
    }
    const areas = claimed(paths);
    return {
      ...change,
      areas,
      role: areas.length > 0 ? "kernel" : unclaimed(paths, kernel, ignored),
    };
  });
};

const unclaimed = (paths: readonly string[], kernel: PathTest, ignored: PathTest): Role =>
  paths.some((path) => kernel(path) && !ignored(path)) ? "unmapped" : "other";

const specialRole = (path: string, config: GateConfig, harness: PathTest): Role | undefined => {
  if (path === CONFIG_FILE || path === config.file) return "configuration";
  if (config.areas.some((area) => area.configs.some((c) => c.name === path)))
    return "configuration";
  if (below(config.gate.regressions, path) && path.endsWith(".jsonl")) return "regression";
  if (below(config.gate.waivers, path) && path.endsWith(".toml")) return "waiver";
  return harness(path) ? "harness" : undefined;
};

/** Areas that a file of the gate's own speaks of: the one it names, or all. */
const own = (change: Change, role: Role, config: GateConfig, read: ReadSide): string[] => {
  const all = config.areas.map((area) => area.subsystem);
  if (role === "harness") return all;
  if (role === "configuration") {
    const using = config.areas
      .filter((area) => area.configs.some((c) => c.name === change.path || c.name === change.from))
      .map((area) => area.subsystem);
    return using.length > 0 ? using : all;
  }
  const texts = [read("head", change.path), read("base", change.from ?? change.path)];
  const named = texts.flatMap((text) => {
    const area = text === undefined ? undefined : areaNamed(text, role);
    return area === undefined ? [] : [area];
  });
  return all.filter((subsystem) => named.includes(subsystem));
};

const Named = t.partial({ subsystem: t.unknown, area: t.unknown });

/** The area that a trace's header or a waiver names; its other faults are found when it is used. */
const areaNamed = (text: string, role: Role): string | undefined => {
  try {
    const head = text.slice(0, text.indexOf("\n") < 0 ? text.length : text.indexOf("\n"));
    const value = Named.decode(role === "waiver" ? parse(text) : JSON.parse(head));
    if (isLeft(value)) return undefined;
    const area = role === "waiver" ? value.right.area : value.right.subsystem;
    return typeof area === "string" ? area : undefined;
  } catch {
    return undefined;
  }
};

/** The areas to be judged, in the order of the configuration, each with the reason. */
export const touchedAreas = (files: readonly ChangedFile[], config: GateConfig): Touched => {
  const unmapped = files.filter((file) => file.role === "unmapped").map(nameOf);
  const warnings =
    unmapped.length === 0
      ? []
      : [
          `no area claims ${listed(unmapped)}: every area is judged; ` +
            `name ${unmapped.length === 1 ? "it" : "them"} in the paths of an area, or in ` +
            "kernel.ignore",
        ];
  const areas = config.areas.flatMap((area): TouchedArea[] => {
    const mine = files.filter((file) => file.areas.includes(area.subsystem));
    const reasons = reasonsOf(mine);
    if (reasons.length > 0) return [{ area, because: reasons.join("; "), touched: true }];
    if (unmapped.length === 0) return [];
    return [{ area, because: `no area claims ${listed(unmapped)}`, touched: false }];
  });
  return { areas, warnings };
};

const reasonsOf = (files: readonly ChangedFile[]): string[] => {
  const said: readonly (readonly [Role, string])[] = [
    ["kernel", "changes"],
    ["harness", "changes the harness:"],
    ["configuration", "changes the configuration:"],
    ["regression", "changes a regression:"],
    ["waiver", "changes a waiver:"],
  ];
  return said.flatMap(([role, verb]) => {
    const names = files.filter((file) => file.role === role).map(nameOf);
    return names.length === 0 ? [] : [`${verb} ${listed(names)}`];
  });
};

const nameOf = (file: ChangedFile): string =>
  file.from === undefined ? file.path : `${file.from} (now ${file.path})`;

const listed = (names: readonly string[]): string => firstNames(names, NAMED);
