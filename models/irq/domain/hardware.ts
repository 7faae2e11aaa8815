/** Questions to the machine about interrupts, as the judge sees it. */
import { placeOf } from "../../../spec/irq/domain/platform.js";
import type { Config, HardwareView, Pair } from "../../../spec/irq/domain/vocabulary.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { hasBit, nextVector, receivers, vectorsOf } from "../../hardware/local-apic/index.js";
import { inWindow, type Machine } from "../../hardware/machine/index.js";
import {
  entryMasked,
  entryMessage,
  entryPending,
  functionMasked,
  layoutOf,
  msiMask,
  msiMessage,
  type PciFunction,
  signalling,
} from "../../hardware/pci/index.js";
import { compatibilityTarget, request } from "../../hardware/remapping/index.js";
import { plantOf } from "./plant.js";

const noMessage: Message = { addressLo: 0, addressHi: 0, data: 0 };

const functionOf = (m: Machine, device: number): PciFunction | undefined => m.functions[device];

/** The message that the device would send. */
export const deviceMessage = (config: Config, m: Machine, irq: number): Message => {
  const { device, index } = placeOf(config, irq);
  const fn = functionOf(m, device);
  const shape = plantOf(config).shapes[device];
  if (fn === undefined || shape === undefined) return noMessage;
  return config.devices[device]?.source === "msix"
    ? entryMessage(fn, index)
    : msiMessage(layoutOf(shape), fn, index);
};

/** The function signals by messages. */
export const isEnabled = (config: Config, m: Machine, irq: number): boolean => {
  const { device } = placeOf(config, irq);
  const fn = functionOf(m, device);
  const shape = plantOf(config).shapes[device];
  if (fn === undefined || shape === undefined) return false;
  return signalling(layoutOf(shape), fn) === config.devices[device]?.source;
};

export const isMasked = (config: Config, m: Machine, irq: number): boolean => {
  const { device, index } = placeOf(config, irq);
  const fn = functionOf(m, device);
  const shape = plantOf(config).shapes[device];
  if (fn === undefined || shape === undefined) return true;
  const layout = layoutOf(shape);
  return config.devices[device]?.source === "msix"
    ? functionMasked(layout, fn) || entryMasked(fn, index)
    : ((msiMask(layout, fn) >>> index) & 1) !== 0;
};

export const hasPendingBit = (config: Config, m: Machine, irq: number): boolean => {
  const { device, index } = placeOf(config, irq);
  const fn = functionOf(m, device);
  if (fn === undefined) return false;
  return config.devices[device]?.source === "msix"
    ? entryPending(fn, index)
    : ((fn.msiPending >>> index) & 1) !== 0;
};

/** Where a message of the interrupt, sent now, arrives; undefined: nowhere. */
export const targetOf = (config: Config, m: Machine, irq: number): Pair | undefined => {
  const message = deviceMessage(config, m, irq);
  if (!inWindow(message)) return undefined;
  const { remapping } = plantOf(config).machine;
  const requester = config.devices[placeOf(config, irq).device]?.requester ?? 0;
  const target =
    m.unit === undefined || remapping.kind === "none"
      ? compatibilityTarget(message)
      : request(remapping, m.unit, m.memory, { requester, message }).target;
  if (target === undefined) return undefined;
  const [cpu] = receivers(m.apics, target);
  return cpu === undefined ? undefined : { cpu, vector: target.vector };
};

export const isRequested = (m: Machine, cpu: number, vector: number): boolean => {
  const apic = m.apics[cpu];
  return apic !== undefined && hasBit(apic.irr, vector);
};

export const requestsOf = (m: Machine, cpu: number): readonly number[] => {
  const apic = m.apics[cpu];
  return apic === undefined ? [] : vectorsOf(apic.irr);
};

export const inServiceOf = (m: Machine, cpu: number): readonly number[] => {
  const apic = m.apics[cpu];
  return apic === undefined ? [] : vectorsOf(apic.isr);
};

export const offeredTo = (m: Machine, cpu: number): number | undefined => {
  const apic = m.apics[cpu];
  return apic === undefined ? undefined : nextVector(apic);
};

/** The machine through the clauses' accessors. */
export class MachineView implements HardwareView {
  readonly #config: Config;
  readonly #machine: Machine;
  constructor(config: Config, machine: Machine) {
    this.#config = config;
    this.#machine = machine;
  }
  message(irq: number): Message {
    return deviceMessage(this.#config, this.#machine, irq);
  }
  enabled(irq: number): boolean {
    return isEnabled(this.#config, this.#machine, irq);
  }
  masked(irq: number): boolean {
    return isMasked(this.#config, this.#machine, irq);
  }
  pending(irq: number): boolean {
    return hasPendingBit(this.#config, this.#machine, irq);
  }
  target(irq: number): Pair | undefined {
    return targetOf(this.#config, this.#machine, irq);
  }
  requested(cpu: number, vector: number): boolean {
    return isRequested(this.#machine, cpu, vector);
  }
  requests(cpu: number): readonly number[] {
    return requestsOf(this.#machine, cpu);
  }
  inService(cpu: number): readonly number[] {
    return inServiceOf(this.#machine, cpu);
  }
  offered(cpu: number): number | undefined {
    return offeredTo(this.#machine, cpu);
  }
  get late(): number {
    return this.#machine.held.length;
  }
  get arrived(): readonly Pair[] {
    return this.#machine.log.arrived;
  }
  get sent(): number {
    return this.#machine.log.sent.length;
  }
  get blocked(): number {
    return this.#machine.log.blocked.length;
  }
}
