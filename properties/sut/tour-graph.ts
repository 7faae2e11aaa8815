/** What a tour knows of the states of a system: numbers, what was tried there, where it led. */

/** Numbers states by their words. */
class Numbers {
  count = 0;
  readonly #width: number;
  #words: Int32Array;
  #table = new Int32Array(4096);

  constructor(width: number) {
    this.#width = width;
    this.#words = new Int32Array(width * 1024);
  }

  /** The number of a state; a new one is given the next number. */
  of(state: Int32Array): number {
    let slot = this.#hash(state, 0) & (this.#table.length - 1);
    for (;;) {
      const entry = this.#table[slot] as number;
      if (entry === 0) break;
      if (this.#same(state, (entry - 1) * this.#width)) return entry - 1;
      slot = (slot + 1) & (this.#table.length - 1);
    }
    this.#append(state);
    this.#table[slot] = this.count;
    if (this.count * 2 > this.#table.length) this.#grow();
    return this.count - 1;
  }

  #same(state: Int32Array, base: number): boolean {
    for (let w = 0; w < this.#width; w++) if (this.#words[base + w] !== state[w]) return false;
    return true;
  }

  #append(state: Int32Array): void {
    if ((this.count + 1) * this.#width > this.#words.length) {
      const larger = new Int32Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words.set(state, this.count * this.#width);
    this.count++;
  }

  #hash(from: Int32Array, base: number): number {
    let h = 0x811c9dc5;
    for (let w = 0; w < this.#width; w++) {
      h = Math.imul(h ^ (from[base + w] as number), 0x9e3779b1);
      h ^= h >>> 15;
    }
    return h ^ (h >>> 13);
  }

  #grow(): void {
    const table = new Int32Array(this.#table.length * 2);
    for (let i = 0; i < this.count; i++) {
      let slot = this.#hash(this.#words, i * this.#width) & (table.length - 1);
      while (table[slot] !== 0) slot = (slot + 1) & (table.length - 1);
      table[slot] = i + 1;
    }
    this.#table = table;
  }
}

/** A way from one state to another that a system was seen to take. */
export type Edge = { readonly c: number; to: number; response: unknown };

/** What became of a command in a state. `never`: it may not be issued there. */
const UNTRIED = 0;
const PLANNED = 1;
const TRIED = 2;
const NEVER = 3;

type Place = {
  /** Per command. */
  readonly marks: Uint8Array;
  /** Commands that may be issued, in the order in which they are to be tried. */
  readonly order: Uint16Array;
  /** How many of `order` were passed already; what was put back lies before it. */
  next: number;
  /** Commands neither tried nor planned. */
  left: number;
  readonly edges: Edge[];
};

export class TourGraph {
  readonly #numbers: Numbers;
  readonly #places: (Place | undefined)[] = [];
  readonly #been: boolean[] = [];
  readonly #commands: number;
  /** For searches: who found a state in which search, and by which edge. */
  #stamp = 0;
  readonly #seen: number[] = [];
  readonly #from: number[] = [];
  readonly #by: (Edge | undefined)[] = [];
  /** States that the system was in. */
  reached = 0;
  /** Commands tried in a state for the first time. */
  transitions = 0;

  constructor(width: number, commands: number) {
    this.#numbers = new Numbers(width);
    this.#commands = commands;
  }

  numberOf(state: Int32Array): number {
    return this.#numbers.of(state);
  }

  isKnown(s: number): boolean {
    return this.#places[s] !== undefined;
  }

  /** Makes a state known, with the commands that may be issued there. */
  open(s: number, order: readonly number[]): void {
    const marks = new Uint8Array(this.#commands).fill(NEVER);
    for (const c of order) marks[c] = UNTRIED;
    const place = { marks, order: Uint16Array.from(order), next: 0, left: order.length, edges: [] };
    this.#places[s] = place;
  }

  /** The system is in this state. */
  arrive(s: number): void {
    if (this.#been[s] === true) return;
    this.#been[s] = true;
    this.reached++;
  }

  admits(s: number, c: number): boolean {
    return this.#place(s).marks[c] !== NEVER;
  }

  /** A command that is neither tried nor planned, which then is planned; -1: none. */
  plan(s: number): number {
    const place = this.#place(s);
    if (place.left === 0) return -1;
    for (;;) {
      if (place.next === place.order.length) place.next = 0;
      const c = place.order[place.next++] as number;
      if (place.marks[c] !== UNTRIED) continue;
      place.marks[c] = PLANNED;
      place.left--;
      return c;
    }
  }

  /** What was planned and did not come to it is to be tried again. */
  putBack(s: number, c: number): void {
    const place = this.#place(s);
    if (place.marks[c] !== PLANNED) return;
    place.marks[c] = UNTRIED;
    place.left++;
  }

  /** A planned command that the system cannot be told in this state. */
  leaveOut(s: number, c: number): void {
    this.#place(s).marks[c] = NEVER;
  }

  /** The system was given command `c` in state `s` and is in `to` now. */
  tried(s: number, c: number, to: number, response: unknown): void {
    const place = this.#place(s);
    const mark = place.marks[c];
    if (mark !== TRIED) {
      if (mark === UNTRIED) place.left--;
      place.marks[c] = TRIED;
      this.transitions++;
    }
    if (mark !== TRIED && to === s) return;
    const edge = place.edges.find((e) => e.c === c);
    if (edge === undefined) place.edges.push({ c, to, response });
    else {
      edge.to = to;
      edge.response = response;
    }
  }

  /** The shortest known way to a state for which `wanted` holds; undefined: there is none. */
  way(from: number, wanted: (s: number) => boolean): readonly Edge[] | undefined {
    const stamp = ++this.#stamp;
    const queue = [from];
    this.#seen[from] = stamp;
    this.#by[from] = undefined;
    for (let head = 0; head < queue.length; head++) {
      const s = queue[head] as number;
      if (wanted(s)) return this.#back(s);
      const place = this.#places[s];
      if (place === undefined) continue;
      for (const edge of place.edges) {
        if (this.#seen[edge.to] === stamp) continue;
        this.#seen[edge.to] = stamp;
        this.#from[edge.to] = s;
        this.#by[edge.to] = edge;
        queue.push(edge.to);
      }
    }
    return undefined;
  }

  /** The shortest known way to a state where something is left to try. */
  wayToWork(from: number): readonly Edge[] | undefined {
    return this.way(from, (s) => (this.#places[s]?.left ?? 0) > 0);
  }

  #back(to: number): Edge[] {
    const path: Edge[] = [];
    for (let s = to; ; s = this.#from[s] as number) {
      const edge = this.#by[s];
      if (edge === undefined) return path.reverse();
      path.push(edge);
    }
  }

  #place(s: number): Place {
    const place = this.#places[s];
    if (place === undefined) throw new Error(`state ${s} is not open`);
    return place;
  }
}
