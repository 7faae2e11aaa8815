/** The state of a PCI function, and small questions to it. */
import {
  ENTRY_ADDRESS,
  ENTRY_ADDRESS_HIGH,
  ENTRY_CONTROL,
  ENTRY_DATA,
  ENTRY_MASKED,
  MSI_ENABLE,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
} from "../../../spec/hardware/pci/capabilities.js";
import {
  BUS_MASTER,
  COMMAND,
  INTERRUPT_STATUS,
  INTX_DISABLE,
  STATUS,
} from "../../../spec/hardware/pci/header.js";
import { type FunctionShape, MSIX_ENTRY_BYTES } from "../../../spec/hardware/shape.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { readBytes } from "../registers/bytes.js";
import { layoutOf, type PciLayout } from "./layout.js";

export type PciFunction = {
  /** 256 or 4096 bytes, as a read gives them: Interrupt Status and MSI pending bits included. */
  readonly config: Uint8Array;
  /** MSI-X table, four words an entry. */
  readonly table: Int32Array;
  /** Pending Bit Array: entry i is bit (i mod 32) of word (i div 32). */
  readonly pending: Int32Array;
  /**
   * Entries, by bit as in `pending`, whose address or data changed while nothing masked them. A
   * function may send the old message, the new one or a mixture until the entry was masked and
   * unmasked again (PCIe 6.1.4.2); this one sends the new one.
   */
  readonly rewritten: Int32Array;
  /** MSI pending bits; bit i is message i. */
  readonly msiPending: number;
  /**
   * Messages that were masked when an event beyond the allocated ones fell to them. Whether a
   * function keeps such an event is its own affair (PCIe 7.7.1.2); this one does.
   */
  readonly wrapped: number;
  /** The INTx pin is asserted. */
  readonly line: boolean;
  readonly powered: boolean;
};

/** What an act did: the function after it, and what went on the bus, in order. */
export type Reaction = { readonly fn: PciFunction; readonly sent: readonly Message[] };

export const ENTRY_WORDS = MSIX_ENTRY_BYTES / 4;
const NONE: readonly Message[] = [];
export const silent = (fn: PciFunction): Reaction => ({ fn, sent: NONE });

/** After reset, with what firmware assigns in place: every entry masked, nothing pending. */
export const newFunction = (shape: FunctionShape): PciFunction => {
  const { map, msix } = layoutOf(shape);
  const entries = msix?.entries ?? 0;
  const table = new Int32Array(ENTRY_WORDS * entries);
  for (let i = 0; i < entries; i++) table[ENTRY_WORDS * i + ENTRY_CONTROL] = ENTRY_MASKED;
  return {
    config: map.reset,
    table,
    pending: new Int32Array(2 * Math.ceil(entries / 64)),
    rewritten: new Int32Array(2 * Math.ceil(entries / 64)),
    msiPending: 0,
    wrapped: 0,
    line: false,
    powered: true,
  };
};

const commandOf = (fn: PciFunction): number => readBytes(fn.config, COMMAND, 2);
export const busMaster = (fn: PciFunction): boolean => (commandOf(fn) & BUS_MASTER) !== 0;

/** A word of a structure that may end beyond the space: what is missing reads as zero. */
const field = (fn: PciFunction, at: number, width: 2 | 4): number =>
  at < 0 || at + width > fn.config.length ? 0 : readBytes(fn.config, at, width);

export const msixControl = (layout: PciLayout, fn: PciFunction): number =>
  layout.msix === undefined ? 0 : field(fn, layout.msix.control, 2);

export const msiControl = (layout: PciLayout, fn: PciFunction): number =>
  layout.msi === undefined ? 0 : field(fn, layout.msi.control, 2);

/**
 * How the function requests service now. Both enabled is undefined in PCIe 7.7.1.2 and 7.7.2.2;
 * here MSI-X wins.
 */
export type Signalling = "msix" | "msi" | "intx";

export const signalling = (layout: PciLayout, fn: PciFunction): Signalling =>
  (msixControl(layout, fn) & MSIX_ENABLE) !== 0
    ? "msix"
    : (msiControl(layout, fn) & MSI_ENABLE) !== 0
      ? "msi"
      : "intx";

/** Log2 of the messages that the function may send: MME, at most MMC. */
export const allocatedLog2 = (layout: PciLayout, fn: PciFunction): number =>
  Math.min((msiControl(layout, fn) >>> 4) & 7, layout.msi?.limit ?? 0);

export const msiMask = (layout: PciLayout, fn: PciFunction): number =>
  layout.msi === undefined ? 0 : field(fn, layout.msi.mask, 4);

