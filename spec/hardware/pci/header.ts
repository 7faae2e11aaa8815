/** Configuration space headers of types 0, 1 and 2 as register tables. */
import { type Register, type RegisterTable, readOnly, readWrite } from "../registers/table.js";
import type { Bar, FunctionShape } from "../shape.js";

const COMMON = "PCIe 7.5.1.1";
const TYPE1 = "PCIe 7.5.1.3";
const TYPE2 = "PCI to CardBus bridge specification";

export const COMMAND = 0x04;
export const STATUS = 0x06;
export const HEADER_TYPE = 0x0e;
export const FIRST_BAR = 0x10;

/** Bits of the command register. */
export const IO_DECODE = 0x0001;
export const MEMORY_DECODE = 0x0002;
/** Without it a function sends no memory write, thus no message. */
export const BUS_MASTER = 0x0004;
const PARITY = 0x0040;
const SERR = 0x0100;
export const INTX_DISABLE = 0x0400;

/** Bits of the status register. */
export const INTERRUPT_STATUS = 0x0008;
export const CAPABILITY_LIST = 0x0010;
/** Errors, cleared by writing 1: [15:11] and [8]. */
export const STATUS_ERRORS = 0xf900;

/** Bits [6:0] of the header type. */
export const headerKind = (shape: FunctionShape): number => shape.headerType & 0x7f;

/** Where the first capability pointer stands; undefined where the header type has none. */
export const capabilityPointer = (kind: number): number | undefined =>
  kind === 0 || kind === 1 ? 0x34 : kind === 2 ? 0x14 : undefined;

/** Base address registers of a header type. */
export const barCount = (kind: number): number => [6, 2, 1][kind] ?? 0;

export const isMemory = (bar: Bar): boolean => bar.kind === "memory32" || bar.kind === "memory64";

/** Low bits of a base address register: I/O space [0]; 64-bit [2:1] = 2. */
const barFlags = (bar: Bar): number => (bar.kind === "io" ? 1 : bar.kind === "memory64" ? 4 : 0);

/** Writing all ones and reading back gives the size: the bits below it are hardwired. */
const barRegisters = (shape: FunctionShape): RegisterTable =>
  shape.bars.slice(0, barCount(headerKind(shape))).flatMap((bar, i): Register[] => {
    if (bar.kind === "none") return [];
    const sized = bar.size === 0 ? 0 : (2 ** 32 - bar.size) >>> 0;
    const writable = (sized & (bar.kind === "io" ? ~3 : ~15)) >>> 0;
    const address = Number(bar.address & 0xffffffffn);
    const low = ((address & writable) | barFlags(bar)) >>> 0;
    const offset = FIRST_BAR + 4 * i;
    const first = readWrite(`BAR ${i}`, offset, 4, low, writable, "PCIe 7.5.1.2.1");
    if (bar.kind !== "memory64") return [first];
    const high = Number(bar.address >> 32n);
    return [
      first,
      readWrite(`BAR ${i}, high half`, offset + 4, 4, high, 0xffffffff, "PCIe 7.5.1.2.1"),
    ];
  });

/**
 * The command register as firmware leaves it: what is assigned is decoded, the bus master is on.
 * A real function starts with 0 here, and firmware writes this before a kernel runs.
 */
const firmwareCommand = (shape: FunctionShape): number => {
  const assigned = shape.bars.filter((bar) => bar.address !== 0n);
  return (
    (assigned.some((bar) => bar.kind === "io") ? IO_DECODE : 0) |
    (assigned.some(isMemory) ? MEMORY_DECODE : 0) |
    BUS_MASTER
  );
};

