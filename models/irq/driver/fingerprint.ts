import type { Config } from "../../../spec/irq/driver/vocabulary.js";
import { Fingerprint } from "../../core/fingerprint.js";
import type { PciFunction } from "../../hardware/pci/index.js";
import { fingerprint as vectorPrint } from "../vector-matrix/assignment/fingerprint.js";
import { type DeviceState, plantOf, type State } from "./state.js";

const modes = ["none", "msix", "msi", "legacy"];

/** Functions are immutable, and most stay as they are from command to command. */
const functions = new WeakMap<PciFunction, Int32Array>();

const functionPrint = (fn: PciFunction): Int32Array => {
  const known = functions.get(fn);
  if (known !== undefined) return known;
  const sum = new Fingerprint();
  sum.list(fn.config);
  sum.list(fn.table);
  sum.list(fn.pending);
  sum.add(fn.msiPending);
  sum.add((Number(fn.line) << 1) | Number(fn.powered));
  functions.set(fn, sum.words);
  return sum.words;
};

const addDevice = (sum: Fingerprint, device: DeviceState): void => {
  const { fn, grant, earlier } = device;
  sum.add(device.driver);
  sum.add(device.quirks);
  sum.add((Number(device.lineMasked) << 1) | Number(device.recycled));
  sum.list(functionPrint(fn));
  sum.add(grant === undefined ? -1 : modes.indexOf(grant.mode));
  sum.add(earlier === undefined ? -1 : earlier.count);
  for (const r of [grant?.request, earlier?.request]) {
    if (r !== undefined) sum.list([r.modes, r.min, r.max, Number(r.spread), r.pre]);
  }
  for (const handle of grant?.handles ?? []) {
    sum.flag(handle !== undefined);
    if (handle === undefined) continue;
    sum.add(handle.entry);
    sum.list(handle.cpus);
    sum.add(handle.events);
    const flags = [handle.queue, handle.enabled, handle.waiting, handle.served];
    sum.add(flags.reduce((word, flag) => (word << 1) | Number(flag), 1));
  }
};

/** 128 bits of the state: the vector layer's own, and every device. */
export const fingerprint = (config: Config, state: State): Int32Array => {
  const sum = new Fingerprint();
  sum.list(vectorPrint(plantOf(config).vectors, state.vectors));
  for (const device of state.devices) addDevice(sum, device);
  return sum.words;
};
