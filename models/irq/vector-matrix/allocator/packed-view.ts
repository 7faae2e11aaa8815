import { popcount32 } from "../../../../spec/core/int.js";
import type {
  Config,
  MatrixView,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";

/** Flag bits of a CPU's first word. */
export const ONLINE = 1;
export const INITIALIZED = 2;
export const DRIFTED = 4;

/** Header words before the system map. */
export const G_AVAILABLE = 0;
export const G_RESERVED = 1;
export const G_TOTAL = 2;
export const G_ONLINE = 3;
export const G_SYSTEM = 4;
export const G_MAP = 5;

/** Words of a lane (one CPU's share) before its maps. */
export const L_FLAGS = 0;
export const L_AVAILABLE = 1;
export const L_ALLOCATED = 2;
export const L_MANAGED = 3;
export const L_MANAGED_ALLOCATED = 4;
export const L_MAPS = 5;

/**
 * Where things stand in a packed matrix, in 32-bit words: header, system map, then one lane a
 * CPU: five counters, the allocation map, the managed map. Bit v of a map is bit v mod 32 of
 * word v div 32.
 */
export class Layout {
  readonly mapWords: number;
  readonly headerWords: number;
  readonly laneWords: number;
  readonly words: number;
  /** Mask of the device range [start, end), word by word. */
  readonly range: Int32Array;
  readonly config: Config;
  constructor(config: Config) {
    this.config = config;
    // One bit more than the matrix has: Linux's range check admits it (Q3).
    this.mapWords = ((config.bits + 1 + 31) / 32) | 0;
    this.headerWords = G_MAP + this.mapWords;
    this.laneWords = L_MAPS + 2 * this.mapWords;
    this.words = this.headerWords + config.cpus * this.laneWords;
    this.range = new Int32Array(this.mapWords);
    for (let v = config.start; v < config.end; v++) {
      this.range[v >> 5] = (this.range[v >> 5] as number) | (1 << (v & 31));
    }
  }
  lane(cpu: number): number {
    return this.headerWords + cpu * this.laneWords;
  }
}

const bit = (words: Int32Array, base: number, vector: number): boolean =>
  (((words[base + (vector >> 5)] as number) >>> (vector & 31)) & 1) === 1;

/** Accessors over a block that may change under them. */
export class PackedView implements MatrixView {
  readonly layout: Layout;
  words: Int32Array;
  readonly cpuCount: number;
  constructor(layout: Layout, words: Int32Array) {
    this.layout = layout;
    this.words = words;
    this.cpuCount = layout.config.cpus;
  }
  get globalAvailable(): number {
    return this.words[G_AVAILABLE] as number;
  }
  get globalReserved(): number {
    return this.words[G_RESERVED] as number;
  }
  get totalAllocated(): number {
    return this.words[G_TOTAL] as number;
  }
  get onlineMaps(): number {
    return this.words[G_ONLINE] as number;
  }
  #at(cpu: number, word: number): number {
    const { layout } = this;
    if (cpu >= layout.config.cpus) return 0;
    return this.words[layout.headerWords + cpu * layout.laneWords + word] as number;
  }
  isSystem(vector: number): boolean {
    return vector <= this.layout.config.bits && bit(this.words, G_MAP, vector);
  }
  online(cpu: number): boolean {
    return (this.#at(cpu, L_FLAGS) & ONLINE) !== 0;
  }
  initialized(cpu: number): boolean {
    return (this.#at(cpu, L_FLAGS) & INITIALIZED) !== 0;
  }
  drifted(cpu: number): boolean {
    return (this.#at(cpu, L_FLAGS) & DRIFTED) !== 0;
  }
  available(cpu: number): number {
    return this.#at(cpu, L_AVAILABLE);
  }
  allocated(cpu: number): number {
    return this.#at(cpu, L_ALLOCATED);
  }
  managed(cpu: number): number {
    return this.#at(cpu, L_MANAGED);
  }
  managedAllocated(cpu: number): number {
    return this.#at(cpu, L_MANAGED_ALLOCATED);
  }
  isAllocated(cpu: number, vector: number): boolean {
    const { layout } = this;
    if (cpu >= layout.config.cpus || vector > layout.config.bits) return false;
    return bit(this.words, layout.lane(cpu) + L_MAPS, vector);
  }
  isManaged(cpu: number, vector: number): boolean {
    const { layout } = this;
    if (cpu >= layout.config.cpus || vector > layout.config.bits) return false;
    return bit(this.words, layout.lane(cpu) + L_MAPS + layout.mapWords, vector);
  }
  nthAllocated(cpu: number, nth: number): number {
    const base = this.layout.lane(cpu) + L_MAPS;
    let left = nth;
    for (let w = 0; w < this.layout.mapWords; w++) {
      let word = this.words[base + w] as number;
      const here = popcount32(word);
      if (left >= here) {
        left -= here;
        continue;
      }
      for (; left > 0; left--) word &= word - 1;
      return w * 32 + 31 - Math.clz32(word & -word);
    }
    return -1;
  }
  countAllocated(cpu: number): number {
    const base = this.layout.lane(cpu) + L_MAPS;
    let count = 0;
    for (let w = 0; w < this.layout.mapWords; w++) {
      count += popcount32(this.words[base + w] as number);
    }
    return count;
  }
  countManaged(cpu: number): number {
    const base = this.layout.lane(cpu) + L_MAPS + this.layout.mapWords;
    let count = 0;
    for (let w = 0; w < this.layout.mapWords; w++) {
      count += popcount32(this.words[base + w] as number);
    }
    return count;
  }
  countManagedAllocated(cpu: number): number {
    const { mapWords } = this.layout;
    const base = this.layout.lane(cpu) + L_MAPS;
    let count = 0;
    for (let w = 0; w < mapWords; w++) {
      count += popcount32(
        (this.words[base + w] as number) & (this.words[base + mapWords + w] as number),
      );
    }
    return count;
  }
  countSystemInRange(): number {
    let count = 0;
    for (let w = 0; w < this.layout.mapWords; w++) {
      count += popcount32((this.words[G_MAP + w] as number) & (this.layout.range[w] as number));
    }
    return count;
  }
  sameMaps(other: MatrixView, cpu: number): boolean {
    const { layout } = this;
    const base = layout.lane(cpu) + L_MAPS;
    if (other instanceof PackedView && other.layout === layout) {
      for (let w = 0; w < 2 * layout.mapWords; w++) {
        if (this.words[base + w] !== other.words[base + w]) return false;
      }
      return true;
    }
    for (let v = 0; v <= layout.config.bits; v++) {
      if (this.isAllocated(cpu, v) !== other.isAllocated(cpu, v)) return false;
      if (this.isManaged(cpu, v) !== other.isManaged(cpu, v)) return false;
    }
    return true;
  }
}
