/**
 * NVMe: a completion queue of its own for every MSI-X vector, so that a command which completes is
 * an event of the vector. NVM Express 1.4, sections 3.1 (registers), 4.2 and 4.6 (commands and
 * completions), 5.3, 5.4 (queues).
 */
import { CONTROL, ENTRY_MASKED, MSIX_ENABLE } from "../../spec/hardware/pci/capabilities.js";
import { qemuNvme } from "../../spec/hardware/pci/qemu.js";
import { type MsixShape, msixOf } from "../../spec/hardware/shape.js";
import type { Device, Events, Ground } from "./device.js";

const CAP_HIGH = 0x04;
const CC = 0x14;
const CSTS = 0x1c;
const AQA = 0x24;
const ASQ = 0x28;
const ACQ = 0x30;
const DOORBELLS = 0x1000;
/** CC: entries of 2^6 bytes in I/O submission queues, 2^4 in completion queues, EN. */
const ENABLE = (4 << 20) | (6 << 16) | 1;
const READY = 1;
const FATAL = 2;

const COMMAND_BYTES = 64;
const COMPLETION_BYTES = 16;
/** Word of a completion with command identifier [15:0], phase [16], status [31:17]. */
const COMPLETION_STATUS = 12;

const CREATE_SUBMISSION = 0x01;
const CREATE_COMPLETION = 0x05;
const GET_FEATURES = 0x0a;
const NUMBER_OF_QUEUES = 7;
const FLUSH = 0x00;

/** I/O queue i is that of vector i; vector 0 is the admin queue's. */
const IO_QUEUES = 64;
/** Room for both commands that each I/O queue takes to be created. */
const ADMIN_ENTRIES = 256;
const IO_ENTRIES = 16;

// Scratch memory. Queues stand on pages of their own.
const PAGE = 0x1000;
const ADMIN_SUBMISSION = 0;
const ADMIN_COMPLETION = ADMIN_SUBMISSION + ADMIN_ENTRIES * COMMAND_BYTES;
/** Where the interrupts of the set-up go: they are written to RAM as any other datum. */
const NOBODY = ADMIN_COMPLETION + PAGE;
const completionsOf = (queue: number): number => NOBODY + PAGE * queue;
const submissionsOf = (queue: number): number => completionsOf(IO_QUEUES) + PAGE * queue;
const SCRATCH_BYTES = submissionsOf(IO_QUEUES) + PAGE;

/** Reads of CSTS before a command counts as lost; the virtual clock goes on between them. */
const PATIENCE = 100_000;

type Words = { readonly opcode: number; readonly [word: number]: number };

class QueuePair {
  readonly #ground: Ground;
  readonly #submissions: number;
  readonly #completions: number;
  readonly #entries: number;
  /** Of the submission queue; the completion queue's follows it. */
  readonly #doorbell: number;
  readonly #stride: number;
  #tail = 0;
  /** The completion that is next; its phase says that it is there. */
  #next = 0;
  #phase = 1;

  constructor(ground: Ground, queue: number, entries: number, stride: number) {
    const { scratch } = ground;
    this.#ground = ground;
    this.#entries = entries;
    this.#submissions = scratch + (queue === 0 ? ADMIN_SUBMISSION : submissionsOf(queue));
    this.#completions = scratch + (queue === 0 ? ADMIN_COMPLETION : completionsOf(queue));
    this.#doorbell = ground.bar + DOORBELLS + 2 * queue * stride;
    this.#stride = stride;
  }

