/**
 * Other sequences that the contract admits, each a way that a kernel which is not Linux may take.
 * They keep the judge honest: a clause that objects to one of them says more than it should.
 */
import {
  CONTROL,
  ENTRY_ADDRESS,
  ENTRY_ADDRESS_HIGH,
  ENTRY_CONTROL,
  ENTRY_DATA,
  ENTRY_MASKED,
  MSI_ENABLE,
  MSI_ID,
  MSI_MME,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
  MSIX_ID,
} from "../../../spec/hardware/pci/capabilities.js";
import { COMMAND, INTX_DISABLE } from "../../../spec/hardware/pci/header.js";
import {
  FIRST_CAPABILITY,
  type MsiReading,
  type MsixReading,
  readingOf,
} from "../../../spec/irq/capability/reading.js";
import type { Command, Config, Of, Response } from "../../../spec/irq/capability/vocabulary.js";
import { nthEntry, nthMessage } from "./agree.js";
import type { RegisterBus } from "./bus.js";
import { mmeOf, setMsiEnable } from "./msi.js";
import { changeMsixControl, entryOffset } from "./msix.js";
import { awake, type State } from "./state.js";
import { controlOf, find, type Sequence } from "./step.js";
import { capabilityStart } from "./walk.js";

/** Byte reads, a note of every place, and an end at id 0 (a null capability, PCIe 7.5.3.1). */
export const carefulWalk =
  (id: number): Sequence =>
  (bus) => {
    const start = capabilityStart(bus);
    const seen = new Set<number>();
    let at = start === 0 ? 0 : bus.readConfig(start, 1) & ~3;
    while (at >= FIRST_CAPABILITY && !seen.has(at)) {
      seen.add(at);
      const here = bus.readConfig(at, 1);
      if (here === id && id !== 0xff) return { kind: "walked", found: at, bus: bus.log };
      if (here === 0 || here === 0xff) break;
      at = bus.readConfig(at + 1, 1) & ~3;
    }
    return { kind: "walked", found: 0, bus: bus.log };
  };

const setIntx = (bus: RegisterBus, disable: boolean, intxBug: boolean): void => {
  if (intxBug) return;
  const command = bus.readConfig(COMMAND, 2);
  bus.writeConfig(COMMAND, 2, disable ? command | INTX_DISABLE : command & ~INTX_DISABLE);
};

/** MSI with byte-wide data writes, its own messages masked only, MME and Enable in one write. */
export const enableMsiLean =
  (config: Config, state: State, c: Of<"enableMsi">, count: number, msi: MsiReading): Sequence =>
  (bus) => {
    const message = nthMessage(c, 0);
    const control = bus.readConfig(msi.at + CONTROL, 2);
    if ((control & MSI_ENABLE) !== 0) setMsiEnable(bus, msi, false);
    if (msi.maskable && config.masking) {
      const place = msi.at + msi.offsets.mask;
      bus.writeConfig(place, 4, (bus.readConfig(place, 4) | (2 ** count - 1)) >>> 0);
    }
    bus.writeConfig(msi.at + msi.offsets.data, 1, message.data & 0xff);
    bus.writeConfig(msi.at + msi.offsets.data + 1, 1, (message.data >>> 8) & 0xff);
    if (msi.is64) bus.writeConfig(msi.at + msi.offsets.addressHigh, 4, message.addressHi);
    bus.writeConfig(msi.at + msi.offsets.address, 4, message.addressLo);
    setIntx(bus, true, state.plugged?.plug.intxBug === true);
    const kept = control & ~(MSI_MME | MSI_ENABLE);
    bus.writeConfig(msi.at + CONTROL, 2, kept | (mmeOf(count) << 4) | MSI_ENABLE);
    return { kind: "enabled", count, bus: bus.log };
  };

