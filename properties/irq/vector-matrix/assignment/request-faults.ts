/** Faults in affinity requests. */
import { irqOf, withIrq } from "../../../../models/irq/vector-matrix/assignment/state.js";
import { after, eachIrq, linuxLevel, type VectorFault } from "./fault-tools.js";

export const requestFaults: readonly VectorFault[] = [
  linuxLevel(
    "VEC-MOVE-8",
    "first-request-wins",
    "a second request does not replace the one that is stored",
    after((_config, before, command, right) => {
      if (command.kind !== "setAffinity" || right.response.kind !== "deferred") return right;
      const pending = before.irqs[command.irq]?.pending;
      if (pending === undefined) return right;
      return { ...right, state: withIrq(right.state, command.irq, { pending }) };
    }),
  ),
  linuxLevel(
    "VEC-MOVE-8",
    "request-ignored",
    "a request for a started interrupt is answered but not stored",
    after((_config, before, command, right) =>
      command.kind === "setAffinity" && right.response.kind === "deferred"
        ? { ...right, state: before }
        : right,
    ),
  ),
  linuxLevel(
    "VEC-MOVE-8-P",
    "request-never-done",
    "a stored request stays stored after it was applied",
    after((_config, before, command, right) =>
      command.kind === "deliver" || command.kind === "interrupt"
        ? eachIrq(right, before, (irq, was) =>
            was?.pending !== undefined && irq.pending === undefined
              ? { pending: was.pending }
              : undefined,
          )
        : right,
    ),
  ),
  linuxLevel(
    "VEC-MOVE-8-D",
    "dead-request-kept",
    "a stored request whose last online CPU goes down stays stored",
    after((_config, before, command, right) =>
      command.kind === "cpuDown" && right.response.kind === "moved"
        ? eachIrq(right, before, (irq, was) =>
            was?.pending !== undefined && irq.pending === undefined
              ? { pending: was.pending }
              : undefined,
          )
        : right,
    ),
  ),
  linuxLevel(
    "VEC-MOVE-9",
    "inactive-request-written",
    "a request for an inactive interrupt rewrites its message",
    after((_config, _before, command, right) => {
      if (command.kind !== "setAffinity" || right.response.kind !== "stored") return right;
      const { hwCpu, hwVector } = irqOf(right.state, command.irq);
      const writes = [{ irq: command.irq, dest: hwCpu, vector: hwVector }];
      return { ...right, state: { ...right.state, writes } };
    }),
  ),
  linuxLevel(
    "VEC-MOVE-9-E",
    "offline-request-stored",
    "a request without an online CPU is stored for later",
    after((_config, _before, command, right) =>
      command.kind === "setAffinity" &&
      right.response.kind === "failed" &&
      right.response.error === "EINVAL"
        ? { ...right, response: { kind: "stored" } }
        : right,
    ),
  ),
];
