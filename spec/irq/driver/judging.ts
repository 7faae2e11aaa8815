/** What the clauses of the driver interface share: truth tables and small questions. */
import type { Transition } from "../../core/clause.js";
import { messagesOf } from "../../hardware/pci/capabilities.js";
import { isMemory } from "../../hardware/pci/header.js";
import { type FunctionShape, msiOf, msixOf } from "../../hardware/shape.js";
import { fast } from "../msi-message/layout.js";
import type { Message } from "../msi-message/vocabulary.js";
import {
  ALLOW_LEGACY,
  ALLOW_MSI,
  ALLOW_MSIX,
  type Command,
  type Config,
  type Device,
  type DriverView,
  FORCE_LEGACY,
  type Handle,
  LINUX_NO_MSI,
  type Mode,
  NO_MSI,
  NO_MSIX,
  type Pair,
  type Request,
  type Response,
} from "./vocabulary.js";

export type DriverTransition = Transition<Config, Command, Response, DriverView>;
type T = DriverTransition;
export type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;
export type Answer<K extends Response["kind"]> = Extract<Response, { kind: K }>;

/** The order of preference. */
export const preference = ["msix", "msi", "legacy"] as const;
export type Choice = (typeof preference)[number];

export const flagOf: Readonly<Record<Choice, number>> = {
  msix: ALLOW_MSIX,
  msi: ALLOW_MSI,
  legacy: ALLOW_LEGACY,
};

/** Whether quirks leave a mode standing; Linux's own flag is judged apart (A5). */
export const admitted = (quirks: number, mode: Choice): boolean => {
  if ((quirks & FORCE_LEGACY) !== 0) return mode === "legacy";
  if (mode === "msix") return (quirks & NO_MSIX) === 0;
  return mode === "legacy" || (quirks & NO_MSI) === 0;
};

/** All layers together: a flag that one layer sets, no other layer takes back. */
export const allLayers = (layers: readonly number[]): number =>
  layers.reduce((all, flags) => all | flags, 0);

/** Interrupts that the hardware of a device can have in a mode. */
export const capacity = (shape: FunctionShape | undefined, mode: Choice): number => {
  if (shape === undefined) return 0;
  if (mode === "legacy") return shape.pin === 0 ? 0 : 1;
  if (mode === "msi") {
    const msi = msiOf(shape);
    return msi === undefined ? 0 : messagesOf(msi);
  }
  const msix = msixOf(shape);
  const bar = msix === undefined ? undefined : shape.bars[msix.tableBar];
  if (msix === undefined || bar === undefined || !isMemory(bar) || bar.address === 0n) return 0;
  return msix.entries;
};

export const isChoice = (mode: Mode): mode is Choice => mode !== "none";

export const deviceAt = (view: DriverView, device: number): Device | undefined =>
  view.devices[device];

export const handleAt = (view: DriverView, device: number, index: number): Handle | undefined =>
  view.devices[device]?.grant?.handles[index];

/** The handle that the command names, before it. */
export const named = (t: T): Handle | undefined =>
  "device" in t.command && "index" in t.command
    ? handleAt(t.before, t.command.device, t.command.index)
    : undefined;

export const modeOf = (view: DriverView, device: number): Mode =>
  view.devices[device]?.grant?.mode ?? "none";

/** Of one table for all CPUs: what is taken or set aside on any of them is not there on others. */
const spareInOne = (config: Config, view: DriverView): number => {
  const range = config.vectorEnd - config.vectorStart;
  let free = range - view.reserved;
  for (let cpu = 0; cpu < config.apicIds.length; cpu++) free -= range - view.free(cpu);
  return free;
};

/** Vectors that no interrupt has or waits for. */
export const spare = (config: Config, view: DriverView): number => {
  if (config.scope === "global") return spareInOne(config, view);
  let free = -view.reserved;
  for (let cpu = 0; cpu < config.apicIds.length; cpu++) free += view.free(cpu);
  return free;
};

/** The same on the CPU that has fewest; of one table, for an interrupt with a vector on each CPU. */
export const spareEverywhere = (config: Config, view: DriverView): number => {
  if (config.scope === "global") {
    return Math.floor(spareInOne(config, view) / config.apicIds.length);
  }
  let least = Number.POSITIVE_INFINITY;
  for (let cpu = 0; cpu < config.apicIds.length; cpu++) least = Math.min(least, view.free(cpu));
  return least - view.reserved;
};

