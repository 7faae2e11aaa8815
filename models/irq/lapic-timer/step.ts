/** Linux 7.0's timer code, command by command, and the state after any system's answer. */
import type { Outcome } from "../../../spec/core/model.js";
import { sensible as isSensible } from "../../../spec/irq/lapic-timer/legal.js";
import type { Command, Config, Did, Response } from "../../../spec/irq/lapic-timer/vocabulary.js";
import {
  type Choice,
  endOfInterrupt,
  linuxChoice,
  program,
  rearm,
  start,
  stop,
  unmaskEntry,
  type Writes,
} from "./plan.js";
import { type CpuState, cpuAt, type State, withCpu } from "./state.js";
import { advance, isPending, taken, written } from "./time.js";

export type TimerOutcome = Outcome<State, Response>;

const did = (writes: Writes, pit: boolean, more: Partial<Did> = {}): Did => ({
  kind: "did",
  writes,
  ticks: [],
  events: [],
  pit,
  ...more,
});

/** Whether the command makes sense now. */
export const sensible = (config: Config, state: State, command: Command): boolean =>
  isSensible(config, state, (i) => isPending(config, state.cpus[i] as CpuState), command);

/** The state as the command alone makes it: what the kernel's code finds when it runs. */
export const entered = (config: Config, state: State, command: Command): State => {
  const { now } = state;
  const ticking = { use: "tick", since: now, ticks: 0, due: 0, wanted: 0, shut: false } as const;
  switch (command.kind) {
    case "setup":
      return withCpu(state, command.cpu, { ...ticking, mode: command.mode });
    case "cpuUp":
      return withCpu(state, command.cpu, { ...ticking, online: true, mode: config.tick });
    case "program":
      return withCpu(state, command.cpu, {
        ...{ use: "event", due: 1, shut: false },
        wanted: now * config.tscRatio + command.delta,
      });
    case "shutdown":
      return withCpu(state, command.cpu, { use: "off", due: 0, shut: true });
    case "cpuDown":
      return withCpu(state, command.cpu, { use: "off", due: 0, shut: false, online: false });
    case "interrupt":
      return taken(state, command.cpu);
    case "advance":
      return advance(config, state, command.clocks);
    case "setHz": {
      const cpus = state.cpus.map((c) => (c.use === "tick" ? { ...c, ...ticking } : c));
      return { ...state, hz: command.hz, cpus, pitSince: now, pitTicks: 0 };
    }
    case "setSource":
      return command.source === "pit"
        ? withCpu({ ...state, pitSince: now, pitTicks: 0 }, 0, { use: "off", due: 0, shut: true })
        : withCpu(state, 0, { ...ticking, mode: config.tick });
    default:
      return state;
  }
};

/** Ticks and events as the system reported them. */
export const accounted = (state: State, command: Command, response: Did): State => {
  let next: State = { ...state, pit: response.pit };
  if (command.kind === "pit") return { ...next, pitTicks: state.pitTicks + response.ticks.length };
  for (const i of response.ticks) {
    const cpu = cpuAt(next, i);
    if (cpu !== undefined) next = withCpu(next, i, { ticks: cpu.ticks + 1 });
  }
  for (const i of response.events)
    if (cpuAt(next, i) !== undefined) next = withCpu(next, i, { due: 0 });
  return next;
};

/** The answer of the timer's interrupt: EOI first, then the tick and, if needed, the next event. */
const handle = (config: Config, state: State, i: number): Did => {
  const cpu = cpuAt(state, i) as CpuState;
  const end = endOfInterrupt(i);
  if (cpu.use === "event") return did(end, state.pit, { events: cpu.due > 0 ? [i] : [] });
  if (cpu.use === "off") return did(end, state.pit);
  const counted = withCpu(state, i, { ticks: cpu.ticks + 1 });
  return did([...end, ...rearm(config, counted, i, cpu.mode)], state.pit, { ticks: [i] });
};

/** What the kernel's code does and reports in the state that the command has made. */
export const answer = (
  config: Config,
  before: State,
  state: State,
  command: Command,
  choice: Choice = linuxChoice,
): Response => {
  const { pit } = state;
  switch (command.kind) {
    case "setup":
      return did(start(config, state, command.cpu, command.mode, choice), pit);
    case "cpuUp":
      return did(start(config, state, command.cpu, config.tick, choice), pit);
    case "program": {
      const mode = cpuAt(state, command.cpu)?.mode ?? config.tick;
      return did(program(config, state, command.cpu, mode, command.delta), pit);
    }
    case "shutdown":
    case "cpuDown":
      return did(stop(config, before, command.cpu), pit);
    case "unmask":
      return did(unmaskEntry(state, command.cpu), pit);
    case "interrupt":
      return handle(config, state, command.cpu);
    case "advance":
      return did([], pit);
    case "setHz":
      return did(
        state.cpus.flatMap((c, i) =>
          c.use === "tick" ? start(config, state, i, c.mode, choice) : [],
        ),
        pit,
      );
    case "setSource":
      return command.source === "pit"
        ? did(stop(config, before, 0), true)
        : did(start(config, state, 0, config.tick, choice), false);
    case "pit":
      return did([], pit, { ticks: [0] });
    case "slice":
      return { kind: "granted", ticks: Math.round((config.sliceUs * state.hz) / 1e6) };
  }
};

/** The state after an answer: its writes made, its ticks counted. */
export const follow = (
  config: Config,
  state: State,
  command: Command,
  response: Response,
): State => {
  if (response.kind !== "did" || !sensible(config, state, command)) return state;
  const made = written(entered(config, state, command), response.writes);
  return accounted(made, command, response);
};

export const stepWith =
  (choice: Choice) =>
  (config: Config, state: State, command: Command): TimerOutcome => {
    if (!sensible(config, state, command)) return { state, response: { kind: "refused" } };
    const response = answer(config, state, entered(config, state, command), command, choice);
    return { state: follow(config, state, command, response), response };
  };

export const step = stepWith(linuxChoice);

/** Other divisors and another order of the writes do as well. */
const choices: readonly Choice[] = [
  linuxChoice,
  { divisor: 1, divide: 0xb, entryLast: false },
  { divisor: 128, divide: 0xa, entryLast: false },
  { divisor: 16, divide: 0x3, entryLast: true },
];

export const outcomes = (
  config: Config,
  state: State,
  command: Command,
): readonly TimerOutcome[] => {
  switch (command.kind) {
    case "setup":
    case "cpuUp":
    case "setHz":
    case "setSource":
      return choices.map((choice) => stepWith(choice)(config, state, command));
    default:
      return [step(config, state, command)];
  }
};
