/** Every register that a system shows is compared with the reference, after every command. */
import type { Clause } from "../../core/clause.js";
import { pcie, rule, type Source, sdm, vtd } from "../../core/source.js";
import * as amd from "../remapping/amd.js";
import * as intel from "../remapping/intel.js";
import { type MachineTransition, sameWords } from "./judging.js";
import type { ApicView, Config, FunctionView, MemoryView, UnitView, View } from "./vocabulary.js";

type T = MachineTransition;

const both = (offset: number): readonly number[] => [offset, offset + 4];

/** Registers of an Intel unit that hold state, by 32-bit words. */
const intelOffsets: readonly number[] = [
  intel.VER,
  ...both(intel.CAP),
  ...both(intel.ECAP),
  intel.GSTS,
  ...both(intel.RTADDR),
  intel.FSTS,
  intel.FECTL,
  intel.FECTL + 4,
  intel.FECTL + 8,
  intel.FEUADDR,
  intel.IQH,
  intel.IQT,
  ...both(intel.IQA),
  intel.ICS,
  intel.IECTL,
  intel.IECTL + 4,
  intel.IECTL + 8,
  intel.IEUADDR,
  ...both(intel.IRTA),
  ...Array.from({ length: 4 * intel.FAULT_RECORDS }, (_x, i) => intel.FRCD + 4 * i),
];

const amdOffsets: readonly number[] = [
  ...both(amd.DEVTAB),
  ...both(amd.CMDBUF),
  ...both(amd.EVTLOG),
  ...both(amd.CONTROL),
  amd.EFR,
  amd.CMD_HEAD,
  amd.CMD_TAIL,
  amd.EVT_HEAD,
  amd.EVT_TAIL,
  amd.STATUS,
];

/** Byte offsets of the 32-bit registers of a configuration's unit. */
export const unitOffsets = (config: Config): readonly number[] => {
  switch (config.remapping.kind) {
    case "none":
      return [];
    case "intel":
      return intelOffsets;
    case "amd":
      return amdOffsets;
  }
};

const sameConfig = (a: FunctionView, b: FunctionView): boolean =>
  a.powered === b.powered && (!a.powered || sameWords(a.config, b.config));

const sameTables = (a: FunctionView, b: FunctionView): boolean =>
  !a.powered || (sameWords(a.table, b.table) && sameWords(a.pending, b.pending));

const sameApic = (a: ApicView, b: ApicView): boolean =>
  sameWords(a.irr, b.irr) &&
  sameWords(a.isr, b.isr) &&
  sameWords(a.tmr, b.tmr) &&
  a.tpr === b.tpr &&
  a.ldr === b.ldr &&
  a.dfr === b.dfr &&
  a.svr === b.svr &&
  a.esr === b.esr &&
  sameWords(a.lvt, b.lvt);

const every = <A>(a: readonly A[], b: readonly A[], same: (a: A, b: A) => boolean): boolean =>
  a === b || (a.length === b.length && a.every((x, i) => x === b[i] || same(x, b[i] as A)));

const sameUnit = (config: Config, a: UnitView | undefined, b: UnitView | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    unitOffsets(config).every((offset) => a.register(offset) === b.register(offset)));

const covers = (a: MemoryView, b: MemoryView): boolean => {
  let same = true;
  a.forEach((value, address) => {
    if (b.word(address) !== value) same = false;
  });
  return same;
};

const sameMemory = (a: MemoryView, b: MemoryView): boolean =>
  a === b || (covers(a, b) && covers(b, a));

const shown = (
  id: string,
  title: string,
  source: readonly Source[],
  needs: string,
  exists: (t: T) => boolean,
  same: (config: Config, after: View, shown: View) => boolean,
): Clause<T> => ({
  id,
  title,
  level: "contract",
  kind: "invariant",
  task: "T1.4",
  source,
  needs: [needs],
  applies: (t) => t.observed !== undefined && exists(t),
  holds: (t) => t.observed === t.after || same(t.config, t.after, t.observed as View),
});

const anyFunction = (t: T): boolean => t.before.functions.length > 0;

export const stateClauses: readonly Clause<T>[] = [
  shown(
    "HW-STATE-1",
    "configuration space of every function is what its register tables make of the writes",
    [pcie("7.5 configuration space"), pcie("7.7 MSI and MSI-X structures")],
    "config",
    anyFunction,
    (_c, a, b) => every(a.functions, b.functions, sameConfig),
  ),
  shown(
    "HW-STATE-2",
    "MSI-X tables and pending bits of every function are what writes and events make of them",
    [pcie("7.7.2 MSI-X table and PBA structure"), pcie("6.1.4 MSI and MSI-X operation")],
    "tables",
    (t) => t.before.functions.some((fn) => fn.table.length > 0),
    (_c, a, b) => every(a.functions, b.functions, sameTables),
  ),
  shown(
    "HW-STATE-3",
    "every local APIC shows IRR, ISR, TMR and its control registers as the documents have them",
    [sdm("advanced programmable interrupt controller")],
    "apics",
    () => true,
    (_c, a, b) => every(a.apics, b.apics, sameApic),
  ),
  shown(
    "HW-STATE-4",
    "every register of the remapping unit is as writes, queue and faults make it",
    [vtd("register descriptions"), rule("AMD-Vi MMIO registers alike")],
    "remapping",
    (t) => t.before.unit !== undefined,
    (config, a, b) => sameUnit(config, a.unit, b.unit),
  ),
  shown(
    "HW-STATE-5",
    "RAM holds what CPUs, devices and the remapping unit wrote, and nothing else",
    [rule("memory keeps what is written")],
    "memory",
    () => true,
    (_c, a, b) => sameMemory(a.memory, b.memory),
  ),
];
