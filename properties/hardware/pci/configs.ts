/** Machines of a function or two, for faults and tests of PCI functions. */
import type { Config } from "../../../spec/hardware/machine/vocabulary.js";
import {
  at,
  both,
  eduLike,
  endpoint,
  msi,
  msiFunction,
  msixFunction,
  pinOnly,
} from "../../../spec/hardware/pci/profiles.js";
import type { FunctionShape } from "../../../spec/hardware/shape.js";

/** One CPU, no remapping. */
export const machineOf = (...functions: readonly FunctionShape[]): Config => ({
  apicIds: [0],
  apic: "xapic",
  apicsOn: true,
  functions: functions.map((shape, i) => at(0x18 + 8 * i, shape)),
  remapping: { kind: "none" },
  ram: 0x100000,
  quirks: [],
});

/** MSI of four messages, 64-bit, with mask and pending bits. */
export const maskableMsi = machineOf(msiFunction(2, true, true));
/** 32-bit MSI of eight messages, with mask and pending bits. */
export const shortMsi = machineOf(msiFunction(3, false, true));
export const plainMsi = machineOf(eduLike);
export const smallMsix = machineOf(msixFunction(4));
/** Pending bits in two words of 64. */
export const wideMsix = machineOf(msixFunction(65));
export const hugeMsix = machineOf(msixFunction(1025));
export const mixed = machineOf(both, endpoint({ capabilities: [msi(0x40, 0, true, false)] }));
export const pins = machineOf(pinOnly, eduLike);
