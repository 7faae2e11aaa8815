/** What lies below the domain: its parts' configurations, the machine as boot leaves it. */
import { SVR, SVR_ENABLE } from "../../../spec/hardware/local-apic/registers.js";
import type { Config as MachineConfig } from "../../../spec/hardware/machine/vocabulary.js";
import { BUS_MASTER, COMMAND, MEMORY_DECODE } from "../../../spec/hardware/pci/header.js";
import * as amd from "../../../spec/hardware/remapping/amd.js";
import * as intel from "../../../spec/hardware/remapping/intel.js";
import type { FunctionShape } from "../../../spec/hardware/shape.js";
import type { BusWrite } from "../../../spec/irq/domain/bus.js";
import {
  DEVICE_TABLE_AT,
  EVENT_LOG_AT,
  functionShapes,
  planOf,
  QUEUE_AT,
  RAM_BYTES,
  tableAddress,
} from "../../../spec/irq/domain/platform.js";
import type { Config } from "../../../spec/irq/domain/vocabulary.js";
import type { Config as MessageConfig } from "../../../spec/irq/msi-message/vocabulary.js";
import type { Config as VectorConfig } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { writeRegister } from "../../hardware/local-apic/index.js";
import {
  type Machine,
  newMachine,
  toApics,
  withApic,
  writeAt,
} from "../../hardware/machine/index.js";
import { dteWord } from "../msi-message/amd.js";

export type Plant = {
  readonly machine: MachineConfig;
  readonly vectors: VectorConfig;
  readonly messages: MessageConfig;
  readonly shapes: readonly FunctionShape[];
  /** The machine after boot: APICs on, remapping on, functions decoding and bus masters. */
  readonly booted: Machine;
};

const machineConfig = (config: Config, functions: readonly FunctionShape[]): MachineConfig => ({
  apicIds: config.apicIds,
  apic: config.apic,
  apicsOn: false,
  functions,
  remapping:
    config.remapping === "intel"
      ? { kind: "intel", eim: config.wide, selfInvalidates: false }
      : config.remapping === "amd"
        ? { kind: "amd", ga: config.wide, xt: config.wide }
        : { kind: "none" },
  ram: RAM_BYTES,
  quirks: [],
});

const vectorConfig = (config: Config): VectorConfig => ({
  cpus: config.apicIds.length,
  bits: 256,
  start: config.start,
  end: config.end,
  system: [...config.system, ...config.lines],
  online: config.online,
  hotplug: config.hotplug,
  irqs: Math.max(planOf(config).count, 1),
  remapping: config.remapping !== "none",
  cleanupBound: 4,
  apicIds: config.apicIds,
});

const messageConfig = (config: Config): MessageConfig => ({
  apicIds: config.apicIds,
  apic: config.apic,
  logical: false,
  extendedDestinationId: false,
  remapping: config.remapping,
  tableEntries: config.tableEntries,
  eim: config.wide,
  mhmv: 15,
  sourceChecking: true,
  selfInvalidates: false,
  amd2k: config.tableEntries > 512,
  ga: config.wide,
  units: 1,
  coverable: true,
  devices: config.devices.map(({ requester }) => ({ requester, aliases: [], ioApic: false })),
  vectorStart: config.start,
  vectorEnd: config.end,
});

/** One write of the kernel; nonsense that no bus carries does nothing. */
export const applyWrite = (config: MachineConfig, m: Machine, w: BusWrite): Machine => {
  if (w.space !== "apic") {
    const { space, unit, bar, offset, width, value } = w;
    return writeAt(config, m, { kind: "write", space, unit, bar, offset, width, value }) ?? m;
  }
  const before = m.apics[w.unit];
  if (before === undefined) return m;
  const { apic, sent } = writeRegister(before, w.offset, w.value);
  const next = withApic(m, w.unit, apic);
  return sent === undefined ? next : toApics(config, next, sent);
};

const word = (space: BusWrite["space"], offset: number, value: number, unit = 0): BusWrite => ({
  space,
  unit,
  bar: 0,
  offset,
  width: 4,
  value: value >>> 0,
});

