/** Which commands may be issued in a state: what hardware can do, and legal use of the kernel. */

import { plantOf } from "../../../models/irq/domain/plant.js";
import type { Level } from "../../../spec/core/clause.js";
import {
  canRun,
  interruptsOf,
  isDeviceVector,
  sharesMessage,
  wrongRequest,
} from "../../../spec/irq/domain/judging.js";
import { deviceOf, maskable, placeOf, planOf } from "../../../spec/irq/domain/platform.js";
import {
  type Command,
  type Config,
  type DomainView,
  SPURIOUS_VECTOR,
  TIMER_VECTOR,
} from "../../../spec/irq/domain/vocabulary.js";
import type {
  Command as VectorCommand,
  Config as VectorConfig,
} from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { enabled as vectorEnabled } from "../vector-matrix/assignment/enabled.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

/** Late messages at a time. */
const MOST_LATE = 2;

/**
 * The vector layer's own rules, those of the contract at both levels: where Linux miscounts on a
 * CPU that is offline, or forgets an interrupt with it, is that subsystem's business.
 */
const below = (config: Config, view: DomainView, command: VectorCommand): boolean => {
  const vectors: VectorConfig = plantOf(config).vectors;
  return vectorEnabled(vectors, "contract", view.vectors, command);
};

const isIdle = (view: DomainView, cpu: number): boolean => {
  const part = view.cpu(cpu);
  return part.running < 0 && part.waiting < 0;
};

const cpus = (config: Config): number => config.apicIds.length;

const everyCpu = (config: Config, test: (cpu: number) => boolean): boolean => {
  for (let cpu = 0; cpu < cpus(config); cpu++) if (!test(cpu)) return false;
  return true;
};

const nobodyWaits = (config: Config, view: DomainView, irq?: number): boolean =>
  everyCpu(config, (cpu) => {
    const { waiting } = view.cpu(cpu);
    return waiting < 0 || (irq !== undefined && waiting !== irq);
  });

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i]);

/** What is requested beside a vector. */
export const besides = (view: DomainView, cpu: number, vector: number): readonly number[] =>
  view.hardware.requests(cpu).filter((v) => v !== vector);

const enabledAlloc = (config: Config, view: DomainView, c: Of<"alloc">): boolean => {
  const device = config.devices[c.device];
  if (device === undefined) return false;
  const t = { config, before: view, command: c } as Parameters<typeof wrongRequest>[0];
  if (wrongRequest(t) !== undefined) return true;
  if (device.source === "msi") {
    if (c.first > 0 || (c.count > 1 && config.remapping === "none")) return false;
    if ((c.count & (c.count - 1)) !== 0) return false;
  }
  // What stays on the shutdown vector and cannot be masked would be lost.
  if (c.policy === "managed" && !maskable(device)) return false;
  const irq = (planOf(config).first[c.device] ?? 0) + c.first;
  const { count, policy, cpus: set } = c;
  return below(config, view, {
    kind: "setup",
    irq,
    count,
    cpus: set,
    policy,
    maskable: maskable(device),
  });
};

/** The other messages of the function need the first one's registers. */
const first = (config: Config, irq: number): number => irq - placeOf(config, irq).index;

const enabledFree = (config: Config, view: DomainView, irq: number): boolean => {
  if (view.desc(irq) === undefined) return false;
  const { device } = placeOf(config, irq);
  const all = deviceOf(config, irq)?.source === "msi" ? interruptsOf(config, device) : [irq];
  return all.every(
    (n) => view.desc(n) === undefined || below(config, view, { kind: "teardown", irq: n }),
  );
};

const enabledShutdown = (config: Config, view: DomainView, irq: number): boolean => {
  const desc = view.desc(irq);
  if (desc === undefined || desc.running >= 0 || !nobodyWaits(config, view, irq)) return false;
  if (!below(config, view, { kind: "shutdown", irq })) return false;
  if (deviceOf(config, irq)?.source !== "msi" || placeOf(config, irq).index > 0) return true;
  return interruptsOf(config, placeOf(config, irq).device).every(
    (n) => n === irq || view.irq(n)?.requested !== true,
  );
};

const enabledStartup = (config: Config, view: DomainView, irq: number): boolean => {
  if (view.desc(irq) === undefined || !below(config, view, { kind: "startup", irq })) return false;
  return !sharesMessage(config, irq) || view.irq(first(config, irq))?.started === true;
};

