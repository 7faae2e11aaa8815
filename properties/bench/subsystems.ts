/** The subsystems of the catalogue: stepping, random campaigns, exhaustive searches. */
import type { AnyTransition, JudgedClause, Level } from "../../spec/core/clause.js";
import { type ExploreResult, explore, symmetryRefusal } from "../engine/explore.js";
import { scopeOf } from "../engine/judge.js";
import { commandsOfRun, type RandomOptions, runRandom } from "../engine/random.js";
import { PackedStepper, ReadableStepper, type Stepper } from "../engine/stepper.js";
import type { AnySubsystem, Campaign, Exploration } from "../subsystem.js";
import { type Row, rate, sample, short, sideBySide } from "./measure.js";

const SEED = 1;
/** Commands of one measured piece of a campaign, about. */
const PIECE = 20_000;
/** Searches stop here, so that a benchmark takes seconds: packed models, and readable ones. */
const MAX_STATES = 100_000;
const MAX_READABLE_STATES = 5_000;
/** A search that takes longer than this, in seconds, is warm by its end and not repeated. */
const WARM = 1;

export const judgedClauses = (
  subsystem: AnySubsystem,
  level: Level,
): readonly JudgedClause<AnyTransition>[] =>
  scopeOf(subsystem.clauses, level, subsystem.observables).judged;

const optionsOf = (subsystem: AnySubsystem, campaign: Campaign<unknown>): RandomOptions => ({
  subsystem,
  config: campaign.config,
  level: campaign.level,
  clauses: judgedClauses(subsystem, campaign.level),
  seed: SEED,
  first: 0,
  runs: Math.max(1, Math.round(PIECE / campaign.length)),
  length: campaign.length,
});

/** Steps through recorded commands; answers how many. */
const walk = (
  stepper: Stepper<unknown, unknown, unknown>,
  commands: readonly unknown[],
): number => {
  stepper.reset();
  for (const command of commands) {
    stepper.commit();
    stepper.apply(command);
  }
  return commands.length;
};

const stepping = async (subsystem: AnySubsystem, campaign: Campaign<unknown>): Promise<Row[]> => {
  const { config, name } = campaign;
  const commands = commandsOfRun(optionsOf(subsystem, campaign), 0);
  const readable = new ReadableStepper<unknown, unknown, unknown, unknown, unknown>(
    subsystem.model,
    config,
  );
  if (subsystem.packed === undefined) {
    const steps = await rate(() => walk(readable, commands), 3);
    return [{ figure: `readable steps/s, ${name}`, value: short(steps), note: "no packed twin" }];
  }
  const packed = new PackedStepper<unknown, unknown, unknown>(subsystem.packed(config));
  const both = await sideBySide(
    () => walk(packed, commands),
    () => walk(readable, commands),
  );
  return [
    { figure: `readable steps/s, ${name}`, value: short(both.second), note: "" },
    {
      figure: `packed steps/s, ${name}`,
      value: short(both.first),
      note: `${both.ratio.toFixed(1)} x readable`,
    },
  ];
};

const random = async (subsystem: AnySubsystem, campaign: Campaign<unknown>): Promise<Row> => {
  const options = optionsOf(subsystem, campaign);
  let [commands, evaluations, finds] = [0, 0, 0];
  let first = 0;
  const perSecond = await rate(() => {
    const result = runRandom({ ...options, first });
    first += options.runs;
    commands += result.commands;
    evaluations += result.evaluations;
    finds += result.finds.length;
    return result.commands;
  }, 2);
  const each = (evaluations / commands).toFixed(1);
  return {
    figure: `random commands/s, ${campaign.name}, ${campaign.level}`,
    value: short(perSecond),
    note: `${each} clause evaluations each${finds === 0 ? "" : `, ${finds} VIOLATIONS`}`,
  };
};

const exhaustive = async (
  subsystem: AnySubsystem,
  exploration: Exploration<unknown, unknown, unknown>,
): Promise<Row> => {
  const { leftOut, name, level, config, ...rest } = exploration;
  const bound = subsystem.packed === undefined ? MAX_READABLE_STATES : MAX_STATES;
  const options = {
    subsystem,
    ...rest,
    config,
    level,
    clauses: judgedClauses(subsystem, level),
    commands: exploration.commands(config),
    maxStates: Math.min(exploration.maxStates ?? MAX_STATES, bound),
    ...(leftOut === undefined ? {} : { leftOut: leftOut.when }),
  };
  let result: ExploreResult | undefined;
  const body = (): number => {
    result = explore(options);
    return result.states;
  };
  let best = await sample(body, 0);
  if (best.wall < WARM) best = await sample(body, WARM / 2);
  const { done, cpu } = best;
  if (result === undefined) throw new Error("nothing was explored");
  const refusal = exploration.symmetry === true ? symmetryRefusal(options) : undefined;
  const perState = (result.transitions / result.states).toFixed(1);
  return {
    figure: `exhaustive distinct states/s, ${name}, ${level}`,
    value: short(done / cpu),
    note: [
      `${result.states} ${result.symmetry ? "orbits" : "states"}`,
      `${perState} transitions each`,
      `${(result.evaluations / result.states).toFixed(1)} clause evaluations each`,
      ...(result.complete ? [] : ["stopped there"]),
      ...(result.counterexample === undefined ? [] : ["VIOLATION"]),
      ...(refusal === undefined ? [] : [refusal]),
    ].join(", "),
  };
};

export const subsystemRows = async (subsystem: AnySubsystem): Promise<Row[]> => {
  const rows: Row[] = [];
  const campaigns = subsystem.campaigns.filter(({ level }) => level === "linux");
  const first = campaigns[0] ?? subsystem.campaigns[0];
  if (first !== undefined) rows.push(...(await stepping(subsystem, first)));
  for (const campaign of subsystem.campaigns) rows.push(await random(subsystem, campaign));
  for (const exploration of subsystem.explorations) {
    rows.push(await exhaustive(subsystem, exploration));
  }
  return rows;
};
