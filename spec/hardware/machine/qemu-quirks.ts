/** Every departure of QEMU 7.2 from the documents, and what is not asked of it. */
import { apicQuirks } from "../local-apic/quirks.js";
import { qemuE1000e, qemuNvme, qemuRootPort } from "../pci/qemu.js";
import { remappingQuirks } from "../remapping/quirks.js";
import { dmaName, limits, silentName } from "./limits.js";

/** Functions whose events the witness cannot bring about. */
const silent = [qemuE1000e, qemuRootPort];
/** Functions that need DMA for an event. */
const dma = [qemuNvme];

/** The `quirks` of a machine configuration that QEMU 7.2 is. */
export const qemuQuirks: readonly string[] = [
  ...Object.keys(apicQuirks),
  ...Object.keys(remappingQuirks),
  ...Object.keys(limits),
  ...silent.map(({ vendor, device }) => silentName(vendor, device)),
  ...dma.map(({ vendor, device }) => dmaName(vendor, device)),
];
