/** Predicates of the clauses on entries and messages under remapping. */
import { decode, encode, fromWords, violations } from "../../core/bits.js";
import { accepts, seenAs, sourceOf, tableKey, tableOf } from "./hardware.js";
import { isRefusal, type MessageTransition, roundUp } from "./judging.js";
import {
  amdGaRemap,
  amdIrte32,
  dteInterrupt,
  dteKept,
  intelRemapped,
  remappableAddress,
} from "./layout.js";
import type { Config, Entry } from "./vocabulary.js";

type T = MessageTransition;

/** The 128-bit (or 32-bit) word that the system encoded. */
export const encoded = (t: T): bigint | undefined =>
  t.command.kind === "encodeIrte" && t.response.kind === "irte"
    ? (t.response.hi << 64n) | t.response.lo
    : undefined;

export const layoutOf = (config: Config) =>
  config.remapping === "intel" ? intelRemapped : config.ga ? amdGaRemap : amdIrte32;

export const encodes = (t: T, remapping: "intel" | "amd"): boolean =>
  t.command.kind === "encodeIrte" && t.config.remapping === remapping && t.command.vector >= 0x10;

/** Destinations beyond eight bits need EIM, or 128-bit entries. */
export const tooWide = (t: T): boolean =>
  t.command.kind === "encodeIrte" &&
  t.command.dest > 0xff &&
  !(t.config.remapping === "intel" ? t.config.eim : t.config.ga);

export const intelHolds = (t: T): boolean => {
  if (t.command.kind !== "encodeIrte") return true;
  if (tooWide(t)) return isRefusal(t);
  const word = encoded(t);
  if (word === undefined || violations(intelRemapped, word).length > 0) return false;
  const c = t.command;
  const f = decode(intelRemapped, word);
  const dest = t.config.eim ? BigInt(c.dest) : BigInt(c.dest) << 8n;
  return (
    f.P === 1n &&
    f.DM === BigInt(c.logical) &&
    f.V === BigInt(c.vector) &&
    f.DST === dest &&
    f.SID === BigInt(c.sid) &&
    f.SQ === BigInt(c.sq) &&
    f.SVT === BigInt(c.svt)
  );
};

export const amdHolds = (t: T): boolean => {
  if (t.command.kind !== "encodeIrte") return true;
  if (tooWide(t)) return isRefusal(t);
  const word = encoded(t);
  const layout = t.config.ga ? amdGaRemap : amdIrte32;
  if (word === undefined || violations(layout, word).length > 0) return false;
  const c = t.command;
  const f = decode(layout, word) as Readonly<Record<string, bigint>>;
  return (
    f.RemapEn === 1n &&
    f.DM === BigInt(c.logical) &&
    f.IntType === 0n &&
    f.RqEoi === 0n &&
    f.Vector === BigInt(c.vector) &&
    f.Destination === BigInt(c.dest)
  );
};

/** The buses on which requests of a device may appear, first and last. */
export const busesOf = (config: Config, device: number): readonly [number, number] => {
  const d = config.devices[device];
  const own = (d?.requester ?? 0) >>> 8;
  const buses = [own, ...(d?.aliases ?? []).map((a) => a.alias >>> 8)];
  return [Math.min(...buses), Math.max(...buses)];
};

/** Ids under which the device's requests reach the IOMMU. */
export const emitted = (config: Config, device: number): readonly number[] => {
  const d = config.devices[device];
  if (d === undefined) return [];
  const last = seenAs(config, device);
  // Behind a bridge only the bridge's id is seen; aliases on the own bus all are.
  const bridged = d.aliases.some((a) => a.reporter >>> 8 !== d.requester >>> 8);
  return bridged ? [last] : [d.requester, ...d.aliases.map((a) => a.alias)];
};

export const checksSource = (config: Config, device: number, entry: Entry): boolean => {
  const { svt, sq, sid } = sourceOf(entry);
  if (svt !== 1 && svt !== 2) return false;
  const [low, high] = busesOf(config, device);
  const first = sid >>> 8;
  const last = svt === 2 ? sid & 0xff : first;
  if (first > last || first < low || last > high) return false;
  return emitted(config, device).every((id) => accepts(svt, sq, sid, id));
};

