import { findAmdIndex } from "../../models/irq/msi-message/amd.js";
import { findIntelIndex } from "../../models/irq/msi-message/intel.js";

type Run = { readonly base: number; readonly size: number };

/** Entries of a VT-d table. */
const VTD_ENTRIES = 65536;
/** Entries of an AMD table without 2K support. */
const AMD_ENTRIES = 512;

/** The indices in use of one remapping table, in runs that ascend. */
export class IndexTable {
  readonly #runs: Run[] = [];

  take(base: number, size = 1): void {
    let at = this.#runs.length;
    while (at > 0 && (this.#runs[at - 1] as Run).base >= base) at--;
    this.#runs.splice(at, 0, { base, size });
  }

  drop(base: number): void {
    const at = this.#runs.findIndex((run) => run.base === base);
    if (at >= 0) this.#runs.splice(at, 1);
  }

  /** The index that alloc_irte() gives to a single interrupt. */
  nextVtd(): number {
    return findIntelIndex(this.#runs, VTD_ENTRIES, 1) ?? -1;
  }

  /** The index that alloc_irq_index() gives to a single interrupt. */
  nextAmd(ioApic: boolean): number {
    return findAmdIndex(this.#runs, AMD_ENTRIES, 1, false, ioApic) ?? -1;
  }
}
