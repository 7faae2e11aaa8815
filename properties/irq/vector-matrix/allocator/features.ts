import {
  freeCount,
  type MatrixTransition,
} from "../../../../spec/irq/vector-matrix/allocator/judging.js";
import type { Feature } from "../../../subsystem.js";

type T = MatrixTransition;

const failed = (t: T, kind: string): boolean =>
  t.command.kind === kind && t.response.kind === "failed";

/** Situations that a plain uniform generator reaches rarely or never. */
export const features: readonly Feature<T>[] = [
  {
    name: "allocation refused, CPUs full",
    reached: (t) => t.command.kind === "alloc" && t.command.cpus.length > 0 && failed(t, "alloc"),
  },
  {
    name: "allocation refused, mask empty",
    reached: (t) => t.command.kind === "alloc" && t.command.cpus.length === 0,
  },
  {
    name: "last free vector of a CPU taken",
    reached: (t) =>
      t.response.kind === "allocated" &&
      t.command.kind === "alloc" &&
      freeCount(t.config, t.after, t.response.cpu) === 0,
  },
  {
    name: "CPU with vectors goes offline",
    reached: (t) => t.command.kind === "offline" && t.before.allocated(t.command.cpu) > 0,
  },
  {
    name: "CPU with vectors comes back",
    reached: (t) => t.command.kind === "online" && t.before.allocated(t.command.cpu) > 0,
  },
  {
    name: "vector freed on an offline CPU",
    reached: (t) =>
      t.command.kind === "free" && t.response.kind === "done" && !t.before.online(t.command.cpu),
  },
  {
    name: "managed reservation refused half way",
    reached: (t) => failed(t, "reserveManaged"),
  },
  {
    name: "managed reservation on an offline CPU",
    reached: (t) =>
      t.command.kind === "reserveManaged" &&
      t.response.kind === "reservedManaged" &&
      t.command.cpus.some((cpu) => !t.before.online(cpu)),
  },
  {
    name: "managed allocation refused",
    reached: (t) => failed(t, "allocManaged"),
  },
  {
    name: "nothing to remove on a CPU",
    reached: (t) => t.response.kind === "removedManaged" && t.response.vectors.includes(null),
  },
  {
    name: "more reserved than available",
    reached: (t) =>
      t.command.kind === "reserve" && t.after.globalReserved > t.after.globalAvailable,
  },
  {
    name: "system vector replaces a legacy one",
    reached: (t) => t.command.kind === "assignSystem" && t.command.replace,
  },
  {
    name: "free of what is not allocated",
    reached: (t) => t.command.kind === "free" && t.response.kind === "warned",
  },
];
