/**
 * What a driver's requests do to the registers of its device: the sequences of `irq/capability` on
 * a bus that keeps the writes. Each goes to the emulated function at once, so what is read next is
 * what the device holds.
 */
import { ENTRY_CONTROL, ENTRY_MASKED } from "../../../spec/hardware/pci/capabilities.js";
import type { FunctionShape } from "../../../spec/hardware/shape.js";
import type { Mode } from "../../../spec/irq/driver/vocabulary.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { allocatedLog2, layoutOf, msiMask, readBar, readConfig } from "../../hardware/pci/index.js";
import type { RegisterBus } from "../capability/bus.js";
import { disableIntx } from "../capability/intx.js";
import {
  beginMsi,
  disableMsi,
  finishMsi,
  mmeOf,
  unmaskAllMsi,
  writeMsiMask,
  writeMsiMessage,
} from "../capability/msi.js";
import {
  abortMsix,
  beginMsix,
  disableMsix,
  type Entry,
  finishMsix,
  maskMsix,
  unmaskMsix,
  writeMsixMessage,
} from "../capability/msix.js";
import { msiPlaceOf, msixPlaceOf } from "../capability/place.js";
import type { Act } from "./act.js";

const shapeOf = (act: Act, device: number): FunctionShape =>
  act.config.devices[device] as FunctionShape;

/** The registers of one device. */
const busOf = (act: Act, device: number): RegisterBus => {
  const shape = shapeOf(act, device);
  return {
    readConfig: (offset, width) => readConfig(shape, act.device(device).fn, offset, width),
    readBar: (bar, offset, width) => readBar(shape, act.device(device).fn, bar, offset, width),
    writeConfig: (offset, width, value) => {
      act.write({ device, space: "config", bar: 0, offset, width, value: value >>> 0 });
    },
    writeBar: (bar, offset, width, value) => {
      act.write({ device, space: "bar", bar, offset, width, value: value >>> 0 });
    },
  };
};

const silence: Message = { addressLo: 0, addressHi: 0, data: 0 };

/** The kernel's copy of an entry, which is what the device holds. */
const entryOf = (act: Act, device: number, index: number, message = silence): Entry => {
  const control = (act.device(device).fn.table[4 * index + ENTRY_CONTROL] ?? ENTRY_MASKED) >>> 0;
  return { index, message, control };
};

const maskOf = (act: Act, device: number): number =>
  msiMask(layoutOf(shapeOf(act, device)), act.device(device).fn);

/** The message of interrupt `index`; of several MSI messages the first stands for all. */
export const writeMessage = (
  act: Act,
  device: number,
  index: number,
  mode: Mode,
  message: Message,
): void => {
  const shape = shapeOf(act, device);
  const msi = msiPlaceOf(shape);
  const msix = msixPlaceOf(shape);
  if (mode === "msix" && msix !== undefined) {
    writeMsixMessage(busOf(act, device), msix, true, entryOf(act, device, index, message));
  }
  if (mode !== "msi" || msi === undefined || index !== 0) return;
  const { fn } = act.device(device);
  const mme = act.block === undefined ? allocatedLog2(layoutOf(shape), fn) : mmeOf(act.block);
  writeMsiMessage(busOf(act, device), msi, mme, message);
};

/** Bit `index` of the mask register, or the entry's mask bit; nothing where there is neither. */
export const setMask = (
  act: Act,
  device: number,
  index: number,
  mode: Mode,
  masked: boolean,
): void => {
  const shape = shapeOf(act, device);
  const bus = busOf(act, device);
  const msix = msixPlaceOf(shape);
  if (mode === "msix" && msix !== undefined) {
    const { control } = entryOf(act, device, index);
    if (masked) maskMsix(bus, msix, true, index, control);
    else unmaskMsix(bus, msix, true, index, control);
  }
  const msi = msiPlaceOf(shape);
  if (mode !== "msi" || msi === undefined) return;
  const old = maskOf(act, device);
  writeMsiMask(bus, msi, masked ? old | (1 << index) : old & ~(1 << index));
};

/** Up to the point where interrupts are allocated: nothing can be sent yet. */
export const beginEnable = (act: Act, device: number, mode: Mode): void => {
  const msi = msiPlaceOf(shapeOf(act, device));
  const msix = msixPlaceOf(shapeOf(act, device));
  if (mode === "msix" && msix !== undefined) beginMsix(busOf(act, device), msix);
  if (mode === "msi" && msi !== undefined) beginMsi(busOf(act, device), msi, true);
};

/** The device signals from here on, each interrupt once it is unmasked. */
export const finishEnable = (act: Act, device: number, mode: Mode): void => {
  const msi = msiPlaceOf(shapeOf(act, device));
  const msix = msixPlaceOf(shapeOf(act, device));
  const bus = busOf(act, device);
  if (mode === "legacy") disableIntx(bus, false, false);
  if (mode === "msix" && msix !== undefined) finishMsix(bus, msix, true, false);
  if (mode === "msi" && msi !== undefined) finishMsi(bus, msi, false);
};

/** The way out of a set-up that failed. */
export const abandonEnable = (act: Act, device: number, mode: Mode): void => {
  const msi = msiPlaceOf(shapeOf(act, device));
  const msix = msixPlaceOf(shapeOf(act, device));
  const bus = busOf(act, device);
  if (mode === "msix" && msix !== undefined) abortMsix(bus, msix);
  if (mode === "msi" && msi !== undefined) unmaskAllMsi(bus, msi, true, maskOf(act, device));
};

/** pci_disable_msix() and pci_disable_msi(), up to the freeing of the interrupts. */
export const disableDevice = (
  act: Act,
  device: number,
  mode: Mode,
  used: readonly number[],
): void => {
  const msi = msiPlaceOf(shapeOf(act, device));
  const msix = msixPlaceOf(shapeOf(act, device));
  const bus = busOf(act, device);
  if (mode === "msix" && msix !== undefined) {
    const entries = used.map((index) => entryOf(act, device, index));
    disableMsix(bus, msix, true, entries, false);
  }
  if (mode === "msi" && msi !== undefined) {
    disableMsi(bus, msi, true, maskOf(act, device), false);
  }
};
