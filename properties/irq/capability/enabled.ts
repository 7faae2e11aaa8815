import type { Level } from "../../../spec/core/clause.js";
import { awake, vectorAt } from "../../../spec/irq/capability/judging.js";
import { readingOf } from "../../../spec/irq/capability/reading.js";
import type { Command, Config, Of, View } from "../../../spec/irq/capability/vocabulary.js";

/** Messages of an MSI function differ in the low five bits of their 16-bit datum. */
export const MSI_DATA_STEP = 32;

const soundMsi = (c: { addressLo: number; data: number }): boolean =>
  c.addressLo % 4 === 0 && c.data <= 0xffff && c.data % MSI_DATA_STEP === 0;

/** Where the capability list is beyond dispute, so that every kernel finds the same. */
const clear = (view: View): boolean => view.plug !== undefined && readingOf(view.plug).sound;

/** The function can send to this address: composing another is not this subsystem's business. */
const reaches = (view: View, addressHi: number): boolean => {
  if (view.plug === undefined) return false;
  const bits = readingOf(view.plug).msi?.is64 === false ? 32 : view.plug.addressBits;
  return addressHi < 2 ** (bits - 32);
};

const soundRewrite = (view: View, c: Of<"writeMessage">): boolean => {
  if (vectorAt(view, c.index) === undefined || !reaches(view, c.addressHi)) return false;
  return view.kernel.mode === "msix" ? c.addressLo % 4 === 0 : c.index === 0 && soundMsi(c);
};

export const enabled = (_config: Config, _level: Level, view: View, c: Command): boolean => {
  switch (c.kind) {
    case "plug":
    case "parse":
    case "pendingBit":
      return true;
    case "walk":
      return view.plug !== undefined && awake(view);
    case "enableMsi":
      return clear(view) && soundMsi(c);
    case "enableMsix": {
      const right = c.entries.length === 0 || c.entries.length === c.max;
      return clear(view) && right && c.addressLo % 4 === 0;
    }
    case "disable":
      return view.plug !== undefined;
    case "mask":
    case "unmask":
      return vectorAt(view, c.index) !== undefined;
    case "overlap": {
      const both = vectorAt(view, c.first) !== undefined && vectorAt(view, c.second) !== undefined;
      return both && c.first !== c.second;
    }
    case "writeMessage":
      return soundRewrite(view, c);
    case "suspend":
      return awake(view);
    case "resume":
      return view.plug !== undefined && !view.gone && !view.hardware.powered;
    case "vanish":
      return view.plug !== undefined && !view.gone;
    case "event":
      return awake(view) && vectorAt(view, c.index) !== undefined;
  }
};