/** VT-d: drivers/iommu/intel/irq_remapping.c, as boot does it. */
const bootIntel = (config: Config): readonly BusWrite[] => {
  const { QIE, IRE, SIRTP, GCMD, IQA, IQT, IRTA } = intel;
  const size = Math.max(Math.ceil(Math.log2(config.tableEntries)) - 1, 0);
  return [
    word("remapping", IQA, QUEUE_AT),
    word("remapping", IQA + 4, 0),
    word("remapping", IQT, 0),
    word("remapping", GCMD, QIE),
    word("remapping", IRTA, tableAddress(config, 0) | (config.wide ? 0x800 : 0) | size),
    word("remapping", IRTA + 4, 0),
    word("remapping", GCMD, QIE | SIRTP),
    word("remapping", GCMD, QIE | IRE),
    // CFI stays clear: compatibility-format requests are blocked.
  ];
};

/** AMD-Vi: drivers/iommu/amd/init.c, with a device table entry for each function. */
const bootAmd = (config: Config): readonly BusWrite[] => {
  const control = amd.IOMMU_EN | amd.CMD_BUF_EN | amd.EVENT_LOG_EN | (config.wide ? amd.GA_EN : 0);
  const dtes = config.devices.flatMap(({ requester }) => {
    const at = DEVICE_TABLE_AT + amd.DTE_BYTES * requester;
    const root = BigInt(tableAddress(config, requester));
    const irq = dteWord(0n, root, config.tableEntries);
    return [
      // V, TV and paging mode 0: addresses pass untranslated.
      word("memory", at, 3),
      word("memory", at + amd.DTE_INTERRUPT_OFFSET, Number(irq & 0xffffffffn)),
      word("memory", at + amd.DTE_INTERRUPT_OFFSET + 4, Number(irq >> 32n)),
    ];
  });
  return [
    ...dtes,
    // 2 MiB of device table: 512 pages, the field counts from 0.
    word("remapping", amd.DEVTAB, DEVICE_TABLE_AT | 511),
    word("remapping", amd.DEVTAB + 4, 0),
    // 256 entries of 16 bytes: length code 8 in bits [59:56].
    word("remapping", amd.CMDBUF, QUEUE_AT),
    word("remapping", amd.CMDBUF + 4, 8 << 24),
    word("remapping", amd.EVTLOG, EVENT_LOG_AT),
    word("remapping", amd.EVTLOG + 4, 8 << 24),
    word("remapping", amd.CONTROL, control),
    word("remapping", amd.CONTROL + 4, config.wide ? amd.XT_EN_HIGH : 0),
  ];
};

/** SVR as the kernel sets it: enabled, spurious vector 0xFF. */
export const SVR_ON = SVR_ENABLE | 0xff;

export const apicWrite = (cpu: number, offset: number, value: number): BusWrite =>
  word("apic", offset, value, cpu);

const boot = (config: Config, machine: MachineConfig): Machine => {
  const writes: BusWrite[] = [];
  machine.functions.forEach((_f, unit) => {
    const command = MEMORY_DECODE | BUS_MASTER;
    writes.push({ space: "config", unit, bar: 0, offset: COMMAND, width: 2, value: command });
  });
  if (config.remapping === "intel") writes.push(...bootIntel(config));
  if (config.remapping === "amd") writes.push(...bootAmd(config));
  for (const cpu of config.online) writes.push(apicWrite(cpu, SVR, SVR_ON));
  return writes.reduce((m, w) => applyWrite(machine, m, w), newMachine(machine));
};

const plants = new WeakMap<Config, Plant>();

export const plantOf = (config: Config): Plant => {
  let plant = plants.get(config);
  if (plant === undefined) {
    const shapes = functionShapes(config);
    const machine = machineConfig(config, shapes);
    plant = {
      machine,
      vectors: vectorConfig(config),
      messages: messageConfig(config),
      shapes,
      booted: boot(config, machine),
    };
    plants.set(config, plant);
  }
  return plant;
};
