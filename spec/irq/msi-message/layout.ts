/**
 * Bit tables of x86 interrupt messages and of the entries that remap them. Names are those of the
 * documents; encoders, decoders, generators and reports derive from these tables.
 */
import {
  compile,
  constant,
  type Field,
  field,
  ignored,
  layout,
  reserved,
} from "../../core/bits.js";
import {
  amdAddress,
  amdData,
  amdGaGuest,
  amdGaRemap,
  amdIrte32,
  dteInterrupt,
  invalidateInterruptTable,
} from "./layout-amd.js";

export * from "./layout-amd.js";

const sdm = "SDM vol. 3, Message Signalled Interrupts";
const vtd = "VT-d, Interrupt Remapping";

/** Address bits [31:20] that make a write an interrupt message. */
export const MESSAGE_WINDOW = 0xfee;

const compatibility = (
  name: string,
  destination: Field<"Destination ID">,
  middle: readonly Field<never>[],
) =>
  layout({
    name,
    document: sdm,
    width: 64,
    fields: [
      reserved([63, 32], "a device message never leaves the low 4 GiB"),
      constant("window", [31, 20], 0xfeen),
      destination,
      ...middle,
      constant("format", [4, 4], 0n, "0 compatibility, 1 remappable"),
      field("RH", [3, 3], "redirection hint"),
      field("DM", [2, 2], "destination mode: 0 physical, 1 logical"),
      reserved([1, 0]),
    ],
  });

export const compatibilityAddress = compatibility(
  "message address, compatibility format",
  field("Destination ID", [19, 12], "APIC id or logical id"),
  [reserved([11, 5])],
);

/** With extended destination ids (a hypervisor's promise) bits [11:5] carry id bits [14:8]. */
export const extendedAddress = compatibility(
  "message address, extended destination id",
  field(
    "Destination ID",
    [
      [11, 5],
      [19, 12],
    ],
    "id bits [14:8] and [7:0]",
  ),
  [],
);

/** Fault, page-request and performance events of the Intel IOMMU itself. */
export const iommuAddress = layout({
  name: "message address of the Intel IOMMU itself",
  document: "VT-d, Fault Event Address and Upper Address Registers",
  width: 64,
  fields: [
    field(
      "Destination ID",
      [
        [63, 40],
        [19, 12],
      ],
      "id bits [31:8] and [7:0]",
    ),
    reserved([39, 32]),
    constant("window", [31, 20], 0xfeen),
    reserved([11, 5]),
    constant("format", [4, 4], 0n),
    field("RH", [3, 3], "redirection hint"),
    field("DM", [2, 2], "destination mode"),
    reserved([1, 0]),
  ],
});

export const compatibilityData = layout({
  name: "message data, compatibility format",
  document: sdm,
  width: 32,
  fields: [
    reserved([31, 16]),
    field("Trigger", [15, 15], "0 edge, 1 level"),
    field("Level", [14, 14], "0 deassert, 1 assert; ignored for edge"),
    reserved([13, 11]),
    field("Delivery Mode", [10, 8], "0 fixed, 1 lowest, 2 SMI, 4 NMI, 5 INIT, 7 ExtINT"),
    field("Vector", [7, 0]),
  ],
});

export const remappableAddress = layout({
  name: "message address, remappable format",
  document: vtd,
  width: 64,
  fields: [
    reserved([63, 32]),
    constant("window", [31, 20], 0xfeen),
    field(
      "Handle",
      [
        [2, 2],
        [19, 5],
      ],
      "handle bit [15] and bits [14:0]",
    ),
    constant("format", [4, 4], 1n, "0 compatibility, 1 remappable"),
    field("SHV", [3, 3], "subhandle valid"),
    ignored("don't care", [1, 0]),
  ],
});

export const remappableData = layout({
  name: "message data, remappable format",
  document: vtd,
  width: 32,
  fields: [reserved([31, 16]), field("Subhandle", [15, 0], "zero unless SHV")],
});

