/** Configurations of the campaigns. */
import type { Config, Device } from "../../../spec/irq/domain/vocabulary.js";

export const msix = (requester: number, entries: number): Device => ({
  requester,
  source: "msix",
  entries,
  maskable: true,
});

export const msi = (requester: number, entries: number, maskable: boolean): Device => ({
  requester,
  source: "msi",
  entries,
  maskable,
});

const upTo = (n: number): number[] => Array.from({ length: n }, (_x, i) => i);

/**
 * Few vectors, across a priority class; APIC ids that are not CPU numbers. `cpus` of the vectors
 * [0x2e, 0x2e + vectors).
 */
export const machine = (
  cpus: number,
  vectors: number,
  devices: readonly Device[],
  remapping: Config["remapping"] = "none",
): Config => ({
  apicIds: upTo(cpus).map((cpu) => 2 * cpu + 1),
  apic: "xapic",
  online: upTo(cpus),
  hotplug: cpus > 1,
  remapping,
  wide: true,
  tableEntries: 8,
  start: 0x2e,
  end: 0x2e + vectors,
  system: [],
  devices,
  lines: [0xe8],
  window: 4,
  limit: 2,
});

const pair: readonly Device[] = [msix(0x0100, 2), msi(0x0208, 1, false)];

export const oneCpu = machine(1, 4, [msix(0x0100, 2), msi(0x0208, 1, true)]);
export const twoCpus = machine(2, 3, pair);
/** Tables with fewer entries than there are interrupts. */
export const intel = { ...machine(2, 3, pair, "intel"), tableEntries: 2 };
export const amd = {
  ...machine(2, 3, [msix(0x0100, 3), msi(0x0208, 1, false)], "amd"),
  tableEntries: 2,
};
/** Short entries, blocks of messages. */
export const amdBlocks: Config = {
  ...machine(4, 4, [msix(0x0100, 3), msi(0x0208, 4, true)], "amd"),
  wide: false,
};
export const intelBlocks = machine(4, 4, [msix(0x0100, 3), msi(0x0208, 4, true)], "intel");

/** The first CPU, which takes what is not started, is one that no message can name. */
export const farCpu: Config = {
  ...machine(2, 3, pair),
  apic: "x2apic",
  apicIds: [0x103, 1],
  hotplug: false,
};

export const large = (remapping: Config["remapping"]): Config => ({
  ...machine(64, 24, [msix(0x0100, 8), msix(0x0300, 4), msi(0x0208, 1, false)], remapping),
  tableEntries: 64,
});

/** One of each. */
export const smallest: Config = { ...machine(1, 1, [msix(0x0100, 1)]), lines: [] };

/** One MSI-X entry, two CPUs, two vectors. */
export const tiny: Config = {
  ...machine(2, 2, [msix(0x0100, 1)]),
  hotplug: false,
  lines: [],
};

/** Where most seeded faults show soonest. */
export const faultConfig: Config = twoCpus;
