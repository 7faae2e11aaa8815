/**
 * A machine at register level: PCI functions, local APICs, an interrupt-remapping unit, RAM. One
 * command is one act that a bus analyser would see, or one thing that the hardware does. Nothing
 * here knows of an operating system; what a kernel makes of it is `irq/domain`'s business.
 */
import * as t from "io-ts";
import { boundedInt } from "../../core/int.js";
import { tagged } from "../../core/tagged.js";
import { type Cached, Requester, Word32 } from "../../irq/msi-message/vocabulary.js";
import { FunctionShape, MAX_MSIX_ENTRIES, type Sent } from "../shape.js";

export const MAX_CPUS = 256;
export const MAX_FUNCTIONS = 64;

/**
 * An Intel unit (VT-d): its registers in the layout of the specification, its tables and queue
 * where the registers point. `eim` is ECAP bit 4, `selfInvalidates` CAP bit 62. An AMD unit
 * (AMD-Vi): `ga` is the guest virtual APIC feature with 128-bit entries, `xt` x2APIC destinations.
 */
export const RemappingShape = tagged("interrupt remapping", {
  none: {},
  intel: { eim: t.boolean, selfInvalidates: t.boolean },
  amd: { ga: t.boolean, xt: t.boolean },
});
export type RemappingShape = t.TypeOf<typeof RemappingShape>;

export const ApicMode = t.union([t.literal("xapic"), t.literal("x2apic")], '"xapic" or "x2apic"');
export type ApicMode = t.TypeOf<typeof ApicMode>;

export const Config = t.readonly(
  t.exact(
    t.type({
      /** APIC id of each CPU. */
      apicIds: t.readonlyArray(Word32, "a list of APIC ids"),
      apic: ApicMode,
      /** Firmware left the local APICs enabled, SVR 0x1FF; else as after power-up, SVR 0xFF. */
      apicsOn: t.boolean,
      functions: t.readonlyArray(FunctionShape, "a list of PCI functions"),
      remapping: RemappingShape,
      /** Bytes of RAM from address 0 on, a multiple of 4096. */
      ram: boundedInt("RAM", 4096, 0x80000000),
      /** Named departures from the documents, as QEMU has them; usually none. */
      quirks: t.readonlyArray(t.string, "a list of quirks"),
    }),
  ),
  "machine configuration",
);
export type Config = t.TypeOf<typeof Config>;

/**
 * `config`: configuration space of function `unit`. `bar`: a byte offset in its BAR `bar`.
 * `remapping`: a register of the unit. `memory`: RAM, by address. Local APICs are reached from
 * their own CPU only, by commands of their own.
 */
export const Space = t.union(
  [t.literal("config"), t.literal("bar"), t.literal("remapping"), t.literal("memory")],
  '"config", "bar", "remapping" or "memory"',
);
export type Space = t.TypeOf<typeof Space>;

/** Bytes of an access. Wider registers are written in halves, the one that acts last. */
const Width = t.union([t.literal(1), t.literal(2), t.literal(4)], "1, 2 or 4");
export type Width = t.TypeOf<typeof Width>;

const FunctionNumber = boundedInt("function number", 0, MAX_FUNCTIONS - 1);
const Cpu = boundedInt("CPU", 0, MAX_CPUS - 1);
/** A multiple of 16; 0x6E0 and 0x6F0 are the halves of IA32_TSC_DEADLINE. */
const ApicOffset = boundedInt("local APIC offset", 0, 0xfff);
const place = {
  space: Space,
  /** Position in the configuration's functions; 0 outside "config" and "bar". */
  unit: FunctionNumber,
  /** BAR number; 0 outside "bar". */
  bar: boundedInt("BAR", 0, 5),
  offset: Word32,
  width: Width,
};

export const Command = tagged("machine command", {
  read: place,
  write: { ...place, value: Word32 },
  /**
   * The CPU reads its own local APIC, 32 bits, by the offset in the xAPIC page. In x2APIC mode
   * that is MSR 0x800 + offset / 16; the upper half of ICR has offset 0x310 there as well.
   */
  readApic: { cpu: Cpu, offset: ApicOffset },
  writeApic: { cpu: Cpu, offset: ApicOffset, value: Word32 },
  /** The device has an event: MSI message number, MSI-X entry, or its interrupt line. */
  event: { fn: FunctionNumber, vector: boundedInt("event", 0, MAX_MSIX_ENTRIES - 1) },
  /** The cause of an event is gone: the line is released, what is pending is withdrawn. */
  quiet: { fn: FunctionNumber, vector: boundedInt("event", 0, MAX_MSIX_ENTRIES - 1) },
  /** Someone writes a message to the interrupt window. */
  inject: { requester: Requester, addressLo: Word32, addressHi: Word32, data: Word32 },
  /** The CPU, interrupts enabled, takes what its local APIC offers. */
  take: { cpu: Cpu },
  /** The CPU ends the interrupt in service: a write of 0 to the EOI register. */
  eoi: { cpu: Cpu },
  /** Time passes for every local APIC timer and time stamp counter. */
  advance: { cycles: Word32 },
  /** Power of a function: off loses its state, on is a reset. */
  power: { fn: FunctionNumber, on: t.boolean },
  // Faults of the hardware.
  /** The next message disappears on its way. */
  lose: {},
  /** The next message is late: it is kept until it is released. */
  hold: {},
  /** The next message arrives twice. */
  duplicate: {},
  /** The held message at this place of the queue arrives. */
  release: { nth: boundedInt("held message", 0, 63) },
  /** A request that nobody made appears in a local APIC. */
  phantom: { cpu: Cpu, vector: boundedInt("vector", 0, 255) },
  /** The CPU has seen the interrupt line and acknowledges, whether there is still something. */
  acknowledge: { cpu: Cpu },
});
export type Command = t.TypeOf<typeof Command>;
export type CommandKind = Command["kind"];
export const commandKinds: readonly CommandKind[] = Command.kinds;

