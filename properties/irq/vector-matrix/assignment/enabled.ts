/** Which commands may be issued in a state: legal use, and at contract level clear of known slips. */
import type { Level } from "../../../../spec/core/clause.js";
import type {
  Command,
  Config,
  Irq,
  Setup,
  VectorView,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";

/** How deep disable calls nest in a run; keeps states few. */
const MAX_DEPTH = 3;

const everyIrq = (config: Config, view: VectorView, test: (irq: Irq) => boolean): boolean => {
  for (let n = 0; n < config.irqs; n++) {
    const irq = view.irq(n);
    if (irq !== undefined && !test(irq)) return false;
  }
  return true;
};

/** Managed counts change on a CPU that is offline but was online: Linux miscounts (Q1). */
const meetsQ1 = (view: VectorView, cpus: readonly number[]): boolean =>
  cpus.some((cpu) => view.matrix.initialized(cpu) && !view.matrix.online(cpu));

const freeOn = (config: Config, view: VectorView, cpu: number): number => {
  const { matrix } = view;
  const taken = matrix.countManaged(cpu) + matrix.countAllocated(cpu);
  const both = matrix.countManagedAllocated(cpu);
  return config.end - config.start - matrix.countSystemInRange() - (taken - both);
};

/** A managed reservation that Linux rolls back by giving up other idle bits than it took. */
const rollbackSwaps = (config: Config, view: VectorView, command: Setup): boolean => {
  const { matrix } = view;
  const idle = command.cpus.some((cpu) => matrix.managed(cpu) > matrix.managedAllocated(cpu));
  return idle && command.cpus.some((cpu) => freeOn(config, view, cpu) < command.count);
};

const enabledSetup = (config: Config, level: Level, view: VectorView, command: Setup): boolean => {
  const { irq, count, cpus, policy, maskable } = command;
  for (let n = irq; n < irq + count; n++) {
    if (n >= config.irqs || view.irq(n) !== undefined) return false;
  }
  if (cpus.length === 0 && policy !== "reserve") return false;
  if (level === "linux" || policy !== "managed") return true;
  // An unmaskable managed interrupt would be left on the shutdown vector.
  return maskable && !meetsQ1(view, cpus) && !rollbackSwaps(config, view, command);
};

/** Something owns the pair, or did until a moment ago. */
const leadsSomewhere = (view: VectorView, cpu: number, vector: number): boolean =>
  view.online(cpu) && view.slot(cpu, vector) !== -1;

const enabledDown = (
  config: Config,
  level: Level,
  view: VectorView,
  command: Extract<Command, { kind: "cpuDown" }>,
): boolean => {
  const { cpu, arriving } = command;
  if (!config.hotplug || !view.online(cpu)) return false;
  if (!arriving.every((vector) => view.slot(cpu, vector) >= 0)) return false;
  let others = 0;
  for (let c = 0; c < config.cpus; c++) if (c !== cpu && view.online(c)) others++;
  if (others === 0) return false;
  // A10: an interrupt that is not started would keep a vector on a CPU that forgets it.
  return level === "linux" || everyIrq(config, view, (irq) => irq.started || !owns(irq, cpu));
};

const owns = (irq: Irq, cpu: number): boolean => irq.vector !== 0 && irq.cpu === cpu;

export const enabled = (
  config: Config,
  level: Level,
  view: VectorView,
  command: Command,
): boolean => {
  const irq = "irq" in command ? view.irq(command.irq) : undefined;
  switch (command.kind) {
    case "setup":
      return enabledSetup(config, level, view, command);
    case "startup":
      return irq?.requested === false;
    case "teardown":
      if (irq === undefined || irq.requested) return false;
      return level === "linux" || !irq.managed || !meetsQ1(view, irq.affinity);
    case "shutdown":
      return irq?.requested === true;
    case "disable":
      return irq?.requested === true && irq.depth < MAX_DEPTH;
    case "enable":
      return irq?.requested === true && irq.depth > 0 && !surplus(irq);
    case "setAffinity":
      if (irq === undefined) return false;
      // Stored while inactive, it would misplace the effective set of a vector that is kept.
      return level === "linux" || irq.activated || irq.vector === 0;
    case "pend":
      return leadsSomewhere(view, command.cpu, command.vector);
    case "interrupt":
      return leadsSomewhere(view, command.cpu, command.vector);
    case "deliver":
      return view.online(command.cpu) && view.isPending(command.cpu, command.vector);
    case "cleanup":
      return view.timerArmed(command.cpu);
    case "cpuDown":
      return enabledDown(config, level, view, command);
    case "cpuUp":
      return config.hotplug && !view.online(command.cpu);
    case "tick":
    case "spread":
      return true;
  }
};

/** A parked interrupt counts one disable of the kernel's own; a driver may undo only its own. */
const surplus = (irq: Irq): boolean => irq.managedShutdown && irq.depth <= 1;
