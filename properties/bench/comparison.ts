/** The common specification in our engines, and side by side in fast-check. */
import { type ExploreResult, explore } from "../engine/explore.js";
import { runRandom } from "../engine/random.js";
import { PackedStepper, ReadableStepper } from "../engine/stepper.js";
import { PackedCommon } from "./common/packed.js";
import { model } from "./common/step.js";
import { allCommands, common, sizes } from "./common/subsystem.js";
import type { Bug, Config } from "./common/vocabulary.js";
import { runFastCheck } from "./fast-check.js";
import { type Row, sample, short, sideBySide } from "./measure.js";
import { judgedClauses } from "./subsystems.js";

const SEED = 7;

/** Every state of a size, or the shortest way to a bug. */
export const search = (config: Config, bug?: Bug): ExploreResult => {
  const subsystem = common(bug);
  return explore({
    subsystem,
    config,
    level: "linux",
    clauses: judgedClauses(subsystem, "linux"),
    commands: allCommands(config),
  });
};

/** The same up to renaming of CPUs; ties between CPUs are then a free choice. */
export const searchOrbits = (config: Config, bug?: Bug): ExploreResult => {
  const subsystem = common(bug);
  return explore({
    subsystem,
    config,
    level: "contract",
    clauses: judgedClauses(subsystem, "contract"),
    commands: allCommands(config),
    symmetry: true,
  });
};

export const campaign = (
  config: Config,
  options: { first: number; runs: number; length: number; bug?: Bug },
) => {
  const { bug, ...range } = options;
  const subsystem = common(bug);
  return runRandom({
    subsystem,
    config,
    level: "linux",
    clauses: judgedClauses(subsystem, "linux"),
    seed: SEED,
    ...range,
  });
};

/** Random commands with every invariant judged, against `fc.modelRun` with a full recount. */
const random = async (name: string, config: Config, runs: number): Promise<Row[]> => {
  let first = 0;
  let [commands, evaluations] = [0, 0];
  const length = 100;
  const both = await sideBySide(
    () => {
      const result = campaign(config, { first, runs: 2 * runs, length });
      first += 2 * runs;
      commands += result.commands;
      evaluations += result.evaluations;
      return result.commands;
    },
    () => runFastCheck(config, { seed: first + SEED, runs: 4 * runs, length }),
  );
  return [
    {
      figure: `random commands/s, ${name}, this suite`,
      value: short(both.first),
      note: `${both.ratio.toFixed(2)} x fast-check, ${(evaluations / commands).toFixed(1)} clause evaluations each`,
    },
    {
      figure: `random commands/s, ${name}, fc.modelRun`,
      value: short(both.second),
      note: "slot arrays, full recount after every command",
    },
  ];
};

const stepping = async (): Promise<Row[]> => {
  const config = sizes.M;
  const commands = allCommands(config);
  const packed = new PackedStepper(new PackedCommon(config));
  const readable = new ReadableStepper(model, config);
  const walk = (stepper: typeof packed | typeof readable): number => {
    stepper.reset();
    for (let i = 0; i < 4000; i++) {
      stepper.commit();
      // Strides through the list without a period shorter than the list.
      stepper.apply(commands[(i * 17) % commands.length] as (typeof commands)[number]);
    }
    return 4000;
  };
  const both = await sideBySide(
    () => walk(packed),
    () => walk(readable),
  );
  return [
    { figure: "readable steps/s, 3 x 4", value: short(both.second), note: "" },
    {
      figure: "packed steps/s, 3 x 4",
      value: short(both.first),
      note: `${both.ratio.toFixed(1)} x readable`,
    },
  ];
};

const exhaustive = async (
  name: string,
  run: () => ExploreResult,
  expected: number,
): Promise<Row> => {
  let result = run();
  const { done, cpu } = await sample(() => {
    result = run();
    return result.states;
  }, 2);
  const moves = result.transitions - result.unchanged;
  const right = result.states === expected ? "" : `, EXPECTED ${expected}`;
  return {
    figure: `exhaustive distinct states/s, ${name}`,
    value: short(done / cpu),
    note:
      `${result.states} states${right}, ${moves} transitions and ${result.unchanged} refused ` +
      `commands judged, ${result.levels} levels`,
  };
};

const bug = (name: Bug, config: Config, size: string): Row => {
  const start = performance.now();
  const result = search(config, name);
  const ms = performance.now() - start;
  return {
    figure: `seeded bug ${name} on ${size}, shortest counterexample`,
    value: `${result.counterexample?.commands.length ?? 0} commands`,
    note: `${ms.toFixed(0)} ms, ${result.states} states`,
  };
};

export const comparisonRows = async (): Promise<Row[]> => [
  ...(await random("3 x 4", sizes.M, 400)),
  ...(await random("4 x 224", sizes.real, 40)),
  ...(await stepping()),
  await exhaustive("S (3 x 3)", () => search(sizes.S), 397_175),
  await exhaustive("R (2 x 3, 2 threads)", () => search(sizes.R), 312_179),
  await exhaustive("S up to CPU symmetry, ties free", () => searchOrbits(sizes.S), 69_423),
  bug("a", sizes.S, "S"),
  bug("b", sizes.R, "R"),
  bug("c", sizes.S, "S"),
];
