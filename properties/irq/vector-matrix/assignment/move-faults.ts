/** Faults in moving interrupts: old pairs, cleanup, messages. */
import { freeMoved } from "../../../../models/irq/vector-matrix/assignment/assign.js";
import { linuxEnv } from "../../../../models/irq/vector-matrix/assignment/env.js";
import {
  irqOf,
  isPending,
  lower,
  type State,
  setUp,
  withIrq,
  withSlot,
  withTimer,
} from "../../../../models/irq/vector-matrix/assignment/state.js";
import { step } from "../../../../models/irq/vector-matrix/assignment/step.js";
import { SLOT_UNUSED } from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import {
  after,
  contract,
  deciding,
  eachIrq,
  linuxLevel,
  type Outcome,
  remapped,
  twoCpus,
  type VectorFault,
} from "./fault-tools.js";

/** Interrupts whose move began in this command. */
const begun = (before: State, now: State): readonly number[] =>
  setUp(now).filter(
    (n) => irqOf(now, n).prevVector !== 0 && (before.irqs[n]?.prevVector ?? 0) === 0,
  );

/** Puts a message write in front of, or in place of, those of an interrupt. */
const rewrite = (
  right: Outcome,
  irq: number,
  make: (writes: State["writes"]) => State["writes"],
): Outcome => {
  const own = right.state.writes.filter((w) => w.irq === irq);
  const rest = right.state.writes.filter((w) => w.irq !== irq);
  return { ...right, state: { ...right.state, writes: [...rest, ...make(own)] } };
};

