/** A state as words: equal words, equal state. Exact, so that nothing rests on chance. */
import {
  type ActorState,
  type Config,
  type Entry,
  type Irq,
  NONE,
  type Wait,
  type Work,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import type { State } from "./state.js";

const works: readonly (Work | undefined)[] = [
  undefined,
  "move",
  "request",
  "disable",
  "enable",
  "free",
  "allocate",
  "interrupt",
  "cleanup",
];
const waits: readonly (Wait | undefined)[] = [
  undefined,
  "interrupt",
  "matrix",
  "handler",
  "in flight",
];
const phases: readonly Irq["phase"][] = ["unused", "live", "freed"];

const flag = (value: boolean, at: number): number => (value ? 1 << at : 0);
/** -1 .. 14 in four bits. */
const small = (value: number, at: number): number => (value + 1) << at;

const irqWord = (irq: Irq): number =>
  phases.indexOf(irq.phase) |
  small(irq.at, 2) |
  small(irq.old, 6) |
  flag(irq.queued, 10) |
  flag(irq.handled, 11) |
  flag(irq.disabled, 12) |
  flag(irq.marked, 13) |
  flag(irq.owed, 14) |
  small(irq.wanted, 15) |
  small(irq.runner, 19) |
  small(irq.holder, 23);

const entryWord = (irq: Irq, entry: Entry): number =>
  entry.cpu |
  (entry.vector << 2) |
  flag(entry.masked, 4) |
  flag(entry.pending, 5) |
  small(entry.memory, 6) |
  small(entry.cached, 10) |
  (irq.raises << 14) |
  (irq.runs << 18);

const actorWord = (actor: ActorState): number =>
  works.indexOf(actor.work) |
  (waits.indexOf(actor.waits) << 4) |
  (actor.interrupt << 7) |
  (actor.target << 9) |
  small(actor.found, 11) |
  small(actor.pair, 15) |
  flag(actor.running, 19) |
  (actor.begun << 20);

/** Words: three of the whole, two an interrupt, two an actor. */
export const fingerprint = (config: Config, state: State): Int32Array => {
  const pairs = config.cpus * config.vectors;
  const words = new Int32Array(3 + 2 * state.irqs.length + 2 * state.actors.length);
  let w = 0;
  // A pair is in at most 12 bits of each set.
  words[w++] = state.bits | (state.irr << 12) | small(state.holder, 24);
  words[w++] = state.isr;
  let slots = 0;
  for (let pair = 0; pair < pairs; pair++) {
    slots |= ((state.slots[pair] ?? NONE) + 1) << (2 * pair);
  }
  words[w++] = slots;
  for (let i = 0; i < state.irqs.length; i++) {
    const irq = state.irqs[i] as Irq;
    words[w++] = irqWord(irq);
    words[w++] = entryWord(irq, state.entries[i] as Entry);
  }
  for (const actor of state.actors) {
    words[w++] = actorWord(actor);
    words[w++] = actor.done;
  }
  return words;
};
