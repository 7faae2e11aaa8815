/**
 * The tasks of the kernel's implementation plan. Clauses name the task that they judge; a task
 * counts as proven only when it holds and the tasks that it builds on are proven.
 */
export type Task = {
  readonly id: string;
  readonly title: string;
  /** Tasks whose result this one uses. */
  readonly needs: readonly string[];
};

const task = (id: string, title: string, ...needs: readonly string[]): Task => ({
  id,
  title,
  needs,
});

/** In an order in which each comes after those that it needs. */
export const tasks: readonly Task[] = [
  task("T1.1", "PCI capabilities: MSI and MSI-X found, enabled and disabled"),
  task("T1.2", "MSI messages composed, interrupt remapping", "T1.1"),
  task("T1.3", "per-CPU vector matrix, assignment, moves, hotplug, spreading", "T1.2"),
  task("T1.4", "MSI domain, dispatch, timer vector", "T1.3"),
  task("T1.5", "vectors for drivers: allocation, fallback, release", "T1.4"),
  task("T2.1", "coherent allocations"),
  task("T2.2", "streaming mappings and ownership", "T2.1"),
  task("T2.3", "scatter-gather", "T2.2"),
  task("T2.4", "IOVA allocation, IOMMU page tables, invalidation", "T2.2"),
  task("T2.5", "bounce buffers (SWIOTLB)", "T2.2"),
  task("T3.1", "local APIC timer: calibration and periodic tick", "T1.4"),
  task("T3.2", "per-CPU run queues and locks", "T3.1"),
  task("T3.3", "load balancing", "T3.2"),
  task("T3.4", "real-time class and priority inheritance", "T3.2"),
  task("T3.5", "TSC deadline timer, tick stopped in idle", "T3.1"),
  task("T4.1", "batched thread creation", "T3.2"),
  task("T4.2", "kernel thread pool", "T4.1"),
  task("T4.3", "bulk transfer over shared memory", "T4.1"),
];

/** Tasks that a clause names: "T2.2,T2.4" names two; "any" is every task's. */
export const tasksOf = (field: string): readonly string[] =>
  field === "any" ? [] : field.split(/[,\s]+/).filter((id) => id !== "");
