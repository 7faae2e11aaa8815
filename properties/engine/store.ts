/** A set of states in one block of words, by open addressing; words are compared on a hash match. */
export interface StateStore {
  /** All states, one after another. Replaced when it grows: read it anew after `add`. */
  readonly words: Int32Array;
  readonly count: number;
  /** True when the state was new. */
  add(state: Int32Array): boolean;
  /** Notes a state for `addQueued`. */
  enqueue(state: Int32Array): void;
  /**
   * Adds the noted states in their order; answers the places in that order of those that were
   * new, in a list that is reused. Memory is asked for all of them before any is compared, so
   * that its delays overlap: several times cheaper than adding one by one.
   */
  addQueued(): readonly number[];
}

/**
 * An entry of the table is a state's number plus one in its low bits, as many as the table needs,
 * and above them the same bits of the hash, so that few strangers are compared word by word.
 */
class Store implements StateStore {
  words: Int32Array;
  count = 0;
  readonly #width: number;
  #table: Int32Array;
  #mask: number;
  #queue: Int32Array;
  #hashes = new Int32Array(64);
  #queued = 0;
  readonly #fresh: number[] = [];
  /** What `#touch` read; kept so that the reading is not left out. */
  protected touched = 0;

  constructor(width: number) {
    this.#width = width;
    this.words = new Int32Array(width * 1024);
    this.#table = new Int32Array(4096);
    this.#mask = 4095;
    this.#queue = new Int32Array(64 * width);
  }

  add(state: Int32Array): boolean {
    return this.#insert(state, 0, this.#hash(state, 0));
  }

  enqueue(state: Int32Array): void {
    const width = this.#width;
    const n = this.#queued++;
    if (n === this.#hashes.length) {
      const hashes = new Int32Array(n * 2);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
      const queue = new Int32Array(n * 2 * width);
      queue.set(this.#queue);
      this.#queue = queue;
    }
    const base = n * width;
    for (let w = 0; w < width; w++) this.#queue[base + w] = state[w] as number;
    this.#hashes[n] = this.#hash(state, 0);
  }

  addQueued(): readonly number[] {
    const width = this.#width;
    const fresh = this.#fresh;
    while (fresh.length > 0) fresh.pop();
    this.#touch();
    for (let i = 0; i < this.#queued; i++) {
      if (this.#insert(this.#queue, i * width, this.#hashes[i] as number)) fresh.push(i);
    }
    this.#queued = 0;
    return fresh;
  }

  /** Reads what the queued states will be compared with, and keeps nothing but the reading. */
  #touch(): void {
    const width = this.#width;
    const table = this.#table;
    const mask = this.#mask;
    const hashes = this.#hashes;
    const { words } = this;
    const n = this.#queued;
    let sum = 0;
    for (let i = 0; i < n; i++) sum ^= table[(hashes[i] as number) & mask] as number;
    for (let i = 0; i < n; i++) {
      const entry = (table[(hashes[i] as number) & mask] as number) & mask;
      sum ^= words[entry === 0 ? 0 : (entry - 1) * width] as number;
    }
    this.touched = sum;
  }

  /** Adds the state that stands in `from` at `at`. */
  #insert(from: Int32Array, at: number, hash: number): boolean {
    const width = this.#width;
    const { words } = this;
    const table = this.#table;
    const mask = this.#mask;
    const tag = hash & ~mask;
    let slot = hash & mask;
    for (;;) {
      const entry = table[slot] as number;
      if (entry === 0) break;
      if ((entry & ~mask) === tag) {
        const base = ((entry & mask) - 1) * width;
        let w = 0;
        while (w < width && words[base + w] === from[at + w]) w++;
        if (w === width) return false;
      }
      slot = (slot + 1) & mask;
    }
    this.#append(from, at);
    table[slot] = tag | this.count;
    // At most 13/16 full: a table that stays in the cache beats shorter probes.
    if (this.count * 16 > table.length * 13) this.#grow();
    return true;
  }

  #append(from: Int32Array, at: number): void {
    const width = this.#width;
    if ((this.count + 1) * width > this.words.length) {
      const larger = new Int32Array(this.words.length * 2);
      larger.set(this.words);
      this.words = larger;
    }
    const base = this.count * width;
    for (let w = 0; w < width; w++) this.words[base + w] = from[at + w] as number;
    this.count++;
  }

  #hash(from: Int32Array, base: number): number {
    let h = 0x811c9dc5;
    for (let w = 0; w < this.#width; w++) {
      h = Math.imul(h ^ (from[base + w] as number), 0x9e3779b1);
      h ^= h >>> 15;
    }
    h = Math.imul(h, 0x85ebca6b);
    return h ^ (h >>> 13);
  }

  #grow(): void {
    const size = this.#table.length * 2;
    const mask = size - 1;
    const table = new Int32Array(size);
    for (let i = 0; i < this.count; i++) {
      const hash = this.#hash(this.words, i * this.#width);
      let slot = hash & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = (hash & ~mask) | (i + 1);
    }
    this.#table = table;
    this.#mask = mask;
  }
}

export const stateStore = (width: number): StateStore => new Store(width);
