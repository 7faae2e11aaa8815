import type { Command, Config } from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { maskTable } from "../allocator/generator.js";

/** Commands of a small configuration, in a fixed order; `again` with a second message or without. */
const commandsOf = (config: Config, again: boolean): readonly Command[] => {
  const sets = maskTable(config.cpus).filter((cpus) => cpus.length > 0);
  const commands: Command[] = [];
  for (let irq = 0; irq < config.irqs; irq++) {
    commands.push(
      { kind: "setup", irq, count: 1, cpus: [], policy: "reserve", maskable: true },
      { kind: "setup", irq, count: 1, cpus: [], policy: "reserve", maskable: false },
      { kind: "startup", irq },
      { kind: "shutdown", irq },
      { kind: "teardown", irq },
    );
    for (const cpus of sets) {
      commands.push({ kind: "setup", irq, count: 1, cpus, policy: "managed", maskable: true });
      commands.push({ kind: "setAffinity", irq, cpus });
    }
  }
  for (let cpu = 0; cpu < config.cpus; cpu++) {
    if (config.hotplug)
      commands.push({ kind: "cpuDown", cpu, arriving: [] }, { kind: "cpuUp", cpu });
    commands.push({ kind: "cleanup", cpu });
    for (let vector = config.start; vector < config.end; vector++) {
      commands.push({ kind: "pend", cpu, vector }, { kind: "deliver", cpu, vector, again });
    }
  }
  commands.push({ kind: "tick" });
  return commands;
};

export const allCommands = (config: Config): readonly Command[] => commandsOf(config, false);
/** The same with a device that raises whenever its message changes. */
export const busyCommands = (config: Config): readonly Command[] => commandsOf(config, true);
