/** The way of a message, recounted: which messages arrive in a step, and whom they address. */

import { MESSAGE_WINDOW } from "../../irq/msi-message/layout.js";
import type { Message } from "../../irq/msi-message/vocabulary.js";
import { SVR_ENABLE } from "../local-apic/registers.js";
import type { Sent } from "../shape.js";
import type { MachineTransition } from "./judging.js";
import type { ApicView, Config, View } from "./vocabulary.js";

type T = MachineTransition;

/** Late messages that fit the queue; one more is not late. */
export const MOST_HELD = 8;

/** Address [63:20] is that of the interrupt window. */
export const inWindow = (message: Message): boolean =>
  message.addressHi === 0 && message.addressLo >>> 20 === MESSAGE_WINDOW;

/** The first of these, as sent, is not what the mishap hits. */
const afterMishap = (before: View, sent: readonly Sent[]): readonly Sent[] => {
  if (sent.length === 0) return sent;
  switch (before.mishap) {
    case "none":
      return sent;
    case "lose":
      return sent.slice(1);
    case "hold":
      return before.held.length < MOST_HELD ? sent.slice(1) : sent;
    case "duplicate":
      return [sent[0] as Sent, ...sent];
  }
};

/** Messages that reach the remapping unit or the local APICs in this step, in order. */
export const arriving = (t: T): readonly Sent[] => {
  const c = t.command;
  switch (c.kind) {
    case "inject": {
      const { addressLo, addressHi, data } = c;
      return [{ requester: c.requester, message: { addressLo, addressHi, data } }];
    }
    case "release": {
      const held = t.before.held[c.nth];
      return held === undefined ? [] : [held];
    }
    default:
      return afterMishap(t.before, t.observed?.log.sent ?? []);
  }
};

/** A message in compatibility format, as the local APICs see it. */
export type Request = {
  readonly dest: number;
  readonly logical: boolean;
  readonly hint: boolean;
  readonly vector: number;
  /** 0 fixed, 1 lowest priority. */
  readonly delivery: number;
};

/** SDM, message address and data register format. */
export const requestOf = ({ addressLo, data }: Message): Request => ({
  dest: (addressLo >>> 12) & 0xff,
  logical: (addressLo & 4) !== 0,
  hint: (addressLo & 8) !== 0,
  vector: data & 0xff,
  delivery: (data >>> 8) & 7,
});

const flat = (apic: ApicView): boolean => apic.dfr >>> 28 === 0xf;

/** SDM, determining the destination of an interrupt. */
export const addresses = (apic: ApicView, dest: number, logical: boolean): boolean => {
  if (apic.mode === "x2apic") {
    if (dest === 0xffffffff) return true;
    if (!logical) return dest === apic.id;
    return apic.ldr >>> 16 === dest >>> 16 && (apic.ldr & dest & 0xffff) !== 0;
  }
  if (dest > 0xff) return false;
  if (!logical) return dest === 0xff || dest === (apic.id & 0xff);
  const own = apic.ldr >>> 24;
  if (flat(apic)) return (own & dest) !== 0;
  return dest === 0xff || (own >>> 4 === dest >>> 4 && (own & dest & 0xf) !== 0);
};

/** Whether an APIC that is addressed takes a fixed interrupt. */
export const takesFixed = (config: Config, apic: ApicView, vector: number): boolean => {
  const enabled =
    (apic.svr & SVR_ENABLE) !== 0 || config.quirks.includes("apic-accepts-while-disabled");
  return enabled && (vector >= 16 || config.quirks.includes("apic-accepts-low-vectors"));
};

/** A destination that several answer is told apart by priority; who wins is not fixed. */
export const oneOfMany = (apics: readonly ApicView[], r: Request): boolean =>
  (r.delivery === 1 || (r.hint && r.delivery === 0)) &&
  apics.filter((apic) => addresses(apic, r.dest, r.logical)).length > 1;

/** A cluster broadcast, on which hardware differs. */
export const clusterBroadcast = (apics: readonly ApicView[], r: Request): boolean =>
  r.logical && r.dest === 0xff && apics.some((apic) => apic.mode === "xapic" && !flat(apic));

const scratch = new Int32Array(8);

/**
 * Whether exactly these requests were added to IRR of the APICs that they address and that take
 * them, and ISR left as it was.
 */
export const addedExactly = (
  config: Config,
  before: readonly ApicView[],
  after: readonly ApicView[],
  requests: readonly Request[],
): boolean => {
  for (let cpu = 0; cpu < before.length; cpu++) {
    const a = before[cpu] as ApicView;
    const b = after[cpu];
    if (b === undefined) return false;
    scratch.set(a.irr);
    for (const { dest, logical, vector } of requests) {
      if (!takesFixed(config, a, vector) || !addresses(a, dest, logical)) continue;
      scratch[vector >>> 5] = (scratch[vector >>> 5] as number) | (1 << (vector & 31));
    }
    for (let w = 0; w < 8; w++) {
      if (((b.irr[w] as number) | 0) !== scratch[w]) return false;
      if (((a.isr[w] as number) | 0) !== ((b.isr[w] as number) | 0)) return false;
    }
  }
  return true;
};
