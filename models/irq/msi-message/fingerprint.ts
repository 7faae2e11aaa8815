import type { Config } from "../../../spec/irq/msi-message/vocabulary.js";
import type { State } from "./state.js";

/** Length of a fingerprint in 32-bit words. */
export const FINGERPRINT_WORDS = 4;

const spread = (word: number): number => {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
};

const seeds = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;

/**
 * 128 bits of the state without its log: tables have no fixed size, so the words are a hash. Two
 * states of a search that share one are improbable beyond any other source of error.
 */
export const fingerprint = (_config: Config, state: State): Int32Array => {
  const sum = Int32Array.from(seeds);
  const add = (value: number): void => {
    for (let i = 0; i < FINGERPRINT_WORDS; i++) {
      const word = (sum[i] as number) ^ Math.imul(value + i, 0x9e3779b1);
      sum[i] = spread(word) + Math.imul(sum[(i + 1) % FINGERPRINT_WORDS] as number, 5);
    }
  };
  for (const unit of state.enabled) add(Number(unit));
  add(Number(state.blocked));
  for (const table of state.tables) {
    add(-1);
    add(table.key);
    for (const block of table.blocks) {
      add(-2);
      add(block.base);
      add(block.size);
      add(block.device);
      add(block.irq);
      for (const irq of block.irqs) {
        add((Number(irq.active) << 1) | Number(irq.posted));
        add(irq.cpu);
        add(irq.vector);
      }
    }
    table.entries.forEach((entry, index) => {
      add(-3);
      add(index);
      for (const word of entry) add(word);
    });
  }
  for (const line of state.cache) {
    add(-4);
    add(line.table);
    add(line.index);
    for (const word of line.entry) add(word);
  }
  for (const [requester, words] of state.dtes) {
    add(-5);
    add(requester);
    for (const word of words) add(word);
  }
  // In an order of their own: the order of allocation says nothing about what is taken.
  const blocks = [...state.vectors].sort((a, b) => a.cpu - b.cpu || a.base - b.base);
  for (const block of blocks) {
    add(-6);
    add(block.cpu);
    add(block.base);
    add(block.size);
    add(block.device);
  }
  return sum;
};
