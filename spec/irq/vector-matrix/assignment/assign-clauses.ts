/** VEC-ASSIGN-1 to -6: who gets which vector. Ids ending in -L are the linux half of a rule. */
import type { Clause } from "../../../core/clause.js";
import { linux } from "../../../core/source.js";
import {
  apicId,
  drifted,
  everyIrq,
  freeOn,
  hasRoom,
  immediate,
  named,
  onlineCpus,
  onlineIn,
  owned,
  realVector,
  requested,
  sameAssignment,
  sameCounters,
  samePair,
  seen,
  someIrq,
  totalAllocated,
  type VectorTransition,
} from "./judging.js";
import { type Irq, SHUTDOWN_VECTOR } from "./vocabulary.js";

type T = VectorTransition;

const vector = "arch/x86/kernel/apic/vector.c";
const task = "T1.3";
const level = "contract" as const;

/** Set up in reservation mode and not asked for: parked, one count, no vector. */
const parked = (irq: Irq, dest: number): boolean =>
  irq.vector === 0 &&
  irq.prevVector === 0 &&
  irq.hasReserved &&
  irq.hwVector === SHUTDOWN_VECTOR &&
  irq.hwCpu === dest;

const parkedAfter = (t: T): boolean => {
  const view = seen(t);
  const dest = onlineCpus(t.config, t.before)[0] ?? 0;
  if (t.command.kind === "shutdown") {
    const change = named(t);
    return change !== undefined && parked(change.is, dest);
  }
  if (t.command.kind !== "setup") return false;
  const { irq, count } = t.command;
  if (view.matrix.globalReserved !== t.before.matrix.globalReserved + count) return false;
  if (totalAllocated(t.config, view.matrix) !== totalAllocated(t.config, t.before.matrix)) {
    return false;
  }
  for (let i = irq; i < irq + count; i++) {
    const entry = view.irq(i);
    if (entry === undefined || !parked(entry, dest)) return false;
    const { message } = entry;
    if (message.vector !== SHUTDOWN_VECTOR || message.dest !== apicId(t.config, dest)) return false;
  }
  return true;
};

/** Cannot be masked, and its vector is the kernel's to choose. */
const fixed = (irq: Irq): boolean => !irq.managed && !irq.maskable;

const neutral = (t: T): boolean => {
  const view = seen(t);
  const change = named(t);
  if (change === undefined) return false;
  const { was, is } = change;
  const gained = totalAllocated(t.config, view.matrix) - totalAllocated(t.config, t.before.matrix);
  const counted = view.matrix.globalReserved - t.before.matrix.globalReserved;
  if (gained !== owned(is) - owned(was)) return false;
  if (counted !== Number(is.hasReserved) - Number(was.hasReserved)) return false;
  if (t.command.kind === "startup") return is.vector !== 0 && !is.hasReserved;
  // At rest again: managed ones own nothing, reserved ones their count, others keep their vector.
  if (was.managed) return owned(is) === 0;
  return was.canReserve ? owned(is) === 0 && is.hasReserved : owned(is) === owned(was);
};

const leaks = (t: T): boolean => {
  const view = seen(t);
  let pairs = 0;
  let reserved = 0;
  everyIrq(view, (irq) => {
    pairs += owned(irq);
    reserved += Number(irq.hasReserved);
    return true;
  });
  return totalAllocated(t.config, view.matrix) !== pairs || view.matrix.globalReserved !== reserved;
};

/** A normal interrupt that started from having no vector. */
const freshStart = (t: T): boolean => {
  const was = named(t)?.was;
  return (
    t.command.kind === "startup" &&
    t.response.kind === "at" &&
    was !== undefined &&
    !was.managed &&
    was.vector === 0 &&
    // A mask that nobody asked for is replaced at every start.
    (was.affinitySet || was.affinity.length === t.config.cpus) &&
    !drifted(t)
  );
};

/** The masks that Linux tries in turn. */
const attempts = (t: T, irq: Irq): (readonly number[])[] => {
  const online = onlineCpus(t.config, t.before);
  const near = online.filter((cpu) => irq.node >= 0 && t.config.nodes?.[cpu] === irq.node);
  return [
    near.filter((cpu) => irq.affinity.includes(cpu)),
    onlineIn(t.before, irq.affinity),
    near,
    online,
  ];
};

/** Most free vectors, lowest number on a tie. */
const bestOf = (t: T, cpus: readonly number[]): number => {
  let best = -1;
  let most = 0;
  for (const cpu of cpus) {
    const free = freeOn(t.config, t.before.matrix, cpu);
    if (free > most) [best, most] = [cpu, free];
  }
  return best;
};

const linuxOrder = (t: T): boolean => {
  const was = named(t)?.was;
  if (was === undefined || t.response.kind !== "at") return false;
  for (const cpus of attempts(t, was)) {
    const best = bestOf(t, cpus);
    if (best >= 0) return t.response.cpu === best;
  }
  return false;
};

