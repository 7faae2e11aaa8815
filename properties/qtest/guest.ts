/** What the CPUs do for the witness: lists of accesses that each runs when an NMI tells it to. */
import type { QtestClient } from "./qtest-client.js";
import {
  BOX_COUNT,
  BOX_CRASH,
  BOX_DONE,
  BOX_LIST,
  BOX_SEQUENCE,
  MAILBOX_BYTES,
  MOST_OPERATIONS,
  OP_READ,
  OP_TAKE,
  OP_WRITE,
  OPERATION_BYTES,
  READY,
  STARTUP_VECTOR,
} from "./rom.js";
import type { SharedRam } from "./shared-ram.js";

export type Operation =
  | { readonly op: "read"; readonly address: number }
  | { readonly op: "write"; readonly address: number; readonly value: number }
  /** Interrupts are admitted for a moment; the result is the vector taken, or {@link NONE}. */
  | { readonly op: "take" };

export const NONE = 0xffffffff;
export const APIC_BASE = 0xfee00000;
const ICR_LOW = 0x300;
const ICR_HIGH = 0x310;
const STARTUP_IPI = 0x4600;
/** No CPU has this id. */
const NOWHERE = 0xfe000000;
/** Delivery mode NMI of a message. */
const NMI = 0x400;
/** Looks at the mailbox before a CPU counts as stuck: some seconds. */
const PATIENCE = 3_000_000;

const codes = { read: OP_READ, write: OP_WRITE, take: OP_TAKE } as const;

export class Guest {
  readonly #qtest: QtestClient;
  readonly #ram: SharedRam;
  readonly #mailbox: number;
  /** Local APIC id of each CPU, below 255. */
  readonly #ids: readonly number[];
  #sequence = 0;

  constructor(qtest: QtestClient, ram: SharedRam, mailbox: number, ids: readonly number[]) {
    this.#qtest = qtest;
    this.#ram = ram;
    this.#mailbox = mailbox;
    this.#ids = ids;
  }

  /** Bytes of RAM that the mailboxes of these ids take. */
  static bytes(ids: readonly number[]): number {
    return (Math.max(...ids) + 1) * MAILBOX_BYTES;
  }

  /** Brings every CPU from reset to its mailbox; the first is the boot CPU. */
  async boot(): Promise<void> {
    this.#until(0, BOX_DONE, READY);
    if (this.#ids.length === 1) return;
    const others = this.#ids.slice(1).flatMap((id): Operation[] => [
      { op: "write", address: APIC_BASE + ICR_HIGH, value: id * 2 ** 24 },
      { op: "write", address: APIC_BASE + ICR_LOW, value: STARTUP_IPI | STARTUP_VECTOR },
    ]);
    // The register is to read as after a reset, and a write to its low half sends something.
    const restored: Operation[] = [
      { op: "write", address: APIC_BASE + ICR_HIGH, value: NOWHERE },
      { op: "write", address: APIC_BASE + ICR_LOW, value: 0 },
      { op: "write", address: APIC_BASE + ICR_HIGH, value: 0 },
    ];
    await this.run(0, [...others, ...restored]);
    for (let cpu = 1; cpu < this.#ids.length; cpu++) this.#until(cpu, BOX_DONE, READY);
  }

  /** Has a CPU do these; answers what each read, wrote or took. */
  async run(cpu: number, operations: readonly Operation[]): Promise<number[]> {
    const results: number[] = [];
    for (let from = 0; from < operations.length; from += MOST_OPERATIONS) {
      results.push(...(await this.#list(cpu, operations.slice(from, from + MOST_OPERATIONS))));
    }
    return results;
  }

  async #list(cpu: number, operations: readonly Operation[]): Promise<number[]> {
    const box = this.#box(cpu);
    this.#sequence = (this.#sequence + 1) % READY;
    const list = Buffer.alloc(operations.length * OPERATION_BYTES);
    operations.forEach((operation, i) => {
      list.writeUInt32LE(codes[operation.op], i * OPERATION_BYTES);
      if (operation.op === "take") return;
      list.writeUInt32LE(operation.address, i * OPERATION_BYTES + 4);
      if (operation.op === "write") list.writeUInt32LE(operation.value, i * OPERATION_BYTES + 8);
    });
    this.#ram.write(box + BOX_LIST, list);
    this.#ram.writeWord(box + BOX_COUNT, operations.length);
    this.#ram.writeWord(box + BOX_SEQUENCE, this.#sequence);
    this.#qtest.write(APIC_BASE + (this.#ids[cpu] as number) * 2 ** 12, 4, NMI);
    await this.#qtest.sync();
    this.#until(cpu, BOX_DONE, this.#sequence);
    const done = this.#ram.read(box + BOX_LIST, list.length);
    return operations.map((_o, i) => done.readUInt32LE(i * OPERATION_BYTES + 8));
  }

  #box(cpu: number): number {
    return this.#mailbox + (this.#ids[cpu] as number) * MAILBOX_BYTES;
  }

  /** It takes some ten microseconds: waited for by looking, since nothing tells. */
  #until(cpu: number, word: number, value: number): void {
    const at = this.#box(cpu) + word;
    for (let i = 0; i < PATIENCE; i++) if (this.#ram.word(at) === value) return;
    const crash = this.#ram.word(this.#box(cpu) + BOX_CRASH);
    const why = crash === 0 ? "" : `, after exception ${crash & 0xff}`;
    throw new Error(`CPU ${cpu} does not answer${why}`);
  }
}
