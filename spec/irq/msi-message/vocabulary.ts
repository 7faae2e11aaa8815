/**
 * Interrupt messages and their remapping: what a device writes to raise an interrupt, the table
 * entries an IOMMU turns it into, and the operations that keep both in step. Which vector is free
 * on a CPU is `irq/vector-matrix/allocator`'s business; here the caller names CPU and vector.
 */
import * as t from "io-ts";
import { boundedInt, Hex64 } from "../../core/int.js";
import { tagged } from "../../core/tagged.js";

/** Linux MANAGED_IRQ_SHUTDOWN_VECTOR: an interrupt that is set up but not started. */
export const SHUTDOWN_VECTOR = 0xef;
/** Vectors of started device interrupts, [0x20, 0xEB). */
export const FIRST_DEVICE_VECTOR = 0x20;
export const FIRST_SYSTEM_VECTOR = 0xeb;
/** Vectors below it are reserved by the architecture. */
export const FIRST_VALID_VECTOR = 0x10;
/** Destinations that extended ids reach, [0, 0x8000). */
export const EXTENDED_DESTINATIONS = 0x8000;
/** First index of a table that an IO-APIC uses too (AMD). */
export const IOAPIC_INDICES = 32;

export const Word32 = boundedInt("32-bit word", 0, 0xffffffff);
/** Logical CPU number; not the APIC id. */
const Cpu = boundedInt("CPU", 0, 8191);
const Vector = boundedInt("vector", 0, 255);
/** Requester id: bus [15:8], device [7:3], function [2:0]. */
export const Requester = boundedInt("requester id", 0, 0xffff);
const Index = boundedInt("table index", 0, 0xffff);
/** Position in the configuration's list of devices. */
const DeviceNumber = boundedInt("device number", 0, 255);
/** Number of an interrupt within its device: message number, or MSI-X table entry. */
const IrqNumber = boundedInt("interrupt of the device", 0, 2047);

/** One step of the walk from a device to the root: an id it may appear under, and who says so. */
const Alias = t.readonly(t.exact(t.type({ alias: Requester, reporter: Requester })), "alias");
const Aliases = t.readonlyArray(Alias, "a list of aliases");
export type Alias = t.TypeOf<typeof Alias>;

const Device = t.readonly(
  t.exact(
    t.type({
      requester: Requester,
      /** Met after the device's own id, in order; usually none. */
      aliases: Aliases,
      /** An IO-APIC: its interrupts are pins, its table keeps the first 32 entries for them. */
      ioApic: t.boolean,
    }),
  ),
  "device",
);
export type Device = t.TypeOf<typeof Device>;

export const Config = t.readonly(
  t.exact(
    t.type({
      /** APIC id of each CPU; logical id in logical mode. */
      apicIds: t.readonlyArray(Word32, "a list of APIC ids"),
      apic: t.union([t.literal("xapic"), t.literal("x2apic")], '"xapic" or "x2apic"'),
      /** Destination mode of device interrupts. */
      logical: t.boolean,
      /** The hypervisor promises 15-bit destination ids. */
      extendedDestinationId: t.boolean,
      remapping: t.union(
        [t.literal("none"), t.literal("intel"), t.literal("amd")],
        '"none", "intel" or "amd"',
      ),
      /** Entries of each remapping table, a power of two. Hardware: 65536; AMD 512 or 2048. */
      tableEntries: boundedInt("table entries", 2, 65536),
      /** Intel: extended interrupt mode, 32-bit destinations in entries. */
      eim: t.boolean,
      /** Intel: ECAP maximum handle mask value, log2 of the largest block. */
      mhmv: boundedInt("maximum handle mask", 0, 15),
      /** Intel: entries check who sends. */
      sourceChecking: t.boolean,
      /** Intel: CAP bit 62, the hardware invalidates by itself when a table is latched. */
      selfInvalidates: t.boolean,
      /** AMD: 2K-entry tables are supported. */
      amd2k: t.boolean,
      /** AMD: 128-bit entries. */
      ga: t.boolean,
      /** IOMMU units; remapping is on for all of them or for none. */
      units: boundedInt("IOMMU units", 1, 16),
      /** Every IO-APIC and every unit can be covered. */
      coverable: t.boolean,
      devices: t.readonlyArray(Device, "a list of devices"),
      /** Device vectors of a CPU, for blocks without remapping: [start, end). */
      vectorStart: boundedInt("first device vector", 0, 255),
      vectorEnd: boundedInt("end of the device vectors", 1, 256),
    }),
  ),
  "interrupt message configuration",
);
export type Config = t.TypeOf<typeof Config>;

