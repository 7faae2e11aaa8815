/** Faults of reads, and of single registers that no other clause speaks of. */
import { readApic, readAt, step } from "../../../models/hardware/machine/index.js";
import { IRR, ISR, PPR } from "../../../spec/hardware/local-apic/registers.js";
import type { Command } from "../../../spec/hardware/machine/vocabulary.js";
import { FECTL } from "../../../spec/hardware/remapping/intel.js";
import { after, contract, flip, type MachineFault } from "../pci/fault-kit.js";
import * as configs from "./configs.js";

type Read = Extract<Command, { kind: "read" }>;
type Write = Extract<Command, { kind: "write" }>;

/** Reads that the fault concerns give what stands at another place. */
const misread = (concerns: (c: Read) => boolean, instead: (c: Read) => Read) =>
  after((config, before, command, right) => {
    if (command.kind !== "read" || !concerns(command)) return right;
    const value = readAt(config, before, instead(command));
    return value === undefined ? right : { ...right, response: { kind: "value", value } };
  });

/** Writes that the fault concerns are performed in another way. */
const miswritten = (concerns: (c: Write) => boolean, instead: (c: Write) => Write) =>
  after((config, before, command, right) =>
    command.kind === "write" && concerns(command) ? step(config, before, instead(command)) : right,
  );

/** The lowest lane of the word. */
const lowest = (c: Read): Read => ({ ...c, offset: (c.offset & ~3) >>> 0 });

export const registerFaults: readonly MachineFault[] = [
  contract(
    "HW-READ-1",
    "upper-half-not-selected",
    "a 16-bit read of the upper half of a word of configuration space gives the lower half",
    misread((c) => c.space === "config" && c.width === 2 && (c.offset & 2) !== 0, lowest),
    { config: configs.kinds },
  ),
  contract(
    "HW-READ-2",
    "entry-words-exchanged",
    "upper address and data of an MSI-X entry read in each other's place",
    misread(
      (c) => c.space === "bar" && [4, 8].includes(c.offset % 16),
      (c) => ({ ...c, offset: c.offset ^ 12 }),
    ),
    { config: configs.msixShapes },
  ),
  contract(
    "HW-READ-3",
    "irr-reads-isr",
    "IRR reads what is in service",
    after((_config, before, command, right) => {
      if (command.kind !== "readApic" || right.response.kind !== "value") return right;
      const word = command.offset - IRR;
      if (word < 0 || word >= 0x80) return right;
      const value = readApic(before, command.cpu, ISR + word);
      return value === undefined ? right : { ...right, response: { kind: "value", value } };
    }),
    { config: configs.apicsAlone },
  ),
  contract(
    "HW-READ-4",
    "ppr-is-tpr",
    "PPR reads TPR, whatever is in service",
    after((_config, before, command, right) => {
      if (command.kind !== "readApic" || command.offset !== PPR) return right;
      const value = before.apics[command.cpu]?.tpr ?? 0;
      return { ...right, response: { kind: "value", value } };
    }),
    { config: configs.apicsAlone },
  ),
  contract(
    "HW-READ-5",
    "unit-lane-not-selected",
    "a narrow read of a register of the remapping unit gives its lowest bytes",
    misread((c) => c.space === "remapping" && c.width < 4, lowest),
    { config: configs.intel },
  ),
  contract(
    "HW-READ-6",
    "ram-lane-not-selected",
    "a narrow read of RAM gives the lowest bytes of the word",
    misread((c) => c.space === "memory" && c.width < 4, lowest),
    { config: configs.apicsAlone },
  ),
  contract(
    "HW-STATE-1",
    "write-lane-not-selected",
    "a narrow write to configuration space changes the lowest bytes of the word",
    miswritten(
      (c) => c.space === "config" && c.width < 4 && (c.offset & 3) !== 0,
      (c) => ({ ...c, offset: (c.offset & ~3) >>> 0 }),
    ),
    { config: configs.kinds },
  ),
  contract(
    "HW-STATE-2",
    "pending-in-the-other-word",
    "an event that is masked sets its pending bit in the other half of the 64-bit word",
    after((_config, before, command, right) => {
      if (command.kind !== "event") return right;
      const fn = right.state.functions[command.fn];
      if (fn === undefined || fn.pending === before.functions[command.fn]?.pending) return right;
      const moved = flip(flip(fn.pending, command.vector), command.vector ^ 32);
      const functions = right.state.functions.slice();
      functions[command.fn] = { ...fn, pending: moved };
      return { ...right, state: { ...right.state, functions } };
    }),
    { config: configs.msixShapes },
  ),
  contract(
    "HW-STATE-3",
    "level-not-noted",
    "TMR stays clear for a level-triggered message",
    after((_config, before, _command, right) => {
      const apics = right.state.apics.map((apic, cpu) => {
        const { tmr } = before.apics[cpu] ?? apic;
        return apic.tmr === tmr ? apic : { ...apic, tmr };
      });
      return { ...right, state: { ...right.state, apics } };
    }),
    { config: configs.apicsAlone },
  ),
  contract(
    "HW-STATE-4",
    "fault-data-not-kept",
    "the data register of the fault event keeps nothing",
    miswritten(
      (c) => c.space === "remapping" && c.offset === FECTL + 4,
      (c) => ({ ...c, value: 0 }),
    ),
    { config: configs.intel },
  ),
  contract(
    "HW-STATE-5",
    "byte-write-clears-the-word",
    "a byte written to RAM clears the other bytes of the word",
    miswritten(
      (c) => c.space === "memory" && c.width === 1,
      (c) => ({
        ...c,
        width: 4,
        offset: (c.offset & ~3) >>> 0,
        value: (c.value << (8 * (c.offset & 3))) >>> 0,
      }),
    ),
    { config: configs.apicsAlone },
  ),
];