/** Whether any correct kernel can supply at least `min` interrupts of this mode. */
export const mustSupply = (config: Config, view: DriverView, r: Request, mode: Choice): boolean => {
  const device = deviceAt(view, r.device);
  if (device === undefined || device.driver < 0 || device.grant !== undefined) return false;
  if ((r.modes & flagOf[mode]) === 0 || !admitted(device.quirks, mode)) return false;
  if (r.min < 1 || r.max < r.min || capacity(config.devices[r.device], mode) < r.min) return false;
  if (mode === "legacy") return r.min === 1;
  if ((device.quirks & LINUX_NO_MSI) !== 0) return false;
  // Several messages need a block of vectors, which a kernel may not have.
  if (mode === "msi" && r.min > 1) return false;
  if (!r.spread) return spare(config, view) >= r.min;
  if (r.pre > r.min || r.min > r.pre + config.apicIds.length) return false;
  return spareEverywhere(config, view) >= r.min;
};

/** Whether a kernel may supply it. */
export const maySupply = (config: Config, view: DriverView, r: Request, mode: Choice): boolean => {
  const quirks = deviceAt(view, r.device)?.quirks ?? 0;
  if ((r.modes & flagOf[mode]) === 0 || !admitted(quirks, mode)) return false;
  return capacity(config.devices[r.device], mode) >= Math.max(r.min, 1);
};

export const samePair = (a: Pair | undefined, b: Pair | undefined): boolean =>
  a?.cpu === b?.cpu && a?.vector === b?.vector;

/** Every pair that an interrupt owns. */
export const pairsOf = (handle: Handle | undefined): readonly Pair[] => {
  if (handle === undefined) return [];
  const pairs: Pair[] = [];
  if (handle.vector !== 0) pairs.push({ cpu: handle.cpu, vector: handle.vector });
  if (handle.prevVector !== 0) pairs.push({ cpu: handle.prevCpu, vector: handle.prevVector });
  return pairs;
};

/** Vectors of a CPU without these pairs. */
export const without = (view: DriverView, cpu: number, pairs: readonly Pair[]): readonly number[] =>
  view.taken(cpu).filter((vector) => !pairs.some((p) => p.cpu === cpu && p.vector === vector));

export const sameList = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/**
 * The message of interrupt `index` as a kernel composes it and the device sends it: of several MSI
 * messages all have the address of the first.
 */
export const composed = (
  config: Config,
  handle: Handle,
  index: number,
  mode: Mode,
): Message | undefined => {
  if (config.remapping) {
    const nth = mode === "msi" ? index : 0;
    const [addressLo] = fast.remappableAddress.encode({ Handle: handle.entry - nth, SHV: 1 });
    return { addressLo: addressLo as number, addressHi: 0, data: nth };
  }
  const dest = config.apicIds[handle.cpu];
  if (handle.vector === 0 || dest === undefined) return undefined;
  const [addressLo] = fast.compatibilityAddress.encode({ "Destination ID": dest });
  return { addressLo: addressLo as number, addressHi: 0, data: handle.vector };
};

export const sameMessage = (a: Message | undefined, b: Message | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.addressLo === b.addressLo &&
  a.addressHi === b.addressHi &&
  a.data === b.data;

const sameField = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item, i) => {
    const other = b[i] as unknown;
    if (typeof item !== "object" || item === null) return item === other;
    const [left, right] = [item as Record<string, unknown>, other as Record<string, unknown>];
    return Object.keys(left).every((name) => left[name] === right[name]);
  });
};

/** Writes to devices are compared too: what they lead to is the state of the devices. */
export const sameResponse = (a: Response, b: Response): boolean => {
  if (a === b) return true;
  const left = a as unknown as Readonly<Record<string, unknown>>;
  const right = b as unknown as Readonly<Record<string, unknown>>;
  for (const name in left) if (!sameField(left[name], right[name])) return false;
  for (const name in right) if (!(name in left) && right[name] !== undefined) return false;
  return true;
};
