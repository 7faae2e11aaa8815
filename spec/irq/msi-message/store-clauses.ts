/**
 * Clauses on what hardware can see: stores, invalidations and their order (MSI-IR-7 to -10, -12-F,
 * -14 to -16) and where a request arrives (MSI-RESOLVE-1, -2).
 */
import type { Clause } from "../../core/clause.js";
import { amdvi, linux, rule, vtd } from "../../core/source.js";
import { resolve } from "./hardware.js";
import { isDone, logOf, type MessageTransition, named, sameResponse } from "./judging.js";
import {
  arrives,
  dtesSound,
  flushed,
  isStore,
  latchedSafely,
  postedSound,
  rewritten,
  sameMessage,
  silent,
  storedOnce,
  unitsSound,
  untorn,
} from "./store-judging.js";

type T = MessageTransition;

const task = "T1.2";
const contract = "contract" as const;
const step = "step" as const;
const intelFile = "drivers/iommu/intel/irq_remapping.c";
const amdFile = "drivers/iommu/amd/iommu.c";
const writes = ["activate", "setAffinity", "deactivate", "free", "post", "unpost"] as const;

export const storeClauses: readonly Clause<T>[] = [
  {
    id: "MSI-IR-7",
    title:
      "after a write to a present entry an invalidation that covers it has completed before the " +
      "operation returns and before the old vector is given up",
    level: contract,
    kind: step,
    source: [linux(`${intelFile}:modify_irte`), linux(`${amdFile}:modify_irte_ga`)],
    task,
    on: writes,
    needs: ["log"],
    applies: (t) => isDone(t) && t.observed?.log.some(isStore) === true,
    holds: flushed,
  },
  {
    id: "MSI-IR-8",
    title:
      "no image of an entry that hardware can read joins the new vector to the old destination, " +
      "or the reverse",
    level: contract,
    kind: step,
    source: [linux(`${amdFile}:__modify_irte_ga`), linux(`${intelFile}:modify_irte`)],
    task,
    on: ["activate", "setAffinity"],
    needs: ["log", "tables"],
    applies: rewritten,
    holds: untorn,
  },
  {
    id: "MSI-IR-9",
    title: "a freed or deactivated entry is not present, and a fresh one is not either",
    level: contract,
    kind: step,
    source: [linux(`${intelFile}:clear_entries`), linux(`${amdFile}:free_irte`)],
    task,
    on: ["deactivate", "free", "allocateIrtes"],
    needs: ["tables"],
    applies: (t) => t.observed !== undefined && (isDone(t) || t.response.kind === "allocated"),
    holds: silent,
  },
  {
    id: "MSI-IR-10",
    title: "under remapping an affinity change leaves the device's address and data as they were",
    level: "linux",
    kind: step,
    source: [linux(`${intelFile}:intel_ir_set_affinity`), linux(`${amdFile}:amd_ir_set_affinity`)],
    task,
    on: ["setAffinity"],
    needs: ["messages"],
    applies: (t) => isDone(t) && named(t, t.observed) !== undefined,
    holds: (t) =>
      sameMessage(named(t, t.before)?.irq.message, named(t, t.observed)?.irq.message) &&
      !logOf(t).some((action) => action.kind === "device"),
  },
  {
    id: "MSI-IR-12-F",
    title:
      "writing a device table entry for interrupts keeps its DMA fields, and is flushed and " +
      "waited for",
    level: contract,
    kind: step,
    source: [linux(`${amdFile}:set_dte_irq_entry`), amdvi("INVALIDATE_DEVTAB_ENTRY")],
    task,
    on: ["allocateIrtes"],
    needs: ["log"],
    applies: (t) => logOf(t).some((action) => action.kind === "dte"),
    holds: dtesSound,
  },
  {
    id: "MSI-IR-14",
    title:
      "remapping is on for all units or for none, off where one cannot be covered; while on, " +
      "compatibility-format requests are blocked",
    level: contract,
    kind: "invariant",
    source: [linux(`${intelFile}:iommu_enable_irq_remapping`)],
    task,
    needs: ["units"],
    applies: (t) => t.config.remapping !== "none" && t.observed !== undefined,
    holds: unitsSound,
  },
  {
    id: "MSI-IR-15",
    title:
      "a posted Intel entry holds descriptor bits [31:6] at [63:38] and [63:32] at [127:96], " +
      "keeps the source check, and is written in one 128-bit store",
    level: contract,
    kind: step,
    source: [
      linux(`${intelFile}:intel_ir_set_vcpu_affinity`),
      vtd("Interrupt Remapping Table Entry, posted"),
    ],
    task,
    on: ["post"],
    needs: ["log", "tables"],
    applies: (t) => t.config.remapping === "intel" && isDone(t) && t.observed !== undefined,
    holds: (t) => postedSound(t) && storedOnce(t),
  },
  {
    id: "MSI-IR-16",
    title:
      "after a table is latched a global invalidation completes before remapping is enabled, " +
      "unless the hardware does that itself",
    level: contract,
    kind: step,
    source: [linux(`${intelFile}:iommu_set_irq_remapping`), vtd("Interrupt remapping setup")],
    task,
    on: ["enableRemapping"],
    needs: ["log"],
    applies: (t) =>
      t.config.remapping === "intel" &&
      !t.config.selfInvalidates &&
      isDone(t) &&
      t.observed !== undefined,
    holds: latchedSafely,
  },
  {
    id: "MSI-RESOLVE-1",
    title: "what the device writes, looked up in the tables, reaches the CPU and vector asked for",
    level: contract,
    kind: step,
    source: [rule("message and tables together"), vtd("Interrupt Remapping"), amdvi("IRTE")],
    task,
    on: ["activate", "setAffinity"],
    needs: ["tables", "messages"],
    applies: (t) =>
      isDone(t) && t.observed?.enabled[0] === true && named(t, t.after)?.irq.posted === false,
    holds: arrives,
  },
  {
    id: "MSI-RESOLVE-2",
    title:
      "a request on the bus ends as the tables in memory say: delivered, posted, or a fault for " +
      "a foreign requester, an absent entry or a blocked format",
    level: contract,
    kind: step,
    source: [rule("no stale entry after an invalidation"), vtd("Interrupt-remapping faults")],
    task,
    on: ["inject"],
    applies: (t) => t.command.kind === "inject",
    holds: (t) =>
      t.command.kind === "inject" &&
      sameResponse(t.response, resolve(t.config, t.before, t.command.requester, t.command)),
  },
];
