/** The contract level: every order that it admits, and the state after a system's own choice. */

import { sameResponse } from "../../../../spec/irq/domain/interleaving/judging.js";
import {
  type Command,
  type Config,
  NONE,
  type Response,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import { act } from "./act.js";
import { programOf } from "./branch.js";
import { raise } from "./hardware.js";
import type { Kernel } from "./kernel.js";
import { candidates, perform, waitsFor } from "./perform.js";
import type { Program, Step } from "./programs.js";
import { actorAt, named, nextPair, type State, withActor } from "./state.js";
import {
  attempt,
  begin,
  clean,
  entering,
  type InterleavingOutcome,
  mayFire,
  ready,
  refused,
  stepOf,
  take,
} from "./step.js";
import { reports } from "./tasks.js";

/** A step done, with every vector that may be chosen. */
const withChoices = (
  config: Config,
  kernel: Kernel,
  state: State,
  a: number,
  program: Program,
  step: Step,
): readonly InterleavingOutcome[] => {
  if (step.task !== "find") return [attempt(config, kernel, state, a, program, step)];
  const pairs = candidates(config, kernel.rules, state, a);
  if (pairs.length === 0) return [attempt(config, kernel, state, a, program, step)];
  return pairs.map((pair) => {
    const response: Response = { kind: "found", ...named(config, pair) };
    return { state: take(config, kernel, state, a, program, step, response), response };
  });
};

/** Any step whose predecessors are done; where all of those must wait, that is the answer. */
const stepOutcomes = (
  config: Config,
  kernel: Kernel,
  state: State,
  a: number,
): readonly InterleavingOutcome[] => {
  const actor = state.actors[a];
  if (actor?.work === undefined) return [refused(state)];
  const program = programOf(config, kernel, state, a);
  const steps = ready(program, actor.done, true);
  const free = steps.filter((s) => waitsFor(state, a, s) === undefined);
  const tried = free.length > 0 ? free : steps;
  if (tried.length === 0) return [refused(state)];
  return tried.flatMap((s) => withChoices(config, kernel, state, a, program, s));
};

export const outcomesOf = (kernel: Kernel) => {
  const step = stepOf(kernel);
  return (config: Config, state: State, command: Command): readonly InterleavingOutcome[] =>
    command.kind === "step"
      ? stepOutcomes(config, kernel, state, command.actor)
      : [step(config, state, command)];
};

/**
 * The step that a report stands for: one that may come now and says just that, else the first of
 * its kind that is left, wherever the program has it.
 */
const placeOf = (
  config: Config,
  kernel: Kernel,
  state: State,
  a: number,
  program: Program,
  response: Response,
): Step | undefined => {
  const { done } = actorAt(state, a);
  const exact = ready(program, done, true).find((s) =>
    sameResponse(perform(config, kernel.rules, state, a, s), response),
  );
  if (exact !== undefined) return exact;
  return program.steps.find((s) => (done & s.bit) === 0 && reports[s.task].includes(response.kind));
};

/** A reported step takes its place in the actor's program, or none if the program has none left. */
const report = (
  config: Config,
  kernel: Kernel,
  state: State,
  a: number,
  response: Response,
): State => {
  const actor = state.actors[a];
  if (actor?.work === undefined) return state;
  if (response.kind === "blocked") return withActor(state, a, { waits: response.on });
  const program = programOf(config, kernel, state, a);
  const step = placeOf(config, kernel, state, a, program, response);
  if (step !== undefined) return take(config, kernel, state, a, program, step, response);
  return act(config, withActor(state, a, { waits: undefined }), a, response);
};

/** The state after the system's own response. Total: nonsense leaves the state as it was. */
export const followOf =
  (kernel: Kernel) =>
  (config: Config, state: State, command: Command, response: Response): State => {
    switch (command.kind) {
      case "begin":
        return response.kind === "began" ? begin(config, state, command).state : state;
      case "step":
        return report(config, kernel, state, command.actor, response);
      case "raise":
        // What a device does follows from its registers, whatever the system says.
        return mayFire(config, state, command.interrupt)
          ? raise(config, state, command.interrupt)
          : state;
      case "interrupt": {
        if (response.kind !== "took" || command.cpu >= config.cpus) return state;
        if (actorAt(state, config.threads + command.cpu).work !== undefined) return state;
        if (nextPair(config, state, command.cpu) === NONE) return state;
        const a = config.threads + command.cpu;
        return report(config, kernel, entering(config, state, command.cpu), a, response);
      }
      case "cleanup":
        return response.kind === "began" ? clean(config, state, command.cpu).state : state;
    }
  };
