/** drivers/pci/pci.c:pci_intx, as MSI code uses it. */
import { COMMAND, INTX_DISABLE } from "../../../spec/hardware/pci/header.js";
import type { RegisterBus } from "./bus.js";

/**
 * pci_intx_for_msi: INTx off while messages are used. Written only where it changes, and left
 * alone on a function with the INTx-disable bug.
 */
export const disableIntx = (bus: RegisterBus, disable: boolean, intxBug: boolean): void => {
  if (intxBug) return;
  const command = bus.readConfig(COMMAND, 2);
  const wanted = disable ? command | INTX_DISABLE : command & ~INTX_DISABLE;
  if (wanted !== command) bus.writeConfig(COMMAND, 2, wanted);
};
