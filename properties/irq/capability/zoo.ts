/**
 * The functions that campaigns plug. Each has a number, and the number makes it, so that what is
 * known about a function is worked out once.
 */
import type { Choices } from "../../../spec/core/choices.js";
import {
  MSI_ENABLE,
  MSIX_ENABLE,
  messageBits,
  msiOffsets,
} from "../../../spec/hardware/pci/capabilities.js";
import { isMemory } from "../../../spec/hardware/pci/header.js";
import type {
  Bar,
  CapabilityShape,
  FunctionShape,
  MsiShape,
  MsixShape,
} from "../../../spec/hardware/shape.js";
import type { Left } from "../../../spec/irq/capability/vocabulary.js";
import { RandomChoices, subSeed } from "../../engine/choices.js";
import {
  absent,
  chainPlug,
  endpoint,
  imagePlug,
  type Link,
  leftControl,
  leftEntry,
  memory,
  type Plug,
  plugOf,
} from "./functions.js";

const ZOO_SEED = 0x0ca9;

export const pick = <V>(choices: Choices, list: readonly V[]): V =>
  list[choices.below(list.length)] as V;

const chance = (choices: Choices, outOf: number): boolean => choices.below(outOf) === 0;

const SIZES = [1, 1, 2, 2, 3, 4, 5, 8, 16, 17] as const;
const LARGE = [63, 64, 65, 128, 129] as const;
const HUGE = [1024, 1025, 2047, 2048] as const;
/** Ids that stand beside MSI and MSI-X: power management, PCI Express, vendor, SATA and more. */
const OTHERS = [0x01, 0x10, 0x09, 0x12, 0x13, 0x03, 0x0d] as const;

const sizeOf = (c: CapabilityShape): number =>
  c.kind === "msix" ? 12 : c.kind === "msi" ? msiOffsets(c.is64, c.maskable).size : 4;

/** Puts structures at places of their own, and links them in an order that may run backwards. */
const placed = (choices: Choices, list: readonly CapabilityShape[]): readonly CapabilityShape[] => {
  let at = 0x40;
  const fixed = list.map((c) => {
    at += 4 * choices.below(4);
    const here = { ...c, at };
    at += 4 * Math.ceil(sizeOf(c) / 4);
    return here;
  });
  for (let i = fixed.length - 1; i > 0; i--) {
    const other = choices.below(i + 1);
    const swapped = fixed[i] as CapabilityShape;
    fixed[i] = fixed[other] as CapabilityShape;
    fixed[other] = swapped as (typeof fixed)[number];
  }
  // One in twelve ends at the last byte of the 256, or just beyond it.
  const last = fixed[fixed.length - 1];
  if (last !== undefined && chance(choices, 12)) {
    const end = 256 - 4 * Math.ceil(sizeOf(last) / 4) + 4 * choices.below(2);
    fixed[fixed.length - 1] = { ...last, at: Math.min(end, 0xfc) };
  }
  return fixed;
};

const drawMsi = (choices: Choices): MsiShape => ({
  kind: "msi",
  at: 0,
  messages: choices.below(10) === 0 ? 6 + choices.below(2) : choices.below(6),
  is64: choices.below(2) === 0,
  maskable: choices.below(3) > 0,
});

/** The smallest power of two that holds so many bytes. */
const roundUp = (bytes: number): number => 2 ** Math.max(Math.ceil(Math.log2(bytes)), 4);

type Windows = { readonly msix: MsixShape; readonly bars: readonly Bar[] };

/**
 * Table and Pending Bit Array in one BAR or in two, the last of them ending exactly where its BAR
 * ends half of the time, and one in six pushed over the end by the smallest step there is.
 */
