/** Commands that are not issued under the limits of a configuration (spec/hardware/machine). */
import * as apic from "../../../spec/hardware/local-apic/registers.js";
import { silentName } from "../../../spec/hardware/machine/limits.js";
import type {
  Command,
  Config,
  FunctionView,
  View,
} from "../../../spec/hardware/machine/vocabulary.js";
import {
  CONTROL,
  ENTRY_DATA,
  MSI_ENABLE,
  MSI_MME,
  MSIX_ENABLE,
  msiOffsets,
} from "../../../spec/hardware/pci/capabilities.js";
import { EXPRESS_ID } from "../../../spec/hardware/pci/profiles.js";
import { type FunctionShape, msiOf, msixOf } from "../../../spec/hardware/shape.js";
import { AMD_TABLE_BYTES, AMD_TABLES, INTEL_TABLE } from "./places.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;
type Forbids = (config: Config, view: View, c: Command) => boolean;

/** Entries of the largest Intel table that the generator asks for. */
const MOST_ENTRIES = 16;
/** Fixed, lowest priority, NMI. */
const HARMLESS = [0, 1, 4];
const harmful = (delivery: number): boolean => !HARMLESS.includes(delivery & 7);

/** `width` bytes of configuration space at `at` after a write. */
const after = (fn: FunctionView, c: Of<"write">, at: number, width: number): number => {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) {
    const lane = at + i - c.offset;
    const byte = lane >= 0 && lane < c.width ? (c.value >>> (8 * lane)) & 0xff : fn.config[at + i];
    value = value * 256 + (byte ?? 0);
  }
  return value;
};

const written = (
  config: Config,
  view: View,
  c: Command,
): { shape: FunctionShape; fn: FunctionView; c: Of<"write"> } | undefined => {
  if (c.kind !== "write" || c.space !== "config") return undefined;
  const shape = config.functions[c.unit];
  const fn = view.functions[c.unit];
  return shape === undefined || fn === undefined ? undefined : { shape, fn, c };
};

/** Delivery mode in the datum that a write leaves in a capability or table entry. */
const functionDelivery = (config: Config, view: View, c: Of<"write">): number => {
  const shape = config.functions[c.unit];
  const fn = view.functions[c.unit];
  if (shape === undefined || fn === undefined) return 0;
  if (c.space === "config") {
    const msi = msiOf(shape);
    if (msi === undefined) return 0;
    return after(fn, c, msi.at + msiOffsets(msi.is64, msi.maskable).data, 2) >>> 8;
  }
  const msix = msixOf(shape);
  const word = ((c.offset - (msix?.tableOffset ?? 0)) >>> 2) & 3;
  return c.bar === msix?.tableBar && word === ENTRY_DATA ? c.value >>> 8 : 0;
};

/** The same in a remapping entry in RAM; only an entry's low word has one. */
const entryDelivery = (config: Config, c: Of<"write">): number => {
  const { kind } = config.remapping;
  const value = c.width === 4 ? c.value : c.value << (8 * (c.offset & 3));
  const inIntel = c.offset >= INTEL_TABLE && c.offset < INTEL_TABLE + 16 * MOST_ENTRIES;
  if (kind === "intel" && inIntel) return (c.offset & 0xc) === 0 ? value >>> 5 : 0;
  const inAmd =
    c.offset >= AMD_TABLES && c.offset < AMD_TABLES + AMD_TABLE_BYTES * config.functions.length;
  return kind === "amd" && inAmd ? value >>> 2 : 0;
};

const delivery: Forbids = (config, view, c) => {
  switch (c.kind) {
    case "inject":
      return harmful(c.data >>> 8);
    case "writeApic":
      return c.offset === apic.ICR_LOW && harmful(c.value >>> 8);
    case "write":
      if (c.space === "memory") return harmful(entryDelivery(config, c));
      return c.space !== "remapping" && harmful(functionDelivery(config, view, c));
    default:
      return false;
  }
};

const errors: Forbids = (_config, _view, c) => {
  if (c.kind !== "readApic" && c.kind !== "writeApic") return false;
  if (c.offset === apic.ESR || apic.apicRegister("xapic", c.offset) === undefined) return true;
  return c.kind === "writeApic" && c.offset === apic.ICR_LOW && (c.value & 0xff) < 16;
};

