/**
 * What makes a function send. Readings of PCIe 6.1.4 where it leaves a choice:
 * - A message that bus master off keeps from the bus is discarded, not kept.
 * - While neither MSI nor MSI-X is enabled an event requests INTx, where there is a pin, and the
 *   pending bits stay as they are.
 * - Enabling MSI or MSI-X withdraws an INTx request.
 * - A function with fewer messages allocated than it has events takes the event's number modulo
 *   2^MME, and masks and pends under that number.
 * - Of several pending messages the lowest number is sent first.
 */
import type { FunctionShape } from "../../../spec/hardware/shape.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { layoutOf, type PciLayout } from "./layout.js";
import {
  allocatedLog2,
  busMaster,
  entryMasked,
  entryMessage,
  functionMasked,
  msiMask,
  msiMessage,
  type PciFunction,
  type Reaction,
  signalling,
  silent,
  withBit,
  withIntx,
  withMsiPending,
} from "./state.js";

/** A message on its way to the bus. */
const send = (fn: PciFunction, message: Message): Reaction =>
  busMaster(fn) ? { fn, sent: [message] } : silent(fn);

const withPending = (fn: PciFunction, i: number, on: boolean): PciFunction => {
  const pending = withBit(fn.pending, i, on);
  return pending === fn.pending ? fn : { ...fn, pending };
};

const raiseMsi = (layout: PciLayout, fn: PciFunction, vector: number): Reaction => {
  const i = vector % 2 ** allocatedLog2(layout, fn);
  if (((msiMask(layout, fn) >>> i) & 1) === 0) return send(fn, msiMessage(layout, fn, i));
  const kept = withMsiPending(layout, fn, fn.msiPending | (1 << i));
  return silent(i === vector ? kept : { ...kept, wrapped: (kept.wrapped | (1 << i)) >>> 0 });
};

const raiseMsix = (layout: PciLayout, fn: PciFunction, i: number): Reaction => {
  if (i >= (layout.msix?.entries ?? 0)) return silent(fn);
  return functionMasked(layout, fn) || entryMasked(fn, i)
    ? silent(withPending(fn, i, true))
    : send(fn, entryMessage(fn, i));
};

/** The device has an event, numbered as its message or table entry. */
export const raise = (shape: FunctionShape, fn: PciFunction, vector: number): Reaction => {
  if (!fn.powered) return silent(fn);
  const layout = layoutOf(shape);
  const how = signalling(layout, fn);
  if (how === "msix") return raiseMsix(layout, fn, vector);
  if (how === "msi") return raiseMsi(layout, fn, vector);
  return silent(shape.pin === 0 ? fn : withIntx(layout, fn, true));
};

/** The cause of an event is gone: what was not sent yet is not sent any more (PCIe 6.1.4.5). */
export const satisfy = (shape: FunctionShape, fn: PciFunction, vector: number): PciFunction => {
  const layout = layoutOf(shape);
  const how = signalling(layout, fn);
  if (how === "intx") return withIntx(layout, fn, false);
  if (how === "msix") {
    return vector < (layout.msix?.entries ?? 0) ? withPending(fn, vector, false) : fn;
  }
  const i = vector % 2 ** allocatedLog2(layout, fn);
  return withMsiPending(layout, fn, fn.msiPending & ~(1 << i));
};

/** The note lasts as long as the bit that it is about, whatever becomes of mask and MME. */
const noted = (fn: PciFunction): PciFunction => {
  const wrapped = (fn.wrapped & fn.msiPending) >>> 0;
  return wrapped === fn.wrapped ? fn : { ...fn, wrapped };
};

const settleMsi = (layout: PciLayout, before: PciFunction): Reaction => {
  const mask = msiMask(layout, before);
  const fn = noted(before);
  const allocated = 2 ** (2 ** allocatedLog2(layout, fn)) - 1;
  const due = fn.msiPending & ~mask & allocated;
  if (due === 0) return silent(fn);
  const sent: Message[] = [];
  for (let i = 0; i < 32; i++) if (((due >>> i) & 1) !== 0) sent.push(msiMessage(layout, fn, i));
  const after = noted(withMsiPending(layout, fn, fn.msiPending & ~due));
  return { fn: after, sent: busMaster(fn) ? sent : [] };
};

const settleMsix = (layout: PciLayout, fn: PciFunction): Reaction => {
  if (functionMasked(layout, fn)) return silent(fn);
  const sent: Message[] = [];
  let pending = fn.pending;
  for (let w = 0; w < fn.pending.length; w++) {
    const word = fn.pending[w] as number;
    if (word === 0) continue;
    for (let bit = 0; bit < 32; bit++) {
      const i = 32 * w + bit;
      if (((word >>> bit) & 1) === 0 || entryMasked(fn, i)) continue;
      if (pending === fn.pending) pending = fn.pending.slice();
      pending[w] = (pending[w] as number) & ~(1 << bit);
      sent.push(entryMessage(fn, i));
    }
  }
  if (pending === fn.pending) return silent(fn);
  return { fn: { ...fn, pending }, sent: busMaster(fn) ? sent : [] };
};

/** After a write: sends once whatever is pending and free to go. */
export const settle = (layout: PciLayout, fn: PciFunction): Reaction => {
  const how = signalling(layout, fn);
  if (how === "intx") return silent(fn);
  const quiet = withIntx(layout, fn, false);
  return how === "msix" ? settleMsix(layout, quiet) : settleMsi(layout, quiet);
};
