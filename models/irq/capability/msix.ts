/**
 * drivers/pci/msi: the register sequences of MSI-X. `beginMsix`, the messages, `finishMsix` are
 * msix_capability_init; what comes between them, the interrupts' allocation, is the caller's.
 */
import {
  CONTROL,
  ENTRY_ADDRESS,
  ENTRY_ADDRESS_HIGH,
  ENTRY_CONTROL,
  ENTRY_DATA,
  ENTRY_MASKED,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
} from "../../../spec/hardware/pci/capabilities.js";
import { MSIX_ENTRY_BYTES } from "../../../spec/hardware/shape.js";
import type { MsixReading } from "../../../spec/irq/capability/reading.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import type { RegisterBus } from "./bus.js";
import { disableIntx } from "./intx.js";

/** An entry as the kernel keeps it: its message and its vector control. */
export type Entry = {
  readonly index: number;
  readonly message: Message;
  readonly control: number;
};

/** pci_msix_clear_and_set_ctrl. */
export const changeMsixControl = (
  bus: RegisterBus,
  msix: MsixReading,
  clear: number,
  set: number,
): void => {
  const control = bus.readConfig(msix.at + CONTROL, 2);
  bus.writeConfig(msix.at + CONTROL, 2, (control & ~clear) | set);
};

/** Byte offset of a word of an entry in the table's BAR. */
export const entryOffset = (msix: MsixReading, index: number, word: number): number =>
  msix.tableOffset + MSIX_ENTRY_BYTES * index + 4 * word;

const writeWord = (
  bus: RegisterBus,
  msix: MsixReading,
  index: number,
  word: number,
  value: number,
): void => bus.writeBar(msix.tableBar, entryOffset(msix, index, word), 4, value);

const readWord = (bus: RegisterBus, msix: MsixReading, index: number, word: number): number =>
  bus.readBar(msix.tableBar, entryOffset(msix, index, word), 4);

/** The vector control of an entry as it stands, for the kernel's copy. */
export const readVectorControl = (bus: RegisterBus, msix: MsixReading, index: number): number =>
  readWord(bus, msix, index, ENTRY_CONTROL);

/** pci_msix_write_vector_ctrl. */
export const writeVectorControl = (
  bus: RegisterBus,
  msix: MsixReading,
  index: number,
  control: number,
): void => writeWord(bus, msix, index, ENTRY_CONTROL, control >>> 0);

/** Enable and Function Mask in one write; the table can then be reached, and nothing comes out. */
export const beginMsix = (bus: RegisterBus, msix: MsixReading): void => {
  changeMsixControl(bus, msix, 0, MSIX_ENABLE | MSIX_FUNCTION_MASK);
  bus.readConfig(msix.at + CONTROL, 2);
  // msix_map_region: BIR and offset of the table.
  bus.readConfig(msix.at + 4, 4);
};

/** pci_write_msg_msix: an unmasked entry is masked meanwhile; a read pushes the writes. */
export const writeMsixMessage = (
  bus: RegisterBus,
  msix: MsixReading,
  masking: boolean,
  entry: Entry,
): void => {
  const { index, message, control } = entry;
  const masks = masking && (control & ENTRY_MASKED) === 0;
  if (masks) writeVectorControl(bus, msix, index, control | ENTRY_MASKED);
  writeWord(bus, msix, index, ENTRY_ADDRESS, message.addressLo);
  writeWord(bus, msix, index, ENTRY_ADDRESS_HIGH, message.addressHi);
  writeWord(bus, msix, index, ENTRY_DATA, message.data);
  if (masks) writeVectorControl(bus, msix, index, control);
  readWord(bus, msix, index, ENTRY_DATA);
};

/** msix_mask_all: every entry of the table, used or not. Their other control bits go to zero. */
export const maskAllEntries = (bus: RegisterBus, msix: MsixReading): void => {
  for (let i = 0; i < msix.entries; i++) writeVectorControl(bus, msix, i, ENTRY_MASKED);
};

/** Second half of msix_capability_init. */
export const finishMsix = (
  bus: RegisterBus,
  msix: MsixReading,
  masking: boolean,
  intxBug: boolean,
): void => {
  disableIntx(bus, true, intxBug);
  if (masking) maskAllEntries(bus, msix);
  changeMsixControl(bus, msix, MSIX_FUNCTION_MASK, 0);
};

/** out_disable of msix_capability_init. */
export const abortMsix = (bus: RegisterBus, msix: MsixReading): void =>
  changeMsixControl(bus, msix, MSIX_FUNCTION_MASK | MSIX_ENABLE, 0);

/** pci_msix_mask, with the read that pushes the write. */
export const maskMsix = (
  bus: RegisterBus,
  msix: MsixReading,
  masking: boolean,
  index: number,
  control: number,
): void => {
  if (masking) writeVectorControl(bus, msix, index, control | ENTRY_MASKED);
  readWord(bus, msix, 0, ENTRY_ADDRESS);
};

/** pci_msix_unmask; nothing waits for the write to arrive. */
export const unmaskMsix = (
  bus: RegisterBus,
  msix: MsixReading,
  masking: boolean,
  index: number,
  control: number,
): void => {
  if (masking) writeVectorControl(bus, msix, index, control & ~ENTRY_MASKED);
};

/** pci_msix_shutdown of a function that is there. */
export const disableMsix = (
  bus: RegisterBus,
  msix: MsixReading,
  masking: boolean,
  entries: readonly Entry[],
  intxBug: boolean,
): void => {
  for (const { index, control } of entries) maskMsix(bus, msix, masking, index, control);
  changeMsixControl(bus, msix, MSIX_ENABLE, 0);
  disableIntx(bus, false, intxBug);
};

/** __pci_restore_msix_state: Function Mask is cleared last. */
export const restoreMsix = (
  bus: RegisterBus,
  msix: MsixReading,
  masking: boolean,
  entries: readonly Entry[],
  intxBug: boolean,
): void => {
  disableIntx(bus, true, intxBug);
  changeMsixControl(bus, msix, 0, MSIX_ENABLE | MSIX_FUNCTION_MASK);
  for (const entry of entries) {
    writeMsixMessage(bus, msix, masking, entry);
    if (masking) writeVectorControl(bus, msix, entry.index, entry.control);
  }
  changeMsixControl(bus, msix, MSIX_FUNCTION_MASK, 0);
};
