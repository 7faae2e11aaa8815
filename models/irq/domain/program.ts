/**
 * From the vector layer's messages to the registers: remapping entries and what devices hold.
 * drivers/pci/msi/msi.c, drivers/iommu/{intel/irq_remapping,amd/iommu}.c. Without a bus only the
 * bookkeeping of the entries is done, for following a system.
 */
import { CONTROL, ENTRY_MASKED, MSI_MME } from "../../../spec/hardware/pci/capabilities.js";
import { deviceOf, maskable, placeOf } from "../../../spec/irq/domain/platform.js";
import type { Config, Errno } from "../../../spec/irq/domain/vocabulary.js";
import type { Action, Command, Message } from "../../../spec/irq/msi-message/vocabulary.js";
import type { Write } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import {
  beginMsi,
  disableMsi,
  finishMsi,
  mmeOf,
  writeMsiMask,
  writeMsiMessage,
} from "../capability/msi.js";
import {
  beginMsix,
  disableMsix,
  finishMsix,
  readVectorControl,
  writeMsixMessage,
  writeVectorControl,
} from "../capability/msix.js";
import { msiPlaceOf, msixPlaceOf } from "../capability/place.js";
import { follow as followEntries } from "../msi-message/admit.js";
import { compose, reachable } from "../msi-message/compose.js";
import { findIrq, type State as MessageState, tableAt } from "../msi-message/state.js";
import { step as stepEntries } from "../msi-message/step.js";
import { cpuOfApic } from "../vector-matrix/assignment/state.js";
import { isMasked } from "./hardware.js";
import type { KernelBus } from "./kernel-bus.js";
import { plantOf } from "./plant.js";

const zeroMessage: Message = { addressLo: 0, addressHi: 0, data: 0 };

type MessageErrno = Extract<Errno, "EINVAL" | "ENOSPC" | "ENOMEM">;

export class Program {
  readonly config: Config;
  entries: MessageState;
  readonly bus: KernelBus | undefined;
  /** Something could not be done: a destination that no message or entry can name, no room. */
  error: MessageErrno | undefined;
  /** MME of an allocation in progress. */
  mme: number | undefined;
  constructor(config: Config, entries: MessageState, bus: KernelBus | undefined) {
    this.config = config;
    this.entries = entries;
    this.bus = bus;
  }

