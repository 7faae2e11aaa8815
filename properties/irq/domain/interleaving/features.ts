import {
  canRun,
  did,
  type InterleavingTransition,
  interruptOf,
  workOf,
} from "../../../../spec/irq/domain/interleaving/judging.js";
import { NONE } from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import type { Feature } from "../../../subsystem.js";

type T = InterleavingTransition;

/** Orders of steps that a plain random walk reaches rarely. */
export const features: readonly Feature<T>[] = [
  {
    name: "event taken on the old CPU after the move",
    reached: (t) => {
      const dispatched = did(t, "dispatched");
      if (dispatched === undefined || t.command.kind !== "step") return false;
      const irq = t.before.irqs[dispatched.interrupt];
      const pair = t.before.actors[t.command.actor]?.pair;
      return irq !== undefined && irq.old !== NONE && irq.old === pair;
    },
  },
  {
    name: "event taken while the handler runs elsewhere",
    reached: (t) =>
      did(t, "marked") !== undefined && t.before.irqs[interruptOf(t)]?.runner !== NONE,
  },
  {
    name: "cleanup finds the old vector pending",
    reached: (t) => did(t, "inspected")?.pending === true,
  },
  {
    name: "free during a move",
    reached: (t) =>
      did(t, "forgot") !== undefined &&
      workOf(t) === "free" &&
      t.before.irqs[interruptOf(t)]?.old !== NONE,
  },
  { name: "free waits for the handler", reached: (t) => did(t, "blocked")?.on === "handler" },
  {
    name: "free waits for a message in flight",
    reached: (t) => did(t, "blocked")?.on === "in flight",
  },
  { name: "slot empty when the CPU looks", reached: (t) => did(t, "spurious") !== undefined },
  {
    name: "CPU has a freed interrupt in hand",
    reached: (t) => did(t, "marked") !== undefined && !canRun(t.before, interruptOf(t)),
  },
  { name: "event sent again at enable", reached: (t) => did(t, "resent") !== undefined },
  {
    name: "pending event sent at unmask",
    reached: (t) =>
      did(t, "unmasked") !== undefined && t.before.entries[interruptOf(t)]?.pending === true,
  },
];
