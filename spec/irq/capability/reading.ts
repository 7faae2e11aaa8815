/**
 * What a function's configuration space says, read from its image: the capability list and the
 * two capabilities. The clauses' own reading; the reference reads through its register bus.
 */
import {
  CONTROL,
  MSI_64,
  MSI_ENABLE,
  MSI_ID,
  MSI_MASKABLE,
  MSIX_BYTES,
  MSIX_ENABLE,
  MSIX_ID,
  MSIX_SIZE,
  type MsiOffsets,
  msiOffsets,
} from "../../hardware/pci/capabilities.js";
import {
  CAPABILITY_LIST,
  capabilityPointer,
  HEADER_TYPE,
  isMemory,
  STATUS,
} from "../../hardware/pci/header.js";
import { type Bar, CONFIG_BYTES, EXTENDED_CONFIG_BYTES } from "../../hardware/shape.js";
import type { Of } from "./vocabulary.js";

/** Capabilities stand from here on. */
export const FIRST_CAPABILITY = 0x40;
/** Linux PCI_FIND_CAP_TTL: headers that a walk looks at. */
export const WALK_LIMIT = 48;
/** No function there any more: reads give all ones. */
export const ABSENT_ID = 0xff;

export type Header = { readonly at: number; readonly id: number };

export type Chain = {
  /** Status bit 4. */
  readonly present: boolean;
  /** The pointer that starts the list; undefined where the header type has none. */
  readonly pointer: number | undefined;
  /** Headers in the order of the list, as far as Linux follows it. */
  readonly headers: readonly Header[];
  /** A pointer whose low two bits are not zero was met. */
  readonly unaligned: boolean;
  /** A header stood twice in it. */
  readonly cyclic: boolean;
  /**
   * No pointer with low bits, every capability once and none of id 0 or 0xFF, an end: the result
   * is beyond dispute.
   */
  readonly wellFormed: boolean;
};

export type MsiReading = {
  readonly at: number;
  readonly is64: boolean;
  readonly maskable: boolean;
  /** MMC as it stands, log2. */
  readonly mmc: number;
  readonly offsets: MsiOffsets;
  /** Ends within the first 256 bytes. */
  readonly fits: boolean;
};

export type MsixReading = {
  readonly at: number;
  readonly entries: number;
  readonly tableBar: number;
  readonly tableOffset: number;
  readonly pbaBar: number;
  readonly pbaOffset: number;
  readonly fits: boolean;
};

export type Reading = {
  /** Configuration space after reset. */
  readonly bytes: Uint8Array;
  readonly writable: Uint8Array;
  readonly chain: Chain;
  /** The first capability of the id, if the list holds one. */
  readonly msi: MsiReading | undefined;
  readonly msix: MsixReading | undefined;
  /**
   * A function that can be used: a well-formed list whose structures lie apart, and control words
   * that take Enable.
   */
  readonly sound: boolean;
  /** Bytes of the MSI-X table that its BAR reaches. */
  readonly tableBytes: number;
};

const image = (plug: Of<"plug">): { bytes: Uint8Array; writable: Uint8Array } => {
  const size = plug.extended ? EXTENDED_CONFIG_BYTES : CONFIG_BYTES;
  const bytes = new Uint8Array(size);
  const writable = new Uint8Array(size);
  for (const word of plug.words) {
    for (let i = 0; i < 4 && word.at + i < size; i++) {
      bytes[word.at + i] = word.value >>> (8 * i);
      writable[word.at + i] = word.writable >>> (8 * i);
    }
  }
  return { bytes, writable };
};

const word = (bytes: Uint8Array, at: number): number => {
  let value = 0;
  for (let i = 3; i >= 0; i--) value = (value << 8) | (bytes[at + i] ?? 0);
  return value >>> 0;
};

const half = (bytes: Uint8Array, at: number): number => word(bytes, at) & 0xffff;

/** PCI_FIND_NEXT_CAP: the bound, the test below 0x40, then the rounding, then the id. */
export const chainOf = (bytes: Uint8Array): Chain => {
  const present = (half(bytes, STATUS) & CAPABILITY_LIST) !== 0;
  const pointer = capabilityPointer((bytes[HEADER_TYPE] as number) & 0x7f);
  const headers: Header[] = [];
  const seen = new Set<number>();
  const ids = new Set<number>();
  let unaligned = false;
  let cyclic = false;
  let odd = false;
  let next = present && pointer !== undefined ? (bytes[pointer] as number) : 0;
  for (let left = WALK_LIMIT; left > 0 && next >= FIRST_CAPABILITY; left--) {
    unaligned ||= (next & 3) !== 0;
    const at = next & ~3;
    const id = bytes[at] as number;
    cyclic ||= seen.has(at);
    odd ||= id === 0 || id === ABSENT_ID || ids.has(id);
    seen.add(at);
    ids.add(id);
    headers.push({ at, id });
    if (id === ABSENT_ID) break;
    next = bytes[at + 1] as number;
  }
  const ends = next < FIRST_CAPABILITY;
  const wellFormed = present && pointer !== undefined && ends && !unaligned && !cyclic && !odd;
  return { present, pointer, headers, unaligned, cyclic, wellFormed };
};

