/** Vectors of multi-message blocks where no remapping stands between device and CPU. */
import type { Command, Config, VectorBlock } from "../../../spec/irq/msi-message/vocabulary.js";
import { roundUp } from "./intel.js";
import { answer, failed, type MessageOutcome } from "./remap.js";
import type { State } from "./state.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

const isFree = (taken: readonly VectorBlock[], base: number, size: number): boolean =>
  !taken.some((b) => base < b.base + b.size && b.base < base + size);

/** Bases at which `size` aligned vectors are free on a CPU, ascending. */
export const freeBases = (config: Config, state: State, cpu: number, size: number): number[] => {
  const taken = state.vectors.filter((b) => b.cpu === cpu);
  const bases: number[] = [];
  for (
    let v = Math.ceil(config.vectorStart / size) * size;
    v + size <= config.vectorEnd;
    v += size
  ) {
    if (isFree(taken, v, size)) bases.push(v);
  }
  return bases;
};

export const own = (
  state: State,
  c: Of<"allocateVectors">,
  base: number,
  size: number,
): MessageOutcome => {
  const block: VectorBlock = { device: c.device, cpu: c.cpu, base, size };
  return answer(
    { ...state, vectors: [...state.vectors, block], log: [] },
    { kind: "vectors", base, size },
  );
};

/** Linux without remapping: a block is always reduced to one vector (msi_capability_init). */
export const allocateVectors = (
  config: Config,
  state: State,
  c: Of<"allocateVectors">,
): MessageOutcome => {
  const base = freeBases(config, state, c.cpu, 1)[0];
  return base === undefined ? failed(state, "ENOSPC") : own(state, c, base, 1);
};

/** Large ranges: the lowest places stand for the rest. */
const MOST_CHOICES = 8;

/** The legal outcomes: one vector, or the whole rounded block aligned to its size. */
export const vectorOutcomes = (
  config: Config,
  state: State,
  c: Of<"allocateVectors">,
): readonly MessageOutcome[] => {
  const size = roundUp(c.count);
  const at = (n: number): MessageOutcome[] =>
    freeBases(config, state, c.cpu, n)
      .slice(0, MOST_CHOICES)
      .map((base) => own(state, c, base, n));
  const singles = at(1);
  if (singles.length === 0) return [failed(state, "ENOSPC")];
  return size === 1 ? singles : [...singles, ...at(size)];
};

export const releaseVectors = (
  _config: Config,
  state: State,
  c: Of<"releaseVectors">,
): MessageOutcome =>
  answer(
    { ...state, vectors: state.vectors.filter((b) => b.device !== c.device), log: [] },
    { kind: "done" },
  );
