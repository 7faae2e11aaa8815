/**
 * The vector matrix: which (CPU, vector) pairs are reserved, managed, allocated or free.
 * Vocabulary of kernel/irq/matrix.c. The layer that binds interrupts to vectors is
 * `irq/vector-matrix/assignment`.
 */
import * as t from "io-ts";
import { boundedInt } from "../../../core/int.js";
import { tagged } from "../../../core/tagged.js";

export const MAX_CPUS = 8192;
/** Width of the x86 IDT. Smaller matrices exist for exhaustive exploration only. */
export const IDT_VECTORS = 256;
/** First vector after the exceptions (Linux FIRST_EXTERNAL_VECTOR). */
export const FIRST_DEVICE_VECTOR = 0x20;
/** First vector of the system range (Linux FIRST_SYSTEM_VECTOR); the device range ends before it. */
export const FIRST_SYSTEM_VECTOR = 0xeb;
/** Legacy system-call gate, a system bit where IA32 emulation is on. */
export const SYSCALL_VECTOR = 0x80;
/** PIC cascade, ISA IRQ 2, a system bit where a PIC exists. */
export const CASCADE_VECTOR = 0x32;

/** Logical CPU number; not the APIC id. */
export const CpuId = boundedInt("CPU", 0, MAX_CPUS - 1);
/** Index into the IDT. 256 is admitted because Linux's range check admits `matrix_bits` (Q3). */
export const Vector = boundedInt("vector", 0, IDT_VECTORS);

const CpuSet = t.readonlyArray(CpuId, "a list of CPUs");

export const Config = t.readonly(
  t.exact(
    t.type({
      /** Possible CPUs, 1..8192. */
      cpus: boundedInt("number of CPUs", 1, MAX_CPUS),
      /** Width of the matrix in bits; 256 on x86. */
      bits: boundedInt("matrix bits", 1, IDT_VECTORS),
      /** Device range [start, end). Linux: 32..235. */
      start: boundedInt("first device vector", 0, IDT_VECTORS - 1),
      end: boundedInt("end of the device range", 1, IDT_VECTORS),
      /** Vectors reserved on all CPUs before the first CPU comes online. */
      system: t.readonlyArray(boundedInt("vector", 0, IDT_VECTORS - 1)),
      /** CPUs online at the start. */
      online: CpuSet,
      /** A `global` table gives a vector to one CPU at a time; a legal refinement. */
      scope: t.union([t.literal("per-cpu"), t.literal("global")], '"per-cpu" or "global"'),
      /** Whether CPUs come and go. Without hotplug no online/offline command is drawn. */
      hotplug: t.boolean,
    }),
  ),
  "vector matrix configuration",
);
export type Config = t.TypeOf<typeof Config>;

export const Command = tagged("vector matrix command", {
  /** Reserve a vector on all CPUs. Executed by `cpu`, which matters with `replace`. */
  assignSystem: { cpu: CpuId, vector: Vector, replace: t.boolean },
  online: { cpu: CpuId },
  offline: { cpu: CpuId },
  /** One vector on one CPU of the set; `reserved` turns a global reservation into it. */
  alloc: { cpus: CpuSet, reserved: t.boolean },
  /** This vector on this CPU, which executes the call (legacy interrupts at boot). */
  assign: { cpu: CpuId, vector: Vector },
  /** Give back (cpu, vector); `by` is the CPU that executes the call. */
  free: { cpu: CpuId, vector: Vector, managed: t.boolean, by: CpuId },
  /** The same, for the pair that command number `ref` (counted from 0) was answered with. */
  freeRef: { ref: boundedInt("command number", 0, 2 ** 31), managed: t.boolean, by: CpuId },
  /** Set one vector aside on every CPU of the set, online or not. */
  reserveManaged: { cpus: CpuSet },
  removeManaged: { cpus: CpuSet },
  /** Take one of the vectors set aside on an online CPU of the set. */
  allocManaged: { cpus: CpuSet },
  /** Count one interrupt that will want a vector later. */
  reserve: {},
  removeReserved: {},
  /** Non-managed allocated vectors of the CPU (irq_matrix_allocated). */
  allocatedCount: { cpu: CpuId },
  /** Free vectors of all online CPUs, without those of `cpu` if it is going `down`. */
  availableCount: { cpu: CpuId, down: t.boolean },
});
export type Command = t.TypeOf<typeof Command>;
export type CommandKind = Command["kind"];

export const commandKinds: readonly CommandKind[] = Command.kinds;

export const Errno = t.union(
  [t.literal("EINVAL"), t.literal("ENOSPC"), t.literal("EBUSY")],
  '"EINVAL", "ENOSPC" or "EBUSY"',
);
export type Errno = t.TypeOf<typeof Errno>;

/** Wide enough to hold a system's nonsense: legality is the clauses' business. */
const AnswerVector = boundedInt("vector", 0, 0xffffffff);
const AnswerCpu = boundedInt("CPU", 0, 0xffffffff);

export const Response = tagged("vector matrix response", {
  done: {},
  allocated: { cpu: AnswerCpu, vector: AnswerVector },
  /** The vector set aside on each CPU of the set, CPUs ascending. */
  reservedManaged: { vectors: t.readonlyArray(AnswerVector, "a list of vectors") },
  /** The vector given up on each CPU of the set, CPUs ascending; null where there was none. */
  removedManaged: {
    vectors: t.readonlyArray(t.union([AnswerVector, t.null]), "a list of vectors or null"),
  },
  failed: { error: Errno },
  count: { value: boundedInt("count", -(2 ** 31), 2 ** 32) },
  /** Refused as a caller's mistake; nothing changed. Linux: WARN_ON_ONCE. */
  warned: {},
  /** The kernel does not survive it. Linux: BUG_ON. */
  fatal: {},
});
export type Response = t.TypeOf<typeof Response>;

/** What a system may show beside its responses, asked for by an `observe` command. */
export const observables = ["counters", "maps"] as const;

/** The state as clauses see it. All methods are total: an absent CPU reads as offline and empty. */
export interface MatrixView {
  readonly cpuCount: number;
  readonly globalAvailable: number;
  readonly globalReserved: number;
  readonly totalAllocated: number;
  readonly onlineMaps: number;
  isSystem(vector: number): boolean;
  online(cpu: number): boolean;
  initialized(cpu: number): boolean;
  /** Linux's own bookkeeping went wrong on this CPU (quirk Q1); counters there prove nothing. */
  drifted(cpu: number): boolean;
  available(cpu: number): number;
  allocated(cpu: number): number;
  managed(cpu: number): number;
  managedAllocated(cpu: number): number;
  isAllocated(cpu: number, vector: number): boolean;
  isManaged(cpu: number, vector: number): boolean;
  /** The allocated vector number `nth` (from 0, ascending) of a CPU, or -1. */
  nthAllocated(cpu: number, nth: number): number;
  /** Recounts from the maps, never read from a counter. */
  countAllocated(cpu: number): number;
  countManaged(cpu: number): number;
  countManagedAllocated(cpu: number): number;
  /** System bits inside the device range. */
  countSystemInRange(): number;
  /** Whether the maps of a CPU are the same in both views. */
  sameMaps(other: MatrixView, cpu: number): boolean;
}
