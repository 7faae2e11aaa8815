import type { Choices } from "../../../spec/core/choices.js";
import { canRun } from "../../../spec/irq/domain/judging.js";
import { planOf } from "../../../spec/irq/domain/platform.js";
import {
  type Command,
  type Config,
  type Desc,
  type DomainView,
  type Fate,
  SPURIOUS_VECTOR,
  TIMER_VECTOR,
} from "../../../spec/irq/domain/vocabulary.js";
import type { Irq, Policy } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { pickKind } from "../../engine/random.js";
import type { Drawing, Generator } from "../../subsystem.js";
import { besides, enabled } from "./enabled.js";

type D = Drawing<Config, DomainView>;

const count = (d: D): number => d.config.apicIds.length;

/** Some number below `bound` for which `test` holds, searched from a random start; -1 if none. */
const some = (choices: Choices, bound: number, test: (n: number) => boolean): number => {
  if (bound === 0) return -1;
  const start = choices.below(bound);
  for (let i = 0; i < bound; i++) {
    const n = start + i < bound ? start + i : start + i - bound;
    if (test(n)) return n;
  }
  return -1;
};

const someIrq = (choices: Choices, d: D, test: (irq: Irq, desc: Desc) => boolean): number =>
  some(choices, planOf(d.config).count, (n) => {
    const irq = d.view.irq(n);
    const desc = d.view.desc(n);
    return irq !== undefined && desc !== undefined && test(irq, desc);
  });

const drawCpus = (choices: Choices, d: D): readonly number[] => {
  const all = Array.from({ length: count(d) }, (_x, cpu) => cpu);
  const shape = choices.below(8);
  if (shape === 0) return all;
  if (shape < 6) return [choices.below(count(d))];
  const set = all.filter(() => choices.below(3) === 0);
  return set.length > 0 ? set : [choices.below(count(d))];
};

const policies: readonly Policy[] = ["reserve", "reserve", "explicit", "managed"];

const drawAlloc = (choices: Choices, d: D): Command => {
  const device = choices.below(d.config.devices.length);
  const entries = d.config.devices[device]?.entries ?? 1;
  const base = planOf(d.config).first[device] ?? 0;
  const policy = policies[choices.below(policies.length)] as Policy;
  const empty = policy === "reserve" && choices.below(2) === 0;
  const cpus = empty ? [] : drawCpus(choices, d);
  const free = (n: number): boolean => d.view.desc(base + n) === undefined;
  // Now and then one that exists, or beyond the end.
  const wrong = choices.below(8) === 0;
  const first = wrong ? choices.below(entries) : Math.max(some(choices, entries, free), 0);
  if (wrong) {
    return { kind: "alloc", device, first, count: 1 + choices.below(entries), policy, cpus };
  }
  if (d.config.devices[device]?.source === "msi") {
    const all = d.config.remapping !== "none" && choices.below(2) === 0 ? entries : 1;
    return { kind: "alloc", device, first: 0, count: all, policy, cpus };
  }
  let size = 1;
  while (size < 4 && first + size < entries && free(first + size) && choices.below(2) === 0) size++;
  return { kind: "alloc", device, first, count: size, policy, cpus };
};

/** Preferably one with a request in flight. */
const drawShutdown = (choices: Choices, d: D): number => {
  const quiet = (irq: Irq, desc: Desc): boolean => irq.requested && desc.running < 0;
  const inFlight = (irq: Irq): boolean => d.view.hardware.requested(irq.cpu, irq.vector);
  const wish = choices.below(2) === 0;
  let n = wish ? someIrq(choices, d, (i, desc) => quiet(i, desc) && inFlight(i)) : -1;
  if (n < 0) n = someIrq(choices, d, quiet);
  return Math.max(n, 0);
};

/** Preferably one that a request is on its way for. */
const drawMoved = (choices: Choices, d: D): number => {
  const inFlight = (irq: Irq): boolean => d.view.hardware.requested(irq.cpu, irq.vector);
  const wish = choices.below(2) === 0;
  let n = wish ? someIrq(choices, d, (i) => !i.managed && i.started && inFlight(i)) : -1;
  if (n < 0) n = someIrq(choices, d, (i) => !i.managed);
  return Math.max(n, 0);
};

