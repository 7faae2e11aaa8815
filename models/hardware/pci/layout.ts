/** A shape compiled for access: byte maps, and where the parts stand that have behaviour. */
import {
  CONTROL,
  capabilityRegisters,
  MAX_LOG2_MESSAGES,
  messageBits,
  msiOffsets,
  pbaBytes,
  tableBytes,
} from "../../../spec/hardware/pci/capabilities.js";
import { headerRegisters, isMemory } from "../../../spec/hardware/pci/header.js";
import {
  CONFIG_BYTES,
  EXTENDED_CONFIG_BYTES,
  type FunctionShape,
  msiOf,
  msixOf,
} from "../../../spec/hardware/shape.js";
import { type ByteMap, byteMap } from "../registers/bytes.js";

/** Absolute offsets in configuration space; -1 is absent. */
export type MsiPlace = {
  readonly control: number;
  readonly address: number;
  readonly addressHigh: number;
  readonly data: number;
  readonly mask: number;
  readonly pending: number;
  /** Log2 of the messages that exist. */
  readonly limit: number;
  readonly bits: number;
};

/** A window of a memory BAR, clipped to the BAR's end. */
export type Window = { readonly bar: number; readonly start: number; readonly end: number };

export type MsixPlace = {
  readonly control: number;
  readonly entries: number;
  readonly table: Window;
  readonly pba: Window;
};

export type PciLayout = {
  readonly map: ByteMap;
  readonly msi: MsiPlace | undefined;
  readonly msix: MsixPlace | undefined;
};

const msiPlace = (shape: FunctionShape): MsiPlace | undefined => {
  const msi = msiOf(shape);
  if (msi === undefined) return undefined;
  const at = msiOffsets(msi.is64, msi.maskable);
  const absolute = (offset: number): number => (offset < 0 ? -1 : msi.at + offset);
  return {
    control: msi.at + CONTROL,
    address: absolute(at.address),
    addressHigh: absolute(at.addressHigh),
    data: absolute(at.data),
    mask: absolute(at.mask),
    pending: absolute(at.pending),
    limit: Math.min(msi.messages, MAX_LOG2_MESSAGES),
    bits: messageBits(msi),
  };
};

const windowOf = (shape: FunctionShape, bar: number, offset: number, bytes: number): Window => {
  const own = shape.bars[bar];
  const start = offset - (offset % 8);
  const size = own !== undefined && isMemory(own) ? own.size : 0;
  return { bar, start, end: Math.min(start + bytes, size) };
};

const msixPlace = (shape: FunctionShape): MsixPlace | undefined => {
  const msix = msixOf(shape);
  if (msix === undefined) return undefined;
  return {
    control: msix.at + CONTROL,
    entries: msix.entries,
    table: windowOf(shape, msix.tableBar, msix.tableOffset, tableBytes(msix)),
    pba: windowOf(shape, msix.pbaBar, msix.pbaOffset, pbaBytes(msix)),
  };
};

const compile = (shape: FunctionShape): PciLayout => {
  const size = shape.extended ? EXTENDED_CONFIG_BYTES : CONFIG_BYTES;
  const patches = shape.patches.map((p) => ({
    name: "patch",
    offset: p.at,
    width: 4 as const,
    reset: p.value,
    writable: p.writable,
    clears: 0,
    document: "",
  }));
  const table = [...headerRegisters(shape), ...capabilityRegisters(shape), ...patches];
  return { map: byteMap(size, table), msi: msiPlace(shape), msix: msixPlace(shape) };
};

const compiled = new WeakMap<FunctionShape, PciLayout>();

/** Compiled once a shape object. */
export const layoutOf = (shape: FunctionShape): PciLayout => {
  const known = compiled.get(shape);
  if (known !== undefined) return known;
  const layout = compile(shape);
  compiled.set(shape, layout);
  return layout;
};
