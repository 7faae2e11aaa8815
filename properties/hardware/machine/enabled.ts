/** Which commands may be issued when: what the documents leave undefined is not asked. */
import type { Level } from "../../../spec/core/clause.js";
import { inWindow } from "../../../spec/hardware/machine/path.js";
import type {
  Command,
  Config,
  FunctionView,
  View,
} from "../../../spec/hardware/machine/vocabulary.js";
import { MSI_ENABLE, MSIX_ENABLE } from "../../../spec/hardware/pci/capabilities.js";
import { GSTS, IQA, IQT, QIE } from "../../../spec/hardware/remapping/intel.js";
import { type FunctionShape, msiOf, msixOf } from "../../../spec/hardware/shape.js";
import { barAtHome } from "./draw-function.js";
import { forbidden } from "./limits.js";
import { QUEUE_BYTES } from "./places.js";

type Access = Extract<Command, { kind: "read" | "write" }>;

/** Byte `at` of configuration space after a write, as far as it is writable. */
const byteAfter = (fn: FunctionView, c: Access, at: number): number => {
  const i = at - c.offset;
  const written = c.kind === "write" && i >= 0 && i < c.width;
  return written ? (c.value >>> (8 * i)) & 0xff : (fn.config[at] as number);
};

/** PCIe leaves MSI and MSI-X enabled together undefined. */
const enablesBoth = (shape: FunctionShape, fn: FunctionView, c: Access): boolean => {
  const msi = msiOf(shape);
  const msix = msixOf(shape);
  if (msi === undefined || msix === undefined) return false;
  return (
    (byteAfter(fn, c, msi.at + 2) & MSI_ENABLE) !== 0 &&
    ((byteAfter(fn, c, msix.at + 3) << 8) & MSIX_ENABLE) !== 0
  );
};

/** Software must not allocate more messages than a function is capable of (PCIe 7.7.1.2). */
const exceedsCapable = (shape: FunctionShape, fn: FunctionView, c: Access): boolean => {
  const msi = msiOf(shape);
  if (msi === undefined || msi.at + 2 >= fn.config.length) return false;
  // QEMU's root port does not survive it.
  return ((byteAfter(fn, c, msi.at + 2) >>> 4) & 7) > Math.min(msi.messages, 5);
};

const configAccess = (config: Config, view: View, c: Access): boolean => {
  const shape = config.functions[c.unit];
  const fn = view.functions[c.unit];
  if (shape === undefined || fn === undefined) return false;
  if (c.offset + c.width > fn.config.length) return false;
  return c.kind === "read" || !(enablesBoth(shape, fn, c) || exceedsCapable(shape, fn, c));
};

/** Message address bits [1:0] of a table entry must be written zero. */
const soundEntry = (shape: FunctionShape, c: Access): boolean => {
  const msix = msixOf(shape);
  if (c.kind === "read" || msix === undefined || c.bar !== msix.tableBar) return true;
  const at = c.offset - (msix.tableOffset & ~7);
  const isAddress = at >= 0 && at < 16 * msix.entries && at % 16 === 0;
  return !isAddress || (c.value & 3) === 0;
};

/** A BAR is reached where firmware put it. */
const barAccess = (config: Config, view: View, c: Access): boolean => {
  const shape = config.functions[c.unit];
  const fn = view.functions[c.unit];
  if (shape === undefined || fn === undefined || c.width !== 4) return false;
  const own = shape.bars[c.bar];
  if (own === undefined || c.offset + 4 > own.size) return false;
  return barAtHome(shape, fn, c.bar) && soundEntry(shape, c);
};

/** The queue is moved while it is off, and its tail stays in it. */
const unitAccess = (config: Config, view: View, c: Access): boolean => {
  const { unit } = view;
  if (unit === undefined || (c.kind === "write" && c.width !== 4)) return false;
  if (c.kind === "read" || config.remapping.kind !== "intel") return true;
  if (c.offset === IQA) return (unit.register(GSTS) & QIE) === 0;
  return c.offset !== IQT || (c.value < QUEUE_BYTES && c.value % 16 === 0);
};

const access = (config: Config, view: View, c: Access): boolean => {
  if (c.offset % c.width !== 0) return false;
  switch (c.space) {
    case "config":
      return configAccess(config, view, c);
    case "bar":
      return barAccess(config, view, c);
    case "remapping":
      return unitAccess(config, view, c);
    case "memory":
      return c.offset + c.width <= config.ram;
  }
};

/** Events that the function can have. */
const eventExists = (shape: FunctionShape | undefined, vector: number): boolean => {
  if (shape === undefined) return false;
  const msi = msiOf(shape);
  const messages = msi === undefined ? 0 : 2 ** Math.min(msi.messages, 5);
  return vector < Math.max(messages, msixOf(shape)?.entries ?? 0, 1);
};

export const enabled = (config: Config, _level: Level, view: View, c: Command): boolean => {
  if (forbidden(config, view, c)) return false;
  switch (c.kind) {
    case "read":
    case "write":
      return access(config, view, c);
    case "event":
    case "quiet":
      return eventExists(config.functions[c.fn], c.vector);
    case "power":
      return config.functions[c.fn] !== undefined;
    case "inject": {
      const { addressLo, addressHi, data } = c;
      if (inWindow({ addressLo, addressHi, data })) return true;
      return addressHi === 0 && addressLo % 4 === 0 && addressLo + 4 <= config.ram;
    }
    case "release":
      return view.held[c.nth] !== undefined;
    case "readApic":
    case "writeApic":
      return c.cpu < config.apicIds.length && c.offset % 16 === 0;
    case "take":
    case "acknowledge":
    case "eoi":
    case "phantom":
      return c.cpu < config.apicIds.length;
    default:
      return true;
  }
};
