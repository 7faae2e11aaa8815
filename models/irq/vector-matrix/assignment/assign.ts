/** Giving an interrupt a vector and taking it away, arch/x86/kernel/apic/vector.c. */
import {
  SLOT_SHUTDOWN,
  SLOT_UNUSED,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { State as MatrixState } from "../allocator/state.js";
import { type MatrixOutcome, step as matrixStep } from "../allocator/step.js";
import type { Env } from "./env.js";
import {
  and,
  fail,
  irqOf,
  matrixConfig,
  nodeCpus,
  ok,
  onlineCpus,
  onlineOf,
  type Result,
  type State,
  slotOf,
  withIrq,
  withSlot,
} from "./state.js";

/** kernel/irq/matrix.c irq_matrix_free() */
export const matrixFree = (
  env: Env,
  matrix: MatrixState,
  cpu: number,
  vector: number,
  managed: boolean,
): MatrixState =>
  matrixStep(matrixConfig(env.config), matrix, { kind: "free", cpu, vector, managed, by: cpu })
    .state;

/** apic_update_irq_cfg(): what the next message is composed from. */
export const updateConfig = (state: State, irq: number, vector: number, cpu: number): State =>
  withIrq(state, irq, { hwVector: vector, hwCpu: cpu, effective: [cpu] });

/** chip_data_update(): the new pair becomes current; the old one stays live until cleanup. */
export const update = (
  env: Env,
  state: State,
  irq: number,
  vector: number,
  cpu: number,
): Result => {
  const old = irqOf(state, irq);
  let next = withIrq(state, irq, { prevVector: 0 });
  if (old.vector !== 0) {
    if (state.online[old.cpu] === true) {
      next = withIrq(next, irq, {
        moveInProgress: true,
        prevVector: old.vector,
        prevCpu: old.cpu,
      });
    } else {
      // Nobody can take an interrupt there any more, so there is nothing to wait for.
      const matrix = matrixFree(env, next.matrix, old.cpu, old.vector, old.managed);
      next = withIrq({ ...next, matrix }, irq, { stranded: false });
    }
  }
  next = withIrq(next, irq, { vector, cpu });
  if (slotOf(next, cpu, vector) >= 0 && !env.forgiving) return fail(next, "fatal");
  return ok(updateConfig(withSlot(next, cpu, vector, irq), irq, vector, cpu));
};

const granted = (env: Env, state: State, irq: number, outcome: MatrixOutcome): Result => {
  const { response } = outcome;
  if (response.kind === "failed") return fail(state, response.error);
  if (response.kind !== "allocated") return fail(state, "fatal");
  return update(env, { ...state, matrix: outcome.state }, irq, response.vector, response.cpu);
};

/** assign_vector_locked() */
export const assign = (env: Env, state: State, irq: number, dest: readonly number[]): Result => {
  const entry = irqOf(state, irq);
  const { vector, cpu, moveInProgress, listed } = entry;
  const there = vector !== 0 && state.online[cpu] === true && dest.includes(cpu);
  if (there && env.keeps(irq, entry)) return ok(state);
  // A third pair would be forgotten, and an entry of a cleanup list must not change its vector.
  if (moveInProgress || listed) return fail(state, "EBUSY");
  return granted(env, state, irq, env.alloc(irq, state.matrix, dest, entry));
};

/** assign_irq_vector_any_locked(): the affinity first, preferably near; then anything. */
export const assignAny = (env: Env, state: State, irq: number): Result => {
  const { affinity, node } = irqOf(state, irq);
  const near = node >= 0 ? nodeCpus(env.config, state, node) : undefined;
  const masks = [
    ...(near === undefined ? [] : [and(near, affinity)]),
    onlineOf(state, affinity),
    ...(near === undefined ? [] : [near]),
    onlineCpus(state),
  ];
  let result = fail(state, "ENOSPC");
  for (const dest of masks) {
    result = assign(env, state, irq, dest);
    if (result.error === undefined || result.error === "fatal") return result;
  }
  return result;
};

/** assign_managed_vector(). A18: unlike assign() it does not ask for a move in progress. */
export const assignManaged = (
  env: Env,
  state: State,
  irq: number,
  dest: readonly number[],
): Result => {
  const entry = irqOf(state, irq);
  const cpus = and(dest, entry.affinity);
  if (entry.vector !== 0 && cpus.includes(entry.cpu) && env.keeps(irq, entry)) return ok(state);
  return granted(env, state, irq, env.allocManaged(irq, state.matrix, cpus, entry));
};

/** clear_irq_vector(): gives both pairs back; late arrivals find SHUTDOWN. */
export const clear = (env: Env, state: State, irq: number): State => {
  const { vector, cpu, prevVector, prevCpu, managed } = irqOf(state, irq);
  if (vector === 0) return state;
  let next = withSlot(state, cpu, vector, SLOT_SHUTDOWN);
  let matrix = matrixFree(env, next.matrix, cpu, vector, managed);
  next = withIrq(next, irq, { vector: 0, stranded: false });
  if (prevVector !== 0) {
    next = withSlot(next, prevCpu, prevVector, SLOT_SHUTDOWN);
    matrix = matrixFree(env, matrix, prevCpu, prevVector, managed);
    next = withIrq(next, irq, { prevVector: 0, moveInProgress: false, listed: false, waited: 0 });
  }
  return { ...next, matrix };
};

/** free_moved_vector(): the previous pair is released, and a new move may begin. */
export const freeMoved = (env: Env, state: State, irq: number): State => {
  const { prevVector, prevCpu, managed } = irqOf(state, irq);
  const matrix = matrixFree(env, state.matrix, prevCpu, prevVector, managed);
  const next = withSlot({ ...state, matrix }, prevCpu, prevVector, SLOT_UNUSED);
  return withIrq(next, irq, {
    prevVector: 0,
    moveInProgress: false,
    listed: false,
    waited: 0,
    // A stranded pair that was moved away from is gone with this.
    stranded: false,
  });
};
