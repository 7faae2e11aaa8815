/** Clauses on encodings under remapping: MSI-IR-1 to -6, -11 to -13 and MSI-CODEC-1. */
import { decode, encode, fromWords, violations } from "../../core/bits.js";
import type { Clause } from "../../core/clause.js";
import { amdvi, linux, rule, vtd } from "../../core/source.js";
import { accepts, isPresent, seenAs, sourceOf, tableKey, tableOf } from "./hardware.js";
import {
  given,
  isDone,
  isRefusal,
  type MessageTransition,
  observedEntry,
  roundUp,
  sameResponse,
} from "./judging.js";
import {
  amdData,
  amdGaRemap,
  amdIrte32,
  dteInterrupt,
  intelRemapped,
  remappableAddress,
} from "./layout.js";
import type { Config, Entry } from "./vocabulary.js";

type T = MessageTransition;

const task = "T1.2";
const contract = "contract" as const;
const step = "step" as const;
const intelFile = "drivers/iommu/intel/irq_remapping.c";
const amdFile = "drivers/iommu/amd/iommu.c";

/** The 128-bit (or 32-bit) word that the system encoded. */
const encoded = (t: T): bigint | undefined =>
  t.command.kind === "encodeIrte" && t.response.kind === "irte"
    ? (t.response.hi << 64n) | t.response.lo
    : undefined;

const layoutOf = (config: Config) =>
  config.remapping === "intel" ? intelRemapped : config.ga ? amdGaRemap : amdIrte32;

const encodes = (t: T, remapping: "intel" | "amd"): boolean =>
  t.command.kind === "encodeIrte" && t.config.remapping === remapping && t.command.vector >= 0x10;

/** Destinations beyond eight bits need EIM, or 128-bit entries. */
const tooWide = (t: T): boolean =>
  t.command.kind === "encodeIrte" &&
  t.command.dest > 0xff &&
  !(t.config.remapping === "intel" ? t.config.eim : t.config.ga);

