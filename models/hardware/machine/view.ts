/** The machine as clauses and reports see it. */
import type { MemoryView, UnitView, View } from "../../../spec/hardware/machine/vocabulary.js";
import { forEachWord, type Memory, readWord } from "../memory.js";
import { type RemapUnit, readRegister } from "../remapping/index.js";
import type { Machine } from "./state.js";

const memories = new WeakMap<Memory, MemoryView>();

/** One view a memory, so that what did not change is the same object. */
const memoryView = (memory: Memory): MemoryView => {
  const known = memories.get(memory);
  if (known !== undefined) return known;
  const view: MemoryView = {
    word: (address) => readWord(memory, address),
    forEach: (visit) => forEachWord(memory, (address, value) => visit(value, address)),
  };
  memories.set(memory, view);
  return view;
};

const unitView = (unit: RemapUnit): UnitView => ({
  register: (offset) => readRegister(unit, offset, 4),
  cache: unit.cache,
  devices: unit.kind === "amd" ? unit.devices : [],
  latched: unit.kind === "intel" ? unit.latched : undefined,
});

export const viewOf = (m: Machine): View => ({
  functions: m.functions,
  apics: m.apics,
  unit: m.unit && unitView(m.unit),
  memory: memoryView(m.memory),
  held: m.held,
  mishap: m.mishap,
  log: m.log,
});
