/** A function that takes its messages down when the event comes instead of when it sends. */
import type { PciFunction } from "../../../models/hardware/pci/index.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";

/** Rides on the function's state; a reset drops it. */
export type Latching = PciFunction & { readonly latched?: ReadonlyMap<number, Message> };

export const latchedOf = (fn: PciFunction): ReadonlyMap<number, Message> =>
  (fn as Latching).latched ?? new Map();

export const latch = (fn: PciFunction, i: number, message: Message): PciFunction => {
  const held: Latching = { ...fn, latched: new Map([...latchedOf(fn), [i, message]]) };
  return held;
};
