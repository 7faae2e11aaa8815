/** Situations of a machine that plain chance reaches rarely. */
import {
  bitOf,
  cpuOf,
  highestBit,
  type MachineTransition,
} from "../../../spec/hardware/machine/judging.js";
import { EVENT_OVERFLOW, STATUS } from "../../../spec/hardware/remapping/amd.js";
import { FSTS, PFO, PPF } from "../../../spec/hardware/remapping/intel.js";
import type { Feature } from "../../subsystem.js";

type T = MachineTransition;

const bits = (words: ArrayLike<number>): number => {
  let count = 0;
  for (let v = 0; v < 32 * words.length; v++) if (bitOf(words, v)) count++;
  return count;
};

const apic = (t: T) => t.after.apics[cpuOf(t)];

export const features: readonly Feature<T>[] = [
  {
    name: "an event of a device arrives at a CPU",
    reached: (t) => t.command.kind === "event" && t.after.log.arrived.length > 0,
  },
  {
    name: "an event of a device goes through a table entry",
    reached: (t) =>
      t.command.kind === "event" &&
      t.after.unit !== undefined &&
      t.after.unit.cache.length > 0 &&
      t.after.log.arrived.length > 0,
  },
  {
    name: "unmasking sends several pending messages",
    reached: (t) => t.command.kind === "write" && t.after.log.sent.length > 1,
  },
  {
    name: "a message finds its request there already",
    reached: (t) =>
      t.command.kind === "event" &&
      t.after.log.sent.length === 1 &&
      t.after.log.arrived.length === 0 &&
      t.after.unit === undefined,
  },
  {
    name: "the remapping unit blocks a message",
    reached: (t) => t.after.log.blocked.length > 0,
  },
  {
    name: "a stale entry is used",
    reached: (t) => {
      const { unit, memory } = t.before;
      if (t.command.kind !== "event" || unit?.latched === undefined) return false;
      const { base } = unit.latched;
      return unit.cache.some((line) =>
        line.entry.some((word, i) => memory.word(base + 16 * line.index + 4 * i) !== word),
      );
    },
  },
  {
    name: "a fault is pending at the Intel unit",
    reached: (t) =>
      t.config.remapping.kind === "intel" && ((t.after.unit?.register(FSTS) ?? 0) & PPF) !== 0,
  },
  {
    name: "fault records overflow",
    reached: (t) =>
      t.config.remapping.kind === "intel" && ((t.after.unit?.register(FSTS) ?? 0) & PFO) !== 0,
  },
  {
    name: "the event log overflows",
    reached: (t) =>
      t.config.remapping.kind === "amd" &&
      ((t.after.unit?.register(STATUS) ?? 0) & EVENT_OVERFLOW) !== 0,
  },
  {
    name: "interrupts nest",
    reached: (t) => t.response.kind === "taken" && bits(apic(t)?.isr ?? []) > 1,
  },
  {
    name: "an interrupt is in service and requested again",
    reached: (t) => {
      const own = t.command.kind === "take" ? apic(t) : undefined;
      return t.after.apics.some(
        (a) => a === own && highestBit(a.irr) >= 0 && bitOf(a.irr, highestBit(a.isr)),
      );
    },
  },
  {
    name: "a request waits for the priority of its CPU",
    reached: (t) => t.response.kind === "nothing" && highestBit(apic(t)?.irr ?? []) >= 0,
  },
  { name: "a spurious vector", reached: (t) => t.response.kind === "spurious" },
  { name: "an access that no bus carries", reached: (t) => t.response.kind === "refused" },
  { name: "several messages are late", reached: (t) => t.after.held.length > 1 },
  {
    name: "a logical destination names several CPUs",
    reached: (t) => t.command.kind !== "advance" && t.after.log.arrived.length > 1,
  },
];
