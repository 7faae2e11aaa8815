import {
  type Config,
  type Mode,
  START_CLOCKS,
  type Use,
} from "../../../spec/irq/lapic-timer/vocabulary.js";
import { advance, enabledApic, type LocalApic } from "../../hardware/local-apic/index.js";

/** What the kernel's commands have made of a CPU's timer. */
export type CpuState = {
  readonly online: boolean;
  readonly use: Use;
  readonly mode: Mode;
  readonly since: number;
  readonly ticks: number;
  readonly due: number;
  readonly wanted: number;
  readonly shut: boolean;
  readonly apic: LocalApic;
};

export type State = {
  readonly now: number;
  readonly hz: number;
  readonly pit: boolean;
  readonly pitSince: number;
  readonly pitTicks: number;
  readonly cpus: readonly CpuState[];
};

export const init = (config: Config): State => ({
  now: START_CLOCKS,
  hz: config.rates[0] ?? 1000,
  pit: false,
  pitSince: 0,
  pitTicks: 0,
  cpus: Array.from({ length: config.cpus }, (_x, i) => ({
    online: i < config.online,
    use: "off" as const,
    mode: config.tick,
    since: 0,
    ticks: 0,
    due: 0,
    wanted: 0,
    shut: false,
    apic: advance(enabledApic(i, "xapic"), 0, START_CLOCKS * config.tscRatio).apic,
  })),
});

export const cpuAt = (state: State, i: number): CpuState | undefined => state.cpus[i];

export const withCpu = (state: State, i: number, change: Partial<CpuState>): State => {
  const cpus = state.cpus.slice();
  cpus[i] = { ...(state.cpus[i] as CpuState), ...change };
  return { ...state, cpus };
};
