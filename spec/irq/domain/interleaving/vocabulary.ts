/**
 * Interrupt operations cut into their atomic steps: moving, disabling, freeing and allocating by
 * up to three threads, taking and handling by CPUs, firing by devices. Every command is one atomic
 * step of one actor, and the answer says what that step did, so that every order of the steps of
 * all actors is a trace of its own.
 */
import * as t from "io-ts";
import { boundedInt } from "../../../core/int.js";
import { tagged } from "../../../core/tagged.js";

export const MAX_THREADS = 3;
export const MAX_CPUS = 3;
export const MAX_VECTORS = 4;
export const MAX_INTERRUPTS = 2;

/** Threads first, then the CPUs. */
const Actor = boundedInt("actor", 0, MAX_THREADS + MAX_CPUS - 1);
const Cpu = boundedInt("CPU", 0, MAX_CPUS - 1);
/** Number of a vector among the device vectors of a CPU; the highest is taken first. */
const Vector = boundedInt("vector", 0, MAX_VECTORS - 1);
const Interrupt = boundedInt("interrupt", 0, MAX_INTERRUPTS - 1);

export const Config = t.readonly(
  t.exact(
    t.type({
      cpus: boundedInt("CPUs", 1, MAX_CPUS),
      /** Device vectors of each CPU. */
      vectors: boundedInt("vectors", 1, MAX_VECTORS),
      interrupts: boundedInt("interrupts", 1, MAX_INTERRUPTS),
      /** The first so many are set up at the start, number i on CPU i mod `cpus`. */
      live: boundedInt("live interrupts", 0, MAX_INTERRUPTS),
      threads: boundedInt("threads", 1, MAX_THREADS),
      /** Most events of each device in a run. */
      events: boundedInt("events", 1, 7),
      /** Most operations that each thread begins in a run. */
      operations: boundedInt("operations", 1, 7),
      /** A remapping entry with a cache stands between device and CPUs. */
      remapped: t.boolean,
      /** Without remapping: a move is stored and done by the CPU that handles the next event. */
      deferred: t.boolean,
      /** Disabling sets a flag only; the entry is masked when an event comes. */
      lazy: t.boolean,
      /** CPUs take what is pending, and read its slot, before a freed vector is given away. */
      prompt: t.boolean,
    }),
  ),
  "interleaving configuration",
);
export type Config = t.TypeOf<typeof Config>;

/** What a thread can be told to do. */
export const operations = ["move", "disable", "enable", "free", "allocate"] as const;
const Operation = t.union(
  [
    t.literal("move"),
    t.literal("disable"),
    t.literal("enable"),
    t.literal("free"),
    t.literal("allocate"),
  ],
  '"move", "disable", "enable", "free" or "allocate"',
);
export type Operation = t.TypeOf<typeof Operation>;

export const Command = tagged("interleaving command", {
  /** A thread begins an operation; `cpu` is where to move or allocate to, else 0. */
  begin: { actor: Actor, operation: Operation, interrupt: Interrupt, cpu: Cpu },
  /** The next atomic step of a thread or of a CPU that is at work. */
  step: { actor: Actor },
  /** The device has an event for this interrupt. */
  raise: { interrupt: Interrupt },
  /** An idle CPU takes its highest pending vector. */
  interrupt: { cpu: Cpu },
  /** The timer that gives old vectors back fires on an idle CPU. */
  cleanup: { cpu: Cpu },
});
export type Command = t.TypeOf<typeof Command>;
export type CommandKind = Command["kind"];
export const commandKinds: readonly CommandKind[] = Command.kinds;

const pair = { cpu: Cpu, vector: Vector };
/** Of an interrupt, or the one over all vectors and slots. */
const Lock = t.union([t.literal("interrupt"), t.literal("matrix")], '"interrupt" or "matrix"');
const Wait = t.union(
  [t.literal("interrupt"), t.literal("matrix"), t.literal("handler"), t.literal("in flight")],
  '"interrupt", "matrix", "handler" or "in flight"',
);
export type Wait = t.TypeOf<typeof Wait>;

