/** Commands that are not issued under the limits of a configuration (spec/hardware/machine). */
import * as apic from "../../../spec/hardware/local-apic/registers.js";
import { configValue, highestBit } from "../../../spec/hardware/machine/judging.js";
import { dmaName, hiddenRegisters, silentName } from "../../../spec/hardware/machine/limits.js";
import type {
  Command,
  Config,
  FunctionView,
  View,
} from "../../../spec/hardware/machine/vocabulary.js";
import {
  CONTROL,
  ENTRY_ADDRESS,
  ENTRY_DATA,
  MSI_ENABLE,
  MSI_MME,
  MSIX_ENABLE,
  msiOffsets,
} from "../../../spec/hardware/pci/capabilities.js";
import { BUS_MASTER, COMMAND, FIRST_BAR, isMemory } from "../../../spec/hardware/pci/header.js";
import { EXPRESS_ID } from "../../../spec/hardware/pci/profiles.js";
import * as amd from "../../../spec/hardware/remapping/amd.js";
import * as intel from "../../../spec/hardware/remapping/intel.js";
import { type FunctionShape, msiOf, msixOf } from "../../../spec/hardware/shape.js";
import {
  AMD_COMMANDS,
  AMD_TABLE_BYTES,
  AMD_TABLES,
  DEVICE_PAGES,
  DEVICE_TABLE,
  INTEL_QUEUE,
  INTEL_TABLE,
  QUEUE_BYTES,
} from "./places.js";

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

/** A message's low address word and datum, as far as a write leaves them somewhere. */
type Part = { readonly address: number; readonly data: number };
const noPart: Part = { address: 0, data: 0 };

/** Of the MSI capability, or of the MSI-X table entry written to. */
const partWritten = (config: Config, view: View, c: Command): Part => {
  if (c.kind === "inject") return { address: c.addressLo, data: c.data };
  const w = written(config, view, c);
  const msi = w && msiOf(w.shape);
  if (w !== undefined && msi !== undefined) {
    const at = msiOffsets(msi.is64, msi.maskable);
    return {
      address: after(w.fn, w.c, msi.at + at.address, 4),
      data: after(w.fn, w.c, msi.at + at.data, 2),
    };
  }
  if (c.kind !== "write" || c.space !== "bar") return noPart;
  const msix = config.functions[c.unit] && msixOf(config.functions[c.unit] as FunctionShape);
  if (c.bar !== msix?.tableBar) return noPart;
  const word = ((c.offset - msix.tableOffset) >>> 2) & 3;
  return {
    address: word === ENTRY_ADDRESS ? c.value : 0,
    data: word === ENTRY_DATA ? c.value : 0,
  };
};

/** The word of RAM that a write leaves, and where; undefined for every other command. */
const wordWritten = (
  view: View,
  c: Command,
): { readonly at: number; readonly word: number } | undefined => {
  if (c.kind !== "write" || c.space !== "memory") return undefined;
  const at = (c.offset & ~3) >>> 0;
  const shift = 8 * (c.offset & 3);
  const lanes = (2 ** (8 * c.width) - 1) * 2 ** shift;
  return { at, word: (view.memory.word(at) & ~lanes) | (c.value << shift) };
};

/** The low word of a remapping entry that a write leaves in RAM; zero for every other write. */
const entryWritten = (config: Config, view: View, c: Command): number => {
  const written = wordWritten(view, c);
  if (written === undefined) return 0;
  const { kind } = config.remapping;
  const { at, word } = written;
  const inIntel = at >= INTEL_TABLE && at < INTEL_TABLE + 16 * MOST_ENTRIES;
  if (kind === "intel" && inIntel) return (at & 0xc) === 0 ? word : 0;
  const inAmd = at >= AMD_TABLES && at < AMD_TABLES + AMD_TABLE_BYTES * config.functions.length;
  return kind === "amd" && inAmd ? word : 0;
};

const delivery: Forbids = (config, view, c) => {
  if (c.kind === "writeApic") return c.offset === apic.ICR_LOW && harmful(c.value >>> 8);
  const entry = entryWritten(config, view, c);
  // Intel: bits [7:5]; AMD: bits [4:2].
  return (
    harmful(partWritten(config, view, c).data >>> 8) ||
    harmful(config.remapping.kind === "amd" ? entry >>> 2 : entry >>> 5)
  );
};

