/** A state of the machine in 128 bits: everything that decides its future. */
import type { Config } from "../../../spec/hardware/machine/vocabulary.js";
import { Fingerprint } from "../../core/fingerprint.js";
import type { LocalApic } from "../local-apic/index.js";
import { addMemory } from "../memory.js";
import type { PciFunction } from "../pci/index.js";
import type { RemapUnit } from "../remapping/index.js";
import type { Machine } from "./state.js";

const addFunction = (print: Fingerprint, fn: PciFunction): void => {
  print.list(new Uint32Array(fn.config.buffer, fn.config.byteOffset, fn.config.length >> 2));
  print.list(fn.table);
  print.list(fn.pending);
  print.list(fn.rewritten);
  print.add(fn.msiPending);
  print.add(fn.wrapped);
  print.flag(fn.line);
  print.flag(fn.powered);
};

const addApic = (print: Fingerprint, apic: LocalApic): void => {
  for (const words of [apic.irr, apic.isr, apic.tmr]) for (const word of words) print.add(word);
  const { tpr, ldr, dfr, svr, esr, errors, icrLow, icrHigh, events, sipi, timer } = apic;
  for (const word of [tpr, ldr, dfr, svr, esr, errors, icrLow, icrHigh, events, sipi]) {
    print.add(word);
  }
  print.list(apic.lvt);
  const { initial, count, phase, divide, deadline, deadlineHigh, tsc } = timer;
  for (const word of [initial, count, phase, divide, deadlineHigh]) print.add(word);
  print.wide(BigInt(deadline));
  print.wide(BigInt(tsc));
};

/** Numbers and lists of the unit in the order of its fields, which is fixed. */
const addPlain = (print: Fingerprint, value: unknown): void => {
  if (typeof value === "number") print.add(value);
  else if (typeof value === "boolean") print.flag(value);
  else if (Array.isArray(value)) {
    print.add(value.length);
    for (const element of value) addPlain(print, element);
  } else if (typeof value === "object" && value !== null) {
    for (const key in value) addPlain(print, (value as Record<string, unknown>)[key]);
  } else print.add(-1);
};

const addUnit = (print: Fingerprint, unit: RemapUnit): void => {
  const { shape: _shape, quirks: _quirks, ...state } = unit;
  addPlain(print, state);
};

export const fingerprint = (_config: Config, m: Machine): Int32Array => {
  const print = new Fingerprint();
  for (const fn of m.functions) addFunction(print, fn);
  for (const apic of m.apics) addApic(print, apic);
  if (m.unit !== undefined) addUnit(print, m.unit);
  addMemory(print, m.memory);
  addPlain(print, m.held);
  print.add(["none", "lose", "hold", "duplicate"].indexOf(m.mishap));
  return print.words;
};
