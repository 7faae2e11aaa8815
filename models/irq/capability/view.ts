import type { Hardware, View } from "../../../spec/irq/capability/vocabulary.js";
import { entryPending, readConfig } from "../../hardware/pci/index.js";
import { ENTRY_WORDS } from "../../hardware/pci/state.js";
import type { Plugged, State } from "./state.js";

/** Registers of a function; cheap to make, so that every state can have one. */
class Registers implements Hardware {
  readonly #plugged: Plugged;
  constructor(plugged: Plugged) {
    this.#plugged = plugged;
  }
  get powered(): boolean {
    return this.#plugged.fn.powered;
  }
  get entries(): number {
    return this.#plugged.fn.table.length / ENTRY_WORDS;
  }
  config(offset: number, width: 1 | 2 | 4): number {
    return readConfig(this.#plugged.shape, this.#plugged.fn, offset, width);
  }
  entry(index: number, word: number): number {
    return (this.#plugged.fn.table[ENTRY_WORDS * index + word] ?? 0) >>> 0;
  }
  pending(index: number): boolean {
    const { fn } = this.#plugged;
    return index < this.entries && entryPending(fn, index);
  }
  pendingMsi(): number {
    return this.#plugged.fn.msiPending;
  }
}

const nothing: Hardware = {
  powered: false,
  entries: 0,
  config: (_offset, width) => 2 ** (8 * width) - 1,
  entry: () => 0xffffffff,
  pending: () => false,
  pendingMsi: () => 0,
};

export const view = (state: State): View => ({
  plug: state.plugged?.plug,
  gone: state.gone,
  kernel: state.kernel,
  hardware: state.plugged === undefined ? nothing : new Registers(state.plugged),
  sent: state.sent,
});
