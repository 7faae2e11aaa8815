/** Registers while a log of accesses goes over them, for clauses that speak of an order. */
import { ENTRY_MASKED } from "../../hardware/pci/capabilities.js";
import { CONFIG_BYTES, MSIX_ENTRY_BYTES } from "../../hardware/shape.js";
import { type Access, barSpaces } from "./access.js";
import type { Reading } from "./reading.js";
import type { Hardware } from "./vocabulary.js";

/** Words of a table entry. */
const WORDS = MSIX_ENTRY_BYTES / 4;
const CONTROL_WORD = 3;

/** As after reset: configuration space as given, every entry masked and otherwise zero. */
export const afterReset = (reading: Reading): Hardware => ({
  powered: true,
  entries: reading.msix?.entries ?? 0,
  config: (offset, width) => {
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = (value << 8) | (reading.bytes[offset + i] ?? 0xff);
    return value >>> 0;
  },
  entry: (_index, word) => (word === CONTROL_WORD ? ENTRY_MASKED : 0),
  pending: () => false,
  pendingMsi: () => 0,
});

/**
 * What was there before, and the writes since then. Configuration bytes keep their writable bits,
 * table words everything. Without power nothing is kept.
 */
export class Registers {
  readonly #reading: Reading;
  readonly #base: Hardware;
  readonly #bytes = new Map<number, number>();
  readonly #words = new Map<number, number>();
  /** A write changed something. */
  changed = false;

  constructor(reading: Reading, base: Hardware) {
    this.#reading = reading;
    this.#base = base;
  }

  byte(offset: number): number {
    return this.#bytes.get(offset) ?? this.#base.config(offset, 1);
  }

  half(offset: number): number {
    return this.byte(offset) | (this.byte(offset + 1) << 8);
  }

  word(offset: number): number {
    return (this.half(offset) | (this.half(offset + 2) << 16)) >>> 0;
  }

  entry(index: number, word: number): number {
    return this.#words.get(WORDS * index + word) ?? this.#base.entry(index, word);
  }

  /** Number of the table word that an access reaches: 4 an entry; -1 for none. */
  tableWord(access: Access): number {
    const { msix, tableBytes } = this.#reading;
    if (msix === undefined || access.space !== barSpaces[msix.tableBar]) return -1;
    const at = access.offset - msix.tableOffset;
    return at < 0 || at >= tableBytes ? -1 : at >>> 2;
  }

  write(access: Access): void {
    if (!this.#base.powered) return;
    if (access.space === "config") this.#writeConfig(access);
    else this.#writeTable(access);
  }

  #writeConfig({ offset, width, value }: Access): void {
    const { writable } = this.#reading;
    for (let i = 0; i < width; i++) {
      const at = offset + i;
      const kept = writable[at] ?? 0;
      const old = this.byte(at);
      const now = (old & ~kept) | ((value >>> (8 * i)) & kept);
      if (now === old || at >= Math.max(writable.length, CONFIG_BYTES)) continue;
      this.#bytes.set(at, now);
      this.changed = true;
    }
  }

  /** Entries take whole aligned words (PCIe 7.7.2). */
  #writeTable(access: Access): void {
    const word = this.tableWord(access);
    if (word < 0 || access.width !== 4 || access.offset % 4 !== 0) return;
    if (this.entry(word >>> 2, word & 3) === access.value) return;
    this.#words.set(word, access.value);
    this.changed = true;
  }
}
