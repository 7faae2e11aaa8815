/** Faults in giving vectors to interrupts and taking them back. */
import { matrixFree } from "../../../../models/irq/vector-matrix/assignment/assign.js";
import { linuxEnv } from "../../../../models/irq/vector-matrix/assignment/env.js";
import {
  irqOf,
  onlineCpus,
  putIrq,
  type State,
  withIrq,
} from "../../../../models/irq/vector-matrix/assignment/state.js";
import { step } from "../../../../models/irq/vector-matrix/assignment/step.js";
import type { Config } from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import {
  after,
  contract,
  deciding,
  linuxLevel,
  nodes,
  tight,
  type VectorFault,
} from "./fault-tools.js";

const reservedBy = (state: State, by: number): State => ({
  ...state,
  matrix: { ...state.matrix, globalReserved: state.matrix.globalReserved + by },
});

const free = (config: Config, state: State, irq: number): State => {
  const { cpu, vector, managed } = irqOf(state, irq);
  const matrix = matrixFree(linuxEnv(config), state.matrix, cpu, vector, managed);
  return withIrq({ ...state, matrix }, irq, { vector: 0 });
};

export const assignFaults: readonly VectorFault[] = [
  linuxLevel(
    "VEC-ASSIGN-1",
    "parked-on-last-cpu",
    "messages of parked interrupts go to the last online CPU instead of the first",
    after((_config, _before, command, right) => {
      if (command.kind !== "setup" || right.response.kind !== "ready") return right;
      if (command.policy !== "reserve" || !command.maskable) return right;
      const cpus = onlineCpus(right.state);
      const hwCpu = cpus[cpus.length - 1] as number;
      return { ...right, state: withIrq(right.state, command.irq, { hwCpu }) };
    }),
  ),
  linuxLevel(
    "VEC-ASSIGN-1-U",
    "unmaskable-parked",
    "an interrupt that cannot be masked gives its vector back when it stops",
    after((config, before, command, right) => {
      if (command.kind !== "shutdown" || right.response.kind !== "done") return right;
      const was = before.irqs[command.irq];
      if (was === undefined || was.managed || was.maskable || was.prevVector !== 0) return right;
      return { ...right, state: free(config, right.state, command.irq) };
    }),
  ),
  contract(
    "VEC-ASSIGN-2",
    "stop-forgets-reservation",
    "stopping an interrupt does not count its reservation again",
    after((_config, before, command, right) =>
      command.kind === "shutdown" && before.irqs[command.irq]?.canReserve === true
        ? { ...right, state: reservedBy(right.state, -1) }
        : right,
    ),
  ),
  contract(
    "VEC-ASSIGN-2-K",
    "teardown-leaks-reservation",
    "releasing an interrupt forgets to take its reservation back",
    after((_config, before, command, right) =>
      command.kind === "teardown" && before.irqs[command.irq]?.hasReserved === true
        ? { ...right, state: reservedBy(right.state, 1) }
        : right,
    ),
  ),
  contract(
    "VEC-ASSIGN-3",
    "failure-drops-reservation",
    "a start that finds no vector clears the reservation all the same",
    after((_config, _before, command, right) =>
      command.kind === "startup" && right.response.kind === "failed"
        ? {
            ...right,
            state: withIrq(reservedBy(right.state, -1), command.irq, { hasReserved: false }),
          }
        : right,
    ),
    { config: tight },
  ),
  contract(
    "VEC-ASSIGN-3",
    "failure-not-reported",
    "a start that finds no vector is reported as a success",
    after((_config, _before, command, right) =>
      command.kind === "startup" && right.response.kind === "failed"
        ? {
            state: withIrq(right.state, command.irq, { started: true, requested: true }),
            response: { kind: "at", cpu: 0, vector: 0 },
          }
        : right,
    ),
    { config: tight },
  ),
  linuxLevel(
    "VEC-ASSIGN-4",
    "always-moves",
    "an affinity request picks a new vector even where the interrupt may stay",
    deciding(() => ({ keeps: () => false })),
  ),
  contract(
    "VEC-ASSIGN-5",
    "affinity-ignored",
    "a new vector is taken on any online CPU, whatever the affinity",
    deciding((linux, _config, before) => ({
      alloc: (irq, matrix, _cpus, entry) =>
        linux.alloc(irq, matrix, onlineCpus(before).slice(-1), entry),
    })),
  ),
  linuxLevel(
    "VEC-ASSIGN-5-L",
    "node-ignored",
    "a new vector is taken from the whole affinity without trying the near CPUs first",
    (model) => ({
      ...model,
      step: (config, state, command) => {
        if (command.kind !== "startup" || state.irqs[command.irq] === undefined) {
          return model.step(config, state, command);
        }
        const far = withIrq(state, command.irq, { node: -1 });
        const right = model.step(config, far, command);
        const { node } = irqOf(state, command.irq);
        return { ...right, state: withIrq(right.state, command.irq, { node }) };
      },
    }),
    { config: nodes },
  ),
  contract(
    "VEC-ASSIGN-6",
    "first-member-kept",
    "an off-by-one in the error path keeps the first interrupt of a failed allocation",
    after((config, before, command, right) => {
      if (command.kind !== "setup" || right.response.kind !== "failed") return right;
      const one = step(config, before, { ...command, count: 1 });
      if (one.response.kind !== "ready" || command.count < 2) return right;
      return { ...right, state: putIrq(one.state, command.irq, undefined) };
    }),
    { config: tight },
  ),
  contract(
    "VEC-ASSIGN-7",
    "managed-set-by-user",
    "a user's request for a managed interrupt is stored",
    after((_config, before, command, right) =>
      command.kind === "setAffinity" &&
      before.irqs[command.irq]?.managed === true &&
      command.cpus.length > 0
        ? {
            state: withIrq(right.state, command.irq, { affinity: command.cpus }),
            response: { kind: "stored" },
          }
        : right,
    ),
  ),
  contract(
    "VEC-ASSIGN-7-M",
    "managed-outside-mask",
    "a managed interrupt is bound like any other, outside its affinity too",
    after((_config, _before, command, right) => {
      if (command.kind !== "startup" || right.response.kind !== "at") return right;
      const { managed, affinity } = irqOf(right.state, command.irq);
      const cpu = onlineCpus(right.state).find((c) => !affinity.includes(c));
      if (!managed || cpu === undefined) return right;
      return { ...right, state: withIrq(right.state, command.irq, { cpu }) };
    }),
  ),
  linuxLevel(
    "VEC-ASSIGN-7-L",
    "managed-eio",
    "a user's request for a managed interrupt is refused with EIO",
    after((_config, _before, command, right) =>
      command.kind === "setAffinity" &&
      right.response.kind === "failed" &&
      right.response.error === "EPERM"
        ? { ...right, response: { kind: "failed", error: "EIO" } }
        : right,
    ),
  ),
  contract(
    "VEC-ASSIGN-8",
    "stops-on-unknown-vector",
    "an interrupt that nobody owns stops the kernel",
    after((_config, before, _command, right) =>
      right.response.kind === "spurious" ? { state: before, response: { kind: "fatal" } } : right,
    ),
  ),
];
