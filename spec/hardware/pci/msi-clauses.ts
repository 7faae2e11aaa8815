/** MSI: what an event sends, what a mask keeps back, what a write sets free. */
import type { Clause } from "../../core/clause.js";
import { pcie } from "../../core/source.js";
import type { Message } from "../../irq/msi-message/vocabulary.js";
import { functionShown, type MachineTransition, shapeOf } from "../machine/judging.js";
import {
  allocated,
  clause,
  eventOf,
  existing,
  lowBits,
  masters,
  msiMaskBits,
  msiMessageOf,
  msiPendingBits,
  partsOf,
  type Subject,
  sameMessages,
  sentBy,
  subjectOf,
  useOf,
} from "./judging.js";

type T = MachineTransition;

/** An event of a function that uses MSI, with the messages it may send. */
const eventWithMsi = (t: T): (Subject & { readonly log2: number }) | undefined => {
  const s = subjectOf(t);
  if (s === undefined || eventOf(t) < 0) return undefined;
  if (!masters(s.before) || useOf(s.shape, s.before) !== "msi") return undefined;
  const log2 = allocated(s.shape, s.before);
  return log2 === undefined ? undefined : { ...s, log2 };
};

/** What is pending does not hang on an event beyond the allocated messages. */
const plain = (s: Subject): boolean => (s.before.wrapped ?? 0) === 0;

/** The same where the event has a message of its own. */
const numbered = (t: T) => {
  const s = eventWithMsi(t);
  return s !== undefined && eventOf(t) < 2 ** s.log2 ? s : undefined;
};

const maskedNow = (s: Subject, i: number): boolean =>
  ((msiMaskBits(s.shape, s.before) >>> i) & 1) !== 0;

/** An event whose message is masked. */
const onMasked = (t: T) => {
  const s = numbered(t);
  return s !== undefined && maskedNow(s, eventOf(t)) ? s : undefined;
};

const pendingBefore = (s: Subject): number => msiPendingBits(s.shape, s.before);

/**
 * A write to a function that uses MSI: what was pending and is now free to go. Enabled, as many
 * allocated, and bus mastering before and after: what becomes of a pending message when these
 * change is open.
 */
const afterWrite = (t: T) => {
  const s = subjectOf(t);
  if (s === undefined || t.command.kind !== "write") return undefined;
  if (!masters(s.before) || !masters(s.shown)) return undefined;
  if (useOf(s.shape, s.before) !== "msi" || useOf(s.shape, s.shown) !== "msi") return undefined;
  const log2 = allocated(s.shape, s.shown);
  if (log2 === undefined || log2 !== allocated(s.shape, s.before)) return undefined;
  if (partsOf(s.shape).msi?.maskable !== true || !plain(s)) return undefined;
  const due = (pendingBefore(s) & ~msiMaskBits(s.shape, s.shown) & lowBits(log2)) >>> 0;
  return { ...s, log2, due };
};

const dueMessages = (s: Subject & { log2: number; due: number }): readonly Message[] => {
  const messages: Message[] = [];
  for (let i = 0; i < 32; i++) {
    if (((s.due >>> i) & 1) !== 0) messages.push(msiMessageOf(s.shape, s.shown, i, s.log2));
  }
  return messages;
};

/** Any message that the function has been allocated. */
const isAllocated = (s: Subject & { log2: number }, message: Message): boolean => {
  const i = message.data % 2 ** s.log2;
  return sameMessages([message], [msiMessageOf(s.shape, s.before, i, s.log2)]);
};

/** The cause of a masked event that is pending is gone. */
const servedEarly = (t: T): (Subject & { readonly bit: number }) | undefined => {
  const c = t.command;
  const s = subjectOf(t);
  if (c.kind !== "quiet" || s === undefined || useOf(s.shape, s.before) !== "msi") return undefined;
  const log2 = allocated(s.shape, s.before);
  if (log2 === undefined || c.vector >= 2 ** log2 || !plain(s)) return undefined;
  const bit = 2 ** c.vector;
  return (pendingBefore(s) & bit) === 0 ? undefined : { ...s, bit };
};

/** A write that starts in the register of pending bits. */
const pokesPending = (t: T): boolean => {
  const c = t.command;
  const s = subjectOf(t);
  if (c.kind !== "write" || c.space !== "config" || s === undefined) return false;
  const { msi, msiAt } = partsOf(s.shape);
  if (msi === undefined || msiAt.pending < 0 || !s.before.powered || !plain(s)) return false;
  const at = msi.at + msiAt.pending;
  return c.offset >= at && c.offset < at + 4 && c.offset % c.width === 0;
};

