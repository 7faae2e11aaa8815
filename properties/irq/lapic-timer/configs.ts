/** Configurations that campaigns, faults and tests share. */
import type { Config } from "../../../spec/irq/lapic-timer/vocabulary.js";

/** A 100 MHz bus, a 2.4 GHz TSC, 1000 ticks a second. */
export const base: Config = {
  cpus: 4,
  online: 2,
  busHz: 100_000_000,
  tscRatio: 24,
  rates: [1000, 250, 100],
  tick: "periodic",
  vector: 0xec,
  deadline: true,
  sliceUs: 100_000,
};

/** A bus clock that no rate divides, and a timer without the deadline mode. */
export const uneven: Config = {
  ...base,
  busHz: 66_666_667,
  tscRatio: 7,
  rates: [300, 1000, 148],
  tick: "oneshot",
  vector: 0x40,
  deadline: false,
};

export const deadlines: Config = { ...base, tick: "deadline", tscRatio: 25 };

/** One CPU, which the PIT can drive as well. */
export const uniprocessor: Config = { ...base, cpus: 2, online: 1 };
