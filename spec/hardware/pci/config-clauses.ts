/** Configuration space: what a write keeps, and whom it concerns. */
import type { Clause } from "../../core/clause.js";
import { pcie } from "../../core/source.js";
import { functionOf, type MachineTransition, sameWords, writeTo } from "../machine/judging.js";
import type { FunctionView } from "../machine/vocabulary.js";
import type { FunctionShape } from "../shape.js";
import { capabilityRegisters } from "./capabilities.js";
import {
  barCount,
  FIRST_BAR,
  headerKind,
  headerRegisters,
  INTERRUPT_STATUS,
  STATUS,
} from "./header.js";
import { clause, partsOf, register, subjectOf } from "./judging.js";

type T = MachineTransition;

/** Writable bits, bits that a 1 clears, and bits that the function changes itself, by byte. */
type Masks = {
  readonly writable: Uint8Array;
  readonly clears: Uint8Array;
  readonly own: Uint8Array;
};

const spread = (into: Uint8Array, at: number, width: number, bits: number): void => {
  for (let i = 0; i < width && at + i < into.length; i++) into[at + i] = bits >>> (8 * i);
};

const masksOf = (shape: FunctionShape): Masks => {
  const bytes = (): Uint8Array => new Uint8Array(shape.extended ? 4096 : 256);
  const masks = { writable: bytes(), clears: bytes(), own: bytes() };
  for (const r of [...headerRegisters(shape), ...capabilityRegisters(shape)]) {
    spread(masks.writable, r.offset, r.width, r.writable);
    spread(masks.clears, r.offset, r.width, r.clears);
  }
  for (const p of shape.patches) {
    spread(masks.writable, p.at, 4, p.writable);
    spread(masks.clears, p.at, 4, 0);
  }
  masks.own[STATUS] = INTERRUPT_STATUS;
  const { msi, msiAt } = partsOf(shape);
  if (msi !== undefined && msiAt.pending >= 0) {
    spread(masks.own, msi.at + msiAt.pending, 4, 0xffffffff);
  }
  return masks;
};

const compiled = new WeakMap<FunctionShape, Masks>();

const masks = (shape: FunctionShape): Masks => {
  const found = compiled.get(shape) ?? masksOf(shape);
  compiled.set(shape, found);
  return found;
};

/** The writes to configuration space that a function answers. */
const configWrite = (t: T) => {
  const c = writeTo(t, "config");
  const subject = subjectOf(t);
  if (c === undefined || subject === undefined) return undefined;
  const { before } = subject;
  const inside = c.offset % c.width === 0 && c.offset + c.width <= before.config.length;
  return before.powered && inside ? { c, ...subject } : undefined;
};

/** Bits outside of what was written, read-only bits within it. */
const keptReadOnly = (t: T): boolean => {
  const w = configWrite(t);
  if (w === undefined || w.before.config === w.shown.config) return true;
  const { writable, clears, own } = masks(w.shape);
  const { offset, width } = w.c;
  for (let i = 0; i < w.before.config.length; i++) {
    const changed =
      ((w.before.config[i] as number) ^ (w.shown.config[i] ?? 0)) & ~(own[i] as number);
    if (changed === 0) continue;
    if (i < offset || i >= offset + width) return false;
    if ((changed & ~((writable[i] as number) | (clears[i] as number))) !== 0) return false;
  }
  return true;
};

const tookWritten = (t: T): boolean => {
  const w = configWrite(t);
  if (w === undefined) return true;
  const { writable, clears } = masks(w.shape);
  for (let i = 0; i < w.c.width; i++) {
    const at = w.c.offset + i;
    const written = (w.c.value >>> (8 * i)) & 0xff;
    const shown = w.shown.config[at] ?? 0;
    const keeps = writable[at] as number;
    if (((written ^ shown) & keeps) !== 0) return false;
    if ((shown & written & (clears[at] as number)) !== 0) return false;
  }
  return true;
};

/** MME above MMC must not be written; what it reads as then is open. */
const allowedMme = (t: T): boolean => {
  const w = configWrite(t);
  const { msi } = w === undefined ? { msi: undefined } : partsOf(w.shape);
  if (w === undefined || msi === undefined) return true;
  const byte = msi.at + 2 - w.c.offset;
  if (byte < 0 || byte >= w.c.width) return true;
  return ((w.c.value >>> (8 * byte + 4)) & 7) <= Math.min(msi.messages, 5);
};

/** A write of all ones to a whole base address register. */
const sizing = (t: T) => {
  const w = configWrite(t);
  if (w === undefined || w.c.width !== 4 || w.c.value !== 0xffffffff) return undefined;
  if (w.shape.patches.some((p) => p.at < FIRST_BAR + 24 && p.at + 4 > FIRST_BAR)) return undefined;
  const i = (w.c.offset - FIRST_BAR) / 4;
  const bar = w.shape.bars[i];
  return i < 0 || i >= barCount(headerKind(w.shape)) || bar === undefined || bar.size === 0
    ? undefined
    : { ...w, bar };
};

const FLAGS = { none: 0, io: 1, memory32: 0, memory64: 4 } as const;

const sizeShown = (t: T): boolean => {
  const s = sizing(t);
  if (s === undefined) return true;
  const value = register(s.shown, s.c.offset, 4);
  const flags = s.bar.kind === "io" ? value & 3 : value & 15;
  return (
    (2 ** 32 - (value - flags)) % 2 ** 32 === s.bar.size % 2 ** 32 && flags === FLAGS[s.bar.kind]
  );
};

const sameFunction = (a: FunctionView, b: FunctionView): boolean =>
  a === b ||
  (sameWords(a.config, b.config) &&
    sameWords(a.table, b.table) &&
    sameWords(a.pending, b.pending) &&
    a.powered === b.powered);

const othersKept = (t: T): boolean => {
  const named = functionOf(t);
  return t.before.functions.every(
    (fn, i) => i === named || sameFunction(fn, t.observed?.functions[i] ?? fn),
  );
};

export const configClauses: readonly Clause<T>[] = [
  clause(
    "HW-PCI-1",
    "a write to configuration space changes writable bits of the bytes written and no other bit",
    [pcie("7.4 configuration register types"), pcie("7.5.1 common header registers")],
    ["config"],
    ["write"],
    (t) => configWrite(t) !== undefined,
    keptReadOnly,
  ),
  clause(
    "HW-PCI-2",
    "writable bits take the value written, at any width; errors of the status register are cleared by writing 1",
    [pcie("7.4 configuration register types"), pcie("7.5.1.1.4 status register")],
    ["config"],
    ["write"],
    (t) => configWrite(t) !== undefined && allowedMme(t),
    tookWritten,
  ),
  clause(
    "HW-PCI-3",
    "all ones written to a base address register read back as its size and its kind",
    [pcie("7.5.1.2.1 base address registers")],
    ["config"],
    ["write"],
    (t) => sizing(t) !== undefined,
    sizeShown,
  ),
  clause(
    "HW-PCI-4",
    "what one function is told or does leaves every other function as it was",
    [pcie("7.2 configuration mechanisms")],
    ["config", "tables"],
    ["write", "event", "quiet", "power"],
    (t) => functionOf(t) >= 0 && t.before.functions.length > 1,
    othersKept,
  ),
];
