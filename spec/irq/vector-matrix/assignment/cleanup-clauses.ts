/** VEC-MOVE-4 and -5: the release of the old vector. */
import type { Clause } from "../../../core/clause.js";
import { linux } from "../../../core/source.js";
import { type Change, changes, everyIrq, seen, someIrq, type VectorTransition } from "./judging.js";
import { type Irq, SLOT_UNUSED } from "./vocabulary.js";

type T = VectorTransition;

const vector = "arch/x86/kernel/apic/vector.c";
const task = "T1.3";
const level = "contract" as const;

/** Interrupts waiting for cleanup on the CPUs whose timer may fire in this command. */
const waiting = (t: T): readonly Change[] => {
  const { command } = t;
  if (command.kind !== "tick" && command.kind !== "cleanup") return [];
  return changes(t).filter(
    ({ was }) => was.listed && (command.kind === "tick" || was.prevCpu === command.cpu),
  );
};

const stillPending = (t: T, was: Irq): boolean => t.before.isPending(was.prevCpu, was.prevVector);

const cleaned = (t: T): readonly number[] => (t.response.kind === "cleaned" ? t.response.irqs : []);

/** Nothing is left of the previous pair. */
const gone = (t: T, { was, is }: Change): boolean => {
  const view = seen(t);
  return (
    is.prevVector === 0 &&
    !is.moveInProgress &&
    !is.listed &&
    view.slot(was.prevCpu, was.prevVector) === SLOT_UNUSED &&
    !view.matrix.isAllocated(was.prevCpu, was.prevVector)
  );
};

export const cleanupClauses: readonly Clause<T>[] = [
  {
    id: "VEC-MOVE-4",
    title: "the old vector is not released while it is pending on its CPU",
    level,
    kind: "step",
    source: [linux(`${vector}:__vector_cleanup`)],
    task,
    on: ["tick", "cleanup"],
    applies: (t) => waiting(t).some(({ was }) => stillPending(t, was)),
    holds: (t) =>
      waiting(t).every(({ irq, was }) => !stillPending(t, was) || !cleaned(t).includes(irq)),
  },
  {
    id: "VEC-MOVE-4-D",
    title: "cleanup is retried and succeeds within its bound once nothing is pending",
    level,
    kind: "timed duty",
    source: [linux(`${vector}:__vector_cleanup`)],
    task,
    // Only what was set up can be moved.
    requires: ["setup"],
    applies: (t) => someIrq(t.after, (irq) => irq.listed),
    holds: (t) => everyIrq(t.after, (irq) => irq.waited <= t.config.cleanupBound),
  },
  {
    id: "VEC-MOVE-5",
    title: "after cleanup the old slot is empty, its bit free, and no previous pair is left",
    level,
    kind: "step",
    source: [linux(`${vector}:free_moved_vector`)],
    task,
    on: ["tick", "cleanup"],
    needs: ["irqs", "slots", "maps"],
    applies: (t) => waiting(t).some(({ irq }) => cleaned(t).includes(irq)),
    holds: (t) => waiting(t).every((c) => !cleaned(t).includes(c.irq) || gone(t, c)),
  },
];