/** MSI-X without the function mask: every entry is masked by its own bit before Enable is set. */
export const enableMsixByEntries =
  (state: State, c: Of<"enableMsix">, count: number, msix: MsixReading): Sequence =>
  (bus) => {
    const word = (entry: number, which: number, value: number): void =>
      bus.writeBar(msix.tableBar, entryOffset(msix, entry, which), 4, value);
    for (let i = 0; i < msix.entries; i++) {
      const control = bus.readBar(msix.tableBar, entryOffset(msix, i, ENTRY_CONTROL), 4);
      word(i, ENTRY_CONTROL, (control | ENTRY_MASKED) >>> 0);
    }
    for (let i = 0; i < count; i++) {
      const message = nthMessage(c, i);
      word(nthEntry(c, i), ENTRY_DATA, message.data);
      word(nthEntry(c, i), ENTRY_ADDRESS_HIGH, message.addressHi);
      word(nthEntry(c, i), ENTRY_ADDRESS, message.addressLo);
    }
    setIntx(bus, true, state.plugged?.plug.intxBug === true);
    changeMsixControl(bus, msix, MSIX_FUNCTION_MASK, MSIX_ENABLE);
    return { kind: "enabled", count, bus: bus.log };
  };

/** The mask register read, changed and written back, under a lock. */
export const maskByReading =
  (index: number, masked: boolean, msi: MsiReading): Sequence =>
  (bus) => {
    const place = msi.at + msi.offsets.mask;
    const bits = bus.readConfig(place, 4);
    bus.writeConfig(place, 4, (masked ? bits | (1 << index) : bits & ~(1 << index)) >>> 0);
    return { kind: "done", bus: bus.log };
  };

/** A new message under the function mask instead of the entry's. */
export const writeUnderFunctionMask =
  (state: State, c: Of<"writeMessage">, msix: MsixReading): Sequence =>
  (bus) => {
    const word = (which: number, value: number): void =>
      bus.writeBar(msix.tableBar, entryOffset(msix, c.index, which), 4, value);
    changeMsixControl(bus, msix, 0, MSIX_FUNCTION_MASK);
    word(ENTRY_ADDRESS, c.addressLo);
    word(ENTRY_ADDRESS_HIGH, c.addressHi);
    word(ENTRY_DATA, c.data);
    const v = find(state, c.index);
    if (v !== undefined) word(ENTRY_CONTROL, controlOf(v));
    changeMsixControl(bus, msix, MSIX_FUNCTION_MASK, 0);
    return { kind: "done", bus: bus.log };
  };

/** Another way for what Linux did with this outcome, if there is one here. */
export const otherWay = (
  config: Config,
  state: State,
  command: Command,
  linux: Response,
): Sequence | undefined => {
  const plug = state.plugged?.plug;
  if (plug === undefined) return undefined;
  const { msi, msix } = readingOf(plug);
  switch (command.kind) {
    case "walk":
      return carefulWalk(command.id);
    case "enableMsi":
      return linux.kind === "enabled" && msi !== undefined
        ? enableMsiLean(config, state, command, linux.count, msi)
        : undefined;
    case "enableMsix":
      return linux.kind === "enabled" && msix !== undefined && config.masking
        ? enableMsixByEntries(state, command, linux.count, msix)
        : undefined;
    case "mask":
    case "unmask": {
      const mine = state.kernel.mode === "msi" && awake(state) && linux.kind === "done";
      if (!mine || msi === undefined || !msi.maskable || !config.masking) return undefined;
      return maskByReading(command.index, command.kind === "mask", msi);
    }
    case "writeMessage": {
      const mine = state.kernel.mode === "msix" && awake(state) && linux.kind === "done";
      return mine && msix !== undefined && config.masking
        ? writeUnderFunctionMask(state, command, msix)
        : undefined;
    }
    default:
      return undefined;
  }
};

/** A probe by the careful walk, with byte-wide accesses. */
export const probeByBytes: Sequence = (bus) => {
  for (const [id, byte, bit] of [
    [MSI_ID, CONTROL, MSI_ENABLE],
    [MSIX_ID, CONTROL + 1, MSIX_ENABLE >>> 8],
  ] as const) {
    const walked = carefulWalk(id)(bus);
    const at = walked.kind === "walked" ? walked.found : 0;
    if (at === 0) continue;
    const value = bus.readConfig(at + byte, 1);
    if ((value & bit) !== 0) bus.writeConfig(at + byte, 1, value & ~bit);
  }
  return { kind: "done", bus: bus.log };
};
