/**
 * The firmware of the witness: 64 KiB in which every CPU goes to flat 32-bit mode and halts. An NMI
 * makes it run the list of accesses in its mailbox; an NMI leaves no trace in the local APIC, so
 * what the mailbox does is all that happens there. It is written here byte by byte, since a tool
 * chain would be one more thing to have.
 *
 * Where the CPUs start: the boot CPU at 0xfffffff0, the last paragraph; the others, told by a
 * start-up IPI with vector 0xf0, at 0xf0000, an alias of the same ROM.
 */
import { Assembler } from "./assembler.js";

export const ROM_BYTES = 0x10000;
const ROM_BASE = 0xffff0000;
/** Page of the start-up IPI: 0xf0000 >> 12. */
export const STARTUP_VECTOR = 0xf0;

/** A page of RAM for each CPU, by local APIC id: its mailbox, and at its end its stack. */
export const MAILBOX_BYTES = 0x1000;
/** Sequence number of the list that was done last; {@link READY} once the CPU is up. */
export const BOX_DONE = 0x00;
/** 1 while interrupts are admitted. */
const BOX_WINDOW = 0x04;
/** Operations in the list; the CPU sets it to 0. */
export const BOX_COUNT = 0x08;
/** Sequence number of the list, written last. */
export const BOX_SEQUENCE = 0x0c;
/** An exception nobody meant: its vector with bit 31 set. */
export const BOX_CRASH = 0x10;
/** The list: three words an operation. */
export const BOX_LIST = 0x100;
export const OPERATION_BYTES = 12;
/** Most operations of a list; the stack needs some room. */
export const MOST_OPERATIONS = 256;

export const READY = 0xffffffff;
/** Word 0 of an operation. Word 1 is an address, word 2 the value: written, or to be filled in. */
export const OP_READ = 1;
export const OP_WRITE = 2;
/** Admits interrupts for some instructions; word 2 becomes the vector, or all ones. */
export const OP_TAKE = 3;

const LAPIC_ID = 0xfee00020;
const CODE = 0x08;
const DATA = 0x10;
const VECTORS = 256;
/** Branches between STI and CLI; QEMU looks for interrupts at every one. */
const WINDOW_BRANCHES = 16;

/** Null, flat code, flat data; "accessed" is set, for the CPU cannot write to ROM. */
const GDT = [0, 0, 0x0000ffff, 0x00cf9b00, 0x0000ffff, 0x00cf9300];

/** `mailbox` is the linear address of the page of local APIC id 0. */
export const buildRom = (mailbox: number): Uint8Array => {
  const a = new Assembler(ROM_BYTES, ROM_BASE);
  realMode(a);
  protectedMode(a, mailbox);
  handler(a);
  tables(a);
  // JMP rel16 to offset 0, around the end of the segment.
  a.org(0xfff0)
    .bytes(0xe9)
    .word16(0x10000 - 0xfff3);
  return a.finish();
};

const GDTR = 0x40;
const IDTR = 0x48;

const realMode = (a: Assembler): void => {
  a.org(0)
    .bytes(0xfa) // CLI
    .bytes(0x66, 0x2e, 0x0f, 0x01, 0x16) // LGDT CS:[GDTR], all 32 bits of the base
    .word16(GDTR)
    .bytes(0x66, 0x2e, 0x0f, 0x01, 0x1e) // LIDT CS:[IDTR]
    .word16(IDTR)
    .bytes(0x0f, 0x20, 0xc0) // MOV EAX, CR0
    .bytes(0x0c, 0x01) // OR AL, 1: protected mode
    .bytes(0x0f, 0x22, 0xc0) // MOV CR0, EAX
    .bytes(0x66, 0xea) // JMP CODE:flat
    .pointer("flat")
    .word16(CODE);
  a.org(GDTR)
    .word16(4 * GDT.length - 1)
    .pointer("gdt");
  a.org(IDTR)
    .word16(8 * VECTORS - 1)
    .pointer("idt");
};

/** EBP is the CPU's mailbox from here on. */
const protectedMode = (a: Assembler, mailbox: number): void => {
  a.org(0x80)
    .label("flat")
    .bytes(0x66, 0xb8) // MOV AX, DATA
    .word16(DATA)
    .bytes(0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0) // MOV DS, AX; MOV ES, AX; MOV SS, AX
    .bytes(0xa1) // MOV EAX, [LAPIC_ID]
    .word32(LAPIC_ID)
    .bytes(0xc1, 0xe8, 24) // SHR EAX, 24
    .bytes(0xc1, 0xe0, 12) // SHL EAX, 12
    .bytes(0x05) // ADD EAX, mailbox
    .word32(mailbox)
    .bytes(0x89, 0xc5) // MOV EBP, EAX
    .bytes(0x8d, 0xa0) // LEA ESP, [EAX + MAILBOX_BYTES]
    .word32(MAILBOX_BYTES)
    .bytes(0xc7, 0x45, BOX_DONE) // MOV DWORD [EBP + BOX_DONE], READY
    .word32(READY)
    .label("idle")
    .bytes(0xf4) // HLT
    .bytes(0xeb) // JMP idle
    .relative("idle", 1);
};

