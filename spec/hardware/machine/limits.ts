import * as amd from "../remapping/amd.js";
import * as intel from "../remapping/intel.js";

/**
 * What is not asked of a system, one name each. Unlike the quirks of local APIC and remapping unit,
 * which say what happens instead, these name acts whose effect a system does not have or does not
 * show; no command of the kind is issued. QEMU 7.2 has all of them.
 */
export const limits = {
  "limit-bars": "a BAR over the chipset's own addresses takes the CPUs their local APICs and code",
  "limit-delivery":
    "SMI, INIT, start-up IPI and ExtINT act on a CPU that the witness needs; QEMU takes ExtINT " +
    "messages for fixed ones",
  "limit-hint":
    "the redirection hint of a message is ignored; SDM: one of the destinations takes it",
  "limit-low-vectors": "a vector below 16 is taken while PPR is 0; SDM: its class is never above",
  "limit-apic-errors":
    "ESR: no illegal vector is noted, an illegal register at once, and a write latches nothing",
  "limit-apic-reserved":
    "reserved bits of LVT, ICR and SVR are kept as written, a disabled APIC masks no LVT entry, " +
    "and the ID register takes writes",
  "limit-apic-registers": "version 0x14: no CMCI entry, no EOI broadcast suppression",
  "limit-time": "the timer of a local APIC counts real time",
  "limit-mme": "MME above MMC is cut off to MMC; PCIe leaves it undefined",
  "limit-withdrawal": "a pending message is not withdrawn when its cause is gone",
  "limit-function-reset": "a function level reset is not modelled here",
  "limit-unit-registers":
    "capability registers tell of another unit, IQA shows the address of a queue in use, only whole " +
    "words can be read, data of events have 16 bits and their addresses 32",
  "limit-unit-command":
    "CFI has no effect and no status, the invalidation queue is switched off only after a wait " +
    "descriptor and does not go on when its error is cleared, and remapping that is enabled " +
    "before it has a table blocks everything",
  "limit-wait":
    "a wait descriptor has either SW or IF: with neither it is an error, with both QEMU ends " +
    "itself by an assertion",
  "limit-amd":
    "entries of the device table count before the unit is enabled and after, what is reserved in " +
    "them is looked at first, a write of the command head works on the commands, an " +
    "illegal command stops nothing, status bits are not cleared, and what IntCtl lets pass " +
    "arrives as vector 0 at CPU 0",
  "limit-posting": "interrupts are not posted: CAP bit 59 is clear, and so is GA mode for guests",
  "limit-requester": "a message can be injected only where no remapping unit asks who sends it",
} as const;
export type Limit = keyof typeof limits;

const named = (limit: string, vendor: number, device: number): string =>
  `${limit}-${[vendor, device].map((id) => id.toString(16).padStart(4, "0")).join(":")}`;

/** Events of functions with these ids cannot be brought about: `silent-VVVV:DDDD`. */
export const silentName = (vendor: number, device: number): string =>
  named("silent", vendor, device);

/**
 * An event of functions with these ids takes DMA and comes by MSI-X, so none is brought about while
 * the function is no bus master or has MSI-X off: `dma-VVVV:DDDD`.
 */
export const dmaName = (vendor: number, device: number): string => named("dma", vendor, device);

/** Registers of a remapping unit that are not compared under `limit-unit-registers`. */
export const hiddenRegisters: Readonly<Record<string, readonly number[]>> = {
  intel: [
    intel.VER,
    intel.CAP,
    intel.CAP + 4,
    intel.ECAP,
    intel.ECAP + 4,
    intel.IQA,
    intel.IQA + 4,
  ],
  amd: [amd.EFR, amd.EFR + 4],
};
