/** Which interrupt a CPU takes, and what its end clears. SDM, Task and Processor Priorities. */
import { SVR_SUPPRESS_EOI } from "../../../spec/hardware/local-apic/registers.js";
import { hasBit, highest, isEnabled, type LocalApic, withBit } from "./state.js";

/**
 * Processor priority. The class is the greater of the classes of TPR and of the highest interrupt
 * in service. Where they are equal SDM leaves the subclass open; this one shows TPR's, as QEMU.
 */
export const ppr = (apic: LocalApic): number => {
  const inService = Math.max(highest(apic.isr), 0) & 0xf0;
  return (apic.tpr & 0xf0) >= inService ? apic.tpr : inService;
};

/** What the CPU would take now: the highest requested vector, if its class is above PPR's. */
export const nextVector = (apic: LocalApic): number | undefined => {
  // SDM: what is pending stays pending while the APIC is disabled.
  if (!isEnabled(apic)) return undefined;
  const vector = highest(apic.irr);
  return vector >>> 4 > ppr(apic) >>> 4 && vector >= 0 ? vector : undefined;
};

/** Takes an interrupt: its bit moves from IRR to ISR. Undefined where nothing may be taken. */
export const take = (
  apic: LocalApic,
): { readonly apic: LocalApic; readonly vector: number | undefined } => {
  const vector = nextVector(apic);
  if (vector === undefined) return { apic, vector };
  const taken = {
    ...apic,
    irr: withBit(apic.irr, vector, false),
    isr: withBit(apic.isr, vector, true),
  };
  return { apic: taken, vector };
};

/**
 * The acknowledge cycle of a CPU that has seen the interrupt line: where nothing may be taken any
 * more, TPR having risen in between, it gets the spurious vector and no ISR bit is set.
 */
export const acknowledge = (
  apic: LocalApic,
): { readonly apic: LocalApic; readonly vector: number; readonly spurious: boolean } => {
  const taken = take(apic);
  return taken.vector === undefined
    ? { apic, vector: apic.svr & 0xff, spurious: true }
    : { apic: taken.apic, vector: taken.vector, spurious: false };
};

/** End of interrupt: the highest ISR bit is cleared. */
export const eoi = (apic: LocalApic): LocalApic => {
  const vector = highest(apic.isr);
  return vector < 0 ? apic : { ...apic, isr: withBit(apic.isr, vector, false) };
};

/** The vector that an EOI now tells the IO-APICs: that of a level interrupt. */
export const eoiBroadcast = (apic: LocalApic): number | undefined => {
  const vector = highest(apic.isr);
  const told = vector >= 0 && hasBit(apic.tmr, vector) && (apic.svr & SVR_SUPPRESS_EOI) === 0;
  return told ? vector : undefined;
};
