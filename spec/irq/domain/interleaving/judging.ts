/** What the clauses look at: where a message goes, who owns what, who waits for whom. */
import type { Transition } from "../../../core/clause.js";
import {
  type Command,
  type Config,
  type Entry,
  NONE,
  type Pair,
  type Response,
  type ResponseKind,
  type View,
} from "./vocabulary.js";

export type InterleavingTransition = Transition<Config, Command, Response, View>;
type T = InterleavingTransition;

/** Where the entry's message lands now: by what the unit has cached, else by what memory says. */
export const destination = (config: Config, entry: Entry): Pair => {
  if (!config.remapped) return entry.cpu * config.vectors + entry.vector;
  return entry.cached !== NONE ? entry.cached : entry.memory;
};

/** Whether a message of this interrupt can still land on the pair. */
export const canReach = (config: Config, entry: Entry, pair: Pair): boolean => {
  if (!config.remapped) return !entry.masked && destination(config, entry) === pair;
  return entry.cached === pair || entry.memory === pair;
};

/** The response, where the step was of this kind. */
export const did = <K extends ResponseKind>(
  t: T,
  kind: K,
): Extract<Response, { kind: K }> | undefined =>
  t.response.kind === kind ? (t.response as Extract<Response, { kind: K }>) : undefined;

/** The actor of a command; -1 for a device. */
export const actorOf = (config: Config, command: Command): number => {
  switch (command.kind) {
    case "begin":
    case "step":
      return command.actor;
    case "interrupt":
    case "cleanup":
      return config.threads + command.cpu;
    default:
      return NONE;
  }
};

/** The interrupt that the acting thread or CPU works on. */
export const interruptOf = (t: T): number =>
  t.before.actors[actorOf(t.config, t.command)]?.interrupt ?? NONE;

export const workOf = (t: T): string | undefined =>
  t.before.actors[actorOf(t.config, t.command)]?.work;

export const pairIn = (config: Config, at: { cpu: number; vector: number }): Pair =>
  at.cpu * config.vectors + at.vector;

/** Nobody is at work and nothing is on its way: what has not happened now never will. */
export const quiescent = (view: View): boolean => {
  if (view.irr !== 0) return false;
  for (let a = 0; a < view.actors.length; a++) {
    if (view.actors[a]?.work !== undefined) return false;
  }
  return true;
};

/** Interrupts that may run: handled and not disabled. */
export const canRun = (view: View, i: number): boolean => {
  const irq = view.irqs[i];
  return irq?.phase === "live" && !irq.disabled;
};

/** Pairs that the records of the interrupts name, as bits. */
export const owned = (view: View): number => {
  let bits = 0;
  for (const { at, old } of view.irqs) {
    if (at !== NONE) bits |= 1 << at;
    if (old !== NONE) bits |= 1 << old;
  }
  return bits;
};

/** Actors that must move before this one can, as far as it said what it waits for. */
const blockers = (config: Config, view: View, a: number): readonly number[] => {
  const actor = view.actors[a];
  if (actor?.waits === undefined) return [];
  const irq = view.irqs[actor.interrupt];
  const found: number[] = [];
  switch (actor.waits) {
    case "interrupt":
      if (irq !== undefined && irq.holder !== NONE) found.push(irq.holder);
      break;
    case "matrix":
      if (view.holder !== NONE) found.push(view.holder);
      break;
    case "handler":
      if (irq !== undefined && irq.runner !== NONE) found.push(irq.runner);
      break;
    case "in flight":
      for (const pair of [irq?.at ?? NONE, irq?.old ?? NONE]) {
        if (pair === NONE || ((view.irr | view.isr) & (1 << pair)) === 0) continue;
        found.push(config.threads + Math.floor(pair / config.vectors));
      }
  }
  return found;
};

/** Whether an actor waits for itself over others that wait: none of them will ever move. */
export const deadlocked = (config: Config, view: View): boolean => {
  for (let a = 0; a < view.actors.length; a++) {
    if (view.actors[a]?.waits === undefined) continue;
    const seen = new Set<number>();
    const open = [a];
    while (open.length > 0) {
      for (const b of blockers(config, view, open.pop() as number)) {
        if (b === a) return true;
        if (!seen.has(b)) {
          seen.add(b);
          open.push(b);
        }
      }
    }
  }
  return false;
};

/** Answers are flat: equal kind and fields, equal answer. */
export const sameResponse = (a: Response, b: Response): boolean => {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  const left = a as unknown as Readonly<Record<string, unknown>>;
  const right = b as unknown as Readonly<Record<string, unknown>>;
  return Object.keys(left).every((name) => left[name] === right[name]);
};
