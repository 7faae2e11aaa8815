import { tableKey, tableOf } from "../../../spec/irq/msi-message/hardware.js";
import { destOf, type MessageTransition, named } from "../../../spec/irq/msi-message/judging.js";
import type { Feature } from "../../subsystem.js";

type T = MessageTransition;

const failedWith = (t: T, error: string): boolean =>
  t.response.kind === "failed" && t.response.error === error;

/** Situations that a plain uniform generator reaches rarely or never. */
export const features: readonly Feature<T>[] = [
  { name: "destination that no message can name", reached: (t) => destOf(t) > 0x7fff },
  {
    name: "table has no room for the block",
    reached: (t) => failedWith(t, "ENOSPC") || failedWith(t, "ENOMEM"),
  },
  {
    name: "table nearly full",
    reached: (t) => {
      if (t.command.kind !== "allocateIrtes" || t.response.kind !== "allocated") return false;
      const blocks = tableOf(t.after, tableKey(t.config, t.command.device))?.blocks ?? [];
      const last = blocks[blocks.length - 1];
      return last !== undefined && last.base + last.size > 0.9 * t.config.tableEntries;
    },
  },
  {
    name: "hole reused below a live block",
    reached: (t) => {
      if (t.command.kind !== "allocateIrtes" || t.response.kind !== "allocated") return false;
      const blocks = tableOf(t.after, tableKey(t.config, t.command.device))?.blocks ?? [];
      return (blocks[blocks.length - 1]?.base ?? 0) > t.response.index;
    },
  },
  {
    name: "affinity of a posted interrupt",
    reached: (t) => t.command.kind === "setAffinity" && named(t, t.before)?.irq.posted === true,
  },
  {
    name: "cached entry rewritten",
    reached: (t) => t.before.cache.length > t.after.cache.length,
  },
  {
    name: "request faults",
    reached: (t) => t.command.kind === "inject" && t.response.kind === "fault",
  },
  {
    name: "request posted",
    reached: (t) => t.command.kind === "inject" && t.response.kind === "posted",
  },
  { name: "remapping switched on again", reached: (t) => t.command.kind === "enableRemapping" },
  {
    name: "requester check by bus range",
    reached: (t) => t.response.kind === "source" && t.response.svt === 2,
  },
  {
    name: "CPU without a free vector",
    reached: (t) => t.command.kind === "allocateVectors" && failedWith(t, "ENOSPC"),
  },
];
