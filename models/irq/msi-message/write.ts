/** How entries reach memory: the stores, then the invalidation, then its completion. */
import { isPosted } from "../../../spec/irq/msi-message/hardware.js";
import type { Action, Config, Entry, Table } from "../../../spec/irq/msi-message/vocabulary.js";
import { invalidated } from "./resolve.js";
import { type State, withEntries, withTable } from "./state.js";

export const zeroEntry = (config: Config): Entry =>
  config.remapping === "amd" && !config.ga ? [0] : [0, 0, 0, 0];

const store = (table: number, index: number, offset: number, words: readonly number[]): Action => ({
  kind: "store",
  table,
  index,
  offset,
  words,
});

/**
 * The stores that replace an entry. Intel: drivers/iommu/intel/irq_remapping.c modify_irte(), low
 * word then high word, one 128-bit exchange where the old or new form is posted. AMD: one store
 * of 32 bits, or one 128-bit exchange (drivers/iommu/amd/iommu.c __modify_irte_ga).
 */
export const stores = (
  config: Config,
  table: number,
  index: number,
  before: Entry | undefined,
  after: Entry,
): readonly Action[] => {
  if (config.remapping === "amd") return [store(table, index, 0, after)];
  const posted = (entry: Entry | undefined) => entry !== undefined && isPosted(config, entry);
  if (posted(before) || posted(after)) return [store(table, index, 0, after)];
  return [store(table, index, 0, after.slice(0, 2)), store(table, index, 8, after.slice(2))];
};

/** The invalidation that follows: the entry on Intel, the device's whole table on AMD. */
export const invalidation = (config: Config, table: number, index: number, count = 1): Action =>
  config.remapping === "amd"
    ? { kind: "invalidate", table, index: 0, count: config.tableEntries }
    : { kind: "invalidate", table, index, count };

export const wait: Action = { kind: "wait" };

/** The state with new table memory, after these actions. */
export const commit = (state: State, table: Table, log: readonly Action[]): State => {
  let { cache } = state;
  for (const action of log) cache = invalidated(cache, action);
  return { ...withTable(state, table), cache, log };
};

/** One entry written and made known to the hardware. */
export const modify = (
  config: Config,
  table: Table,
  index: number,
  entry: Entry,
  log: Action[],
): Table => {
  log.push(...stores(config, table.key, index, table.entries.get(index), entry));
  log.push(invalidation(config, table.key, index), wait);
  return withEntries(table, index, 1, entry);
};
