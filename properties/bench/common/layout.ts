import { popcount32 } from "../../../spec/core/int.js";
import type { CommonView, Config, SlotKind } from "./vocabulary.js";

/** A field of a word: `(state[base + word] >>> shift) & mask`. */
export type Field = { readonly word: number; readonly shift: number; readonly mask: number };

const field = (word: number, shift: number, bits: number): Field => ({
  word,
  shift,
  mask: bits === 32 ? -1 : (1 << bits) - 1,
});

export const get = (s: Int32Array, base: number, f: Field): number =>
  ((s[base + f.word] as number) >>> f.shift) & f.mask;

/** Writes a field; what does not fit wraps, and so shows as a wrong count. */
export const put = (s: Int32Array, base: number, f: Field, value: number): void => {
  const at = base + f.word;
  s[at] = ((s[at] as number) & ~(f.mask << f.shift)) | ((value & f.mask) << f.shift);
};

export const add = (s: Int32Array, base: number, f: Field, by: number): void =>
  put(s, base, f, get(s, base, f) + by);

/**
 * Where things stand. Counters are stored beside the maps they count, so that a wrong counter is
 * a state of its own. Up to 4 x 4 a CPU is one word and the header another; larger machines give
 * each map whole words. A map is addressed as word `w` of its field.
 */
export class Layout {
  readonly config: Config;
  readonly mapWords: number;
  readonly headerWords: number;
  readonly laneWords: number;
  readonly words: number;
  readonly globalAvailable: Field;
  readonly globalAllocated: Field;
  readonly globalReserved: Field;
  readonly online: Field;
  readonly system: Field;
  readonly picks: readonly Field[];
  readonly available: Field;
  readonly allocated: Field;
  readonly reserved: Field;
  /** Maps of a lane: used, set aside and idle, managed in use. */
  readonly used: Field;
  readonly idle: Field;
  readonly managed: Field;
  /** Bits that exist in map word w. */
  readonly range: Int32Array;

  constructor(config: Config) {
    this.config = config;
    const dense = config.cpus <= 4 && config.vectors <= 4 && config.cpus * config.vectors < 15;
    this.mapWords = (config.vectors + 31) >> 5;
    // Global counters are sums over CPUs and need more bits than a lane's.
    const wide = dense ? 5 : 10;
    this.globalAvailable = field(0, 0, wide);
    this.globalAllocated = field(0, wide, wide);
    this.globalReserved = field(0, 2 * wide, wide);
    this.online = dense ? field(0, 15, 4) : field(1, 0, 8);
    this.system = dense ? field(0, 19, 4) : field(3, 0, 32);
    this.picks = dense ? [field(0, 23, 4), field(0, 27, 4)] : [field(2, 0, 16), field(2, 16, 16)];
    this.headerWords = dense ? 1 : 3 + this.mapWords;
    const narrow = dense ? 4 : 10;
    this.available = field(0, 0, narrow);
    this.allocated = field(0, narrow, narrow);
    this.reserved = field(0, 2 * narrow, narrow);
    const { mapWords } = this;
    this.used = dense ? field(0, 12, 4) : field(1, 0, 32);
    this.idle = dense ? field(0, 16, 4) : field(1 + mapWords, 0, 32);
    this.managed = dense ? field(0, 20, 4) : field(1 + 2 * mapWords, 0, 32);
    this.laneWords = dense ? 1 : 1 + 3 * mapWords;
    this.words = this.headerWords + config.cpus * this.laneWords;
    this.range = new Int32Array(mapWords);
    for (let v = 0; v < config.vectors; v++) {
      this.range[v >> 5] = (this.range[v >> 5] as number) | (1 << (v & 31));
    }
  }

  lane(cpu: number): number {
    return this.headerWords + cpu * this.laneWords;
  }
}

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);

