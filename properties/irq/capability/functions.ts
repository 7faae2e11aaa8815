/** PCI functions to plug: made from a shape, or from a list of headers that no shape would have. */
import { imageOf } from "../../../models/hardware/pci/index.js";
import {
  CAPABILITY_LIST,
  HEADER_TYPE,
  isMemory,
  STATUS,
} from "../../../spec/hardware/pci/header.js";
import {
  type Bar,
  CONFIG_BYTES,
  type FunctionShape,
  type MsixShape,
  msixOf,
  type Patch,
} from "../../../spec/hardware/shape.js";
import type { Fill, Left, Of } from "../../../spec/irq/capability/vocabulary.js";

export type Plug = Of<"plug">;

export const absent: Bar = { kind: "none", address: 0n, size: 0 };

export const memory = (size: number, address = 0xfe000000n): Bar => ({
  kind: "memory32",
  address,
  size,
});

/** A shape with nothing special about it but what is given. */
export const endpoint = (given: Partial<FunctionShape>): FunctionShape => ({
  requester: 0,
  headerType: 0,
  vendor: 0x1234,
  device: 0x11e8,
  extended: false,
  bars: [memory(0x4000), absent, absent, absent, absent, absent],
  pin: 1,
  capabilities: [],
  patches: [],
  ...given,
});

/** Vector controls of the table after reset, as far as its BAR reaches. */
const resetTable = (shape: FunctionShape, msix: MsixShape): readonly Fill[] => {
  const bar = shape.bars[msix.tableBar];
  if (bar === undefined || !isMemory(bar) || msix.tableBar > 5) return [];
  const room = Math.floor((bar.size - msix.tableOffset) / 16);
  const count = Math.min(msix.entries, room);
  if (count < 1) return [];
  return [{ bar: msix.tableBar, offset: msix.tableOffset + 12, stride: 16, count, value: 1 }];
};

export const plugOf = (shape: FunctionShape, more: Partial<Plug> = {}): Plug => {
  const msix = msixOf(shape);
  return {
    kind: "plug",
    words: imageOf(shape).map(({ offset, value, writable }) => ({ at: offset, value, writable })),
    extended: shape.extended,
    bars: shape.bars,
    fills: msix === undefined ? [] : resetTable(shape, msix),
    left: [],
    intxBug: false,
    noMsi: false,
    addressBits: 64,
    ...more,
  };
};

export type Link = {
  readonly at: number;
  readonly id: number;
  /** The pointer as it stands, low bits and all. */
  readonly next: number;
};

/** Headers by hand: memory that is read-only, the command register aside. */
export const chainPlug = (
  links: readonly Link[],
  first: number,
  headerType = 0,
  status = CAPABILITY_LIST,
): Plug => {
  const bytes = new Uint8Array(CONFIG_BYTES);
  bytes[4] = 6;
  bytes[STATUS] = status;
  bytes[HEADER_TYPE] = headerType;
  bytes[(headerType & 0x7f) === 2 ? 0x14 : 0x34] = first;
  for (const { at, id, next } of links) {
    bytes[at] = id;
    bytes[at + 1] = next;
  }
  return imagePlug(bytes);
};

/** Any 256 bytes. */
export const imagePlug = (bytes: Uint8Array): Plug => {
  const words: Patch[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    let value = 0;
    for (let i = 3; i >= 0; i--) value = (value << 8) | (bytes[at + i] as number);
    const writable = at === 4 ? 0x0547 : 0;
    if (value !== 0 || at <= 0x3c) words.push({ at, value: value >>> 0, writable });
  }
  return {
    kind: "plug",
    words,
    extended: false,
    bars: [],
    fills: [],
    left: [],
    intxBug: false,
    noMsi: false,
    addressBits: 64,
  };
};

/** A 32-bit write that sets bits of a control word; the lower half of its word is read-only. */
export const leftControl = (at: number, control: number): Left => ({
  space: "config",
  offset: at,
  value: control * 0x10000,
});

/** An entry as an earlier kernel left it: unmasked, with a message of its own. */
export const leftEntry = (
  bar: number,
  tableOffset: number,
  index: number,
  control: number,
): readonly Left[] => {
  const space = (["bar0", "bar1", "bar2", "bar3", "bar4", "bar5"] as const)[bar] ?? "bar0";
  const word = (which: number, value: number): Left => ({
    space,
    offset: tableOffset + 16 * index + 4 * which,
    value,
  });
  return [word(0, 0xfee0d000), word(2, 0x4da0 + (index & 0xf)), word(3, control)];
};
