/** Bit tables of AMD's remapping: message, entries, device table word, invalidation. */
import { constant, field, layout, reserved } from "../../core/bits.js";

const amdvi = "AMD-Vi, Interrupt Remapping";

/** DM is set exactly when the IOMMU has 2K-entry tables; the rest is constant. */
export const amdAddress = layout({
  name: "message address under AMD remapping",
  document: amdvi,
  width: 64,
  fields: [
    reserved([63, 32]),
    constant("window", [31, 20], 0xfeen),
    reserved([19, 5], "the destination stands in the entry"),
    reserved([4, 3]),
    field("DM", [2, 2], "2K-entry tables supported"),
    reserved([1, 0]),
  ],
});
export const amdData = layout({
  name: "message data under AMD remapping",
  document: amdvi,
  width: 32,
  fields: [reserved([31, 11]), field("Index", [10, 0], "index into the requester's table")],
});
export const amdIrte32 = layout({
  name: "AMD IRTE, 32 bits",
  document: amdvi,
  width: 32,
  fields: [
    reserved([31, 24]),
    field("Vector", [23, 16]),
    field("Destination", [15, 8]),
    constant("GuestMode", [7, 7], 0n),
    field("DM", [6, 6], "destination mode"),
    field("RqEoi", [5, 5], "request EOI"),
    field("IntType", [4, 2], "delivery mode"),
    field("SupIOPF", [1, 1], "suppress I/O page faults"),
    field("RemapEn", [0, 0], "valid"),
  ],
});
export const amdGaRemap = layout({
  name: "AMD IRTE, 128 bits, remapped",
  document: amdvi,
  width: 128,
  fields: [
    field(
      "Destination",
      [
        [127, 120],
        [31, 8],
      ],
      "id bits [31:24] and [23:0]",
    ),
    reserved([119, 116]),
    reserved([115, 76]),
    reserved([75, 72]),
    field("Vector", [71, 64]),
    field("GATag", [63, 32], "for software"),
    constant("GuestMode", [7, 7], 0n),
    field("DM", [6, 6], "destination mode"),
    field("RqEoi", [5, 5], "request EOI"),
    field("IntType", [4, 2], "delivery mode"),
    field("SupIOPF", [1, 1], "suppress I/O page faults"),
    field("RemapEn", [0, 0], "valid"),
  ],
});
export const amdGaGuest = layout({
  name: "AMD IRTE, 128 bits, guest mode",
  document: amdvi,
  width: 128,
  fields: [
    field(
      "Destination",
      [
        [127, 120],
        [31, 8],
      ],
      "id bits [31:24] and [23:0]",
    ),
    reserved([119, 116]),
    field("vAPIC root pointer", [115, 76], "address bits [51:12]"),
    reserved([75, 72]),
    field("Vector", [71, 64]),
    field("GATag", [63, 32], "given back in the GA log"),
    constant("GuestMode", [7, 7], 1n),
    field("IsRun", [6, 6], "the virtual processor runs"),
    reserved([5, 5]),
    reserved([4, 3]),
    field("GALogIntr", [2, 2], "log when it does not run"),
    field("SupIOPF", [1, 1], "suppress I/O page faults"),
    field("RemapEn", [0, 0], "valid"),
  ],
});
/** The third 64-bit word of a device table entry. */
export const dteInterrupt = layout({
  name: "DTE, interrupt word (bits [191:128])",
  document: "AMD-Vi, Device Table Entry Format",
  width: 64,
  fields: [
    field("Lint1Pass", [63, 63], "LINT1 passed through"),
    field("Lint0Pass", [62, 62], "LINT0 passed through"),
    field("IntCtl", [61, 60], "0 abort, 1 pass through, 2 remap"),
    field("HptMode", [59, 59], "not about interrupts"),
    field("NMIPass", [58, 58], "NMI passed through"),
    field("EIntPass", [57, 57], "ExtINT passed through"),
    field("INITPass", [56, 56], "INIT passed through"),
    reserved([55, 52]),
    field("IntTabRoot", [51, 6], "table address bits [51:6]"),
    field("IG", [5, 5], "ignore unmapped interrupts"),
    field("IntTabLen", [4, 1], "table has 2^IntTabLen entries: 9 is 512, 11 is 2048"),
    field("IV", [0, 0], "interrupt map valid"),
  ],
});
/** INVALIDATE_INTERRUPT_TABLE; dword 1 is bits [63:32]. */
export const invalidateInterruptTable = layout({
  name: "INVALIDATE_INTERRUPT_TABLE command",
  document: "AMD-Vi, Command Buffer",
  width: 128,
  fields: [
    reserved([127, 64]),
    constant("Opcode", [63, 60], 5n),
    reserved([59, 32]),
    reserved([31, 16]),
    field("DeviceID", [15, 0], "requester id"),
  ],
});
/** Fields of the interrupt word that setting up remapping must leave as they were. */
export const dteKept = [
  "Lint1Pass",
  "Lint0Pass",
  "HptMode",
  "NMIPass",
  "EIntPass",
  "INITPass",
  "IG",
] as const;
