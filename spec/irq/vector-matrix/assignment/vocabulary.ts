/**
 * The vector layer above the matrix: which interrupt owns which (CPU, vector), how it moves, and
 * what CPU hotplug does to it. Vocabulary of arch/x86/kernel/apic/{vector,msi}.c and
 * kernel/irq/{manage,migration,cpuhotplug,affinity}.c. The counters and maps below it are those
 * of `irq/vector-matrix/allocator`.
 */
import * as t from "io-ts";
import { boundedInt } from "../../../core/int.js";
import { tagged } from "../../../core/tagged.js";
import { CpuId, IDT_VECTORS, MAX_CPUS, type MatrixView } from "../allocator/vocabulary.js";

export const MAX_IRQS = 65536;
/** Linux MANAGED_IRQ_SHUTDOWN_VECTOR: target of set-up interrupts without a vector of their own. */
export const SHUTDOWN_VECTOR = 0xef;

/** Interrupt number of this suite, 0..irqs-1; a harness maps it to whatever its kernel uses. */
export const IrqId = boundedInt("interrupt", 0, MAX_IRQS - 1);
/** A vector. 0 means none: it is the divide error and never an interrupt. */
export const Vector = boundedInt("vector", 0, IDT_VECTORS - 1);
const CpuSet = t.readonlyArray(CpuId, "a list of CPUs");

const required = {
  /** Possible CPUs, 1..8192. */
  cpus: boundedInt("number of CPUs", 1, MAX_CPUS),
  /** Width of the matrix in bits; 256 on x86. */
  bits: boundedInt("matrix bits", 2, IDT_VECTORS),
  /** Device range [start, end). Linux: 32..235. Vector 0 means none, so start is at least 1. */
  start: boundedInt("first device vector", 1, IDT_VECTORS - 1),
  end: boundedInt("end of the device range", 2, IDT_VECTORS),
  /** Vectors reserved on all CPUs before the first CPU comes online. */
  system: t.readonlyArray(boundedInt("vector", 0, IDT_VECTORS - 1)),
  /** CPUs online at the start. */
  online: CpuSet,
  /** Whether CPUs come and go. */
  hotplug: t.boolean,
  /** Number of interrupts that can be set up at a time. */
  irqs: boundedInt("number of interrupts", 1, MAX_IRQS),
  /** Interrupt remapping: moves happen at once instead of at the next interrupt. */
  remapping: t.boolean,
  /** Ticks within which the vector of a finished move must be free once nothing is pending on it. */
  cleanupBound: boundedInt("ticks", 1, 1000),
};

const optional = {
  /** NUMA node of each CPU; absent: no node is known. */
  nodes: t.readonlyArray(boundedInt("node", 0, MAX_CPUS - 1), "a node for each CPU"),
  /** Core of each CPU; CPUs of one core are SMT siblings. Absent: one CPU a core. */
  cores: t.readonlyArray(boundedInt("core", 0, MAX_CPUS - 1), "a core for each CPU"),
  /** CPUs that are plugged in; absent: all. Only spreading looks at it. */
  present: CpuSet,
  /** APIC id of each CPU, the destination of its messages; absent: the CPU number. */
  apicIds: t.readonlyArray(boundedInt("APIC id", 0, 0xffffffff), "an APIC id for each CPU"),
};

export const Config = t.readonly(
  t.exact(t.intersection([t.type(required), t.partial(optional)])),
  "vector assignment configuration",
);
export type Config = t.TypeOf<typeof Config>;

/**
 * `managed`: the kernel owns the affinity, a vector is set aside on every CPU of it. `reserve`: a
 * global count until it starts. `explicit`: a vector of the given CPUs from the beginning.
 */
export const Policy = t.union(
  [t.literal("managed"), t.literal("reserve"), t.literal("explicit")],
  '"managed", "reserve" or "explicit"',
);
export type Policy = t.TypeOf<typeof Policy>;

