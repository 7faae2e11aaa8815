/**
 * The interrupt domain of a kernel above a machine: a device's interrupts are allocated through
 * all levels (vector, remapping entry, message), arrive at a CPU, run their handler and are ended.
 * Vocabulary of kernel/irq/{irqdomain,msi,chip,manage,resend,spurious}.c and
 * arch/x86/kernel/irq.c. The vector layer below is `irq/vector-matrix/assignment`.
 *
 * A command is an entry into the kernel's code or an act of the hardware. Every answer carries
 * `bus`, the register accesses that the code made; the judge's own machine carries them out, so
 * the hardware's state is always the consequence of what the system itself wrote.
 */
import * as t from "io-ts";
import { boundedInt } from "../../core/int.js";
import { tagged } from "../../core/tagged.js";
import { ApicMode } from "../../hardware/machine/vocabulary.js";
import { Requester, Word32 } from "../msi-message/vocabulary.js";
import { Policy } from "../vector-matrix/assignment/vocabulary.js";
import { Bus } from "./bus.js";

export const MAX_CPUS = 256;
export const MAX_IRQS = 4096;
/** LAPIC timer, Linux LOCAL_TIMER_VECTOR. */
export const TIMER_VECTOR = 0xec;
/** Linux SPURIOUS_APIC_VECTOR. */
export const SPURIOUS_VECTOR = 0xff;
/** Handlers that share a legacy line, at most. */
export const MAX_SHARERS = 8;

const Cpu = boundedInt("CPU", 0, MAX_CPUS - 1);
const CpuSet = t.readonlyArray(Cpu, "a list of CPUs");
const Vector = boundedInt("vector", 0, 255);
const Vectors = t.readonlyArray(Vector, "a list of vectors");
/** An interrupt of a device: the devices' interrupts counted through, first device first. */
export const IrqId = boundedInt("interrupt", 0, MAX_IRQS - 1);
const DeviceNumber = boundedInt("device", 0, 63);
const LineNumber = boundedInt("line", 0, 15);
const Sharer = boundedInt("handler", 0, MAX_SHARERS - 1);

export const Device = t.readonly(
  t.exact(
    t.type({
      requester: Requester,
      source: t.union([t.literal("msi"), t.literal("msix")], '"msi" or "msix"'),
      /** Messages (a power of two) or table entries. */
      entries: boundedInt("entries", 1, 2048),
      /** MSI with mask bits; MSI-X always. */
      maskable: t.boolean,
    }),
  ),
  "device",
);
export type Device = t.TypeOf<typeof Device>;

export const Config = t.readonly(
  t.exact(
    t.type({
      /** APIC id of each possible CPU. */
      apicIds: t.readonlyArray(Word32, "a list of APIC ids"),
      apic: ApicMode,
      /** CPUs online at the start. */
      online: CpuSet,
      hotplug: t.boolean,
      remapping: t.union(
        [t.literal("none"), t.literal("intel"), t.literal("amd")],
        '"none", "intel" or "amd"',
      ),
      /** AMD: 128-bit entries. Intel: extended interrupt mode. */
      wide: t.boolean,
      /** Entries of a remapping table, a power of two. */
      tableEntries: boundedInt("table entries", 2, 65536),
      /** Device vectors of a CPU, [start, end). */
      start: boundedInt("first device vector", 0x20, 0xea),
      end: boundedInt("end of the device vectors", 0x21, 0xeb),
      /** Vectors in that range that are reserved on all CPUs. */
      system: Vectors,
      devices: t.readonlyArray(Device, "a list of devices"),
      /** Vector of each shared legacy line, on the lowest online CPU; outside the range above. */
      lines: Vectors,
      /** Interrupts of a line that are looked at together. Linux: 100000. */
      window: boundedInt("window", 2, 100000),
      /** A line with more unhandled ones than this in a window is switched off. Linux: 99900. */
      limit: boundedInt("limit", 1, 100000),
    }),
  ),
  "interrupt domain configuration",
);
export type Config = t.TypeOf<typeof Config>;

export const Fate = t.union(
  [t.literal("sent"), t.literal("lost"), t.literal("late"), t.literal("twice")],
  '"sent", "lost", "late" or "twice"',
);
export type Fate = t.TypeOf<typeof Fate>;

