/** The capabilities of a function whose shape is known, for models that need no walk. */
import { msiOffsets } from "../../../spec/hardware/pci/capabilities.js";
import { CONFIG_BYTES, type FunctionShape, msiOf, msixOf } from "../../../spec/hardware/shape.js";
import type { MsiReading, MsixReading } from "../../../spec/irq/capability/reading.js";

export const msiPlaceOf = (shape: FunctionShape): MsiReading | undefined => {
  const msi = msiOf(shape);
  if (msi === undefined) return undefined;
  const offsets = msiOffsets(msi.is64, msi.maskable);
  const { at, is64, maskable, messages } = msi;
  const fits = at + offsets.size <= CONFIG_BYTES;
  return { at, is64, maskable, mmc: messages, offsets, fits };
};

export const msixPlaceOf = (shape: FunctionShape): MsixReading | undefined => {
  const msix = msixOf(shape);
  if (msix === undefined) return undefined;
  const { at, entries, tableBar, tableOffset, pbaBar, pbaOffset } = msix;
  const fits = at + 12 <= CONFIG_BYTES;
  return { at, entries, tableBar, tableOffset, pbaBar, pbaOffset, fits };
};