/** Bits outside of what the register's table calls writable. */
const reservedBits = (c: Of<"writeApic">): boolean => {
  const register = apic.apicRegister("xapic", c.offset);
  return register?.access === "rw" && (c.value & ~register.writable) !== 0;
};

const reserved: Forbids = (_config, view, c) => {
  if (c.kind !== "writeApic") return false;
  if (c.offset === apic.ID) return true;
  const own = view.apics[c.cpu];
  const unmasked = own?.lvt.some((entry) => (entry & apic.LVT_MASKED) === 0) === true;
  if (c.offset === apic.SVR) {
    return unmasked && (c.value & apic.SVR_ENABLE) === 0;
  }
  if (c.offset === apic.LDR || c.offset === apic.DFR) return false;
  if (apic.lvtIndex(c.offset) >= 0 && (c.value & apic.LVT_MASKED) === 0) {
    if (((own?.svr ?? 0) & apic.SVR_ENABLE) === 0) return true;
  }
  return reservedBits(c);
};

const registers: Forbids = (_config, _view, c) => {
  if (c.kind !== "readApic" && c.kind !== "writeApic") return false;
  if (c.offset === apic.VERSION || c.offset === apic.LVT_CMCI) return true;
  return c.kind === "writeApic" && c.offset === apic.SVR && (c.value & ~0x1ff) !== 0;
};

const TIMER = [apic.INITIAL_COUNT, apic.CURRENT_COUNT, apic.DEADLINE_LOW, apic.DEADLINE_HIGH];

const time: Forbids = (_config, _view, c) =>
  (c.kind === "readApic" || c.kind === "writeApic") && TIMER.includes(c.offset);

const mme: Forbids = (config, view, c) => {
  const w = written(config, view, c);
  const msi = w && msiOf(w.shape);
  if (w === undefined || msi === undefined) return false;
  return (after(w.fn, w.c, msi.at + CONTROL, 2) & MSI_MME) >>> 4 > msi.messages;
};

/** Withdrawn is the line alone. */
const withdrawal: Forbids = (config, view, c) => {
  if (c.kind !== "quiet") return false;
  const shape = config.functions[c.fn];
  const fn = view.functions[c.fn];
  if (shape === undefined || fn === undefined) return true;
  const control = (at: number | undefined): number =>
    at === undefined ? 0 : ((fn.config[at + 3] ?? 0) << 8) | (fn.config[at + 2] ?? 0);
  const msix = control(msixOf(shape)?.at) & MSIX_ENABLE;
  return msix !== 0 || (control(msiOf(shape)?.at) & MSI_ENABLE) !== 0;
};

/** Device Control of the PCI Express capability, and its bit that resets the function. */
const DEVICE_CONTROL = 8;
const RESET = 0x8000;

const functionReset: Forbids = (config, view, c) => {
  const w = written(config, view, c);
  const express = w?.shape.capabilities.find((p) => p.kind === "other" && p.id === EXPRESS_ID);
  if (w === undefined || express === undefined) return false;
  return (after(w.fn, w.c, express.at + DEVICE_CONTROL, 2) & RESET) !== 0;
};

const requester: Forbids = (config, _view, c) =>
  c.kind === "inject" && config.remapping.kind !== "none";

const silent: Forbids = (config, _view, c) => {
  if (c.kind !== "event" && c.kind !== "quiet") return false;
  const shape = config.functions[c.fn];
  return shape !== undefined && config.quirks.includes(silentName(shape.vendor, shape.device));
};

const byName: Readonly<Record<string, Forbids>> = {
  "limit-delivery": delivery,
  "limit-apic-errors": errors,
  "limit-apic-reserved": reserved,
  "limit-apic-registers": registers,
  "limit-time": time,
  "limit-mme": mme,
  "limit-withdrawal": withdrawal,
  "limit-function-reset": functionReset,
  "limit-requester": requester,
};

/** Whether a limit of the configuration keeps this command from being issued. */
export const forbidden: Forbids = (config, view, c) =>
  config.quirks.length > 0 &&
  (config.quirks.some((name) => byName[name]?.(config, view, c) === true) ||
    silent(config, view, c));
