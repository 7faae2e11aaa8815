/** Reads: what is answered is what stands in the register, whatever the width and the lane. */
import type { Clause } from "../../core/clause.js";
import { pcie, rule, type Source, sdm, vtd } from "../../core/source.js";
import { PPR } from "../local-apic/registers.js";
import { apicRead, cpuOf, type MachineTransition, readOf, shapeOf, valueRead } from "./judging.js";
import { lanes, ppClass, readsApic, readsBar, readsConfig } from "./registers.js";

type T = MachineTransition;

const configWanted = (t: T): number | undefined => {
  const c = readOf(t, "config");
  const fn = c && t.before.functions[c.unit];
  return fn && c && readsConfig(fn, c.offset, c.width);
};

const barWanted = (t: T): number | undefined => {
  const c = readOf(t, "bar");
  const fn = c && t.before.functions[c.unit];
  const shape = shapeOf(t);
  if (c === undefined || fn === undefined || shape === undefined) return undefined;
  return readsBar(shape, fn, c.bar, c.offset, c.width);
};

const apicWanted = (t: T): number | undefined => {
  const c = apicRead(t);
  const apic = c && t.before.apics[c.cpu];
  return c && apic && readsApic(apic, c.offset);
};

const unitWanted = (t: T): number | undefined => {
  const c = readOf(t, "remapping");
  const { unit } = t.before;
  if (c === undefined || unit === undefined) return undefined;
  return lanes(unit.register((c.offset & ~3) >>> 0), c.offset, c.width);
};

const ramWanted = (t: T): number | undefined => {
  const c = readOf(t, "memory");
  if (c === undefined || c.offset + c.width > t.config.ram) return undefined;
  return lanes(t.before.memory.word((c.offset & ~3) >>> 0), c.offset, c.width);
};

const aligned = (t: T): boolean =>
  t.command.kind !== "read" || t.command.offset % t.command.width === 0;

const reads = (
  id: string,
  title: string,
  source: readonly Source[],
  wanted: (t: T) => number | undefined,
  kind: "read" | "readApic" = "read",
): Clause<T> => ({
  id,
  title,
  level: "contract",
  kind: "step",
  task: "T1.4",
  source,
  on: [kind],
  applies: (t) => aligned(t) && wanted(t) !== undefined,
  holds: (t) => valueRead(t) === wanted(t),
});

export const readClauses: readonly Clause<T>[] = [
  reads(
    "HW-READ-1",
    "configuration space reads as it stands, little endian at any width; all ones without power",
    [pcie("7.5 configuration space registers"), pcie("2.3.2 unsupported request of a read")],
    configWanted,
  ),
  reads(
    "HW-READ-2",
    "MSI-X table and pending bits read through their BAR; all ones where nothing is decoded",
    [pcie("7.7.2 MSI-X table and PBA structure"), pcie("7.5.1.1.3 memory space enable")],
    barWanted,
  ),
  reads(
    "HW-READ-3",
    "registers of a local APIC read as they stand, IRR, ISR and TMR 32 vectors a register",
    [sdm("local APIC register address map")],
    apicWanted,
    "readApic",
  ),
  {
    id: "HW-READ-4",
    title: "the class of PPR is the greater of the classes of TPR and of the highest in service",
    level: "contract",
    kind: "step",
    task: "T1.4",
    source: [sdm("task and processor priorities")],
    on: ["readApic"],
    applies: (t) => {
      const c = apicRead(t);
      return c?.offset === PPR && t.before.apics[c.cpu] !== undefined;
    },
    holds: (t) => {
      const apic = t.before.apics[cpuOf(t)];
      const value = valueRead(t);
      return value !== undefined && apic !== undefined && value >>> 4 === ppClass(apic);
    },
  },
  reads(
    "HW-READ-5",
    "registers of the remapping unit read as they stand",
    [vtd("register descriptions"), rule("AMD-Vi MMIO registers alike")],
    unitWanted,
  ),
  reads(
    "HW-READ-6",
    "RAM reads what was written last, by whomever",
    [pcie("2.4 ordering of writes"), rule("memory keeps what is written")],
    ramWanted,
  ),
];
