/** VEC-MOVE-7 to -9: the messages of a move, and when a request takes effect. */
import type { Clause } from "../../../core/clause.js";
import { linux } from "../../../core/source.js";
import {
  apicId,
  astray,
  type Change,
  changes,
  dispatched,
  named,
  onlineIn,
  sameAssignment,
  sameCounters,
  samePair,
  sameSet,
  seen,
  type VectorTransition,
} from "./judging.js";
import type { Write } from "./vocabulary.js";

type T = VectorTransition;

const task = "T1.3";
const msi = "arch/x86/kernel/apic/msi.c:msi_set_affinity";

/** Started interrupts whose CPU and vector both changed under way, without remapping. */
const changedBoth = (t: T, maskable: boolean): readonly Change[] => {
  const { command } = t;
  const { kind } = command;
  if (t.config.remapping) return [];
  if (kind !== "deliver" && kind !== "interrupt" && kind !== "cpuDown") return [];
  return changes(t).filter(
    ({ was, is }) =>
      // The CPU that executes the move is the one that the interrupt leaves.
      was.cpu === command.cpu &&
      !astray(was) &&
      !was.managed &&
      was.maskable === maskable &&
      was.started &&
      is.started &&
      was.vector !== 0 &&
      was.vector !== is.vector &&
      was.cpu !== is.cpu,
  );
};

const writesOf = (t: T, irq: number): readonly Write[] =>
  seen(t).writes.filter((write) => write.irq === irq);

const ends = (t: T, { irq, is }: Change): boolean => {
  const writes = writesOf(t, irq);
  const last = writes[writes.length - 1];
  return last?.dest === apicId(t.config, is.cpu) && last.vector === is.vector;
};

const neverMixed = (t: T, change: Change): boolean => {
  const dest = apicId(t.config, change.is.cpu);
  return writesOf(t, change.irq).every(
    (write) => write.dest !== dest || write.vector !== change.was.vector,
  );
};

/** The device raised while its message changed in this command. */
const raisedAgain = (t: T): Change | undefined => {
  if (t.command.kind !== "deliver" && t.command.kind !== "interrupt") return undefined;
  if (!t.command.again || t.config.remapping) return undefined;
  const change = dispatched(t);
  return change !== undefined && !samePair(change.was, change.is) ? change : undefined;
};

/** The interrupt is pending where one of its own pairs leads to it. */
const comes = (t: T, { irq, is }: Change): boolean => {
  const view = seen(t);
  const at = (cpu: number, vector: number): boolean =>
    vector !== 0 && view.isPending(cpu, vector) && view.slot(cpu, vector) === irq;
  return at(is.cpu, is.vector) || at(is.prevCpu, is.prevVector);
};

const twoSteps = (t: T, c: Change): boolean => {
  const writes = writesOf(t, c.irq);
  const [first, second] = writes;
  return (
    writes.length === 2 &&
    first?.dest === apicId(t.config, c.was.cpu) &&
    first.vector === c.is.vector &&
    second?.dest === apicId(t.config, c.is.cpu) &&
    second.vector === c.is.vector
  );
};

const activeRequest = (t: T): Change | undefined => {
  if (t.command.kind !== "setAffinity") return undefined;
  const change = named(t);
  if (change === undefined || change.was.managed || !change.was.started) return undefined;
  return onlineIn(t.before, t.command.cpus).length > 0 ? change : undefined;
};

const requestTakesEffect = (t: T): boolean => {
  const change = activeRequest(t);
  if (change === undefined || t.command.kind !== "setAffinity") return false;
  const { was, is } = change;
  const { cpus } = t.command;
  if (t.response.kind === "deferred") {
    const stored = is.pending !== undefined && sameSet(is.pending, cpus) && samePair(was, is);
    // At once with remapping, unless an earlier request still waits or the vector layer is busy.
    return stored && (!t.config.remapping || was.pending !== undefined || was.prevVector !== 0);
  }
  if (!t.config.remapping) return false;
  if (t.response.kind === "failed") return sameAssignment(was, is);
  return t.response.kind === "at" && is.pending === undefined && sameSet(is.affinity, cpus);
};

/** A stored request whose interrupt arrives and is enabled. */
const due = (t: T): Change | undefined => {
  const change = dispatched(t);
  return change?.was.pending !== undefined && change.was.depth === 0 ? change : undefined;
};

/** Interrupts with a stored request of which the dying CPU was the last one online. */
const bereft = (t: T): readonly Change[] => {
  const { command } = t;
  if (command.kind !== "cpuDown" || t.response.kind !== "moved") return [];
  return changes(t).filter(
    ({ was }) =>
      was.pending !== undefined &&
      onlineIn(t.before, was.pending).every((cpu) => cpu === command.cpu),
  );
};

const notActive = (t: T): Change | undefined => {
  if (t.command.kind !== "setAffinity") return undefined;
  const change = named(t);
  if (change === undefined || change.was.managed || change.was.activated) return undefined;
  return onlineIn(t.before, t.command.cpus).length > 0 ? change : undefined;
};