const drawWindows = (choices: Choices, entries: number): Windows => {
  const table = 16 * entries;
  const pba = 8 * Math.ceil(entries / 64);
  const bars: Bar[] = new Array<Bar>(6).fill(absent);
  const tableBar = choices.below(5);
  const over = chance(choices, 6) ? 8 : 0;
  const last = (size: number, bytes: number): number =>
    choices.below(2) === 0 || over > 0 ? size - bytes + over : 0;
  if (choices.below(2) === 0) {
    const pbaBar = (tableBar + 1) % 6;
    const size = roundUp(table) * (1 + choices.below(2));
    const pbaSize = roundUp(pba);
    bars[tableBar] = memory(size);
    bars[pbaBar] = memory(pbaSize, 0xfd000000n);
    const wide = choices.below(2) === 0;
    const tableOffset = wide ? last(size, table) : 0;
    const pbaOffset = wide ? 0 : last(pbaSize, pba);
    return {
      bars,
      msix: { kind: "msix", at: 0, entries, tableBar, tableOffset, pbaBar, pbaOffset },
    };
  }
  const size = roundUp(table + pba + 16);
  const wide: Bar = { kind: "memory64", address: 0x4_0000_0000n, size };
  bars[tableBar] = chance(choices, 3) ? wide : memory(size);
  const first = choices.below(2) === 0;
  const tableOffset = first ? 0 : last(size, table);
  const pbaOffset = first ? last(size, pba) : 0;
  const clear = first ? pbaOffset >= table || over > 0 : tableOffset >= pba;
  const at = clear ? { tableOffset, pbaOffset } : { tableOffset: 0, pbaOffset: table };
  return { bars, msix: { kind: "msix", at: 0, entries, tableBar, ...at, pbaBar: tableBar } };
};

/** A BAR that cannot hold a window, or a BIR that names none. */
const spoil = (choices: Choices, w: Windows): Windows => {
  const bars = w.bars.slice();
  const which = choices.below(2) === 0 ? "tableBar" : "pbaBar";
  const bar = w.msix[which];
  switch (choices.below(4)) {
    case 0:
      return { ...w, msix: { ...w.msix, [which]: 6 + choices.below(2) } };
    case 1:
      bars[bar] = absent;
      break;
    case 2:
      bars[bar] = { kind: "io", address: 0xc000n, size: 256 };
      break;
    default:
      bars[bar] = { ...(bars[bar] as Bar), address: 0n };
  }
  return { ...w, bars };
};

const inherited = (choices: Choices, shape: FunctionShape): readonly Left[] => {
  const left: Left[] = [];
  for (const c of shape.capabilities) {
    if (c.kind === "msi" && chance(choices, 3)) {
      left.push(leftControl(c.at, MSI_ENABLE | (choices.below(3) << 4)));
      const { mask } = msiOffsets(c.is64, c.maskable);
      if (mask > 0) left.push({ space: "config", offset: c.at + mask, value: messageBits(c) & 5 });
    }
    if (c.kind !== "msix") continue;
    const bar = shape.bars[c.tableBar];
    const fits = bar !== undefined && isMemory(bar) && bar.address !== 0n;
    if (chance(choices, 3)) left.push(leftControl(c.at, MSIX_ENABLE));
    for (let i = 0; fits && i < Math.min(c.entries, 4); i++) {
      const tag = choices.below(2) * 0x00a50000;
      if (choices.below(3) > 0) left.push(...leftEntry(c.tableBar, c.tableOffset, i, tag));
      else if (tag > 0) left.push(...leftEntry(c.tableBar, c.tableOffset, i, tag | 1));
    }
  }
  return left;
};

const drawRegular = (choices: Choices, sizes: readonly number[]): Plug => {
  const kinds = 1 + choices.below(3);
  const list: CapabilityShape[] = [];
  if ((kinds & 1) !== 0) list.push(drawMsi(choices));
  const entries = pick(choices, sizes);
  let windows = drawWindows(choices, entries);
  if (chance(choices, 8)) windows = spoil(choices, windows);
  if ((kinds & 2) !== 0) list.push(windows.msix);
  const start = choices.below(OTHERS.length);
  const others = choices.below(4);
  for (let i = 0; i < others; i++) {
    list.push({ kind: "other", at: 0, id: OTHERS[(start + i) % OTHERS.length] as number });
  }
  const shape = endpoint({
    headerType: pick(choices, [0, 0, 0, 0, 0x80]),
    bars: windows.bars,
    capabilities: placed(choices, list),
    pin: choices.below(5),
    extended: chance(choices, 24),
  });
  return plugOf(shape, {
    left: choices.below(3) === 0 ? inherited(choices, shape) : [],
    intxBug: chance(choices, 6),
    noMsi: chance(choices, 24),
    addressBits: pick(choices, [64, 64, 64, 40, 32]),
  });
};

