import {
  type ActorState,
  type Config,
  type Entry,
  type Irq,
  NONE,
  type Pair,
  type View,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";

/** Everything an observer may see is all there is. */
export type State = View;

export const pairOf = (config: Config, cpu: number, vector: number): Pair =>
  cpu * config.vectors + vector;
export const cpuOf = (config: Config, pair: Pair): number => Math.floor(pair / config.vectors);
export const vectorOf = (config: Config, pair: Pair): number => pair % config.vectors;

/** As fields of a response; none is named as the first, which only a wrong program does. */
export const named = (config: Config, pair: Pair): { cpu: number; vector: number } =>
  pair === NONE
    ? { cpu: 0, vector: 0 }
    : { cpu: cpuOf(config, pair), vector: vectorOf(config, pair) };

export const idle: ActorState = {
  work: undefined,
  interrupt: 0,
  target: 0,
  done: 0,
  found: NONE,
  waits: undefined,
  begun: 0,
  pair: NONE,
  running: false,
};

const unused: Irq = {
  phase: "unused",
  at: NONE,
  old: NONE,
  queued: false,
  handled: false,
  wanted: NONE,
  disabled: false,
  marked: false,
  runner: NONE,
  holder: NONE,
  owed: false,
  raises: 0,
  runs: 0,
};

const blank: Entry = {
  cpu: 0,
  vector: 0,
  masked: true,
  pending: false,
  memory: NONE,
  cached: NONE,
};

/** Live interrupts are handled, unmasked, and spread over the CPUs. */
export const init = (config: Config): State => {
  const slots = new Array<number>(config.cpus * config.vectors).fill(NONE);
  const irqs: Irq[] = [];
  const entries: Entry[] = [];
  let bits = 0;
  for (let i = 0; i < config.interrupts; i++) {
    if (i >= config.live) {
      irqs.push(unused);
      entries.push(blank);
      continue;
    }
    const cpu = i % config.cpus;
    const vector = Math.floor(i / config.cpus);
    const at = pairOf(config, cpu, vector);
    slots[at] = i;
    bits |= 1 << at;
    irqs.push({ ...unused, phase: "live", at, handled: true });
    const memory = config.remapped ? at : NONE;
    entries.push({ ...blank, cpu, vector, masked: false, memory });
  }
  const actors = new Array<ActorState>(config.threads + config.cpus).fill(idle);
  return { bits, slots, irr: 0, isr: 0, holder: NONE, irqs, entries, actors };
};

/** A list with one element replaced. */
const put = <T>(list: readonly T[], at: number, value: T): readonly T[] => {
  const copy = list.slice();
  copy[at] = value;
  return copy;
};

export const withIrq = (state: State, i: number, change: Partial<Irq>): State => ({
  ...state,
  irqs: put(state.irqs, i, { ...(state.irqs[i] as Irq), ...change }),
});

export const withEntry = (state: State, i: number, change: Partial<Entry>): State => ({
  ...state,
  entries: put(state.entries, i, { ...(state.entries[i] as Entry), ...change }),
});

export const withActor = (state: State, a: number, change: Partial<ActorState>): State => ({
  ...state,
  actors: put(state.actors, a, { ...(state.actors[a] as ActorState), ...change }),
});

export const withSlot = (state: State, pair: Pair, value: number): State => ({
  ...state,
  slots: put(state.slots, pair, value),
});

export const irqAt = (state: State, i: number): Irq => state.irqs[i] as Irq;
export const entryAt = (state: State, i: number): Entry => state.entries[i] as Entry;
export const actorAt = (state: State, a: number): ActorState => state.actors[a] as ActorState;

/** The vector that a CPU takes next: the highest that is pending, if nothing is in service. */
export const nextPair = (config: Config, state: State, cpu: number): Pair => {
  const first = pairOf(config, cpu, 0);
  const all = ((1 << config.vectors) - 1) << first;
  if ((state.isr & all) !== 0) return NONE;
  for (let pair = first + config.vectors - 1; pair >= first; pair--) {
    if ((state.irr & (1 << pair)) !== 0) return pair;
  }
  return NONE;
};