/** Bit 3 of a compatibility-format address and of an Intel entry. */
const HINT = 8;
/** Bit 4 of the address: remappable format, in which bit 3 means something else. */
const REMAPPABLE = 0x10;

const hint: Forbids = (config, view, c) => {
  const { address } = partWritten(config, view, c);
  if ((address & HINT) !== 0 && (address & REMAPPABLE) === 0) return true;
  return config.remapping.kind === "intel" && (entryWritten(config, view, c) & HINT) !== 0;
};

/** Bit 15 of an Intel entry; bit 7 of a long AMD one. */
const posting: Forbids = (config, view, c) =>
  (entryWritten(config, view, c) & (config.remapping.kind === "amd" ? 0x80 : 0x8000)) !== 0;

const WAIT_TYPE = 5;
const WAIT_INTERRUPT = 0x10;
const WAIT_STORE = 0x20;

const wait: Forbids = (config, view, c) => {
  const w = config.remapping.kind === "intel" ? wordWritten(view, c) : undefined;
  if (w === undefined || w.at < INTEL_QUEUE || w.at >= INTEL_QUEUE + QUEUE_BYTES) return false;
  if ((w.at & 0xf) !== 0 || (w.word & 0xf) !== WAIT_TYPE) return false;
  return ((w.word & WAIT_STORE) !== 0) === ((w.word & WAIT_INTERRUPT) !== 0);
};

const amdUnit: Forbids = (config, view, c) => {
  if (config.remapping.kind !== "amd" || c.kind !== "write") return false;
  const on = ((view.unit?.register(amd.CONTROL) ?? 0) & amd.IOMMU_EN) !== 0;
  if (c.space === "remapping") {
    if (c.offset === amd.CONTROL) return on && (c.value & amd.IOMMU_EN) === 0;
    if (c.offset === amd.CMD_HEAD || c.offset === amd.STATUS) return true;
    return c.offset === amd.DEVTAB && on;
  }
  const w = wordWritten(view, c);
  if (w !== undefined && w.at >= AMD_COMMANDS && w.at < AMD_COMMANDS + QUEUE_BYTES) {
    return (w.at & 0xc) === 4 && w.word >>> 28 > amd.INVALIDATE_ALL;
  }
  if (w === undefined || w.at < DEVICE_TABLE || w.at >= DEVICE_TABLE + 0x1000 * DEVICE_PAGES) {
    return false;
  }
  const place = (w.at % amd.DTE_BYTES) - amd.DTE_INTERRUPT_OFFSET;
  if (place === 4) return ((w.word >>> 28) & 3) === amd.INT_PASS;
  return place !== 0 || ((w.word & 1) !== 0 && !on);
};

