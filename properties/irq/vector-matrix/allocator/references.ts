import type { Command, Response } from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { references as referencesOf } from "../../../codec/references.js";

/** How commands of the vector matrix name earlier results: the pair that was given is freed. */
export const references = referencesOf<Command, Response>({
  command: "freeRef",
  number: "ref",
  becomes: "free",
  fields: ["cpu", "vector"],
  from: [{ answer: "allocated" }, { command: "assign", answer: "done" }],
});

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
