/** One atomic step of one actor, as a kernel with these programs takes it. */
import type { Outcome } from "../../../../spec/core/model.js";
import { destination } from "../../../../spec/irq/domain/interleaving/judging.js";
import {
  type Command,
  type Config,
  NONE,
  type Response,
  type Work,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import { act } from "./act.js";
import { branch, programOf } from "./branch.js";
import { raise } from "./hardware.js";
import type { Kernel } from "./kernel.js";
import { perform, waitsFor } from "./perform.js";
import type { Program, Step } from "./programs.js";
import {
  actorAt,
  cpuOf,
  entryAt,
  idle,
  irqAt,
  named,
  nextPair,
  type State,
  withActor,
} from "./state.js";

export type InterleavingOutcome = Outcome<State, Response>;

export const refused = (state: State): InterleavingOutcome => ({
  state,
  response: { kind: "refused" },
});

/** The state after a step, its branches taken. */
export const take = (
  config: Config,
  kernel: Kernel,
  state: State,
  a: number,
  program: Program,
  step: Step,
  response: Response,
): State => {
  const done = actorAt(state, a).done | step.bit;
  const marked = withActor(state, a, { done, waits: undefined });
  const acted = act(config, marked, a, response);
  return branch(config, kernel.rules, program, acted, a, step, response);
};

/** The step, or the report that it has to wait. */
export const attempt = (
  config: Config,
  kernel: Kernel,
  state: State,
  a: number,
  program: Program,
  step: Step,
): InterleavingOutcome => {
  const waiting = waitsFor(state, a, step);
  if (waiting?.kind === "blocked") {
    return { state: withActor(state, a, { waits: waiting.on }), response: waiting };
  }
  const response = perform(config, kernel.rules, state, a, step);
  return { state: take(config, kernel, state, a, program, step, response), response };
};

/** The steps that are not done and whose predecessors are, in Linux's order. */
export const ready = (program: Program, done: number, extras: boolean): readonly Step[] => {
  const left = program.steps.filter((s) => (done & s.bit) === 0 && (extras || !s.extra));
  const missing = left.reduce((mask, s) => mask | s.bit, 0);
  return left.filter((s) => (s.after & missing) === 0);
};

/**
 * The first step not done: Linux's order is the order of the list. Where CPUs are not prompt the
 * steps that Linux lacks are needed, and the reference has them.
 */
const following = (config: Config, program: Program, done: number): Step | undefined => {
  for (const s of program.steps) {
    if ((done & s.bit) === 0 && !(s.extra && config.prompt)) return s;
  }
  return undefined;
};

export const workFor = (config: Config, command: Extract<Command, { kind: "begin" }>): Work =>
  command.operation === "move" && config.deferred && !config.remapped
    ? "request"
    : command.operation;

/** Whether the operation makes sense for the interrupt now. */
export const sensible = (
  config: Config,
  state: State,
  command: Extract<Command, { kind: "begin" }>,
): boolean => {
  const actor = state.actors[command.actor];
  const irq = state.irqs[command.interrupt];
  if (actor === undefined || irq === undefined) return false;
  if (command.actor >= config.threads || command.cpu >= config.cpus) return false;
  if (actor.work !== undefined || actor.begun >= config.operations) return false;
  const elsewhere = state.actors.some(
    (other) => other.interrupt === command.interrupt && other.work === command.operation,
  );
  switch (command.operation) {
    case "move":
      return irq.phase === "live";
    case "disable":
      return irq.phase === "live" && !irq.disabled && !elsewhere;
    case "enable":
      return irq.phase === "live" && irq.disabled && !elsewhere;
    case "free":
      return irq.phase === "live" && !elsewhere;
    case "allocate":
      return irq.phase === "unused" && !elsewhere;
  }
};

export const begin = (
  config: Config,
  state: State,
  command: Extract<Command, { kind: "begin" }>,
): InterleavingOutcome => {
  if (!sensible(config, state, command)) return refused(state);
  const begun = actorAt(state, command.actor).begun + 1;
  const { interrupt, cpu: target } = command;
  const work = workFor(config, command);
  const started = withActor(state, command.actor, { ...idle, work, interrupt, target, begun });
  return { state: started, response: { kind: "began" } };
};

/** The interrupt whose old vector the timer of this CPU is to give back. */
const queuedAt = (config: Config, state: State, cpu: number): number =>
  state.irqs.findIndex((q) => q.queued && q.old !== NONE && cpuOf(config, q.old) === cpu);

export const fire = (config: Config, state: State, i: number): InterleavingOutcome => {
  const entry = entryAt(state, i);
  const after = raise(config, state, i);
  const pair = destination(config, entry);
  if (entry.masked) return { state: after, response: { kind: "pended" } };
  if (pair === NONE) return { state: after, response: { kind: "faulted" } };
  return { state: after, response: { kind: "sent", ...named(config, pair) } };
};

/** Whether the device may have another event. */
export const mayFire = (config: Config, state: State, i: number): boolean => {
  const irq = state.irqs[i];
  return irq !== undefined && irq.phase !== "unused" && irq.raises < config.events;
};

const cpuIdle = (config: Config, state: State, cpu: number): boolean =>
  cpu < config.cpus && actorAt(state, config.threads + cpu).work === undefined;

export const mayTake = (config: Config, state: State, cpu: number): boolean =>
  cpuIdle(config, state, cpu) && nextPair(config, state, cpu) !== NONE;

export const mayClean = (config: Config, state: State, cpu: number): boolean =>
  cpuIdle(config, state, cpu) && queuedAt(config, state, cpu) !== NONE;

const onCpu = (config: Config, state: State, cpu: number, work: Work, interrupt: number): State =>
  withActor(state, config.threads + cpu, { ...idle, work, interrupt });

/** The CPU with the interrupt's program begun, before its first step. */
export const entering = (config: Config, state: State, cpu: number): State =>
  onCpu(config, state, cpu, "interrupt", 0);

export const clean = (config: Config, state: State, cpu: number): InterleavingOutcome => {
  if (!mayClean(config, state, cpu)) return refused(state);
  const interrupt = queuedAt(config, state, cpu);
  const begun = onCpu(config, state, cpu, "cleanup", interrupt);
  return { state: begun, response: { kind: "began" } };
};

const interruptCpu = (
  config: Config,
  kernel: Kernel,
  state: State,
  cpu: number,
): InterleavingOutcome => {
  if (!mayTake(config, state, cpu)) return refused(state);
  const entered = entering(config, state, cpu);
  const a = config.threads + cpu;
  const program = programOf(config, kernel, entered, a);
  const first = following(config, program, 0);
  if (first === undefined) return refused(state);
  return attempt(config, kernel, entered, a, program, first);
};

const stepActor = (
  config: Config,
  kernel: Kernel,
  state: State,
  a: number,
): InterleavingOutcome => {
  const actor = state.actors[a];
  if (actor?.work === undefined) return refused(state);
  const program = programOf(config, kernel, state, a);
  const next = following(config, program, actor.done);
  return next === undefined ? refused(state) : attempt(config, kernel, state, a, program, next);
};

export const stepOf =
  (kernel: Kernel) =>
  (config: Config, state: State, command: Command): InterleavingOutcome => {
    switch (command.kind) {
      case "begin":
        return begin(config, state, command);
      case "step":
        return stepActor(config, kernel, state, command.actor);
      case "raise":
        return mayFire(config, state, command.interrupt)
          ? fire(config, state, command.interrupt)
          : refused(state);
      case "interrupt":
        return interruptCpu(config, kernel, state, command.cpu);
      case "cleanup":
        return clean(config, state, command.cpu);
    }
  };

/** What the next step of an actor is in Linux's order; for the caller's duties. */
export const nextTask = (
  config: Config,
  kernel: Kernel,
  state: State,
  a: number,
): Step | undefined => {
  const actor = state.actors[a];
  if (actor?.work === undefined) return undefined;
  return following(config, programOf(config, kernel, state, a), actor.done);
};

/**
 * Whether a vector that the actor would give away by freeing is pending at its CPU, or taken there
 * and its slot not read yet.
 */
export const wouldStrand = (config: Config, kernel: Kernel, state: State, a: number): boolean => {
  const step = nextTask(config, kernel, state, a);
  const actor = state.actors[a];
  if (actor?.work !== "free" || step === undefined) return false;
  const irq = irqAt(state, actor.interrupt);
  const pair = step.task === "release" ? irq.at : step.task === "releaseOld" ? irq.old : NONE;
  if (pair === NONE) return false;
  if ((state.irr & (1 << pair)) !== 0) return true;
  const read = kernel.programs.plain.interrupt.bit("dispatch");
  return state.actors.some((other) => other.pair === pair && (other.done & read) === 0);
};
