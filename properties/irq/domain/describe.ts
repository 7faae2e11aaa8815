import { type BusWrite, writeText } from "../../../spec/irq/domain/bus.js";
import { placeOf, planOf } from "../../../spec/irq/domain/platform.js";
import type { Command, Config, DomainView, Response } from "../../../spec/irq/domain/vocabulary.js";

const hex = (value: number): string => `0x${value.toString(16)}`;

const list = (numbers: readonly (number | null)[]): string =>
  `[${numbers.map((n) => n ?? "none").join(", ")}]`;

const pair = (cpu: number, vector: number): string =>
  vector === 0 ? "none" : `CPU ${cpu} vector ${hex(vector)}`;

const interruptLines = (config: Config, view: DomainView, n: number): [string, string][] => {
  const irq = view.irq(n);
  const desc = view.desc(n);
  if (irq === undefined || desc === undefined) return [];
  const { device, index } = placeOf(config, n);
  const target = view.hardware.target(n);
  const held = [
    view.hardware.enabled(n) ? "enabled" : "disabled",
    ...(view.hardware.masked(n) ? ["masked"] : []),
    ...(view.hardware.pending(n) ? ["pending bit"] : []),
  ];
  const state = [
    irq.started ? "started" : "stopped",
    `depth ${irq.depth}`,
    ...(desc.pending ? ["kept for later"] : []),
    ...(desc.running >= 0 ? [`handler on CPU ${desc.running}`] : []),
    ...(desc.owed ? ["run owed"] : []),
  ];
  return [
    [`irq ${n}`, `number ${desc.number}, device ${device} interrupt ${index}`],
    [`irq ${n} at`, pair(irq.cpu, irq.vector)],
    [`irq ${n} previous`, pair(irq.prevCpu, irq.prevVector)],
    [`irq ${n} message leads to`, target === undefined ? "none" : pair(target.cpu, target.vector)],
    [`irq ${n} device`, held.join(", ")],
    [`irq ${n} state`, state.join(", ")],
    [`irq ${n} stored affinity`, irq.pending === undefined ? "none" : list(irq.pending)],
  ];
};

/** Flat form of a state; keys name an interrupt's field or a CPU's part. */
export const describe = (config: Config, view: DomainView): ReadonlyMap<string, string> => {
  const lines = new Map<string, string>();
  for (let n = 0; n < planOf(config).count; n++) {
    for (const [key, value] of interruptLines(config, view, n)) lines.set(key, value);
  }
  for (let cpu = 0; cpu < config.apicIds.length; cpu++) {
    const part = view.cpu(cpu);
    const doing = part.running >= 0 ? `runs ${part.running}` : `waits for ${part.waiting}`;
    lines.set(`CPU ${cpu}`, view.vectors.online(cpu) ? "online" : "offline");
    lines.set(`CPU ${cpu} handler`, part.running < 0 && part.waiting < 0 ? "none" : doing);
    lines.set(`CPU ${cpu} requested`, list(view.hardware.requests(cpu)));
    lines.set(`CPU ${cpu} in service`, list(view.hardware.inService(cpu)));
    lines.set(`CPU ${cpu} counted`, `${part.spurious} stray, ${part.ticks} ticks`);
  }
  config.lines.forEach((_vector, n) => {
    const line = view.line(n);
    const counted = `${line.unhandled} unclaimed of ${line.seen}`;
    lines.set(`line ${n}`, `handlers ${list(line.handlers)}, ${line.off ? "off" : counted}`);
  });
  return lines;
};

export const commandText = (c: Command): string => {
  switch (c.kind) {
    case "alloc": {
      const where = c.cpus.length === 0 ? "" : ` on CPUs ${list(c.cpus)}`;
      return `alloc ${c.count} from ${c.first} of device ${c.device}, ${c.policy}${where}`;
    }
    case "setAffinity":
      return `setAffinity irq ${c.irq} to ${list(c.cpus)}`;
    case "take":
      return `CPU ${c.cpu} takes ${hex(c.vector)}${c.again ? ", the device raising again" : ""}`;
    case "handled":
      return `the handler on CPU ${c.cpu} returns`;
    case "resume":
      return `CPU ${c.cpu} looks again`;
    case "spurious":
      return `CPU ${c.cpu} takes the spurious vector`;
    case "cleanup":
      return `cleanup timer of CPU ${c.cpu}`;
    case "cpuDown":
    case "cpuUp":
      return `${c.kind} ${c.cpu}`;
    case "event":
      return `event of irq ${c.irq}${c.fate === "sent" ? "" : `, message ${c.fate}`}`;
    case "arrive":
      return `late message ${c.nth} arrives`;
    case "phantom":
      return `phantom ${hex(c.vector)} on CPU ${c.cpu}`;
    case "timer":
      return `timer of CPU ${c.cpu}`;
    case "request":
    case "release":
      return `${c.kind} handler ${c.handler} of line ${c.line}`;
    case "line":
      return `line ${c.line} by ${list(c.asserted)}${c.late ? ", late" : ""}`;
    default:
      return `${c.kind} irq ${c.irq}`;
  }
};

const busText = (bus: readonly BusWrite[]): string =>
  bus.length === 0 ? "" : `; ${bus.map(writeText).join(" ")}`;

const answerText = (r: Response): string => {
  switch (r.kind) {
    case "allocated":
      return `numbers ${list(r.numbers)} at CPUs ${list(r.cpus)} vectors ${list(r.vectors)}`;
    case "freed":
      return r.vectors.length === 0 ? "freed" : `freed ${list(r.vectors)}`;
    case "at":
      return `at ${pair(r.cpu, r.vector)}`;
    case "running":
    case "held":
      return `irq ${r.irq} ${r.kind}, at ${pair(r.cpu, r.vector)}${r.stray ? ", sent on" : ""}`;
    case "waiting":
      return `waits for the handler of irq ${r.irq}`;
    case "stray":
      return r.reported ? "stray, reported" : "stray";
    case "cleaned":
      return `cleaned ${list(r.irqs)}`;
    case "moved":
      return `moved ${list(r.irqs)} to CPUs ${list(r.cpus)} vectors ${list(r.vectors)}`;
    case "served":
      return `handlers ${list(r.handlers)} ran${r.off ? ", line switched off" : ""}`;
    case "failed":
      return r.error;
    default:
      return r.kind;
  }
};

export const responseText = (r: Response): string =>
  r.kind === "fatal" ? "fatal" : answerText(r) + busText(r.bus);