const lowVectors: Forbids = (_config, view, c) => {
  const own = c.kind === "take" ? view.apics[c.cpu] : undefined;
  if (own === undefined) return false;
  const next = highestBit(own.irr);
  return next >= 0 && next < 16 && own.tpr >>> 4 === 0 && highestBit(own.isr) < 16;
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

/** SDM, valid combinations of ICR: with a shorthand for itself or all, fixed alone. */
const invalidIpi = (c: Of<"writeApic">): boolean => {
  const shorthand = (c.value >>> 18) & 3;
  const mode = (c.value >>> 8) & 7;
  return c.offset === apic.ICR_LOW && (shorthand === 1 || shorthand === 2) && mode !== 0;
};

const reserved: Forbids = (_config, view, c) => {
  if (c.kind !== "writeApic") return false;
  if (c.offset === apic.ID) return true;
  const own = view.apics[c.cpu];
  const unmasked = own?.lvt.some((entry) => (entry & apic.LVT_MASKED) === 0) === true;
  if (c.offset === apic.SVR) {
    return unmasked && (c.value & apic.SVR_ENABLE) === 0;
  }
  if (c.offset === apic.LDR) return false;
  // SDM knows the flat and the cluster model.
  if (c.offset === apic.DFR) return ![0, 0xf].includes(c.value >>> 28);
  if (apic.lvtIndex(c.offset) >= 0 && (c.value & apic.LVT_MASKED) === 0) {
    if (((own?.svr ?? 0) & apic.SVR_ENABLE) === 0) return true;
  }
  return reservedBits(c) || invalidIpi(c);
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

const unitRegisters: Forbids = (config, _view, c) => {
  if ((c.kind !== "read" && c.kind !== "write") || c.space !== "remapping") return false;
  if (c.width !== 4) return true;
  if (config.remapping.kind === "intel" && c.kind === "write") {
    if (c.offset === intel.FEUADDR || c.offset === intel.IEUADDR) return c.value !== 0;
    if (c.offset === intel.FECTL + 4 || c.offset === intel.IECTL + 4) return c.value > 0xffff;
  }
  // Pointers into the buffers of an AMD unit: bits [18:4].
  const pointer =
    config.remapping.kind === "amd" && c.offset >= amd.CMD_HEAD && c.offset <= amd.EVT_TAIL;
  if (pointer && c.kind === "write") return (c.value & ~0x7fff0) !== 0;
  return c.kind === "read" && hiddenRegisters[config.remapping.kind]?.includes(c.offset) === true;
};

const unitCommand: Forbids = (config, view, c) => {
  if (c.kind !== "write" || c.space !== "remapping" || config.remapping.kind !== "intel") {
    return false;
  }
  if (c.offset === intel.FSTS) return (c.value & intel.IQE) !== 0;
  if (c.offset !== intel.GCMD) return false;
  const status = view.unit?.register(intel.GSTS) ?? 0;
  if ((c.value & intel.CFI) !== 0) return true;
  if ((c.value & intel.IRE) !== 0 && ((status | c.value) & intel.SIRTP) === 0) return true;
  return (status & intel.QIE) !== 0 && (c.value & intel.QIE) === 0;
};

const requester: Forbids = (config, _view, c) =>
  c.kind === "inject" && config.remapping.kind !== "none";

const silent: Forbids = (config, _view, c) => {
  if (c.kind !== "event" && c.kind !== "quiet") return false;
  const shape = config.functions[c.fn];
  return shape !== undefined && config.quirks.includes(silentName(shape.vendor, shape.device));
};

/** Local APICs, remapping unit and ROM stand from here on. */
const CHIPSET = 0xfec00000;

const bars: Forbids = (config, view, c) => {
  const w = written(config, view, c);
  if (w === undefined) return false;
  return w.shape.bars.some((bar, i) => {
    const at = FIRST_BAR + 4 * i;
    if (!isMemory(bar) || w.c.offset >= at + 4 || w.c.offset + w.c.width <= at) return false;
    const base = (after(w.fn, w.c, at, 4) & ~0xf) >>> 0;
    // All ones ask for the size; the last bytes below 4 GiB hold no code.
    return base >= CHIPSET && base !== 2 ** 32 - bar.size;
  });
};

const dma: Forbids = (config, view, c) => {
  if (c.kind !== "event" && c.kind !== "quiet") return false;
  const fn = view.functions[c.fn];
  const shape = config.functions[c.fn];
  if (fn === undefined || shape === undefined) return false;
  if (!config.quirks.includes(dmaName(shape.vendor, shape.device))) return false;
  if ((configValue(fn, COMMAND, 2) & BUS_MASTER) === 0) return true;
  const msix = msixOf(shape);
  return msix === undefined || (configValue(fn, msix.at + 2, 2) & MSIX_ENABLE) === 0;
};

const byName: Readonly<Record<string, Forbids>> = {
  "limit-bars": bars,
  "limit-delivery": delivery,
  "limit-hint": hint,
  "limit-low-vectors": lowVectors,
  "limit-apic-errors": errors,
  "limit-apic-reserved": reserved,
  "limit-apic-registers": registers,
  "limit-time": time,
  "limit-mme": mme,
  "limit-withdrawal": withdrawal,
  "limit-function-reset": functionReset,
  "limit-unit-registers": unitRegisters,
  "limit-unit-command": unitCommand,
  "limit-wait": wait,
  "limit-amd": amdUnit,
  "limit-posting": posting,
  "limit-requester": requester,
};

/** Whether a limit of the configuration keeps this command from being issued. */
export const forbidden: Forbids = (config, view, c) =>
  config.quirks.length > 0 &&
  (config.quirks.some((name) => byName[name]?.(config, view, c) === true) ||
    silent(config, view, c) ||
    dma(config, view, c));
