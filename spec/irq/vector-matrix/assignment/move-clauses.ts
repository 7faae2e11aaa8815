/** VEC-MOVE-1 to -3, -5-A and -6: from one (CPU, vector) to another. */
import type { Clause } from "../../../core/clause.js";
import { linux } from "../../../core/source.js";
import {
  type Change,
  changes,
  dispatched,
  drifted,
  everyIrq,
  hasRoom,
  immediate,
  requested,
  samePair,
  sameSet,
  seen,
  someIrq,
  type VectorTransition,
} from "./judging.js";
import type { Irq, VectorView } from "./vocabulary.js";

type T = VectorTransition;

const vector = "arch/x86/kernel/apic/vector.c";
const task = "T1.3";
const level = "contract" as const;

const moving = (irq: Irq): boolean => irq.prevVector !== 0 && !irq.stranded;

/** Both pairs lead to the interrupt and are its own. */
const bothLive = (view: VectorView, irq: Irq, number: number): boolean => {
  const { cpu, vector: now, prevCpu, prevVector } = irq;
  if (view.slot(cpu, now) !== number || view.slot(prevCpu, prevVector) !== number) return false;
  if (!view.matrix.isAllocated(cpu, now) || !view.matrix.isAllocated(prevCpu, prevVector)) {
    return false;
  }
  const taken = (c: number, v: number): boolean =>
    v !== 0 && ((c === cpu && v === now) || (c === prevCpu && v === prevVector));
  return everyIrq(
    view,
    (other, n) =>
      n === number || (!taken(other.cpu, other.vector) && !taken(other.prevCpu, other.prevVector)),
  );
};

/** A request that would need a third vector. */
const blocked = (t: T): boolean => {
  const r = requested(t);
  return (
    r !== undefined &&
    r.was.prevVector !== 0 &&
    r.was.activated &&
    r.mask.length > 0 &&
    !r.mask.includes(r.was.cpu)
  );
};

const unchangedOrReleased = ({ was, is }: Change): boolean =>
  samePair(was, is) &&
  (is.prevVector === 0 || (is.prevVector === was.prevVector && is.prevCpu === was.prevCpu));

/** A move whose end no interrupt has shown yet. */
const open = (t: T): readonly Change[] => changes(t).filter(({ was }) => was.moveInProgress);

/** What may end a move: an interrupt on the new CPU, the loss of a CPU, or the interrupt's end. */
const mayRelease = (t: T, { irq, was }: Change): boolean => {
  const { command } = t;
  switch (command.kind) {
    case "deliver":
    case "interrupt":
      return command.cpu === was.cpu && dispatched(t)?.irq === irq;
    case "cpuDown":
      return command.cpu === was.cpu || command.cpu === was.prevCpu;
    case "shutdown":
    case "teardown":
      return command.irq === irq;
    default:
      return false;
  }
};

/** A pair is not allocated, or belongs to another interrupt by now. */
export const released = (view: VectorView, cpu: number, vec: number): boolean =>
  !view.matrix.isAllocated(cpu, vec) ||
  someIrq(
    view,
    (irq) =>
      (irq.cpu === cpu && irq.vector === vec) || (irq.prevCpu === cpu && irq.prevVector === vec),
  );

/** A move that nothing stands in the way of. */
const unhindered = (t: T): boolean => {
  const r = requested(t);
  if (r === undefined || !immediate(t, r.was) || !r.was.activated || drifted(t)) return false;
  if (r.was.prevVector !== 0 || r.was.vector === 0 || r.mask.includes(r.was.cpu)) return false;
  return hasRoom(t, r.mask);
};

/** Ends in the middle of a move: the command takes the interrupt's vectors away. */
const endsMoving = (t: T): Change | undefined => {
  if (t.command.kind !== "shutdown" && t.command.kind !== "teardown") return undefined;
  const was = t.before.irq(t.command.irq);
  if (was === undefined || was.prevVector === 0) return undefined;
  const keeps = t.command.kind === "shutdown" && !was.managed && !was.canReserve;
  return keeps ? undefined : { irq: t.command.irq, was, is: seen(t).irq(t.command.irq) ?? was };
};

/** Interrupts that were on the CPU that went down and are elsewhere now. */
export const evicted = (t: T): readonly Change[] => {
  const { command } = t;
  if (command.kind !== "cpuDown" || t.response.kind !== "moved") return [];
  return changes(t).filter(
    ({ was, is }) =>
      was.vector !== 0 && was.cpu === command.cpu && is.vector !== 0 && is.cpu !== command.cpu,
  );
};

