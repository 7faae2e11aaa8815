/** Registers and in-memory formats of an AMD IOMMU, as far as interrupts go. AMD-Vi, Registers. */
import { compile, constant, field, layout, reserved } from "../../core/bits.js";

export const DEVTAB = 0x00;
export const CMDBUF = 0x08;
export const EVTLOG = 0x10;
export const CONTROL = 0x18;
export const EFR = 0x30;
export const CMD_HEAD = 0x2000;
export const CMD_TAIL = 0x2008;
export const EVT_HEAD = 0x2010;
export const EVT_TAIL = 0x2018;
export const STATUS = 0x2020;

/** Control register, bits [31:0]. */
export const IOMMU_EN = 1 << 0;
export const EVENT_LOG_EN = 1 << 2;
export const EVENT_INT_EN = 1 << 3;
export const COM_WAIT_INT_EN = 1 << 4;
export const CMD_BUF_EN = 1 << 12;
/** 128-bit entries. */
export const GA_EN = 1 << 17;
/** Control register bits [63:32]: 32-bit destinations, bit 50 of the register. */
export const XT_EN_HIGH = 1 << 18;

/** Status register. */
export const EVENT_OVERFLOW = 1 << 0;
export const EVENT_LOG_INT = 1 << 1;
export const COM_WAIT_INT = 1 << 2;
export const EVENT_LOG_RUN = 1 << 3;
export const CMD_BUF_RUN = 1 << 4;

/** Extended feature register: x2APIC, guest virtual APIC. */
export const EFR_XT = 1 << 2;
export const EFR_GA = 1 << 7;

/** Bytes of a device table entry; its interrupt word is at byte 16. */
export const DTE_BYTES = 32;
export const DTE_INTERRUPT_OFFSET = 16;
/** Largest IntTabLen: 2^11 entries. */
export const MAX_INT_TAB_LEN = 11;

/** IntCtl of a device table entry. */
export const INT_ABORT = 0;
export const INT_PASS = 1;
export const INT_REMAP = 2;

/** Opcodes of commands, bits [63:60]. */
export const COMPLETION_WAIT = 1;
export const INVALIDATE_DEVTAB_ENTRY = 2;
export const INVALIDATE_INTERRUPT_TABLE = 5;
export const INVALIDATE_ALL = 8;

/** Event codes, bits [63:60] of a log entry. */
export const ILLEGAL_DEV_TABLE_ENTRY = 1;
export const IO_PAGE_FAULT = 2;
export const ILLEGAL_COMMAND = 5;

export const completionWait = layout({
  name: "COMPLETION_WAIT command",
  document: "AMD-Vi, Command Buffer",
  width: 128,
  fields: [
    field("Data high", [127, 96], "stored at the address and 4"),
    field("Data low", [95, 64], "stored at the address"),
    constant("Opcode", [63, 60], 1n),
    reserved([59, 52]),
    field("Store Address", [51, 3], "address bits [51:3]"),
    field("F", [2, 2], "flush queue"),
    field("I", [1, 1], "interrupt"),
    field("S", [0, 0], "store"),
  ],
});

export const eventEntry = layout({
  name: "event log entry",
  document: "AMD-Vi, Event Log",
  width: 128,
  fields: [
    field("Address high", [127, 96]),
    field("Address low", [95, 64]),
    field("Code", [63, 60], "1 illegal DTE, 2 page fault, 5 illegal command"),
    reserved([59, 57]),
    field("TR", [56, 56], "translation request"),
    field("RZ", [55, 55], "reserved bit not zero"),
    field("PE", [54, 54], "permission"),
    field("RW", [53, 53], "write"),
    field("PR", [52, 52], "present"),
    field("I", [51, 51], "interrupt request"),
    reserved([50, 32]),
    reserved([31, 16]),
    field("DeviceID", [15, 0], "requester id"),
  ],
});

export const amdFast = {
  completionWait: compile(completionWait),
  eventEntry: compile(eventEntry),
};
