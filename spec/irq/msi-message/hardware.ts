/**
 * What the documents make hardware do with a message and with an entry. Facts of the layouts, not
 * of an operating system: clauses and models read through these functions alike.
 */
import { fast, MESSAGE_WINDOW } from "./layout.js";
import type { Config, Entry, Message, Table, View } from "./vocabulary.js";

const words = [0, 0];
/** Two words for a compiled reader, without allocating. */
const pair = (lo: number, hi: number): readonly number[] => {
  words[0] = lo;
  words[1] = hi;
  return words;
};

const destId = fast.compatibilityAddress.reader("Destination ID");
const extendedId = fast.extendedAddress.reader("Destination ID");
const handleOf = fast.remappableAddress.reader("Handle");

/** A request as the hardware understands it. */
export type Request =
  | {
      readonly format: "compatibility";
      readonly dest: number;
      readonly vector: number;
      readonly logical: boolean;
      readonly hint: boolean;
      readonly delivery: number;
    }
  | { readonly format: "remappable"; readonly index: number }
  | { readonly format: "malformed" };

const malformed: Request = { format: "malformed" };

const inWindow = (m: Message): boolean =>
  m.addressHi === 0 && m.addressLo >>> 20 === MESSAGE_WINDOW;

const readCompatibility = (config: Config, m: Message): Request => {
  const a = pair(m.addressLo, m.addressHi);
  const layout = config.extendedDestinationId ? fast.extendedAddress : fast.compatibilityAddress;
  if (!layout.sound(a)) return malformed;
  const dest = config.extendedDestinationId ? extendedId(a) : destId(a);
  return {
    format: "compatibility",
    dest,
    vector: m.data & 0xff,
    logical: (m.addressLo & 4) !== 0,
    hint: (m.addressLo & 8) !== 0,
    delivery: (m.data >>> 8) & 7,
  };
};

/** A request without AMD remapping: the format bit decides. */
export const readRequest = (config: Config, m: Message): Request => {
  if (!inWindow(m)) return malformed;
  if ((m.addressLo & 0x10) === 0) return readCompatibility(config, m);
  // Without remapping hardware the format bit is a reserved bit that is set.
  if (config.remapping === "none") return malformed;
  const shv = (m.addressLo & 8) !== 0;
  const handle = handleOf(pair(m.addressLo, 0));
  return { format: "remappable", index: handle + (shv ? m.data & 0xffff : 0) };
};

/** Under AMD remapping every request is an index, 11 bits of the datum. */
export const readIndex = (m: Message): Request =>
  inWindow(m) ? { format: "remappable", index: m.data & 0x7ff } : malformed;

/** What an entry makes of a request. */
export type Target = {
  readonly present: boolean;
  readonly posted: boolean;
  readonly dest: number;
  readonly vector: number;
  readonly logical: boolean;
};

const absent: Target = { present: false, posted: false, dest: 0, vector: 0, logical: false };

const gaDestination = fast.amdGaRemap.reader("Destination");

/** Whether an entry is in a posted or guest form. */
export const isPosted = (config: Config, entry: Entry): boolean =>
  config.remapping === "intel"
    ? ((entry[0] as number) & 0x8000) !== 0
    : config.ga && ((entry[0] as number) & 0x80) !== 0;

export const isPresent = (entry: Entry | undefined): boolean =>
  entry !== undefined && ((entry[0] as number) & 1) !== 0;

/** Destination, vector and mode of an entry, by the layout of the configuration. */
export const readEntry = (config: Config, entry: Entry | undefined): Target => {
  if (entry === undefined) return absent;
  const low = entry[0] as number;
  const present = (low & 1) !== 0;
  const posted = isPosted(config, entry);
  if (config.remapping === "intel") {
    const dst = entry[1] as number;
    return {
      present,
      posted,
      dest: config.eim ? dst : (dst >>> 8) & 0xff,
      vector: (low >>> 16) & 0xff,
      logical: (low & 4) !== 0,
    };
  }
  const logical = (low & 0x40) !== 0;
  if (!config.ga) {
    return { present, posted, dest: (low >>> 8) & 0xff, vector: (low >>> 16) & 0xff, logical };
  }
  const vector = (entry[2] as number) & 0xff;
  return { present, posted, dest: gaDestination(entry), vector, logical };
};

/** Bits of a requester id that each SQ leaves out of the comparison. */
const ignoredBits = [0, 4, 6, 7] as const;

/** VT-d: whether a source check accepts a requester. Reserved validation types accept nobody. */
export const accepts = (svt: number, sq: number, sid: number, requester: number): boolean => {
  if (svt === 0) return true;
  if (svt === 1) return ((sid ^ requester) & ~(ignoredBits[sq] ?? 0) & 0xffff) === 0;
  const bus = requester >>> 8;
  return svt === 2 && bus >= sid >>> 8 && bus <= (sid & 0xff);
};

/** The source check of an Intel entry, either form. */
export const sourceOf = (entry: Entry): { svt: number; sq: number; sid: number } => {
  const word = entry[2] as number;
  return { svt: (word >>> 18) & 3, sq: (word >>> 16) & 3, sid: word & 0xffff };
};

export const tableOf = (view: View, key: number): Table | undefined =>
  view.tables.find((table) => table.key === key);

