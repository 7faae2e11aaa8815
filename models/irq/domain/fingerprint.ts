/**
 * What decides the future, as words. Left out is what no later command can tell apart: the place
 * in the unit's queue and the commands that it has done.
 */
import type { Config } from "../../../spec/irq/domain/vocabulary.js";
import { Fingerprint } from "../../core/fingerprint.js";
import type { Machine } from "../../hardware/machine/index.js";
import { fingerprint as vectorWords } from "../vector-matrix/assignment/fingerprint.js";
import { plantOf } from "./plant.js";
import type { State } from "./state.js";

const addMachine = (print: Fingerprint, m: Machine): void => {
  for (const fn of m.functions) {
    print.list(fn.config);
    print.list(fn.table);
    print.list(fn.pending);
    print.add(fn.msiPending);
  }
  for (const apic of m.apics) {
    print.add(apic.svr);
    print.list(apic.irr);
    print.list(apic.isr);
    print.list(apic.tmr);
  }
  for (const { requester, message } of m.held) {
    print.add(requester);
    print.add(message.addressLo);
    print.add(message.addressHi);
    print.add(message.data);
  }
  print.add(m.held.length);
};

const addEntries = (print: Fingerprint, state: State): void => {
  for (const table of state.entries.tables) {
    print.add(table.key);
    for (const block of table.blocks) {
      print.add(block.base);
      print.add(block.device);
      print.add(block.irq);
      for (const irq of block.irqs) {
        print.flag(irq.active);
        print.add(irq.cpu);
        print.add(irq.vector);
      }
    }
    table.entries.forEach((entry, index) => {
      print.add(index);
      print.list(entry);
    });
  }
  for (const line of state.entries.cache) {
    print.add(line.table);
    print.add(line.index);
    print.list(line.entry);
  }
  for (const line of state.machine.unit?.cache ?? []) {
    print.add(line.table);
    print.add(line.index);
    print.list(line.entry);
  }
};

export const fingerprint = (config: Config, state: State): Int32Array => {
  const print = new Fingerprint();
  print.list(vectorWords(plantOf(config).vectors, state.vectors));
  addMachine(print, state.machine);
  if (config.remapping !== "none") addEntries(print, state);
  for (const desc of state.descs) {
    if (desc === undefined) {
      print.add(-1);
      continue;
    }
    print.add(desc.number);
    print.add(desc.message?.addressLo ?? -1);
    print.add(desc.message?.data ?? -1);
    print.flag(desc.pending);
    print.add(desc.running);
    print.flag(desc.owed);
    print.add(desc.spare);
    print.add(desc.runs);
  }
  for (const cpu of state.cpus) {
    print.add(cpu.running);
    print.add(cpu.waiting);
    // Counters go round; only that they agree decides anything.
    print.add(cpu.spurious - cpu.strays);
    print.add(cpu.ticks - cpu.expired);
    print.add(cpu.open);
  }
  for (const line of state.lines) {
    print.list(line.handlers);
    print.add(line.seen);
    print.add(line.unhandled);
    print.flag(line.off);
    print.add(line.ignored);
    print.add(line.unclaimed);
  }
  return print.words;
};
