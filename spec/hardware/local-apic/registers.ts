/**
 * Registers of the local APIC as a table: offset in the xAPIC page, what a write keeps, what reset
 * gives. In x2APIC mode a register is MSR 0x800 + offset / 16 (SDM, x2APIC Register Address Space).
 */

/** What software may do with a register. */
export type Access = "rw" | "ro" | "wo";

export type ApicRegister = {
  readonly name: string;
  /** Byte offset, a multiple of 16. */
  readonly offset: number;
  readonly access: Access;
  /** Bits a write changes; the others keep their value. */
  readonly writable: number;
  /** After power-up and INIT. */
  readonly reset: number;
  /** Set where only one of the modes has it. */
  readonly only?: "xapic" | "x2apic";
};

export const ID = 0x20;
export const VERSION = 0x30;
export const TPR = 0x80;
export const PPR = 0xa0;
export const EOI = 0xb0;
export const LDR = 0xd0;
export const DFR = 0xe0;
export const SVR = 0xf0;
/** First of eight registers 16 bytes apart: bit v mod 32 of register v div 32. */
export const ISR = 0x100;
export const TMR = 0x180;
export const IRR = 0x200;
export const ESR = 0x280;
export const LVT_CMCI = 0x2f0;
/** Bits [31:0]. In x2APIC mode MSR 0x830 is one register of 64 bits, and its upper half is named
 *  0x310 here: a WRMSR is the upper half, then this one, which sends. */
export const ICR_LOW = 0x300;
export const ICR_HIGH = 0x310;
export const LVT_TIMER = 0x320;
export const LVT_THERMAL = 0x330;
export const LVT_PERFORMANCE = 0x340;
export const LVT_LINT0 = 0x350;
export const LVT_LINT1 = 0x360;
export const LVT_ERROR = 0x370;
export const INITIAL_COUNT = 0x380;
export const CURRENT_COUNT = 0x390;
export const DIVIDE = 0x3e0;
/** x2APIC only; write only. */
export const SELF_IPI = 0x3f0;
/** IA32_TSC_DEADLINE, MSR 0x6E0: no offset of the page, so it keeps its own number here, the
 *  upper half 16 above. A WRMSR is the upper half, then the lower one, which arms. */
export const DEADLINE_LOW = 0x6e0;
export const DEADLINE_HIGH = 0x6f0;

/** LVT bits. */
export const LVT_MASKED = 1 << 16;
export const LVT_MODE_SHIFT = 17;
export const ONE_SHOT = 0;
export const PERIODIC = 1;
export const TSC_DEADLINE = 2;

/** SVR bit 8: the APIC is enabled by software. */
export const SVR_ENABLE = 1 << 8;
/** SVR bit 12: an EOI of a level interrupt is not broadcast to the IO-APICs. */
export const SVR_SUPPRESS_EOI = 1 << 12;

/** ESR bits (SDM, Error Handling). */
export const ERROR_SEND_ILLEGAL = 1 << 5;
export const ERROR_RECEIVE_ILLEGAL = 1 << 6;
export const ERROR_ILLEGAL_REGISTER = 1 << 7;

/** The LVT in the order the state keeps it. */
export const LVT = [
  LVT_TIMER,
  LVT_THERMAL,
  LVT_PERFORMANCE,
  LVT_LINT0,
  LVT_LINT1,
  LVT_ERROR,
  LVT_CMCI,
] as const;
export const LVT_COUNT = LVT.length;
/** Position of a register in {@link LVT}, -1 for another one. */
export const lvtIndex = (offset: number): number =>
  offset === LVT_CMCI ? 6 : offset >= LVT_TIMER && offset <= LVT_ERROR ? (offset >> 4) - 0x32 : -1;

/** Version 0x15, EOI broadcast suppression, highest LVT entry 6. */
export const VERSION_VALUE = 0x01060015;

