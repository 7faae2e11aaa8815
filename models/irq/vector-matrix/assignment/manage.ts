/** What drivers and users ask for: kernel/irq/{chip,manage}.c. */

import { activate, deactivate } from "./activate.js";
import type { Env } from "./env.js";
import { doSetAffinity } from "./msi.js";
import {
  allCpus,
  and,
  fail,
  irqOf,
  mask,
  nodeCpus,
  ok,
  onlineCpus,
  onlineOf,
  type Result,
  type State,
  withIrq,
} from "./state.js";

/** irq_setup_affinity(): a user's or managed mask if a CPU of it is online, else the default. */
export const setupAffinity = (env: Env, state: State, irq: number): State => {
  const { managed, affinitySet, affinity, node } = irqOf(state, irq);
  let next = state;
  let set = allCpus(env.config);
  if (managed || affinitySet) {
    if (onlineOf(state, affinity).length > 0) set = affinity;
    else next = withIrq(next, irq, { affinitySet: false });
  }
  let dest = onlineOf(state, set);
  if (dest.length === 0) dest = onlineCpus(state);
  const near = node >= 0 ? and(dest, nodeCpus(env.config, state, node)) : [];
  // The result is not looked at: the interrupt has a vector already.
  return doSetAffinity(env, next, irq, near.length > 0 ? near : dest, -1).state;
};

/** irq_startup(); `parked` when a managed interrupt has no online CPU. */
export const startIrq = (
  env: Env,
  state: State,
  irq: number,
): Result & { readonly parked: boolean } => {
  let next = withIrq(state, irq, { depth: 0 });
  const { started, managed, affinity } = irqOf(next, irq);
  if (started) return { ...ok(next), parked: false };
  if (!managed) {
    // IRQCHIP_AFFINITY_PRE_STARTUP: the message is right before the first interrupt.
    next = setupAffinity(env, next, irq);
    return { ...ok(withIrq(next, irq, { started: true })), parked: false };
  }
  if (onlineOf(next, affinity).length === 0) {
    return { ...ok(withIrq(next, irq, { depth: 1, managedShutdown: true })), parked: true };
  }
  next = withIrq(next, irq, { managedShutdown: false });
  const result = activate(env, next, irq, false);
  if (result.error === "fatal") return { ...result, parked: false };
  if (result.error !== undefined) {
    next = withIrq(result.state, irq, { depth: 1, managedShutdown: true });
    return { ...ok(next), parked: true };
  }
  const moved = doSetAffinity(env, result.state, irq, affinity, -1);
  if (moved.error === "fatal") return { ...moved, parked: false };
  return { ...ok(withIrq(moved.state, irq, { started: true })), parked: false };
};

/** request_irq(): activation, which may fail, then start. */
export const startup = (
  env: Env,
  state: State,
  irq: number,
): Result & { readonly parked: boolean } => {
  let next = state;
  if (!irqOf(state, irq).managed) {
    const result = activate(env, state, irq, false);
    if (result.error !== undefined) return { ...result, parked: false };
    next = result.state;
  }
  return startIrq(env, withIrq(next, irq, { requested: true }), irq);
};

/** irq_shutdown_and_deactivate() */
export const shutdownIrq = (env: Env, state: State, irq: number): State => {
  const { started, depth } = irqOf(state, irq);
  const next = started ? withIrq(state, irq, { started: false, depth: depth + 1 }) : state;
  return deactivate(env, next, irq);
};

/** free_irq() of the last handler. */
export const shutdown = (env: Env, state: State, irq: number): State =>
  withIrq(shutdownIrq(env, state, irq), irq, { requested: false, depth: 1 });

/** disable_irq() */
export const disable = (state: State, irq: number): State =>
  withIrq(state, irq, { depth: irqOf(state, irq).depth + 1 });

/** enable_irq() */
export const enable = (env: Env, state: State, irq: number): Result => {
  const { depth } = irqOf(state, irq);
  if (depth === 1) return startIrq(env, state, irq);
  return ok(withIrq(state, irq, { depth: Math.max(depth - 1, 0) }));
};

export type Affinity = Result & { readonly how: "stored" | "deferred" | "moved" };

const defer = (state: State, irq: number, cpus: readonly number[]): Affinity => ({
  ...ok(withIrq(state, irq, { pending: cpus, affinitySet: true })),
  how: "deferred",
});

/** irq_set_affinity_locked() */
export const setAffinityLocked = (
  env: Env,
  state: State,
  irq: number,
  cpus: readonly number[],
): Affinity => {
  const { activated, pending } = irqOf(state, irq);
  if (!activated) {
    // irq_set_affinity_deactivated(): activation will use it.
    const change = { affinity: cpus, effective: cpus, affinitySet: true };
    return { ...ok(withIrq(state, irq, change)), how: "stored" };
  }
  // Without remapping a message may change only while the interrupt is being acknowledged.
  if (!env.config.remapping || pending !== undefined) return defer(state, irq, cpus);
  const result = doSetAffinity(env, state, irq, cpus, -1);
  // irq_try_set_affinity(): a vector layer that is busy gets another chance at the next interrupt.
  if (result.error === "EBUSY") return defer(state, irq, cpus);
  if (result.error === "fatal") return { ...result, how: "moved" };
  return { ...result, state: withIrq(result.state, irq, { affinitySet: true }), how: "moved" };
};

/** kernel/irq/proc.c write_irq_affinity() */
export const userSetAffinity = (
  env: Env,
  state: State,
  irq: number,
  cpus: readonly number[],
): Affinity => {
  if (irqOf(state, irq).managed) return { ...fail(state, "EPERM"), how: "moved" };
  if (onlineOf(state, cpus).length === 0) return { ...fail(state, "EINVAL"), how: "moved" };
  return setAffinityLocked(env, state, irq, mask(cpus));
};
