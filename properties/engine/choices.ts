import type { Choices } from "../../spec/core/choices.js";

/** Spreads a 32-bit word (the finalizer of MurmurHash3). */
export const mix32 = (word: number): number => {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** The seed of part `index` of a larger whole; independent of who runs it. */
export const subSeed = (seed: number, index: number): number =>
  mix32((seed ^ Math.imul(index + 1, 0x9e3779b1)) | 0);

/** A seeded source (sfc32): the same seed gives the same numbers on every machine. */
export class RandomChoices implements Choices {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 1;
  constructor(seed: number) {
    this.reseed(seed);
  }
  reseed(seed: number): void {
    this.#a = mix32(seed) | 0;
    this.#b = mix32(seed ^ 0x5bd1e995) | 0;
    this.#c = mix32(seed ^ 0x27d4eb2f) | 0;
    this.#d = 1;
    for (let i = 0; i < 12; i++) this.word();
  }
  /** The next 32 bits, signed. */
  word(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }
  below(bound: number): number {
    return Math.floor(((this.word() >>> 0) * bound) / 4294967296);
  }
}

/** Walks every sequence of choices in order, as an odometer: `next` until it answers false. */
export class ExhaustiveChoices implements Choices {
  readonly #digits: number[] = [];
  readonly #bounds: number[] = [];
  #position = 0;
  /** Starts the enumeration over. */
  restart(): void {
    this.#digits.length = 0;
    this.#bounds.length = 0;
    this.#position = 0;
  }
  below(bound: number): number {
    const at = this.#position++;
    if (at === this.#digits.length) {
      this.#digits.push(0);
      this.#bounds.push(bound);
    }
    return this.#digits[at] as number;
  }
  /** Moves to the next sequence; false when all have been walked. */
  next(): boolean {
    this.#digits.length = Math.min(this.#digits.length, this.#position);
    this.#bounds.length = this.#digits.length;
    this.#position = 0;
    for (let i = this.#digits.length - 1; i >= 0; i--) {
      const digit = (this.#digits[i] as number) + 1;
      if (digit < (this.#bounds[i] as number)) {
        this.#digits[i] = digit;
        return true;
      }
      this.#digits.pop();
      this.#bounds.pop();
    }
    return false;
  }
}

/** Replays recorded choices; past their end it answers 0, the simplest choice. */
export class ReplayChoices implements Choices {
  readonly #recorded: readonly number[];
  #position = 0;
  constructor(recorded: readonly number[]) {
    this.#recorded = recorded;
  }
  below(bound: number): number {
    const choice = this.#recorded[this.#position++] ?? 0;
    return choice < bound ? choice : bound - 1;
  }
}
