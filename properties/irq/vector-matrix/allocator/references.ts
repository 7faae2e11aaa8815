import type { Command, Response } from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";

const key = (cpu: number, vector: number): string => `${cpu}:${vector}`;

/** How commands of the vector matrix name earlier results. */
export const references = {
  /** What a command was given: the pair it owns from then on. */
  produced: (command: Command, response: Response): string | undefined => {
    if (response.kind === "allocated") return key(response.cpu, response.vector);
    if (command.kind === "assign" && response.kind === "done") {
      return key(command.cpu, command.vector);
    }
    return undefined;
  },
  refer: (command: Command, find: (key: string) => number | undefined): Command | undefined => {
    if (command.kind !== "free") return undefined;
    const ref = find(key(command.cpu, command.vector));
    if (ref === undefined) return undefined;
    return { kind: "freeRef", ref, managed: command.managed, by: command.by };
  },
  refersTo: (command: Command): number | undefined =>
    command.kind === "freeRef" ? command.ref : undefined,
  renumber: (command: Command, ref: number): Command =>
    command.kind === "freeRef" ? { ...command, ref } : command,
  resolve: (command: Command, produced: string): Command => {
    if (command.kind !== "freeRef") return command;
    const [cpu, vector] = produced.split(":").map(Number);
    return {
      kind: "free",
      cpu: cpu as number,
      vector: vector as number,
      managed: command.managed,
      by: command.by,
    };
  },
};

/** The same command on relabelled CPUs. */
export const relabel = (command: Command, permutation: Int32Array): Command => {
  const to = (cpu: number): number => permutation[cpu] ?? cpu;
  const cpus = (list: readonly number[]): number[] => list.map(to).sort((a, b) => a - b);
  switch (command.kind) {
    case "alloc":
    case "allocManaged":
    case "reserveManaged":
    case "removeManaged":
      return { ...command, cpus: cpus(command.cpus) };
    case "free":
      return { ...command, cpu: to(command.cpu), by: to(command.by) };
    case "freeRef":
      return { ...command, by: to(command.by) };
    case "reserve":
    case "removeReserved":
      return command;
    default:
      return { ...command, cpu: to(command.cpu) };
  }
};
