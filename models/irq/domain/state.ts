import { planOf } from "../../../spec/irq/domain/platform.js";
import type { Config, CpuPart, Desc, Line } from "../../../spec/irq/domain/vocabulary.js";
import type { Irq } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { Machine } from "../../hardware/machine/index.js";
import { init as initMessages, type State as MessageState } from "../msi-message/state.js";
import {
  init as initVectors,
  slotOf,
  type State as VectorState,
} from "../vector-matrix/assignment/state.js";
import { plantOf } from "./plant.js";

export type State = {
  /** The vector layer; its pending bits follow the machine's local APICs. */
  readonly vectors: VectorState;
  /** Which remapping entries belong to whom, and what was stored in them. */
  readonly entries: MessageState;
  readonly descs: readonly (Desc | undefined)[];
  readonly cpus: readonly CpuPart[];
  readonly lines: readonly Line[];
  readonly machine: Machine;
  /** Byte offset of the next free place in the unit's queue. */
  readonly tail: number;
};

export const freshCpu: CpuPart = {
  running: -1,
  waiting: -1,
  spurious: 0,
  ticks: 0,
  open: 0,
  strays: 0,
  expired: 0,
};

export const freshLine: Line = {
  handlers: [],
  seen: 0,
  unhandled: 0,
  off: false,
  ignored: 0,
  unclaimed: 0,
};

export const init = (config: Config): State => {
  const plant = plantOf(config);
  return {
    vectors: initVectors(plant.vectors),
    entries: initMessages(plant.messages),
    descs: new Array<undefined>(planOf(config).count).fill(undefined),
    cpus: config.apicIds.map(() => freshCpu),
    lines: config.lines.map(() => freshLine),
    machine: plant.booted,
    tail: 0,
  };
};

const replaced = <T>(list: readonly T[], at: number, value: T): readonly T[] => {
  const next = list.slice();
  next[at] = value;
  return next;
};

export const withDesc = (state: State, irq: number, change: Partial<Desc>): State => {
  const desc = state.descs[irq];
  return desc === undefined
    ? state
    : { ...state, descs: replaced(state.descs, irq, { ...desc, ...change }) };
};

export const putDesc = (state: State, irq: number, desc: Desc | undefined): State => ({
  ...state,
  descs: replaced(state.descs, irq, desc),
});

export const withCpu = (state: State, cpu: number, change: Partial<CpuPart>): State => {
  const part = state.cpus[cpu];
  return part === undefined
    ? state
    : { ...state, cpus: replaced(state.cpus, cpu, { ...part, ...change }) };
};

export const withLine = (state: State, line: number, change: Partial<Line>): State => {
  const old = state.lines[line];
  return old === undefined
    ? state
    : { ...state, lines: replaced(state.lines, line, { ...old, ...change }) };
};

export const vectorIrq = (state: State, irq: number): Irq | undefined => state.vectors.irqs[irq];

/** Started and enabled: its handler may run. */
export const canRun = (state: State, irq: number): boolean => {
  const entry = vectorIrq(state, irq);
  return entry?.started === true && entry.depth === 0;
};

/** The interrupt that a CPU's slot leads to, -1 none. */
export const ownerOf = (state: State, cpu: number, vector: number): number =>
  Math.max(slotOf(state.vectors, cpu, vector), -1);

export const isIdle = (state: State, cpu: number): boolean => {
  const part = state.cpus[cpu];
  return part !== undefined && part.running < 0 && part.waiting < 0;
};

export const onlineCpus = (state: State): readonly number[] =>
  state.vectors.online.flatMap((on, cpu) => (on ? [cpu] : []));

/** The lowest online CPU, where legacy lines go and callers run. */
export const bootCpu = (state: State): number => state.vectors.online.indexOf(true);
