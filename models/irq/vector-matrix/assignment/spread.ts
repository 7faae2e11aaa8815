/** Affinity masks for the interrupts of a device, kernel/irq/affinity.c and lib/group_cpus.c. */
import type { Config } from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { allCpus, mask } from "./state.js";

export type Spread = {
  /** CPU groups that were made; the vectors after them have the default mask. */
  readonly groups: number;
  readonly masks: readonly (readonly number[])[];
  readonly managed: readonly boolean[];
};

const nodeOf = (config: Config, cpu: number): number => config.nodes?.[cpu] ?? 0;
const coreOf = (config: Config, cpu: number): number => config.cores?.[cpu] ?? cpu;

/** CPUs of each node that has any, nodes ascending. */
const byNode = (config: Config, cpus: readonly number[]): (readonly number[])[] => {
  const nodes = mask(cpus.map((cpu) => nodeOf(config, cpu)));
  return nodes.map((node) => cpus.filter((cpu) => nodeOf(config, cpu) === node));
};

/** alloc_nodes_groups(): how many groups each node gets, smallest node first. */
export const nodeShares = (
  nodes: readonly (readonly number[])[],
  groups: number,
): { cpus: readonly number[]; share: number }[] => {
  let cpusLeft = nodes.reduce((n, cpus) => n + cpus.length, 0);
  let groupsLeft = Math.min(cpusLeft, groups);
  // Equal nodes: Linux's sort leaves their order open; here the lower node number comes first.
  const sorted = [...nodes].sort((a, b) => a.length - b.length);
  return sorted.map((cpus) => {
    const share = Math.max(1, Math.floor((groupsLeft * cpus.length) / cpusLeft));
    cpusLeft -= cpus.length;
    groupsLeft -= share;
    return { cpus, share };
  });
};

/** grp_spread_init_one(): the lowest CPU, then its SMT siblings, until there are enough. */
const takeGroup = (config: Config, left: number[], size: number): number[] => {
  const group: number[] = [];
  while (group.length < size && left.length > 0) {
    const first = left.shift() as number;
    group.push(first);
    for (let i = 0; i < left.length && group.length < size; ) {
      if (coreOf(config, left[i] as number) === coreOf(config, first)) {
        group.push(...left.splice(i, 1));
      } else i++;
    }
  }
  return group;
};

/** __group_cpus_evenly(): adds the CPUs to the groups from `start` on, wrapping around. */
const groupCpus = (
  config: Config,
  cpus: readonly number[],
  start: number,
  groups: number[][],
): number => {
  if (cpus.length === 0) return 0;
  const nodes = byNode(config, cpus);
  let at = start;
  const next = (more: readonly number[]): void => {
    if (at >= groups.length) at = 0;
    groups[at]?.push(...more);
    at++;
  };
  if (groups.length <= nodes.length) {
    for (const node of nodes) next(node);
    return groups.length;
  }
  let made = 0;
  for (const { cpus: node, share } of nodeShares(nodes, groups.length)) {
    const left = [...node];
    for (let g = 0; g < share; g++) {
      const extra = g < node.length % share ? 1 : 0;
      next(takeGroup(config, left, Math.floor(node.length / share) + extra));
    }
    made += share;
  }
  return made;
};

/** group_cpus_evenly(): CPUs that are plugged in first, the others after them. */
export const groupCpusEvenly = (config: Config, count: number): readonly (readonly number[])[] => {
  const groups: number[][] = Array.from({ length: count }, () => []);
  const present = mask(config.present ?? allCpus(config));
  const absent = allCpus(config).filter((cpu) => !present.includes(cpu));
  const made = groupCpus(config, present, 0, groups);
  const others = groupCpus(config, absent, made >= count ? 0 : made, groups);
  return groups.slice(0, Math.min(made + others, count)).map(mask);
};

/** irq_create_affinity_masks() with one set. */
export const spread = (config: Config, vectors: number, pre: number, post: number): Spread => {
  const spreading = Math.max(0, vectors - pre - post);
  if (spreading === 0) return { groups: 0, masks: [], managed: [] };
  const groups = groupCpusEvenly(config, spreading);
  const everywhere = allCpus(config);
  const each = Array.from({ length: vectors }, (_x, i) => i);
  return {
    groups: groups.length,
    masks: each.map((i) => groups[i - pre] ?? everywhere),
    managed: each.map((i) => i >= pre && i < vectors - post),
  };
};

/** irq_calc_affinity_vectors() with the default set: how many vectors are of use. */
export const usefulVectors = (
  config: Config,
  min: number,
  max: number,
  pre: number,
  post: number,
): number => (pre + post > min ? 0 : pre + post + Math.min(config.cpus, max - pre - post));