const Kind = t.union([t.literal("msi"), t.literal("msix")], '"msi" or "msix"');
const address = { addressLo: Word32, addressHi: Word32 };
const message = { ...address, data: Word32 };

export const Command = tagged("interrupt message command", {
  // Composition without tables.
  /** The message of an interrupt bound to (cpu, vector); `started` tells a live one apart. */
  compose: { cpu: Cpu, vector: Vector, started: t.boolean },
  /** The same for a raw destination. */
  composeDest: { dest: Word32, vector: Vector, logical: t.boolean },
  /** A message that the Intel IOMMU itself sends. */
  composeIommu: { dest: Word32, vector: Vector, logical: t.boolean },
  /** Fields of a message. */
  decode: message,
  /** Whether the kernel accepts the address as that of an interrupt message. */
  validate: { ...address, iommu: t.boolean },
  /** Vectors for a block of messages on a CPU. Without remapping. */
  allocateVectors: { device: DeviceNumber, cpu: Cpu, count: boundedInt("messages", 1, 32) },
  releaseVectors: { device: DeviceNumber },
  // Encodings under remapping.
  /** Intel: handle and subhandle. AMD: an index, `subhandle` added by the caller. */
  remappable: { index: Index, subhandle: Index },
  encodeIrte: {
    dest: Word32,
    vector: Vector,
    logical: t.boolean,
    sid: Requester,
    sq: boundedInt("SQ", 0, 3),
    svt: boundedInt("SVT", 0, 2),
  },
  decodeIrte: { lo: Hex64, hi: Hex64 },
  /** Intel: how entries of this device check the requester. */
  sourceId: { requester: Requester, aliases: Aliases },
  /** AMD: the interrupt word of a device table entry with the rest of the word kept. */
  encodeDte: { before: Hex64, table: Hex64 },
  // Tables and the hardware behind them.
  /** Latches a table at this 4 KiB-aligned address and switches remapping on. */
  enableRemapping: { table: Hex64 },
  disableRemapping: {},
  allocateIrtes: {
    device: DeviceNumber,
    irq: IrqNumber,
    count: boundedInt("messages", 1, 32),
    source: Kind,
  },
  activate: { device: DeviceNumber, irq: IrqNumber, cpu: Cpu, vector: Vector },
  setAffinity: { device: DeviceNumber, irq: IrqNumber, cpu: Cpu, vector: Vector },
  deactivate: { device: DeviceNumber, irq: IrqNumber },
  /** Gives back the block whose first interrupt is `irq`. */
  free: { device: DeviceNumber, irq: IrqNumber },
  /** Hands the interrupt to a guest: descriptor (Intel) or vAPIC page (AMD) at this address. */
  post: { device: DeviceNumber, irq: IrqNumber, descriptor: Hex64, vector: Vector },
  unpost: { device: DeviceNumber, irq: IrqNumber },
  /** A requester writes to the interrupt window: what does the hardware do? */
  inject: { requester: Requester, ...message },
});
export type Command = t.TypeOf<typeof Command>;
export type CommandKind = Command["kind"];
export const commandKinds: readonly CommandKind[] = Command.kinds;

export const Errno = t.union(
  [t.literal("EINVAL"), t.literal("ENOSPC"), t.literal("ENOMEM"), t.literal("ENODEV")],
  '"EINVAL", "ENOSPC", "ENOMEM" or "ENODEV"',
);
export type Errno = t.TypeOf<typeof Errno>;

