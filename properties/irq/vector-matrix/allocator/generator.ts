import type { Choices } from "../../../../spec/core/choices.js";
import type { Level } from "../../../../spec/core/clause.js";
import { hasRoomForAll } from "../../../../spec/irq/vector-matrix/allocator/judging.js";
import type {
  Command,
  Config,
  MatrixView,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { pickKind } from "../../../engine/random.js";
import type { Drawing, Generator } from "../../../subsystem.js";

/** Up to this many CPUs every mask is made once and shared. */
const TABLED_CPUS = 5;
const tables = new Map<number, readonly (readonly number[])[]>();

/** All masks of a few CPUs, indexed by their bits. */
export const maskTable = (cpus: number): readonly (readonly number[])[] => {
  let table = tables.get(cpus);
  if (table === undefined) {
    table = Array.from({ length: 1 << cpus }, (_x, bits) =>
      Array.from({ length: cpus }, (_y, cpu) => cpu).filter((cpu) => ((bits >> cpu) & 1) === 1),
    );
    tables.set(cpus, table);
  }
  return table;
};

const drawMask = (choices: Choices, cpus: number): readonly number[] => {
  if (cpus <= TABLED_CPUS) return maskTable(cpus)[choices.below(1 << cpus)] as readonly number[];
  const shape = choices.below(16);
  if (shape === 0) return [];
  if (shape < 5) return [choices.below(cpus)];
  if (shape < 8) return Array.from({ length: cpus }, (_x, cpu) => cpu);
  if (shape < 12) {
    // A run of neighbours, as a node or a package is.
    const first = choices.below(cpus);
    const length = 1 + choices.below(Math.min(cpus - first, 16));
    return Array.from({ length }, (_x, i) => first + i);
  }
  const every = 2 + choices.below(6);
  const mask: number[] = [];
  for (let cpu = 0; cpu < cpus; cpu++) if (choices.below(every) === 0) mask.push(cpu);
  return mask;
};

/** Some CPU for which `test` holds, searched from a random start; -1 if there is none. */
const someCpu = (choices: Choices, cpus: number, test: (cpu: number) => boolean): number => {
  const start = choices.below(cpus);
  for (let i = 0; i < cpus; i++) {
    const cpu = start + i < cpus ? start + i : start + i - cpus;
    if (test(cpu)) return cpu;
  }
  return -1;
};

const drawFree = (choices: Choices, d: Drawing<Config, MatrixView>): Command => {
  const { config, view } = d;
  const by = choices.below(config.cpus);
  const cpu = someCpu(choices, config.cpus, (c) => view.allocated(c) > 0);
  if (cpu < 0 || choices.below(24) === 0) {
    // Mistakes of callers: what is not allocated, and what is out of range.
    const vector = choices.below(config.bits + 1);
    return { kind: "free", cpu: choices.below(config.cpus), vector, managed: false, by };
  }
  const vector = view.nthAllocated(cpu, choices.below(view.allocated(cpu)));
  return { kind: "free", cpu, vector, managed: view.isManaged(cpu, vector), by };
};

const drawOnline = (choices: Choices, d: Drawing<Config, MatrixView>): Command => {
  const cpu = someCpu(choices, d.config.cpus, (c) => !d.view.online(c));
  return cpu < 0 ? { kind: "reserve" } : { kind: "online", cpu };
};

const draw = (choices: Choices, d: Drawing<Config, MatrixView>): Command => {
  const { config, view } = d;
  const kind = pickKind(choices, d.weights) as Command["kind"];
  switch (kind) {
    case "alloc":
      return {
        kind,
        cpus: drawMask(choices, config.cpus),
        reserved: view.globalReserved > 0 && choices.below(3) === 0,
      };
    case "free":
    case "freeRef":
      return drawFree(choices, d);
    case "allocManaged":
    case "reserveManaged":
    case "removeManaged":
      return { kind, cpus: drawMask(choices, config.cpus) };
    case "online":
      return drawOnline(choices, d);
    case "offline": {
      const cpu = someCpu(choices, config.cpus, (c) => view.online(c));
      return cpu < 0 ? { kind: "reserve" } : { kind, cpu };
    }
    case "assign": {
      const cpu = someCpu(choices, config.cpus, (c) => view.online(c));
      return { kind, cpu: Math.max(cpu, 0), vector: choices.below(config.bits) };
    }
    case "assignSystem": {
      const cpu = someCpu(choices, config.cpus, (c) => view.online(c));
      if (cpu < 0) {
        return { kind, cpu: 0, vector: choices.below(config.bits + 1), replace: false };
      }
      const count = view.allocated(cpu);
      const vector = count > 0 ? view.nthAllocated(cpu, choices.below(count)) : config.bits;
      return { kind, cpu, vector, replace: true };
    }
    case "reserve":
    case "removeReserved":
      return { kind };
    case "allocatedCount":
      return { kind, cpu: choices.below(config.cpus) };
    case "availableCount":
      return { kind, cpu: choices.below(config.cpus), down: choices.below(2) === 0 };
  }
};

/** Managed reservations change a CPU that is offline but was online: Linux miscounts (Q1). */
const meetsQ1 = (view: MatrixView, cpus: readonly number[]): boolean =>
  cpus.some((cpu) => view.initialized(cpu) && !view.online(cpu));

/**
 * A refused managed reservation whose rollback in Linux gives up another idle vector than it had
 * just set aside. Which vectors are set aside afterwards is then nobody's business at contract
 * level, so contract runs stay clear of it.
 */
const rollbackSwaps = (config: Config, view: MatrixView, cpus: readonly number[]): boolean => {
  const idle = cpus.some((cpu) => view.managed(cpu) > view.managedAllocated(cpu));
  return idle && !hasRoomForAll(config, view, cpus);
};

/** Not a system vector, not set aside, and in a global table held by nobody else. */
const assignable = (config: Config, view: MatrixView, cpu: number, vector: number): boolean => {
  if (view.isSystem(vector) || view.isManaged(cpu, vector)) return false;
  if (config.scope === "per-cpu") return true;
  for (let c = 0; c < config.cpus; c++) {
    if (c !== cpu && (view.isAllocated(c, vector) || view.isManaged(c, vector))) return false;
  }
  return true;
};

/** Some CPU other than `but` took the vector or set it aside. */
const heldElsewhere = (view: MatrixView, but: number, vector: number): boolean => {
  for (let cpu = 0; cpu < view.cpuCount; cpu++) {
    if (cpu !== but && (view.isAllocated(cpu, vector) || view.isManaged(cpu, vector))) return true;
  }
  return false;
};

/** System vectors are set at boot: before the first CPU, or by it in place of a legacy vector. */
const enabledSystem = (
  view: MatrixView,
  level: Level,
  command: Extract<Command, { kind: "assignSystem" }>,
): boolean => {
  const { cpu, vector, replace } = command;
  // Setting a bit twice would be counted twice, and what is held must not turn into a system bit.
  if (view.isSystem(vector) || heldElsewhere(view, replace ? cpu : -1, vector)) return false;
  if (level === "contract") {
    // Capacity that a CPU was already counted with does not change any more.
    for (let c = 0; c < view.cpuCount; c++) {
      if (view.initialized(c) && !(replace && c === cpu)) return false;
    }
  }
  if (view.onlineMaps === 0) return !replace;
  return (
    view.onlineMaps === 1 &&
    replace &&
    view.online(cpu) &&
    view.isAllocated(cpu, vector) &&
    !view.isManaged(cpu, vector)
  );
};

const enabled = (config: Config, level: Level, view: MatrixView, command: Command): boolean => {
  switch (command.kind) {
    case "online":
      return config.hotplug && !view.online(command.cpu);
    case "offline":
      return config.hotplug && view.online(command.cpu);
    case "assign":
      // Linux does not check what only its own boot code could get wrong.
      return view.online(command.cpu) && assignable(config, view, command.cpu, command.vector);
    case "free": {
      if (!view.isAllocated(command.cpu, command.vector)) return true;
      return command.managed === view.isManaged(command.cpu, command.vector);
    }
    case "assignSystem":
      return enabledSystem(view, level, command);
    case "alloc":
      return !command.reserved || view.globalReserved > 0;
    case "removeReserved":
      return view.globalReserved > 0;
    case "reserveManaged":
      if (command.cpus.length === 0) return false;
      if (level === "linux") return true;
      return !meetsQ1(view, command.cpus) && !rollbackSwaps(config, view, command.cpus);
    case "removeManaged":
      if (command.cpus.length === 0) return false;
      return level === "linux" || !meetsQ1(view, command.cpus);
    default:
      return true;
  }
};

export const generator: Generator<Config, Command, MatrixView> = {
  weights: {
    alloc: 30,
    free: 20,
    allocManaged: 10,
    reserveManaged: 8,
    removeManaged: 4,
    online: 4,
    offline: 3,
    assign: 4,
    assignSystem: 2,
    reserve: 5,
    removeReserved: 3,
    allocatedCount: 2,
    availableCount: 2,
  },
  subsets: {
    plain: ["alloc", "free", "reserve", "removeReserved"],
    managed: ["alloc", "free", "allocManaged", "reserveManaged", "removeManaged"],
    hotplug: ["alloc", "free", "allocManaged", "reserveManaged", "online", "offline"],
    boot: ["assignSystem", "online", "assign", "free", "alloc"],
  },
  draw,
  enabled,
};

/** Every command of a small configuration, in a fixed order. */
export const allCommands = (config: Config): readonly Command[] => {
  const masks = maskTable(config.cpus);
  const commands: Command[] = [];
  for (const cpus of masks) {
    commands.push({ kind: "alloc", cpus, reserved: false });
    if (cpus.length > 0) {
      commands.push({ kind: "allocManaged", cpus }, { kind: "reserveManaged", cpus });
      commands.push({ kind: "removeManaged", cpus });
    }
  }
  for (let cpu = 0; cpu < config.cpus; cpu++) {
    if (config.hotplug) commands.push({ kind: "online", cpu }, { kind: "offline", cpu });
    for (let vector = config.start; vector < config.end; vector++) {
      for (const managed of [false, true]) {
        commands.push({ kind: "free", cpu, vector, managed, by: 0 });
      }
    }
  }
  return commands;
};