export const Vector = boundedInt("vector", 0, 255);
export const Response = tagged("machine response", {
  done: {},
  value: { value: Word32 },
  taken: { vector: Vector },
  /** Acknowledged, and nothing there: the spurious vector of SVR, no bit in service. */
  spurious: { vector: Vector },
  /** Nothing that the CPU could take. */
  nothing: {},
  /** The command means nothing here. */
  refused: {},
});
export type Response = t.TypeOf<typeof Response>;

/** A PCI function as it stands. */
export type FunctionView = {
  /** Configuration space as reads give it while powered, 256 or 4096 bytes. */
  readonly config: Uint8Array;
  /** MSI-X table, four words an entry: address low, high, data, vector control. */
  readonly table: Int32Array;
  /** MSI-X pending bits, bit i of word i / 32. */
  readonly pending: Int32Array;
  /**
   * Entries, by bit as in `pending`, whose address or data changed while nothing masked them. What
   * they send is undefined until they have been masked. A judge's note; no system shows it.
   */
  readonly rewritten?: Int32Array;
  /** MSI pending bits that a function need not have; as `rewritten`, a judge's note. */
  readonly wrapped?: number;
  /** MSI pending bits, also where the capability does not show them. */
  readonly msiPending: number;
  /** Its interrupt line is asserted. */
  readonly line: boolean;
  readonly powered: boolean;
};

/** A local APIC as it stands. Register contents are in the layout of their mode. */
export type ApicView = {
  readonly id: number;
  readonly mode: ApicMode;
  readonly tpr: number;
  readonly ldr: number;
  readonly dfr: number;
  readonly svr: number;
  readonly esr: number;
  readonly icrLow: number;
  readonly icrHigh: number;
  /** Timer, thermal, performance, LINT0, LINT1, error, CMCI. */
  readonly lvt: readonly number[];
  /** Requested, in service, level triggered: 256 bits, vector v at bit v % 32 of word v / 32. */
  readonly irr: ArrayLike<number>;
  readonly isr: ArrayLike<number>;
  readonly tmr: ArrayLike<number>;
  readonly timer: {
    readonly initial: number;
    /** Counts left. */
    readonly count: number;
    /** Divide configuration register. */
    readonly divide: number;
    /** IA32_TSC_DEADLINE, 0 disarmed; below 2^53. */
    readonly deadline: number;
  };
};

/** RAM; what was never written is zero. */
export interface MemoryView {
  /** The 32-bit word at a byte address that is a multiple of 4. */
  word(address: number): number;
  /** Visits words that are not zero, ascending. */
  forEach(visit: (value: number, address: number) => void): void;
}

/** What a CPU is asked to take: the way out of the remapping unit. */
export type Arrival = { readonly cpu: number; readonly vector: number };

/** What the last command did on the way from functions to local APICs. */
export type Log = {
  /** Messages that functions sent, in order, also those that were lost or are held. */
  readonly sent: readonly Sent[];
  /** Requests that reached a local APIC. */
  readonly arrived: readonly Arrival[];
  /** Messages that the remapping unit blocked. */
  readonly blocked: readonly Sent[];
};

/** What happens to the next message. */
export type Mishap = "none" | "lose" | "hold" | "duplicate";

/** The remapping unit as it stands. */
export type UnitView = {
  /** The 32-bit word of its register file at a byte offset, as a read gives it. */
  register(offset: number): number;
  /**
   * Table entries that it holds and uses, whatever memory has. Intel: of table 0. AMD: the table
   * is the requester id.
   */
  readonly cache: readonly Cached[];
  /** AMD: interrupt words of device table entries that it holds, the requester as index. */
  readonly devices: readonly Cached[];
  /** Intel: the table in use since SIRTP. */
  readonly latched:
    | { readonly base: number; readonly entries: number; readonly eim: boolean }
    | undefined;
};

/** Everything that can be read, and what the last command did. */
export type View = {
  readonly functions: readonly FunctionView[];
  readonly apics: readonly ApicView[];
  readonly unit: UnitView | undefined;
  readonly memory: MemoryView;
  /** Messages that are late, oldest first. */
  readonly held: readonly Sent[];
  readonly mishap: Mishap;
  readonly log: Log;
};

/**
 * `config`: configuration space. `tables`: MSI-X tables and pending bits. `apics`: local APICs.
 * `remapping`: registers of the unit. `memory`: RAM. `bus`: messages and arrivals of the last
 * command, which takes an analyser on the bus.
 */
export const observables = ["config", "tables", "apics", "remapping", "memory", "bus"] as const;