export const allocation = (t: T) =>
  t.command.kind === "allocateIrtes"
    ? {
        c: t.command,
        index: t.response.kind === "allocated" ? t.response.index : -1,
        ioApic: t.config.devices[t.command.device]?.ioApic === true,
      }
    : undefined;

/** Consecutive, aligned, within the table, no index taken before; or a refusal that is due. */
export const soundAllocation = (t: T): boolean => {
  const a = allocation(t);
  if (a === undefined) return true;
  const { count, source } = a.c;
  const size = roundUp(count);
  const intel = t.config.remapping === "intel";
  if (a.index < 0) return isRefusal(t);
  if (count > 1 && source !== "msi") return false;
  if (intel && Math.log2(size) > t.config.mhmv) return false;
  if (count > 1 && a.index % size !== 0) return false;
  const taken = intel ? size : count;
  if (a.index + taken > t.config.tableEntries) return false;
  const table = tableOf(t.before, tableKey(t.config, a.c.device));
  return !(table?.blocks ?? []).some((b) => a.index < b.base + b.size && b.base < a.index + taken);
};

export const codecHolds = (t: T): boolean => {
  const c = t.command;
  const layout = layoutOf(t.config);
  if (c.kind === "encodeIrte") {
    const word = encoded(t);
    // Nothing stands outside the fields: encoding what was decoded gives the word again.
    return word === undefined || encode(layout, decode(layout, word)) === word;
  }
  if (c.kind !== "decodeIrte" || t.response.kind !== "entry") return c.kind !== "decodeIrte";
  const r = t.response;
  const f = decode(layout, (c.hi << 64n) | c.lo) as Readonly<Record<string, bigint>>;
  const dest = f.DST === undefined ? f.Destination : t.config.eim ? f.DST : (f.DST >> 8n) & 0xffn;
  const source =
    f.SID === undefined ||
    (f.SID === BigInt(r.sid) && f.SQ === BigInt(r.sq) && f.SVT === BigInt(r.svt));
  return (
    (f.P ?? f.RemapEn) === BigInt(r.present) &&
    (f.V ?? f.Vector) === BigInt(r.vector) &&
    f.DM === BigInt(r.logical) &&
    dest === BigInt(r.dest) &&
    source
  );
};

/** The codec judges remapped forms; posted and guest entries have their own clause. */
export const decodable = (t: T): boolean =>
  t.command.kind === "decodeIrte" &&
  violations(layoutOf(t.config), (t.command.hi << 64n) | t.command.lo).length === 0;

export const dteHolds = (t: T): boolean => {
  if (t.command.kind !== "encodeDte" || t.response.kind !== "word") return false;
  const before = decode(dteInterrupt, t.command.before);
  const after = decode(dteInterrupt, t.response.word);
  return (
    violations(dteInterrupt, t.response.word).length === 0 &&
    after.IV === 1n &&
    after.IntCtl === 2n &&
    1n << after.IntTabLen === BigInt(t.config.tableEntries) &&
    after.IntTabRoot << 6n === t.command.table &&
    dteKept.every((name) => after[name] === before[name])
  );
};

/** A message in the form that this configuration's devices send. */
export const handles = (t: T): boolean =>
  t.command.kind === "decode" &&
  t.config.remapping === "intel" &&
  violations(remappableAddress, addressOf(t)).length === 0;

export const addressOf = (t: T): bigint =>
  t.command.kind === "decode" ? fromWords([t.command.addressLo, t.command.addressHi]) : 0n;

export const decodeHolds = (t: T): boolean => {
  if (t.command.kind !== "decode" || t.response.kind !== "handle") return false;
  const f = decode(remappableAddress, addressOf(t));
  const index = Number(f.Handle) + (f.SHV === 1n ? t.command.data & 0xffff : 0);
  return t.response.index === index;
};
