/** Configurations that campaigns, faults and tests share. */
import type { Config, Device } from "../../../spec/irq/msi-message/vocabulary.js";

/** Requester id of bus:device.function. */
export const bdf = (bus: number, device: number, fn = 0): number => (bus << 8) | (device << 3) | fn;

const plain = (requester: number): Device => ({ requester, aliases: [], ioApic: false });

/** A PCIe function, one with a second id, and one behind each kind of bridge. */
export const deviceZoo: readonly Device[] = [
  plain(bdf(0, 2)),
  {
    requester: bdf(3, 0),
    aliases: [{ alias: bdf(3, 1), reporter: bdf(3, 0) }],
    ioApic: false,
  },
  {
    // A PCIe-to-PCI bridge with secondary bus 4 answers for the devices behind it.
    requester: bdf(4, 5),
    aliases: [{ alias: bdf(4, 0), reporter: bdf(2, 0) }],
    ioApic: false,
  },
  {
    requester: bdf(5, 1),
    aliases: [{ alias: bdf(2, 30), reporter: bdf(2, 30) }],
    ioApic: false,
  },
];

export const ioApic: Device = { requester: bdf(0, 20), aliases: [], ioApic: true };

/** APIC ids twice the CPU number, as with a disabled sibling on each core. */
const doubled = (cpus: number): number[] => Array.from({ length: cpus }, (_x, cpu) => 2 * cpu);

export const base: Config = {
  apicIds: doubled(4),
  apic: "xapic",
  logical: false,
  extendedDestinationId: false,
  remapping: "none",
  tableEntries: 2,
  eim: false,
  mhmv: 0,
  sourceChecking: true,
  selfInvalidates: false,
  amd2k: false,
  ga: false,
  units: 1,
  coverable: true,
  devices: deviceZoo,
  vectorStart: 0x20,
  vectorEnd: 0xeb,
};

export const wideIds: Config = {
  ...base,
  apic: "x2apic",
  apicIds: [0, 2, 0xff, 0x103, 0x7fff, 0x8000],
};

export const extended: Config = { ...wideIds, extendedDestinationId: true };

export const intel: Config = {
  ...base,
  remapping: "intel",
  tableEntries: 65536,
  mhmv: 15,
};

export const intelX2apic: Config = {
  ...intel,
  apic: "x2apic",
  eim: true,
  logical: true,
  units: 2,
  apicIds: [0, 2, 0x105, 0x12345678],
};

export const amdLegacy: Config = { ...base, remapping: "amd", tableEntries: 512 };

export const amdGa: Config = {
  ...amdLegacy,
  ga: true,
  amd2k: true,
  tableEntries: 2048,
  apic: "x2apic",
  apicIds: [0, 2, 0x105, 0x12345678],
  devices: [...deviceZoo, ioApic],
};
