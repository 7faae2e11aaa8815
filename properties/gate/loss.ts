/** What the head's configuration and files promise less of than the base's. */
import { blocker } from "./blockers.js";
import type { AreaConfig, GateConfig } from "./config.js";
import { below, matcher } from "./paths.js";
import type { Blocker, ChangedFile } from "./report.js";
import { GATE_LOST_REGRESSION, GATE_WEAKER_CONFIG } from "./rules.js";

/** Files that the base's configuration claims for an area and the head's does not, at most. */
const SHOWN_FILES = 3;

const missing = (before: readonly string[], after: readonly string[]): string[] =>
  before.filter((name) => !after.includes(name));

const quoted = (names: readonly string[]): string => {
  const shown = names.slice(0, SHOWN_FILES).map((name) => JSON.stringify(name));
  const more = names.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
};

/** What an area asks less of at head than at base, as texts. */
const weakerArea = (base: AreaConfig, head: AreaConfig, files: readonly string[]): string[] => {
  const out: string[] = [];
  if (base.level === "linux" && head.level === "contract") {
    out.push("its level falls from linux to contract");
  }
  const requires = missing(base.requires, head.requires);
  if (requires.length > 0) out.push(`commands no longer required: ${requires.join(", ")}`);
  const observes = missing(base.observes, head.observes);
  if (observes.length > 0) out.push(`observables no longer required: ${observes.join(", ")}`);
  const configs = missing(
    base.configs.map((config) => config.name),
    head.configs.map((config) => config.name),
  );
  if (configs.length > 0) out.push(`configurations left out: ${quoted(configs)}`);
  const claimed = matcher(base.paths);
  const claims = matcher(head.paths);
  const given = files.filter((file) => claimed(file) && !claims(file));
  if (given.length > 0) out.push(`no longer claims ${quoted(given)}`);
  return out;
};

/** What a configuration asks less of, each as area (none: all) and text. */
export const weakerConfig = (
  base: GateConfig,
  head: GateConfig,
  /** Files of the head's tree: a claim on a file that is gone is no loss. */
  files: readonly string[],
): { readonly area?: string; readonly text: string }[] => {
  const out: { area?: string; text: string }[] = [];
  for (const before of base.areas) {
    const area = before.subsystem;
    const after = head.areas.find((a) => a.subsystem === area);
    if (after === undefined) out.push({ area, text: "the area is left out" });
    else for (const text of weakerArea(before, after, files)) out.push({ area, text });
  }
  const kernel = (config: GateConfig) => {
    const claimed = matcher(config.kernel.paths);
    const ignored = matcher(config.kernel.ignore);
    return (file: string): boolean => claimed(file) && !ignored(file);
  };
  const was = kernel(base);
  const is = kernel(head);
  const given = files.filter((file) => was(file) && !is(file));
  if (given.length > 0) out.push({ text: `no longer kernel code: ${quoted(given)}` });
  return out;
};

export const configBlockers = (
  base: GateConfig | undefined,
  head: GateConfig,
  files: readonly string[],
): Blocker[] =>
  base === undefined
    ? []
    : weakerConfig(base, head, files).map(({ area, text }) =>
        blocker(GATE_WEAKER_CONFIG, text, {
          file: head.file,
          ...(area === undefined ? {} : { area }),
        }),
      );

/** Regression traces that the change deletes, or moves out of their folder. */
export const deletedRegressions = (
  files: readonly ChangedFile[],
  base: GateConfig,
  head: GateConfig,
): string[] => {
  const was = (path: string): boolean =>
    below(base.gate.regressions, path) && path.endsWith(".jsonl");
  const is = (path: string): boolean =>
    below(head.gate.regressions, path) && path.endsWith(".jsonl");
  return files.flatMap((file) => {
    if (file.status === "deleted") return was(file.path) ? [file.path] : [];
    if (file.status !== "renamed" || file.from === undefined) return [];
    return was(file.from) && !is(file.path) ? [file.from] : [];
  });
};

export const regressionBlockers = (deleted: readonly string[]): Blocker[] =>
  deleted.map((file) =>
    blocker(GATE_LOST_REGRESSION, `the trace is deleted: ${JSON.stringify(file)}`, { file }),
  );
