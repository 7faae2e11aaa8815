/** The shortest way to a function that can be heard: what is still missing, one write at a time. */
import type { Choices } from "../../../spec/core/choices.js";
import { configValue } from "../../../spec/hardware/machine/judging.js";
import type { FunctionView } from "../../../spec/hardware/machine/vocabulary.js";
import {
  MSI_ENABLE,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
  msiOffsets,
} from "../../../spec/hardware/pci/capabilities.js";
import { BUS_MASTER, MEMORY_DECODE } from "../../../spec/hardware/pci/header.js";
import {
  type FunctionShape,
  type MsiShape,
  type MsixShape,
  msiOf,
  msixOf,
} from "../../../spec/hardware/shape.js";
import { MESSAGE_WINDOW } from "../../../spec/irq/msi-message/layout.js";
import { drawMessage } from "./draw-message.js";
import { type D, type Write, write } from "./draws.js";

const inWindow = (address: number): boolean => address >>> 20 === MESSAGE_WINDOW;

const msiLacks = (
  choices: Choices,
  d: D,
  fn: number,
  view: FunctionView,
  msi: MsiShape,
): Write | undefined => {
  const at = msiOffsets(msi.is64, msi.maskable);
  const get = (offset: number, width: number): number => configValue(view, msi.at + offset, width);
  const set = (offset: number, width: 2 | 4, value: number): Write =>
    write("config", fn, msi.at + offset, width, value);
  const message = drawMessage(choices, d.config);
  if (!inWindow(get(at.address, 4))) return set(at.address, 4, message.addressLo);
  if (msi.is64 && get(at.addressHigh, 4) !== 0) return set(at.addressHigh, 4, 0);
  if (get(at.data, 2) === 0) return set(at.data, 2, message.data & 0xffff);
  const control = get(2, 2);
  return (control & MSI_ENABLE) === 0 ? set(2, 2, control | MSI_ENABLE) : undefined;
};

const msixLacks = (
  choices: Choices,
  d: D,
  fn: number,
  view: FunctionView,
  msix: MsixShape,
  entry: number,
): Write | undefined => {
  const control = configValue(view, msix.at + 2, 2);
  if ((control & (MSIX_ENABLE | MSIX_FUNCTION_MASK)) !== MSIX_ENABLE) {
    return write("config", fn, msix.at + 2, 2, MSIX_ENABLE);
  }
  const word = (i: number): number => (view.table[4 * entry + i] ?? 0) >>> 0;
  const set = (i: number, value: number): Write =>
    write("bar", fn, (msix.tableOffset & ~7) + 16 * entry + 4 * i, 4, value, msix.tableBar);
  const message = drawMessage(choices, d.config);
  if (!inWindow(word(0))) return set(0, message.addressLo);
  if (word(1) !== 0) return set(1, 0);
  if (word(2) === 0 && message.data !== 0) return set(2, message.data);
  return (word(3) & 1) === 1 ? set(3, 0) : undefined;
};

/** Whether MSI speaks for the function now. */
export const msiOn = (shape: FunctionShape, view: FunctionView): boolean => {
  const msi = msiOf(shape);
  return msi !== undefined && (configValue(view, msi.at + 2, 2) & MSI_ENABLE) !== 0;
};

/** The next write towards a function whose event arrives; undefined where nothing is missing. */
export const lacking = (choices: Choices, d: D, fn: number, entry: number): Write | undefined => {
  const shape = d.config.functions[fn] as FunctionShape;
  const view = d.view.functions[fn] as FunctionView;
  if (!view.powered) return undefined;
  const needed = MEMORY_DECODE | BUS_MASTER;
  if ((configValue(view, 4, 2) & needed) !== needed) return write("config", fn, 4, 2, needed);
  const msix = msixOf(shape);
  const msi = msiOf(shape);
  if (msix !== undefined && !msiOn(shape, view)) {
    return msixLacks(choices, d, fn, view, msix, entry);
  }
  return msi && msiLacks(choices, d, fn, view, msi);
};

/** Whether an event of this entry or message is sent at once. */
const sounds = (shape: FunctionShape, view: FunctionView, vector: number): boolean => {
  if (msixOf(shape) === undefined || msiOn(shape, view)) return true;
  return ((view.table[4 * vector + 3] ?? 1) & 1) === 0 && inWindow(view.table[4 * vector] ?? 0);
};

/** Of two events the one that is heard. */
export const louder = (d: D, fn: number, a: number, b: number): number => {
  const shape = d.config.functions[fn] as FunctionShape;
  const view = d.view.functions[fn] as FunctionView;
  return !sounds(shape, view, a) && sounds(shape, view, b) ? b : a;
};
