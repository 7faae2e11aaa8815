/**
 * What a record was told to hold. A function that was not probed leaves no trace of its calls:
 * where events are missing for that reason, a difference is no fault of the recorded kernel.
 */
import { E, type EventKind, irqEvents } from "../../traces/format/irq-events.js";
import type { Sidecar } from "../../traces/format/sidecar.js";
import { MASK_CPUS } from "./cpu-mask.js";

/** Place of each probe in the sidecar's list, in which the kernel arms them; -1: not listed. */
export const probeRanks = (sidecar: Sidecar): Int32Array => {
  const ranks = new Int32Array(irqEvents.length).fill(-1);
  (sidecar.dynamic_events ?? []).forEach((text, rank) => {
    const name = /^[pr]\d*:(?:[^/\s]+\/)?(\S+)/.exec(text)?.[1];
    const kind = irqEvents.find((k) => k.name === name);
    if (kind !== undefined) ranks[kind.id] = rank;
  });
  return ranks;
};

/** Tracepoints that `trace_event=` names; undefined when the sidecar does not tell. */
const tracepointsNamed = (sidecar: Sidecar): ((name: string) => boolean) | undefined => {
  const list = / trace_event=(\S+)/.exec(` ${sidecar.kernel_command_line ?? ""}`)?.[1];
  if (list === undefined) return undefined;
  const words = list.split(",").map((word) => word.split(":"));
  return (name) => {
    const system = name.startsWith("irq_matrix_") ? "irq_matrix" : "irq_vectors";
    return words.some(([first = "", second]) => {
      if (second === undefined) return first === name || first === system;
      return (first === system || first === "*" || first === "") && ["*", name].includes(second);
    });
  };
};

/** `irqaffinity=`: CPUs of new interrupts; the boot CPU is always one. Undefined: every CPU. */
export const defaultCpus = (sidecar: Sidecar): readonly number[] | undefined => {
  const list = / irqaffinity=([0-9,-]+)(?: |$)/.exec(` ${sidecar.kernel_command_line ?? ""}`)?.[1];
  if (list === undefined) return undefined;
  const cpus = [0];
  for (const range of list.split(",")) {
    const [first = 0, last = first] = range.split("-").map(Number);
    for (let cpu = first; cpu <= last && cpu < MASK_CPUS; cpu++) cpus.push(cpu);
  }
  return cpus;
};

/** The operations that these show have no other event that tells of them. */
const needed: readonly EventKind[] = [
  E.setAffinity,
  E.setAffinityReturn,
  E.msiCompose,
  E.msiWrite,
  E.mxFree,
];
const vtd: readonly EventKind[] = [E.irteWrite, E.irCompose];
const amdWide: readonly EventKind[] = [E.gaPrepare, E.gaActivate, E.gaDeactivate, E.gaAffinity];
const amdShort: readonly EventKind[] = [E.prepare, E.activate, E.deactivate, E.affinity];

/** Whether /proc/interrupts shows interrupts that a remapping unit translates. */
const isRemapped = (sidecar: Sidecar): boolean =>
  [...(sidecar.interrupts_before ?? []), ...(sidecar.interrupts_after ?? [])].some((line) =>
    / IR-/.test(line),
  );

/** What following needs and the sidecar says was not recorded: events by name, or a phrase. */
export const notRecorded = (sidecar: Sidecar): readonly string[] => {
  const missing: string[] = [];
  // Searches begin in the node of the interrupt; with one node that is every CPU.
  const nodes = (sidecar.qemu_command ?? "").match(/ -numa node/g) ?? [];
  if (nodes.length > 1) missing.push("the NUMA node of an interrupt");
  // Managed interrupts keep off isolated CPUs while their mask has another online one.
  if (/ isolcpus=\S*managed_irq/.test(` ${sidecar.kernel_command_line ?? ""}`)) {
    missing.push("the housekeeping CPUs of managed interrupts");
  }
  const named = tracepointsNamed(sidecar);
  if (named !== undefined) {
    for (const { origin, name } of irqEvents) {
      if (origin === "static" && name !== E.matrixOffline.name && !named(name)) missing.push(name);
    }
  }
  if (sidecar.dynamic_events === undefined) return missing;
  const ranks = probeRanks(sidecar);
  const isListed = (kind: EventKind): boolean => (ranks[kind.id] as number) >= 0;
  const absent = (kinds: readonly EventKind[]): void => {
    for (const kind of kinds) if (!isListed(kind)) missing.push(kind.name);
  };
  absent(needed);
  if (!isRemapped(sidecar)) return missing;
  const sets = [vtd, amdWide, amdShort].filter((set) => set.some(isListed));
  if (sets.length === 0) missing.push("remapping entries");
  for (const set of sets) absent(set);
  return missing;
};
