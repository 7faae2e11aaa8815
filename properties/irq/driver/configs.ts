/** Devices and machines that campaigns, faults and tests use. */
import type { Bar, CapabilityShape, FunctionShape } from "../../../spec/hardware/shape.js";
import type { Config } from "../../../spec/irq/driver/vocabulary.js";

const memory = (address: bigint, size: number): Bar => ({ kind: "memory32", address, size });

/** Device `nth` of a machine: 00:nth.0, its registers in a BAR of its own. */
const fn = (
  nth: number,
  pin: number,
  capabilities: readonly CapabilityShape[],
  assigned = true,
): FunctionShape => ({
  requester: nth << 3,
  headerType: 0,
  vendor: 0x1af4,
  device: 0x1000 + nth,
  extended: false,
  bars: [memory(assigned ? 0xf0000000n + BigInt(nth * 0x10000) : 0n, 0x4000)],
  pin,
  capabilities,
  patches: [],
});

const msix = (entries: number, at = 0xa0): CapabilityShape => ({
  kind: "msix",
  at,
  entries,
  tableBar: 0,
  tableOffset: 0x2000,
  pbaBar: 0,
  pbaOffset: 0x3000,
});

/** `log2` of the messages. */
const msi = (log2: number, is64: boolean, maskable: boolean): CapabilityShape => ({
  kind: "msi",
  at: 0x50,
  messages: log2,
  is64,
  maskable,
});

/** An NVMe controller: a vector for the admin queue, and one for each queue. */
export const nvme = (nth: number, entries = 9): FunctionShape => fn(nth, 1, [msix(entries)]);

/** A network card with all three kinds. */
export const nic = (nth: number): FunctionShape => fn(nth, 2, [msi(0, true, false), msix(3)]);

/** A disk controller with several maskable messages. */
export const ahci = (nth: number): FunctionShape => fn(nth, 1, [msi(3, true, true)]);

/** A card whose only message cannot be masked. */
export const sound = (nth: number): FunctionShape => fn(nth, 3, [msi(0, false, false)]);

/** Firmware has given the BAR of its table no address. */
export const unassigned = (nth: number): FunctionShape =>
  fn(nth, 4, [msi(1, false, true), msix(4)], false);

/** A pin and nothing else. */
export const serial = (nth: number): FunctionShape => fn(nth, 1, []);

/** A virtual function: messages, no pin. */
export const virtual = (nth: number, entries = 2): FunctionShape => fn(nth, 0, [msix(entries)]);

const cpus = (count: number): readonly number[] => Array.from({ length: count }, (_x, i) => 2 * i);

const base = {
  scope: "per-cpu",
  remapping: false,
  drivers: 3,
  cleanupBound: 2,
  vectorStart: 0x20,
} as const;

/** As many vectors as a machine has. */
export const roomy: Config = {
  ...base,
  apicIds: cpus(8),
  vectorEnd: 0xeb,
  devices: [nvme(1), nic(2), ahci(3), sound(4), unassigned(5), serial(6)],
};

/** Several messages of MSI, since the table has an entry for each. */
export const remapped: Config = {
  ...base,
  remapping: true,
  apicIds: cpus(4),
  vectorEnd: 0x40,
  devices: [nvme(1), ahci(2), nic(3), unassigned(4)],
};

/** So few vectors that they run out. */
export const scarce: Config = {
  ...base,
  apicIds: cpus(2),
  vectorEnd: 0x23,
  devices: [nvme(1, 5), nic(2), ahci(3), sound(4), virtual(5)],
};

export const scarceRemapped: Config = { ...scarce, remapping: true };

/** Many devices of few kinds, as a machine with eight disks has. */
export const many: Config = {
  ...base,
  drivers: 8,
  apicIds: cpus(16),
  vectorEnd: 0x28,
  devices: [1, 2, 3, 4, 5, 6, 7, 8].map((nth) => nvme(nth, 6)),
};

/** One controller and a CPU for each of its queues. */
export const controller: Config = {
  ...base,
  drivers: 1,
  apicIds: cpus(5),
  vectorEnd: 0x30,
  devices: [nvme(1, 6)],
};

/** Small enough that every fault shows within a few commands. */
export const faultConfig: Config = {
  ...base,
  drivers: 2,
  apicIds: cpus(4),
  vectorEnd: 0x28,
  devices: [nvme(1, 6), nic(2), sound(3)],
};

/** Two devices of one message each and two drivers, on one CPU with two vectors: explored. */
export const twoDrivers: Config = {
  ...base,
  drivers: 2,
  cleanupBound: 1,
  apicIds: [2],
  vectorEnd: 0x22,
  devices: [virtual(1, 1), sound(2)],
};

/** One device of two messages on the same: every legal choice is explored. */
export const oneDriver: Config = { ...twoDrivers, drivers: 1, devices: [virtual(1, 2)] };

/** One message that moves between two CPUs of two vectors: explored. */
export const moving: Config = {
  ...base,
  drivers: 1,
  cleanupBound: 1,
  apicIds: [0, 2],
  vectorEnd: 0x22,
  devices: [virtual(1, 1)],
};
