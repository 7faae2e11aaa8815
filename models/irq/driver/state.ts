/** The driver-facing interface over the vector layer and the emulated functions. */
import { messagesOf } from "../../../spec/hardware/pci/capabilities.js";
import { isMemory } from "../../../spec/hardware/pci/header.js";
import { type FunctionShape, msiOf, msixOf } from "../../../spec/hardware/shape.js";
import type { Config, Earlier, Mode, Owner, Request } from "../../../spec/irq/driver/vocabulary.js";
import type { Config as VectorConfig } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { newFunction, type PciFunction } from "../../hardware/pci/index.js";
import {
  init as initVectors,
  type State as VectorState,
} from "../vector-matrix/assignment/state.js";

export type HandleState = {
  /** Index in the remapping table; -1 without remapping. */
  readonly entry: number;
  readonly cpus: readonly number[];
  readonly queue: boolean;
  readonly enabled: boolean;
  readonly events: number;
  readonly waiting: boolean;
  readonly served: boolean;
};

export type GrantState = {
  readonly mode: Mode;
  readonly request: Request;
  readonly handles: readonly (HandleState | undefined)[];
};

export type DeviceState = {
  readonly driver: number;
  readonly quirks: number;
  readonly fn: PciFunction;
  readonly grant: GrantState | undefined;
  readonly lineMasked: boolean;
  readonly recycled: boolean;
  readonly earlier: Earlier | undefined;
};

export type State = { readonly vectors: VectorState; readonly devices: readonly DeviceState[] };

/** Entries of an MSI-X table that can be reached; 0 where its BAR is missing or unassigned. */
export const msixEntries = (shape: FunctionShape): number => {
  const msix = msixOf(shape);
  const bar = msix === undefined ? undefined : shape.bars[msix.tableBar];
  if (msix === undefined || bar === undefined || !isMemory(bar) || bar.address === 0n) return 0;
  return msix.entries;
};

/** Interrupts that a device can have at all. */
const mostOf = (shape: FunctionShape): number => {
  const msi = msiOf(shape);
  return Math.max(1, msixOf(shape)?.entries ?? 0, msi === undefined ? 0 : messagesOf(msi));
};

/** What is derived from a configuration once. */
export type Plant = {
  readonly vectors: VectorConfig;
  /** The first interrupt number of each device. */
  readonly base: readonly number[];
  /** Which interrupt of which device a number is. */
  readonly owners: readonly Owner[];
};

const plants = new WeakMap<Config, Plant>();

const build = (config: Config): Plant => {
  const base: number[] = [];
  const owners: Owner[] = [];
  config.devices.forEach((shape, device) => {
    base.push(owners.length);
    for (let index = 0; index < mostOf(shape); index++) owners.push({ device, index });
  });
  const cpus = config.apicIds.map((_id, cpu) => cpu);
  return {
    base,
    owners,
    vectors: {
      cpus: cpus.length,
      // No vector beyond is a device's: one that a system gives out all the same is never its own.
      bits: config.vectorEnd,
      start: config.vectorStart,
      end: config.vectorEnd,
      system: [],
      online: cpus,
      hotplug: false,
      irqs: owners.length,
      remapping: config.remapping,
      cleanupBound: config.cleanupBound,
      apicIds: config.apicIds,
    },
  };
};

export const plantOf = (config: Config): Plant => {
  const known = plants.get(config);
  if (known !== undefined) return known;
  const plant = build(config);
  plants.set(config, plant);
  return plant;
};

/** The vector layer's number of an interrupt. */
export const irqOf = (config: Config, device: number, index: number): number =>
  (plantOf(config).base[device] as number) + index;

export const init = (config: Config): State => ({
  vectors: initVectors(plantOf(config).vectors),
  devices: config.devices.map((shape) => ({
    driver: -1,
    quirks: 0,
    fn: newFunction(shape),
    grant: undefined,
    lineMasked: false,
    recycled: false,
    earlier: undefined,
  })),
});

export const withDevice = (state: State, device: number, change: Partial<DeviceState>): State => {
  const devices = state.devices.slice();
  devices[device] = { ...(devices[device] as DeviceState), ...change };
  return { ...state, devices };
};

export const handleOf = (state: State, device: number, index: number): HandleState | undefined =>
  state.devices[device]?.grant?.handles[index];

export const withHandle = (
  state: State,
  device: number,
  index: number,
  change: Partial<HandleState> | undefined,
): State => {
  const grant = state.devices[device]?.grant;
  const handle = grant?.handles[index];
  if (grant === undefined || handle === undefined) return state;
  const handles = grant.handles.slice();
  handles[index] = change === undefined ? undefined : { ...handle, ...change };
  return withDevice(state, device, { grant: { ...grant, handles } });
};

/** The lowest free run of table entries for a block, aligned to its size. */
export const freeEntries = (state: State, count: number): number => {
  const size = 2 ** Math.ceil(Math.log2(count));
  const taken = new Set<number>();
  for (const { grant } of state.devices) {
    for (const handle of grant?.handles ?? []) if (handle !== undefined) taken.add(handle.entry);
  }
  for (let base = 0; ; base += size) {
    let free = true;
    for (let i = 0; i < size && free; i++) free = !taken.has(base + i);
    if (free) return base;
  }
};