const fates: readonly Fate[] = ["sent", "sent", "sent", "sent", "sent", "sent", "lost", "late"];

const drawEvent = (choices: Choices, d: D): Command => {
  const wish = choices.below(8);
  let irq = -1;
  // Where something is going on: a run, a move, a disabled one.
  if (wish < 2) irq = someIrq(choices, d, (_i, desc) => desc.running >= 0);
  else if (wish < 4)
    irq = someIrq(choices, d, (i) => i.prevVector !== 0 || i.pending !== undefined);
  else if (wish === 4) irq = someIrq(choices, d, (i) => i.requested && i.depth > 0);
  if (irq < 0) irq = someIrq(choices, d, (i) => i.started);
  // With nothing started events lead nowhere: sooner start something.
  if (irq < 0 && choices.below(4) > 0) {
    const idle = someIrq(choices, d, (i) => !i.requested);
    return idle < 0 ? drawAlloc(choices, d) : { kind: "startup", irq: idle };
  }
  if (irq < 0 || choices.below(16) === 0) irq = choices.below(planOf(d.config).count);
  const fate = choices.below(4) > 0 ? "sent" : (fates[choices.below(fates.length)] as Fate);
  return { kind: "event", irq, fate: choices.below(24) === 0 ? "twice" : fate };
};

const idle = (d: D, cpu: number): boolean => {
  const part = d.view.cpu(cpu);
  return part.running < 0 && part.waiting < 0;
};

const drawTake = (choices: Choices, d: D): Command => {
  const cpu = some(
    choices,
    count(d),
    (c) => d.view.vectors.online(c) && idle(d, c) && d.view.hardware.offered(c) !== undefined,
  );
  if (cpu < 0) return drawEvent(choices, d);
  const vector = d.view.hardware.offered(cpu) as number;
  const owner = d.view.vectors.slot(cpu, vector);
  const moves = d.view.irq(owner)?.pending !== undefined;
  const again = owner >= 0 && choices.below(moves ? 2 : 16) === 0;
  return { kind: "take", cpu, vector, pending: besides(d.view, cpu, vector), again };
};

const drawPhantom = (choices: Choices, d: D): Command => {
  const cpu = choices.below(count(d));
  const { start, end } = d.config;
  const span = SPURIOUS_VECTOR - TIMER_VECTOR - 1;
  const system = choices.below(2) === 0;
  const vector = system
    ? TIMER_VECTOR + 1 + choices.below(span)
    : start + choices.below(end - start);
  return { kind: "phantom", cpu, vector };
};

const drawDown = (choices: Choices, d: D): Command => {
  let cpu = some(choices, count(d), (c) => d.view.vectors.online(c));
  // Preferably one with something to lose.
  if (choices.below(2) === 0) {
    const busy = some(choices, count(d), (c) => d.view.hardware.requests(c).length > 0);
    if (busy >= 0) cpu = busy;
  }
  cpu = Math.max(cpu, 0);
  return { kind: "cpuDown", cpu, pending: d.view.hardware.requests(cpu) };
};

const drawLine = (choices: Choices, d: D, kind: "request" | "release" | "line"): Command => {
  const line = choices.below(Math.max(d.config.lines.length, 1));
  const { handlers } = d.view.line(line);
  if (kind === "request") return { kind, line, handler: choices.below(4) };
  if (kind === "release") {
    const handler = handlers[choices.below(Math.max(handlers.length, 1))] ?? 0;
    return { kind, line, handler };
  }
  // A device without a handler of its own keeps the line asserted for long.
  const claimed = choices.below(5) === 0;
  const asserted = claimed ? [handlers[choices.below(Math.max(handlers.length, 1))] ?? 0] : [7];
  return { kind, line, asserted, late: choices.below(16) === 0 };
};

/** Draws that are tried before a device raises instead. */
const TRIES = 8;

