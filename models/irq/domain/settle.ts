/**
 * The state after a command, from what was answered and what was written: the same for the
 * reference's own answers and for those of a system.
 */
import { isLatched } from "../../../spec/irq/domain/judging.js";
import { meaningOf, placeOf, planOf } from "../../../spec/irq/domain/platform.js";
import {
  type Command,
  type Config,
  type Desc,
  type Response,
  TIMER_VECTOR,
} from "../../../spec/irq/domain/vocabulary.js";
import { deviceMessage, hasPendingBit, isRequested } from "./hardware.js";
import { afterInterrupt, afterRelease, afterRequest } from "./lines.js";
import { canRun, ownerOf, putDesc, type State, withCpu, withDesc } from "./state.js";
import { freedWith, withRequests } from "./vectors.js";
import { StateView } from "./view.js";
import type { Made } from "./work.js";

const COUNT = 0x10000;

/** Events that a run may still be spent on, at most; more cannot be latched at a time. */
const MOST_SPARE = 5;

const freshDesc = (number: number): Desc => ({
  number,
  message: undefined,
  pending: false,
  running: -1,
  owed: false,
  spare: 0,
  runs: 0,
});

/** A request that leads, or led until now, to a handler of this interrupt. */
const credit = (state: State, irq: number, owed: boolean): State => {
  const desc = state.descs[irq];
  if (desc === undefined) return state;
  const requested = state.vectors.irqs[irq]?.requested === true;
  return withDesc(state, irq, {
    owed: desc.owed || (owed && requested),
    spare: Math.min(desc.spare + 1, MOST_SPARE),
  });
};

/** What the hardware did in the command, for the interrupts that it concerns. */
const countEvents = (before: State, state: State, command: Command): State => {
  switch (command.kind) {
    case "event": {
      const sent = state.machine.log.sent.length > 0;
      // A message that is lost or late was still on its way: nobody can be blamed for that.
      if (sent && command.fate === "lost") return state;
      if (sent && command.fate === "late") return state;
      return credit(state, command.irq, true);
    }
    case "arrive":
      return state.machine.log.arrived.reduce(
        (s, { cpu, vector }) => credit(s, ownerOf(before, cpu, vector), false),
        state,
      );
    case "phantom":
      return credit(state, ownerOf(before, command.cpu, command.vector), false);
    default:
      return state;
  }
};

/** Messages written, and ends of interrupts signalled. */
const countWrites = (config: Config, state: State, response: Response): State => {
  if (response.kind === "fatal") return state;
  let next = state;
  for (const w of response.bus) {
    const meaning = meaningOf(config, w);
    if (meaning.kind === "eoi") {
      const open = next.cpus[meaning.cpu]?.open ?? 0;
      next = withCpu(next, meaning.cpu, { open: Math.max(open - 1, -1) });
    } else if (meaning.kind === "message" && meaning.last) {
      const base = planOf(config).first[meaning.device] ?? 0;
      const all = config.devices[meaning.device]?.source === "msi";
      const from = base + (all ? 0 : meaning.index);
      const to = all ? base + (config.devices[meaning.device]?.entries ?? 0) : from + 1;
      for (let irq = from; irq < to; irq++) {
        if (next.descs[irq] === undefined) continue;
        next = withDesc(next, irq, { message: deviceMessage(config, next.machine, irq) });
      }
    }
  }
  return next;
};

const startRun = (state: State, cpu: number, irq: number): State => {
  const desc = state.descs[irq];
  const next = withCpu(state, cpu, { running: irq, waiting: -1 });
  if (desc === undefined) return next;
  return withDesc(next, irq, {
    running: cpu,
    pending: false,
    owed: false,
    spare: Math.max(desc.spare - 1, 0),
    runs: Math.min(desc.runs + 1, 2),
  });
};

const cpuOf = (command: Command): number => ("cpu" in command ? command.cpu : -1);

/** What the kernel says of its handlers. */
const runs = (before: State, state: State, command: Command, response: Response): State => {
  const cpu = cpuOf(command);
  switch (response.kind) {
    case "running":
      return startRun(state, cpu, response.irq);
    case "held":
      return withDesc(withCpu(state, cpu, { waiting: -1 }), response.irq, { pending: true });
    case "waiting":
      return withCpu(state, cpu, { waiting: response.irq });
    case "idle": {
      const irq = before.cpus[cpu]?.running ?? -1;
      return withDesc(withCpu(state, cpu, { running: -1 }), irq, { running: -1 });
    }
    case "stray": {
      const { spurious } = state.cpus[cpu] ?? { spurious: 0 };
      return withCpu(state, cpu, { spurious: (spurious + 1) % COUNT, waiting: -1 });
    }
    case "tick": {
      const { ticks } = state.cpus[cpu] ?? { ticks: 0 };
      return withCpu(state, cpu, { ticks: (ticks + 1) % COUNT });
    }
    default:
      return state;
  }
};

/** What was taken: a bit in service more; and what it was, by the tables as they stood. */
const countTaken = (config: Config, before: State, state: State, command: Command): State => {
  if (command.kind === "spurious") {
    const strays = state.cpus[command.cpu]?.strays ?? 0;
    return withCpu(state, command.cpu, { strays: (strays + 1) % COUNT });
  }
  if (command.kind === "line") {
    const cpu = before.vectors.online.indexOf(true);
    const open = state.cpus[cpu]?.open ?? 0;
    return withCpu(state, cpu, { open: open + 1 });
  }
  if (command.kind !== "take") return state;
  const { cpu, vector } = command;
  const part = state.cpus[cpu];
  if (part === undefined) return state;
  const isDevice = vector >= config.start && vector < config.end;
  const timer = vector === TIMER_VECTOR;
  const stray = !timer && (!isDevice || ownerOf(before, cpu, vector) < 0);
  return withCpu(state, cpu, {
    open: part.open + 1,
    strays: (part.strays + (stray ? 1 : 0)) % COUNT,
    expired: (part.expired + (timer ? 1 : 0)) % COUNT,
  });
};

