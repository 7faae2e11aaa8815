/** The platform under the domain: its functions, tables and queues, and what writes mean. */
import {
  CONTROL,
  ENTRY_CONTROL,
  ENTRY_DATA,
  MSI_ENABLE,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
  msiOffsets,
} from "../../hardware/pci/capabilities.js";
import { type FunctionShape, MSIX_ENTRY_BYTES } from "../../hardware/shape.js";
import type { BusWrite } from "./bus.js";
import type { Config, Device } from "./vocabulary.js";

export const MSI_AT = 0x50;
export const MSIX_AT = 0x60;
const TABLE_BAR = 0;
const PBA_OFFSET = 0x8000;
const BAR_BYTES = 0x10000;

const shapeOf = (device: Device, n: number): FunctionShape => ({
  requester: device.requester,
  headerType: 0,
  vendor: 0x1234,
  device: 0x5678,
  extended: false,
  bars: [{ kind: "memory32", address: BigInt(0xc0000000 + n * BAR_BYTES), size: BAR_BYTES }],
  pin: 1,
  capabilities: [
    device.source === "msi"
      ? {
          kind: "msi",
          at: MSI_AT,
          messages: Math.ceil(Math.log2(device.entries)),
          is64: true,
          maskable: device.maskable,
        }
      : {
          kind: "msix",
          at: MSIX_AT,
          entries: device.entries,
          tableBar: TABLE_BAR,
          tableOffset: 0,
          pbaBar: TABLE_BAR,
          pbaOffset: PBA_OFFSET,
        },
  ],
  patches: [],
});

/** The functions of the configuration's devices. */
export const functionShapes = (config: Config): readonly FunctionShape[] =>
  config.devices.map(shapeOf);

/** RAM of the machine; the addresses below lie in it. */
export const RAM_BYTES = 0x40000000;
/** Invalidation queue (Intel) or command buffer (AMD): 256 entries of 16 bytes. */
export const QUEUE_AT = 0x10000;
export const QUEUE_ENTRIES = 256;
export const EVENT_LOG_AT = 0x20000;
/** AMD: 65536 entries of 32 bytes. */
export const DEVICE_TABLE_AT = 0x200000;
const INTEL_TABLE_AT = 0x800000;
const AMD_TABLES_AT = 0x1000000;
/** 2048 entries of 16 bytes. */
const AMD_TABLE_BYTES = 0x8000;

/** Bytes of a remapping entry. */
export const entryBytes = (config: Config): number =>
  config.remapping === "amd" && !config.wide ? 4 : 16;

/** Where the table of a requester stands; Intel has one for all. */
export const tableAddress = (config: Config, requester: number): number =>
  config.remapping === "amd" ? AMD_TABLES_AT + requester * AMD_TABLE_BYTES : INTEL_TABLE_AT;

/** An interrupt's place: its device and its number there. */
export type Place = { readonly device: number; readonly index: number };

export type Plan = {
  /** Number of interrupts of all devices. */
  readonly count: number;
  /** First interrupt of each device. */
  readonly first: readonly number[];
  readonly places: readonly Place[];
};

const plans = new WeakMap<Config, Plan>();

/** How interrupts are counted through. */
export const planOf = (config: Config): Plan => {
  let plan = plans.get(config);
  if (plan === undefined) {
    const first: number[] = [];
    const places: Place[] = [];
    config.devices.forEach((d, device) => {
      first.push(places.length);
      for (let index = 0; index < d.entries; index++) places.push({ device, index });
    });
    plan = { count: places.length, first, places };
    plans.set(config, plan);
  }
  return plan;
};

export const placeOf = (config: Config, irq: number): Place =>
  planOf(config).places[irq] ?? { device: -1, index: -1 };

export const deviceOf = (config: Config, irq: number): Device | undefined =>
  config.devices[placeOf(config, irq).device];

/** MSI-X, or MSI with mask bits. */
export const maskable = (device: Device): boolean => device.source === "msix" || device.maskable;

