import type { Choices } from "../../../../spec/core/choices.js";
import type {
  Command,
  Config,
  Irq,
  Policy,
  VectorView,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { pickKind } from "../../../engine/random.js";
import type { Drawing, Generator } from "../../../subsystem.js";
import { enabled } from "./enabled.js";

type D = Drawing<Config, VectorView>;

const allCpus = (config: Config): number[] => Array.from({ length: config.cpus }, (_x, cpu) => cpu);

/** A set of CPUs; rarely empty, often one CPU or all. */
export const drawCpus = (choices: Choices, config: Config): readonly number[] => {
  const { cpus } = config;
  const shape = choices.below(16);
  if (shape === 0) return [];
  if (shape < 8) return [choices.below(cpus)];
  if (shape < 11) return allCpus(config);
  const every = 2 + choices.below(cpus > 8 ? 6 : 1);
  const set = allCpus(config).filter(() => choices.below(every) === 0);
  return set.length > 0 ? set : [choices.below(cpus)];
};

/** Some number below `bound` for which `test` holds, searched from a random start; -1 if none. */
const some = (choices: Choices, bound: number, test: (n: number) => boolean): number => {
  const start = choices.below(bound);
  for (let i = 0; i < bound; i++) {
    const n = start + i < bound ? start + i : start + i - bound;
    if (test(n)) return n;
  }
  return -1;
};

const someIrq = (choices: Choices, d: D, test: (irq: Irq) => boolean): number =>
  some(choices, d.config.irqs, (n) => {
    const irq = d.view.irq(n);
    return irq !== undefined && test(irq);
  });

const policies: readonly Policy[] = ["reserve", "reserve", "reserve", "managed", "explicit"];

const drawSetup = (choices: Choices, d: D): Command => {
  const irq = Math.max(
    some(choices, d.config.irqs, (n) => d.view.irq(n) === undefined),
    0,
  );
  const policy = policies[choices.below(policies.length)] as Policy;
  let cpus = drawCpus(choices, d.config);
  if (cpus.length === 0 && policy !== "reserve") cpus = allCpus(d.config);
  const room = d.config.irqs - irq;
  const count = choices.below(3) === 0 ? 1 + choices.below(Math.min(room, 4)) : 1;
  const maskable = policy === "managed" ? choices.below(8) !== 0 : choices.below(3) !== 0;
  const node = choices.below(2) === 0 ? d.config.nodes?.[choices.below(d.config.cpus)] : undefined;
  return {
    kind: "setup",
    irq,
    count,
    cpus,
    policy,
    maskable,
    ...(node === undefined ? {} : { node }),
  };
};

/** A pair that leads to an interrupt, preferably one that something is waiting for. */
const drawPair = (choices: Choices, d: D): { cpu: number; vector: number } => {
  const wish = choices.below(8);
  const live = (irq: Irq): boolean => irq.vector !== 0 && d.view.online(irq.cpu);
  let n = -1;
  if (wish < 2) n = someIrq(choices, d, (irq) => irq.moveInProgress);
  else if (wish < 5) n = someIrq(choices, d, (irq) => irq.pending !== undefined && live(irq));
  if (n < 0) n = someIrq(choices, d, live);
  const irq = d.view.irq(n);
  if (irq === undefined) {
    return { cpu: choices.below(d.config.cpus), vector: d.config.start };
  }
  if (irq.prevVector !== 0 && choices.below(3) === 0) {
    return { cpu: irq.prevCpu, vector: irq.prevVector };
  }
  return { cpu: irq.cpu, vector: irq.vector };
};

/** A message on its way to an old pair is what cleanup has to wait for. */
const drawPend = (choices: Choices, d: D): { cpu: number; vector: number } => {
  const n = choices.below(2) === 0 ? someIrq(choices, d, (irq) => irq.prevVector !== 0) : -1;
  const irq = d.view.irq(n);
  return irq === undefined ? drawPair(choices, d) : { cpu: irq.prevCpu, vector: irq.prevVector };
};

const drawDeliver = (choices: Choices, d: D): Command => {
  const cpu = some(choices, d.config.cpus, (c) => d.view.pendingVectors(c).length > 0);
  if (cpu < 0) return { kind: "interrupt", ...drawPair(choices, d), again: false };
  const pending = d.view.pendingVectors(cpu);
  const vector = pending[choices.below(pending.length)] as number;
  return { kind: "deliver", cpu, vector, again: choices.below(4) === 0 };
};

const drawDown = (choices: Choices, d: D): Command => {
  let cpu = some(choices, d.config.cpus, (c) => d.view.online(c));
  // Half of the time a CPU that a move leads away from or to.
  if (choices.below(2) === 0) {
    const irq = d.view.irq(someIrq(choices, d, (entry) => entry.prevVector !== 0));
    if (irq !== undefined) cpu = choices.below(2) === 0 ? irq.cpu : irq.prevCpu;
  }
  const irq = d.view.irq(someIrq(choices, d, (entry) => entry.vector !== 0 && entry.cpu === cpu));
  const arriving = irq !== undefined && choices.below(3) === 0 ? [irq.vector] : [];
  return { kind: "cpuDown", cpu: Math.max(cpu, 0), arriving };
};

const drawSpread = (choices: Choices, d: D): Command => {
  const pre = choices.below(3);
  const post = choices.below(2);
  const vectors = pre + post + choices.below(d.config.cpus + 3);
  return { kind: "spread", vectors, pre, post };
};

/** Draws that are tried before time passes instead: a run may have nothing else left to do. */
const TRIES = 8;

const draw = (choices: Choices, d: D): Command => {
  for (let i = 0; i < TRIES; i++) {
    const command = drawOnce(choices, d);
    if (enabled(d.config, d.level, d.view, command)) return command;
  }
  return { kind: "tick" };
};

const drawOnce = (choices: Choices, d: D): Command => {
  const kind = pickKind(choices, d.weights) as Command["kind"];
  const irqFor = (test: (irq: Irq) => boolean): number => Math.max(someIrq(choices, d, test), 0);
  switch (kind) {
    case "setup":
      return drawSetup(choices, d);
    case "startup":
      return { kind, irq: irqFor((irq) => !irq.requested) };
    case "shutdown":
      return { kind, irq: irqFor((irq) => irq.requested) };
    case "teardown":
      return { kind, irq: irqFor((irq) => !irq.requested) };
    case "disable":
      return { kind, irq: irqFor((irq) => irq.requested && irq.depth < 2) };
    case "enable":
      return { kind, irq: irqFor((irq) => irq.requested && irq.depth > 0) };
    case "setAffinity":
      return { kind, irq: irqFor(() => true), cpus: drawCpus(choices, d.config) };
    case "pend":
      return { kind, ...drawPend(choices, d) };
    case "deliver":
      return drawDeliver(choices, d);
    case "interrupt":
      return { kind, ...drawPair(choices, d), again: choices.below(4) === 0 };
    case "cleanup": {
      const cpu = some(choices, d.config.cpus, (c) => d.view.timerArmed(c));
      return cpu < 0 ? { kind: "tick" } : { kind, cpu };
    }
    case "tick":
      return { kind };
    case "cpuDown":
      return drawDown(choices, d);
    case "cpuUp": {
      const cpu = some(choices, d.config.cpus, (c) => !d.view.online(c));
      return cpu < 0 ? { kind: "tick" } : { kind, cpu };
    }
    case "spread":
      return drawSpread(choices, d);
  }
};

export const generator: Generator<Config, Command, VectorView> = {
  weights: {
    setup: 14,
    startup: 14,
    shutdown: 5,
    teardown: 5,
    disable: 2,
    enable: 3,
    setAffinity: 16,
    pend: 6,
    deliver: 8,
    interrupt: 16,
    cleanup: 4,
    tick: 8,
    cpuDown: 4,
    cpuUp: 5,
    spread: 1,
  },
  subsets: {
    life: ["setup", "startup", "shutdown", "teardown", "disable", "enable"],
    move: ["setup", "startup", "setAffinity", "pend", "deliver", "interrupt", "cleanup", "tick"],
    hotplug: ["setup", "startup", "setAffinity", "pend", "interrupt", "tick", "cpuDown", "cpuUp"],
    spread: ["spread"],
  },
  draw,
  enabled,
};