const commonRegisters = (shape: FunctionShape): RegisterTable => [
  readOnly("Vendor ID", 0x00, 2, shape.vendor, COMMON),
  readOnly("Device ID", 0x02, 2, shape.device, COMMON),
  readWrite(
    "Command",
    COMMAND,
    2,
    firmwareCommand(shape),
    IO_DECODE | MEMORY_DECODE | BUS_MASTER | PARITY | SERR | INTX_DISABLE,
    "PCIe 7.5.1.1.3",
  ),
  {
    name: "Status",
    offset: STATUS,
    width: 2,
    reset: shape.capabilities.length > 0 ? CAPABILITY_LIST : 0,
    writable: 0,
    clears: STATUS_ERRORS,
    document: "PCIe 7.5.1.1.4",
  },
  readWrite("Cache Line Size", 0x0c, 1, 0, 0xff, COMMON),
  readOnly("Header Type", HEADER_TYPE, 1, shape.headerType, COMMON),
  readWrite("Interrupt Line", 0x3c, 1, 0, 0xff, COMMON),
  readOnly("Interrupt Pin", 0x3d, 1, shape.pin, COMMON),
];

/** Windows and bus numbers; a bridge forwards nothing here, its registers only keep values. */
const bridgeRegisters: RegisterTable = [
  readWrite("Primary Bus Number", 0x18, 1, 0, 0xff, TYPE1),
  readWrite("Secondary Bus Number", 0x19, 1, 0, 0xff, TYPE1),
  readWrite("Subordinate Bus Number", 0x1a, 1, 0, 0xff, TYPE1),
  readWrite("I/O Base", 0x1c, 1, 0, 0xf0, TYPE1),
  readWrite("I/O Limit", 0x1d, 1, 0, 0xf0, TYPE1),
  { ...readOnly("Secondary Status", 0x1e, 2, 0, TYPE1), clears: STATUS_ERRORS },
  readWrite("Memory Base", 0x20, 2, 0, 0xfff0, TYPE1),
  readWrite("Memory Limit", 0x22, 2, 0, 0xfff0, TYPE1),
  readWrite("Prefetchable Memory Base", 0x24, 2, 0x0001, 0xfff0, TYPE1),
  readWrite("Prefetchable Memory Limit", 0x26, 2, 0x0001, 0xfff0, TYPE1),
  readWrite("Prefetchable Base Upper", 0x28, 4, 0, 0xffffffff, TYPE1),
  readWrite("Prefetchable Limit Upper", 0x2c, 4, 0, 0xffffffff, TYPE1),
  // Parity, SERR, ISA, VGA, VGA 16-bit, secondary bus reset.
  readWrite("Bridge Control", 0x3e, 2, 0, 0x005f, TYPE1),
];

const cardbusRegisters: RegisterTable = [
  { ...readOnly("Secondary Status", 0x16, 2, 0, TYPE2), clears: STATUS_ERRORS },
  readWrite("PCI Bus Number", 0x18, 1, 0, 0xff, TYPE2),
  readWrite("CardBus Bus Number", 0x19, 1, 0, 0xff, TYPE2),
  readWrite("Subordinate Bus Number", 0x1a, 1, 0, 0xff, TYPE2),
  ...[0, 1].flatMap((i): Register[] => [
    readWrite(`Memory Base ${i}`, 0x1c + 8 * i, 4, 0, 0xfffff000, TYPE2),
    readWrite(`Memory Limit ${i}`, 0x20 + 8 * i, 4, 0, 0xfffff000, TYPE2),
    readWrite(`I/O Base ${i}`, 0x2c + 8 * i, 4, 0, 0xfffffffc, TYPE2),
    readWrite(`I/O Limit ${i}`, 0x30 + 8 * i, 4, 0, 0xfffffffc, TYPE2),
  ]),
  readWrite("Bridge Control", 0x3e, 2, 0x0040, 0x07ef, TYPE2),
];

/** The header of a function, without its capabilities. */
export const headerRegisters = (shape: FunctionShape): RegisterTable => {
  const kind = headerKind(shape);
  const pointer = capabilityPointer(kind);
  const first = shape.capabilities[0]?.at ?? 0;
  return [
    ...commonRegisters(shape),
    ...barRegisters(shape),
    ...(kind === 1 ? bridgeRegisters : kind === 2 ? cardbusRegisters : []),
    ...(pointer === undefined
      ? []
      : [readOnly("Capabilities Pointer", pointer, 1, first & 0xff, "PCIe 7.5.1.1.11")]),
  ];
};