/** What a write means to the interrupts of a device. */
export type Meaning =
  | {
      readonly kind: "message";
      readonly device: number;
      readonly index: number;
      readonly last: boolean;
    }
  | { readonly kind: "mask"; readonly device: number; readonly index: number; readonly on: boolean }
  | {
      readonly kind: "control";
      readonly device: number;
      readonly on: boolean;
      readonly masked: boolean;
    }
  | { readonly kind: "irte"; readonly table: number; readonly index: number }
  | { readonly kind: "doorbell" }
  | { readonly kind: "eoi"; readonly cpu: number }
  | { readonly kind: "ipi"; readonly cpu: number; readonly vector: number }
  | { readonly kind: "other" };

const other: Meaning = { kind: "other" };

const meaningOfConfig = (device: Device, w: BusWrite): Meaning => {
  const number = w.unit;
  if (device.source === "msix") {
    if (w.offset !== MSIX_AT + CONTROL) return other;
    const masked = (w.value & MSIX_FUNCTION_MASK) !== 0;
    return { kind: "control", device: number, on: (w.value & MSIX_ENABLE) !== 0, masked };
  }
  const at = msiOffsets(true, device.maskable);
  switch (w.offset - MSI_AT) {
    case CONTROL:
      return { kind: "control", device: number, on: (w.value & MSI_ENABLE) !== 0, masked: false };
    case at.address:
    case at.addressHigh:
      return { kind: "message", device: number, index: 0, last: false };
    case at.data:
      return { kind: "message", device: number, index: 0, last: true };
    case at.mask:
      // All messages at once; which of them changes, the state tells.
      return { kind: "mask", device: number, index: -1, on: w.value !== 0 };
    default:
      return other;
  }
};

const meaningOfTable = (device: Device, w: BusWrite): Meaning => {
  const index = Math.floor(w.offset / MSIX_ENTRY_BYTES);
  if (device.source !== "msix" || w.bar !== TABLE_BAR || index >= device.entries) return other;
  const word = (w.offset % MSIX_ENTRY_BYTES) >> 2;
  if (word === ENTRY_CONTROL) {
    return { kind: "mask", device: w.unit, index, on: (w.value & 1) !== 0 };
  }
  return { kind: "message", device: w.unit, index, last: word === ENTRY_DATA };
};

/** VT-d 11.4: IQT_REG. AMD-Vi: command buffer tail. */
export const INTEL_QUEUE_TAIL = 0x88;
export const AMD_QUEUE_TAIL = 0x2008;
const APIC_EOI = 0xb0;
const APIC_ICR = 0x300;

const meaningOfMemory = (config: Config, w: BusWrite): Meaning => {
  const bytes = entryBytes(config);
  if (config.remapping === "none") return other;
  const bases =
    config.remapping === "intel" ? [0] : config.devices.map((device) => device.requester);
  for (const table of bases) {
    const from = w.offset - tableAddress(config, table);
    const index = Math.floor(from / bytes);
    if (from >= 0 && index < config.tableEntries) return { kind: "irte", table, index };
  }
  return other;
};

export const meaningOf = (config: Config, w: BusWrite): Meaning => {
  switch (w.space) {
    case "config":
    case "bar": {
      const device = config.devices[w.unit];
      if (device === undefined) return other;
      return w.space === "config" ? meaningOfConfig(device, w) : meaningOfTable(device, w);
    }
    case "apic":
      if (w.offset === APIC_EOI) return { kind: "eoi", cpu: w.unit };
      if (w.offset === APIC_ICR) return { kind: "ipi", cpu: w.unit, vector: w.value & 0xff };
      return other;
    case "remapping": {
      const tail = config.remapping === "intel" ? INTEL_QUEUE_TAIL : AMD_QUEUE_TAIL;
      return w.offset === tail ? { kind: "doorbell" } : other;
    }
    case "memory":
      return meaningOfMemory(config, w);
  }
};

/** The key of an interrupt's remapping table. */
export const tableKeyOf = (config: Config, irq: number): number =>
  config.remapping === "amd" ? (deviceOf(config, irq)?.requester ?? 0) : 0;
