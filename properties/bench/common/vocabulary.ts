/**
 * A small vector allocator that several other tools were measured on, so that figures can be put
 * side by side. N CPUs with V vectors each; a slot is one vector of one CPU.
 */
import * as t from "io-ts";
import type { Transition } from "../../../spec/core/clause.js";
import { boundedInt } from "../../../spec/core/int.js";
import { tagged } from "../../../spec/core/tagged.js";

export const MAX_CPUS = 8;
export const MAX_VECTORS = 224;

export const Config = t.readonly(
  t.exact(
    t.type({
      cpus: boundedInt("number of CPUs", 1, MAX_CPUS),
      vectors: boundedInt("vectors of a CPU", 1, MAX_VECTORS),
      /** Threads that allocate in two steps, `begin` and `commit`. */
      threads: boundedInt("threads", 0, 2),
    }),
  ),
  "common specification configuration",
);
export type Config = t.TypeOf<typeof Config>;

const Cpu = boundedInt("CPU", 0, MAX_CPUS - 1);
const Vector = boundedInt("vector", 0, MAX_VECTORS - 1);
/** Bit c stands for CPU c; never empty. */
const Mask = boundedInt("CPU mask", 1, (1 << MAX_CPUS) - 1);
const Thread = boundedInt("thread", 0, 1);

export const Command = tagged("common specification command", {
  /** The online CPU of the mask with most available, lowest number on a tie; its lowest vector. */
  alloc: { mask: Mask },
  free: { cpu: Cpu, vector: Vector },
  /** Moves what is used to other CPUs; refused for the last CPU and where that does not fit. */
  offline: { cpu: Cpu },
  online: { cpu: Cpu },
  /** Takes a vector out of use on every CPU; it must be free everywhere. */
  sysres: { vector: Vector },
  sysfree: { vector: Vector },
  /** Sets the lowest free vector aside on every CPU of the mask, or on none. */
  mres: { mask: Mask },
  mfree: { mask: Mask },
  /** Uses the lowest vector set aside of the online CPU with most of them. */
  malloc: { mask: Mask },
  /** Picks a slot as `alloc` does, without taking it. */
  begin: { thread: Thread, mask: Mask },
  /** Takes the picked slot if it is still free; the pick is gone either way. */
  commit: { thread: Thread },
});
export type Command = t.TypeOf<typeof Command>;

export const Response = tagged("common specification response", {
  done: {},
  granted: { cpu: Cpu, vector: Vector },
  /** Nothing changed but, after a commit, the thread's pick. */
  refused: {},
});
export type Response = t.TypeOf<typeof Response>;

export type SlotKind = "free" | "used" | "system" | "reserved" | "managed";

/** The seeded bugs: free acts on CPU 0; commit does not re-check; a refusal loses `available`. */
export type Bug = "a" | "b" | "c";

/** The state as clauses and the generator see it. */
export interface CommonView {
  /** Bit c is set when CPU c is online. */
  readonly onlineMask: number;
  readonly globalAvailable: number;
  readonly globalAllocated: number;
  readonly globalReserved: number;
  available(cpu: number): number;
  allocated(cpu: number): number;
  reserved(cpu: number): number;
  /** Recounts from the slots: free; used or managed in use; set aside and idle. */
  countFree(cpu: number): number;
  countAllocated(cpu: number): number;
  countReserved(cpu: number): number;
  countSystem(): number;
  /** Whether some slot of the CPU is of two kinds at once. */
  overlaps(cpu: number): boolean;
  slot(cpu: number, vector: number): SlotKind;
  /** The first vector in use at or after `from`, cyclically; -1 when the CPU uses none. */
  nextInUse(cpu: number, from: number): number;
  /** The slot a thread picked, cpu * vectors + vector, or -1. */
  picked(thread: number): number;
}

export type CommonTransition = Transition<Config, Command, Response, CommonView>;
