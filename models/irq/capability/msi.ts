/**
 * drivers/pci/msi: the register sequences of MSI. `beginMsi`, the messages, `finishMsi` are
 * msi_capability_init; what comes between them, the interrupts' allocation, is the caller's.
 */
import { CONTROL, MSI_ENABLE, MSI_MME } from "../../../spec/hardware/pci/capabilities.js";
import { type MsiReading, maskBits } from "../../../spec/irq/capability/reading.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import type { RegisterBus } from "./bus.js";
import { disableIntx } from "./intx.js";

/** ceil(log2 count), the MME of an allocation. */
export const mmeOf = (count: number): number => Math.ceil(Math.log2(count));

/** pci_msi_set_enable. */
export const setMsiEnable = (bus: RegisterBus, msi: MsiReading, on: boolean): void => {
  const control = bus.readConfig(msi.at + CONTROL, 2);
  bus.writeConfig(msi.at + CONTROL, 2, on ? control | MSI_ENABLE : control & ~MSI_ENABLE);
};

/** pci_msi_update_mask: the whole register from the kernel's own copy, which is never re-read. */
export const writeMsiMask = (bus: RegisterBus, msi: MsiReading, mask: number): void => {
  if (msi.maskable) bus.writeConfig(msi.at + msi.offsets.mask, 4, mask >>> 0);
};

/**
 * First half of msi_capability_init: Enable off, every message masked, those too that nobody asked
 * for. Answers the kernel's copy of the mask register; 0 where there is none to write.
 */
export const beginMsi = (bus: RegisterBus, msi: MsiReading, masking: boolean): number => {
  setMsiEnable(bus, msi, false);
  bus.readConfig(msi.at + CONTROL, 2);
  if (!msi.maskable || !masking) return 0;
  const found = bus.readConfig(msi.at + msi.offsets.mask, 4);
  const mask = (found | maskBits(msi)) >>> 0;
  writeMsiMask(bus, msi, mask);
  return mask;
};

/** pci_write_msg_msi: MME, message, and a read that pushes the writes. */
export const writeMsiMessage = (
  bus: RegisterBus,
  msi: MsiReading,
  mme: number,
  message: Message,
): void => {
  const control = bus.readConfig(msi.at + CONTROL, 2);
  bus.writeConfig(msi.at + CONTROL, 2, (control & ~MSI_MME) | (mme << 4));
  bus.writeConfig(msi.at + msi.offsets.address, 4, message.addressLo);
  if (msi.is64) bus.writeConfig(msi.at + msi.offsets.addressHigh, 4, message.addressHi);
  bus.writeConfig(msi.at + msi.offsets.data, 2, message.data & 0xffff);
  bus.readConfig(msi.at + CONTROL, 2);
};

/** Second half of msi_capability_init. */
export const finishMsi = (bus: RegisterBus, msi: MsiReading, intxBug: boolean): void => {
  disableIntx(bus, true, intxBug);
  setMsiEnable(bus, msi, true);
};

/** pci_msi_unmask of all messages, as after a failed setup and after use. */
export const unmaskAllMsi = (
  bus: RegisterBus,
  msi: MsiReading,
  masking: boolean,
  mask: number,
): void => {
  if (masking) writeMsiMask(bus, msi, mask & ~maskBits(msi));
};

/** pci_msi_shutdown. */
export const disableMsi = (
  bus: RegisterBus,
  msi: MsiReading,
  masking: boolean,
  mask: number,
  intxBug: boolean,
): void => {
  setMsiEnable(bus, msi, false);
  disableIntx(bus, false, intxBug);
  unmaskAllMsi(bus, msi, masking, mask);
};

/** __pci_restore_msi_state: MME and Enable in one write, last. */
export const restoreMsi = (
  bus: RegisterBus,
  msi: MsiReading,
  masking: boolean,
  kept: { readonly mme: number; readonly mask: number; readonly message: Message },
  intxBug: boolean,
): void => {
  disableIntx(bus, true, intxBug);
  setMsiEnable(bus, msi, false);
  writeMsiMessage(bus, msi, kept.mme, kept.message);
  const control = bus.readConfig(msi.at + CONTROL, 2);
  if (masking) writeMsiMask(bus, msi, kept.mask);
  bus.writeConfig(msi.at + CONTROL, 2, (control & ~MSI_MME) | (kept.mme << 4) | MSI_ENABLE);
};