export const Response = tagged("interrupt message response", {
  done: {},
  failed: { error: Errno },
  /** Refused where Linux has no error number: the case does not come up there. */
  refused: {},
  message,
  decoded: {
    dest: Word32,
    vector: Vector,
    logical: t.boolean,
    hint: t.boolean,
    /** 0 fixed, 1 lowest, 2 SMI, 4 NMI, 5 INIT, 7 ExtINT. */
    delivery: boundedInt("delivery mode", 0, 7),
  },
  /** A remappable request, or under AMD any request. */
  handle: { index: Word32 },
  /** No interrupt message at all. */
  malformed: {},
  verdict: { valid: t.boolean },
  irte: { lo: Hex64, hi: Hex64 },
  entry: {
    present: t.boolean,
    posted: t.boolean,
    dest: Word32,
    vector: Vector,
    logical: t.boolean,
    sid: Requester,
    sq: boundedInt("SQ", 0, 3),
    svt: boundedInt("SVT", 0, 3),
  },
  source: { svt: boundedInt("SVT", 0, 3), sq: boundedInt("SQ", 0, 3), sid: Requester },
  word: { word: Hex64 },
  /** The first index of the block. */
  allocated: { index: Word32 },
  /** The vectors owned: `size` of them from `base` on. */
  vectors: { base: Word32, size: Word32 },
  delivered: { dest: Word32, vector: Vector, logical: t.boolean },
  /** Put into a posted-interrupt descriptor or a guest's vAPIC page. */
  posted: { descriptor: Hex64, vector: Vector },
  fault: {},
});
export type Response = t.TypeOf<typeof Response>;

/** What a device writes: two address words and the datum. */
export type Message = {
  readonly addressLo: number;
  readonly addressHi: number;
  readonly data: number;
};

/** An entry as 32-bit words, lowest first: one for AMD's short form, else four. */
export type Entry = readonly number[];

/** What the system did to memory, registers and queues, in order. */
export type Action =
  /** `words` at byte `offset` of the entry, in one store. */
  | {
      readonly kind: "store";
      readonly table: number;
      readonly index: number;
      readonly offset: number;
      readonly words: readonly number[];
    }
  /** Cached entries [index, index + count) of a table are dropped. */
  | {
      readonly kind: "invalidate";
      readonly table: number;
      readonly index: number;
      readonly count: number;
    }
  | { readonly kind: "invalidateAll" }
  /** All invalidations issued before have completed. */
  | { readonly kind: "wait" }
  /** The old (cpu, vector) of a moved interrupt is given up. */
  | { readonly kind: "release"; readonly cpu: number; readonly vector: number }
  | { readonly kind: "device"; readonly device: number; readonly irq: number }
  | { readonly kind: "register"; readonly name: "IRTA" | "SIRTP" | "IRE" | "CFI" }
  /** A device table entry before and after, eight words each. */
  | {
      readonly kind: "dte";
      readonly requester: number;
      readonly before: readonly number[];
      readonly after: readonly number[];
    }
  | { readonly kind: "invalidateDte"; readonly requester: number };

export type Irq = {
  readonly active: boolean;
  readonly posted: boolean;
  /** What was asked for last. */
  readonly cpu: number;
  readonly vector: number;
  /** What the device was programmed with; undefined while inactive. */
  readonly message: Message | undefined;
};

/** Consecutive entries of one table that belong to one allocation. */
export type Block = {
  readonly base: number;
  /** Entries taken, the rounding included. */
  readonly size: number;
  readonly device: number;
  /** Number of its first interrupt within the device. */
  readonly irq: number;
  readonly irqs: readonly Irq[];
};

/** Entries in memory; an index never written reads as undefined, all zero. */
export interface Entries {
  get(index: number): Entry | undefined;
  /** Visits what is not zero, ascending. */
  forEach(visit: (entry: Entry, index: number) => void): void;
}

export type Table = {
  /** Intel: 0, the one table. AMD: the requester id it belongs to. */
  readonly key: number;
  /** Ascending by base, never overlapping. */
  readonly blocks: readonly Block[];
  readonly entries: Entries;
};

export type Cached = { readonly table: number; readonly index: number; readonly entry: Entry };

export type VectorBlock = {
  readonly device: number;
  readonly cpu: number;
  readonly base: number;
  readonly size: number;
};

/** What an observer may see. */
export type View = {
  /** Remapping of each IOMMU unit. */
  readonly enabled: readonly boolean[];
  /** Compatibility-format requests are blocked. */
  readonly blocked: boolean;
  readonly tables: readonly Table[];
  /** Entries that the hardware holds in its cache. */
  readonly cache: readonly Cached[];
  /** Device table entries that were written, by requester. */
  readonly dtes: ReadonlyMap<number, readonly number[]>;
  readonly vectors: readonly VectorBlock[];
  /** What the last command did. */
  readonly log: readonly Action[];
};

/**
 * `tables`: entries in memory and blocks. `messages`: what each device was programmed with.
 * `log`: stores, invalidations and waits in order. `cache`: the hardware's cached entries.
 * `units`: remapping state of the units. `vectors`: vector blocks without remapping.
 */
export const observables = ["tables", "messages", "log", "cache", "units", "vectors"] as const;
