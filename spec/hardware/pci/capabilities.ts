/** MSI and MSI-X capability structures as register tables, and where their parts stand. */
import { type RegisterTable, readOnly, readWrite } from "../registers/table.js";
import type { CapabilityShape, FunctionShape, MsiShape, MsixShape } from "../shape.js";

const MSI = "PCIe 7.7.1";
const MSIX = "PCIe 7.7.2";

export const MSI_ID = 0x05;
export const MSIX_ID = 0x11;
/** Message Control stands here in both structures. */
export const CONTROL = 2;

/** Bits of the MSI Message Control. */
export const MSI_ENABLE = 0x0001;
export const MSI_MME = 0x0070;
export const MSI_64 = 0x0080;
export const MSI_MASKABLE = 0x0100;
/** More messages than these do not exist; MMC and MME values 6 and 7 are reserved. */
export const MAX_LOG2_MESSAGES = 5;

/** Bits of the MSI-X Message Control. */
export const MSIX_SIZE = 0x07ff;
export const MSIX_FUNCTION_MASK = 0x4000;
export const MSIX_ENABLE = 0x8000;

/** Words of an MSI-X table entry. */
export const ENTRY_ADDRESS = 0;
export const ENTRY_ADDRESS_HIGH = 1;
export const ENTRY_DATA = 2;
export const ENTRY_CONTROL = 3;
/** Vector control, bit 0. */
export const ENTRY_MASKED = 1;

/** Offsets from the start of an MSI structure; -1 is absent. */
export type MsiOffsets = {
  readonly address: number;
  readonly addressHigh: number;
  readonly data: number;
  readonly mask: number;
  readonly pending: number;
  readonly size: number;
};

/** PCIe 7.7.1: four shapes. */
export const msiOffsets = (is64: boolean, maskable: boolean): MsiOffsets => {
  const data = is64 ? 0x0c : 0x08;
  return {
    address: 4,
    addressHigh: is64 ? 8 : -1,
    data,
    mask: maskable ? data + 4 : -1,
    pending: maskable ? data + 8 : -1,
    size: maskable ? data + 12 : data + 2,
  };
};

export const MSIX_BYTES = 12;

/** 2^MMC, at most 32. */
export const messagesOf = (msi: MsiShape): number => 2 ** Math.min(msi.messages, MAX_LOG2_MESSAGES);

/** Mask and pending bits that exist: the low 2^MMC. */
export const messageBits = (msi: MsiShape): number => 2 ** messagesOf(msi) - 1;

const msiRegisters = (msi: MsiShape): RegisterTable => {
  const at = msiOffsets(msi.is64, msi.maskable);
  const control = (msi.messages << 1) | (msi.is64 ? MSI_64 : 0) | (msi.maskable ? MSI_MASKABLE : 0);
  const word = (name: string, offset: number, writable: number) =>
    offset < 0 ? [] : [readWrite(name, msi.at + offset, 4, 0, writable, MSI)];
  return [
    readWrite("MSI Message Control", msi.at + CONTROL, 2, control, MSI_ENABLE | MSI_MME, MSI),
    // Bits [1:0] are hardwired to zero.
    ...word("MSI Message Address", at.address, 0xfffffffc),
    ...word("MSI Message Upper Address", at.addressHigh, 0xffffffff),
    readWrite("MSI Message Data", msi.at + at.data, 2, 0, 0xffff, MSI),
    ...word("MSI Mask Bits", at.mask, messageBits(msi)),
    // Read-only; the bits come from the function's pending events.
    ...word("MSI Pending Bits", at.pending, 0),
  ];
};

/** BIR [2:0], byte offset [31:3]. */
const window = (offset: number, bir: number): number => ((offset & ~7) | bir) >>> 0;

const msixRegisters = (msix: MsixShape): RegisterTable => [
  readWrite(
    "MSI-X Message Control",
    msix.at + CONTROL,
    2,
    msix.entries - 1,
    MSIX_FUNCTION_MASK | MSIX_ENABLE,
    MSIX,
  ),
  readOnly("MSI-X Table", msix.at + 4, 4, window(msix.tableOffset, msix.tableBar), MSIX),
  readOnly("MSI-X Pending Bit Array", msix.at + 8, 4, window(msix.pbaOffset, msix.pbaBar), MSIX),
];

export const capabilityId = (c: CapabilityShape): number =>
  c.kind === "msi" ? MSI_ID : c.kind === "msix" ? MSIX_ID : c.id;

/** Every capability with its header, linked in the order of the shape. */
export const capabilityRegisters = (shape: FunctionShape): RegisterTable =>
  shape.capabilities.flatMap((c, i) => [
    readOnly("Capability ID", c.at, 1, capabilityId(c), "PCIe 7.5.1.1.11"),
    readOnly(
      "Next Capability Pointer",
      c.at + 1,
      1,
      (shape.capabilities[i + 1]?.at ?? 0) & 0xff,
      "PCIe 7.5.1.1.11",
    ),
    ...(c.kind === "msi" ? msiRegisters(c) : c.kind === "msix" ? msixRegisters(c) : []),
  ]);

/** Bytes of an MSI-X table. */
export const tableBytes = (msix: MsixShape): number => 16 * msix.entries;

/** Bytes of a Pending Bit Array: one bit an entry, in 64-bit words. */
export const pbaBytes = (msix: MsixShape): number => 8 * Math.ceil(msix.entries / 64);
