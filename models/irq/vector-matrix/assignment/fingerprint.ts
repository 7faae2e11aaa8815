/** A state as words of fixed length: equal words, equal state. `writes` is output, not state. */
import type { Config, Irq } from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { cpuOf } from "../allocator/state.js";
import { type State, slotOf } from "./state.js";

/** Words of one interrupt before its three CPU sets. */
const IRQ_WORDS = 12;
const CPU_COUNTERS = 5;

const setWords = (config: Config): number => Math.ceil(config.cpus / 32);
const mapWords = (config: Config): number => Math.ceil((config.bits + 1) / 32);

/** Length of a fingerprint in 32-bit words. */
export const fingerprintWords = (config: Config): number =>
  3 +
  config.cpus * (CPU_COUNTERS + 3 * mapWords(config) + config.bits) +
  config.irqs * (IRQ_WORDS + 3 * setWords(config));

const bit = (on: boolean, at: number): number => (on ? 1 << at : 0);

class Writer {
  readonly words: Int32Array;
  #at = 0;
  constructor(length: number) {
    this.words = new Int32Array(length);
  }
  put(word: number): void {
    this.words[this.#at++] = word;
  }
  set(members: Iterable<number>, length: number): void {
    for (const member of members) {
      const w = this.#at + (member >> 5);
      this.words[w] = (this.words[w] as number) | (1 << (member & 31));
    }
    this.#at += length;
  }
}

const flags = (irq: Irq): number =>
  1 |
  bit(irq.managed, 1) |
  bit(irq.maskable, 2) |
  bit(irq.moveInProgress, 3) |
  bit(irq.listed, 4) |
  bit(irq.canReserve, 5) |
  bit(irq.hasReserved, 6) |
  bit(irq.coreCanReserve, 7) |
  bit(irq.pending !== undefined, 8) |
  bit(irq.affinitySet, 9) |
  bit(irq.activated, 10) |
  bit(irq.started, 11) |
  bit(irq.requested, 12) |
  bit(irq.managedShutdown, 13) |
  bit(irq.stranded, 14);

const putIrq = (config: Config, out: Writer, irq: Irq | undefined): void => {
  const words = setWords(config);
  if (irq === undefined) {
    for (let i = 0; i < IRQ_WORDS; i++) out.put(0);
    for (let i = 0; i < 3; i++) out.set([], words);
    return;
  }
  out.put(flags(irq));
  out.put(irq.node);
  out.put(irq.vector);
  out.put(irq.cpu);
  out.put(irq.prevVector);
  out.put(irq.prevCpu);
  out.put(irq.hwVector);
  out.put(irq.hwCpu);
  out.put(irq.depth);
  out.put(irq.message.dest);
  out.put(irq.message.vector);
  out.put(irq.waited);
  out.set(irq.affinity, words);
  out.set(irq.effective, words);
  out.set(irq.pending ?? [], words);
};

export const fingerprint = (config: Config, state: State): Int32Array => {
  const out = new Writer(fingerprintWords(config));
  const { matrix } = state;
  out.put(matrix.globalAvailable);
  out.put(matrix.globalReserved);
  out.put(matrix.totalAllocated);
  for (let cpu = 0; cpu < config.cpus; cpu++) {
    const map = cpuOf(matrix, cpu);
    out.put(
      bit(map.online, 0) |
        bit(map.initialized, 1) |
        bit(map.drifted, 2) |
        bit(state.online[cpu] === true, 3) |
        bit(state.timers[cpu] === true, 4),
    );
    out.put(map.available);
    out.put(map.allocated);
    out.put(map.managed);
    out.put(map.managedAllocated);
    out.set(map.allocMap, mapWords(config));
    out.set(map.managedMap, mapWords(config));
    out.set(state.irr[cpu] ?? [], mapWords(config));
    for (let vector = 0; vector < config.bits; vector++) out.put(slotOf(state, cpu, vector));
  }
  for (const irq of state.irqs) putIrq(config, out, irq);
  return out.words;
};