export const Command = tagged("vector assignment command", {
  /**
   * Allocate interrupts irq..irq+count-1 of one device and activate them early, as
   * pci_alloc_irq_vectors() does: all or none. `cpus` is the affinity of each; the empty set, for
   * `reserve` only, means the default one. `maskable`: MSI-X, or MSI with mask bits. `node` is
   * the device's, used where no affinity is given.
   */
  setup: {
    irq: IrqId,
    count: boundedInt("number of interrupts", 1, 2048),
    cpus: CpuSet,
    policy: Policy,
    maskable: t.boolean,
    node: t.union([boundedInt("node", 0, MAX_CPUS - 1), t.undefined]),
  },
  /** request_irq(): bind a real vector, unmask. */
  startup: { irq: IrqId },
  /** free_irq(): mask, give the vector back. */
  shutdown: { irq: IrqId },
  /** pci_free_irq_vectors() for one interrupt that is shut down. */
  teardown: { irq: IrqId },
  /** disable_irq() and enable_irq() by the driver; they nest. */
  disable: { irq: IrqId },
  enable: { irq: IrqId },
  /** A user writes /proc/irq/N/smp_affinity. */
  setAffinity: { irq: IrqId, cpus: CpuSet },
  /** A message reaches a CPU and stays pending in its IRR. */
  pend: { cpu: CpuId, vector: Vector },
  /**
   * The CPU takes a pending vector. `again`: the device raises once more right after the first
   * write of a new message that this command makes, if it makes one.
   */
  deliver: { cpu: CpuId, vector: Vector, again: t.boolean },
  /** `pend` and `deliver` in one. */
  interrupt: { cpu: CpuId, vector: Vector, again: t.boolean },
  /** The cleanup timer of a CPU fires. */
  cleanup: { cpu: CpuId },
  /** One tick of time: every armed cleanup timer fires. */
  tick: {},
  /** `arriving`: vectors whose message reaches the CPU after its interrupts have moved away. */
  cpuDown: { cpu: CpuId, arriving: t.readonlyArray(Vector, "a list of vectors") },
  cpuUp: { cpu: CpuId },
  /** Affinity masks for `vectors` interrupts of which `pre` first and `post` last are not spread. */
  spread: {
    vectors: boundedInt("vectors", 0, 2048),
    pre: boundedInt("vectors", 0, 2048),
    post: boundedInt("vectors", 0, 2048),
  },
});
export type Command = t.TypeOf<typeof Command>;
export type CommandKind = Command["kind"];
export type Setup = Extract<Command, { kind: "setup" }>;
export const commandKinds: readonly CommandKind[] = Command.kinds;

export const Errno = t.union(
  [
    t.literal("EINVAL"),
    t.literal("ENOSPC"),
    t.literal("EBUSY"),
    t.literal("EPERM"),
    t.literal("EIO"),
  ],
  '"EINVAL", "ENOSPC", "EBUSY", "EPERM" or "EIO"',
);
export type Errno = t.TypeOf<typeof Errno>;

/** Wide enough to hold a system's nonsense: legality is the clauses' business. */
const Any = boundedInt("number", 0, 0xffffffff);
const Anys = t.readonlyArray(Any, "a list of numbers");

export const Response = tagged("vector assignment response", {
  done: {},
  /**
   * All set up. Interrupt irq+i has its message at (cpus[i], vectors[i]), vector 239 where it has
   * none of its own. `reserved`: for `managed`, the vector set aside on each CPU of the affinity,
   * CPUs ascending, interrupt by interrupt.
   */
  ready: { cpus: Anys, vectors: Anys, reserved: Anys },
  /**
   * Started, or moved at once, and now at this pair. A start that first gave another pair, still
   * live, names it as well.
   */
  at: {
    cpu: Any,
    vector: Any,
    prevCpu: t.union([Any, t.undefined]),
    prevVector: t.union([Any, t.undefined]),
  },
  /** Managed and no CPU of its affinity is online: waits for one. */
  parked: {},
  /** The affinity is stored; nothing is active that would have to move. */
  stored: {},
  /** The affinity is stored and will be applied at the next interrupt. */
  deferred: {},
  /**
   * The interrupt was acknowledged, and is at this pair afterwards; `handled` by its driver.
   * `stray`: what the device raised again is pending on the CPU that took the interrupt too,
   * under the new vector, having come with the first of two messages.
   */
  delivered: {
    irq: Any,
    handled: t.boolean,
    cpu: Any,
    vector: Any,
    stray: t.union([t.boolean, t.undefined]),
  },
  /** No interrupt owns this vector on this CPU. */
  spurious: {},
  /** Interrupts whose previous vector was released, ascending. */
  cleaned: { irqs: Anys },
  /** Torn down; for `managed` the vector given up on each CPU of the affinity, ascending. */
  released: { vectors: t.readonlyArray(t.union([Any, t.null]), "a list of vectors or null") },
  /** Interrupt irqs[i] is at (cpus[i], vectors[i]) afterwards; those that moved, ascending. */
  moved: { irqs: Anys, cpus: Anys, vectors: Anys },
  /** `groups` CPU groups were made; a mask for each vector. */
  masks: {
    groups: Any,
    masks: t.readonlyArray(Anys, "a list of masks"),
    managed: t.readonlyArray(t.boolean, "a list of booleans"),
  },
  failed: { error: Errno },
  /** The kernel does not survive it. Linux: BUG_ON. */
  fatal: {},
});
export type Response = t.TypeOf<typeof Response>;

