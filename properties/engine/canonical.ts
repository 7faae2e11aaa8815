import type { AnySubsystem } from "../subsystem.js";

/** All orders of n CPUs, the identity first. */
const permutations = (n: number): Int32Array[] => {
  if (n === 0) return [new Int32Array(0)];
  return permutations(n - 1).flatMap((p) =>
    Array.from({ length: n }, (_x, at) => {
      const list = [...p];
      list.splice(n - 1 - at, 0, n - 1);
      return Int32Array.from(list);
    }),
  );
};

export const inverse = (p: Int32Array): Int32Array => {
  const q = new Int32Array(p.length);
  p.forEach((to, from) => {
    q[to] = from;
  });
  return q;
};

/** Replaces a state by the least of its images under relabelling of CPUs. */
export class Canonical {
  readonly #permute: (target: Int32Array, source: Int32Array, p: Int32Array) => void;
  readonly #all: readonly Int32Array[];
  readonly #image: Int32Array;
  readonly #best: Int32Array;
  /** The relabelling that the last call chose. */
  chosen: Int32Array;
  constructor(subsystem: AnySubsystem, config: { cpus: number }, words: number) {
    const packed = subsystem.packed?.(config);
    if (packed?.permute === undefined) throw new Error("no permute");
    this.#permute = packed.permute.bind(packed);
    this.#all = permutations(config.cpus);
    this.#image = new Int32Array(words);
    this.#best = new Int32Array(words);
    this.chosen = this.#all[0] as Int32Array;
  }
  apply(state: Int32Array): void {
    this.#best.set(state);
    this.chosen = this.#all[0] as Int32Array;
    for (let i = 1; i < this.#all.length; i++) {
      const p = this.#all[i] as Int32Array;
      this.#permute(this.#image, state, p);
      let w = 0;
      while (w < state.length && this.#image[w] === this.#best[w]) w++;
      if (w < state.length && (this.#image[w] as number) < (this.#best[w] as number)) {
        this.#best.set(this.#image);
        this.chosen = p;
      }
    }
    state.set(this.#best);
  }
}
