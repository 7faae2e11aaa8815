/** VEC-ASSIGN-7 and -8: interrupts whose affinity is the kernel's, and legal use in general. */
import type { Clause } from "../../../core/clause.js";
import { linux, rule } from "../../../core/source.js";
import {
  everyIrq,
  named,
  sameAssignment,
  sameSet,
  seen,
  someIrq,
  type VectorTransition,
} from "./judging.js";

type T = VectorTransition;

const vector = "arch/x86/kernel/apic/vector.c";
const task = "T1.3";
const level = "contract" as const;

export const managedClauses: readonly Clause<T>[] = [
  {
    id: "VEC-ASSIGN-7",
    title: "users cannot set the affinity of a managed interrupt",
    level,
    kind: "step",
    source: [linux("kernel/irq/proc.c:write_irq_affinity")],
    task,
    on: ["setAffinity"],
    applies: (t) =>
      t.command.kind === "setAffinity" && t.before.irq(t.command.irq)?.managed === true,
    holds: (t) => {
      if (t.response.kind !== "failed") return false;
      const change = named(t);
      return (
        change !== undefined &&
        sameAssignment(change.was, change.is) &&
        sameSet(change.was.affinity, change.is.affinity)
      );
    },
  },
  {
    id: "VEC-ASSIGN-7-M",
    title: "the vector of a managed interrupt is on a CPU of its affinity",
    level,
    kind: "invariant",
    source: [linux(`${vector}:assign_managed_vector`)],
    task,
    needs: ["irqs", "aff"],
    applies: (t) => someIrq(t.after, (irq) => irq.managed && irq.vector !== 0),
    holds: (t) =>
      everyIrq(
        seen(t),
        (irq) => !irq.managed || irq.vector === 0 || irq.affinity.includes(irq.cpu),
      ),
  },
  {
    id: "VEC-ASSIGN-7-L",
    title: "the refusal is EPERM",
    level: "linux",
    kind: "step",
    source: [linux("kernel/irq/proc.c:write_irq_affinity")],
    task,
    on: ["setAffinity"],
    applies: (t) =>
      t.command.kind === "setAffinity" &&
      t.before.irq(t.command.irq)?.managed === true &&
      t.response.kind === "failed",
    holds: (t) => t.response.kind === "failed" && t.response.error === "EPERM",
  },
  {
    id: "VEC-ASSIGN-8",
    title: "a command within its preconditions does not stop the kernel",
    level,
    kind: "step",
    source: [rule("a kernel must not stop on legal use")],
    task,
    applies: () => true,
    holds: (t) => t.response.kind !== "fatal",
  },
];
