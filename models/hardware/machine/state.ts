/** The parts of a machine, put together; each part's behaviour is its own folder's. */
import type { Config, Log, Mishap } from "../../../spec/hardware/machine/vocabulary.js";
import type { Sent } from "../../../spec/hardware/shape.js";
import { enabledApic, type LocalApic, newApic } from "../local-apic/index.js";
import { emptyMemory, type Memory } from "../memory.js";
import { newFunction, type PciFunction } from "../pci/index.js";
import { newUnit, type RemapUnit } from "../remapping/index.js";

export type Machine = {
  readonly functions: readonly PciFunction[];
  readonly apics: readonly LocalApic[];
  readonly unit: RemapUnit | undefined;
  readonly memory: Memory;
  /** Messages that are late, oldest first. */
  readonly held: readonly Sent[];
  readonly mishap: Mishap;
  /** What happened since the last `quieted`. */
  readonly log: Log;
};

const silence: Log = { sent: [], arrived: [], blocked: [] };

/** Every part as after power-on; BARs as firmware assigned them. */
export const newMachine = (config: Config): Machine => ({
  functions: config.functions.map(newFunction),
  apics: config.apicIds.map((id) => (config.apicsOn ? enabledApic : newApic)(id, config.apic)),
  unit: config.remapping.kind === "none" ? undefined : newUnit(config.remapping, config.quirks),
  memory: emptyMemory,
  held: [],
  mishap: "none",
  log: silence,
});

/** The same with an empty log. */
export const quieted = (m: Machine): Machine => (m.log === silence ? m : { ...m, log: silence });

/** `list` with another element at `i`; the same list where it is that already. */
export const withAt = <A>(list: readonly A[], i: number, value: A): readonly A[] => {
  if (list[i] === value) return list;
  const next = list.slice();
  next[i] = value;
  return next;
};

export const withFunction = (m: Machine, fn: number, value: PciFunction): Machine =>
  m.functions[fn] === value ? m : { ...m, functions: withAt(m.functions, fn, value) };

export const withApic = (m: Machine, cpu: number, value: LocalApic): Machine =>
  m.apics[cpu] === value ? m : { ...m, apics: withAt(m.apics, cpu, value) };
