import type { Entries, Entry } from "../../../spec/irq/msi-message/vocabulary.js";

const PAGE = 32;
type Page = readonly (Entry | undefined)[];

/** Table memory that is never changed in place: a write copies one page and the list of pages. */
export class PagedEntries implements Entries {
  static readonly empty = new PagedEntries([]);
  readonly #pages: readonly (Page | undefined)[];
  private constructor(pages: readonly (Page | undefined)[]) {
    this.#pages = pages;
  }
  get(index: number): Entry | undefined {
    return this.#pages[Math.floor(index / PAGE)]?.[index % PAGE];
  }
  /** The memory with this entry; undefined writes zero. */
  with(index: number, entry: Entry | undefined): PagedEntries {
    return this.filled(index, 1, entry);
  }
  /** The memory with this entry at `count` indices from `base` on. */
  filled(base: number, count: number, entry: Entry | undefined): PagedEntries {
    const pages = this.#pages.slice();
    const end = base + count;
    for (let at = Math.floor(base / PAGE); at * PAGE < end; at++) {
      const old = pages[at];
      // Nothing to clear in a page that was never written.
      if (old === undefined && entry === undefined) continue;
      while (pages.length <= at) pages.push(undefined);
      const page = old?.slice() ?? new Array<Entry | undefined>(PAGE).fill(undefined);
      const last = Math.min(end, (at + 1) * PAGE);
      for (let i = Math.max(base, at * PAGE); i < last; i++) page[i % PAGE] = entry;
      pages[at] = page;
    }
    return new PagedEntries(pages);
  }
  forEach(visit: (entry: Entry, index: number) => void): void {
    this.#pages.forEach((page, p) => {
      page?.forEach((entry, i) => {
        if (entry !== undefined) visit(entry, p * PAGE + i);
      });
    });
  }
}
