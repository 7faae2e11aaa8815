/** Which QEMU machine a configuration asks for, or why no QEMU is such a machine. */
import type { Config } from "../../spec/hardware/machine/vocabulary.js";
import type { FunctionShape } from "../../spec/hardware/shape.js";
import type { Device } from "./device.js";
import { deviceOf } from "./devices.js";
import { Guest } from "./guest.js";
import type { Probed } from "./probe.js";

const MIB = 0x100000;
/** CPUs that two host cores can carry; each is a thread. */
const MOST_CPUS = 16;
/** RAM beside that of the configuration: below it nothing else of the chipset lies. */
const MOST_RAM = 512 * MIB;
/** Devices of the chipset itself: host bridge 00.0, LPC, AHCI and SMBus 1f.x. */
const OWN_DEVICES = [0x00, 0x1f];

/** Why a configuration cannot be had: field and problem. */
export class Refused extends Error {
  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`);
  }
}

export type Layout = {
  readonly args: readonly string[];
  readonly devices: readonly Device[];
  /** Bytes of RAM, the adapter's included. */
  readonly ram: number;
  /** Address of the page of local APIC id 0. */
  readonly mailbox: number;
  /** Scratch memory of each function. */
  readonly scratch: readonly number[];
};

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

const functionOf = (
  shape: FunctionShape,
  i: number,
  probed: Probed,
  taken: Set<number>,
): Device => {
  const field = `functions[${i}]`;
  const device = deviceOf(shape);
  const ids = [shape.vendor, shape.device].map((id) => id.toString(16).padStart(4, "0")).join(":");
  if (device === undefined) {
    throw new Refused(`${field}.device`, `QEMU has no device ${ids} that can be driven here`);
  }
  if (!probed.devices.has(device.name)) {
    throw new Refused(`${field}.device`, `this QEMU does not offer ${device.name}`);
  }
  const slot = shape.requester >>> 3;
  if (shape.requester > 0xff || (shape.requester & 7) !== 0 || OWN_DEVICES.includes(slot)) {
    throw new Refused(`${field}.requester`, "has to be function 0 of devices 1 to 0x1e on bus 0");
  }
  if (taken.has(slot)) throw new Refused(`${field}.requester`, "is another function's too");
  taken.add(slot);
  return device;
};

const remapper = (config: Config, probed: Probed): readonly string[] => {
  const { remapping } = config;
  if (remapping.kind === "none") return [];
  const name = remapping.kind === "intel" ? "intel-iommu" : "amd-iommu";
  if (!probed.devices.has(name)) {
    throw new Refused("remapping.kind", `this QEMU does not offer ${name}`);
  }
  if (remapping.kind === "intel") {
    // Without KVM only the old, "buggy" extended mode: 32-bit entries, destinations of 8 bits.
    return [
      "-device",
      `${name},intremap=on,${remapping.eim ? "eim=on,x-buggy-eim=on" : "eim=off"}`,
    ];
  }
  if (remapping.xt) throw new Refused("remapping.xt", "amd-iommu has no x2APIC destinations");
  return ["-device", `${name},intremap=on`];
};

/** Throws {@link Refused}. */
export const layOut = (config: Config, probed: Probed): Layout => {
  const { apicIds, apic, ram } = config;
  if (apic !== "xapic") throw new Refused("apic", "TCG has no x2APIC before QEMU 9");
  if (apicIds.length > MOST_CPUS) throw new Refused("apicIds", `at most ${MOST_CPUS} CPUs`);
  if (apicIds.some((id, i) => id !== i)) throw new Refused("apicIds", "have to be 0, 1, 2 and on");
  if (ram > MOST_RAM) throw new Refused("ram", `at most ${MOST_RAM} bytes`);
  const taken = new Set<number>();
  const known = config.functions.map((shape, i) => functionOf(shape, i, probed, taken));
  const mailbox = roundUp(ram, MIB) + MIB;
  const scratchBase = mailbox + roundUp(Guest.bytes(apicIds), MIB);
  const scratch: number[] = [];
  let end = scratchBase;
  for (const device of known) {
    scratch.push(end);
    end += device.scratch;
  }
  const args = ["-machine", "q35,kernel-irqchip=split", "-smp", `${apicIds.length}`];
  args.push("-machine", "memory-backend=ram", ...remapper(config, probed));
  known.forEach((device, i) => {
    const slot = (config.functions[i] as FunctionShape).requester >>> 3;
    const properties = device.properties === "" ? "" : `,${device.properties}`;
    args.push("-device", `${device.name}${properties},addr=0x${slot.toString(16)}`);
  });
  return { args, devices: known, ram: roundUp(end, 16 * MIB), mailbox, scratch };
};
