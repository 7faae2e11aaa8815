/** Allocation, activation and release of interrupts, arch/x86/kernel/apic/vector.c. */
import {
  type Errno,
  type Irq,
  type Setup,
  SHUTDOWN_VECTOR,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { step as matrixStep } from "../allocator/step.js";
import { assign, assignAny, assignManaged, clear, updateConfig } from "./assign.js";
import type { Env } from "./env.js";
import { writeCurrent, writeZero } from "./msi.js";
import {
  allCpus,
  fail,
  irqOf,
  mask,
  matrixConfig,
  ok,
  onlineCpus,
  onlineOf,
  putIrq,
  type Result,
  type State,
  withIrq,
} from "./state.js";

/** vector_assign_managed_shutdown(): messages go to the shutdown vector of the first online CPU. */
export const park = (state: State, irq: number): State =>
  updateConfig(state, irq, SHUTDOWN_VECTOR, onlineCpus(state)[0] ?? 0);

/** reserve_irq_vector_locked(): no vector, one count. */
export const reserve = (env: Env, state: State, irq: number): State => {
  const { state: matrix } = matrixStep(matrixConfig(env.config), state.matrix, {
    kind: "reserve",
  });
  return park(
    withIrq({ ...state, matrix }, irq, {
      canReserve: true,
      hasReserved: true,
      coreCanReserve: true,
    }),
    irq,
  );
};

/** activate_reserved(): the count turns into a vector. */
export const activateReserved = (env: Env, state: State, irq: number): Result => {
  const result = assignAny(env, state, irq);
  if (result.error !== undefined) return result;
  const { coreCanReserve, canReserve } = irqOf(result.state, irq);
  return ok(
    withIrq(result.state, irq, {
      hasReserved: false,
      // The core may have withdrawn reservation mode after the interrupt was allocated.
      canReserve: canReserve && coreCanReserve,
    }),
  );
};

/** activate_managed() */
export const activateManaged = (env: Env, state: State, irq: number): Result => {
  const cpus = onlineOf(state, irqOf(state, irq).affinity);
  return cpus.length === 0 ? fail(state, "EINVAL") : assignManaged(env, state, irq, cpus);
};

/** x86_vector_activate(): `early` at allocation, where a reservation is enough. */
export const vectorActivate = (env: Env, state: State, irq: number, early: boolean): Result => {
  const { canReserve, managed, managedShutdown, hasReserved } = irqOf(state, irq);
  if (!canReserve && !managed) {
    // Its result is ignored.
    const result = assignAny(env, state, irq);
    return result.error === "fatal" ? result : ok(result.state);
  }
  if (early || managedShutdown) return ok(park(state, irq));
  if (managed) return activateManaged(env, state, irq);
  return hasReserved ? activateReserved(env, state, irq) : ok(state);
};

/** x86_vector_deactivate() */
export const vectorDeactivate = (env: Env, state: State, irq: number): State => {
  const { canReserve, managed, hasReserved } = irqOf(state, irq);
  // An interrupt that cannot be masked keeps its vector until it is freed.
  if ((!canReserve && !managed) || hasReserved) return state;
  const next = clear(env, state, irq);
  return canReserve ? reserve(env, next, irq) : park(next, irq);
};

/** irq_domain_activate_irq(): the vector first, then the message. */
export const activate = (env: Env, state: State, irq: number, early: boolean): Result => {
  if (irqOf(state, irq).activated) return ok(state);
  const result = vectorActivate(env, state, irq, early);
  if (result.error !== undefined) return result;
  return ok(withIrq(writeCurrent(env, result.state, irq), irq, { activated: true }));
};

/** irq_domain_deactivate_irq(): the message first, then the vector. */
export const deactivate = (env: Env, state: State, irq: number): State => {
  if (!irqOf(state, irq).activated) return state;
  const next = vectorDeactivate(env, writeZero(env, state, irq), irq);
  return withIrq(next, irq, { activated: false });
};

/** vector_free_reserved_and_managed() after clear_irq_vector(), of x86_vector_free_irqs(). */
export const freeIrq = (
  env: Env,
  state: State,
  irq: number,
): { state: State; released: readonly (number | null)[] } => {
  const next = clear(env, state, irq);
  const { hasReserved, managed, affinity } = irqOf(next, irq);
  let { matrix } = next;
  if (hasReserved) {
    matrix = matrixStep(matrixConfig(env.config), matrix, { kind: "removeReserved" }).state;
  }
  let released: readonly (number | null)[] = [];
  if (managed) {
    const outcome = env.removeManaged(matrix, affinity);
    matrix = outcome.state;
    if (outcome.response.kind === "removedManaged") released = outcome.response.vectors;
  }
  return { state: putIrq({ ...next, matrix }, irq, undefined), released };
};

const blankIrq = (env: Env, command: Setup): Irq => {
  const given = command.cpus.length > 0;
  const affinity = given ? mask(command.cpus) : allCpus(env.config);
  // A given affinity brings its own node along: that of its first CPU.
  const node = given ? env.config.nodes?.[affinity[0] as number] : command.node;
  const managed = command.policy === "managed";
  const known = env.config.nodes !== undefined && command.policy !== "explicit";
  return {
    managed,
    maskable: command.maskable,
    node: known ? (node ?? -1) : -1,
    vector: 0,
    cpu: 0,
    prevVector: 0,
    prevCpu: 0,
    moveInProgress: false,
    listed: false,
    canReserve: false,
    hasReserved: false,
    coreCanReserve: false,
    hwVector: 0,
    hwCpu: 0,
    affinity,
    effective: [],
    pending: undefined,
    affinitySet: given,
    activated: false,
    started: false,
    requested: false,
    depth: 1,
    managedShutdown: managed,
    message: { dest: 0, vector: 0 },
    waited: 0,
    stranded: false,
  };
};

type Allocated = Result & { readonly reserved: readonly number[] };

/** assign_irq_vector_policy(), for one interrupt. */
const allocate = (env: Env, state: State, irq: number, command: Setup): Allocated => {
  const next = putIrq(state, irq, blankIrq(env, command));
  switch (command.policy) {
    case "managed": {
      const outcome = env.reserveManaged(irq, next.matrix, irqOf(next, irq).affinity);
      if (outcome.response.kind !== "reservedManaged") {
        // The roll-back may have given up other bits than it set aside.
        return { ...fail({ ...next, matrix: outcome.state }, "ENOSPC"), reserved: [] };
      }
      const { vectors } = outcome.response;
      return { ...ok({ ...next, matrix: outcome.state }), reserved: vectors };
    }
    case "explicit": {
      const dest = onlineOf(next, irqOf(next, irq).affinity);
      return { ...assign(env, next, irq, dest), reserved: [] };
    }
    case "reserve":
      return { ...ok(reserve(env, next, irq)), reserved: [] };
  }
};

/** msi_init_virq(): early activation; reservation is withdrawn where a parked vector is unsafe. */
const activateEarly = (env: Env, state: State, irq: number, maskable: boolean): Result => {
  if (maskable) {
    const result = activate(env, state, irq, true);
    return result.error === undefined
      ? ok(withIrq(result.state, irq, { activated: false }))
      : result;
  }
  const next = withIrq(state, irq, { coreCanReserve: false });
  const { managed, affinity } = irqOf(next, irq);
  if (managed && onlineOf(next, affinity).length === 0) return ok(next);
  return activate(env, next, irq, false);
};

export type SetupResult = {
  readonly state: State;
  readonly error: Errno | "fatal" | undefined;
  /** Vectors set aside, CPU by CPU, interrupt by interrupt. */
  readonly reserved: readonly number[];
};

/** x86_vector_alloc_irqs() and the early activation of __msi_domain_alloc_irqs(): all or none. */
export const setup = (env: Env, state: State, command: Setup): SetupResult => {
  const irqs = Array.from({ length: command.count }, (_x, i) => command.irq + i);
  let next = state;
  const reserved: number[] = [];
  const undo = (error: Errno | "fatal", upTo: State, count: number): SetupResult => {
    let back = upTo;
    for (const irq of irqs.slice(0, count)) {
      back = freeIrq(env, deactivate(env, back, irq), irq).state;
    }
    for (const irq of irqs.slice(count)) back = putIrq(back, irq, undefined);
    return { state: back, error, reserved: [] };
  };
  for (let i = 0; i < irqs.length; i++) {
    const result = allocate(env, next, irqs[i] as number, command);
    if (result.error !== undefined) return undo(result.error, result.state, i);
    next = result.state;
    reserved.push(...result.reserved);
  }
  for (const irq of irqs) {
    const result = activateEarly(env, next, irq, command.maskable);
    if (result.error !== undefined) return undo(result.error, result.state, irqs.length);
    next = result.state;
  }
  return { state: next, error: undefined, reserved };
};