const words = (name: string, first: number): readonly ApicRegister[] =>
  Array.from({ length: 8 }, (_x, i) => ({
    name: `${name}[${32 * i + 31}:${32 * i}]`,
    offset: first + 16 * i,
    access: "ro" as const,
    writable: 0,
    reset: 0,
  }));

const rw = (
  name: string,
  offset: number,
  writable: number,
  reset: number,
  only?: "xapic" | "x2apic",
): ApicRegister => ({
  name,
  offset,
  access: "rw",
  writable,
  reset,
  ...(only === undefined ? {} : { only }),
});

/** SDM vol. 3, Local APIC Register Address Map. ID and x2APIC LDR depend on the APIC's id. */
export const apicRegisters: readonly ApicRegister[] = [
  { name: "ID", offset: ID, access: "ro", writable: 0, reset: 0 },
  { name: "VERSION", offset: VERSION, access: "ro", writable: 0, reset: VERSION_VALUE },
  rw("TPR", TPR, 0xff, 0),
  { name: "PPR", offset: PPR, access: "ro", writable: 0, reset: 0 },
  { name: "EOI", offset: EOI, access: "wo", writable: 0, reset: 0 },
  // Read only in x2APIC mode, where it follows from the id.
  rw("LDR", LDR, 0xff000000, 0),
  rw("DFR", DFR, 0xf0000000, 0xffffffff, "xapic"),
  rw("SVR", SVR, 0x11ff, 0xff),
  ...words("ISR", ISR),
  ...words("TMR", TMR),
  ...words("IRR", IRR),
  // A write of any value takes over what was detected since the last one.
  rw("ESR", ESR, 0, 0),
  rw("LVT CMCI", LVT_CMCI, 0x107ff, LVT_MASKED),
  rw("ICR low", ICR_LOW, 0xccfff, 0),
  rw("ICR high", ICR_HIGH, 0xff000000, 0),
  rw("LVT timer", LVT_TIMER, 0x700ff, LVT_MASKED),
  rw("LVT thermal", LVT_THERMAL, 0x107ff, LVT_MASKED),
  rw("LVT performance", LVT_PERFORMANCE, 0x107ff, LVT_MASKED),
  rw("LVT LINT0", LVT_LINT0, 0x1a7ff, LVT_MASKED),
  rw("LVT LINT1", LVT_LINT1, 0x1a7ff, LVT_MASKED),
  rw("LVT error", LVT_ERROR, 0x100ff, LVT_MASKED),
  rw("initial count", INITIAL_COUNT, 0xffffffff, 0),
  { name: "current count", offset: CURRENT_COUNT, access: "ro", writable: 0, reset: 0 },
  rw("divide configuration", DIVIDE, 0xb, 0),
  { name: "self IPI", offset: SELF_IPI, access: "wo", writable: 0xff, reset: 0, only: "x2apic" },
  rw("TSC deadline low", DEADLINE_LOW, 0xffffffff, 0),
  rw("TSC deadline high", DEADLINE_HIGH, 0xffffffff, 0),
];

const byOffset = new Map(apicRegisters.map((r) => [r.offset, r]));
/** The register at an offset, in a mode. */
export const apicRegister = (
  mode: "xapic" | "x2apic",
  offset: number,
): ApicRegister | undefined => {
  const found = byOffset.get(offset);
  return found?.only === undefined || found.only === mode ? found : undefined;
};

/** Divisor of a divide configuration register: bits 3, 1, 0; 7 (all set) is 1. */
export const divisorOf = (register: number): number => {
  const code = ((register >> 1) & 4) | (register & 3);
  return code === 7 ? 1 : 2 << code;
};

/** x2APIC logical id: cluster in [31:16], one bit of [15:0] (SDM, Logical Destination Mode). */
export const x2apicLogicalId = (id: number): number =>
  (((id >>> 4) << 16) | (1 << (id & 0xf))) >>> 0;