export const moveClauses: readonly Clause<T>[] = [
  {
    id: "VEC-MOVE-1",
    title: "from move to cleanup both pairs lead to the interrupt and belong to nobody else",
    level,
    kind: "invariant",
    source: [linux(`${vector}:chip_data_update`)],
    task,
    needs: ["irqs", "slots", "maps"],
    applies: (t) => someIrq(t.after, moving),
    holds: (t) =>
      everyIrq(
        seen(t),
        (irq, n) => irq.prevVector === 0 || irq.stranded || bothLive(seen(t), irq, n),
      ),
  },
  {
    id: "VEC-MOVE-1-D",
    title: "an interrupt that arrives on either pair reaches its owner",
    level,
    kind: "step",
    source: [linux(`${vector}:chip_data_update`)],
    task,
    on: ["deliver", "interrupt"],
    applies: (t) => dispatched(t) !== undefined,
    holds: (t) => t.response.kind === "delivered" && t.response.irq === dispatched(t)?.irq,
  },
  {
    id: "VEC-MOVE-2",
    title: "while a move or its cleanup is pending, a request for a third vector changes nothing",
    level,
    kind: "step",
    source: [linux(`${vector}:assign_vector_locked`)],
    task,
    on: ["setAffinity", "deliver", "interrupt"],
    needs: ["irqs"],
    applies: blocked,
    holds: (t) => {
      const r = requested(t);
      return r !== undefined && unchangedOrReleased(r);
    },
  },
  {
    id: "VEC-MOVE-2-L",
    title: "such a request is EBUSY inside and stays stored for the next interrupt",
    level: "linux",
    kind: "step",
    source: [
      linux("kernel/irq/manage.c:irq_try_set_affinity"),
      linux("kernel/irq/migration.c:irq_move_masked_irq"),
    ],
    task,
    on: ["setAffinity", "deliver", "interrupt"],
    needs: ["aff"],
    applies: blocked,
    holds: (t) => {
      const r = requested(t);
      if (r === undefined || r.is.pending === undefined) return false;
      if (t.command.kind === "setAffinity") {
        return t.response.kind === "deferred" && sameSet(r.is.pending, t.command.cpus);
      }
      return sameSet(r.is.pending, r.was.pending ?? []);
    },
  },
  {
    id: "VEC-MOVE-3",
    title: "the old vector is kept until an interrupt was handled on the new CPU",
    level,
    kind: "step",
    source: [linux(`${vector}:irq_complete_move`)],
    task,
    needs: ["irqs"],
    applies: (t) => open(t).length > 0,
    holds: (t) =>
      open(t).every(
        (c) =>
          (c.is.prevVector === c.was.prevVector && c.is.prevCpu === c.was.prevCpu) ||
          mayRelease(t, c),
      ),
  },
  {
    id: "VEC-MOVE-3-I",
    title: "with remapping the old vector is kept until the entry's invalidation is complete",
    level,
    kind: "declared",
    source: [linux(`${vector}:vector_schedule_cleanup`)],
    task,
    awaits: "a log of entry writes here; with one it is IRQ-RACE-10 of irq/domain/interleaving",
  },
  {
    id: "VEC-MOVE-5-A",
    title: "with no previous pair left a new move is carried out",
    level,
    kind: "step",
    source: [linux(`${vector}:assign_vector_locked`)],
    task,
    on: ["setAffinity", "deliver", "interrupt"],
    needs: ["irqs"],
    applies: unhindered,
    holds: (t) => {
      const r = requested(t);
      return r?.mask.includes(r.is.cpu) === true && r.is.vector !== 0;
    },
  },
  {
    id: "VEC-MOVE-6",
    title: "ending an interrupt during a move releases both vectors and the cleanup entry",
    level,
    kind: "step",
    source: [linux(`${vector}:clear_irq_vector`)],
    task,
    on: ["shutdown", "teardown"],
    needs: ["irqs", "maps", "slots"],
    applies: (t) => endsMoving(t) !== undefined,
    holds: (t) => {
      const change = endsMoving(t);
      if (change === undefined) return false;
      const { was } = change;
      const view = seen(t);
      const now = view.irq(change.irq);
      if (now !== undefined && (now.prevVector !== 0 || now.listed || now.moveInProgress)) {
        return false;
      }
      return (
        released(view, was.cpu, was.vector) &&
        released(view, was.prevCpu, was.prevVector) &&
        view.slot(was.prevCpu, was.prevVector) < 0
      );
    },
  },
  {
    id: "VEC-MOVE-6-O",
    title: "a move away from a CPU that is offline leaves no move state and frees its vector",
    level,
    kind: "step",
    source: [linux(`${vector}:chip_data_update`)],
    task,
    on: ["cpuDown"],
    needs: ["irqs", "maps"],
    applies: (t) => evicted(t).length > 0,
    holds: (t) =>
      evicted(t).every(
        ({ was, is }) =>
          is.prevVector === 0 &&
          !is.moveInProgress &&
          !is.listed &&
          released(seen(t), was.cpu, was.vector),
      ),
  },
];
