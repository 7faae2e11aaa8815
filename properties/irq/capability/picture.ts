/** The conventional configuration space, with the capability list and the registers in use. */
import { MSIX_BYTES } from "../../../spec/hardware/pci/capabilities.js";
import { CONFIG_BYTES } from "../../../spec/hardware/shape.js";
import { type Reading, readingOf } from "../../../spec/irq/capability/reading.js";
import type { Config, View } from "../../../spec/irq/capability/vocabulary.js";
import type { Picture, Tone } from "../../report/picture.js";

const LEGEND = [
  ["zero, or not looked at", "empty", ""],
  ["holds something", "aside", "."],
  ["header of the list", "held", "H"],
  ["MSI or MSI-X structure", "both", "M"],
  ["changed since reset", "stale", "W"],
  ["header met twice", "wrong", "!"],
  ["no power", "away", "-"],
] as const satisfies readonly (readonly [string, Tone, string])[];

const ZERO = 0;
const HOLDS = 1;
const HEADER = 2;
const STRUCTURE = 3;
const CHANGED = 4;
const TWICE = 5;
const AWAY = 6;

/** Words in a row of the drawing. */
const WIDTH = 4;

const hex = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;

/** Words that belong to a structure. */
const structures = ({ msi, msix }: Reading): ReadonlySet<number> => {
  const words = new Set<number>();
  const add = (at: number, size: number): void => {
    for (let i = 0; i < size; i += 4) words.add(at + i);
  };
  if (msi !== undefined) add(msi.at, msi.offsets.size);
  if (msix !== undefined) add(msix.at, MSIX_BYTES);
  return words;
};

/** How often the walk comes by each header. */
const visits = (reading: Reading): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>();
  for (const { at } of reading.chain.headers) counts.set(at, (counts.get(at) ?? 0) + 1);
  return counts;
};

const wordIn = (bytes: Uint8Array, at: number): number =>
  [3, 2, 1, 0].reduce((value, i) => ((value << 8) | (bytes[at + i] as number)) >>> 0, 0);

/** The order of the walk as a line of text: every header once, and where it turns back. */
const route = (reading: Reading): string => {
  const { headers, pointer } = reading.chain;
  if (pointer === undefined) return "no list for this header type";
  const seen = new Set<number>();
  const steps: string[] = [hex(pointer)];
  for (const { at } of headers) {
    steps.push(hex(at));
    if (seen.has(at)) break;
    seen.add(at);
  }
  return steps.join(" > ");
};

export const picture = (_config: Config, view: View): Picture => {
  const reading = view.plug === undefined ? undefined : readingOf(view.plug);
  const inside = reading === undefined ? new Set<number>() : structures(reading);
  const met = reading === undefined ? new Map<number, number>() : visits(reading);
  const cell = (at: number): number => {
    if (reading === undefined || !view.hardware.powered) return AWAY;
    const now = view.hardware.config(at, 4);
    const times = met.get(at) ?? 0;
    if (times > 1) return TWICE;
    if (now !== wordIn(reading.bytes, at)) return CHANGED;
    if (times > 0) return HEADER;
    if (inside.has(at)) return STRUCTURE;
    return now === 0 ? ZERO : HOLDS;
  };
  const starts = Array.from({ length: CONFIG_BYTES / (4 * WIDTH) }, (_x, row) => 4 * WIDTH * row);
  const walk = reading === undefined ? "" : `, list ${route(reading)}`;
  return {
    kind: "grid",
    title: `Configuration space${walk}`,
    rows: starts.map(hex),
    columns: Array.from({ length: WIDTH }, (_x, i) => `+${4 * i}`),
    cells: starts.map((start) => Array.from({ length: WIDTH }, (_x, i) => cell(start + 4 * i))),
    legend: LEGEND.map(([text]) => text),
    tones: LEGEND.map(([, tone]) => tone),
    marks: LEGEND.map(([, , mark]) => mark),
  };
};
