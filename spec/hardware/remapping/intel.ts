/** Registers and in-memory formats of an Intel remapping unit. VT-d, Register Descriptions. */
import { compile, constant, field, layout, reserved } from "../../core/bits.js";

export const VER = 0x00;
export const CAP = 0x08;
export const ECAP = 0x10;
export const GCMD = 0x18;
export const GSTS = 0x1c;
export const RTADDR = 0x20;
export const FSTS = 0x34;
/** Fault event: control, data, address, upper address, 4 bytes each. */
export const FECTL = 0x38;
export const FEUADDR = 0x44;
export const IQH = 0x80;
export const IQT = 0x88;
export const IQA = 0x90;
export const ICS = 0x9c;
/** Invalidation completion event, as {@link FECTL}. */
export const IECTL = 0xa0;
export const IEUADDR = 0xac;
export const IRTA = 0xb8;
/** Fault recording registers, 16 bytes each; CAP.FRO says so in units of 16 bytes. */
export const FRCD = 0x220;

/** Bits of GCMD and, for the state they lead to, of GSTS. */
export const TE = 2 ** 31;
export const SRTP = 1 << 30;
export const QIE = 1 << 26;
export const IRE = 1 << 25;
export const SIRTP = 1 << 24;
export const CFI = 1 << 23;

/** Bits of FSTS. */
export const PFO = 1 << 0;
export const PPF = 1 << 1;
export const IQE = 1 << 4;

/** Interrupt mask and pending, of an event control register. */
export const EVENT_MASKED = 2 ** 31;
export const EVENT_PENDING = 1 << 30;

/** Fault reasons of interrupt remapping (VT-d, Interrupt Remapping Fault Conditions). */
export const reasons = {
  /** A reserved field of a remappable request is set. */
  requestReserved: 0x20,
  /** The index is beyond the table. */
  indexBeyond: 0x21,
  notPresent: 0x22,
  tableUnreadable: 0x23,
  /** A reserved field of a present entry is set. */
  entryReserved: 0x24,
  /** A compatibility-format request while they are blocked. */
  compatibilityBlocked: 0x25,
  /** Source validation failed. */
  sourceRejected: 0x26,
  descriptorUnreadable: 0x27,
  descriptorReserved: 0x28,
} as const;

/** Reasons that FPD of the entry silences: those found after the entry was read. */
export const qualified: readonly number[] = [
  reasons.notPresent,
  reasons.entryReserved,
  reasons.sourceRejected,
  reasons.descriptorUnreadable,
  reasons.descriptorReserved,
];

/** Fault recording register. */
export const faultRecord = layout({
  name: "FRCD register",
  document: "VT-d, Fault Recording Registers",
  width: 128,
  fields: [
    field("F", [127, 127], "fault recorded; a write of 1 clears it"),
    field("T1", [126, 126], "type, low bit"),
    field("AT", [125, 124], "address type"),
    reserved([123, 104]),
    field("FR", [103, 96], "fault reason"),
    reserved([95, 80]),
    field("SID", [79, 64], "requester id"),
    field("Index", [63, 48], "interrupt index, for faults of interrupt remapping"),
    reserved([47, 0]),
  ],
});

/** Invalidation wait descriptor. */
export const waitDescriptor = layout({
  name: "invalidation wait descriptor",
  document: "VT-d, Invalidation Wait Descriptor",
  width: 128,
  fields: [
    field("Address high", [127, 96], "status address bits [63:32]"),
    field("Address", [95, 66], "status address bits [31:2]"),
    reserved([65, 64]),
    field("Data", [63, 32], "status data"),
    reserved([31, 7]),
    field("FN", [6, 6], "fence"),
    field("SW", [5, 5], "status write"),
    field("IF", [4, 4], "interrupt"),
    constant("Type", [3, 0], 5n),
  ],
});

/** Bits [319:256] of a posted-interrupt descriptor; bits [255:0] are the requests. */
export const postedControl = layout({
  name: "posted-interrupt descriptor, bits [319:256]",
  document: "VT-d, Posted Interrupt Descriptor",
  width: 64,
  fields: [
    field("NDST", [63, 32], "APIC id to notify; xAPIC: in bits [15:8] of the field"),
    reserved([31, 24]),
    field("NV", [23, 16], "notification vector"),
    reserved([15, 2]),
    field("SN", [1, 1], "suppress notification"),
    field("ON", [0, 0], "a notification is outstanding"),
  ],
});
export const POSTED_CONTROL_OFFSET = 32;

export const intelFast = {
  faultRecord: compile(faultRecord),
  waitDescriptor: compile(waitDescriptor),
  postedControl: compile(postedControl),
};

/** Types of queued invalidation descriptors, bits [3:0]. */
export const DESCRIPTOR_IEC = 4;
export const DESCRIPTOR_WAIT = 5;
/** Highest type that a unit of this kind knows; the others concern DMA remapping. */
export const LAST_DESCRIPTOR = 8;

/** Fault recording registers of the reference's unit. */
export const FAULT_RECORDS = 4;
/** CAP of the reference's unit, bits [31:0]: FRO bits [7:0] at [31:24]. */
export const CAP_LOW = ((FRCD >> 4) << 24) >>> 0;
/** CAP bits [63:32]: NFR at [47:40], PI bit 59; ESIRTPS bit 62 where asked for. */
export const CAP_HIGH = ((FAULT_RECORDS - 1) << 8) | (1 << 27);
export const CAP_HIGH_ESIRTPS = 1 << 30;
/** ECAP bits [31:0]: C, QI, IR; EIM bit 4 where asked for; MHMV 15 at [23:20]. */
export const ECAP_LOW = 0x00f0000b;
export const ECAP_EIM = 1 << 4;
