/** What the clauses of MSI-X share: entries, pending bits, windows of BARs. */
import type { Message } from "../../irq/msi-message/vocabulary.js";
import { bitOf, type MachineTransition, writeTo } from "../machine/judging.js";
import type { FunctionView } from "../machine/vocabulary.js";
import type { FunctionShape, MsixShape } from "../shape.js";
import { CONTROL, ENTRY_CONTROL, ENTRY_MASKED, pbaBytes } from "./capabilities.js";
import { COMMAND, isMemory, MEMORY_DECODE } from "./header.js";
import {
  entryMaskedOf,
  entryMessageOf,
  eventOf,
  functionMaskedOf,
  masters,
  partsOf,
  register,
  type Subject,
  subjectOf,
  useOf,
} from "./judging.js";

type T = MachineTransition;

const entriesOf = (shape: FunctionShape): number => partsOf(shape).msix?.entries ?? 0;

/** An event on an entry of a function that uses MSI-X. */
export const eventOnEntry = (t: T): Subject | undefined => {
  const s = subjectOf(t);
  if (s === undefined || eventOf(t) < 0 || eventOf(t) >= entriesOf(s.shape)) return undefined;
  return masters(s.before) && useOf(s.shape, s.before) === "msix" ? s : undefined;
};

export const silenced = (shape: FunctionShape, fn: FunctionView, i: number): boolean =>
  functionMaskedOf(shape, fn) || entryMaskedOf(fn, i);

/** What an entry sends that was changed while nothing masked it is undefined (PCIe 6.1.4.2). */
export const defined = (fn: FunctionView, i: number): boolean => !bitOf(fn.rewritten ?? [], i);

export const onSilenced = (t: T): Subject | undefined => {
  const s = eventOnEntry(t);
  return s !== undefined && silenced(s.shape, s.before, eventOf(t)) ? s : undefined;
};

/**
 * Entries, pending before, that nothing masks after the write. Enabled and bus mastering before
 * and after: what becomes of pending bits when these change is open.
 */
export const afterWrite = (t: T): (Subject & { readonly due: readonly number[] }) | undefined => {
  const s = subjectOf(t);
  if (s === undefined || t.command.kind !== "write") return undefined;
  if (!masters(s.before) || !masters(s.shown)) return undefined;
  if (useOf(s.shape, s.before) !== "msix" || useOf(s.shape, s.shown) !== "msix") return undefined;
  const due: number[] = [];
  if (functionMaskedOf(s.shape, s.shown)) return { ...s, due };
  for (let w = 0; w < s.before.pending.length; w++) {
    if (s.before.pending[w] === 0) continue;
    for (let i = 32 * w; i < 32 * w + 32; i++) {
      if (bitOf(s.before.pending, i) && !entryMaskedOf(s.shown, i)) due.push(i);
    }
  }
  return { ...s, due };
};

export const freed = (t: T) => {
  const s = afterWrite(t);
  return s !== undefined && s.due.length > 0 ? s : undefined;
};

/** Pending bits with those of these entries clear. */
export const without = (pending: Int32Array, entries: readonly number[]): Int32Array => {
  const left = pending.slice();
  for (const i of entries) left[i >>> 5] = (left[i >>> 5] as number) & ~(1 << (i & 31));
  return left;
};

type Place = Subject & { readonly offset: number; readonly width: number; readonly value: number };

/** A write of this command into a window of a BAR that the function answers. */
const inWindow = (
  t: T,
  window: (msix: MsixShape) => { bar: number; start: number; bytes: number },
): Place | undefined => {
  const c = writeTo(t, "bar");
  const s = subjectOf(t);
  const msix = s && partsOf(s.shape).msix;
  if (c === undefined || s === undefined || msix === undefined) return undefined;
  const { bar, start, bytes } = window(msix);
  const own = s.shape.bars[bar];
  if (c.bar !== bar || own === undefined || !isMemory(own) || start + bytes > own.size) {
    return undefined;
  }
  if (!s.before.powered || (register(s.before, COMMAND, 2) & MEMORY_DECODE) === 0) return undefined;
  const offset = c.offset - start;
  return offset < 0 || offset >= bytes
    ? undefined
    : { ...s, offset, width: c.width, value: c.value };
};

/** A write of a whole word of the table; smaller ones are undefined (PCIe 7.7.2). */
export const tableWord = (t: T): (Place & { readonly word: number }) | undefined => {
  const place = inWindow(t, (msix) => ({
    bar: msix.tableBar,
    start: msix.tableOffset & ~7,
    bytes: 16 * msix.entries,
  }));
  return place === undefined || place.width !== 4 || place.offset % 4 !== 0
    ? undefined
    : { ...place, word: place.offset / 4 };
};

export const pendingWrite = (t: T): Place | undefined =>
  inWindow(t, (msix) => ({
    bar: msix.pbaBar,
    start: msix.pbaOffset & ~7,
    bytes: pbaBytes(msix),
  }));

/** Bits of a word of an entry that every function keeps. */
export const KEPT: readonly number[] = [0xfffffffc, 0xffffffff, 0xffffffff, ENTRY_MASKED];

export const keptTable = (before: FunctionView, shown: FunctionView, but: number): boolean => {
  for (let w = 0; w < before.table.length; w++) {
    if (w !== but && before.table[w] !== shown.table[w]) return false;
  }
  return true;
};

/** A write to configuration space that covers Message Control of MSI-X. */
export const controlWrite = (t: T): Subject | undefined => {
  const c = writeTo(t, "config");
  const s = subjectOf(t);
  const msix = s && partsOf(s.shape).msix;
  if (c === undefined || msix === undefined || s?.before.powered !== true) return undefined;
  const at = msix.at + CONTROL;
  return c.offset % c.width === 0 && c.offset < at + 2 && c.offset + c.width > at ? s : undefined;
};

export const messages = (fn: FunctionView, entries: readonly number[]): readonly Message[] =>
  entries.map((i) => entryMessageOf(fn, i));

/** Rewriting an entry while it is pending and masked. */
export const rewritesPending = (t: T): boolean => {
  const p = tableWord(t);
  if (p === undefined || p.word % 4 === ENTRY_CONTROL) return false;
  const i = p.word >>> 2;
  return useOf(p.shape, p.before) === "msix" && bitOf(p.before.pending, i);
};

/** The cause of an event that is pending is gone. */
export const servedEarly = (t: T): (Subject & { readonly entry: number }) | undefined => {
  const c = t.command;
  const s = subjectOf(t);
  if (c.kind !== "quiet" || s === undefined || useOf(s.shape, s.before) !== "msix")
    return undefined;
  return bitOf(s.before.pending, c.vector) ? { ...s, entry: c.vector } : undefined;
};
