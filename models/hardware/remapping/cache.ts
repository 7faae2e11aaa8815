/** Cached table entries: used although memory has changed, until they are invalidated. */
import type { Cached, Entry } from "../../../spec/irq/msi-message/vocabulary.js";

export type Cache = readonly Cached[];

/** Most entries a unit keeps; the oldest one goes first. */
export const CACHE_ENTRIES = 64;

export const lookUp = (cache: Cache, table: number, index: number): Entry | undefined => {
  for (const line of cache) if (line.index === index && line.table === table) return line.entry;
  return undefined;
};

export const fill = (cache: Cache, table: number, index: number, entry: Entry): Cache => [
  ...(cache.length < CACHE_ENTRIES ? cache : cache.slice(1)),
  { table, index, entry },
];

const kept = (cache: Cache, stays: (line: Cached) => boolean): Cache =>
  cache.every(stays) ? cache : cache.filter(stays);

/** Without entries [index, index + count) of a table. */
export const dropRange = (cache: Cache, table: number, index: number, count: number): Cache =>
  kept(cache, (c) => c.table !== table || c.index < index || c.index >= index + count);

export const dropTable = (cache: Cache, table: number): Cache =>
  kept(cache, (c) => c.table !== table);