/** On the stack: vector, EIP, CS, EFLAGS. ESI is the operation in hand, ECX how many are left. */
const handler = (a: Assembler): void => {
  a.org(0x100)
    .label("interrupt")
    .bytes(0x83, 0x7d, BOX_WINDOW, 1) // CMP DWORD [EBP + BOX_WINDOW], 1
    .bytes(0x74) // JE taken
    .relative("taken", 1)
    .bytes(0x83, 0x3c, 0x24, 2) // CMP DWORD [ESP], 2: NMI
    .bytes(0x75) // JNE crash
    .relative("crash", 1)
    // The sequence number first: whoever sees a new one sees the list that belongs to it.
    .bytes(0x8b, 0x7d, BOX_SEQUENCE) // MOV EDI, [EBP + BOX_SEQUENCE]
    .bytes(0x8b, 0x4d, BOX_COUNT) // MOV ECX, [EBP + BOX_COUNT]
    .bytes(0x8d, 0xb5) // LEA ESI, [EBP + BOX_LIST]
    .word32(BOX_LIST)
    .label("next")
    .bytes(0xe3) // JECXZ done
    .relative("done", 1)
    .bytes(0x8b, 0x06) // MOV EAX, [ESI]
    .bytes(0x8b, 0x5e, 4) // MOV EBX, [ESI + 4]
    .bytes(0x8b, 0x56, 8) // MOV EDX, [ESI + 8]
    .bytes(0x83, 0xf8, OP_READ) // CMP EAX, OP_READ
    .bytes(0x74) // JE read
    .relative("read", 1)
    .bytes(0x83, 0xf8, OP_WRITE) // CMP EAX, OP_WRITE
    .bytes(0x74) // JE write
    .relative("write", 1)
    // OP_TAKE
    .bytes(0xc7, 0x45, BOX_WINDOW) // MOV DWORD [EBP + BOX_WINDOW], 1
    .word32(1)
    .bytes(0xfb); // STI
  for (let i = 0; i < WINDOW_BRANCHES; i++) a.bytes(0xeb, 0x00); // JMP to the next
  a.bytes(0xfa) // CLI
    .bytes(0x83, 0xca, 0xff) // OR EDX, -1: nothing came
    .bytes(0xeb) // JMP close
    .relative("close", 1)
    .label("taken")
    .bytes(0x5a) // POP EDX: the vector
    .bytes(0x83, 0xc4, 12) // ADD ESP, 12: there is no way back into the window
    .label("close")
    .bytes(0xc7, 0x45, BOX_WINDOW) // MOV DWORD [EBP + BOX_WINDOW], 0
    .word32(0)
    .bytes(0xeb) // JMP store
    .relative("store", 1)
    .label("write")
    .bytes(0x89, 0x13) // MOV [EBX], EDX
    .bytes(0xeb) // JMP store
    .relative("store", 1)
    .label("read")
    .bytes(0x8b, 0x13) // MOV EDX, [EBX]
    .label("store")
    .bytes(0x89, 0x56, 8) // MOV [ESI + 8], EDX
    .bytes(0x83, 0xc6, OPERATION_BYTES) // ADD ESI, OPERATION_BYTES
    .bytes(0x49) // DEC ECX
    .bytes(0xeb) // JMP next
    .relative("next", 1)
    .label("done")
    .bytes(0xc7, 0x45, BOX_COUNT) // MOV DWORD [EBP + BOX_COUNT], 0
    .word32(0)
    .bytes(0x89, 0x7d, BOX_DONE) // MOV [EBP + BOX_DONE], EDI
    .bytes(0x83, 0xc4, 4) // ADD ESP, 4: the vector
    .bytes(0xcf) // IRET
    .label("crash")
    .bytes(0x8b, 0x04, 0x24) // MOV EAX, [ESP]
    .bytes(0x0d) // OR EAX, 0x80000000
    .word32(0x80000000)
    .bytes(0x89, 0x45, BOX_CRASH) // MOV [EBP + BOX_CRASH], EAX
    .label("stopped")
    .bytes(0xfa, 0xf4) // CLI; HLT
    .bytes(0xeb) // JMP stopped
    .relative("stopped", 1);
};

const STUBS = 0x1000;
const STUB_BYTES = 10;

const tables = (a: Assembler): void => {
  a.org(0x800).label("gdt");
  for (const word of GDT) a.word32(word);
  a.org(STUBS);
  for (let v = 0; v < VECTORS; v++) {
    a.bytes(0x68).word32(v); // PUSH vector
    a.bytes(0xe9).relative("interrupt", 4); // JMP interrupt
  }
  a.org(0x2000).label("idt");
  for (let v = 0; v < VECTORS; v++) {
    const entry = ROM_BASE + STUBS + v * STUB_BYTES;
    // Offset 15:0, selector; present, 32-bit interrupt gate; offset 31:16.
    a.word16(entry & 0xffff).word16(CODE);
    a.word16(0x8e00).word16(entry >>> 16);
  }
};