export const msiClauses: readonly Clause<T>[] = [
  clause(
    "HW-MSI-1",
    "an event whose message is not masked sends exactly one message: the address as it stands, the data as it stands with its low MME bits replaced by the number",
    [pcie("7.7.1.3 message address"), pcie("7.7.1.5 message data"), pcie("6.1.4.1 MSI")],
    ["bus"],
    ["event"],
    (t) => {
      const s = numbered(t);
      return s !== undefined && !maskedNow(s, eventOf(t));
    },
    (t) => {
      const s = numbered(t);
      if (s === undefined) return false;
      return sameMessages(sentBy(t), [msiMessageOf(s.shape, s.before, eventOf(t), s.log2)]);
    },
  ),
  clause(
    "HW-MSI-2",
    "a function with fewer messages allocated than it has events sends only messages it has been allocated",
    [pcie("7.7.1.2 multiple message enable")],
    ["bus"],
    ["event"],
    (t) => {
      const s = eventWithMsi(t);
      return s !== undefined && eventOf(t) >= 2 ** s.log2;
    },
    (t) => {
      const s = eventWithMsi(t);
      const sent = sentBy(t);
      return s !== undefined && sent.length <= 1 && sent.every((m) => isAllocated(s, m));
    },
  ),
  clause(
    "HW-MSI-3",
    "an event whose message is masked sends nothing and sets its pending bit",
    [pcie("6.1.4.5 per-vector masking"), pcie("7.7.1.8 pending bits")],
    ["bus", "config"],
    ["event"],
    (t) => onMasked(t) !== undefined,
    (t) => {
      const s = onMasked(t);
      if (s === undefined) return false;
      const bit = (msiPendingBits(s.shape, s.shown) >>> eventOf(t)) & 1;
      return sentBy(t).length === 0 && bit === 1;
    },
  ),
  clause(
    "HW-MSI-4",
    "an event whose message is masked changes no pending bit but its own; a further one changes nothing",
    [pcie("6.1.4.5 per-vector masking")],
    ["config"],
    ["event"],
    (t) => {
      const s = onMasked(t);
      return s !== undefined && plain(s);
    },
    (t) => {
      const s = onMasked(t);
      if (s === undefined) return false;
      const changed = msiPendingBits(s.shape, s.shown) ^ pendingBefore(s);
      return (changed & ~(1 << eventOf(t))) === 0 && (changed & pendingBefore(s)) === 0;
    },
  ),
  clause(
    "HW-MSI-5",
    "a write that sets pending messages free sends each exactly once, with address and data as they stand then",
    [pcie("6.1.4.5 per-vector masking"), pcie("7.7.1.7 mask bits")],
    ["bus", "config"],
    ["write"],
    (t) => (afterWrite(t)?.due ?? 0) !== 0,
    (t) => {
      const s = afterWrite(t);
      return s !== undefined && sameMessages(sentBy(t), dueMessages(s));
    },
  ),
  clause(
    "HW-MSI-6",
    "a message that was sent is pending no more",
    [pcie("6.1.4.5 per-vector masking"), pcie("7.7.1.8 pending bits")],
    ["config"],
    ["write"],
    (t) => (afterWrite(t)?.due ?? 0) !== 0,
    (t) => {
      const s = afterWrite(t);
      return s !== undefined && (msiPendingBits(s.shape, s.shown) & s.due) === 0;
    },
  ),
  clause(
    "HW-MSI-7",
    "a pending message that a write does not set free stays pending, and a write that frees none sends none",
    [pcie("6.1.4.5 per-vector masking")],
    ["bus", "config"],
    ["write"],
    (t) => {
      const s = afterWrite(t);
      return s !== undefined && (pendingBefore(s) & ~s.due) !== 0;
    },
    (t) => {
      const s = afterWrite(t);
      if (s === undefined) return false;
      const kept = pendingBefore(s) & ~s.due;
      if ((msiPendingBits(s.shape, s.shown) & kept) !== kept) return false;
      return s.due !== 0 || sentBy(t).length === 0;
    },
  ),
  clause(
    "HW-MSI-8",
    "mask and pending bits exist for 2^MMC messages; the others read zero",
    [pcie("7.7.1.7 mask bits"), pcie("7.7.1.8 pending bits")],
    ["config"],
    ["write", "event", "power"],
    (t) => {
      const s = subjectOf(t);
      const msi = s && partsOf(s.shape).msi;
      return msi?.maskable === true && msi.messages < 5;
    },
    (t) => {
      const shape = shapeOf(t);
      const fn = functionShown(t);
      const msi = shape && partsOf(shape).msi;
      if (shape === undefined || fn === undefined || msi === undefined) return false;
      return ((msiMaskBits(shape, fn) | msiPendingBits(shape, fn)) & ~existing(msi)) === 0;
    },
  ),
  clause(
    "HW-MSI-9",
    "pending bits are read-only: a write to them changes none and sends nothing",
    [pcie("7.7.1.8 pending bits")],
    ["config", "bus"],
    ["write"],
    pokesPending,
    (t) => {
      const s = subjectOf(t);
      if (s === undefined) return false;
      return msiPendingBits(s.shape, s.shown) === pendingBefore(s) && sentBy(t).length === 0;
    },
  ),
  clause(
    "HW-MSI-10",
    "a masked event that is served before it was sent is pending no more and sends nothing",
    [pcie("6.1.4.5 per-vector masking")],
    ["config", "bus"],
    ["quiet"],
    (t) => servedEarly(t) !== undefined,
    (t) => {
      const s = servedEarly(t);
      if (s === undefined) return false;
      return (
        msiPendingBits(s.shape, s.shown) === pendingBefore(s) - s.bit && sentBy(t).length === 0
      );
    },
  ),
];
