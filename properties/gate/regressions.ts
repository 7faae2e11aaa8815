/** Regression traces that both builds are run on: the head's, and those of the base as they were. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Level } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import { loadTrace } from "../input/load.js";
import { packageRoot } from "../root.js";
import { onDisk } from "./cache.js";
import type { GateConfig } from "./config.js";
import type { NamedTrace } from "./job.js";
import { below } from "./paths.js";
import { listFiles, type Repo, readEntry } from "./repo.js";

export type Regression = NamedTrace & { readonly subsystem: string; readonly level: Level };

const isTrace = (config: GateConfig, path: string): boolean =>
  below(config.gate.regressions, path) && path.endsWith(".jsonl");

/** Takes the traces out of the commits. Throws InputError, with its name, for one that is none. */
export const readRegressions = (
  repo: Repo,
  base: { readonly commit: string; readonly config: GateConfig | undefined },
  head: { readonly commit: string; readonly config: GateConfig },
): Regression[] => {
  const folder = join(repo.runDir, "regressions");
  onDisk(repo.runDir, () => mkdirSync(folder, { recursive: true }));
  const out: Regression[] = [];
  const seen = new Set<string>();
  const take = (commit: string, config: GateConfig, suffix: string): void => {
    for (const entry of listFiles(repo, commit, config.gate.regressions)) {
      if (!isTrace(config, entry.path) || seen.has(entry.object)) continue;
      seen.add(entry.object);
      const text = readEntry(repo, entry);
      const file = join(folder, `${out.length}.jsonl`);
      onDisk(repo.runDir, () => writeFileSync(file, text));
      const name = `${entry.path}${suffix}`;
      out.push({ ...kindOf(file, name), name, file });
    }
  };
  take(head.commit, head.config, "");
  // A trace that the change deletes or rewrites still has its say.
  if (base.config !== undefined) take(base.commit, base.config, " (at base)");
  return out;
};

/** A trace's subsystem and level; complaints name it as people know it. */
const kindOf = (file: string, name: string): { subsystem: string; level: Level } => {
  try {
    const trace = loadTrace(file);
    return { subsystem: trace.subsystem.path, level: trace.level };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      { ...error.where, file: name },
      error.message.replace(/^.*?jsonl:?\d* ?/, ""),
    );
  }
};

/** The counterexamples that this package brings along, for a subsystem at a level. */
export const ownRegressions = (subsystem: string, level: Level): NamedTrace[] => {
  const folder = join(packageRoot(), "traces", "regressions", subsystem);
  let names: string[];
  try {
    names = readdirSync(folder)
      .filter((name) => name.endsWith(".jsonl"))
      .sort();
  } catch {
    return [];
  }
  return names
    .map((name) => ({ name: `redbear-spec:${subsystem}/${name}`, file: join(folder, name) }))
    .filter((trace) => level === "linux" || loadTrace(trace.file).level === "contract");
};
