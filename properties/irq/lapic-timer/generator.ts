import type { Choices } from "../../../spec/core/choices.js";
import type { Level } from "../../../spec/core/clause.js";
import { divisorOf } from "../../../spec/hardware/local-apic/registers.js";
import { isArmed, period, tscOf } from "../../../spec/irq/lapic-timer/judging.js";
import { sensible } from "../../../spec/irq/lapic-timer/legal.js";
import {
  type Command,
  type CommandKind,
  type Config,
  type CpuView,
  commandKinds,
  modes,
  type View,
} from "../../../spec/irq/lapic-timer/vocabulary.js";
import { pickKind } from "../../engine/random.js";
import type { Drawing, Generator } from "../../subsystem.js";

type D = Drawing<Config, View>;

/**
 * How far time may go. Handlers are late, but never by a whole period: a second expiry would meet
 * the first one still pending, and ticks would be lost that no kernel can count.
 */
const limit = (config: Config, view: View): number => {
  const clocks = period(config, view.hz);
  let end = Number.POSITIVE_INFINITY;
  for (const cpu of view.cpus) {
    if (!cpu.online || cpu.use !== "tick") continue;
    end = Math.min(end, cpu.since + (cpu.ticks + 1.9) * clocks);
  }
  if (view.pit) end = Math.min(end, view.pitSince + (view.pitTicks + 1.9) * clocks);
  return Math.floor(end - view.now);
};

export const enabled = (config: Config, level: Level, view: View, command: Command): boolean => {
  // Linux's tick rate is fixed when it is built.
  if (level === "linux" && command.kind === "setHz") return false;
  if (command.kind === "advance") return command.clocks <= limit(config, view);
  return sensible(config, view, (i) => view.cpus[i]?.pending === true, command);
};

/** Bus clocks to some CPU's next expiry. */
const toExpiry = (config: Config, view: View, cpu: CpuView | undefined): number => {
  if (cpu === undefined || !isArmed(cpu)) return period(config, view.hz);
  if (cpu.deadline !== 0)
    return Math.ceil((cpu.deadline - tscOf(config, view.now)) / config.tscRatio);
  return cpu.count * divisorOf(cpu.divide);
};

/** Up to an expiry, over it, a little, or as far as time may go. */
const drawAdvance = (choices: Choices, { config, view }: D): Command => {
  const most = Math.min(limit(config, view), 1_000_000_000);
  const expiry = toExpiry(config, view, view.cpus[choices.below(config.cpus)]);
  const far = [
    ...[expiry, expiry, expiry - 1, expiry + 1, most, most],
    ...[1 + choices.below(2000), Math.floor(expiry / 2), expiry + choices.below(5000)],
  ];
  const clocks = Math.floor(far[choices.below(far.length)] as number);
  return { kind: "advance", clocks: Math.max(1, Math.min(clocks, most)) };
};

const DELTAS = [0, 1, 7, 8, 9, -1, -1000, 500, 4096, 240_000, 2_400_000, 1_000_001] as const;

const drawKind = (choices: Choices, d: D, kind: CommandKind): Command => {
  const { config, view } = d;
  const cpu = choices.below(config.cpus);
  switch (kind) {
    case "setup": {
      const mode = modes[choices.below(config.deadline ? 3 : 2)] ?? "periodic";
      return { kind, cpu, mode };
    }
    case "program": {
      const delta = DELTAS[choices.below(DELTAS.length)] as number;
      return { kind, cpu, delta: choices.below(4) === 0 ? delta + choices.below(100_000) : delta };
    }
    case "interrupt": {
      const waiting = view.cpus.findIndex((c) => c.online && c.pending);
      return { kind, cpu: waiting < 0 ? cpu : waiting };
    }
    case "shutdown":
    case "unmask":
    case "cpuDown":
    case "cpuUp":
      return { kind, cpu };
    case "advance":
      return drawAdvance(choices, d);
    case "setHz":
      return { kind, hz: config.rates[choices.below(config.rates.length)] ?? 1000 };
    case "setSource":
      return { kind, source: view.pit ? "lapic" : "pit" };
    case "pit":
    case "slice":
      return { kind };
  }
};

/** The wanted kind, or the next one that means something now. */
const draw = (choices: Choices, d: D): Command => {
  const wanted = pickKind(choices, d.weights) as CommandKind;
  const first = commandKinds.indexOf(wanted);
  for (let n = 0; n < commandKinds.length; n++) {
    const kind = commandKinds[(first + n) % commandKinds.length] as CommandKind;
    if (n > 0 && (d.weights.get(kind) ?? 0) === 0) continue;
    const command = drawKind(choices, d, kind);
    if (enabled(d.config, d.level, d.view, command)) return command;
  }
  // Time stands still while a tick waits; taking it always helps.
  return drawKind(choices, d, "interrupt");
};

export const generator: Generator<Config, Command, View> = {
  weights: {
    setup: 4,
    program: 3,
    shutdown: 2,
    unmask: 3,
    advance: 24,
    interrupt: 24,
    cpuDown: 1,
    cpuUp: 2,
    setHz: 1,
    setSource: 1,
    pit: 6,
    slice: 2,
  },
  subsets: {
    ticks: ["setup", "advance", "interrupt"],
    events: ["setup", "program", "advance", "interrupt"],
  },
  draw,
  enabled,
};
