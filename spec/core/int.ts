import * as t from "io-ts";

/** A codec of whole numbers that says its bounds, for schemas and generated code. */
export type BoundedInt = t.Type<number, number> & { readonly low: number; readonly high: number };

/** A whole number in [low, high], both ends included. */
export const boundedInt = (name: string, low: number, high: number): BoundedInt =>
  Object.assign(
    new t.Type<number, number>(
      `${name}, a whole number ${low}..${high}`,
      (u): u is number => typeof u === "number" && Number.isInteger(u) && u >= low && u <= high,
      (u, c) =>
        typeof u === "number" && Number.isInteger(u) && u >= low && u <= high
          ? t.success(u)
          : t.failure(u, c),
      t.identity,
    ),
    { low, high },
  );

const HEX = /^0x[0-9a-f]{1,16}$/;

/** A 64-bit word: `bigint` inside, a lower-case hex string such as "0xfee00000" in JSON. */
export const Hex64 = new t.Type<bigint, string>(
  'Hex64, a string such as "0xfee00000"',
  (u): u is bigint => typeof u === "bigint",
  (u, c) => (typeof u === "string" && HEX.test(u) ? t.success(BigInt(u)) : t.failure(u, c)),
  (word) => `0x${word.toString(16)}`,
);

/** Number of set bits of a 32-bit word. */
export const popcount32 = (word: number): number => {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/**
 * Numbers ascending and once each, as Linux visits the CPUs of a mask. A list that is so already,
 * as masks usually are, is answered itself.
 */
export const ascending = (numbers: readonly number[]): readonly number[] => {
  for (let i = 1; i < numbers.length; i++) {
    if ((numbers[i] as number) <= (numbers[i - 1] as number)) {
      return [...new Set(numbers)].sort((a, b) => a - b);
    }
  }
  return numbers;
};
