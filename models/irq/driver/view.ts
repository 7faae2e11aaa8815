import { MSI_ENABLE, MSIX_ENABLE } from "../../../spec/hardware/pci/capabilities.js";
import { COMMAND, INTX_DISABLE } from "../../../spec/hardware/pci/header.js";
import type { FunctionShape } from "../../../spec/hardware/shape.js";
import type {
  Config,
  Device,
  DriverView,
  Handle,
  Owner,
  Pair,
  Registers,
} from "../../../spec/irq/driver/vocabulary.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import {
  allocatedLog2,
  entryMasked,
  entryMessage,
  functionMasked,
  layoutOf,
  msiMask,
  msiMessage,
  type PciFunction,
  readBytes,
} from "../../hardware/pci/index.js";
import { cpuOf } from "../vector-matrix/allocator/state.js";
import { arrival } from "./arrival.js";
import { type DeviceState, type HandleState, irqOf, plantOf, type State } from "./state.js";

const nowhere: Message = { addressLo: 0, addressHi: 0, data: 0 };

/** Functions are immutable, and most stay as they are from command to command. */
const known = new WeakMap<PciFunction, Registers>();

const registersOf = (shape: FunctionShape, fn: PciFunction): Registers => {
  const before = known.get(fn);
  if (before !== undefined) return before;
  const layout = layoutOf(shape);
  const control = (at: number | undefined): number =>
    at === undefined ? 0 : readBytes(fn.config, at, 2);
  const registers = {
    msixEnabled: (control(layout.msix?.control) & MSIX_ENABLE) !== 0,
    functionMask: functionMasked(layout, fn),
    msiEnabled: (control(layout.msi?.control) & MSI_ENABLE) !== 0,
    messages: allocatedLog2(layout, fn),
    intxDisabled: (readBytes(fn.config, COMMAND, 2) & INTX_DISABLE) !== 0,
    msiMask: msiMask(layout, fn),
    entryMasks: Array.from({ length: fn.table.length / 4 }, (_x, i) => entryMasked(fn, i)),
  };
  known.set(fn, registers);
  return registers;
};

/** The readable state through the clauses' accessors; parts are made when they are asked for. */
export class StateView implements DriverView {
  readonly #config: Config;
  readonly #state: State;
  #devices: readonly Device[] | undefined;
  constructor(config: Config, state: State) {
    this.#config = config;
    this.#state = state;
  }

  get devices(): readonly Device[] {
    this.#devices ??= this.#state.devices.map(({ fn: _fn, grant, ...rest }, device) => ({
      ...rest,
      grant: grant && {
        ...grant,
        handles: grant.handles.map((h, index) => h && this.#handle(h, device, index)),
      },
    }));
    return this.#devices;
  }

  #handle(handle: HandleState, device: number, index: number): Handle {
    const irq = this.#state.vectors.irqs[irqOf(this.#config, device, index)];
    const live = irq !== undefined && irq.vector !== 0;
    return {
      ...handle,
      cpu: live ? irq.cpu : 0,
      vector: live ? irq.vector : 0,
      prevCpu: irq !== undefined && irq.prevVector !== 0 ? irq.prevCpu : 0,
      prevVector: irq?.prevVector ?? 0,
    };
  }

  registers(device: number): Registers {
    const shape = this.#config.devices[device] as FunctionShape;
    const { fn } = this.#state.devices[device] as DeviceState;
    return registersOf(shape, fn);
  }

  asserts(device: number): boolean {
    return this.#state.devices[device]?.fn.line === true;
  }

  message(device: number, index: number): Message {
    const shape = this.#config.devices[device];
    const state = this.#state.devices[device];
    if (shape === undefined || state === undefined) return nowhere;
    const layout = layoutOf(shape);
    const msix = (readBytes(state.fn.config, layout.msix?.control ?? 0, 2) & MSIX_ENABLE) !== 0;
    if (layout.msix === undefined || !msix) return msiMessage(layout, state.fn, index);
    return 4 * index < state.fn.table.length ? entryMessage(state.fn, index) : nowhere;
  }

  target(device: number, index: number): Pair | undefined {
    return arrival(this.#config, this.#state, device, this.message(device, index));
  }

  owner(cpu: number, vector: number): Owner | undefined {
    const irq = this.#state.vectors.slots[cpu]?.get(vector);
    return irq === undefined || irq < 0 ? undefined : plantOf(this.#config).owners[irq];
  }

  taken(cpu: number): readonly number[] {
    return [...cpuOf(this.#state.vectors.matrix, cpu).allocMap].sort((a, b) => a - b);
  }

  aside(cpu: number): number {
    return cpuOf(this.#state.vectors.matrix, cpu).managed;
  }

  get reserved(): number {
    return this.#state.vectors.matrix.globalReserved;
  }

  free(cpu: number): number {
    const { vectorStart, vectorEnd } = this.#config;
    const map = cpuOf(this.#state.vectors.matrix, cpu);
    let held = map.allocMap.size;
    for (const vector of map.managedMap) if (!map.allocMap.has(vector)) held++;
    return vectorEnd - vectorStart - held;
  }

  pending(cpu: number): readonly number[] {
    return [...(this.#state.vectors.irr[cpu] ?? [])].sort((a, b) => a - b);
  }
}