/** What Linux's walk answers for an id; 0 if it does not find it. */
export const foundBy = (chain: Chain, id: number): number => {
  // All ones stand for a function that is not there: that id is never found.
  if (id === ABSENT_ID) return 0;
  return chain.headers.find((header) => header.id === id)?.at ?? 0;
};

const msiAt = (bytes: Uint8Array, at: number): MsiReading => {
  const control = half(bytes, at + CONTROL);
  const is64 = (control & MSI_64) !== 0;
  const maskable = (control & MSI_MASKABLE) !== 0;
  const offsets = msiOffsets(is64, maskable);
  const fits = at + offsets.size <= CONFIG_BYTES;
  return { at, is64, maskable, mmc: (control >>> 1) & 7, offsets, fits };
};

const msixAt = (bytes: Uint8Array, at: number): MsixReading => {
  const table = word(bytes, at + 4);
  const pba = word(bytes, at + 8);
  return {
    at,
    entries: (half(bytes, at + CONTROL) & MSIX_SIZE) + 1,
    tableBar: table & 7,
    tableOffset: (table & ~7) >>> 0,
    pbaBar: pba & 7,
    pbaOffset: (pba & ~7) >>> 0,
    fits: at + MSIX_BYTES <= CONFIG_BYTES,
  };
};

/** No header of the list stands inside a structure. */
const apart = (chain: Chain, at: number, size: number): boolean =>
  !chain.headers.some((header) => header.at > at && header.at < at + size);

const roomFor = (bar: Bar | undefined, msix: MsixReading): number =>
  bar === undefined || !isMemory(bar) || bar.address === 0n
    ? 0
    : Math.min(Math.max(bar.size - msix.tableOffset, 0), 16 * msix.entries);

const read = (plug: Of<"plug">): Reading => {
  const { bytes, writable } = image(plug);
  const chain = chainOf(bytes);
  const msiPlace = foundBy(chain, MSI_ID);
  const msixPlace = foundBy(chain, MSIX_ID);
  const msi = msiPlace === 0 ? undefined : msiAt(bytes, msiPlace);
  const msix = msixPlace === 0 ? undefined : msixAt(bytes, msixPlace);
  const takes = (at: number, bit: number): boolean => (half(writable, at + CONTROL) & bit) !== 0;
  const soundMsi =
    msi === undefined || (takes(msi.at, MSI_ENABLE) && apart(chain, msi.at, msi.offsets.size));
  const soundMsix =
    msix === undefined || (takes(msix.at, MSIX_ENABLE) && apart(chain, msix.at, MSIX_BYTES));
  const sound = chain.wellFormed && soundMsi && soundMsix;
  const tableBytes = msix === undefined ? 0 : roomFor(plug.bars[msix.tableBar], msix);
  return { bytes, writable, chain, msi, msix, sound, tableBytes };
};

const known = new WeakMap<Of<"plug">, Reading>();

/** Read once a function. */
export const readingOf = (plug: Of<"plug">): Reading => {
  let reading = known.get(plug);
  if (reading === undefined) {
    reading = read(plug);
    known.set(plug, reading);
  }
  return reading;
};

/** 2^MMC, at most 32. */
export const capableOf = (msi: MsiReading): number => 2 ** Math.min(msi.mmc, 5);

/** Mask bits that exist: the low 2^MMC. */
export const maskBits = (msi: MsiReading): number => 2 ** capableOf(msi) - 1;

const inside = (bar: Bar | undefined, offset: number, bytes: number): boolean =>
  bar !== undefined && isMemory(bar) && bar.address !== 0n && offset + bytes <= bar.size;

/** The BAR can hold a window at all: it is memory, and it is assigned. */
export const usable = (plug: Of<"plug">, bir: number): boolean => inside(plug.bars[bir], 0, 0);

/** Table and Pending Bit Array lie in BARs that are memory and assigned; an end may touch. */
export const windowsFit = (plug: Of<"plug">, msix: MsixReading): boolean =>
  inside(plug.bars[msix.tableBar], msix.tableOffset, 16 * msix.entries) &&
  inside(plug.bars[msix.pbaBar], msix.pbaOffset, 8 * Math.ceil(msix.entries / 64));
