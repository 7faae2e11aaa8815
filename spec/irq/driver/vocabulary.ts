/**
 * What a driver daemon sees of interrupts: it asks which kinds a device supports, gets 1..n
 * vectors, enables them, waits, and gives them back or dies. Vocabulary of drivers/pci/msi/api.c
 * and of a microkernel's interface on top. Which (CPU, vector) an interrupt gets is the vector
 * layer's business, `irq/vector-matrix/assignment`; the register sequences in full are those of
 * `irq/capability`.
 */
import * as t from "io-ts";
import { boundedInt } from "../../core/int.js";
import { tagged } from "../../core/tagged.js";
import { FunctionShape } from "../../hardware/shape.js";
import { type Message, Word32 } from "../msi-message/vocabulary.js";

export const MAX_CPUS = 64;
export const MAX_DEVICES = 64;
export const MAX_DRIVERS = 64;
/** Linux MANAGED_IRQ_SHUTDOWN_VECTOR: where messages of interrupts without a vector point. */
export const SHUTDOWN_VECTOR = 0xef;

const Cpu = boundedInt("CPU", 0, MAX_CPUS - 1);
const Vector = boundedInt("vector", 0, 255);
/** Position in the configuration's list of devices. */
const DeviceNumber = boundedInt("device number", 0, MAX_DEVICES - 1);
const DriverNumber = boundedInt("driver process", 0, MAX_DRIVERS - 1);
/** Number of an interrupt within its device: message, MSI-X entry, or 0 for the pin. */
const Index = boundedInt("interrupt of the device", 0, 2047);

/** What forbids a kind of interrupt on a device; the sets of all layers add up. */
export const FORCE_LEGACY = 1;
export const NO_MSI = 2;
export const NO_MSIX = 4;
/** Linux's own flag, of the device or of a bus above it; there it forbids MSI and MSI-X (A5). */
export const LINUX_NO_MSI = 8;
const Quirks = boundedInt("quirk flags", 0, 15);

/** Kinds of interrupt a driver is content with, PCI_IRQ_MSIX, PCI_IRQ_MSI, PCI_IRQ_INTX. */
export const ALLOW_MSIX = 1;
export const ALLOW_MSI = 2;
export const ALLOW_LEGACY = 4;
const Modes = boundedInt("allowed modes", 0, 7);

export const Config = t.readonly(
  t.exact(
    t.type({
      /** APIC id of each CPU, at most 0xFE. Every CPU is online. */
      apicIds: t.readonlyArray(boundedInt("APIC id", 0, 0xfe), "a list of APIC ids"),
      /** Device vectors of a CPU, [start, end). */
      vectorStart: boundedInt("first device vector", 0x10, 254),
      vectorEnd: boundedInt("end of the device vectors", 0x11, 255),
      /** One vector table a CPU, or one of all CPUs: a vector taken on one is taken on all. */
      scope: t.union([t.literal("per-cpu"), t.literal("global")], '"per-cpu" or "global"'),
      /** Interrupt remapping: messages name a table index, and several MSI messages can be had. */
      remapping: t.boolean,
      devices: t.readonlyArray(FunctionShape, "a list of PCI functions"),
      /** Driver processes. */
      drivers: boundedInt("driver processes", 1, MAX_DRIVERS),
      /** Ticks within which the vector of a finished move is free again. */
      cleanupBound: boundedInt("ticks", 1, 1000),
    }),
  ),
  "driver interrupt configuration",
);
export type Config = t.TypeOf<typeof Config>;

const handle = { device: DeviceNumber, index: Index };