export const intelRemapped = layout({
  name: "Intel IRTE, remapped",
  document: vtd,
  width: 128,
  fields: [
    reserved([127, 96]),
    reserved([95, 84]),
    field("SVT", [83, 82], "0 none, 1 SID and SQ, 2 bus range"),
    field("SQ", [81, 80], "0 all bits, 1 ignore [2], 2 ignore [2:1], 3 ignore [2:0]"),
    field("SID", [79, 64], "requester id, or first and last bus"),
    field("DST", [63, 32], "EIM: 32-bit id; xAPIC: id in bits [15:8] of the field"),
    reserved([31, 24]),
    field("V", [23, 16], "vector"),
    constant("IM", [15, 15], 0n, "0 remapped, 1 posted"),
    reserved([14, 12]),
    field("AVAIL", [11, 8], "for software"),
    field("DLM", [7, 5], "delivery mode"),
    field("TM", [4, 4], "trigger mode"),
    field("RH", [3, 3], "redirection hint"),
    field("DM", [2, 2], "destination mode"),
    field("FPD", [1, 1], "fault processing disable"),
    field("P", [0, 0], "present"),
  ],
});

export const intelPosted = layout({
  name: "Intel IRTE, posted",
  document: vtd,
  width: 128,
  fields: [
    field("PDAH", [127, 96], "descriptor address bits [63:32]"),
    reserved([95, 84]),
    field("SVT", [83, 82], "as in the remapped form"),
    field("SQ", [81, 80], "as in the remapped form"),
    field("SID", [79, 64], "as in the remapped form"),
    field("PDAL", [63, 38], "descriptor address bits [31:6]"),
    reserved([37, 24]),
    field("V", [23, 16], "virtual vector"),
    constant("IM", [15, 15], 1n, "0 remapped, 1 posted"),
    field("URG", [14, 14], "urgent"),
    reserved([13, 12]),
    field("AVAIL", [11, 8], "for software"),
    reserved([7, 2]),
    field("FPD", [1, 1], "fault processing disable"),
    field("P", [0, 0], "present"),
  ],
});

/** Interrupt Remapping Table Address register. */
export const irtaRegister = layout({
  name: "IRTA register",
  document: "VT-d, Interrupt Remapping Table Address Register",
  width: 64,
  fields: [
    field("IRTA", [63, 12], "table address bits [63:12]"),
    field("EIME", [11, 11], "extended interrupt mode"),
    reserved([10, 4]),
    field("S", [3, 0], "table has 2^(S+1) entries"),
  ],
});

/** Interrupt Entry Cache invalidation descriptor. */
export const iecInvalidate = layout({
  name: "IEC invalidation descriptor",
  document: "VT-d, Interrupt Entry Cache Invalidate Descriptor",
  width: 128,
  fields: [
    reserved([127, 64]),
    reserved([63, 48]),
    field("IIDX", [47, 32], "index"),
    field("IM", [31, 27], "index mask: 2^IM entries"),
    reserved([26, 5]),
    field("G", [4, 4], "granularity: 0 global, 1 index-selective"),
    constant("Type", [3, 0], 4n),
  ],
});

/** Every layout, for reports and for the round-trip property. */
export const layouts = [
  compatibilityAddress,
  extendedAddress,
  iommuAddress,
  compatibilityData,
  remappableAddress,
  remappableData,
  intelRemapped,
  intelPosted,
  irtaRegister,
  iecInvalidate,
  amdAddress,
  amdData,
  amdIrte32,
  amdGaRemap,
  amdGaGuest,
  dteInterrupt,
  invalidateInterruptTable,
];

/** The layouts on 32-bit numbers, for hot paths. */
export const fast = {
  compatibilityAddress: compile(compatibilityAddress),
  extendedAddress: compile(extendedAddress),
  iommuAddress: compile(iommuAddress),
  compatibilityData: compile(compatibilityData),
  remappableAddress: compile(remappableAddress),
  remappableData: compile(remappableData),
  intelRemapped: compile(intelRemapped),
  intelPosted: compile(intelPosted),
  amdAddress: compile(amdAddress),
  amdData: compile(amdData),
  amdIrte32: compile(amdIrte32),
  amdGaRemap: compile(amdGaRemap),
  amdGaGuest: compile(amdGaGuest),
  dteInterrupt: compile(dteInterrupt),
};
