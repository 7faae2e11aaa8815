/** Configurations that campaigns, explorations, faults and tests share. */
import type {
  Command,
  Config,
  Operation,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";

export const base: Config = {
  cpus: 2,
  vectors: 2,
  interrupts: 1,
  live: 1,
  threads: 2,
  events: 2,
  operations: 1,
  remapped: false,
  deferred: true,
  lazy: true,
  prompt: true,
};

/** As a kernel of another design may have it: moves at once, masks at once. */
export const direct: Config = { ...base, deferred: false, lazy: false, prompt: false };

export const remapped: Config = { ...base, remapped: true, deferred: false };

/** What a thread may be told to do in an exploration. */
export type Role = {
  readonly operation: Operation;
  readonly interrupt?: number;
  readonly cpu?: number;
};

export const moves = (interrupt: number, ...cpus: readonly number[]): readonly Role[] =>
  cpus.map((cpu) => ({ operation: "move" as const, interrupt, cpu }));

/** Every command where each thread has the roles listed for it, in a fixed order. */
export const commandsFor =
  (...threads: readonly (readonly Role[])[]) =>
  (config: Config): readonly Command[] => {
    const commands: Command[] = [];
    threads.slice(0, config.threads).forEach((roles, actor) => {
      for (const { operation, interrupt = 0, cpu = 0 } of roles) {
        commands.push({ kind: "begin", actor, operation, interrupt, cpu });
      }
    });
    for (let actor = 0; actor < config.threads + config.cpus; actor++) {
      commands.push({ kind: "step", actor });
    }
    for (let i = 0; i < config.interrupts; i++) commands.push({ kind: "raise", interrupt: i });
    for (let cpu = 0; cpu < config.cpus; cpu++) {
      commands.push({ kind: "interrupt", cpu }, { kind: "cleanup", cpu });
    }
    return commands;
  };