export const Command = tagged("driver interrupt command", {
  // What a driver asks for.
  /** A driver process opens a device; `layers` are the quirk flags of each layer that has any. */
  attach: {
    device: DeviceNumber,
    driver: DriverNumber,
    layers: t.readonlyArray(Quirks, "a list of quirk flags"),
  },
  /** What the device could have, and what is selected now. */
  query: { device: DeviceNumber },
  /**
   * At least `min`, at most `max` interrupts of one of the allowed modes. `spread`: over the
   * CPUs, the first `pre` of them left alone, such as the admin queue of an NVMe controller.
   */
  alloc: {
    device: DeviceNumber,
    modes: Modes,
    min: boundedInt("least number", 0, 2048),
    max: boundedInt("largest number", 0, 2048),
    spread: t.boolean,
    pre: boundedInt("interrupts that are not spread", 0, 2),
  },
  /** The driver registers for an interrupt; from here on it may come. */
  enable: handle,
  disable: handle,
  /** Asks for the events since the last wait. Without any the driver sleeps until one comes. */
  wait: handle,
  /** The driver has served the device. */
  ack: handle,
  setAffinity: { ...handle, cpus: t.readonlyArray(Cpu, "a list of CPUs") },
  /** A driver asks for this very message in an interrupt's place. */
  program: { driver: DriverNumber, ...handle, addressLo: Word32, addressHi: Word32, data: Word32 },
  /** Gives one MSI-X interrupt back, pci_msix_free_irq(). */
  release: handle,
  /** Gives all back, pci_free_irq_vectors(). The device stays open. */
  releaseAll: { device: DeviceNumber },
  close: { device: DeviceNumber },
  /** The process dies; all its devices are closed for it. */
  crash: { driver: DriverNumber },
  // What hardware and time do. A system answers `done` and has nothing to do.
  /** The device has an event. */
  event: handle,
  // What reaches the kernel.
  /** A CPU takes a vector. */
  interrupt: { cpu: Cpu, vector: Vector },
  /** The interrupt pin of a device is asserted. */
  line: { device: DeviceNumber },
  /** Time passes: vectors of finished moves may be released. */
  tick: {},
});
export type Command = t.TypeOf<typeof Command>;
export type CommandKind = Command["kind"];
export const commandKinds: readonly CommandKind[] = Command.kinds;

export const Errno = t.union(
  [
    t.literal("EINVAL"),
    t.literal("ENOSPC"),
    t.literal("EBUSY"),
    t.literal("ERANGE"),
    t.literal("ENODEV"),
    t.literal("ENOTSUPP"),
    t.literal("EIO"),
    t.literal("EPERM"),
    t.literal("ENOMEM"),
  ],
  "an error name",
);
export type Errno = t.TypeOf<typeof Errno>;

export const Mode = t.union(
  [t.literal("none"), t.literal("msix"), t.literal("msi"), t.literal("legacy")],
  '"none", "msix", "msi" or "legacy"',
);
export type Mode = t.TypeOf<typeof Mode>;

/** A write to a device that the system made, in the order in which it made them. */
export const BusWrite = t.readonly(
  t.exact(
    t.type({
      device: DeviceNumber,
      space: t.union([t.literal("config"), t.literal("bar")], '"config" or "bar"'),
      /** BAR number; 0 for configuration space. */
      bar: boundedInt("BAR", 0, 5),
      /** Byte offset in the space. */
      offset: Word32,
      width: t.union([t.literal(1), t.literal(2), t.literal(4)], "1, 2 or 4"),
      value: Word32,
    }),
  ),
  "bus write",
);
export type BusWrite = t.TypeOf<typeof BusWrite>;

/** Left out by a system that cannot show them; the reference's own then stand for them. */
const writes = t.union([t.readonlyArray(BusWrite, "a list of bus writes"), t.undefined]);

/** Wide enough to hold a system's nonsense: legality is the clauses' business. */
const Any = boundedInt("number", 0, 0xffffffff);
const Anys = t.readonlyArray(Any, "a list of numbers");

export const Response = tagged("driver interrupt response", {
  done: { writes },
  failed: { error: Errno, writes },
  /** Numbers the device and its quirks admit, 0 none; what is selected, and how many. */
  support: { msix: Any, msi: Any, legacy: t.boolean, mode: Mode, count: Any },
  /**
   * `count` interrupts of `mode`. Interrupt i is at (cpus[i], vectors[i]), vector 0 where it gets
   * one only when it is enabled. `reserved`: with `spread`, the vector set aside on each CPU of
   * its share, CPUs ascending, interrupt by interrupt. `indices`: with remapping, the index of
   * each in the table. All empty for `legacy`.
   */
  granted: {
    mode: Mode,
    count: Any,
    cpus: Anys,
    vectors: Anys,
    reserved: Anys,
    indices: Anys,
    writes,
  },
  /** Enabled or moved, and at this pair now; (0, 0) for the pin. */
  at: {
    cpu: Any,
    vector: Any,
    prevCpu: t.union([Any, t.undefined]),
    prevVector: t.union([Any, t.undefined]),
    writes,
  },
  /** The affinity is stored; nothing is live that would have to move. */
  stored: {},
  /** The affinity is applied at the next interrupt. */
  deferred: {},
  /** Events since the last wait: a count, or 1 for some. */
  events: { count: Any },
  blocked: {},
  /**
   * The interrupt of a driver came, and is at this pair afterwards. `woken`: the driver slept.
   * `handled` is false where the driver is not registered for it. `stray` as the vector layer
   * says it: a message of the first of two writes is still pending here.
   */
  delivered: {
    device: Any,
    index: Any,
    handled: t.boolean,
    woken: t.boolean,
    cpu: Any,
    vector: Any,
    stray: t.union([t.boolean, t.undefined]),
    writes,
  },
  spurious: {},
  /** Interrupts whose previous vector was released: devices[i], indices[i]. */
  cleaned: { devices: Anys, indices: Anys },
  /** A message that the kernel did not compose for this driver. */
  refused: { writes },
});
export type Response = t.TypeOf<typeof Response>;