const enabledTake = (view: DomainView, c: Of<"take">): boolean => {
  if (!view.vectors.online(c.cpu) || !isIdle(view, c.cpu)) return false;
  if (view.hardware.offered(c.cpu) !== c.vector) return false;
  if (!same(c.pending, besides(view, c.cpu, c.vector))) return false;
  return !c.again || view.vectors.slot(c.cpu, c.vector) >= 0;
};

const enabledDown = (config: Config, view: DomainView, c: Of<"cpuDown">): boolean =>
  config.hotplug &&
  everyCpu(config, (cpu) => isIdle(view, cpu)) &&
  same(c.pending, view.hardware.requests(c.cpu)) &&
  below(config, view, { kind: "cpuDown", cpu: c.cpu, arriving: [] });

/** A message of another number than it was given wraps round to one that exists (PCIe 7.7.1). */
const wraps = (config: Config, view: DomainView, irq: number): boolean =>
  view.desc(irq) === undefined && deviceOf(config, irq)?.source === "msi";

const enabledEvent = (config: Config, view: DomainView, c: Of<"event">): boolean => {
  if (c.irq >= planOf(config).count) return false;
  if (wraps(config, view, c.irq) && view.hardware.enabled(c.irq)) return false;
  return c.fate !== "late" || view.hardware.late < MOST_LATE;
};

const phantomVector = (config: Config, vector: number): boolean =>
  isDeviceVector(config, vector) ||
  (vector > TIMER_VECTOR && vector < SPURIOUS_VECTOR && !config.lines.includes(vector));

export const bootCpu = (config: Config, view: DomainView): number => {
  for (let cpu = 0; cpu < cpus(config); cpu++) if (view.vectors.online(cpu)) return cpu;
  return 0;
};

const enabledLine = (config: Config, view: DomainView, c: Of<"line">): boolean => {
  const vector = config.lines[c.line];
  const line = view.line(c.line);
  if (vector === undefined || line.handlers.length === 0 || line.off) return false;
  const cpu = bootCpu(config, view);
  return isIdle(view, cpu) && (view.hardware.offered(cpu) ?? 0) < vector;
};

const hasLine = (config: Config, line: number): boolean => line < config.lines.length;

export const enabled = (
  config: Config,
  level: Level,
  view: DomainView,
  command: Command,
): boolean => {
  switch (command.kind) {
    case "alloc":
      return enabledAlloc(config, view, command);
    case "free":
      return enabledFree(config, view, command.irq);
    case "startup":
      return enabledStartup(config, view, command.irq);
    case "shutdown":
      return enabledShutdown(config, view, command.irq);
    case "disable":
    case "enable":
      return (
        view.desc(command.irq) !== undefined &&
        below(config, view, { kind: command.kind, irq: command.irq })
      );
    case "mask":
    case "unmask":
      return view.desc(command.irq) !== undefined && canRun(view, command.irq);
    case "setAffinity":
      return (
        view.desc(command.irq) !== undefined &&
        nobodyWaits(config, view, command.irq) &&
        below(config, view, { kind: "setAffinity", irq: command.irq, cpus: command.cpus })
      );
    case "take":
      return enabledTake(view, command);
    case "handled":
      return view.cpu(command.cpu).running >= 0;
    case "resume":
      return view.cpu(command.cpu).waiting >= 0;
    case "spurious":
      return view.vectors.online(command.cpu) && isIdle(view, command.cpu);
    case "cleanup":
      return (
        nobodyWaits(config, view) &&
        view.vectors.timerArmed(command.cpu) &&
        same(command.pending, view.hardware.requests(command.cpu))
      );
    case "cpuDown":
      return enabledDown(config, view, command);
    case "cpuUp":
      return below(config, view, { kind: "cpuUp", cpu: command.cpu });
    case "event":
      return enabledEvent(config, view, command);
    case "arrive":
      return command.nth < view.hardware.late;
    case "phantom":
      return view.vectors.online(command.cpu) && phantomVector(config, command.vector);
    case "timer":
      return (
        view.vectors.online(command.cpu) && !view.hardware.requested(command.cpu, TIMER_VECTOR)
      );
    case "request":
      if (!hasLine(config, command.line)) return false;
      // Linux switches a line that is off on again; another kernel may leave it so.
      return level === "linux" || !view.line(command.line).off;
    case "release":
      return hasLine(config, command.line);
    case "line":
      return enabledLine(config, view, command);
  }
};
