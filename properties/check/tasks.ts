/** Pieces of work that a check is cut into; each can run on any worker. */
import type { Level } from "../../spec/core/clause.js";
import { type ExploreResult, explore } from "../engine/explore.js";
import { scopeOf } from "../engine/judge.js";
import { type RandomOptions, type RandomResult, runRandom } from "../engine/random.js";
import { findSubsystem, systemByName } from "../systems.js";

/** Runs [first, first + runs) of a campaign. Plain data, so that it can go to a worker. */
export type RandomTask = {
  readonly kind: "random";
  readonly path: string;
  readonly level: Level;
  readonly config: unknown;
  readonly system: string;
  readonly seed: number;
  readonly first: number;
  readonly runs: number;
  readonly length: number;
  readonly subset?: readonly string[];
  /** Judge these clauses alone. */
  readonly only?: readonly string[];
  readonly stop?: boolean;
};

/** Exploration number `index` of a subsystem. */
export type ExploreTask = {
  readonly kind: "explore";
  readonly path: string;
  readonly index: number;
};

export type Task = RandomTask | ExploreTask;
export type TaskResult = RandomResult | ExploreResult;

export const judgedClauses = (task: Pick<RandomTask, "path" | "level" | "only">) => {
  const subsystem = findSubsystem(task.path);
  const { judged } = scopeOf(subsystem.clauses, task.level, subsystem.observables);
  const { only } = task;
  return only === undefined ? judged : judged.filter((clause) => only.includes(clause.id));
};

export const performTask = (task: Task): TaskResult => {
  const subsystem = findSubsystem(task.path);
  if (task.kind === "explore") {
    const exploration = subsystem.explorations[task.index];
    if (exploration === undefined) throw new Error(`no exploration ${task.index} in ${task.path}`);
    const { leftOut, ...rest } = exploration;
    return explore({
      subsystem,
      ...rest,
      clauses: judgedClauses({ path: task.path, level: exploration.level }),
      commands: exploration.commands(exploration.config),
      ...(leftOut === undefined ? {} : { leftOut: leftOut.when }),
    });
  }
  return runRandom(randomOptions(task));
};

/** What the random engine needs for a task. */
export const randomOptions = (task: RandomTask): RandomOptions => {
  const { system: name, ...rest } = task;
  const subsystem = findSubsystem(task.path);
  const system = systemByName(subsystem, task.config, name);
  return {
    ...rest,
    subsystem,
    clauses: judgedClauses(task),
    ...(system === undefined ? {} : { system }),
  };
};