export const Command = tagged("interrupt domain command", {
  /**
   * Interrupts [first, first + count) of a device, all or none, through all levels of the domain
   * and early activation, as msi_domain_alloc_irqs_range(). `cpus` as in vector assignment: the
   * affinity, empty for the default one.
   */
  alloc: {
    device: DeviceNumber,
    first: boundedInt("first interrupt", 0, 4095),
    count: boundedInt("number of interrupts", 1, 32),
    policy: Policy,
    cpus: CpuSet,
  },
  /** Back through all levels: of MSI-X this interrupt, of MSI all of the device. */
  free: { irq: IrqId },
  /** request_irq(): bind, activate, unmask. */
  startup: { irq: IrqId },
  /** free_irq(): mask, deactivate. Issued when no handler of it runs, as it would wait for that. */
  shutdown: { irq: IrqId },
  /** disable_irq_nosync() and enable_irq(); they nest. */
  disable: { irq: IrqId },
  enable: { irq: IrqId },
  /** The mask of the interrupt chip, as a driver's or the core's code uses it. */
  mask: { irq: IrqId },
  unmask: { irq: IrqId },
  setAffinity: { irq: IrqId, cpus: CpuSet },
  /**
   * The CPU takes `vector`, the one its local APIC offers, and runs the kernel's entry code up to
   * the start of a handler. `pending`: what is requested beside it in that APIC. `again`: the
   * device raises once more right after the first message that this command writes.
   */
  take: { cpu: Cpu, vector: Vector, pending: Vectors, again: t.boolean },
  /** The handler that runs on the CPU returns. */
  handled: { cpu: Cpu },
  /** A CPU that waits for the end of a handler on another one looks again. */
  resume: { cpu: Cpu },
  /** The CPU takes the spurious vector: no bit is set in service. */
  spurious: { cpu: Cpu },
  /** The cleanup timer of the CPU fires. `pending`: requested in its local APIC. */
  cleanup: { cpu: Cpu, pending: Vectors },
  cpuDown: { cpu: Cpu, pending: Vectors },
  cpuUp: { cpu: Cpu },
  // The hardware alone.
  /** The device has an event, and what becomes of its message. */
  event: { irq: IrqId, fate: Fate },
  /** A message that was late arrives. */
  arrive: { nth: boundedInt("late message", 0, 7) },
  /** A request that nobody made appears in a local APIC. */
  phantom: { cpu: Cpu, vector: Vector },
  /** The timer of the CPU's local APIC fires. */
  timer: { cpu: Cpu },
  // Shared legacy lines.
  request: { line: LineNumber, handler: Sharer },
  release: { line: LineNumber, handler: Sharer },
  /**
   * The line interrupts, `asserted` naming the sharers whose devices caused it; each is served by
   * its own handler. `late`: more than a tenth of a second after the last unhandled one.
   */
  line: {
    line: LineNumber,
    asserted: t.readonlyArray(Sharer, "a list of handlers"),
    late: t.boolean,
  },
});
export type Command = t.TypeOf<typeof Command>;
export type CommandKind = Command["kind"];
export const commandKinds: readonly CommandKind[] = Command.kinds;

export const Errno = t.union(
  [
    t.literal("EINVAL"),
    t.literal("ENOSPC"),
    t.literal("ENOMEM"),
    t.literal("EBUSY"),
    t.literal("EEXIST"),
    t.literal("ERANGE"),
    t.literal("EPERM"),
    t.literal("EIO"),
  ],
  '"EINVAL", "ENOSPC", "ENOMEM", "EBUSY", "EEXIST", "ERANGE", "EPERM" or "EIO"',
);
export type Errno = t.TypeOf<typeof Errno>;

/** Wide enough to hold a system's nonsense: legality is the clauses' business. */
const Any = boundedInt("number", 0, 0xffffffff);
const Anys = t.readonlyArray(Any, "a list of numbers");

/** Writes that the code made, in order. */
const bus = Bus;

export const Response = tagged("interrupt domain response", {
  done: { bus },
  /**
   * Interrupt number i of the request has the kernel's number numbers[i], its message leads to
   * (cpus[i], vectors[i]), and with remapping its entry is indices[i]. `reserved` as in vector
   * assignment: for `managed`, the vector set aside on each CPU, interrupt by interrupt.
   */
  allocated: { numbers: Anys, cpus: Anys, vectors: Anys, reserved: Anys, indices: Anys, bus },
  /** Given back; for `managed` the vectors given up, interrupt by interrupt. */
  freed: { vectors: t.readonlyArray(t.union([Any, t.null]), "a list of vectors or null"), bus },
  /** Started, or moved at once, and now at this pair; a first pair of a start is still live. */
  at: {
    cpu: Any,
    vector: Any,
    prevCpu: t.union([Any, t.undefined]),
    prevVector: t.union([Any, t.undefined]),
    bus,
  },
  parked: { bus },
  stored: { bus },
  deferred: { bus },
  /** The handler of the interrupt starts on the CPU; the interrupt is at this pair by then. */
  running: {
    irq: Any,
    cpu: Any,
    vector: Any,
    /** What the device raised again came with the first of two messages and was sent on. */
    stray: t.union([t.boolean, t.undefined]),
    bus,
  },
  /** Acknowledged and remembered; no handler runs: it is disabled, or runs elsewhere. */
  held: {
    irq: Any,
    cpu: Any,
    vector: Any,
    stray: t.union([t.boolean, t.undefined]),
    bus,
  },
  /** Not acknowledged yet: its handler runs on another CPU, and this one waits for the end. */
  waiting: { irq: Any, bus },
  /** The handler returned and the CPU is free. */
  idle: { bus },
  /** Nobody's interrupt; `reported` if the kernel says so in its log. */
  stray: { reported: t.boolean, bus },
  /** The scheduler tick of this CPU ran. */
  tick: { bus },
  cleaned: { irqs: Anys, bus },
  moved: { irqs: Anys, cpus: Anys, vectors: Anys, bus },
  /** Handlers of the line that ran, in order; `off`: nobody cared, the line is switched off. */
  served: { handlers: Anys, off: t.boolean, bus },
  failed: { error: Errno, bus },
  fatal: {},
});
export type Response = t.TypeOf<typeof Response>;

/**
 * What a system may show beside its answers. `irqs`, `slots`, `maps`: those of vector assignment.
 * `messages`: the message cached for each interrupt, its number and whether a handler is owed.
 * `counters`: what each CPU counted, spurious interrupts and ticks. `lines`: shared lines.
 */
export const observables = ["irqs", "slots", "maps", "messages", "counters", "lines"] as const;

export type { CpuPart, Desc, DomainView, HardwareView, Line, Pair } from "./views.js";
