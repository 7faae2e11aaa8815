/** Writes to functions, and events of theirs. */
import type { Choices } from "../../../spec/core/choices.js";
import { configValue } from "../../../spec/hardware/machine/judging.js";
import type { Command, FunctionView } from "../../../spec/hardware/machine/vocabulary.js";
import {
  MSI_ENABLE,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
  messagesOf,
  msiOffsets,
} from "../../../spec/hardware/pci/capabilities.js";
import { barCount, headerKind } from "../../../spec/hardware/pci/header.js";
import {
  type FunctionShape,
  type MsiShape,
  type MsixShape,
  msiOf,
  msixOf,
} from "../../../spec/hardware/shape.js";
import { lacking, louder, msiOn } from "./draw-live.js";
import { drawMessage } from "./draw-message.js";
import { type D, drawFunction, pick, read, seldom, type Write, word32, write } from "./draws.js";

type At = {
  readonly fn: number;
  readonly shape: FunctionShape;
  readonly view: FunctionView;
};

const someFunction = (choices: Choices, d: D): At => {
  const fn = drawFunction(choices, d.config);
  return {
    fn,
    shape: d.config.functions[fn] as FunctionShape,
    view: d.view.functions[fn] as FunctionView,
  };
};

const msiWrite = (choices: Choices, d: D, { fn }: At, msi: MsiShape): Write => {
  const at = msiOffsets(msi.is64, msi.maskable);
  const message = drawMessage(choices, d.config);
  switch (choices.below(msi.maskable ? 7 : 5)) {
    case 0:
    case 1: {
      const enable = seldom(choices, 4) ? 0 : MSI_ENABLE;
      const mme = choices.below(Math.min(msi.messages, 5) + 1) << 4;
      // Reserved and read-only bits are written too: they must not take.
      const noise = seldom(choices, 6) ? choices.below(0x10000) & 0xff8e : 0;
      return write("config", fn, msi.at + 2, 2, enable | mme | noise);
    }
    case 2:
      return write("config", fn, msi.at + at.address, 4, message.addressLo);
    case 3:
      if (msi.is64) {
        const high = seldom(choices, 16) ? word32(choices) : 0;
        return write("config", fn, msi.at + at.addressHigh, 4, high);
      }
      return write("config", fn, msi.at + at.address, 4, message.addressLo);
    case 4:
      return write("config", fn, msi.at + at.data, 2, message.data & 0xffff);
    default: {
      // Few bits, so that what was masked is unmasked again.
      const mask = seldom(choices, 3)
        ? 0
        : seldom(choices, 4)
          ? word32(choices)
          : choices.below(16);
      // Pending bits are read-only.
      const place = seldom(choices, 8) ? at.pending : at.mask;
      return write("config", fn, msi.at + place, 4, mask);
    }
  }
};

const entryOf = (choices: Choices, msix: MsixShape): number =>
  seldom(choices, 6)
    ? choices.below(msix.entries)
    : pick(choices, [0, 0, 1, 2, 31, 32, 63, 64, msix.entries - 1]) % msix.entries;

const msixControl = (choices: Choices, { fn }: At, msix: MsixShape): Write => {
  const value = pick(choices, [
    MSIX_ENABLE,
    MSIX_ENABLE,
    MSIX_ENABLE | MSIX_FUNCTION_MASK,
    MSIX_FUNCTION_MASK,
    0,
  ]);
  // The size field is read-only, whatever is written to it.
  const noise = seldom(choices, 4) ? choices.below(0x4000) : 0;
  return write("config", fn, msix.at + 2, 2, value | noise);
};

const tableWrite = (choices: Choices, d: D, { fn }: At, msix: MsixShape): Write => {
  const at = (msix.tableOffset & ~7) + 16 * entryOf(choices, msix);
  const message = drawMessage(choices, d.config);
  const bar = msix.tableBar;
  switch (choices.below(8)) {
    case 0:
    case 1:
      return write("bar", fn, at, 4, message.addressLo, bar);
    case 2:
      return write("bar", fn, at + 4, 4, seldom(choices, 16) ? word32(choices) : 0, bar);
    case 3:
      return write("bar", fn, at + 8, 4, message.data, bar);
    case 4:
      return write("bar", fn, at + 12, 4, 1, bar);
    default:
      return write("bar", fn, at + 12, 4, 0, bar);
  }
};

/** Sizing as firmware does it: all ones, then what was there. */
const barWrite = (choices: Choices, { fn, shape, view }: At): Write | undefined => {
  const moved = shape.bars.findIndex((bar, i) => bar.size > 0 && !barAtHome(shape, view, i));
  const bar = moved >= 0 ? moved : choices.below(barCount(headerKind(shape)));
  const own = shape.bars[bar];
  if (own === undefined || own.size === 0) return undefined;
  const home = Number(own.address & 0xffffffffn);
  return write("config", fn, 0x10 + 4 * bar, 4, moved >= 0 ? home : 0xffffffff);
};

/** The low half of a BAR holds the address that firmware gave it. */
export const barAtHome = (shape: FunctionShape, view: FunctionView, bar: number): boolean => {
  const own = shape.bars[bar];
  if (own === undefined || own.size === 0) return false;
  const value = configValue(view, 0x10 + 4 * bar, 4);
  return (value & ~15) >>> 0 === Number(own.address & 0xffffffffn);
};

