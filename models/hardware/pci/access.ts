/** Reads and writes as they reach a function: configuration space and memory BARs. */
import { isMemory, MEMORY_DECODE } from "../../../spec/hardware/pci/header.js";
import { type AccessWidth, allOnes } from "../../../spec/hardware/registers/table.js";
import type { FunctionShape } from "../../../spec/hardware/shape.js";
import { readBytes, writeBytes } from "../registers/bytes.js";
import { layoutOf, type PciLayout, type Window } from "./layout.js";
import { settle } from "./signal.js";
import {
  newFunction,
  noteEntry,
  type PciFunction,
  type Reaction,
  silent,
  withConfig,
} from "./state.js";

const inside = (fn: PciFunction, offset: number, width: AccessWidth): boolean =>
  offset >= 0 && offset + width <= fn.config.length;

/** All ones where nothing answers: no power, or beyond the space. */
export const readConfig = (
  _shape: FunctionShape,
  fn: PciFunction,
  offset: number,
  width: AccessWidth,
): number => {
  if (!fn.powered || !inside(fn, offset, width)) return allOnes(width);
  return readBytes(fn.config, offset, width);
};

/** Unmasking, enabling or clearing the function mask sends what is pending. */
export const writeConfig = (
  shape: FunctionShape,
  fn: PciFunction,
  offset: number,
  width: AccessWidth,
  value: number,
): Reaction => {
  if (!fn.powered || !inside(fn, offset, width)) return silent(fn);
  const layout = layoutOf(shape);
  const config = writeBytes(layout.map, fn.config, offset, width, value);
  return config === fn.config ? silent(fn) : settle(layout, withConfig(layout, fn, config));
};

/** Whether the function answers memory accesses of this BAR at this offset. */
const decodes = (
  shape: FunctionShape,
  fn: PciFunction,
  bar: number,
  offset: number,
  width: number,
): boolean => {
  const own = shape.bars[bar];
  if (!fn.powered || own === undefined || !isMemory(own)) return false;
  if ((readBytes(fn.config, 4, 2) & MEMORY_DECODE) === 0) return false;
  return offset >= 0 && offset + width <= own.size;
};

/** Word number within a window, or -1. */
const wordIn = (window: Window | undefined, bar: number, offset: number): number =>
  window === undefined || window.bar !== bar || offset < window.start || offset >= window.end
    ? -1
    : (offset - window.start) >>> 2;

/** The aligned word of a BAR. Registers of the device itself are not modelled and read zero. */
const wordAt = (layout: PciLayout, fn: PciFunction, bar: number, offset: number): number => {
  const inTable = wordIn(layout.msix?.table, bar, offset);
  if (inTable >= 0) return (fn.table[inTable] as number) >>> 0;
  const inPba = wordIn(layout.msix?.pba, bar, offset);
  return inPba >= 0 ? (fn.pending[inPba] as number) >>> 0 : 0;
};

/**
 * All ones where nothing answers: no power, no memory decode, not a memory BAR, beyond its end.
 * An unaligned access reads within one word.
 */
export const readBar = (
  shape: FunctionShape,
  fn: PciFunction,
  bar: number,
  offset: number,
  width: AccessWidth,
): number => {
  if (!decodes(shape, fn, bar, offset, width)) return allOnes(width);
  const word = wordAt(layoutOf(shape), fn, bar, offset - (offset % 4));
  return ((word >>> (8 * (offset % 4))) & allOnes(width)) >>> 0;
};

const store = (layout: PciLayout, fn: PciFunction, bar: number, offset: number, value: number) => {
  const at = wordIn(layout.msix?.table, bar, offset);
  if (at < 0 || fn.table[at] === (value | 0)) return fn;
  const table = fn.table.slice();
  table[at] = value;
  return noteEntry(layout, { ...fn, table }, at);
};

/**
 * Table entries take whole aligned words; smaller or unaligned writes are undefined (PCIe 7.7.2)
 * and ignored here. Every bit of an entry keeps what is written. The PBA is read-only.
 */
export const writeBar = (
  shape: FunctionShape,
  fn: PciFunction,
  bar: number,
  offset: number,
  width: AccessWidth,
  value: number,
): Reaction => {
  if (width !== 4 || offset % 4 !== 0) return silent(fn);
  if (!decodes(shape, fn, bar, offset, width)) return silent(fn);
  const layout = layoutOf(shape);
  const after = store(layout, fn, bar, offset, value);
  return after === fn ? silent(fn) : settle(layout, after);
};

/** One 64-bit write, low word first in the argument list; both words change at once. */
export const writeBar64 = (
  shape: FunctionShape,
  fn: PciFunction,
  bar: number,
  offset: number,
  low: number,
  high: number,
): Reaction => {
  if (offset % 8 !== 0 || !decodes(shape, fn, bar, offset, 8)) return silent(fn);
  const layout = layoutOf(shape);
  const half = store(layout, fn, bar, offset, low);
  const after = store(layout, half, bar, offset + 4, high);
  return after === fn ? silent(fn) : settle(layout, after);
};

/** Power lost keeps nothing; power back is a reset with what firmware assigns. */
export const power = (shape: FunctionShape, fn: PciFunction, on: boolean): PciFunction => {
  if (fn.powered === on) return fn;
  return { ...newFunction(shape), powered: on };
};

export type ImageWord = {
  readonly offset: number;
  readonly value: number;
  /** Bits that keep what is written. */
  readonly writable: number;
};

/** 32-bit words of configuration space after reset; words of read-only zeros are left out. */
export const imageOf = (shape: FunctionShape): readonly ImageWord[] => {
  const { map } = layoutOf(shape);
  const words: ImageWord[] = [];
  for (let offset = 0; offset < map.reset.length; offset += 4) {
    const value = readBytes(map.reset, offset, 4);
    const writable = readBytes(map.writable, offset, 4);
    if (value !== 0 || writable !== 0) words.push({ offset, value, writable });
  }
  return words;
};