/** The memory write of message i, from the registers as they stand now. */
export const msiMessage = (layout: PciLayout, fn: PciFunction, i: number): Message => {
  const { msi } = layout;
  if (msi === undefined) return { addressLo: 0, addressHi: 0, data: 0 };
  const low = 2 ** allocatedLog2(layout, fn) - 1;
  return {
    addressLo: field(fn, msi.address, 4),
    addressHi: field(fn, msi.addressHigh, 4),
    data: (field(fn, msi.data, 2) & ~low) | (i & low),
  };
};

export const functionMasked = (layout: PciLayout, fn: PciFunction): boolean =>
  (msixControl(layout, fn) & MSIX_FUNCTION_MASK) !== 0;

export const entryMasked = (fn: PciFunction, i: number): boolean =>
  ((fn.table[ENTRY_WORDS * i + ENTRY_CONTROL] as number) & ENTRY_MASKED) !== 0;

export const entryMessage = (fn: PciFunction, i: number): Message => ({
  addressLo: (fn.table[ENTRY_WORDS * i + ENTRY_ADDRESS] as number) >>> 0,
  addressHi: (fn.table[ENTRY_WORDS * i + ENTRY_ADDRESS_HIGH] as number) >>> 0,
  data: (fn.table[ENTRY_WORDS * i + ENTRY_DATA] as number) >>> 0,
});

export const entryPending = (fn: PciFunction, i: number): boolean => bitAt(fn.pending, i);

/** Bit `i` of a list of words. */
const bitAt = (words: Int32Array, i: number): boolean =>
  (((words[i >>> 5] as number) >>> (i & 31)) & 1) !== 0;

/** The same words with bit `i` set or clear. */
export const withBit = (words: Int32Array, i: number, on: boolean): Int32Array => {
  if (bitAt(words, i) === on) return words;
  const next = words.slice();
  next[i >>> 5] = (next[i >>> 5] as number) ^ (1 << (i & 31));
  return next;
};

/** No entry is silenced by Function Mask or by MSI-X being off. */
const live = (layout: PciLayout, fn: PciFunction): boolean =>
  (msixControl(layout, fn) & (MSIX_ENABLE | MSIX_FUNCTION_MASK)) === MSIX_ENABLE;

/** Keeps `rewritten` when an entry's word has changed. */
export const noteEntry = (layout: PciLayout, fn: PciFunction, word: number): PciFunction => {
  const i = word >>> 2;
  const open = live(layout, fn) && !entryMasked(fn, i);
  const control = word % ENTRY_WORDS === ENTRY_CONTROL;
  const rewritten = control && open ? fn.rewritten : withBit(fn.rewritten, i, open);
  return rewritten === fn.rewritten ? fn : { ...fn, rewritten };
};

const noneSet = (words: Int32Array): boolean => {
  for (let w = 0; w < words.length; w++) if (words[w] !== 0) return false;
  return true;
};

/** Function Mask and Enable silence every entry at once. */
const noteControl = (layout: PciLayout, fn: PciFunction): PciFunction =>
  live(layout, fn) || noneSet(fn.rewritten)
    ? fn
    : { ...fn, rewritten: new Int32Array(fn.rewritten.length) };

/** Interrupt Status: an event waits to be served by INTx, whether the pin may say so or not. */
export const intxPending = (fn: PciFunction): boolean =>
  ((fn.config[STATUS] as number) & INTERRUPT_STATUS) !== 0;

/** The pin follows Interrupt Status while INTx is what the function uses and is not disabled. */
const withLine = (layout: PciLayout, fn: PciFunction): PciFunction => {
  const line =
    intxPending(fn) && signalling(layout, fn) === "intx" && (commandOf(fn) & INTX_DISABLE) === 0;
  return line === fn.line ? fn : { ...fn, line };
};

/** The function with other bytes in its configuration space. */
export const withConfig = (layout: PciLayout, fn: PciFunction, config: Uint8Array): PciFunction =>
  noteControl(layout, withLine(layout, { ...fn, config }));

export const withIntx = (layout: PciLayout, fn: PciFunction, on: boolean): PciFunction => {
  if (intxPending(fn) === on) return fn;
  const config = fn.config.slice();
  config[STATUS] = (config[STATUS] as number) ^ INTERRUPT_STATUS;
  return withConfig(layout, fn, config);
};

export const withMsiPending = (layout: PciLayout, fn: PciFunction, bits: number): PciFunction => {
  const msiPending = bits >>> 0;
  if (msiPending === fn.msiPending) return fn;
  const at = layout.msi?.pending ?? -1;
  if (at < 0 || at + 4 > fn.config.length) return { ...fn, msiPending };
  const config = fn.config.slice();
  for (let i = 0; i < 4; i++) config[at + i] = msiPending >>> (8 * i);
  return { ...fn, config, msiPending };
};