/** The header of a capability, the header of the function, or any place at all. */
const somewhere = (choices: Choices, { shape, view }: At, width: 1 | 2 | 4): number => {
  const { capabilities } = shape;
  if (capabilities.length > 0 && seldom(choices, 3)) {
    const { at } = pick(choices, capabilities);
    return at - (at % width) + choices.below(4 / width) * width;
  }
  return choices.below((seldom(choices, 3) ? view.config.length : 0x40) / width) * width;
};

const headerWrite = (choices: Choices, at: At): Write => {
  const { fn } = at;
  switch (choices.below(6)) {
    case 0:
      return write("config", fn, 6, 2, pick(choices, [0xffff, 0xf900, 0x0010, 0x0008]));
    case 1:
    case 2: {
      const sizing = barWrite(choices, at);
      if (sizing !== undefined) return sizing;
      return write("config", fn, 0x3c, 1, choices.below(256));
    }
    case 3: {
      // Anywhere, at any width: most of it is read-only.
      const width = pick(choices, [1, 2, 4] as const);
      const offset = somewhere(choices, at, width);
      return write("config", fn, offset, width, word32(choices) % 2 ** (8 * width));
    }
    default:
      return write(
        "config",
        fn,
        4,
        2,
        pick(choices, [0x06, 0x06, 0x06, 0x07, 0x02, 0x04, 0x406, 0x402]),
      );
  }
};

export const drawFunctionWrite = (choices: Choices, d: D): Write => {
  const at = someFunction(choices, d);
  const msi = msiOf(at.shape);
  const msix = msixOf(at.shape);
  if (seldom(choices, 2)) {
    const next = lacking(choices, d, at.fn, msix === undefined ? 0 : entryOf(choices, msix));
    if (next !== undefined) return next;
  }
  const kind = choices.below(10);
  if (kind < 2) return headerWrite(choices, at);
  if (msix !== undefined && (msi === undefined || kind < 7)) {
    if (kind < 4) return msixControl(choices, at, msix);
    // Pending bits are read-only.
    if (seldom(choices, 20)) {
      const word = 4 * choices.below(2 * Math.ceil(msix.entries / 64));
      return write("bar", at.fn, (msix.pbaOffset & ~7) + word, 4, word32(choices), msix.pbaBar);
    }
    return tableWrite(choices, d, at, msix);
  }
  return msi === undefined ? headerWrite(choices, at) : msiWrite(choices, d, at, msi);
};

/** Structures first: there is more to see than in the rest. */
export const drawFunctionRead = (choices: Choices, d: D): Command => {
  const { fn, shape, view } = someFunction(choices, d);
  const msi = msiOf(shape);
  const msix = msixOf(shape);
  if (msix !== undefined && seldom(choices, 2)) {
    const inPba = seldom(choices, 2);
    const words = inPba ? 2 * Math.ceil(msix.entries / 64) : 4 * Math.min(msix.entries, 8);
    const start = inPba ? msix.pbaOffset : msix.tableOffset;
    const bar = inPba ? msix.pbaBar : msix.tableBar;
    return read("bar", fn, (start & ~7) + 4 * choices.below(words), 4, bar);
  }
  const width = pick(choices, [1, 2, 4] as const);
  const range = msi !== undefined && seldom(choices, 2) ? [msi.at, 24] : [0, 64];
  const [first, size] = seldom(choices, 6) ? [0, view.config.length] : (range as [number, number]);
  return read("config", fn, first + choices.below(size / width) * width, width);
};

/** An event that something listens to, mostly. */
export const drawEvent = (choices: Choices, d: D): { fn: number; vector: number } => {
  const { fn, shape, view } = someFunction(choices, d);
  const msi = msiOf(shape);
  const msix = msixOf(shape);
  if (msix !== undefined && !msiOn(shape, view)) {
    const [a, b] = [entryOf(choices, msix), entryOf(choices, msix)];
    return { fn, vector: louder(d, fn, a, b) };
  }
  if (msi === undefined) return { fn, vector: 0 };
  // Mostly messages that are allocated; what becomes of others is the function's affair.
  const mme = Math.min((configValue(view, msi.at + 2, 2) >>> 4) & 7, msi.messages, 5);
  const known = msiOn(shape, view) && !seldom(choices, 8) ? 2 ** mme : messagesOf(msi);
  return { fn, vector: choices.below(known) };
};

/** The lowest message or entry that is pending, -1 if none is. */
const firstPending = (fn: FunctionView): number => {
  if (fn.msiPending !== 0) return 31 - Math.clz32(fn.msiPending & -fn.msiPending);
  const w = fn.pending.findIndex((word) => word !== 0);
  const word = fn.pending[w] ?? 0;
  return w < 0 ? -1 : 32 * w + 31 - Math.clz32(word & -word);
};

/** An event that is served before it was sent, where one is pending. */
export const drawQuiet = (choices: Choices, d: D): { fn: number; vector: number } => {
  const fn = d.view.functions.findIndex((view) => firstPending(view) >= 0);
  if (fn < 0 || seldom(choices, 4)) return drawEvent(choices, d);
  return { fn, vector: firstPending(d.view.functions[fn] as FunctionView) };
};
