/** What hardware does: time passes, a CPU takes its timer's vector, registers are written. */
import type { ApicWrite, Config } from "../../../spec/irq/lapic-timer/vocabulary.js";
import {
  advance as advanceApic,
  hasBit,
  take,
  writeRegister,
} from "../../hardware/local-apic/index.js";
import { type CpuState, cpuAt, type State, withCpu } from "./state.js";

/** Writes that a system reported, made to the APICs here. */
export const written = (state: State, writes: readonly ApicWrite[]): State => {
  let next = state;
  for (const { cpu, offset, value } of writes) {
    const target = cpuAt(next, cpu);
    if (target === undefined) continue;
    next = withCpu(next, cpu, { apic: writeRegister(target.apic, offset, value).apic });
  }
  return next;
};

export const advance = (config: Config, state: State, clocks: number): State => {
  const now = state.now + clocks;
  const cpus = state.cpus.map((cpu) => ({
    ...cpu,
    apic: advanceApic(cpu.apic, clocks, now * config.tscRatio).apic,
  }));
  return { ...state, now, cpus };
};

export const taken = (state: State, cpu: number): State => {
  const target = cpuAt(state, cpu);
  return target === undefined ? state : withCpu(state, cpu, { apic: take(target.apic).apic });
};

export const isPending = (config: Config, cpu: CpuState): boolean =>
  hasBit(cpu.apic.irr, config.vector);
