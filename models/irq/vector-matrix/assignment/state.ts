import type { Config as MatrixConfig } from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import {
  type Config,
  type Errno,
  type Irq,
  SLOT_UNUSED,
  type Write,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { State as MatrixState } from "../allocator/state.js";
import { init as initMatrix } from "../allocator/step.js";

/** The vector layer: the matrix below it, the interrupts, and each CPU's own part. */
export type State = {
  readonly matrix: MatrixState;
  /** CPUs of the kernel's online mask; the matrix learns of a change at another moment. */
  readonly online: readonly boolean[];
  readonly irqs: readonly (Irq | undefined)[];
  /** Per CPU (Linux vector_irq): vector to interrupt number or SLOT_*; absent is unused. */
  readonly slots: readonly ReadonlyMap<number, number>[];
  /** Per CPU, the pending vectors of its local APIC. */
  readonly irr: readonly ReadonlySet<number>[];
  /** Per CPU, whether the timer that empties its cleanup list is armed. */
  readonly timers: readonly boolean[];
  /** Messages written by the command in hand. Output, not memory: the next command clears it. */
  readonly writes: readonly Write[];
};

/** What a Linux function answers: 0 or an error, `fatal` for BUG_ON. */
export type Result = { readonly state: State; readonly error: Errno | "fatal" | undefined };

export const ok = (state: State): Result => ({ state, error: undefined });
export const fail = (state: State, error: Errno | "fatal"): Result => ({ state, error });

const matrixConfigs = new WeakMap<Config, MatrixConfig>();

/** The configuration of the matrix below. */
export const matrixConfig = (config: Config): MatrixConfig => {
  let below = matrixConfigs.get(config);
  if (below === undefined) {
    const { cpus, bits, start, end, system, online, hotplug } = config;
    below = { cpus, bits, start, end, system, online, hotplug, scope: "per-cpu" };
    matrixConfigs.set(config, below);
  }
  return below;
};

const noSlots: ReadonlyMap<number, number> = new Map();
const nothing: ReadonlySet<number> = new Set();

export const init = (config: Config): State => {
  const online = new Set(config.online);
  const each = <T>(make: (cpu: number) => T): T[] =>
    Array.from({ length: config.cpus }, (_x, cpu) => make(cpu));
  return {
    matrix: initMatrix(matrixConfig(config)),
    online: each((cpu) => online.has(cpu)),
    irqs: Array.from({ length: config.irqs }, () => undefined),
    slots: each(() => noSlots),
    irr: each(() => nothing),
    timers: each(() => false),
    writes: [],
  };
};

const replaced = <T>(list: readonly T[], at: number, value: T): readonly T[] => {
  const next = list.slice();
  next[at] = value;
  return next;
};

/** The interrupt, which must be set up. */
export const irqOf = (state: State, irq: number): Irq => state.irqs[irq] as Irq;

export const withIrq = (state: State, irq: number, change: Partial<Irq>): State => ({
  ...state,
  irqs: replaced(state.irqs, irq, { ...irqOf(state, irq), ...change }),
});

export const putIrq = (state: State, irq: number, value: Irq | undefined): State => ({
  ...state,
  irqs: replaced(state.irqs, irq, value),
});

export const slotOf = (state: State, cpu: number, vector: number): number =>
  state.slots[cpu]?.get(vector) ?? SLOT_UNUSED;

export const withSlot = (state: State, cpu: number, vector: number, value: number): State => {
  const table = new Map(state.slots[cpu]);
  if (value === SLOT_UNUSED) table.delete(vector);
  else table.set(vector, value);
  return { ...state, slots: replaced(state.slots, cpu, table) };
};

export const withSlots = (
  state: State,
  cpu: number,
  table: ReadonlyMap<number, number>,
): State => ({ ...state, slots: replaced(state.slots, cpu, table) });

export const withTimer = (state: State, cpu: number, armed: boolean): State =>
  state.timers[cpu] === armed ? state : { ...state, timers: replaced(state.timers, cpu, armed) };

export const withOnline = (state: State, cpu: number, online: boolean): State => ({
  ...state,
  online: replaced(state.online, cpu, online),
});

export const withIrr = (state: State, cpu: number, irr: ReadonlySet<number>): State => ({
  ...state,
  irr: replaced(state.irr, cpu, irr),
});

export const isPending = (state: State, cpu: number, vector: number): boolean =>
  state.irr[cpu]?.has(vector) ?? false;

/** A message or an IPI reaches a CPU; one that is offline loses it. */
export const raise = (state: State, cpu: number, vector: number): State =>
  state.online[cpu] !== true || isPending(state, cpu, vector)
    ? state
    : withIrr(state, cpu, new Set(state.irr[cpu]).add(vector));

export const lower = (state: State, cpu: number, vector: number): State => {
  const irr = new Set(state.irr[cpu]);
  irr.delete(vector);
  return withIrr(state, cpu, irr);
};

export const apicId = (config: Config, cpu: number): number => config.apicIds?.[cpu] ?? cpu;

/** The CPU that a destination names; undefined if none does. */
export const cpuOfApic = (config: Config, dest: number): number | undefined => {
  if (config.apicIds === undefined) return dest < config.cpus ? dest : undefined;
  const cpu = config.apicIds.indexOf(dest);
  return cpu < 0 ? undefined : cpu;
};

// CPU sets are ascending lists without repetition.

/** A mask as Linux sees it. */
export const mask = (cpus: readonly number[]): readonly number[] =>
  [...new Set(cpus)].sort((a, b) => a - b);

export const allCpus = (config: Config): readonly number[] =>
  Array.from({ length: config.cpus }, (_x, cpu) => cpu);

export const and = (a: readonly number[], b: readonly number[]): readonly number[] =>
  a.filter((cpu) => b.includes(cpu));

export const onlineOf = (state: State, cpus: readonly number[]): readonly number[] =>
  cpus.filter((cpu) => state.online[cpu] === true);

export const onlineCpus = (state: State): readonly number[] => {
  const cpus: number[] = [];
  for (let cpu = 0; cpu < state.online.length; cpu++) {
    if (state.online[cpu] === true) cpus.push(cpu);
  }
  return cpus;
};

/** Online CPUs of a node, as x86 keeps its node masks; nothing for an unknown node. */
export const nodeCpus = (config: Config, state: State, node: number): readonly number[] =>
  onlineCpus(state).filter((cpu) => config.nodes?.[cpu] === node);

/** Interrupts that are set up, ascending. */
export const setUp = (state: State): readonly number[] => {
  const irqs: number[] = [];
  for (let irq = 0; irq < state.irqs.length; irq++) {
    if (state.irqs[irq] !== undefined) irqs.push(irq);
  }
  return irqs;
};
