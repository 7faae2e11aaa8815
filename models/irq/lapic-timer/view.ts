import type { Config, CpuView, View } from "../../../spec/irq/lapic-timer/vocabulary.js";
import { currentCount, hasBit } from "../../hardware/local-apic/index.js";
import type { CpuState, State } from "./state.js";

const cpuView = (vector: number, cpu: CpuState): CpuView => {
  const { apic } = cpu;
  const { timer } = apic;
  // Field by field: a rest pattern here took half of a campaign.
  return {
    online: cpu.online,
    use: cpu.use,
    mode: cpu.mode,
    since: cpu.since,
    ticks: cpu.ticks,
    due: cpu.due,
    wanted: cpu.wanted,
    shut: cpu.shut,
    lvt: apic.lvt[0] as number,
    initial: timer.initial,
    count: currentCount(apic),
    divide: timer.divide,
    deadline: timer.deadline,
    pending: hasBit(apic.irr, vector),
    inService: hasBit(apic.isr, vector),
  };
};

export const view = (config: Config, state: State): View => ({
  now: state.now,
  hz: state.hz,
  pit: state.pit,
  pitSince: state.pitSince,
  pitTicks: state.pitTicks,
  cpus: state.cpus.map((cpu) => cpuView(config.vector, cpu)),
});
