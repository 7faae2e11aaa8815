import type {
  Action,
  Block,
  Config,
  Entry,
  Irq,
  Table,
  View,
} from "../../../spec/irq/msi-message/vocabulary.js";
import { PagedEntries } from "./entries.js";

/** Everything an observer may see is all there is. */
export type State = View;

/** Most entries the reference's hardware keeps cached; the oldest goes first. */
export const CACHE_ENTRIES = 32;

const noActions: readonly Action[] = [];

/** Boot has switched remapping on wherever every unit can be covered. */
export const init = (config: Config): State => {
  const on = config.remapping !== "none" && config.coverable;
  return {
    enabled: new Array<boolean>(config.units).fill(on),
    blocked: on,
    tables: [],
    cache: [],
    dtes: new Map(),
    vectors: [],
    log: noActions,
  };
};

/** The same state after a command that did nothing to memory or hardware. */
export const quiet = (state: State): State =>
  state.log.length === 0 ? state : { ...state, log: noActions };

const freshTable = (key: number): Table => ({ key, blocks: [], entries: PagedEntries.empty });

export const tableAt = (state: State, key: number): Table =>
  state.tables.find((table) => table.key === key) ?? freshTable(key);

export const withTable = (state: State, table: Table): State => {
  const at = state.tables.findIndex((t) => t.key === table.key);
  if (at < 0) {
    const tables = [...state.tables, table].sort((a, b) => a.key - b.key);
    return { ...state, tables };
  }
  const tables = state.tables.slice();
  tables[at] = table;
  return { ...state, tables };
};

/** Memory of a table with `count` entries written alike; a word of zeros reads as undefined. */
export const withEntries = (table: Table, index: number, count: number, entry: Entry): Table => {
  const held = entry.every((word) => word === 0) ? undefined : entry;
  return { ...table, entries: (table.entries as PagedEntries).filled(index, count, held) };
};

/** An interrupt of a device in its table. */
export type Found = {
  readonly table: Table;
  readonly block: Block;
  readonly irq: Irq;
  /** Position of the interrupt in its block. */
  readonly nth: number;
  readonly index: number;
};

export const findIrq = (table: Table, device: number, irq: number): Found | undefined => {
  for (const block of table.blocks) {
    const nth = irq - block.irq;
    if (block.device !== device || nth < 0 || nth >= block.irqs.length) continue;
    return { table, block, irq: block.irqs[nth] as Irq, nth, index: block.base + nth };
  }
  return undefined;
};

export const withBlock = (table: Table, block: Block): Table => {
  const blocks = table.blocks.slice();
  let at = blocks.findIndex((b) => b.base >= block.base);
  if (at < 0) at = blocks.length;
  blocks.splice(at, 0, block);
  return { ...table, blocks };
};

export const withoutBlock = (table: Table, block: Block): Table => ({
  ...table,
  blocks: table.blocks.filter((b) => b !== block),
});

export const withIrq = (table: Table, found: Found, change: Partial<Irq>): Table => {
  const irqs = found.block.irqs.slice();
  irqs[found.nth] = { ...found.irq, ...change };
  const blocks = table.blocks.slice();
  blocks[blocks.indexOf(found.block)] = { ...found.block, irqs };
  return { ...table, blocks };
};
