import { isArmed, type TimerTransition } from "../../../spec/irq/lapic-timer/judging.js";
import type { Feature } from "../../subsystem.js";

type T = TimerTransition;

/** Situations that a plain uniform generator reaches rarely. */
export const features: readonly Feature<T>[] = [
  {
    name: "handler late by half a period",
    reached: (t) =>
      t.command.kind === "interrupt" &&
      t.before.cpus.some((c) => {
        const clocks = t.config.busHz / t.before.hz;
        const late = t.before.now - c.since - (c.ticks + 1) * clocks;
        return c.use === "tick" && c.pending && late > clocks / 2;
      }),
  },
  {
    name: "deadline in the past",
    reached: (t) => {
      if (t.command.kind !== "program" || t.command.delta > 0) return false;
      return t.after.cpus[t.command.cpu]?.mode === "deadline";
    },
  },
  {
    name: "fifty ticks without a break",
    reached: (t) => t.after.cpus.some((c) => c.use === "tick" && c.ticks >= 50),
  },
  {
    name: "unmasked after a shutdown, and a period passed",
    reached: (t) =>
      t.command.kind === "advance" &&
      t.command.clocks >= t.config.busHz / t.before.hz &&
      t.before.cpus.some((c) => c.shut && (c.lvt & (1 << 16)) === 0),
  },
  {
    name: "all CPUs tick, each in a mode of its own",
    reached: (t) =>
      new Set(t.after.cpus.flatMap((c) => (c.use === "tick" && isArmed(c) ? [c.mode] : [])))
        .size === 3,
  },
  { name: "CPU back after it was down", reached: (t) => t.command.kind === "cpuUp" },
  {
    name: "rate changed while ticking",
    reached: (t) => t.command.kind === "setHz" && t.before.cpus.some((c) => c.use === "tick"),
  },
  { name: "PIT drives the tick", reached: (t) => t.command.kind === "pit" },
];
