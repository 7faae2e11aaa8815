/** Length of a fingerprint in 32-bit words. */
export const FINGERPRINT_WORDS = 4;
export const FINGERPRINT_BITS = 32 * FINGERPRINT_WORDS;

const spread = (word: number): number => {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
};

const seeds = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;

/**
 * 128 bits of a state that has no fixed size. Two states of a search that share one are improbable
 * beyond any other source of error. Feed it everything that decides the future, in a fixed order,
 * with a separator where a list has no fixed length.
 */
export class Fingerprint {
  readonly words = Int32Array.from(seeds);

  /** Any 32-bit number. */
  add(value: number): void {
    const { words } = this;
    for (let i = 0; i < FINGERPRINT_WORDS; i++) {
      const word = (words[i] as number) ^ Math.imul(value + i, 0x9e3779b1);
      words[i] = spread(word) + Math.imul(words[(i + 1) % FINGERPRINT_WORDS] as number, 5);
    }
  }

  flag(value: boolean): void {
    this.add(value ? 1 : 0);
  }

  /** A list of no fixed length. */
  list(values: ArrayLike<number>): void {
    this.add(values.length);
    for (let i = 0; i < values.length; i++) this.add(values[i] as number);
  }

  /** Low and high half. */
  wide(value: bigint): void {
    this.add(Number(value & 0xffffffffn));
    this.add(Number((value >> 32n) & 0xffffffffn));
  }
}
