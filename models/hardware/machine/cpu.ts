/** What a CPU does with its local APIC. */
import type { Outcome } from "../../../spec/core/model.js";
import type { Config, Response } from "../../../spec/hardware/machine/vocabulary.js";
import {
  acknowledge,
  advance,
  eoi,
  type LocalApic,
  readRegister,
  take,
  writeRegister,
} from "../local-apic/index.js";
import { toApics, withApics } from "./path.js";
import { type Machine, withApic } from "./state.js";

const nothing: Response = { kind: "nothing" };

/**
 * The CPU, interrupts enabled, takes the highest request whose class is above that of PPR; where
 * there is none, nothing happens.
 */
export const cpuTake = (m: Machine, cpu: number): Outcome<Machine, Response> => {
  const apic = m.apics[cpu];
  if (apic === undefined) return { state: m, response: nothing };
  const taken = take(apic);
  return taken.vector === undefined
    ? { state: m, response: nothing }
    : { state: withApic(m, cpu, taken.apic), response: { kind: "taken", vector: taken.vector } };
};

/**
 * The acknowledge cycle of a CPU that has seen the interrupt line: where what it saw is gone, the
 * APIC answers the spurious vector and sets no bit in service.
 */
export const cpuAcknowledge = (m: Machine, cpu: number): Outcome<Machine, Response> => {
  const apic = m.apics[cpu];
  if (apic === undefined) return { state: m, response: nothing };
  const { vector, spurious, apic: after } = acknowledge(apic);
  return {
    state: withApic(m, cpu, after),
    response: { kind: spurious ? "spurious" : "taken", vector },
  };
};

/** End of interrupt: the highest vector in service is done. */
export const cpuEoi = (m: Machine, cpu: number): Machine =>
  m.apics[cpu] === undefined ? m : withApic(m, cpu, eoi(m.apics[cpu] as LocalApic));

/** What a CPU reads from its local APIC. */
export const readApic = (m: Machine, cpu: number, offset: number): number | undefined => {
  const apic = m.apics[cpu];
  return apic === undefined || offset % 16 !== 0 ? undefined : readRegister(apic, offset);
};

/** The machine after a CPU's write; undefined where it is refused (x2APIC: #GP). */
export const writeApic = (
  config: Config,
  m: Machine,
  cpu: number,
  offset: number,
  value: number,
): Machine | undefined => {
  const apic = m.apics[cpu];
  if (apic === undefined || offset % 16 !== 0) return undefined;
  const result = writeRegister(apic, offset, value);
  if (result.refused === true) return undefined;
  const next = withApics(m, withApic(m, cpu, result.apic).apics);
  return result.sent === undefined ? next : toApics(config, next, result.sent);
};

/** Time passes: bus clocks and time-stamp counters alike. */
export const pass = (m: Machine, cycles: number): Machine =>
  withApics(
    m,
    m.apics.map((apic) => advance(apic, cycles).apic),
  );