  /** Gives the controller commands, words by number; answers the first status that is not zero. */
  async run(commands: readonly Words[]): Promise<number> {
    const { qtest, ram } = this.#ground;
    for (const { opcode, ...words } of commands) {
      const entry = Buffer.alloc(COMMAND_BYTES);
      entry.writeUInt32LE(opcode | (this.#tail << 16), 0);
      for (const [word, value] of Object.entries(words)) {
        entry.writeUInt32LE(value >>> 0, 4 * Number(word));
      }
      ram.write(this.#submissions + COMMAND_BYTES * this.#tail, entry);
      this.#tail = (this.#tail + 1) % this.#entries;
    }
    qtest.write(this.#doorbell, 4, this.#tail);
    let failed = 0;
    for (let i = 0; i < commands.length; i++) failed ||= await this.#completion();
    // QEMU answers between two pieces of work of the controller, never within one: by then what it
    // completed has been signalled too.
    await this.#healthy();
    return failed;
  }

  /** Tells the controller that all completions are taken. */
  async take(): Promise<void> {
    this.#ground.qtest.write(this.#doorbell + this.#stride, 4, this.#next);
    await this.#ground.qtest.sync();
  }

  /** Waits for the next completion; its status. */
  async #completion(): Promise<number> {
    const at = this.#completions + COMPLETION_BYTES * this.#next + COMPLETION_STATUS;
    for (let i = 0; i < PATIENCE; i++) {
      const word = this.#ground.ram.word(at);
      if (((word >>> 16) & 1) === this.#phase) {
        this.#next = (this.#next + 1) % this.#entries;
        if (this.#next === 0) this.#phase ^= 1;
        return word >>> 17;
      }
      await this.#healthy();
    }
    throw new Error("the NVMe controller does not complete a command");
  }

  async #healthy(): Promise<void> {
    const { qtest, bar } = this.#ground;
    const status = await qtest.read(bar + CSTS, 4);
    if ((status & FATAL) !== 0) throw new Error("the NVMe controller has failed (CSTS.CFS)");
  }
}

const createQueues = (scratch: number): readonly Words[] => {
  const queues = Array.from({ length: IO_QUEUES }, (_x, i) => i + 1);
  const size = (IO_ENTRIES - 1) << 16;
  // Word 6 is the address. Word 11: physically contiguous; with interrupts, and the vector's number.
  return [
    ...queues.map((q) => ({
      opcode: CREATE_COMPLETION,
      6: scratch + completionsOf(q),
      10: size | q,
      11: (q << 16) | 3,
    })),
    ...queues.map((q) => ({
      opcode: CREATE_SUBMISSION,
      6: scratch + submissionsOf(q),
      10: size | q,
      11: (q << 16) | 1,
    })),
  ];
};

/** Starts the controller, and creates its queues; answers those, by vector. */
const startController = async (ground: Ground): Promise<readonly QueuePair[]> => {
  const { qtest, bar, ram, scratch } = ground;
  ram.clear(scratch + ADMIN_COMPLETION, SCRATCH_BYTES - ADMIN_COMPLETION);
  const stride = 4 << ((await qtest.read(bar + CAP_HIGH, 4)) & 0xf);
  qtest.write(bar + AQA, 4, ((ADMIN_ENTRIES - 1) << 16) | (ADMIN_ENTRIES - 1));
  for (const [at, address] of [
    [ASQ, scratch + ADMIN_SUBMISSION],
    [ACQ, scratch + ADMIN_COMPLETION],
  ] as const) {
    qtest.write(bar + at, 4, address);
    qtest.write(bar + at + 4, 4, 0);
  }
  qtest.write(bar + CC, 4, ENABLE);
  for (let i = 0; ((await qtest.read(bar + CSTS, 4)) & READY) === 0; i++) {
    if (i === PATIENCE) throw new Error("the NVMe controller does not become ready");
  }
  const admin = new QueuePair(ground, 0, ADMIN_ENTRIES, stride);
  const status = await admin.run(createQueues(scratch));
  if (status !== 0) throw new Error(`the NVMe controller creates no queue: status ${status}`);
  await admin.take();
  const own = Array.from({ length: IO_QUEUES }, (_x, i) => i + 1);
  return [admin, ...own.map((q) => new QueuePair(ground, q, IO_ENTRIES, stride))];
};

/**
 * QEMU takes a vector into use when its queue is created while MSI-X is enabled. Entry 0, in which
 * the set-up itself completes, then has a message that is no interrupt; afterwards enable bit and
 * entry are as a reset left them, and nothing is pending.
 */
const withMessagesToNobody = async <A>(
  { qtest, bar, scratch, writeConfig }: Ground,
  msix: MsixShape,
  act: () => Promise<A>,
): Promise<A> => {
  const entry = bar + msix.tableOffset;
  const fill = (words: readonly number[]): void =>
    words.forEach((word, i) => {
      qtest.write(entry + 4 * i, 4, word);
    });
  fill([scratch + NOBODY, 0, 0, 0]);
  writeConfig(msix.at + CONTROL, 2, MSIX_ENABLE);
  const result = await act();
  fill([0, 0, 0, ENTRY_MASKED]);
  writeConfig(msix.at + CONTROL, 2, 0);
  await qtest.sync();
  return result;
};

const prepare = async (ground: Ground): Promise<Events> => {
  const queues = await withMessagesToNobody(ground, msixOf(qemuNvme) as MsixShape, () =>
    startController(ground),
  );
  return {
    raise: async (vector) => {
      // Not by the pin: QEMU counts its queues' reasons for it in a way of its own.
      if ((await ground.signalling()) !== "msix") return;
      const queue = queues[vector];
      if (queue === undefined) return;
      // There is no namespace 1: the command completes at once, with an error.
      await queue.run([
        vector === 0 ? { opcode: GET_FEATURES, 10: NUMBER_OF_QUEUES } : { opcode: FLUSH, 1: 1 },
      ]);
      await queue.take();
    },
    quiet: async () => {},
  };
};

export const nvme: Device = {
  name: "nvme",
  properties: "serial=witness",
  shape: qemuNvme,
  scratch: SCRATCH_BYTES,
  prepare,
};
