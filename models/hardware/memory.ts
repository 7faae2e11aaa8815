/**
 * RAM as devices see it: sparse, in 32-bit words, never changed in place. Pages that are all zero
 * are not kept, so that equal contents are equal values.
 */
import type { Fingerprint } from "../core/fingerprint.js";

const PAGE_WORDS = 64;
const PAGE_BYTES = 4 * PAGE_WORDS;

/** Physical addresses below 2^53. */
export type Address = number | bigint;

export type Memory = {
  /** Page numbers, ascending. */
  readonly keys: readonly number[];
  readonly pages: readonly Int32Array[];
};

export const emptyMemory: Memory = { keys: [], pages: [] };

/** Position of a page, or where it would be inserted, as its complement. */
const find = (keys: readonly number[], key: number): number => {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as number) < key) low = middle + 1;
    else high = middle;
  }
  return keys[low] === key ? low : ~low;
};

/** The aligned word that holds a byte. */
export const readWord = (memory: Memory, address: Address): number => {
  const byte = Number(address);
  const at = find(memory.keys, Math.floor(byte / PAGE_BYTES));
  if (at < 0) return 0;
  return ((memory.pages[at] as Int32Array)[(byte % PAGE_BYTES) >>> 2] as number) >>> 0;
};

/** `count` words from an aligned address on. */
export const readWords = (memory: Memory, address: Address, count: number): number[] => {
  const first = Number(address);
  const words: number[] = [];
  for (let i = 0; i < count; i++) words.push(readWord(memory, first + 4 * i));
  return words;
};

const without = (memory: Memory, at: number): Memory => ({
  keys: memory.keys.filter((_k, i) => i !== at),
  pages: memory.pages.filter((_p, i) => i !== at),
});

/** The memory with the aligned word that holds this byte changed. */
export const writeWord = (memory: Memory, address: Address, value: number): Memory => {
  const byte = Number(address);
  const key = Math.floor(byte / PAGE_BYTES);
  const word = (byte % PAGE_BYTES) >>> 2;
  const at = find(memory.keys, key);
  const old = at < 0 ? undefined : (memory.pages[at] as Int32Array);
  if (((old?.[word] ?? 0) | 0) === (value | 0)) return memory;
  const page = old?.slice() ?? new Int32Array(PAGE_WORDS);
  page[word] = value;
  if (at < 0) {
    const keys = memory.keys.slice();
    const pages = memory.pages.slice();
    keys.splice(~at, 0, key);
    pages.splice(~at, 0, page);
    return { keys, pages };
  }
  if (value === 0 && page.every((w) => w === 0)) return without(memory, at);
  const pages = memory.pages.slice();
  pages[at] = page;
  return { keys: memory.keys, pages };
};

/** Several words from an aligned address on. */
export const writeWords = (memory: Memory, address: Address, words: readonly number[]): Memory => {
  const first = Number(address);
  return words.reduce((m, word, i) => writeWord(m, first + 4 * i, word), memory);
};

/** Visits the words that are not zero, by address. */
export const forEachWord = (
  memory: Memory,
  visit: (address: number, value: number) => void,
): void => {
  memory.keys.forEach((key, i) => {
    const page = memory.pages[i] as Int32Array;
    for (let w = 0; w < PAGE_WORDS; w++) {
      if (page[w] !== 0) visit(key * PAGE_BYTES + 4 * w, (page[w] as number) >>> 0);
    }
  });
};

export const addMemory = (print: Fingerprint, memory: Memory): void => {
  print.list(memory.keys);
  for (const page of memory.pages) for (const word of page) print.add(word);
};
