/** What the clauses of PCI functions share: a function's registers, recounted from its bytes. */

import type { Clause } from "../../core/clause.js";
import type { Source } from "../../core/source.js";
import type { Message } from "../../irq/msi-message/vocabulary.js";
import {
  functionBefore,
  functionShown,
  type MachineTransition,
  sentOf,
  shapeOf,
} from "../machine/judging.js";
import type { FunctionView } from "../machine/vocabulary.js";
import {
  CONFIG_BYTES,
  EXTENDED_CONFIG_BYTES,
  type FunctionShape,
  type MsiShape,
  type MsixShape,
  msiOf,
  msixOf,
} from "../shape.js";
import {
  CONTROL,
  ENTRY_CONTROL,
  ENTRY_MASKED,
  MSI_ENABLE,
  MSIX_BYTES,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
  type MsiOffsets,
  messagesOf,
  msiOffsets,
} from "./capabilities.js";
import { BUS_MASTER, COMMAND } from "./header.js";

type T = MachineTransition;

/** A function in a transition: shape, state before, and state as the system shows it after. */
export type Subject = {
  readonly shape: FunctionShape;
  readonly before: FunctionView;
  readonly shown: FunctionView;
};

/** The function that the command names. */
export const subjectOf = (t: T): Subject | undefined => {
  const shape = shapeOf(t);
  const before = functionBefore(t);
  const shown = functionShown(t);
  return shape === undefined || before === undefined || shown === undefined
    ? undefined
    : { shape, before, shown };
};

/** Little-endian value; zero beyond the space. */
export const register = (fn: FunctionView, offset: number, width: number): number => {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = ((value << 8) | (fn.config[offset + i] ?? 0)) >>> 0;
  return value;
};

const spaceOf = (shape: FunctionShape): number =>
  shape.extended ? EXTENDED_CONFIG_BYTES : CONFIG_BYTES;

/** Structures that pass the end of the space, or lie under a patch, are no capabilities. */
const whole = (shape: FunctionShape, at: number, size: number): boolean =>
  at >= 0x40 &&
  at + size <= spaceOf(shape) &&
  shape.patches.every((p) => p.at + 4 <= at || p.at >= at + size);

export type Parts = {
  readonly msi: MsiShape | undefined;
  readonly msiAt: MsiOffsets;
  readonly msix: MsixShape | undefined;
  /** Neither structure is cut off; what a function does with a cut one is its own affair. */
  readonly sound: boolean;
};

const compile = (shape: FunctionShape): Parts => {
  const msi = msiOf(shape);
  const msix = msixOf(shape);
  const msiAt = msiOffsets(msi?.is64 ?? false, msi?.maskable ?? false);
  const sound =
    (msi === undefined || whole(shape, msi.at, msiAt.size)) &&
    (msix === undefined || whole(shape, msix.at, MSIX_BYTES));
  return sound ? { msi, msiAt, msix, sound } : { msi: undefined, msiAt, msix: undefined, sound };
};

const known = new WeakMap<FunctionShape, Parts>();

export const partsOf = (shape: FunctionShape): Parts => {
  const found = known.get(shape) ?? compile(shape);
  known.set(shape, found);
  return found;
};

export const msiControl = (shape: FunctionShape, fn: FunctionView): number => {
  const { msi } = partsOf(shape);
  return msi === undefined ? 0 : register(fn, msi.at + CONTROL, 2);
};

export const msixControl = (shape: FunctionShape, fn: FunctionView): number => {
  const { msix } = partsOf(shape);
  return msix === undefined ? 0 : register(fn, msix.at + CONTROL, 2);
};

export type Use = "none" | "msi" | "msix" | "open";

/** What is enabled; both at once is undefined by the specification, thus open. */
export const useOf = (shape: FunctionShape, fn: FunctionView): Use => {
  const msi = (msiControl(shape, fn) & MSI_ENABLE) !== 0;
  const msix = (msixControl(shape, fn) & MSIX_ENABLE) !== 0;
  if (!partsOf(shape).sound || (msi && msix)) return "open";
  return msi ? "msi" : msix ? "msix" : "none";
};

