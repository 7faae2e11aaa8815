import type { Config } from "../../../spec/irq/capability/vocabulary.js";

/** A PC without interrupt remapping: one MSI message a function. */
export const plain: Config = {
  enabled: true,
  msi: true,
  msix: true,
  multiMsi: false,
  masking: true,
  contiguous: false,
};

/** With remapping: blocks of messages as well. */
export const remapped: Config = { ...plain, multiMsi: true };
/** The hypervisor masks. */
export const masksElsewhere: Config = { ...remapped, masking: false };
export const contiguous: Config = { ...remapped, contiguous: true };
export const noMsi: Config = { ...plain, msi: false, msix: false };
export const off: Config = { ...plain, enabled: false };
