/** VEC-AFF-1 and -2: affinity masks for the interrupts of a device. */
import type { Clause } from "../../../core/clause.js";
import { linux } from "../../../core/source.js";
import { sameResponse, type VectorTransition } from "./judging.js";

type T = VectorTransition;

const task = "T1.3";
const spreading = "lib/group_cpus.c:group_cpus_evenly";

/** The groups of an answer, without the vectors around them. */
const groupsOf = (t: T): readonly (readonly number[])[] => {
  if (t.command.kind !== "spread" || t.response.kind !== "masks") return [];
  return t.response.masks.slice(t.command.pre, t.command.pre + t.response.groups);
};

const oneNode = (t: T): boolean =>
  t.config.nodes === undefined || new Set(t.config.nodes).size <= 1;

const evenGroups = (t: T): boolean => {
  const groups = groupsOf(t);
  const cpus = groups.flat();
  if (cpus.length !== t.config.cpus || new Set(cpus).size !== t.config.cpus) return false;
  const sizes = groups.map((group) => group.length);
  if (sizes.some((size) => size === 0)) return false;
  if (!oneNode(t) || t.config.present !== undefined) return true;
  return Math.max(...sizes) - Math.min(...sizes) <= 1;
};

export const spreadClauses: readonly Clause<T>[] = [
  {
    id: "VEC-AFF-1",
    title:
      "every possible CPU is in exactly one group and no group is empty; on one node the groups differ by at most one CPU",
    level: "contract",
    kind: "step",
    source: [linux(spreading)],
    task,
    on: ["spread"],
    applies: (t) =>
      t.command.kind === "spread" && t.command.vectors > t.command.pre + t.command.post,
    holds: evenGroups,
  },
  {
    id: "VEC-AFF-2",
    title:
      "present CPUs first, node shares, siblings together; the vectors around and beyond the groups have the default mask",
    level: "linux",
    kind: "step",
    source: [linux(spreading), linux("kernel/irq/affinity.c:irq_create_affinity_masks")],
    task,
    on: ["spread"],
    applies: (t) => t.command.kind === "spread" && t.expected !== undefined,
    holds: (t) => t.expected !== undefined && sameResponse(t.expected, t.response),
  },
];