/** Accessors over a block that may change under them. */
export class PackedView implements CommonView {
  readonly layout: Layout;
  readonly state: Int32Array;
  constructor(layout: Layout, state: Int32Array) {
    this.layout = layout;
    this.state = state;
  }
  get onlineMask(): number {
    return get(this.state, 0, this.layout.online);
  }
  get globalAvailable(): number {
    return get(this.state, 0, this.layout.globalAvailable);
  }
  get globalAllocated(): number {
    return get(this.state, 0, this.layout.globalAllocated);
  }
  get globalReserved(): number {
    return get(this.state, 0, this.layout.globalReserved);
  }
  available(cpu: number): number {
    return get(this.state, this.layout.lane(cpu), this.layout.available);
  }
  allocated(cpu: number): number {
    return get(this.state, this.layout.lane(cpu), this.layout.allocated);
  }
  reserved(cpu: number): number {
    return get(this.state, this.layout.lane(cpu), this.layout.reserved);
  }
  // The loops below read maps by plain numbers: they are most of what judging costs.
  countFree(cpu: number): number {
    const { layout, state } = this;
    const { used, idle, managed, system, range } = layout;
    const lane = layout.lane(cpu);
    const [u, i, m] = [lane + used.word, lane + idle.word, lane + managed.word];
    let count = 0;
    for (let w = 0; w < layout.mapWords; w++) {
      const taken =
        ((state[system.word + w] as number) >>> system.shift) |
        ((state[u + w] as number) >>> used.shift) |
        ((state[i + w] as number) >>> idle.shift) |
        ((state[m + w] as number) >>> managed.shift);
      count += popcount32(~taken & (range[w] as number));
    }
    return count;
  }
  countAllocated(cpu: number): number {
    const { layout, state } = this;
    const { used, managed } = layout;
    const lane = layout.lane(cpu);
    const [u, m] = [lane + used.word, lane + managed.word];
    let count = 0;
    for (let w = 0; w < layout.mapWords; w++) {
      const word =
        ((state[u + w] as number) >>> used.shift) | ((state[m + w] as number) >>> managed.shift);
      count += popcount32(word & used.mask);
    }
    return count;
  }
  countReserved(cpu: number): number {
    return this.#count(this.layout.lane(cpu), this.layout.idle);
  }
  countSystem(): number {
    return this.#count(0, this.layout.system);
  }
  #count(base: number, map: Field): number {
    const { state } = this;
    const { mask, shift } = map;
    const first = base + map.word;
    const end = first + this.layout.mapWords;
    let count = 0;
    for (let at = first; at < end; at++) {
      count += popcount32(((state[at] as number) >>> shift) & mask);
    }
    return count;
  }
  overlaps(cpu: number): boolean {
    const { layout, state } = this;
    const { used, idle, managed, system } = layout;
    const lane = layout.lane(cpu);
    const [ua, ia, ma] = [lane + used.word, lane + idle.word, lane + managed.word];
    let twice = 0;
    for (let w = 0; w < layout.mapWords; w++) {
      const s = (state[system.word + w] as number) >>> system.shift;
      const u = (state[ua + w] as number) >>> used.shift;
      const i = (state[ia + w] as number) >>> idle.shift;
      const m = (state[ma + w] as number) >>> managed.shift;
      twice |= (s & u) | ((s | u) & i) | ((s | u | i) & m);
    }
    return (twice & used.mask) !== 0;
  }
  slot(cpu: number, vector: number): SlotKind {
    const { layout, state } = this;
    const w = vector >> 5;
    const lane = layout.lane(cpu) + w;
    const bit = 1 << (vector & 31);
    if ((get(state, w, layout.system) & bit) !== 0) return "system";
    if ((get(state, lane, layout.used) & bit) !== 0) return "used";
    if ((get(state, lane, layout.managed) & bit) !== 0) return "managed";
    return (get(state, lane, layout.idle) & bit) !== 0 ? "reserved" : "free";
  }
  nextInUse(cpu: number, from: number): number {
    const { layout, state } = this;
    const lane = layout.lane(cpu);
    const first = from >> 5;
    for (let i = 0; i <= layout.mapWords; i++) {
      const w = (first + i) % layout.mapWords;
      let word = get(state, lane + w, layout.used) | get(state, lane + w, layout.managed);
      if (i === 0) word &= -1 << (from & 31);
      if (word !== 0) return w * 32 + lowestBit(word);
    }
    return -1;
  }
  picked(thread: number): number {
    return get(this.state, 0, this.layout.picks[thread] as Field) - 1;
  }
}
