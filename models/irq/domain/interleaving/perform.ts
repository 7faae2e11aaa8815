/** What a step answers in a state: one answer, or at contract level one for each legal vector. */
import {
  type Config,
  NONE,
  type Pair,
  type Response,
  type Wait,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import type { Rules } from "./kernel.js";
import type { Step } from "./programs.js";
import { actorAt, cpuOf, irqAt, named, nextPair, pairOf, type State, vectorOf } from "./state.js";

const blocked = (on: Wait): Response => ({ kind: "blocked", on });

/** What keeps a step from being done now. */
export const waitsFor = (state: State, a: number, step: Step): Response | undefined => {
  const irq = irqAt(state, actorAt(state, a).interrupt);
  switch (step.task) {
    case "lockIrq":
      return irq.holder === NONE ? undefined : blocked("interrupt");
    case "lockMatrix":
      return state.holder === NONE ? undefined : blocked("matrix");
    case "waitHandler":
      return irq.runner === NONE ? undefined : blocked("handler");
    case "waitInFlight": {
      const bits = (irq.at === NONE ? 0 : 1 << irq.at) | (irq.old === NONE ? 0 : 1 << irq.old);
      return ((state.irr | state.isr) & bits) === 0 ? undefined : blocked("in flight");
    }
    default:
      return undefined;
  }
};

/** An earlier move of the interrupt is not over. */
export const moving = (state: State, i: number): boolean => irqAt(state, i).old !== NONE;

/** Free vectors where the actor wants one, ascending; none where none is wanted. */
export const candidates = (
  config: Config,
  rules: Rules,
  state: State,
  a: number,
): readonly Pair[] => {
  const { work, interrupt, target } = actorAt(state, a);
  const irq = irqAt(state, interrupt);
  const cpu = work === "interrupt" ? irq.wanted : target;
  if (work !== "allocate") {
    if (irq.phase !== "live" || (rules.oneMoveAtATime && moving(state, interrupt))) return [];
    if (irq.at !== NONE && cpuOf(config, irq.at) === cpu) return [];
  }
  const pairs: Pair[] = [];
  for (let vector = 0; vector < config.vectors; vector++) {
    const pair = pairOf(config, cpu, vector);
    if ((state.bits & (1 << pair)) === 0) pairs.push(pair);
  }
  return pairs;
};

const inspect = (config: Config, rules: Rules, state: State, a: number): Response => {
  const { old, queued } = irqAt(state, actorAt(state, a).interrupt);
  if (!queued || old === NONE || cpuOf(config, old) !== a - config.threads) {
    return { kind: "nothing" };
  }
  return { kind: "inspected", pending: rules.checksIrr && (state.irr & (1 << old)) !== 0 };
};

const dispatch = (state: State, a: number): Response => {
  const slot = state.slots[actorAt(state, a).pair] ?? NONE;
  return slot === NONE ? { kind: "spurious" } : { kind: "dispatched", interrupt: slot };
};

const find = (config: Config, rules: Rules, state: State, a: number): Response => {
  const [first] = candidates(config, rules, state, a);
  return first === undefined ? { kind: "nothing" } : { kind: "found", ...named(config, first) };
};

const taken = (config: Config, state: State, a: number): Response => {
  const pair = nextPair(config, state, a - config.threads);
  return pair === NONE ? { kind: "refused" } : { kind: "took", vector: vectorOf(config, pair) };
};

/** What the step reports when it is done; Linux takes the lowest free vector. */
export const perform = (
  config: Config,
  rules: Rules,
  state: State,
  a: number,
  step: Step,
): Response => {
  const actor = actorAt(state, a);
  const irq = irqAt(state, actor.interrupt);
  switch (step.task) {
    case "lockIrq":
      return { kind: "locked", lock: "interrupt" };
    case "unlockIrq":
      return { kind: "unlocked", lock: "interrupt" };
    case "lockMatrix":
      return { kind: "locked", lock: "matrix" };
    case "unlockMatrix":
      return { kind: "unlocked", lock: "matrix" };
    case "find":
      return find(config, rules, state, a);
    case "claim":
      return { kind: "claimed", ...named(config, actor.found) };
    case "record":
      return { kind: "recorded", ...named(config, actor.found) };
    case "setSlot":
      return { kind: "slotSet", ...named(config, actor.found) };
    case "clearSlot":
      return { kind: "slotCleared", ...named(config, irq.at) };
    case "release":
      return { kind: "released", ...named(config, irq.at) };
    case "clearOldSlot":
      return { kind: "slotCleared", ...named(config, irq.old) };
    case "releaseOld":
      return { kind: "released", ...named(config, irq.old) };
    case "forget":
      return { kind: "forgot" };
    case "mask":
      return { kind: "masked" };
    case "unmask":
      return { kind: "unmasked" };
    case "writeAddress":
      return { kind: "wroteAddress", cpu: cpuOf(config, actor.found) };
    case "writeData":
      return { kind: "wroteData", vector: vectorOf(config, actor.found) };
    case "writeEntry":
      return { kind: "wroteEntry", ...named(config, actor.found) };
    case "clearEntry":
      return { kind: "clearedEntry" };
    case "invalidate":
      return { kind: "invalidated" };
    case "queue":
      return { kind: "queued" };
    case "want":
      return { kind: "wanted", cpu: actor.target };
    case "disable":
      return { kind: "disabled" };
    case "enable":
      return { kind: "enabled" };
    case "resend":
      return { kind: "resent", ...named(config, irq.at) };
    case "register":
      return { kind: "registered" };
    case "unregister":
      return { kind: "unregistered" };
    case "waitHandler":
      return { kind: "handlerIdle" };
    case "waitInFlight":
      return { kind: "landed" };
    case "inspect":
      return inspect(config, rules, state, a);
    case "take":
      return taken(config, state, a);
    case "dispatch":
      return dispatch(state, a);
    case "mark":
      return { kind: "marked" };
    case "acknowledge":
      return { kind: "acknowledged" };
    case "start":
      return { kind: "started" };
    case "end":
      return { kind: "ended" };
    case "close":
      return { kind: "closed" };
    case "finish":
      return { kind: "finished" };
  }
};
