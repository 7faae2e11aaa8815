/**
 * Register sequences of drivers/pci/msi/msi.c, as far as a driver's view depends on them. Each
 * write goes to the emulated function at once, so what is read next is what the device holds.
 */
import {
  ENTRY_CONTROL,
  ENTRY_MASKED,
  MSI_ENABLE,
  MSI_MME,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
} from "../../../spec/hardware/pci/capabilities.js";
import { COMMAND, INTX_DISABLE } from "../../../spec/hardware/pci/header.js";
import { type FunctionShape, MSIX_ENTRY_BYTES } from "../../../spec/hardware/shape.js";
import type { Config, Mode } from "../../../spec/irq/driver/vocabulary.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { layoutOf, readBytes } from "../../hardware/pci/index.js";
import type { Act } from "./act.js";

const shapeOf = (config: Config, device: number): FunctionShape =>
  config.devices[device] as FunctionShape;

const configWrite = (
  act: Act,
  device: number,
  offset: number,
  width: 1 | 2 | 4,
  value: number,
): void => {
  act.write({ device, space: "config", bar: 0, offset, width, value: value >>> 0 });
};

/** A read-modify-write of a 16-bit register; nothing is written where nothing changes. */
const change = (act: Act, device: number, offset: number, clear: number, set: number): void => {
  const old = readBytes(act.device(device).fn.config, offset, 2);
  const value = (old & ~clear) | set;
  if (value !== old) configWrite(act, device, offset, 2, value);
};

/** pci_intx() */
export const intx = (act: Act, device: number, on: boolean): void =>
  change(act, device, COMMAND, on ? INTX_DISABLE : 0, on ? 0 : INTX_DISABLE);

const tableWord = (act: Act, device: number, index: number, word: number, value: number): void => {
  const { msix } = layoutOf(shapeOf(act.config, device));
  if (msix === undefined) return;
  const offset = msix.table.start + MSIX_ENTRY_BYTES * index + 4 * word;
  act.write({ device, space: "bar", bar: msix.table.bar, offset, width: 4, value: value >>> 0 });
};

const entryControl = (act: Act, device: number, index: number): number =>
  (act.device(device).fn.table[4 * index + ENTRY_CONTROL] as number) >>> 0;

const isMasked = (act: Act, device: number, index: number): boolean =>
  (entryControl(act, device, index) & ENTRY_MASKED) !== 0;

const writeEntry = (act: Act, device: number, index: number, message: Message): void => {
  const control = entryControl(act, device, index);
  const live = (control & ENTRY_MASKED) === 0;
  if (live) tableWord(act, device, index, ENTRY_CONTROL, control | ENTRY_MASKED);
  tableWord(act, device, index, 0, message.addressLo);
  tableWord(act, device, index, 1, message.addressHi);
  tableWord(act, device, index, 2, message.data);
  if (live) tableWord(act, device, index, ENTRY_CONTROL, control);
};

/** pci_write_msg_msi(); the low bits of the data are the hardware's. */
const writeMsi = (act: Act, device: number, message: Message): void => {
  const { msi } = layoutOf(shapeOf(act.config, device));
  if (msi === undefined) return;
  configWrite(act, device, msi.address, 4, message.addressLo);
  if (msi.addressHigh >= 0) configWrite(act, device, msi.addressHigh, 4, message.addressHi);
  configWrite(act, device, msi.data, 2, message.data);
};

/** The message of interrupt `index`; of several MSI messages the first stands for all. */
export const writeMessage = (
  act: Act,
  device: number,
  index: number,
  mode: Mode,
  message: Message,
): void => {
  if (mode === "msix") writeEntry(act, device, index, message);
  else if (mode === "msi" && index === 0) writeMsi(act, device, message);
};

/** Bit `index` of the mask register, or the entry's mask bit; nothing where there is neither. */
export const setMask = (
  act: Act,
  device: number,
  index: number,
  mode: Mode,
  masked: boolean,
): void => {
  if (mode === "msix") {
    const control = entryControl(act, device, index);
    const value = masked ? control | ENTRY_MASKED : control & ~ENTRY_MASKED;
    tableWord(act, device, index, ENTRY_CONTROL, value);
    return;
  }
  const { msi } = layoutOf(shapeOf(act.config, device));
  if (mode !== "msi" || msi === undefined || msi.mask < 0) return;
  const old = readBytes(act.device(device).fn.config, msi.mask, 4);
  configWrite(act, device, msi.mask, 4, masked ? old | (1 << index) : old & ~(1 << index));
};

const maskAllMessages = (act: Act, device: number, masked: boolean): void => {
  const { msi } = layoutOf(shapeOf(act.config, device));
  if (msi === undefined || msi.mask < 0) return;
  configWrite(act, device, msi.mask, 4, masked ? msi.bits : 0);
};

/** Up to the point where interrupts are allocated: nothing can be sent yet. */
export const beginEnable = (act: Act, device: number, mode: Mode, count: number): void => {
  const { msi, msix } = layoutOf(shapeOf(act.config, device));
  if (mode === "msix" && msix !== undefined) {
    change(act, device, msix.control, 0, MSIX_ENABLE | MSIX_FUNCTION_MASK);
  }
  if (mode !== "msi" || msi === undefined) return;
  change(act, device, msi.control, MSI_ENABLE, 0);
  maskAllMessages(act, device, true);
  change(act, device, msi.control, MSI_MME, Math.ceil(Math.log2(count)) << 4);
};

/** The device signals from here on, each interrupt once it is unmasked. */
export const finishEnable = (act: Act, device: number, mode: Mode): void => {
  const { msi, msix } = layoutOf(shapeOf(act.config, device));
  if (mode === "legacy") {
    intx(act, device, true);
    return;
  }
  intx(act, device, false);
  if (mode === "msix" && msix !== undefined) {
    for (let i = 0; i < msix.entries; i++) {
      if (!isMasked(act, device, i)) setMask(act, device, i, mode, true);
    }
    change(act, device, msix.control, MSIX_FUNCTION_MASK, 0);
  }
  if (mode === "msi" && msi !== undefined) change(act, device, msi.control, 0, MSI_ENABLE);
};

/** The way out of a set-up that failed. */
export const abandonEnable = (act: Act, device: number, mode: Mode): void => {
  const { msix } = layoutOf(shapeOf(act.config, device));
  if (mode === "msix" && msix !== undefined) {
    change(act, device, msix.control, MSIX_ENABLE | MSIX_FUNCTION_MASK, 0);
  }
  if (mode === "msi") maskAllMessages(act, device, false);
};

/** pci_disable_msix() and pci_disable_msi(), up to the freeing of the interrupts. */
export const disableDevice = (act: Act, device: number, mode: Mode, used: number): void => {
  const { msi, msix } = layoutOf(shapeOf(act.config, device));
  if (mode === "msix" && msix !== undefined) {
    for (let i = 0; i < used; i++) {
      if (!isMasked(act, device, i)) setMask(act, device, i, mode, true);
    }
    change(act, device, msix.control, MSIX_ENABLE, 0);
    intx(act, device, true);
  }
  if (mode === "msi" && msi !== undefined) {
    change(act, device, msi.control, MSI_ENABLE, 0);
    intx(act, device, true);
    maskAllMessages(act, device, false);
  }
};