/** The id under which a device's requests reach the IOMMU: its last alias, or its own. */
export const seenAs = (config: Config, device: number): number => {
  const d = config.devices[device];
  if (d === undefined) return 0;
  return d.aliases[d.aliases.length - 1]?.alias ?? d.requester;
};

/** The table that holds a device's entries. */
export const tableKey = (config: Config, device: number): number =>
  config.remapping === "amd" ? seenAs(config, device) : 0;

/** Intel: the 64-byte-aligned descriptor address of a posted entry. */
export const descriptorOf = (entry: Entry): bigint =>
  (BigInt(entry[3] as number) << 32n) | BigInt(((entry[1] as number) & 0xffffffc0) >>> 0);

/** AMD: the vAPIC page address of a guest-mode entry, bits [51:12]. */
export const vapicOf = (entry: Entry): bigint =>
  (BigInt((entry[3] as number) & 0xfffff) << 32n) |
  BigInt(((entry[2] as number) & 0xfffff000) >>> 0);

/** A system's tables as the hardware reaches them. */
export type Reachable = Pick<View, "enabled" | "blocked" | "tables" | "dtes">;

/** What becomes of a request. */
export type Fate =
  | {
      readonly kind: "delivered";
      readonly dest: number;
      readonly vector: number;
      readonly logical: boolean;
    }
  | { readonly kind: "posted"; readonly descriptor: bigint; readonly vector: number }
  | { readonly kind: "fault" };

const fault: Fate = { kind: "fault" };

/** The AMD table a requester's requests are looked up in; undefined where it has none. */
const tableOfRequester = (config: Config, view: Reachable, requester: number): number => {
  if (!view.dtes.has(requester)) return -1;
  const device = config.devices.findIndex(
    (d) => d.requester === requester || d.aliases.some((a) => a.alias === requester),
  );
  return device < 0 ? -1 : tableKey(config, device);
};

/** Table and index that a request selects, or undefined where no table is asked. */
export const selects = (
  config: Config,
  view: Reachable,
  requester: number,
  message: Message,
): { readonly table: number; readonly index: number } | undefined => {
  if (config.remapping === "none" || view.enabled[0] !== true) return undefined;
  const intel = config.remapping === "intel";
  const request = intel ? readRequest(config, message) : readIndex(message);
  if (request.format !== "remappable" || request.index >= config.tableEntries) return undefined;
  const table = intel ? 0 : tableOfRequester(config, view, requester);
  return table < 0 ? undefined : { table, index: request.index };
};

/** What an entry makes of a request that selected it. */
export const through = (config: Config, entry: Entry | undefined, requester: number): Fate => {
  if (entry === undefined || !isPresent(entry)) return fault;
  if (config.remapping === "intel") {
    const { svt, sq, sid } = sourceOf(entry);
    if (!accepts(svt, sq, sid, requester)) return fault;
  }
  const { posted, dest, vector, logical } = readEntry(config, entry);
  if (!posted) return { kind: "delivered", dest, vector, logical };
  const descriptor = config.remapping === "intel" ? descriptorOf(entry) : vapicOf(entry);
  return { kind: "posted", descriptor, vector };
};

/**
 * What hardware does with a request when every cached entry equals memory: the CPU and vector it
 * reaches, or a fault. Vectors below 16 are not accepted by a local APIC.
 */
export const resolve = (
  config: Config,
  view: Reachable,
  requester: number,
  message: Message,
): Fate => {
  const selected = selects(config, view, requester, message);
  if (selected !== undefined) {
    const entry = view.tables.find((t) => t.key === selected.table)?.entries.get(selected.index);
    return through(config, entry, requester);
  }
  // No table is asked: the compatibility format, where it may pass.
  if (config.remapping === "amd" && view.enabled[0] === true) return fault;
  const request = readRequest(config, message);
  if (request.format !== "compatibility" || view.blocked || request.vector < 16) return fault;
  const { dest, vector, logical } = request;
  return { kind: "delivered", dest, vector, logical };
};

/** Whether the configuration's kernel sends messages with this address. */
export const declared = (config: Config, lo: number, hi: number, iommu: boolean): boolean => {
  const words = [lo, hi];
  const mode = (lo & 4) !== 0;
  if (iommu) {
    if (config.remapping !== "intel" || !fast.iommuAddress.sound(words)) return false;
    return (lo & 8) === 0 && mode === config.logical;
  }
  switch (config.remapping) {
    case "none": {
      const layout = config.extendedDestinationId
        ? fast.extendedAddress
        : fast.compatibilityAddress;
      return layout.sound(words) && (lo & 8) === 0 && mode === config.logical;
    }
    case "intel":
      return fast.remappableAddress.sound(words) && (lo & 8) !== 0;
    case "amd":
      return fast.amdAddress.sound(words) && mode === config.amd2k;
  }
};

/** Words of a device table entry before interrupts are set up: translation on, own domain. */
export const initialDte = (requester: number): readonly number[] => [
  // V, TV, four levels; the root of the device's own page table.
  (0x00000803 | ((requester & 0xfffff) << 12)) >>> 0,
  0x60000002,
  requester + 1,
  0,
  // INIT and NMI pass through.
  0,
  0x05000000,
  0,
  0,
];

/** Physical address of an AMD table in the reference; a system chooses its own. */
export const amdTableAddress = (key: number): bigint => 0x100000000n + BigInt(key) * 0x8000n;
