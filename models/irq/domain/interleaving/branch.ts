/** Which steps of a program fall away, or come again, once a step was done. */
import {
  type Config,
  NONE,
  type Response,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import type { Kernel, Rules } from "./kernel.js";
import { moving } from "./perform.js";
import type { Program, Step } from "./programs.js";
import { actorAt, cpuOf, entryAt, irqAt, type State, withActor, withIrq } from "./state.js";

export const programOf = (config: Config, kernel: Kernel, state: State, a: number): Program => {
  const { work } = actorAt(state, a);
  const all = config.remapped ? kernel.programs.remapped : kernel.programs.plain;
  return all[work ?? "request"];
};

const bits = (program: Program, names: readonly string[]): number =>
  names.reduce((mask, name) => mask | program.bit(name), 0);

const skip = (program: Program, state: State, a: number, names: readonly string[]): State =>
  withActor(state, a, { done: actorAt(state, a).done | bits(program, names) });

const unskip = (program: Program, state: State, a: number, names: readonly string[]): State =>
  withActor(state, a, { done: actorAt(state, a).done & ~bits(program, names) });

const moveSteps = ["mask", "unmask", "lockMatrix2", "find2", "claim2", "record2", "setSlot2"];
const moveRest = ["unlockMatrix2", "writeData", "writeAddress"];
const runSteps = ["start", "unlockIrq", "end", "lockIrq2", "close"];

const mayRun = (rules: Rules, state: State, i: number): boolean => {
  const irq = irqAt(state, i);
  if (irq.phase !== "live" || (rules.checksDisabled && irq.disabled)) return false;
  return !rules.checksRunner || irq.runner === NONE;
};

/** Run now, or mark and mask and leave the run to whoever enables or runs it. */
const runOrMark = (rules: Rules, program: Program, state: State, a: number): State => {
  const { interrupt } = actorAt(state, a);
  if (mayRun(rules, state, interrupt)) {
    return skip(program, state, a, ["mark", "mask3"]);
  }
  return skip(program, state, a, ["unmask3", ...runSteps]);
};

/** What an acknowledgement does beside the EOI: the end of a move, and a move stored earlier. */
const acknowledgement = (
  config: Config,
  rules: Rules,
  program: Program,
  before: State,
  a: number,
): State => {
  let state = before;
  const { interrupt } = actorAt(state, a);
  const irq = irqAt(state, interrupt);
  const { masked } = entryAt(state, interrupt);
  const cpu = a - config.threads;
  const arrived = irq.old !== NONE && !irq.queued && cpuOf(config, irq.at) === cpu;
  if (!arrived) state = skip(program, state, a, ["lockMatrix1", "queue1", "unlockMatrix1"]);
  const live = irq.phase === "live" && !irq.disabled;
  if (irq.wanted === NONE || !live) {
    state = skip(program, state, a, [...moveSteps, ...moveRest]);
  } else if (masked || !mayRun(rules, before, interrupt)) {
    state = skip(program, state, a, ["mask", "unmask"]);
  }
  if (masked) return skip(program, state, a, ["mask3"]);
  return skip(program, state, a, ["unmask3"]);
};

const afterLock = (
  config: Config,
  rules: Rules,
  program: Program,
  state: State,
  a: number,
): State => {
  const { work, interrupt } = actorAt(state, a);
  const irq = irqAt(state, interrupt);
  const { masked } = entryAt(state, interrupt);
  const gone = irq.phase !== "live";
  const left: string[] = [];
  switch (work) {
    case "disable":
      if (gone) left.push("disable", "waitHandler");
      if (gone || config.lazy || masked) left.push("mask");
      break;
    case "enable":
      if (gone) left.push("enable");
      if (gone || !masked) left.push("unmask");
      if (gone || (rules.resendsMarkedOnly && !irq.marked)) left.push("resend");
      break;
    case "request":
      if (gone) left.push("want");
      break;
    case "free":
      if (masked) left.push("mask");
      break;
    case "interrupt": {
      const decided = rules.decidesUnderLock ? runOrMark(rules, program, state, a) : state;
      return acknowledgement(config, rules, program, decided, a);
    }
  }
  return left.length === 0 ? state : skip(program, state, a, left);
};

const foundNothing = [
  ...["claim", "record", "setSlot", "mask", "writeData", "writeAddress", "writeEntry"],
  ...["invalidate", "lockMatrix2", "queue2", "unlockMatrix2", "register", "unmask"],
];

const afterFind = (program: Program, state: State, a: number, response: Response): State => {
  const { work, interrupt } = actorAt(state, a);
  if (response.kind === "nothing") return skip(program, state, a, foundNothing);
  if (work !== "move" || !entryAt(state, interrupt).masked) return state;
  return skip(program, state, a, ["mask", "unmask"]);
};

/** A stored move that meets an unfinished one waits for the next event. */
const afterStoredFind = (program: Program, state: State, a: number, response: Response): State => {
  const { interrupt } = actorAt(state, a);
  if (response.kind === "found") return withIrq(state, interrupt, { wanted: NONE });
  const kept = moving(state, interrupt) ? state : withIrq(state, interrupt, { wanted: NONE });
  return skip(program, kept, a, ["claim2", "record2", "setSlot2", "writeData", "writeAddress"]);
};

const afterClose = (rules: Rules, program: Program, state: State, a: number): State => {
  const { interrupt } = actorAt(state, a);
  const irq = irqAt(state, interrupt);
  if (!rules.keepsMarks) return withIrq(state, interrupt, { marked: false });
  if (!irq.marked || irq.disabled || irq.phase !== "live") return state;
  const { masked } = entryAt(state, interrupt);
  return unskip(program, state, a, masked ? ["unmask3", ...runSteps] : runSteps);
};

/** An empty slot: nothing is left but the EOI. */
const afterEmpty = (rules: Rules, program: Program, state: State, a: number): State => {
  const left = (name: string): boolean =>
    name === "finish" || (rules.acknowledgesEmpty && name === "acknowledge");
  const names = program.steps.map((s) => s.name).filter((name) => !left(name));
  return skip(program, state, a, names);
};

/** The state with the program's branches taken, after `step` was done. */
export const branch = (
  config: Config,
  rules: Rules,
  program: Program,
  state: State,
  a: number,
  step: Step,
  response: Response,
): State => {
  switch (step.name) {
    case "dispatch":
      if (response.kind === "spurious") return afterEmpty(rules, program, state, a);
      return rules.decidesUnderLock ? state : runOrMark(rules, program, state, a);
    case "lockIrq":
      return afterLock(config, rules, program, state, a);
    case "find":
      return afterFind(program, state, a, response);
    case "find2":
      return afterStoredFind(program, state, a, response);
    case "lockMatrix":
      if (actorAt(state, a).work !== "free") return state;
      return moving(state, actorAt(state, a).interrupt)
        ? state
        : skip(program, state, a, ["clearOldSlot", "releaseOld"]);
    case "inspect":
      return response.kind === "inspected" && !response.pending
        ? state
        : skip(program, state, a, ["releaseOld", "clearOldSlot", "forget"]);
    case "close":
      return afterClose(rules, program, state, a);
    default:
      return state;
  }
};