export const affinityClauses: readonly Clause<T>[] = [
  {
    id: "VEC-MOVE-7",
    title:
      "the messages of a moving interrupt that cannot be masked never pair the new CPU with the old vector, and end at the new pair",
    level: "contract",
    kind: "step",
    source: [linux(msi)],
    task,
    on: ["deliver", "interrupt", "cpuDown"],
    needs: ["irqs", "writes"],
    applies: (t) => changedBoth(t, false).length > 0,
    holds: (t) => changedBoth(t, false).every((c) => neverMixed(t, c) && ends(t, c)),
  },
  {
    id: "VEC-MOVE-7-R",
    title: "an interrupt raised while its message changes is delivered to it or replayed",
    level: "contract",
    kind: "step",
    source: [linux(msi)],
    task,
    on: ["deliver", "interrupt"],
    needs: ["irqs", "slots"],
    applies: (t) => raisedAgain(t) !== undefined,
    holds: (t) => {
      const change = raisedAgain(t);
      return change !== undefined && comes(t, change);
    },
  },
  {
    id: "VEC-MOVE-7-B",
    title: "the same holds between the register writes that make up one message",
    level: "contract",
    kind: "declared",
    source: [linux(msi)],
    task,
    awaits: "a device model with single-register writes",
  },
  {
    id: "VEC-MOVE-7-L",
    title: "a maskable interrupt goes through (old CPU, new vector), one that is not goes directly",
    level: "linux",
    kind: "step",
    source: [linux(msi)],
    task,
    on: ["deliver", "interrupt", "cpuDown"],
    needs: ["irqs", "writes"],
    applies: (t) => changedBoth(t, true).length > 0 || changedBoth(t, false).length > 0,
    holds: (t) =>
      changedBoth(t, true).every((c) => !c.was.canReserve || twoSteps(t, c)) &&
      changedBoth(t, false).every((c) => writesOf(t, c.irq).length === 1),
  },
  {
    id: "VEC-MOVE-8",
    title:
      "without remapping a request is stored now and applied at the next interrupt; with it, at once",
    level: "linux",
    kind: "step",
    source: [linux("kernel/irq/manage.c:irq_set_affinity_locked")],
    task,
    on: ["setAffinity"],
    needs: ["irqs", "aff"],
    applies: (t) => activeRequest(t) !== undefined,
    holds: requestTakesEffect,
  },
  {
    id: "VEC-MOVE-8-P",
    title:
      "a stored request that its interrupt finds with a CPU online is applied, else it is dropped",
    level: "linux",
    kind: "step",
    source: [linux("kernel/irq/migration.c:irq_move_masked_irq")],
    task,
    on: ["deliver", "interrupt"],
    needs: ["irqs", "aff"],
    applies: (t) => {
      const change = due(t);
      return change !== undefined && change.was.prevVector === 0;
    },
    holds: (t) => {
      const change = due(t);
      if (change === undefined || change.is.pending !== undefined) return false;
      const { was, is } = change;
      const pending = was.pending ?? [];
      if (onlineIn(t.before, pending).length === 0) {
        return samePair(was, is) && sameSet(was.affinity, is.affinity);
      }
      return samePair(was, is) || pending.includes(is.cpu);
    },
  },
  {
    id: "VEC-MOVE-8-D",
    title: "a stored request whose last online CPU goes down is dropped",
    level: "linux",
    kind: "step",
    source: [linux("kernel/irq/cpuhotplug.c:irq_fixup_move_pending")],
    task,
    on: ["cpuDown"],
    needs: ["aff"],
    applies: (t) => bereft(t).length > 0,
    holds: (t) => bereft(t).every(({ is }) => is.pending === undefined),
  },
  {
    id: "VEC-MOVE-9",
    title: "the affinity of an interrupt that is not active is only stored",
    level: "linux",
    kind: "step",
    source: [linux("kernel/irq/manage.c:irq_set_affinity_deactivated")],
    task,
    on: ["setAffinity"],
    needs: ["irqs", "aff", "counters", "writes"],
    applies: (t) => notActive(t) !== undefined,
    holds: (t) => {
      const change = notActive(t);
      if (change === undefined || t.command.kind !== "setAffinity") return false;
      return (
        t.response.kind === "stored" &&
        sameSet(change.is.affinity, t.command.cpus) &&
        sameAssignment(change.was, change.is) &&
        sameCounters(t.config, t.before.matrix, seen(t).matrix) &&
        seen(t).writes.length === 0
      );
    },
  },
  {
    id: "VEC-MOVE-9-E",
    title: "a user's request without an online CPU is EINVAL",
    level: "linux",
    kind: "step",
    source: [linux("kernel/irq/proc.c:write_irq_affinity")],
    task,
    on: ["setAffinity"],
    applies: (t) =>
      t.command.kind === "setAffinity" &&
      t.before.irq(t.command.irq)?.managed === false &&
      onlineIn(t.before, t.command.cpus).length === 0,
    holds: (t) => t.response.kind === "failed" && t.response.error === "EINVAL",
  },
];