  #remapped(): boolean {
    return this.config.remapping !== "none";
  }

  #entry(command: Command): readonly Action[] {
    const { messages } = plantOf(this.config);
    const { state, response } = stepEntries(messages, this.entries, command);
    if (response.kind === "failed") this.error ??= response.error as MessageErrno;
    if (response.kind === "refused") this.error ??= "EINVAL";
    this.entries = state;
    return state.log;
  }

  /** Remapping entries of interrupts [first, first + count) of a device; their indices. */
  allocate(device: number, first: number, count: number): readonly number[] {
    if (!this.#remapped()) return [];
    const source = this.config.devices[device]?.source ?? "msix";
    const indices: number[] = [];
    const each = source === "msi" ? count : 1;
    for (let irq = first; irq < first + count; irq += each) {
      for (const action of this.#entry({
        kind: "allocateIrtes",
        device,
        irq,
        count: each,
        source,
      })) {
        this.bus?.act(action);
      }
      const base = this.indexOf(device, irq);
      for (let i = 0; i < each; i++) indices.push(base < 0 ? base : base + i);
    }
    return indices;
  }

  /** The same with the indices that a system chose. */
  place(device: number, first: number, count: number, indices: readonly number[]): void {
    if (!this.#remapped()) return;
    const source = this.config.devices[device]?.source ?? "msix";
    const each = source === "msi" ? count : 1;
    for (let i = 0; i < count; i += each) {
      const index = indices[i] ?? 0x10000;
      const command = {
        kind: "allocateIrtes",
        device,
        irq: first + i,
        count: each,
        source,
      } as const;
      const { messages } = plantOf(this.config);
      this.entries = followEntries(messages, this.entries, command, { kind: "allocated", index });
    }
  }

  /** Table index of an interrupt, -1 without. */
  indexOf(device: number, irq: number): number {
    const key = this.config.remapping === "amd" ? this.#requester(device) : 0;
    return findIrq(tableAt(this.entries, key), device, irq)?.index ?? -1;
  }

  #requester(device: number): number {
    return this.config.devices[device]?.requester ?? 0;
  }

  /** Carries out a message of the vector layer; `first`: the interrupt is being activated. */
  carryOut(write: Write, first: boolean): void {
    const { device, index } = placeOf(this.config, write.irq);
    if (write.dest === 0 && write.vector === 0) {
      if (!this.#remapped()) this.#writeMessage(write.irq, zeroMessage);
      else {
        const command = { kind: "deactivate", device, irq: index } as const;
        for (const action of this.#entry(command)) this.#perform(action, write.irq, zeroMessage);
      }
      return;
    }
    if (!this.#remapped()) {
      const { messages } = plantOf(this.config);
      if (!reachable(messages, write.dest)) this.error ??= "EINVAL";
      else this.#writeMessage(write.irq, compose(write.dest, write.vector, false, false));
      return;
    }
    const cpu = cpuOfApic(plantOf(this.config).vectors, write.dest) ?? 0;
    const kind = first ? ("activate" as const) : ("setAffinity" as const);
    const actions = this.#entry({ kind, device, irq: index, cpu, vector: write.vector });
    const message = this.#remappedMessage(device, index);
    for (const action of actions) this.#perform(action, write.irq, message);
  }

  #remappedMessage(device: number, irq: number): Message {
    const key = this.config.remapping === "amd" ? this.#requester(device) : 0;
    return findIrq(tableAt(this.entries, key), device, irq)?.irq.message ?? zeroMessage;
  }

  #perform(action: Action, irq: number, message: Message): void {
    if (action.kind === "device") this.#writeMessage(irq, message);
    else this.bus?.act(action);
  }

  /** Gives back the entries of an interrupt, or of the block that starts with it. */
  release(irq: number): void {
    if (!this.#remapped()) return;
    const { device, index } = placeOf(this.config, irq);
    const key = this.config.remapping === "amd" ? this.#requester(device) : 0;
    const found = findIrq(tableAt(this.entries, key), device, index);
    if (found === undefined || found.nth !== 0) return;
    found.block.irqs.forEach((one, i) => {
      // Parked entries are cleared with the rest, not one by one before.
      if (one.active) this.#entry({ kind: "deactivate", device, irq: index + i });
    });
    for (const action of this.#entry({ kind: "free", device, irq: index })) this.bus?.act(action);
  }

  #writeMessage(irq: number, message: Message): void {
    const { bus, config } = this;
    if (bus === undefined) return;
    const { device, index } = placeOf(config, irq);
    const shape = plantOf(config).shapes[device];
    if (shape === undefined) return;
    const registers = bus.function(device);
    const msix = msixPlaceOf(shape);
    if (msix !== undefined) {
      const control = readVectorControl(registers, msix, index);
      writeMsixMessage(registers, msix, true, { index, message, control });
      return;
    }
    const msi = msiPlaceOf(shape);
    // Messages of one capability differ in their low bits alone: the first one is written.
    if (msi !== undefined && index === 0) {
      const mme = this.mme ?? (registers.readConfig(msi.at + CONTROL, 2) & MSI_MME) >>> 4;
      writeMsiMessage(registers, msi, mme, message);
    }
  }

  /** Sets or clears the mask of an interrupt, if it has one and where that changes something. */
  mask(irq: number, on: boolean): void {
    const { bus, config } = this;
    const device = deviceOf(config, irq);
    if (bus === undefined || device === undefined || !maskable(device)) return;
    if (isMasked(config, bus.machine, irq) === on) return;
    const place = placeOf(config, irq);
    const shape = plantOf(config).shapes[place.device];
    if (shape === undefined) return;
    const registers = bus.function(place.device);
    const msix = msixPlaceOf(shape);
    if (msix !== undefined) {
      const control = readVectorControl(registers, msix, place.index);
      const wanted = on ? control | ENTRY_MASKED : control & ~ENTRY_MASKED;
      writeVectorControl(registers, msix, place.index, wanted);
      return;
    }
    const msi = msiPlaceOf(shape);
    if (msi === undefined) return;
    const held = registers.readConfig(msi.at + msi.offsets.mask, 4);
    const bit = 1 << place.index;
    writeMsiMask(registers, msi, on ? held | bit : held & ~bit);
  }

  /** First half of switching a device to `count` messages: nothing comes out yet. */
  begin(device: number, count: number): void {
    this.mme = mmeOf(count);
    const shape = plantOf(this.config).shapes[device];
    if (this.bus === undefined || shape === undefined) return;
    const registers = this.bus.function(device);
    const msix = msixPlaceOf(shape);
    const msi = msiPlaceOf(shape);
    if (msix !== undefined) beginMsix(registers, msix);
    else if (msi !== undefined) beginMsi(registers, msi, true);
  }

  finish(device: number): void {
    const shape = plantOf(this.config).shapes[device];
    if (this.bus === undefined || shape === undefined) return;
    const registers = this.bus.function(device);
    const msix = msixPlaceOf(shape);
    const msi = msiPlaceOf(shape);
    if (msix !== undefined) finishMsix(registers, msix, true, false);
    else if (msi !== undefined) finishMsi(registers, msi, false);
  }

  /** The device raises no messages any more. */
  switchOff(device: number): void {
    const shape = plantOf(this.config).shapes[device];
    if (this.bus === undefined || shape === undefined) return;
    const registers = this.bus.function(device);
    const msix = msixPlaceOf(shape);
    const msi = msiPlaceOf(shape);
    if (msix !== undefined) disableMsix(registers, msix, true, [], false);
    else if (msi !== undefined) {
      const held = msi.maskable ? registers.readConfig(msi.at + msi.offsets.mask, 4) : 0;
      disableMsi(registers, msi, true, held, false);
    }
  }
}
