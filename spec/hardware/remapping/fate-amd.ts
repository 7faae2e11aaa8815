/** A request through an AMD IOMMU. AMD-Vi, Interrupt Remapping. */
import { vapicOf } from "../../irq/msi-message/hardware.js";
import { fast } from "../../irq/msi-message/layout.js";
import type { Entry } from "../../irq/msi-message/vocabulary.js";
import type { Config, UnitView, View } from "../machine/vocabulary.js";
import type { Sent } from "../shape.js";
import {
  CONTROL,
  DEVTAB,
  DTE_BYTES,
  DTE_INTERRUPT_OFFSET,
  GA_EN,
  ILLEGAL_DEV_TABLE_ENTRY,
  INT_PASS,
  INT_REMAP,
  IO_PAGE_FAULT,
  IOMMU_EN,
  MAX_INT_TAB_LEN,
  XT_EN_HIGH,
} from "./amd.js";
import { entryWords } from "./fate-intel.js";
import { type Fate, passes, type Way } from "./fates.js";

const dte = fast.dteInterrupt;
const { amdIrte32: short, amdGaRemap: long, amdGaGuest: guest } = fast;

const one = (fate: Fate): Way => ({ fates: [fate], fresh: true, checked: false });
const block = (reason: number, index = 0, silent = false, reserved = false): Fate => ({
  kind: "block",
  reason,
  index,
  silent,
  reserved,
});
const quietly: Fate = block(0, 0, true);

/** Entries of 128 bits; destinations of 32. */
type Mode = { readonly ga: boolean; readonly xt: boolean };

const modeOf = (config: Config, unit: UnitView): Mode => {
  const shape = config.remapping;
  const ga = shape.kind === "amd" && shape.ga && (unit.register(CONTROL) & GA_EN) !== 0;
  const xt = ga && shape.kind === "amd" && shape.xt;
  return { ga, xt: xt && (unit.register(CONTROL + 4) & XT_EN_HIGH) !== 0 };
};

const through = (mode: Mode, lax: boolean, word: Entry, index: number, entry: Entry): Fate => {
  const [low = 0] = entry;
  const silent = ((low >>> 1) & 1) === 1 || dte.get(word, "IG") === 1;
  if ((low & 1) === 0) return block(IO_PAGE_FAULT, index, silent);
  if (lax && ((low >>> 7) & 1) === 1) return block(IO_PAGE_FAULT, index, false, true);
  if (mode.ga && ((low >>> 7) & 1) === 1) {
    if (!guest.sound(entry)) return block(IO_PAGE_FAULT, index, false, true);
    return { kind: "guest", page: Number(vapicOf(entry)), vector: guest.get(entry, "Vector") };
  }
  const layout = mode.ga ? long : short;
  const type = layout.get(entry, "IntType");
  const bad = lax ? type > 1 : !layout.sound(entry) || type === 3 || type === 6;
  if (bad) {
    return block(IO_PAGE_FAULT, index, false, true);
  }
  const dest = layout.get(entry, "Destination");
  return {
    kind: "remap",
    dest: mode.xt ? dest : dest % 256,
    logical: layout.get(entry, "DM") === 1,
    hint: false,
    vector: layout.get(entry, "Vector"),
    delivery: type,
  };
};

/** What a device table entry's interrupt word makes of it, one fate for each entry it may be. */
const byDevice = (
  config: Config,
  view: View,
  { requester, message }: Sent,
  word: Entry,
): readonly Fate[] => {
  const unit = view.unit as UnitView;
  if (dte.get(word, "IV") === 0) return [passes(message)];
  const wholeIndex =
    ((message.addressLo >>> 2) & 1) === 1 && !config.quirks.includes("amd-type-by-data");
  const type = wholeIndex ? 0 : (message.data >>> 8) & 7;
  if (type > 1) {
    const names = { 4: "NMIPass", 5: "INITPass", 7: "EIntPass" } as const;
    const name = names[type as keyof typeof names];
    return [name !== undefined && dte.get(word, name) === 1 ? passes(message) : quietly];
  }
  const control = dte.get(word, "IntCtl");
  if (control === INT_PASS) return [passes(message)];
  if (control === 0) return [quietly];
  const length = dte.get(word, "IntTabLen");
  const unchecked = config.quirks.includes("amd-index-unchecked");
  if (control !== INT_REMAP || (length > MAX_INT_TAB_LEN && !unchecked)) {
    return [block(ILLEGAL_DEV_TABLE_ENTRY)];
  }
  const index = message.data % 2048;
  if (index >= 2 ** length && !unchecked) return [block(IO_PAGE_FAULT, index)];
  const mode = modeOf(config, unit);
  const bytes = mode.ga ? 16 : 4;
  const at = dte.get(word, "IntTabRoot") * 64 + bytes * index;
  const lines = unit.cache
    .filter((c) => c.table === requester && c.index === index)
    .map((c) => c.entry);
  return [entryWords(view.memory, at, bytes / 4), ...lines].map((e) =>
    through(mode, config.quirks.includes("amd-reserved-unchecked"), word, index, e),
  );
};

export const amdFates = (config: Config, view: View, sent: Sent): Way => {
  const unit = view.unit as UnitView;
  const { requester, message } = sent;
  if ((unit.register(CONTROL) & IOMMU_EN) === 0) return one(passes(message));
  const table = unit.register(DEVTAB);
  if (requester >= ((table & 0x1ff) + 1) * 128) return one(block(ILLEGAL_DEV_TABLE_ENTRY));
  const base = (unit.register(DEVTAB + 4) & 0xfffff) * 0x100000000 + ((table & ~0xfff) >>> 0);
  const at = base + DTE_BYTES * requester + DTE_INTERRUPT_OFFSET;
  const held = unit.devices.filter((d) => d.index === requester).map((d) => d.entry);
  const words = [entryWords(view.memory, at, 2), ...held];
  const index = message.data % 2048;
  return {
    fates: words.flatMap((word) => byDevice(config, view, sent, word)),
    fresh: held.length === 0 || !unit.cache.some((c) => c.table === requester && c.index === index),
    checked: false,
  };
};