const intelHolds = (t: T): boolean => {
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

const amdHolds = (t: T): boolean => {
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
const busesOf = (config: Config, device: number): readonly [number, number] => {
  const d = config.devices[device];
  const own = (d?.requester ?? 0) >>> 8;
  const buses = [own, ...(d?.aliases ?? []).map((a) => a.alias >>> 8)];
  return [Math.min(...buses), Math.max(...buses)];
};

/** Ids under which the device's requests reach the IOMMU. */
const emitted = (config: Config, device: number): readonly number[] => {
  const d = config.devices[device];
  if (d === undefined) return [];
  const last = seenAs(config, device);
  // Behind a bridge only the bridge's id is seen; aliases on the own bus all are.
  const bridged = d.aliases.some((a) => a.reporter >>> 8 !== d.requester >>> 8);
  return bridged ? [last] : [d.requester, ...d.aliases.map((a) => a.alias)];
};

const checksSource = (config: Config, device: number, entry: Entry): boolean => {
  const { svt, sq, sid } = sourceOf(entry);
  if (svt !== 1 && svt !== 2) return false;
  const [low, high] = busesOf(config, device);
  const first = sid >>> 8;
  const last = svt === 2 ? sid & 0xff : first;
  if (first > last || first < low || last > high) return false;
  return emitted(config, device).every((id) => accepts(svt, sq, sid, id));
};

const allocation = (t: T) =>
  t.command.kind === "allocateIrtes"
    ? {
        c: t.command,
        index: t.response.kind === "allocated" ? t.response.index : -1,
        ioApic: t.config.devices[t.command.device]?.ioApic === true,
      }
    : undefined;

/** Consecutive, aligned, within the table, no index taken before; or a refusal that is due. */
const soundAllocation = (t: T): boolean => {
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

const codecHolds = (t: T): boolean => {
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
const decodable = (t: T): boolean =>
  t.command.kind === "decodeIrte" &&
  violations(layoutOf(t.config), (t.command.hi << 64n) | t.command.lo).length === 0;

const dteHolds = (t: T): boolean => {
  if (t.command.kind !== "encodeDte" || t.response.kind !== "word") return false;
  const before = decode(dteInterrupt, t.command.before);
  const after = decode(dteInterrupt, t.response.word);
  return (
    violations(dteInterrupt, t.response.word).length === 0 &&
    after.IV === 1n &&
    after.IntCtl === 2n &&
    1n << after.IntTabLen === BigInt(t.config.tableEntries) &&
    after.IntTabRoot << 6n === t.command.table &&
    after.IG === before.IG &&
    after.Pass === before.Pass &&
    after.LintPass === before.LintPass
  );
};

export const tableClauses: readonly Clause<T>[] = [
  {
    id: "MSI-IR-1",
    title:
      "an Intel remappable message holds handle bits [14:0] in [19:5], bit [15] in [2], SHV and " +
      "format set; data is the subhandle",
    level: contract,
    kind: step,
    source: [linux(`${intelFile}:fill_msi_msg`), vtd("Interrupt requests in remappable format")],
    task,
    on: ["remappable"],
    applies: (t) => t.command.kind === "remappable" && t.config.remapping === "intel",
    holds: (t) => {
      const m = given(t);
      if (t.command.kind !== "remappable" || m === undefined) return false;
      const { index, subhandle } = t.command;
      const lo = 0xfee00018 + (index & 0x7fff) * 32 + (index >>> 15) * 4;
      return m.addressLo === lo && m.addressHi === 0 && m.data === subhandle;
    },
  },
  {
    id: "MSI-IR-2",
    title:
      "an Intel entry holds vector, destination, mode and source check in their fields, reserved " +
      "bits zero; xAPIC destinations stand at [47:40] and beyond 0xFF are refused",
    level: contract,
    kind: step,
    source: [linux(`${intelFile}:prepare_irte`), vtd("Interrupt Remapping Table Entry")],
    task,
    on: ["encodeIrte"],
    applies: (t) => encodes(t, "intel"),
    holds: intelHolds,
  },
  {
    id: "MSI-IR-3",
    title: "an Intel entry has RH 1, TM 0, DLM 0 and FPD 0",
    level: "linux",
    kind: step,
    source: [linux(`${intelFile}:prepare_irte`)],
    task,
    on: ["encodeIrte"],
    applies: (t) => encodes(t, "intel") && encoded(t) !== undefined,
    holds: (t) => {
      const f = decode(intelRemapped, encoded(t) as bigint);
      return f.RH === 1n && f.TM === 0n && f.DLM === 0n && f.FPD === 0n;
    },
  },
  {
    id: "MSI-IR-4",
    title:
      "a present Intel entry checks its requester: it accepts every id the device's requests can " +
      "have, and none on another bus",
    level: contract,
    kind: step,
    source: [linux(`${intelFile}:set_msi_sid`), vtd("Source-id validation")],
    task,
    on: ["activate", "setAffinity", "unpost"],
    needs: ["tables"],
    applies: (t) =>
      t.config.remapping === "intel" &&
      t.config.sourceChecking &&
      isDone(t) &&
      isPresent(observedEntry(t)),
    holds: (t) =>
      "device" in t.command && checksSource(t.config, t.command.device, observedEntry(t) as Entry),
  },
  {
    id: "MSI-IR-5",
    title:
      "the requester check is chosen by the four cases of the alias walk: bus range behind a " +
      "PCIe bridge or for several ids of one bus, a bridge's id, else the device's own",
    level: "linux",
    kind: step,
    source: [linux(`${intelFile}:set_msi_sid`)],
    task,
    on: ["sourceId"],
    applies: (t) => t.command.kind === "sourceId" && t.expected !== undefined,
    holds: (t) => t.expected !== undefined && sameResponse(t.response, t.expected),
  },
  {
    id: "MSI-IR-6",
    title:
      "a block of messages takes consecutive aligned entries that nobody had (Intel: 2^k of them, " +
      "at most 2^MHMV); MSI-X entries are taken one by one",
    level: contract,
    kind: step,
    source: [linux(`${intelFile}:alloc_irte`), linux(`${amdFile}:alloc_irq_index`)],
    task,
    on: ["allocateIrtes"],
    applies: (t) => allocation(t) !== undefined,
    holds: soundAllocation,
  },
  {
    id: "MSI-IR-6-F",
    title: "free returns the whole rounded block, and nothing else",
    level: contract,
    kind: step,
    source: [linux(`${intelFile}:clear_entries`), linux(`${amdFile}:free_irte`)],
    task,
    on: ["free"],
    needs: ["tables"],
    applies: (t) => t.command.kind === "free" && isDone(t) && t.observed !== undefined,
    holds: (t) => {
      if (t.command.kind !== "free" || t.observed === undefined) return true;
      const key = tableKey(t.config, t.command.device);
      const shown = tableOf(t.observed, key)?.blocks ?? [];
      const right = tableOf(t.after, key)?.blocks ?? [];
      return (
        shown.length === right.length &&
        shown.every((b, i) => b.base === right[i]?.base && b.size === right[i]?.size)
      );
    },
  },
  {
    id: "MSI-IR-6-C",
    title: "overlapping callers are never given overlapping entries",
    level: contract,
    kind: "declared",
    source: [linux(`${intelFile}:alloc_irte`)],
    task,
    awaits: "interleaved callers",
  },
  {
    id: "MSI-IR-11",
    title:
      "AMD entries, short and long, hold vector, destination and mode in their fields; the long " +
      "destination is split 24/8, beyond 0xFF the long form is needed",
    level: contract,
    kind: step,
    source: [
      linux(`${amdFile}:irte_prepare`),
      linux(`${amdFile}:irte_ga_prepare`),
      amdvi("Interrupt Remapping Table Entry"),
    ],
    task,
    on: ["encodeIrte"],
    applies: (t) => encodes(t, "amd"),
    holds: amdHolds,
  },
  {
    id: "MSI-IR-12",
    title:
      "the interrupt word of a device table entry has IV, the length of its table, the root in " +
      "[51:6] and IntCtl 2; its other bits are kept",
    level: contract,
    kind: step,
    source: [linux(`${amdFile}:set_dte_irq_entry`), amdvi("Device Table Entry Format")],
    task,
    on: ["encodeDte"],
    applies: (t) => t.command.kind === "encodeDte",
    holds: dteHolds,
  },
  {
    id: "MSI-IR-13",
    title:
      "an AMD message's data is an index below the table size, its DM bit says 2K support; the " +
      "search takes the first run, aligned for MSI, from 32 on beside an IO-APIC",
    level: "linux",
    kind: step,
    source: [linux(`${amdFile}:fill_msi_msg`), linux(`${amdFile}:alloc_irq_index`)],
    task,
    on: ["remappable", "allocateIrtes"],
    applies: (t) => t.config.remapping === "amd" && t.expected !== undefined,
    holds: (t) => {
      const m = given(t);
      if (m === undefined || t.command.kind !== "remappable") {
        return t.expected !== undefined && sameResponse(t.response, t.expected);
      }
      const index = t.command.index + t.command.subhandle;
      if (encode(amdData, { Index: index }) !== BigInt(m.data)) return false;
      return (
        m.data < t.config.tableEntries && m.addressLo === 0xfee00000 + (t.config.amd2k ? 4 : 0)
      );
    },
  },
  {
    id: "MSI-CODEC-1",
    title: "decoding what was encoded gives the same again, for messages and for entries",
    level: contract,
    kind: step,
    source: [rule("bit tables"), vtd("Interrupt Remapping Table Entry"), amdvi("IRTE")],
    task,
    on: ["encodeIrte", "decodeIrte", "decode"],
    applies: (t) =>
      encoded(t) !== undefined || decodable(t) || (t.command.kind === "decode" && handles(t)),
    holds: (t) => (t.command.kind === "decode" ? decodeHolds(t) : codecHolds(t)),
  },
];

/** A message in the form that this configuration's devices send. */
const handles = (t: T): boolean =>
  t.command.kind === "decode" &&
  t.config.remapping === "intel" &&
  violations(remappableAddress, addressOf(t)).length === 0;

const addressOf = (t: T): bigint =>
  t.command.kind === "decode" ? fromWords([t.command.addressLo, t.command.addressHi]) : 0n;

const decodeHolds = (t: T): boolean => {
  if (t.command.kind !== "decode" || t.response.kind !== "handle") return false;
  const f = decode(remappableAddress, addressOf(t));
  const index = Number(f.Handle) + (f.SHV === 1n ? t.command.data & 0xffff : 0);
  return t.response.index === index;
};