const draw = (choices: Choices, d: D): Command => {
  for (let i = 0; i < TRIES; i++) {
    const command = drawOnce(choices, d);
    if (enabled(d.config, d.level, d.view, command)) return command;
  }
  for (let i = 0; i < TRIES; i++) {
    const command = drawEvent(choices, d);
    if (enabled(d.config, d.level, d.view, command)) return command;
  }
  return { kind: "event", irq: 0, fate: "sent" };
};

const drawOnce = (choices: Choices, d: D): Command => {
  const kind = pickKind(choices, d.weights) as Command["kind"];
  const irqFor = (test: (irq: Irq, desc: Desc, n: number) => boolean): number => {
    const n = some(choices, planOf(d.config).count, (i) => {
      const irq = d.view.irq(i);
      const desc = d.view.desc(i);
      return irq !== undefined && desc !== undefined && test(irq, desc, i);
    });
    return Math.max(n, 0);
  };
  const cpuFor = (test: (cpu: number) => boolean): number =>
    Math.max(some(choices, count(d), test), 0);
  switch (kind) {
    case "alloc":
      return drawAlloc(choices, d);
    case "free":
      return { kind, irq: irqFor((irq) => !irq.requested) };
    case "startup":
      return { kind, irq: irqFor((irq) => !irq.requested) };
    case "shutdown":
      return { kind, irq: drawShutdown(choices, d) };
    case "disable":
      return { kind, irq: irqFor((irq) => irq.requested && irq.depth < 2) };
    case "enable":
      return { kind, irq: irqFor((irq) => irq.requested && irq.depth > 0) };
    case "mask":
      return { kind, irq: irqFor((_i, _d, n) => canRun(d.view, n) && !d.view.hardware.masked(n)) };
    case "unmask":
      return { kind, irq: irqFor((_i, _d, n) => canRun(d.view, n) && d.view.hardware.masked(n)) };
    case "setAffinity":
      return { kind, irq: drawMoved(choices, d), cpus: drawCpus(choices, d) };
    case "take":
      return drawTake(choices, d);
    case "handled":
      return { kind, cpu: cpuFor((cpu) => d.view.cpu(cpu).running >= 0) };
    case "resume":
      return { kind, cpu: cpuFor((cpu) => d.view.cpu(cpu).waiting >= 0) };
    case "spurious":
      return { kind, cpu: cpuFor((cpu) => d.view.vectors.online(cpu)) };
    case "cleanup": {
      const cpu = cpuFor((c) => d.view.vectors.timerArmed(c));
      return { kind, cpu, pending: d.view.hardware.requests(cpu) };
    }
    case "cpuDown":
      return drawDown(choices, d);
    case "cpuUp":
      return { kind, cpu: cpuFor((cpu) => !d.view.vectors.online(cpu)) };
    case "event":
      return drawEvent(choices, d);
    case "arrive":
      return { kind, nth: choices.below(Math.max(d.view.hardware.late, 1)) };
    case "phantom":
      return drawPhantom(choices, d);
    case "timer":
      return { kind, cpu: choices.below(count(d)) };
    case "request":
    case "release":
    case "line":
      return drawLine(choices, d, kind);
  }
};

export const generator: Generator<Config, Command, DomainView> = {
  weights: {
    alloc: 5,
    free: 3,
    startup: 10,
    shutdown: 6,
    disable: 4,
    enable: 6,
    mask: 3,
    unmask: 4,
    setAffinity: 8,
    take: 28,
    handled: 16,
    resume: 6,
    spurious: 1,
    cleanup: 4,
    cpuDown: 3,
    cpuUp: 3,
    event: 24,
    arrive: 2,
    phantom: 2,
    timer: 2,
    request: 2,
    release: 1,
    line: 8,
  },
  subsets: {
    life: ["alloc", "free", "startup", "shutdown", "event", "take", "handled"],
    moves: ["alloc", "startup", "setAffinity", "event", "take", "handled", "resume", "cleanup"],
    hotplug: ["alloc", "startup", "setAffinity", "event", "take", "handled", "cpuDown", "cpuUp"],
    lines: ["request", "release", "line"],
  },
  draw,
  enabled,
};
