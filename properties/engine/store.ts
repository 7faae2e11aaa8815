/** A set of states in one block of words, by open addressing; words are compared on a hash match. */
export interface StateStore {
  /** All states, one after another. Replaced when it grows: read it anew after `add`. */
  readonly words: Int32Array;
  readonly count: number;
  /** True when the state was new. */
  add(state: Int32Array): boolean;
}

class Store implements StateStore {
  words: Int32Array;
  count = 0;
  readonly #width: number;
  #table: Int32Array;
  #mask: number;

  constructor(width: number) {
    this.#width = width;
    this.words = new Int32Array(width * 1024);
    this.#table = new Int32Array(4096).fill(-1);
    this.#mask = 4095;
  }

  add(state: Int32Array): boolean {
    const width = this.#width;
    const { words } = this;
    let slot = this.#hash(state, 0) & this.#mask;
    for (;;) {
      const at = this.#table[slot] as number;
      if (at < 0) break;
      const base = at * width;
      let w = 0;
      while (w < width && words[base + w] === state[w]) w++;
      if (w === width) return false;
      slot = (slot + 1) & this.#mask;
    }
    this.#table[slot] = this.count;
    this.#append(state);
    // At most five eighths full.
    if (this.count * 8 > this.#table.length * 5) this.#grow();
    return true;
  }

  #append(state: Int32Array): void {
    const width = this.#width;
    if ((this.count + 1) * width > this.words.length) {
      const larger = new Int32Array(this.words.length * 2);
      larger.set(this.words);
      this.words = larger;
    }
    const base = this.count * width;
    for (let w = 0; w < width; w++) this.words[base + w] = state[w] as number;
    this.count++;
  }

  #hash(from: Int32Array, base: number): number {
    let h = 0x811c9dc5;
    for (let w = 0; w < this.#width; w++) {
      h = Math.imul(h ^ (from[base + w] as number), 0x9e3779b1);
      h ^= h >>> 15;
    }
    h = Math.imul(h, 0x85ebca6b);
    return (h ^ (h >>> 13)) >>> 0;
  }

  #grow(): void {
    const size = this.#table.length * 2;
    this.#mask = size - 1;
    this.#table = new Int32Array(size).fill(-1);
    for (let i = 0; i < this.count; i++) {
      let slot = this.#hash(this.words, i * this.#width) & this.#mask;
      while ((this.#table[slot] as number) >= 0) slot = (slot + 1) & this.#mask;
      this.#table[slot] = i;
    }
  }
}

export const stateStore = (width: number): StateStore => new Store(width);