export const moveFaults: readonly VectorFault[] = [
  contract(
    "VEC-MOVE-1",
    "old-slot-cleared-at-move",
    "the old slot is emptied as soon as the new pair is programmed",
    after((_config, before, _command, right) => {
      let { state } = right;
      for (const n of begun(before, state)) {
        const { prevCpu, prevVector } = irqOf(state, n);
        state = withSlot(state, prevCpu, prevVector, SLOT_UNUSED);
      }
      return { ...right, state };
    }),
  ),
  contract(
    "VEC-MOVE-1-D",
    "old-pair-not-dispatched",
    "an interrupt that arrives on the old pair during a move is taken for spurious",
    after((_config, before, command, right) => {
      if (command.kind !== "deliver" && command.kind !== "interrupt") return right;
      const { cpu, vector } = command;
      const old = setUp(before).some(
        (n) => irqOf(before, n).prevVector === vector && irqOf(before, n).prevCpu === cpu,
      );
      return old ? { state: lower(before, cpu, vector), response: { kind: "spurious" } } : right;
    }),
  ),
  contract(
    "VEC-MOVE-2",
    "third-vector-taken",
    "a second move does not look whether the first is cleaned up and forgets its old vector",
    (model) => ({
      ...model,
      step: (config, state, command) => {
        let idle = state;
        for (const n of setUp(state)) {
          idle = withIrq(idle, n, { moveInProgress: false, listed: false });
        }
        const busy = command.kind === "setAffinity" || command.kind === "interrupt";
        return busy ? model.step(config, idle, command) : model.step(config, state, command);
      },
    }),
    { config: remapped },
  ),
  linuxLevel(
    "VEC-MOVE-2-L",
    "busy-request-dropped",
    "a request that finds the last move not cleaned up is dropped instead of kept",
    after((_config, before, command, right) =>
      command.kind === "deliver" || command.kind === "interrupt"
        ? eachIrq(right, before, (irq, was) =>
            was?.pending !== undefined && irq.prevVector !== 0 && irq.pending !== undefined
              ? { pending: undefined }
              : undefined,
          )
        : right,
    ),
  ),
  contract(
    "VEC-MOVE-3",
    "released-without-interrupt",
    "the cleanup timer releases old vectors whose move nobody has seen finished",
    (model) => ({
      ...model,
      step: (config, state, command) => {
        const right = model.step(config, state, command);
        if (command.kind !== "tick") return right;
        let next = right.state;
        for (const n of setUp(next)) {
          if (irqOf(next, n).moveInProgress) next = freeMoved(linuxEnv(config), next, n);
        }
        return { ...right, state: next };
      },
    }),
  ),
  contract(
    "VEC-MOVE-4",
    "cleanup-ignores-irr",
    "cleanup does not look whether the old vector is still pending",
    deciding(() => ({ lingers: () => false })),
    { config: twoCpus },
  ),
  contract(
    "VEC-MOVE-4-D",
    "cleanup-not-rearmed",
    "cleanup that finds the old vector pending is not tried again",
    (model) => ({
      ...model,
      step: (config, state, command) => {
        const right = model.step(config, state, command);
        if (command.kind !== "tick" && command.kind !== "cleanup") return right;
        let next = right.state;
        for (let cpu = 0; cpu < config.cpus; cpu++) {
          if (state.timers[cpu] === true) next = withTimer(next, cpu, false);
        }
        return { ...right, state: next };
      },
    }),
    { config: twoCpus },
  ),
  contract(
    "VEC-MOVE-5",
    "cleanup-keeps-slot",
    "cleanup frees the vector but leaves the interrupt in the old slot",
    after((_config, before, _command, right) => {
      if (right.response.kind !== "cleaned") return right;
      let { state } = right;
      for (const n of right.response.irqs) {
        const { prevCpu, prevVector } = irqOf(before, n);
        state = withSlot(state, prevCpu, prevVector, n);
      }
      return { ...right, state };
    }),
  ),
  contract(
    "VEC-MOVE-5-A",
    "moves-only-once",
    "an interrupt that has moved once is thought to be moving for ever",
    after((config, before, command, right) => {
      if (command.kind !== "deliver" && command.kind !== "interrupt") return right;
      const again = begun(before, right.state).find((n) => irqOf(before, n).prevCpu !== 0);
      if (again === undefined) return right;
      const { pending } = irqOf(before, again);
      const still = withIrq(before, again, { pending: undefined });
      const without = step(config, still, command);
      return { ...without, state: withIrq(without.state, again, { pending }) };
    }),
  ),
  contract(
    "VEC-MOVE-6",
    "stop-forgets-old-vector",
    "stopping an interrupt in a move gives back its new vector only",
    after((_config, before, command, right) => {
      if (command.kind !== "shutdown") return right;
      const was = before.irqs[command.irq];
      if (was === undefined || was.prevVector === 0) return right;
      if (irqOf(right.state, command.irq).prevVector !== 0) return right;
      const { prevCpu, prevVector, listed, moveInProgress } = was;
      return {
        ...right,
        state: withIrq(right.state, command.irq, { prevCpu, prevVector, listed, moveInProgress }),
      };
    }),
  ),
  contract(
    "VEC-MOVE-6-O",
    "waits-for-dead-cpu",
    "a move off an offline CPU waits for an interrupt before the old vector is released",
    after((_config, before, command, right) =>
      command.kind === "cpuDown" && right.response.kind === "moved"
        ? eachIrq(right, before, (irq, was) =>
            was !== undefined && was.vector !== 0 && was.cpu === command.cpu && irq.vector !== 0
              ? { moveInProgress: true, prevCpu: was.cpu, prevVector: was.vector }
              : undefined,
          )
        : right,
    ),
  ),
  contract(
    "VEC-MOVE-7",
    "address-before-data",
    "the address is written before the data, so the new CPU briefly gets the old vector",
    after((_config, before, _command, right) => {
      const writes = right.state.writes;
      const first = writes[0];
      const was = first === undefined ? undefined : before.irqs[first.irq];
      if (first === undefined || was === undefined || was.vector === 0) return right;
      const mixed = { irq: first.irq, dest: (writes[writes.length - 1] ?? first).dest };
      return rewrite(right, first.irq, (own) => [{ ...mixed, vector: was.vector }, ...own]);
    }),
  ),
  contract(
    "VEC-MOVE-7-R",
    "stray-not-replayed",
    "what the device raised between the two writes of its message is forgotten",
    after((_config, before, command, right) => {
      if (command.kind !== "deliver" && command.kind !== "interrupt") return right;
      let { state } = right;
      for (const n of begun(before, state)) {
        const { cpu, vector } = irqOf(state, n);
        if (!isPending(before, cpu, vector)) state = lower(state, cpu, vector);
      }
      return { ...right, state };
    }),
  ),
  linuxLevel(
    "VEC-MOVE-7-L",
    "always-direct",
    "every message is rewritten directly",
    deciding(() => ({ twoStep: () => false })),
  ),
];
