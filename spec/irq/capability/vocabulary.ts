/**
 * MSI and MSI-X capabilities: finding them, reading what they say, and the order in which a kernel
 * programs them. One PCI function at a time, given as register memory: what a word holds and which
 * bits a write keeps. Which vector a message names is `irq/msi-message`'s business.
 */
import * as t from "io-ts";
import { boundedInt } from "../../core/int.js";
import { tagged } from "../../core/tagged.js";
import { Bar, MAX_BARS, MAX_MSIX_ENTRIES, Patch } from "../../hardware/shape.js";
import { type Message, Word32 } from "../msi-message/vocabulary.js";
import { Bus, Space } from "./access.js";

export const Config = t.readonly(
  t.exact(
    t.type({
      /** Message-signalled interrupts are on at all; `pci=nomsi` switches them off. */
      enabled: t.boolean,
      /** What the interrupt domain of the functions supports. */
      msi: t.boolean,
      msix: t.boolean,
      /** More than one MSI message a function; without remapping x86 has none. */
      multiMsi: t.boolean,
      /** The kernel may write mask bits; under Xen the hypervisor does. */
      masking: t.boolean,
      /** Entries asked for by number must be 0, 1, 2 and so on. */
      contiguous: t.boolean,
    }),
  ),
  "capability configuration",
);
export type Config = t.TypeOf<typeof Config>;

const Byte = boundedInt("byte", 0, 255);
/** MSI message number or MSI-X table entry. */
const Index = boundedInt("message or entry", 0, MAX_MSIX_ENTRIES - 1);
const Count = boundedInt("number of messages", 0, MAX_MSIX_ENTRIES + 1);
const message = { addressLo: Word32, addressHi: Word32, data: Word32 };

/** Memory of a BAR after reset: `count` words of `value`, `stride` bytes apart. */
export const Fill = t.readonly(
  t.exact(
    t.type({
      bar: boundedInt("BAR", 0, MAX_BARS - 1),
      offset: Word32,
      stride: boundedInt("bytes", 4, 0x10000),
      count: boundedInt("words", 1, MAX_MSIX_ENTRIES),
      value: Word32,
    }),
  ),
  "words of a BAR",
);
export type Fill = t.TypeOf<typeof Fill>;

/** A 32-bit write that was made before the kernel came. */
export const Left = t.readonly(
  t.exact(t.type({ space: Space, offset: Word32, value: Word32 })),
  "earlier write",
);
export type Left = t.TypeOf<typeof Left>;

const enable = {
  min: Count,
  max: Count,
  /** Of the first message; those after it have the next `data`. MSI: low five bits zero. */
  ...message,
  /** Interrupts that the domain can supply for this request; fewer than needed: it fails. */
  available: Count,
  /** The function's interrupt domain can be made. */
  domain: t.boolean,
};

export const Command = tagged("capability command", {
  /** A function appears and is probed; it takes the place of the one before. */
  plug: {
    /** Words of configuration space after reset; others are read-only zeros. */
    words: t.readonlyArray(Patch, "a list of words"),
    /** 4096 bytes of configuration space instead of 256. */
    extended: t.boolean,
    bars: t.readonlyArray(Bar, "a list of base address registers"),
    /** What BARs hold after reset; a later one wins, the rest is zero. */
    fills: t.readonlyArray(Fill, "a list of words of BARs"),
    /** What firmware or an earlier kernel wrote; lost with power. */
    left: t.readonlyArray(Left, "a list of earlier writes"),
    /** Quirk: setting INTx disable stops its MSI as well, so the bit is left alone. */
    intxBug: t.boolean,
    /** Quirk, of the function or of a bus above it: no message reaches a CPU. */
    noMsi: t.boolean,
    /** Bits of a message address that the function can send; its driver may have said less. */
    addressBits: boundedInt("address bits", 32, 64),
  },
  /** Looks for a capability in the list of configuration space. */
  walk: { id: Byte },
  /** Reads a capability at `at` of a buffer: `bytes` stand there, the rest is zero. */
  parse: {
    capability: t.union([t.literal("msi"), t.literal("msix")], '"msi" or "msix"'),
    length: boundedInt("buffer length", 0, 4096),
    at: boundedInt("offset", 0, 4095),
    bytes: t.readonlyArray(Byte, "a list of bytes"),
  },
  /** Where the Pending Bit Array has the bit of an entry. */
  pendingBit: { entry: Index },
  enableMsi: enable,
  /** `entries`: table entries wanted, `max` of them; empty: the first ones. */
  enableMsix: { ...enable, entries: t.readonlyArray(Index, "a list of entries") },
  disable: {},
  /** Masks an interrupt of the function by its message number or table entry. */
  mask: { index: Index },
  /** Unmasks it; the first time this starts it. */
  unmask: { index: Index },
  /** Two such calls that overlap, on two CPUs if there are two; the indices differ. */
  overlap: { first: Index, firstMask: t.boolean, second: Index, secondMask: t.boolean },
  /** The message of an interrupt changes. MSI: message 0, the others follow from it. */
  writeMessage: { index: Index, ...message },
  /** The function loses power with all it held; the kernel knows. */
  suspend: {},
  /** Power is back, the function is as after reset; the kernel programs it again. */
  resume: {},
  /** The function is pulled out; the kernel knows. */
  vanish: {},
  /** The device has an event. Nothing for the kernel to do. */
  event: { index: Index },
});
export type Command = t.TypeOf<typeof Command>;
export type CommandKind = Command["kind"];
export const commandKinds: readonly CommandKind[] = Command.kinds;
export type Of<K extends CommandKind> = Extract<Command, { kind: K }>;