const header = (choices: Choices): number =>
  pick(choices, [0, 0, 0, 0, 0x80, 1, 0x81, 2, 0x82, 3, 0x7f]);

const ID = [0x05, 0x11, 0x01, 0x10, 0x09] as const;

/** A short list with low pointer bits, strange ids and equal ids, or a cycle entered anywhere. */
const drawOdd = (choices: Choices): Plug => {
  const count = 1 + choices.below(8);
  const places = Array.from({ length: count }, (_x, i) => 0x40 + 4 * ((7 * i + 3) % 48));
  const enters = choices.below(2) === 0 ? choices.below(count) : -1;
  const low = (): number => (chance(choices, 3) ? choices.below(4) : 0);
  const links = places.map((at, i): Link => {
    const id = chance(choices, 5) ? pick(choices, [0, 0xff]) : pick(choices, ID);
    const next = places[i + 1] ?? (enters < 0 ? choices.below(0x40) : (places[enters] as number));
    return { at, id, next: next >= 0x40 ? next | low() : next };
  });
  const first = chance(choices, 4) ? choices.below(256) : (places[0] as number) | low();
  return chainPlug(links, first, header(choices), chance(choices, 5) ? 0 : 0x10);
};

/** A list through so many headers, up or down, the wanted one last; or a cycle of that length. */
const drawLong = (choices: Choices): Plug => {
  const count = choices.below(2) === 0 ? 48 - Number(chance(choices, 4)) : 1 + choices.below(48);
  const down = choices.below(2) === 0;
  const place = (i: number): number => (down ? 0xfc - 4 * i : 0x40 + 4 * i);
  const cycle = choices.below(3) === 0;
  const links = Array.from({ length: count }, (_x, i): Link => {
    const end = cycle ? place(choices.below(count)) : 0;
    const last = i === count - 1;
    return { at: place(i), id: last && !cycle ? 0x11 : 0x20 + i, next: last ? end : place(i + 1) };
  });
  return chainPlug(links, place(0), chance(choices, 4) ? header(choices) : 0);
};

const drawNoise = (choices: Choices): Plug => {
  const bytes = new Uint8Array(256);
  for (let i = 0; i < 256; i++) bytes[i] = choices.below(256);
  bytes[6] = (bytes[6] as number) | 0x10;
  bytes[0x0e] = header(choices);
  // Few ids, so that some are met before the walk runs out.
  for (let i = 0x40; i < 256; i += 4) {
    if (choices.below(2) === 0) bytes[i] = pick(choices, ID);
    if (choices.below(4) > 0) bytes[i + 1] = 0x40 + choices.below(192);
  }
  return imagePlug(bytes);
};

/** Every first pointer, before a short list. */
const drawPointer = (choices: Choices, nth: number): Plug => {
  const first = nth % 256;
  const at = Math.max(first & ~3, 0x40);
  const other = at === 0xc0 ? 0x80 : 0xc0;
  const links = [
    { at, id: choices.below(2) === 0 ? 0x05 : 0, next: other },
    { at: other, id: 0x11, next: 0 },
  ];
  return chainPlug(links, first);
};

export type Family = "regular" | "large" | "huge" | "malformed";

const make = (family: Family, nth: number): Plug => {
  const choices = new RandomChoices(subSeed(ZOO_SEED, nth));
  if (family === "regular") return drawRegular(choices, SIZES);
  if (family === "large") return drawRegular(choices, LARGE);
  if (family === "huge") return drawRegular(choices, HUGE);
  const kinds = [drawOdd, drawLong, drawOdd, drawLong, drawNoise, drawPointer] as const;
  return (kinds[nth % kinds.length] as typeof drawPointer)(choices, Math.floor(nth / kinds.length));
};

/** How many of a family there are. */
export const FAMILY_SIZE: Readonly<Record<Family, number>> = {
  regular: 1024,
  large: 64,
  huge: 16,
  malformed: 1536,
};

const known = new Map<string, Plug>();

export const memberOf = (family: Family, nth: number): Plug => {
  const key = `${family} ${nth}`;
  let plug = known.get(key);
  if (plug === undefined) {
    plug = make(family, nth);
    known.set(key, plug);
  }
  return plug;
};
