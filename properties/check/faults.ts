/** Whether every judged clause catches the fault seeded for it: the judge judged. */
import { type Level, levels } from "../../spec/core/clause.js";
import { scopeOf } from "../engine/judge.js";
import { commandsOfRun, runRandom } from "../engine/random.js";
import { replayLocal, symbolic } from "../engine/replay.js";
import { shrink } from "../engine/shrink.js";
import type { AnySubsystem } from "../subsystem.js";
import { systemByName } from "../systems.js";
import { type RandomTask, randomOptions } from "./tasks.js";

/** Runs tried per fault, and commands in each. */
const RUNS = 768;
const LENGTH = 60;

export type FaultReport = {
  readonly subsystem: string;
  readonly fault: string;
  readonly title: string;
  readonly clause: string;
  readonly level: Level;
  readonly caught: boolean;
  /** Run that caught it, and commands until then. */
  readonly run?: number;
  readonly found?: number;
  /** Commands of the shrunk counterexample. */
  readonly length?: number;
  readonly commands?: readonly string[];
  /** Clauses that broke at the same command with everything judged. */
  readonly first?: readonly string[];
};

export type FaultsReport = {
  readonly seed: number;
  readonly faults: readonly FaultReport[];
  /** Judged clauses without any seeded fault. */
  readonly missing: readonly string[];
};

const task = (
  subsystem: AnySubsystem,
  fault: AnySubsystem["faults"][number],
  seed: number,
): RandomTask => ({
  kind: "random",
  path: subsystem.path,
  level: fault.level,
  config: fault.config ?? subsystem.faultConfig,
  system: `fault:${fault.name}`,
  seed,
  first: 0,
  runs: RUNS,
  length: LENGTH,
  stop: true,
});

/** Whether the fault's own clause, judged alone, catches it. */
export const showsFault = (
  subsystem: AnySubsystem,
  fault: AnySubsystem["faults"][number],
  seed: number,
): boolean => {
  const options = randomOptions({ ...task(subsystem, fault, seed), only: [fault.clause] });
  const result = runRandom(options);
  // A witness cannot be broken; the fault shows in that it is never reached.
  return options.clauses[0]?.kind === "witness"
    ? result.exercised[0] === 0
    : result.finds.length > 0;
};

export const tryFault = async (
  subsystem: AnySubsystem,
  fault: AnySubsystem["faults"][number],
  seed: number,
): Promise<FaultReport> => {
  const base = {
    subsystem: subsystem.path,
    fault: fault.name,
    title: fault.title,
    clause: fault.clause,
    level: fault.level,
  };
  const all = task(subsystem, fault, seed);
  const alone: RandomTask = { ...all, only: [fault.clause] };
  const options = randomOptions(alone);
  const clause = options.clauses[0];
  const result = runRandom(options);
  const find = result.finds[0];
  const first = runRandom(randomOptions(all)).finds[0]?.clauses;
  if (clause?.kind === "witness") {
    // A witness cannot be broken; the fault shows in that it is never reached.
    return { ...base, caught: result.exercised[0] === 0, ...(first ? { first } : {}) };
  }
  if (find === undefined) return { ...base, caught: false, ...(first ? { first } : {}) };
  const { config } = alone;
  const replay = (commands: readonly unknown[]) =>
    replayLocal(
      subsystem,
      config,
      fault.level,
      options.clauses,
      commands,
      systemByName(subsystem, config, all.system),
    );
  const found = commandsOfRun(options, find.run);
  const named = symbolic(subsystem, replay(found).steps);
  const shrunk = await shrink(subsystem, fault.clause, named, async (commands) => {
    const run = replay(commands);
    if (run.clauses.length === 0) return undefined;
    return { kept: run.steps.map((step) => step.index), clauses: run.clauses };
  });
  const again = replay(shrunk.commands);
  return {
    ...base,
    caught: again.clauses.includes(fault.clause),
    run: find.run,
    found: find.commands,
    length: again.steps.length,
    commands: again.steps.map((step) => subsystem.commandText(step.command)),
    ...(first === undefined ? {} : { first }),
  };
};

/** Judged clauses, at any level, that no fault names. */
export const clausesWithoutFault = (subsystem: AnySubsystem): string[] => {
  const named = new Set(subsystem.faults.map((fault) => fault.clause));
  const judged = levels.flatMap(
    (level) => scopeOf(subsystem.clauses, level, subsystem.observables).judged,
  );
  return [...new Set(judged.map((clause) => clause.id))].filter((id) => !named.has(id));
};

export const tryFaults = async (
  subsystems: readonly AnySubsystem[],
  seed: number,
  progress: (done: number, total: number) => void = () => {},
): Promise<FaultsReport> => {
  const total = subsystems.reduce((n, subsystem) => n + subsystem.faults.length, 0);
  const faults: FaultReport[] = [];
  for (const subsystem of subsystems) {
    for (const fault of subsystem.faults) {
      faults.push(await tryFault(subsystem, fault, seed));
      progress(faults.length, total);
    }
  }
  return { seed, faults, missing: subsystems.flatMap(clausesWithoutFault) };
};