/** What the step did. Where no interrupt is named it is the one the actor works on. */
export const Response = tagged("interleaving response", {
  began: {},
  /** The command makes no sense now; nothing was done. */
  refused: {},
  /** Nothing was done: a lock is held, a handler runs, or a message is on its way. */
  blocked: { on: Wait },
  locked: { lock: Lock },
  unlocked: { lock: Lock },
  /** A vector was chosen; it is not taken yet. */
  found: pair,
  /** None is needed, or none is free, or an earlier move is not over. */
  nothing: {},
  /** The bit of the vector was set. */
  claimed: pair,
  /** The interrupt's own record names the pair now, and the pair before as the old one. */
  recorded: pair,
  slotSet: pair,
  slotCleared: pair,
  /** The bit of the vector was cleared. */
  released: pair,
  /** The record names the old pair no more; after a free, no pair at all. */
  forgot: {},
  // One write to the MSI-X entry each.
  masked: {},
  unmasked: {},
  wroteAddress: { cpu: Cpu },
  wroteData: { vector: Vector },
  // The remapping entry.
  wroteEntry: pair,
  clearedEntry: {},
  invalidated: {},
  /** The old pair waits for the cleanup timer of its CPU. */
  queued: {},
  /** The move is stored for the next event. */
  wanted: { cpu: Cpu },
  disabled: {},
  enabled: {},
  /** The kernel sent itself the vector. */
  resent: pair,
  /** The handler is installed. */
  registered: {},
  unregistered: {},
  /** No handler of the interrupt is running. */
  handlerIdle: {},
  /** No vector of the interrupt is pending or in service at a CPU. */
  landed: {},
  /** Whether the old vector is pending at its CPU. */
  inspected: { pending: t.boolean },
  took: { vector: Vector },
  dispatched: { interrupt: Interrupt },
  /** The slot is empty. */
  spurious: {},
  /** The event is noted for a run later. */
  marked: {},
  /** EOI. */
  acknowledged: {},
  /** The handler begins to run. */
  started: {},
  ended: {},
  /** The interrupt counts as running no more. */
  closed: {},
  /** The operation is over, or the CPU returns to what it did before. */
  finished: {},
  // A device's event.
  sent: pair,
  /** The entry is masked; the event waits in its pending bit. */
  pended: {},
  /** The remapping entry is not present. */
  faulted: {},
});
export type Response = t.TypeOf<typeof Response>;
export type ResponseKind = Response["kind"];

/** `cpu * vectors + vector`; -1 for none. */
export type Pair = number;
export const NONE = -1;

export type Phase = "unused" | "live" | "freed";

/** The kernel's record of an interrupt, and what the judge counts. */
export type Irq = {
  readonly phase: Phase;
  readonly at: Pair;
  /** Still owned until cleaned up. */
  readonly old: Pair;
  readonly queued: boolean;
  /** Since the last move an event was taken on the new CPU. */
  readonly handled: boolean;
  readonly wanted: number;
  readonly disabled: boolean;
  /** An event is noted for a later run. */
  readonly marked: boolean;
  /** Actor, a CPU, that counts as running the handler, or -1. */
  readonly runner: number;
  /** Actor that holds the interrupt's lock, or -1. */
  readonly holder: number;
  /** An event came since the last run began. */
  readonly owed: boolean;
  readonly raises: number;
  readonly runs: number;
};

/** MSI-X entry and remapping entry of an interrupt. */
export type Entry = {
  readonly cpu: number;
  readonly vector: number;
  readonly masked: boolean;
  readonly pending: boolean;
  /** What the remapping entry in memory names, and what the unit has cached. */
  readonly memory: Pair;
  readonly cached: Pair;
};

/** What an actor is at. */
export type Work = Operation | "request" | "interrupt" | "cleanup";

export type ActorState = {
  readonly work: Work | undefined;
  readonly interrupt: number;
  /** CPU to move or allocate to. */
  readonly target: number;
  /** Steps of its program that are done or left out, as bits. */
  readonly done: number;
  readonly found: Pair;
  /** What it reported to wait for, since its last step. */
  readonly waits: Wait | undefined;
  /** Operations begun. */
  readonly begun: number;
  /** CPU: the vector in hand. */
  readonly pair: Pair;
  /** CPU: the handler's code runs. */
  readonly running: boolean;
};

/** Memory, devices, CPUs and actors at one instant. Sets of pairs are bit masks. */
export type View = {
  /** Vectors taken. */
  readonly bits: number;
  /** Interrupt number a pair, or -1. */
  readonly slots: readonly number[];
  readonly irr: number;
  readonly isr: number;
  /** Actor that holds the lock over vectors and slots, or -1. */
  readonly holder: number;
  readonly irqs: readonly Irq[];
  readonly entries: readonly Entry[];
  readonly actors: readonly ActorState[];
};

/** `matrix`: the vectors taken and the slots, as the system has them itself. */
export const observables = ["matrix"] as const;
