/** Complete functions worth having: every kind of MSI and MSI-X, bridges, one device of each use. */
import {
  type Bar,
  type CapabilityShape,
  type FunctionShape,
  MAX_MSIX_ENTRIES,
  MSIX_ENTRY_BYTES,
  type MsiShape,
  type MsixShape,
} from "../shape.js";

export const noBar: Bar = { kind: "none", address: 0n, size: 0 };
export const memory32 = (address: bigint, size: number): Bar => ({
  kind: "memory32",
  address,
  size,
});
/** Takes two places of the list. */
export const memory64 = (address: bigint, size: number): readonly Bar[] => [
  { kind: "memory64", address, size },
  noBar,
];
export const ioBar = (address: bigint, size: number): Bar => ({ kind: "io", address, size });

export const msi = (at: number, messages: number, is64: boolean, maskable: boolean): MsiShape => ({
  kind: "msi",
  at,
  messages,
  is64,
  maskable,
});

/** Table and PBA in one BAR unless told. */
export const msix = (
  at: number,
  entries: number,
  tableOffset: number,
  pbaOffset: number,
  bars: { readonly table?: number; readonly pba?: number } = {},
): MsixShape => ({
  kind: "msix",
  at,
  entries,
  tableBar: bars.table ?? 0,
  tableOffset,
  pbaBar: bars.pba ?? bars.table ?? 0,
  pbaOffset,
});

export const other = (at: number, id: number): CapabilityShape => ({ kind: "other", at, id });

/** Capability ids that chains are filled with: power management, PCI Express, vendor specific. */
export const PM_ID = 0x01;
export const EXPRESS_ID = 0x10;
export const VENDOR_ID = 0x09;

const plain: FunctionShape = {
  requester: 0x0018,
  headerType: 0,
  vendor: 0x1b36,
  device: 0x0001,
  extended: false,
  bars: [],
  pin: 1,
  capabilities: [],
  patches: [],
};

/** A type 0 function with these parts. */
export const endpoint = (parts: Partial<FunctionShape> = {}): FunctionShape => ({
  ...plain,
  ...parts,
});

/** The same function under another requester id. */
export const at = (requester: number, shape: FunctionShape): FunctionShape => ({
  ...shape,
  requester,
});

/** Log2 of the messages an MSI capability can have. */
const LOG2 = [0, 1, 2, 3, 4, 5] as const;

/** A function with nothing but an MSI capability at 0x50. */
export const msiFunction = (messages: number, is64: boolean, maskable: boolean): FunctionShape =>
  endpoint({ capabilities: [msi(0x50, messages, is64, maskable)] });

/** The four shapes of MSI, each with 1 to 32 messages. */
export const msiZoo: readonly FunctionShape[] = LOG2.flatMap((messages) =>
  [false, true].flatMap((is64) =>
    [false, true].map((maskable) => msiFunction(messages, is64, maskable)),
  ),
);

/** Table sizes at which widths and PBA words end. */
export const MSIX_SIZES = [1, 4, 63, 64, 65, 1025, MAX_MSIX_ENTRIES] as const;

const roundUp = (bytes: number, unit: number): number => Math.ceil(bytes / unit) * unit;
const powerOfTwo = (bytes: number): number => 2 ** Math.ceil(Math.log2(bytes));

/** Table at the start of BAR 0, PBA on the page after it; the BAR ends where the PBA may. */
export const msixFunction = (entries: number): FunctionShape => {
  const pbaOffset = roundUp(entries * MSIX_ENTRY_BYTES, 0x1000);
  const size = powerOfTwo(pbaOffset + 0x1000);
  return endpoint({
    device: 0x0002,
    bars: memory64(0xe0000000n, size),
    capabilities: [msix(0x60, entries, 0, pbaOffset)],
  });
};

/** Table and PBA in BARs of their own, both filled to their ends, off offset 0. */
export const msixTwoBars = (entries: number): FunctionShape => {
  const table = powerOfTwo(entries * MSIX_ENTRY_BYTES) * 2;
  const pba = powerOfTwo(8 * Math.ceil(entries / 64)) * 2;
  return endpoint({
    device: 0x0003,
    bars: [
      memory32(0xe1000000n, Math.max(16, table)),
      ioBar(0xc000n, 32),
      memory32(0xe2000000n, Math.max(16, pba)),
    ],
    capabilities: [
      msix(
        0xb0,
        entries,
        Math.max(16, table) - entries * MSIX_ENTRY_BYTES,
        Math.max(16, pba) - 8 * Math.ceil(entries / 64),
        { table: 0, pba: 2 },
      ),
    ],
  });
};

export const msixZoo: readonly FunctionShape[] = [
  ...MSIX_SIZES.map(msixFunction),
  ...MSIX_SIZES.map(msixTwoBars),
];

/** MSI with masks and MSI-X side by side, behind power management and PCI Express. */
export const both = endpoint({
  device: 0x0004,
  extended: true,
  bars: memory64(0x8_0000_0000n, 0x4000),
  capabilities: [
    other(0x80, PM_ID),
    msi(0x50, 2, true, true),
    msix(0x70, 8, 0x1000, 0x2000),
    other(0xa0, EXPRESS_ID),
  ],
});

/** A function with an interrupt pin and no other way to ask for service. */
export const pinOnly = endpoint({ device: 0x0005, bars: [ioBar(0xc100n, 8)] });

/** A PCI-to-PCI bridge with a 32-bit maskable MSI of two messages, as PCI Express ports have. */
export const bridge = endpoint({
  headerType: 1,
  device: 0x0006,
  bars: [memory32(0xe3000000n, 0x1000)],
  capabilities: [msi(0x60, 1, false, true), other(0x90, EXPRESS_ID)],
});

/** A CardBus bridge: its capability pointer stands at 0x14. */
export const cardbus = endpoint({
  headerType: 2,
  device: 0x0007,
  bars: [memory32(0xe3001000n, 0x1000)],
  capabilities: [msi(0x80, 0, true, false)],
});

/** An NVMe controller by use: one vector a queue. */
export const nvmeLike = endpoint({
  device: 0x0010,
  bars: memory64(0xe0010000n, 0x4000),
  capabilities: [msix(0x40, 65, 0x2000, 0x3000), other(0x80, EXPRESS_ID), other(0x60, PM_ID)],
});

/** A network card by use: MSI of one message and five MSI-X entries in BAR 3. */
export const nicLike = endpoint({
  device: 0x10d3,
  vendor: 0x8086,
  bars: [
    memory32(0xe0020000n, 0x20000),
    memory32(0xe0040000n, 0x20000),
    ioBar(0xc120n, 32),
    memory32(0xe0060000n, 0x4000),
  ],
  capabilities: [
    other(0xc8, PM_ID),
    msi(0xd0, 0, true, false),
    other(0xe0, EXPRESS_ID),
    msix(0xa0, 5, 0, 0x2000, { table: 3 }),
  ],
});

/** The teaching device: MSI, 64-bit, one message, at 0x40. */
export const eduLike = endpoint({
  vendor: 0x1234,
  device: 0x11e8,
  bars: [memory32(0xe0100000n, 0x100000)],
  capabilities: [msi(0x40, 0, true, false)],
});

export const zoo: readonly FunctionShape[] = [
  ...msiZoo,
  ...msixZoo,
  both,
  pinOnly,
  bridge,
  cardbus,
  nvmeLike,
  nicLike,
  eduLike,
];
