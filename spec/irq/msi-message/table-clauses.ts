/** Clauses on encodings under remapping: MSI-IR-1 to -6, -11 to -13 and MSI-CODEC-1. */
import { decode, encode } from "../../core/bits.js";
import type { Clause } from "../../core/clause.js";
import { amdvi, linux, rule, vtd } from "../../core/source.js";
import {
  allocation,
  amdHolds,
  checksSource,
  codecHolds,
  decodable,
  decodeHolds,
  dteHolds,
  encoded,
  encodes,
  handles,
  intelHolds,
  soundAllocation,
} from "./entry-judging.js";
import { isPresent, tableKey, tableOf } from "./hardware.js";
import { given, isDone, type MessageTransition, observedEntry, sameResponse } from "./judging.js";
import { amdData, intelRemapped } from "./layout.js";
import type { Entry } from "./vocabulary.js";

type T = MessageTransition;

const task = "T1.2";
const contract = "contract" as const;
const step = "step" as const;
const intelFile = "drivers/iommu/intel/irq_remapping.c";
const amdFile = "drivers/iommu/amd/iommu.c";

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
      "a block of messages takes consecutive aligned entries that nobody had (Intel: 2^k of " +
      "them, at most 2^MHMV); MSI-X entries are taken one by one",
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
