/** Interrupt messages on the system bus: who is addressed, and what each APIC does with them. */
import type { ApicQuirk } from "../../../spec/hardware/local-apic/quirks.js";
import { ERROR_RECEIVE_ILLEGAL, LVT_MASKED } from "../../../spec/hardware/local-apic/registers.js";
import { ppr } from "./priority.js";
import {
  EXTINT,
  INIT,
  isEnabled,
  type LocalApic,
  NMI,
  newApic,
  SIPI,
  SMI,
  withBit,
} from "./state.js";

/** Delivery modes of messages and of ICR. */
export const FIXED = 0;
export const LOWEST = 1;
export const DELIVER_SMI = 2;
export const DELIVER_NMI = 4;
export const DELIVER_INIT = 5;
export const DELIVER_SIPI = 6;
export const DELIVER_EXTINT = 7;

/** An interrupt on its way to local APICs. */
export type Target = {
  readonly dest: number;
  readonly logical: boolean;
  readonly vector: number;
  /** 0 fixed, 1 lowest priority, 2 SMI, 4 NMI, 5 INIT, 6 start-up, 7 ExtINT. */
  readonly delivery: number;
  /** Level triggered. */
  readonly level: boolean;
  /** Redirection hint: one member of the set takes it. */
  readonly hint: boolean;
  /** Of an IPI: takes the place of the destination. */
  readonly shorthand?: "self" | "all" | "others";
  /** Of an IPI with a shorthand: APIC id of its sender. */
  readonly from?: number;
};

export type ApicQuirks = readonly (ApicQuirk | string)[];
const noQuirks: ApicQuirks = [];

const matchesXapic = (apic: LocalApic, target: Target, quirks: ApicQuirks): boolean => {
  const dest = target.dest & 0xff;
  if (target.dest > 0xff) return false;
  if (!target.logical) return dest === 0xff || dest === (apic.id & 0xff);
  const own = apic.ldr >>> 24;
  // DFR [31:28]: all ones is the flat model, zero the cluster model.
  if (apic.dfr >>> 28 === 0xf) return (own & dest) !== 0;
  if (dest === 0xff && !quirks.includes("apic-cluster-broadcast-by-match")) return true;
  return own >>> 4 === dest >>> 4 && (own & dest & 0xf) !== 0;
};

const matchesX2apic = (apic: LocalApic, target: Target): boolean => {
  if (target.dest === 0xffffffff) return true;
  if (!target.logical) return target.dest === apic.id;
  return apic.ldr >>> 16 === target.dest >>> 16 && (apic.ldr & target.dest & 0xffff) !== 0;
};

/** Whether a destination names this APIC (SDM, Determining IPI Destination). */
export const matches = (
  apic: LocalApic,
  target: Target,
  quirks: ApicQuirks = noQuirks,
): boolean => {
  switch (target.shorthand) {
    case "self":
      return apic.id === target.from;
    case "all":
      return true;
    case "others":
      return apic.id !== target.from;
    default:
      return apic.mode === "xapic"
        ? matchesXapic(apic, target, quirks)
        : matchesX2apic(apic, target);
  }
};

/**
 * Numbers of the APICs that take the interrupt. Of a lowest-priority one it is one enabled member
 * of the set: least PPR, and of equals the lowest number. Documents leave the choice open.
 */
export const receivers = (
  apics: readonly LocalApic[],
  target: Target,
  quirks: ApicQuirks = noQuirks,
): readonly number[] => {
  const found: number[] = [];
  for (let i = 0; i < apics.length; i++) {
    if (matches(apics[i] as LocalApic, target, quirks)) found.push(i);
  }
  const one = target.delivery === LOWEST || (target.hint && target.delivery === FIXED);
  if (!one || found.length < 2) return found;
  if (quirks.includes("apic-lowest-by-number")) return found.slice(0, 1);
  let best = -1;
  for (const i of found) {
    const apic = apics[i] as LocalApic;
    if (!isEnabled(apic)) continue;
    if (best < 0 || ppr(apic) < ppr(apics[best] as LocalApic)) best = i;
  }
  return best < 0 ? [] : [best];
};

/** Vector of the error LVT entry, where it is unmasked and valid. */
const ERROR_ENTRY = 5;

/** An error is noted, and the error interrupt raised where its LVT entry lets it. */
export const noteError = (apic: LocalApic, error: number): LocalApic => {
  const noted = { ...apic, errors: apic.errors | error };
  const entry = apic.lvt[ERROR_ENTRY] as number;
  const vector = entry & 0xff;
  if ((entry & LVT_MASKED) !== 0 || vector < 16 || !isEnabled(apic)) return noted;
  return acceptFixed(noted, vector, false);
};

/** A fixed interrupt arrives: the bit in IRR holds one, however often it comes. */
export const acceptFixed = (
  apic: LocalApic,
  vector: number,
  level: boolean,
  quirks: ApicQuirks = noQuirks,
): LocalApic => {
  if (!isEnabled(apic) && !quirks.includes("apic-accepts-while-disabled")) return apic;
  if (vector < 16 && !quirks.includes("apic-accepts-low-vectors")) {
    return noteError(apic, ERROR_RECEIVE_ILLEGAL);
  }
  const irr = withBit(apic.irr, vector, true);
  const tmr = withBit(apic.tmr, vector, level);
  return irr === apic.irr && tmr === apic.tmr ? apic : { ...apic, irr, tmr };
};

/** What INIT leaves: the registers as after power-up, the id and the time-stamp counter kept. */
const afterInit = (apic: LocalApic): LocalApic => {
  const fresh = newApic(apic.id, apic.mode);
  return { ...fresh, timer: { ...fresh.timer, tsc: apic.timer.tsc }, events: INIT };
};

/** One APIC gets one interrupt. */
export const acceptOne = (
  apic: LocalApic,
  target: Target,
  quirks: ApicQuirks = noQuirks,
): LocalApic => {
  switch (target.delivery) {
    case FIXED:
    case LOWEST:
      return acceptFixed(apic, target.vector, target.level, quirks);
    case DELIVER_SMI:
      return { ...apic, events: apic.events | SMI };
    case DELIVER_NMI:
      return { ...apic, events: apic.events | NMI };
    case DELIVER_INIT:
      return afterInit(apic);
    case DELIVER_SIPI:
      // Only a CPU that waits after INIT starts.
      return (apic.events & INIT) === 0
        ? apic
        : { ...apic, events: (apic.events & ~INIT) | SIPI, sipi: target.vector };
    case DELIVER_EXTINT:
      return { ...apic, events: apic.events | EXTINT };
    default:
      return apic;
  }
};

/** The APICs after an interrupt has reached those that it names; the same list if none changed. */
export const accept = (
  apics: readonly LocalApic[],
  target: Target,
  quirks: ApicQuirks = noQuirks,
): readonly LocalApic[] => {
  let next: LocalApic[] | undefined;
  for (const i of receivers(apics, target, quirks)) {
    const before = apics[i] as LocalApic;
    const after = acceptOne(before, target, quirks);
    if (after === before) continue;
    next ??= apics.slice();
    next[i] = after;
  }
  return next ?? apics;
};
