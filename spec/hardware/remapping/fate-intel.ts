/** A request through an Intel unit. VT-d, Interrupt Remapping. */
import { accepts, descriptorOf, sourceOf } from "../../irq/msi-message/hardware.js";
import { fast } from "../../irq/msi-message/layout.js";
import type { Entry } from "../../irq/msi-message/vocabulary.js";
import type { Config, MemoryView, UnitView, View } from "../machine/vocabulary.js";
import type { Sent } from "../shape.js";
import { type Fate, passes, type Way } from "./fates.js";
import { CFI, GSTS, IRE, intelFast, POSTED_CONTROL_OFFSET, reasons } from "./intel.js";

type Latched = NonNullable<UnitView["latched"]>;

const handle = fast.remappableAddress.reader("Handle");
const { intelRemapped: entries, intelPosted: posted } = fast;

/** Bits [63:52] of an address, in its upper word, are reserved. */
const HOST_ADDRESS_HIGH = 0x100000;

const one = (fate: Fate): Way => ({ fates: [fate], fresh: true, checked: false });
const block = (reason: number, index = 0, silent = false): Fate => ({
  kind: "block",
  reason,
  index,
  silent,
});

export const entryWords = (memory: MemoryView, at: number, count: number): Entry =>
  Array.from({ length: count }, (_x, i) => memory.word(at + 4 * i));

const through = (
  config: Config,
  memory: MemoryView,
  table: Latched,
  requester: number,
  index: number,
  entry: Entry,
): Fate => {
  const [low = 0] = entry;
  const silent = ((low >>> 1) & 1) === 1;
  if ((low & 1) === 0) return block(reasons.notPresent, index, silent);
  const isPosted = ((low >>> 15) & 1) === 1;
  const beyond = isPosted && (entry[3] ?? 0) >= HOST_ADDRESS_HIGH;
  if (beyond || !(isPosted ? posted : entries).sound(entry)) {
    return block(reasons.entryReserved, index, silent);
  }
  const { svt, sq, sid } = sourceOf(entry);
  const swapped = svt === 2 && config.quirks.includes("ir-bus-range-swapped");
  const source = swapped ? (sid >>> 8) | ((sid & 0xff) << 8) : sid;
  if (!accepts(svt, sq, source, requester)) return block(reasons.sourceRejected, index, silent);
  if (isPosted) {
    const at = Number(descriptorOf(entry));
    const control = entryWords(memory, at + POSTED_CONTROL_OFFSET, 2);
    if (!intelFast.postedControl.sound(control)) {
      return block(reasons.descriptorReserved, index, silent);
    }
    const urgent = posted.get(entry, "URG") === 1;
    return { kind: "post", at, vector: posted.get(entry, "V"), urgent, eim: table.eim };
  }
  const dest = entries.get(entry, "DST");
  return {
    kind: "remap",
    dest: table.eim ? dest : (dest >>> 8) & 0xff,
    logical: entries.get(entry, "DM") === 1,
    hint: entries.get(entry, "RH") === 1,
    vector: entries.get(entry, "V"),
    delivery: entries.get(entry, "DLM"),
  };
};

const remappable = (
  config: Config,
  unit: UnitView,
  memory: MemoryView,
  table: Latched,
  { requester, message }: Sent,
): Way => {
  const shv = ((message.addressLo >>> 3) & 1) === 1;
  const unchecked = !shv && config.quirks.includes("ir-data-unchecked");
  const reserved = shv ? message.data >>> 16 : message.data;
  if (reserved !== 0 && !unchecked) return one(block(reasons.requestReserved));
  const base = handle([message.addressLo, message.addressHi]);
  const index = base + (shv ? message.data % 0x10000 : 0);
  if (index >= table.entries) {
    return one(block(reasons.indexBeyond, index & 0xffff));
  }
  const lines = unit.cache.filter((c) => c.index === index).map((c) => c.entry);
  const candidates = [entryWords(memory, table.base + 16 * index, 4), ...lines];
  return {
    fates: candidates.map((e) => through(config, memory, table, requester, index, e)),
    fresh: lines.length === 0,
    checked: candidates.every((e) => ((e[0] ?? 0) & 1) === 1 && sourceOf(e).svt !== 0),
  };
};

export const intelFates = (config: Config, view: View, sent: Sent): Way => {
  const { unit, memory } = view;
  const { latched } = unit as UnitView;
  const status = (unit as UnitView).register(GSTS);
  if ((status & IRE) === 0 || latched === undefined) return one(passes(sent.message));
  if (((sent.message.addressLo >>> 4) & 1) === 1) {
    return remappable(config, unit as UnitView, memory, latched, sent);
  }
  const open =
    config.quirks.includes("ir-compatibility-passes") || ((status & CFI) !== 0 && !latched.eim);
  return one(open ? passes(sent.message) : block(reasons.compatibilityBlocked));
};
