import {
  canRun,
  type DomainTransition,
  irqOf,
  isRequested,
  runStart,
  takenSlot,
} from "../../../spec/irq/domain/judging.js";
import {
  SLOT_RETRIGGERED,
  SLOT_SHUTDOWN,
} from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { Feature } from "../../subsystem.js";

type T = DomainTransition;

const isDown = (t: T): boolean => t.command.kind === "cpuDown" && t.response.kind === "moved";

/** Situations that a plain uniform generator reaches rarely or never. */
export const features: readonly Feature<T>[] = [
  {
    name: "allocation undone, no vector or no entry left",
    reached: (t) =>
      t.command.kind === "alloc" &&
      t.response.kind === "failed" &&
      (t.response.error === "ENOSPC" || t.response.error === "ENOMEM"),
  },
  {
    name: "allocation undone, a CPU that no message can name",
    reached: (t) =>
      t.command.kind === "alloc" && t.response.kind === "failed" && t.response.error === "EINVAL",
  },
  {
    name: "block of messages",
    reached: (t) =>
      t.response.kind === "allocated" &&
      t.response.numbers.length > 1 &&
      t.command.kind === "alloc" &&
      t.config.devices[t.command.device]?.source === "msi",
  },
  {
    name: "handler on the old pair of a move",
    reached: (t) => {
      const start = runStart(t);
      const was = t.before.irq(start?.irq ?? -1);
      return was !== undefined && was.prevVector !== 0 && was.prevCpu === start?.cpu;
    },
  },
  {
    name: "interrupt moved while it was acknowledged, the device raising again",
    reached: (t) =>
      t.command.kind === "take" &&
      t.command.again &&
      (t.response.kind === "running" || t.response.kind === "held") &&
      t.before.irq(t.response.irq)?.cpu !== t.response.cpu,
  },
  {
    name: "sent on after two messages",
    reached: (t) =>
      (t.response.kind === "running" || t.response.kind === "held") && t.response.stray === true,
  },
  { name: "remembered, disabled or running elsewhere", reached: (t) => t.response.kind === "held" },
  { name: "CPU waits for the handler of another", reached: (t) => t.response.kind === "waiting" },
  {
    name: "handler runs once more",
    reached: (t) => t.command.kind === "handled" && t.response.kind === "running",
  },
  {
    name: "late arrival after its interrupt ended",
    reached: (t) => takenSlot(t) === SLOT_SHUTDOWN,
  },
  { name: "stray of a move", reached: (t) => takenSlot(t) === SLOT_RETRIGGERED },
  {
    name: "enabled with an event behind it",
    reached: (t) =>
      t.command.kind === "enable" &&
      t.before.desc(irqOf(t))?.pending === true &&
      canRun(t.after, irqOf(t)),
  },
  {
    name: "a lower class waits behind the one that is taken",
    reached: (t) => {
      if (t.command.kind !== "take") return false;
      const { vector, pending } = t.command;
      return pending.some((v) => v >> 4 < vector >> 4);
    },
  },
  {
    name: "CPU down with a request waiting",
    reached: (t) => isDown(t) && t.command.kind === "cpuDown" && t.command.pending.length > 0,
  },
  {
    name: "managed interrupt stopped with its last CPU",
    reached: (t) => {
      if (!isDown(t) || t.response.kind !== "moved") return false;
      return t.response.irqs.some(
        (n) => t.before.irq(n)?.started === true && t.after.irq(n)?.started === false,
      );
    },
  },
  {
    name: "cleanup put off, the old vector requested",
    reached: (t) => {
      if (t.command.kind !== "cleanup" || t.response.kind !== "cleaned") return false;
      return t.command.pending.length > 0 && t.response.irqs.length === 0;
    },
  },
  {
    name: "freed while one is in flight",
    reached: (t) => {
      if (t.command.kind !== "shutdown" && t.command.kind !== "free") return false;
      return t.response.kind !== "failed" && isRequested(t.before, t.command.irq);
    },
  },
  {
    name: "message stopped by the remapping unit",
    reached: (t) => t.after.hardware.blocked > 0,
  },
  {
    name: "line switched off",
    reached: (t) => t.response.kind === "served" && t.response.off,
  },
];
