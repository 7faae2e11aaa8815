/** What a remapping unit must make of a message, recounted from its registers and memory. */
import { accepts, sourceOf } from "../../irq/msi-message/hardware.js";
import { fast } from "../../irq/msi-message/layout.js";
import type { Entry } from "../../irq/msi-message/vocabulary.js";
import * as amd from "../remapping/amd.js";
import { EVENT_MASKED, FECTL, GSTS, IRE } from "../remapping/intel.js";
import type { Sent } from "../shape.js";
import { inWindow, type Request } from "./path.js";
import type { Config, MemoryView, UnitView, View } from "./vocabulary.js";

/** A plain fixed request, or none; undefined where another clause, or nothing, says. */
export type Decision = Request | "blocked" | undefined;

const words = (memory: MemoryView, address: number, count: number): Entry =>
  Array.from({ length: count }, (_x, i) => memory.word(address + 4 * i));

const held = (lines: UnitView["cache"], table: number, index: number): Entry | undefined =>
  lines.find((line) => line.table === table && line.index === index)?.entry;

const handleOf = fast.remappableAddress.reader("Handle");

/** VT-d, interrupt remapping of a remappable-format request by a remapped-format entry. */
const byIntel = (config: Config, view: View, unit: UnitView, { requester, message }: Sent) => {
  const { latched } = unit;
  if (latched === undefined || (unit.register(GSTS) & IRE) === 0) return undefined;
  const { addressLo, addressHi, data } = message;
  const subhandle = (addressLo & 8) !== 0;
  if ((addressLo & 0x10) === 0 || (subhandle ? data >>> 16 : data) !== 0) return undefined;
  const blocked: Decision = unit.register(FECTL) >= EVENT_MASKED ? "blocked" : undefined;
  const index = handleOf([addressLo, addressHi]) + (subhandle ? data & 0xffff : 0);
  if (index >= latched.entries) {
    return config.quirks.includes("ir-index-unchecked") ? undefined : blocked;
  }
  const entry = held(unit.cache, 0, index) ?? words(view.memory, latched.base + 16 * index, 4);
  const low = entry[0] as number;
  if ((low & 1) === 0) return blocked;
  if ((low & 0x80e0) !== 0 || !fast.intelRemapped.sound(entry)) return undefined;
  const { svt, sq, sid } = sourceOf(entry);
  if (svt === 2 && config.quirks.includes("ir-bus-range-swapped")) return undefined;
  if (!accepts(svt, sq, sid, requester)) return blocked;
  const dst = entry[1] as number;
  return {
    dest: latched.eim ? dst : (dst >>> 8) & 0xff,
    logical: (low & 4) !== 0,
    hint: (low & 8) !== 0,
    vector: (low >>> 16) & 0xff,
    delivery: 0,
  };
};

const valid = fast.dteInterrupt.reader("IV");
const control = fast.dteInterrupt.reader("IntCtl");
const tableLength = fast.dteInterrupt.reader("IntTabLen");
const tableRoot = fast.dteInterrupt.reader("IntTabRoot");
const longDestination = fast.amdGaRemap.reader("Destination");

/** DevTabBase: address bits [51:12], pages less one at [8:0]. */
const deviceTable = (unit: UnitView): { base: number; entries: number } => {
  const low = unit.register(amd.DEVTAB);
  const high = unit.register(amd.DEVTAB + 4);
  return {
    base: (high & 0xfffff) * 0x100000000 + ((low & 0xfffff000) >>> 0),
    entries: ((low & 0x1ff) + 1) * 128,
  };
};

/** AMD-Vi, interrupt remapping tables: an enabled entry that is no guest's. */
const byAmd = (config: Config, view: View, unit: UnitView, sent: Sent): Decision => {
  const { requester, message } = sent;
  const on = unit.register(amd.CONTROL);
  const { base, entries } = deviceTable(unit);
  const plain = (message.addressLo & 4) !== 0 || (message.data & 0x700) === 0;
  if ((on & amd.IOMMU_EN) === 0 || requester >= entries || !plain) return undefined;
  const at = base + amd.DTE_BYTES * requester + amd.DTE_INTERRUPT_OFFSET;
  const device = held(unit.devices, 0, requester) ?? words(view.memory, at, 2);
  const length = tableLength(device);
  if (valid(device) === 0 || control(device) !== amd.INT_REMAP) return undefined;
  if (length > amd.MAX_INT_TAB_LEN) return undefined;
  const index = message.data & 0x7ff;
  if (index >= 2 ** length) {
    return config.quirks.includes("ir-index-unchecked") ? undefined : "blocked";
  }
  const shape = config.remapping;
  const long = shape.kind === "amd" && shape.ga && (on & amd.GA_EN) !== 0;
  const bytes = long ? 16 : 4;
  const entry =
    held(unit.cache, requester, index) ??
    words(view.memory, tableRoot(device) * 64 + bytes * index, bytes / 4);
  const low = entry[0] as number;
  if ((low & 1) === 0) return "blocked";
  // Guest mode, other delivery modes and reserved bits are judged apart.
  if ((low & 0x9c) !== 0) return undefined;
  if (!(long ? fast.amdGaRemap : fast.amdIrte32).sound(entry)) return undefined;
  const wide =
    long &&
    shape.kind === "amd" &&
    shape.xt &&
    (unit.register(amd.CONTROL + 4) & amd.XT_EN_HIGH) !== 0;
  const dest = long ? longDestination(entry) : (low >>> 8) & 0xff;
  return {
    dest: wide ? dest : dest & 0xff,
    logical: (low & 0x40) !== 0,
    hint: false,
    vector: long ? (entry[2] as number) & 0xff : (low >>> 16) & 0xff,
    delivery: 0,
  };
};

/** What becomes of a message that reaches the remapping unit in this state. */
export const decide = (config: Config, view: View, sent: Sent): Decision => {
  const { unit } = view;
  if (unit === undefined || !inWindow(sent.message)) return undefined;
  switch (config.remapping.kind) {
    case "none":
      return undefined;
    case "intel":
      return byIntel(config, view, unit, sent);
    case "amd":
      return byAmd(config, view, unit, sent);
  }
};