export const Errno = t.union(
  [
    t.literal("EINVAL"),
    t.literal("ENOSPC"),
    t.literal("ERANGE"),
    t.literal("ENODEV"),
    t.literal("ENOTSUPP"),
    t.literal("EIO"),
    t.literal("ENOMEM"),
  ],
  '"EINVAL", "ENOSPC", "ERANGE", "ENODEV", "ENOTSUPP", "EIO" or "ENOMEM"',
);
export type Errno = t.TypeOf<typeof Errno>;

/** Byte offset from the start of the capability; 0 where there is none. */
const Offset = boundedInt("offset in the capability", 0, 255);

export const Response = tagged("capability response", {
  done: { bus: Bus },
  enabled: { count: Count, bus: Bus },
  failed: { error: Errno, bus: Bus },
  /** `found`: offset of the capability, 0 if there is none. */
  walked: { found: boundedInt("offset", 0, 4095), bus: Bus },
  msi: {
    is64: t.boolean,
    maskable: t.boolean,
    /** Messages that the function can send. */
    capable: boundedInt("messages", 1, 255),
    enabled: t.boolean,
    /** MME as the register has it. */
    allocatedLog2: boundedInt("MME", 0, 7),
    address: Offset,
    addressHigh: Offset,
    data: Offset,
    mask: Offset,
    pending: Offset,
    size: Offset,
  },
  msix: {
    entries: boundedInt("table entries", 0, 65536),
    enabled: t.boolean,
    functionMask: t.boolean,
    tableBar: Byte,
    tableOffset: Word32,
    pbaBar: Byte,
    pbaOffset: Word32,
  },
  /** Not a capability that can be read. */
  refused: {},
  /** Byte offset from the start of the array, and the bit of the word there. */
  bit: { offset: Word32, bit: boundedInt("bit", 0, 63) },
});
export type Response = t.TypeOf<typeof Response>;

export type Mode = "none" | "msi" | "msix";

/** An interrupt of the function, as its owner wants it. */
export type Vector = {
  readonly index: number;
  readonly message: Message;
  /** Not unmasked yet, or masked again. */
  readonly masked: boolean;
  /** MSI-X: bits [31:1] of the vector control as found at setup. */
  readonly control: number;
};

/** What the kernel has been asked for and has agreed to. */
export type Kernel = {
  readonly mode: Mode;
  /** Ascending by index. */
  readonly vectors: readonly Vector[];
  /** MSI: mask bits of messages that nobody asked for, as Linux keeps them. */
  readonly spareMask: number;
};

/** Registers of the function as the kernel's writes and the device's events left them. */
export interface Hardware {
  readonly powered: boolean;
  /** Entries of the MSI-X table that are there. */
  readonly entries: number;
  /** Configuration space, little endian; all ones without power. */
  config(offset: number, width: 1 | 2 | 4): number;
  /** Word 0 address, 1 its high half, 2 data, 3 vector control. */
  entry(index: number, word: number): number;
  /** MSI-X pending bit of an entry. */
  pending(index: number): boolean;
  /** MSI pending bits; bit i is message i. */
  pendingMsi(): number;
}

export type View = {
  /** What was plugged last. */
  readonly plug: Of<"plug"> | undefined;
  /** It was pulled out. */
  readonly gone: boolean;
  readonly kernel: Kernel;
  readonly hardware: Hardware;
  /** Messages that the last command put on the bus. */
  readonly sent: readonly Message[];
};

/** Answers and their accesses are all that a clause needs. */
export const observables = [] as const;