/**
 * What a system may show beside its responses. `counters`, `maps`: those of the matrix. `irqs`:
 * the fields of struct apic_chip_data and of the interrupt core. `slots`: per CPU, the table from
 * vector to interrupt, the pending bits and the cleanup timer. `aff`: requested, pending and
 * effective sets. `writes`: the messages written by the last command.
 */
export const observables = ["counters", "maps", "irqs", "slots", "aff", "writes"] as const;

/** One write of (address, data), as destination APIC id and vector. (0, 0) is the zero message. */
export type Write = { readonly irq: number; readonly dest: number; readonly vector: number };

/** What a slot of a CPU's vector table holds beside an interrupt number. */
export const SLOT_UNUSED = -1;
/** A vector was taken from its interrupt; a late arrival is no surprise. */
export const SLOT_SHUTDOWN = -2;
/** A pending interrupt was sent elsewhere; its late arrival here is no surprise. */
export const SLOT_RETRIGGERED = -3;

/** One interrupt: Linux struct apic_chip_data and the parts of struct irq_data that matter. */
export type Irq = {
  readonly managed: boolean;
  readonly maskable: boolean;
  /** NUMA node, -1 unknown. */
  readonly node: number;
  /** Vector owned now, 0 none, on `cpu`. `cpu` keeps its last value. */
  readonly vector: number;
  readonly cpu: number;
  readonly prevVector: number;
  readonly prevCpu: number;
  readonly moveInProgress: boolean;
  /** On the cleanup list of `prevCpu`. */
  readonly listed: boolean;
  readonly canReserve: boolean;
  readonly hasReserved: boolean;
  /** The core's own flag, withdrawn for interrupts that must not be left on a parked vector. */
  readonly coreCanReserve: boolean;
  /** What messages are composed from: vector and CPU. */
  readonly hwVector: number;
  readonly hwCpu: number;
  /** CPU sets, ascending. */
  readonly affinity: readonly number[];
  readonly effective: readonly number[];
  /** A move stored for the next interrupt. */
  readonly pending: readonly number[] | undefined;
  readonly affinitySet: boolean;
  readonly activated: boolean;
  readonly started: boolean;
  /** A driver asked for it (has a handler). */
  readonly requested: boolean;
  /** Disable depth; 0 is enabled. */
  readonly depth: number;
  readonly managedShutdown: boolean;
  /** Last message written to the device. */
  readonly message: { readonly dest: number; readonly vector: number };
  /** Ghost: ticks for which cleanup was due and did not happen, capped above the bound. */
  readonly waited: number;
  /** Ghost: its CPU went away while it was not started, so its slot is gone (A10). */
  readonly stranded: boolean;
};

/** The state as clauses see it. All methods are total. */
export interface VectorView {
  readonly matrix: MatrixView;
  readonly irqCount: number;
  /** Undefined: not set up. */
  irq(irq: number): Irq | undefined;
  online(cpu: number): boolean;
  /** Interrupt number or one of SLOT_*. */
  slot(cpu: number, vector: number): number;
  /** The vector is set in the CPU's IRR. */
  isPending(cpu: number, vector: number): boolean;
  pendingVectors(cpu: number): readonly number[];
  timerArmed(cpu: number): boolean;
  /** Message writes of the last command, in order. */
  readonly writes: readonly Write[];
}
