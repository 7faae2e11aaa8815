/** What reads must give, recounted from the state that the view shows. */
import {
  DFR,
  DIVIDE,
  ESR,
  ICR_HIGH,
  ICR_LOW,
  ID,
  INITIAL_COUNT,
  IRR,
  ISR,
  LDR,
  lvtIndex,
  SVR,
  TMR,
  TPR,
  VERSION,
  VERSION_VALUE,
} from "../local-apic/registers.js";
import { pbaBytes, tableBytes } from "../pci/capabilities.js";
import { isMemory, MEMORY_DECODE } from "../pci/header.js";
import { type FunctionShape, msixOf } from "../shape.js";
import { configValue, highestBit } from "./judging.js";
import type { ApicView, FunctionView } from "./vocabulary.js";

/** All lines high: what a read gives where nobody answers. */
export const allOnes = (width: number): number => 2 ** (8 * width) - 1;

/** The bytes at `offset` of the aligned word that holds them. */
export const lanes = (word: number, offset: number, width: number): number =>
  width === 4 ? word >>> 0 : (word >>> (8 * (offset & 3))) & allOnes(width);

export const readsConfig = (fn: FunctionView, offset: number, width: number): number =>
  fn.powered && offset + width <= fn.config.length
    ? configValue(fn, offset, width)
    : allOnes(width);

/** The function answers memory accesses of this BAR, and the access lies in it. */
export const decodesBar = (
  shape: FunctionShape,
  fn: FunctionView,
  bar: number,
  offset: number,
  width: number,
): boolean => {
  const own = shape.bars[bar];
  return (
    fn.powered &&
    own !== undefined &&
    isMemory(own) &&
    offset + width <= own.size &&
    (configValue(fn, 4, 2) & MEMORY_DECODE) !== 0
  );
};

/** Place in an MSI-X structure of a BAR offset; undefined outside both. */
export const msixPlace = (
  shape: FunctionShape,
  bar: number,
  offset: number,
): { readonly part: "table" | "pending"; readonly word: number } | undefined => {
  const msix = msixOf(shape);
  if (msix === undefined) return undefined;
  const inTable = offset - (msix.tableOffset & ~7);
  if (bar === msix.tableBar && inTable >= 0 && inTable < tableBytes(msix)) {
    return { part: "table", word: inTable >>> 2 };
  }
  const inPba = offset - (msix.pbaOffset & ~7);
  return bar === msix.pbaBar && inPba >= 0 && inPba < pbaBytes(msix)
    ? { part: "pending", word: inPba >>> 2 }
    : undefined;
};

/** What a read of table or PBA gives; undefined for registers of the device itself. */
export const readsBar = (
  shape: FunctionShape,
  fn: FunctionView,
  bar: number,
  offset: number,
  width: number,
): number | undefined => {
  if (!decodesBar(shape, fn, bar, offset, width)) return allOnes(width);
  const place = msixPlace(shape, bar, offset);
  if (place === undefined) return undefined;
  return lanes(fn[place.part][place.word] ?? 0, offset, width);
};

/** SDM, Processor Priority Register: the class of PPR. */
export const ppClass = (apic: ApicView): number =>
  Math.max(apic.tpr, highestBit(apic.isr), 0) >>> 4;

/** What a register of a local APIC holds; undefined where the view does not say. */
export const readsApic = (apic: ApicView, offset: number): number | undefined => {
  if ((offset & 15) !== 0) return undefined;
  const word = (words: ArrayLike<number>, first: number): number =>
    (words[(offset - first) >> 4] ?? 0) >>> 0;
  if (offset >= ISR && offset < TMR) return word(apic.isr, ISR);
  if (offset >= TMR && offset < IRR) return word(apic.tmr, TMR);
  if (offset >= IRR && offset < ESR) return word(apic.irr, IRR);
  const entry = lvtIndex(offset);
  if (entry >= 0) return apic.lvt[entry];
  const x2apic = apic.mode === "x2apic";
  switch (offset) {
    case ID:
      return x2apic ? apic.id : (apic.id << 24) >>> 0;
    case VERSION:
      return VERSION_VALUE;
    case TPR:
      return apic.tpr;
    case LDR:
      return apic.ldr;
    case DFR:
      return x2apic ? undefined : apic.dfr;
    case SVR:
      return apic.svr;
    case ESR:
      return apic.esr;
    case ICR_LOW:
      return apic.icrLow;
    case ICR_HIGH:
      return apic.icrHigh;
    case INITIAL_COUNT:
      return apic.timer.initial;
    case DIVIDE:
      return apic.timer.divide;
    default:
      return undefined;
  }
};