const lines = (config: Config, state: State, command: Command, response: Response): State => {
  if (command.kind !== "request" && command.kind !== "release" && command.kind !== "line") {
    return state;
  }
  const line = state.lines[command.line];
  if (line === undefined) return state;
  const put = (now: typeof line): State => {
    const list = state.lines.slice();
    list[command.line] = now;
    return { ...state, lines: list };
  };
  if (command.kind === "line") {
    return response.kind === "served"
      ? put(afterInterrupt(config, line, command, response.handlers, response.off))
      : state;
  }
  if (response.kind !== "done") return state;
  return put(
    command.kind === "request"
      ? afterRequest(line, command.handler)
      : afterRelease(line, command.handler),
  );
};

/** Descriptors come and go with the answers that say so. */
const descriptors = (
  config: Config,
  before: State,
  state: State,
  command: Command,
  response: Response,
): State => {
  if (command.kind === "alloc" && response.kind === "allocated") {
    const base = (planOf(config).first[command.device] ?? 0) + command.first;
    let next = state;
    response.numbers.slice(0, command.count).forEach((number, i) => {
      if (placeOf(config, base + i).device !== command.device) return;
      // What the device raised before, while nobody had the interrupt, still waits in its bit.
      const spare = hasPendingBit(config, before.machine, base + i) ? 1 : 0;
      next = putDesc(next, base + i, { ...freshDesc(number), spare });
    });
    return next;
  }
  if (command.kind === "free" && response.kind === "freed") {
    return freedWith(config, before, command.irq).reduce((s, n) => putDesc(s, n, undefined), state);
  }
  return state;
};

/** Ghosts that depend on what became of an interrupt. */
const tidy = (config: Config, before: State, state: State): State => {
  let next = state;
  for (let irq = 0; irq < state.descs.length; irq++) {
    const desc = next.descs[irq];
    if (desc === undefined) continue;
    let change: Partial<Desc> | undefined;
    const started = state.vectors.irqs[irq]?.started === true;
    // Nobody is left who would wait for it.
    if (!started && desc.owed) change = { owed: false };
    if (!started && desc.runs !== 0) change = { ...change, runs: 0 };
    // What was kept while it could not run was sent on when it could.
    if (desc.pending && desc.running < 0 && canRun(state, irq) && !canRun(before, irq)) {
      change = { ...change, pending: false };
    }
    if (change !== undefined) next = withDesc(next, irq, change);
    const now = next.descs[irq] as Desc;
    if (now.spare > 0 && now.running < 0 && !now.pending && state.machine.held.length === 0) {
      if (!isLatched(config, new StateView(config, next), irq))
        next = withDesc(next, irq, { spare: 0 });
    }
  }
  return next;
};

export const settle = (config: Config, before: State, command: Command, made: Made): State => {
  const { response, machine } = made;
  let state: State = {
    ...before,
    entries: made.entries,
    machine,
    tail: made.tail,
    vectors: withRequests(made.vectors, undefined, machine),
  };
  state = descriptors(config, before, state, command, response);
  state = countEvents(before, state, command);
  if (command.kind === "take" && command.again) {
    const irq = ownerOf(before, command.cpu, command.vector);
    if (raisedAgain(config, response, irq)) {
      state = credit(state, irq, true);
      // On the way between two messages it comes with the new vector to the old CPU, where that
      // may be somebody else's: Linux accepts a run too many there.
      for (const a of machine.log.arrived) {
        const other = ownerOf(before, a.cpu, a.vector);
        if (other >= 0 && other !== irq) state = credit(state, other, false);
      }
    }
  }
  state = resent(before, state, command, response);
  state = countTaken(config, before, state, command);
  state = countWrites(config, state, response);
  state = runs(before, state, command, response);
  state = lines(config, state, command, response);
  return tidy(config, before, state);
};

/**
 * A careful move looks whether its new vector is pending on the old CPU. What it finds may be
 * somebody else's, and the interrupt is then sent on without an event: no run too many is meant.
 */
const resent = (before: State, state: State, command: Command, response: Response): State => {
  const cpu = cpuOf(command);
  const pairs =
    response.kind === "running" || response.kind === "held"
      ? [response]
      : response.kind === "moved" && command.kind === "cpuDown"
        ? response.irqs.map((irq, i) => ({ irq, vector: response.vectors[i] ?? 0 }))
        : [];
  return pairs.reduce((s, { irq, vector }) => {
    const was = before.vectors.irqs[irq];
    const moved = was !== undefined && was.vector !== 0 && was.vector !== vector;
    return moved && isRequested(before.machine, cpu, vector) ? credit(s, irq, false) : s;
  }, state);
};

/** The device had its chance to raise once more: a message of it was written. */
export const raisedAgain = (config: Config, response: Response, irq: number): boolean => {
  if (response.kind === "fatal" || irq < 0) return false;
  const { device } = placeOf(config, irq);
  return response.bus.some((w) => {
    const meaning = meaningOf(config, w);
    return meaning.kind === "message" && meaning.last && meaning.device === device;
  });
};
