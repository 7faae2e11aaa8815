import type { Config } from "../../../spec/irq/msi-message/vocabulary.js";
import { Fingerprint } from "../../core/fingerprint.js";
import type { State } from "./state.js";

/**
 * 128 bits of the state without its log: tables have no fixed size, so the words are a hash. Two
 * states of a search that share one are improbable beyond any other source of error.
 */
export const fingerprint = (_config: Config, state: State): Int32Array => {
  const sum = new Fingerprint();
  const add = (value: number): void => sum.add(value);
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
  return sum.words;
};
