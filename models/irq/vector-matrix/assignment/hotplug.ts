/** CPUs that go and come: kernel/irq/cpuhotplug.c, arch/x86/kernel/{irq.c,apic/vector.c}. */
import {
  type Errno,
  SLOT_RETRIGGERED,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { cpuOf } from "../allocator/state.js";
import { step as matrixStep } from "../allocator/step.js";
import { freeMoved } from "./assign.js";
import type { Env } from "./env.js";
import { shutdownIrq, startIrq } from "./manage.js";
import { cleanupList, forceComplete } from "./move.js";
import { doSetAffinity, retrigger } from "./msi.js";
import {
  irqOf,
  isPending,
  matrixConfig,
  ok,
  onlineCpus,
  onlineOf,
  type Result,
  type State,
  setUp,
  withIrq,
  withIrr,
  withOnline,
  withSlots,
  withTimer,
} from "./state.js";

/** lapic_can_unplug_cpu(): the other CPUs must have room for what cannot stay. */
export const canUnplug = (state: State, cpu: number): boolean => {
  const { allocated, managedAllocated, available } = cpuOf(state.matrix, cpu);
  return state.matrix.globalAvailable - available >= allocated - managedAllocated;
};

/** irq_needs_fixup(): the interrupt targets the dying CPU, or nothing that is online. */
const needsFixup = (state: State, irq: number, dying: number): boolean => {
  const { effective, affinity } = irqOf(state, irq);
  const targets = effective.length > 0 ? effective : affinity;
  if (targets.includes(dying)) return true;
  return targets.length > 0 && onlineOf(state, targets).length === 0;
};

/** irq_fixup_move_pending(): drops a stored move that has no online CPU left. */
const fixupPending = (
  state: State,
  irq: number,
  take: boolean,
): { state: State; pending: readonly number[] | undefined } => {
  const { pending } = irqOf(state, irq);
  if (pending === undefined) return { state, pending };
  const gone = onlineOf(state, pending).length === 0;
  return {
    state: gone || take ? withIrq(state, irq, { pending: undefined }) : state,
    pending: gone ? undefined : pending,
  };
};

/** migrate_one_irq(): away from the dying CPU, at the price of the affinity if need be. */
export const migrateOne = (env: Env, state: State, irq: number, dying: number): Result => {
  let next = forceComplete(env, state, irq, dying);
  const { started, managed } = irqOf(next, irq);
  if (!started || !needsFixup(next, irq, dying)) {
    return ok(fixupPending(next, irq, false).state);
  }
  const fixed = fixupPending(next, irq, true);
  next = fixed.state;
  const wanted = fixed.pending ?? irqOf(next, irq).affinity;
  const hopeless = onlineOf(next, wanted).length === 0;
  if (hopeless && managed) {
    // The affinity is kept, and the interrupt waits for one of its CPUs.
    return ok(shutdownIrq(env, withIrq(next, irq, { managedShutdown: true }), irq));
  }
  const dest = hopeless ? onlineCpus(next) : wanted;
  const result = doSetAffinity(env, next, irq, dest, dying);
  if (result.error === "fatal") return result;
  if (result.error === "ENOSPC" && !managed && !hopeless) {
    const any = doSetAffinity(env, next, irq, onlineCpus(next), dying);
    return any.error === "fatal" ? any : ok(any.state);
  }
  return ok(result.state);
};

/**
 * fixup_irqs(), second half: pending vectors are sent to where their interrupt is now, the other
 * interrupts' slots become unused.
 */
const replayPending = (state: State, cpu: number): State => {
  let next = state;
  const table = new Map<number, number>();
  for (const [vector, content] of state.slots[cpu] ?? []) {
    if (content < 0) table.set(vector, content);
    else if (isPending(state, cpu, vector)) {
      next = retrigger(next, content);
      table.set(vector, SLOT_RETRIGGERED);
    }
  }
  return withSlots(next, cpu, table);
};

/** lapic_offline(): the CPU's own cleanup list is emptied without any test. */
const lapicOffline = (env: Env, state: State, cpu: number): State => {
  let next = state;
  for (const irq of cleanupList(state, cpu)) next = freeMoved(env, next, irq);
  const { state: matrix } = matrixStep(matrixConfig(env.config), next.matrix, {
    kind: "offline",
    cpu,
  });
  return withTimer({ ...next, matrix }, cpu, false);
};

/** Ghost: an interrupt that was not started keeps a pair whose slot is wiped (A10). */
const strand = (state: State, cpu: number): State => {
  let next = state;
  for (const irq of setUp(state)) {
    const { vector, cpu: at } = irqOf(state, irq);
    if (vector !== 0 && at === cpu) next = withIrq(next, irq, { stranded: true });
  }
  return next;
};

export type Unplug = { readonly state: State; readonly error: Errno | "fatal" | undefined };

/**
 * native_cpu_disable(). `arriving` are vectors whose message reaches the CPU during the wait
 * between migration and scan; the APIC is switched off only after the scan.
 */
export const cpuDown = (
  env: Env,
  state: State,
  cpu: number,
  arriving: readonly number[],
): Unplug => {
  if (onlineCpus(state).length === 1) return { state, error: "EBUSY" };
  if (!canUnplug(state, cpu)) return { state, error: "ENOSPC" };
  let next = withOnline(state, cpu, false);
  for (const irq of setUp(next)) {
    const result = migrateOne(env, next, irq, cpu);
    if (result.error !== undefined) return { state, error: result.error };
    next = result.state;
  }
  // The kernel counts this CPU out already, but its APIC still accepts messages.
  next = withIrr(next, cpu, new Set([...(next.irr[cpu] ?? []), ...arriving]));
  next = lapicOffline(env, replayPending(next, cpu), cpu);
  return { state: strand(withIrr(next, cpu, new Set()), cpu), error: undefined };
};

/** irq_affinity_online_cpu(): managed interrupts that waited for this CPU start again. */
const restoreManaged = (env: Env, state: State, irq: number, cpu: number): Result => {
  const { managed, requested, affinity, managedShutdown, depth } = irqOf(state, irq);
  if (!managed || !requested || !affinity.includes(cpu) || !managedShutdown) return ok(state);
  const next = withIrq(state, irq, { managedShutdown: false, depth: depth - 1 });
  // A driver that had disabled it finds it disabled still.
  return depth - 1 === 0 ? startIrq(env, next, irq) : ok(next);
};

/** lapic_online() and the interrupt core's part of bringing a CPU up. */
export const cpuUp = (env: Env, state: State, cpu: number): Result => {
  const { state: matrix } = matrixStep(matrixConfig(env.config), state.matrix, {
    kind: "online",
    cpu,
  });
  let next = withSlots(withOnline({ ...state, matrix }, cpu, true), cpu, new Map());
  for (const irq of setUp(next)) {
    const result = restoreManaged(env, next, irq, cpu);
    if (result.error !== undefined) return result;
    next = result.state;
  }
  return ok(next);
};