/** What was asked for. */
export type Request = Extract<Command, { kind: "alloc" }>;

export type Handle = {
  /** (CPU, vector) owned now; vector 0: none yet. */
  readonly cpu: number;
  readonly vector: number;
  /** The pair it is moving away from; vector 0: none. */
  readonly prevCpu: number;
  readonly prevVector: number;
  /** Index in the remapping table, -1 without remapping. */
  readonly entry: number;
  /** CPUs it may be on. */
  readonly cpus: readonly number[];
  /** One of a spread request's, with CPUs of its own. */
  readonly queue: boolean;
  /** The driver has registered for it. */
  readonly enabled: boolean;
  /** Ghost: interrupts delivered since the last wait. */
  readonly events: number;
  /** The driver sleeps. */
  readonly waiting: boolean;
  /** Ghost: an interrupt came on one of its CPUs and the driver has seen it. */
  readonly served: boolean;
};

export type Grant = {
  readonly mode: Mode;
  readonly request: Request;
  /** By index; released ones are undefined. One for the pin. */
  readonly handles: readonly (Handle | undefined)[];
};

/** Registers of a device that say how it signals. */
export type Registers = {
  readonly msixEnabled: boolean;
  readonly functionMask: boolean;
  readonly msiEnabled: boolean;
  /** Log2 of the messages enabled, MME. */
  readonly messages: number;
  readonly intxDisabled: boolean;
  /** Bit i of MSI's mask register. */
  readonly msiMask: number;
  /** Mask bit of each MSI-X entry. */
  readonly entryMasks: readonly boolean[];
};

/** Ghost: the last grant that had plenty of vectors to choose from. */
export type Earlier = {
  readonly request: Request;
  readonly quirks: number;
  readonly mode: Mode;
  readonly count: number;
};

export type Device = {
  /** -1: nobody has it open. */
  readonly driver: number;
  /** Of all layers. */
  readonly quirks: number;
  readonly grant: Grant | undefined;
  /** The kernel has masked its line until the driver has served it. */
  readonly lineMasked: boolean;
  /** It has been closed, or its driver died, with live vectors. */
  readonly recycled: boolean;
  readonly earlier: Earlier | undefined;
};

export type Owner = { readonly device: number; readonly index: number };
export type Pair = { readonly cpu: number; readonly vector: number };

/** What an observer may see. All methods are total. */
export interface DriverView {
  readonly devices: readonly Device[];
  registers(device: number): Registers;
  /** Whether the device asserts its pin now. */
  asserts(device: number): boolean;
  message(device: number, index: number): Message;
  /** Where message `index` of a device arrives, if anywhere, as its registers stand. */
  target(device: number, index: number): Pair | undefined;
  owner(cpu: number, vector: number): Owner | undefined;
  /** Vectors allocated on a CPU, ascending. */
  taken(cpu: number): readonly number[];
  /** Vectors of a CPU set aside for spread interrupts, in use or not. */
  aside(cpu: number): number;
  /** Interrupts that will want a vector later. */
  readonly reserved: number;
  /** Neither allocated nor set aside. */
  free(cpu: number): number;
  /** Vectors that wait in the local APIC of a CPU. */
  pending(cpu: number): readonly number[];
}

/**
 * `bus`: the responses carry the writes to devices. `vectors`: vectors taken on each CPU, those
 * set aside, and the count of reservations.
 */
export const observables = ["bus", "vectors"] as const;
