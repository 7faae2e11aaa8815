import type { Config, Entry, Table, View } from "../../../spec/irq/msi-message/vocabulary.js";
import type { Picture, Tone } from "../../report/picture.js";

const LEGEND = [
  ["free", "empty", ""],
  ["block of a device, entry not present", "aside", "R"],
  ["present", "held", "P"],
  ["present, cached", "both", "C"],
  ["cached, but not what memory holds", "wrong", "!"],
  ["present, of no block", "stale", "?"],
] as const satisfies readonly (readonly [string, Tone, string])[];

const BLOCK = 1;
const PRESENT = 2;
const CACHED = 3;
const OLD = 4;
const STRAY = 5;

const look = {
  legend: LEGEND.map(([text]) => text),
  tones: LEGEND.map(([, tone]) => tone),
  marks: LEGEND.map(([, , mark]) => mark),
};

/** Entries in a row of the drawing. */
const WIDTH = 32;
/** Most rows; those that stay empty throughout are never drawn. */
const MOST_ROWS = 40;

const hex = (value: number): string => `0x${value.toString(16)}`;
const present = (entry: Entry | undefined): boolean => ((entry?.[0] ?? 0) & 1) === 1;
const same = (a: Entry, b: Entry | undefined): boolean =>
  a.every((word, i) => word === (b?.[i] ?? 0));

const cellOf = (view: View, table: Table, index: number): number => {
  const entry = table.entries.get(index);
  const cached = view.cache.find((line) => line.table === table.key && line.index === index);
  if (cached !== undefined && !same(cached.entry, entry)) return OLD;
  const owned = table.blocks.some((b) => index >= b.base && index < b.base + b.size);
  if (!present(entry)) return owned ? BLOCK : 0;
  if (!owned) return STRAY;
  return cached === undefined ? PRESENT : CACHED;
};

/** Rows of a table in which there is something, and always its first one. */
const rowsOf = (view: View, table: Table): number[] => {
  const rows = new Set([0]);
  const add = (index: number): unknown => rows.add(Math.floor(index / WIDTH));
  for (const block of table.blocks) {
    for (let i = block.base; i < block.base + block.size; i++) add(i);
  }
  table.entries.forEach((_entry, index) => {
    add(index);
  });
  for (const line of view.cache) if (line.table === table.key) add(line.index);
  return [...rows].sort((a, b) => a - b);
};

/** Entries of the remapping tables. */
const tables = (config: Config, view: View): Picture => {
  const width = Math.min(WIDTH, config.tableEntries);
  const drawn = view.tables.length > 0 ? view.tables : [];
  const lines = drawn
    .flatMap((table) => rowsOf(view, table).map((row) => ({ table, row })))
    .slice(0, MOST_ROWS);
  const name = (table: Table): string =>
    config.remapping === "amd" ? `table ${hex(table.key)} ` : "";
  const on = view.enabled.every((unit) => unit) ? "on" : "off";
  return {
    kind: "grid",
    title: `Interrupt remapping entries, remapping ${on}`,
    rows: lines.map(({ table, row }) => `${name(table)}${hex(row * WIDTH)}`),
    columns: Array.from({ length: width }, (_x, i) => `+${i}`),
    cells: lines.map(({ table, row }) =>
      Array.from({ length: width }, (_x, i) => cellOf(view, table, row * WIDTH + i)),
    ),
    ...look,
  };
};

/** Without remapping: which vectors of a CPU a device's block took. */
const vectors = (config: Config, view: View): Picture => {
  const { vectorStart: start, vectorEnd: end } = config;
  const cpus = config.apicIds.slice(0, 64).map((_id, cpu) => cpu);
  const shown = Array.from({ length: end - start }, (_x, i) => start + i);
  const cell = (cpu: number, vector: number): number =>
    view.vectors.some((b) => b.cpu === cpu && vector >= b.base && vector < b.base + b.size) ? 1 : 0;
  return {
    kind: "grid",
    title: "Vectors in blocks of messages",
    rows: cpus.map((cpu) => `CPU ${cpu}`),
    columns: shown.map(hex),
    cells: cpus.map((cpu) => shown.map((vector) => cell(cpu, vector))),
    legend: ["free", "in a device's block"],
    tones: ["empty", "held"],
    marks: ["", "D"],
  };
};

export const picture = (config: Config, view: View): Picture =>
  config.remapping === "none" ? vectors(config, view) : tables(config, view);