export const assignClauses: readonly Clause<T>[] = [
  {
    id: "VEC-ASSIGN-1",
    title:
      "a maskable interrupt that is set up but not started has one reservation and no vector, and its message goes to vector 239 on the first online CPU",
    level: "linux",
    kind: "step",
    source: [linux(`${vector}:reserve_irq_vector_locked`)],
    task,
    on: ["setup", "shutdown"],
    needs: ["irqs", "counters", "maps"],
    applies: (t) =>
      t.command.kind === "setup"
        ? t.response.kind === "ready" && t.command.policy === "reserve" && t.command.maskable
        : t.command.kind === "shutdown" &&
          t.response.kind === "done" &&
          named(t)?.was.canReserve === true,
    holds: parkedAfter,
  },
  {
    id: "VEC-ASSIGN-1-U",
    title: "an interrupt that cannot be masked has a real vector from allocation to release",
    level: "linux",
    kind: "invariant",
    source: [linux("kernel/irq/msi.c:msi_check_reservation_mode")],
    task,
    needs: ["irqs"],
    applies: (t) => someIrq(t.after, fixed),
    holds: (t) => everyIrq(seen(t), (irq) => !fixed(irq) || realVector(irq.vector)),
  },
  {
    id: "VEC-ASSIGN-2",
    title: "starting and stopping an interrupt returns every count to where it was",
    level,
    kind: "step",
    source: [linux(`${vector}:x86_vector_activate`), linux(`${vector}:x86_vector_deactivate`)],
    task,
    on: ["startup", "shutdown"],
    needs: ["irqs", "counters", "maps"],
    applies: (t) =>
      named(t) !== undefined &&
      ((t.command.kind === "startup" && t.response.kind === "at") ||
        (t.command.kind === "shutdown" && t.response.kind === "done")),
    holds: neutral,
  },
  {
    id: "VEC-ASSIGN-2-K",
    title: "every allocated vector and every reservation belongs to an interrupt",
    level,
    kind: "invariant",
    source: [linux(`${vector}:x86_vector_deactivate`)],
    task,
    needs: ["irqs", "counters", "maps"],
    applies: (t) => someIrq(t.after, () => true),
    holds: (t) => !leaks(t),
  },
  {
    id: "VEC-ASSIGN-3",
    title: "a start without a vector is reported, leaves the reservation and unmasks nothing",
    level,
    kind: "step",
    source: [linux(`${vector}:activate_reserved`)],
    task,
    on: ["startup"],
    needs: ["irqs", "counters"],
    applies: (t) => {
      const was = named(t)?.was;
      if (was === undefined || was.requested || was.managed || was.vector !== 0) return false;
      return !drifted(t) && !hasRoom(t, onlineCpus(t.config, t.before));
    },
    holds: (t) => {
      const change = named(t);
      if (change === undefined || t.response.kind !== "failed") return false;
      return (
        !change.is.started &&
        sameAssignment(change.was, change.is) &&
        sameCounters(t.config, t.before.matrix, seen(t).matrix)
      );
    },
  },
  {
    id: "VEC-ASSIGN-4",
    title: "an interrupt on an online CPU of the requested set stays where it is",
    level: "linux",
    kind: "step",
    source: [linux(`${vector}:assign_vector_locked`)],
    task,
    on: ["setAffinity", "deliver", "interrupt"],
    needs: ["irqs"],
    applies: (t) => {
      const r = requested(t);
      return (
        r !== undefined && immediate(t, r.was) && r.was.vector !== 0 && r.mask.includes(r.was.cpu)
      );
    },
    holds: (t) => {
      const r = requested(t);
      return r !== undefined && samePair(r.was, r.is);
    },
  },
  {
    id: "VEC-ASSIGN-5",
    title: "a vector lies outside the affinity only if no online CPU of it had a free one",
    level,
    kind: "step",
    source: [linux(`${vector}:assign_irq_vector_any_locked`)],
    task,
    on: ["startup"],
    applies: freshStart,
    holds: (t) => {
      const was = named(t)?.was;
      if (was === undefined || t.response.kind !== "at") return false;
      if (!t.before.online(t.response.cpu)) return false;
      return was.affinity.includes(t.response.cpu) || !hasRoom(t, was.affinity);
    },
  },
  {
    id: "VEC-ASSIGN-5-L",
    title:
      "tried in order: the affinity on the interrupt's node, all of the affinity, the node, all online CPUs; the first with room",
    level: "linux",
    kind: "step",
    source: [linux(`${vector}:assign_irq_vector_any_locked`)],
    task,
    on: ["startup"],
    applies: freshStart,
    holds: linuxOrder,
  },
  {
    id: "VEC-ASSIGN-6",
    title: "a failed allocation of several interrupts gives everything back",
    level,
    kind: "step",
    source: [linux(`${vector}:x86_vector_alloc_irqs`)],
    task,
    on: ["setup"],
    needs: ["irqs", "counters"],
    applies: (t) => t.command.kind === "setup" && t.response.kind === "failed",
    holds: (t) => {
      if (!sameCounters(t.config, t.before.matrix, seen(t).matrix)) return false;
      for (let irq = 0; irq < t.config.irqs; irq++) {
        if ((t.before.irq(irq) === undefined) !== (seen(t).irq(irq) === undefined)) return false;
      }
      return true;
    },
  },
];