export const masters = (fn: FunctionView): boolean =>
  fn.powered && (register(fn, COMMAND, 2) & BUS_MASTER) !== 0;

/** Log2 of the messages allocated; undefined where MME is above MMC, which is not allowed. */
export const allocated = (shape: FunctionShape, fn: FunctionView): number | undefined => {
  const { msi } = partsOf(shape);
  const mme = (msiControl(shape, fn) >>> 4) & 7;
  return msi === undefined || mme > msi.messages || mme > 5 ? undefined : mme;
};

export const msiMaskBits = (shape: FunctionShape, fn: FunctionView): number => {
  const { msi, msiAt } = partsOf(shape);
  return msi === undefined || msiAt.mask < 0 ? 0 : register(fn, msi.at + msiAt.mask, 4);
};

/** The register of pending bits; 0 where there is none. */
export const msiPendingBits = (shape: FunctionShape, fn: FunctionView): number => {
  const { msi, msiAt } = partsOf(shape);
  return msi === undefined || msiAt.pending < 0 ? 0 : register(fn, msi.at + msiAt.pending, 4);
};

/** Bits of the messages that a function with this many allocated may send. */
export const lowBits = (log2: number): number => 2 ** (2 ** log2) - 1;

/** Existing mask and pending bits. */
export const existing = (msi: MsiShape): number => 2 ** messagesOf(msi) - 1;

/** PCIe 7.7.1: message `i` of a function with 2^log2 messages. */
export const msiMessageOf = (
  shape: FunctionShape,
  fn: FunctionView,
  i: number,
  log2: number,
): Message => {
  const { msi, msiAt } = partsOf(shape);
  const at = msi?.at ?? 0;
  const data = register(fn, at + msiAt.data, 2);
  const low = 2 ** log2 - 1;
  return {
    addressLo: register(fn, at + msiAt.address, 4),
    addressHi: msiAt.addressHigh < 0 ? 0 : register(fn, at + msiAt.addressHigh, 4),
    data: data - (data & low) + (i & low),
  };
};

export const entryMessageOf = (fn: FunctionView, i: number): Message => ({
  addressLo: (fn.table[4 * i] ?? 0) >>> 0,
  addressHi: (fn.table[4 * i + 1] ?? 0) >>> 0,
  data: (fn.table[4 * i + 2] ?? 0) >>> 0,
});

/** The entry's own mask bit. */
export const entryMaskedOf = (fn: FunctionView, i: number): boolean =>
  ((fn.table[4 * i + ENTRY_CONTROL] ?? 1) & ENTRY_MASKED) !== 0;

export const functionMaskedOf = (shape: FunctionShape, fn: FunctionView): boolean =>
  (msixControl(shape, fn) & MSIX_FUNCTION_MASK) !== 0;

/** Messages on the bus from the function that the command names. */
export const sentBy = (t: T): readonly Message[] => {
  const requester = shapeOf(t)?.requester;
  return sentOf(t)
    .filter((s) => s.requester === requester)
    .map((s) => s.message);
};

/** Address bits [1:0] are to be written zero and may be hardwired. */
const same = (a: Message, b: Message): boolean =>
  ((a.addressLo ^ b.addressLo) & ~3) === 0 && a.addressHi === b.addressHi && a.data === b.data;

/** The same messages in any order. */
export const sameMessages = (got: readonly Message[], wanted: readonly Message[]): boolean => {
  if (got.length !== wanted.length) return false;
  if (got.length === 1) return same(got[0] as Message, wanted[0] as Message);
  const left = [...wanted];
  return got.every((m) => {
    const at = left.findIndex((w) => same(m, w));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
};

/** The event of the command; -1 for others. */
export const eventOf = (t: T): number => (t.command.kind === "event" ? t.command.vector : -1);

/** A contract clause about single commands. */
export const clause = (
  id: string,
  title: string,
  source: readonly Source[],
  needs: readonly string[],
  on: readonly string[],
  applies: (t: T) => boolean,
  holds: (t: T) => boolean,
): Clause<T> => ({
  id,
  title,
  level: "contract",
  kind: "step",
  task: "T1.1",
  source,
  needs,
  on,
  applies,
  holds,
});
