/**
 * Affinity of an interrupt and the message that follows from it: kernel/irq/manage.c
 * irq_do_set_affinity(), arch/x86/kernel/apic/msi.c msi_set_affinity(), and for remapped ones
 * drivers/iommu/intel/irq_remapping.c intel_ir_set_affinity().
 */
import {
  type Irq,
  SHUTDOWN_VECTOR,
  SLOT_RETRIGGERED,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { assign, assignManaged } from "./assign.js";
import type { Env } from "./env.js";
import { scheduleCleanup } from "./move.js";
import {
  apicId,
  cpuOfApic,
  fail,
  irqOf,
  isPending,
  ok,
  onlineOf,
  type Result,
  raise,
  type State,
  slotOf,
  withIrq,
  withSlot,
} from "./state.js";

/** A message as the device sees it; with remapping, the entry that it is translated by. */
const write = (env: Env, state: State, irq: number, dest: number, vector: number): State => {
  const next = withIrq({ ...state, writes: [...state.writes, { irq, dest, vector }] }, irq, {
    message: { dest, vector },
  });
  // A device that raises at this very moment does so with the message that it has just been given.
  const cpu = env.again && state.writes.length === 0 ? cpuOfApic(env.config, dest) : undefined;
  return cpu === undefined ? next : raise(next, cpu, vector);
};

/** irq_msi_update_msg(): the message of a vector on a CPU. */
export const writeMessage = (
  env: Env,
  state: State,
  irq: number,
  cpu: number,
  vector: number,
): State => write(env, state, irq, apicId(env.config, cpu), vector);

/** The message of the interrupt's own configuration. */
export const writeCurrent = (env: Env, state: State, irq: number): State => {
  const { hwCpu, hwVector } = irqOf(state, irq);
  return writeMessage(env, state, irq, hwCpu, hwVector);
};

/** msi_domain_deactivate(): the zero message. */
export const writeZero = (env: Env, state: State, irq: number): State =>
  write({ ...env, again: false }, state, irq, 0, 0);

/** apic_retrigger_irq(): an IPI to the interrupt's own pair. */
export const retrigger = (state: State, irq: number): State => {
  const { cpu, vector } = irqOf(state, irq);
  return vector === 0 ? state : raise(state, cpu, vector);
};

/** apic_set_affinity() */
const apicSetAffinity = (env: Env, state: State, irq: number, dest: readonly number[]): Result => {
  const { activated, managed } = irqOf(state, irq);
  if (!activated) return fail(state, "EIO");
  const cpus = onlineOf(state, dest);
  return managed ? assignManaged(env, state, irq, cpus) : assign(env, state, irq, cpus);
};

/** Whether one write does, as msi_set_affinity() decides. */
const direct = (env: Env, old: Irq, now: Irq): boolean =>
  !env.twoStep(now) ||
  now.hwVector === old.hwVector ||
  old.hwVector === SHUTDOWN_VECTOR ||
  !now.started ||
  now.hwCpu === old.hwCpu;

/** msi_set_affinity(), without remapping. `executing` is the CPU that runs it, -1 any other. */
const msiSetAffinity = (
  env: Env,
  state: State,
  irq: number,
  dest: readonly number[],
  executing: number,
): Result => {
  const old = irqOf(state, irq);
  const result = apicSetAffinity(env, state, irq, dest);
  if (result.error !== undefined) return result;
  let next = result.state;
  const now = irqOf(next, irq);
  if (direct(env, old, now) || old.effective[0] !== executing) {
    return ok(writeCurrent(env, next, irq));
  }
  // Through the new vector on the old CPU, so that no mixture of old and new is ever visible.
  if (slotOf(next, executing, now.hwVector) < 0) {
    next = withSlot(next, executing, now.hwVector, SLOT_RETRIGGERED);
  }
  next = writeMessage(env, next, irq, old.hwCpu, now.hwVector);
  next = writeCurrent(env, next, irq);
  // What was raised between the two writes is pending here under the new vector: send it on.
  return ok(isPending(next, executing, now.hwVector) ? retrigger(next, irq) : next);
};

/** intel_ir_set_affinity(): the entry is rewritten and the old vector is due for cleanup. */
const remappedSetAffinity = (
  env: Env,
  state: State,
  irq: number,
  dest: readonly number[],
): Result => {
  const result = apicSetAffinity(env, state, irq, dest);
  if (result.error !== undefined) return result;
  const next = writeCurrent(env, result.state, irq);
  return ok(irqOf(next, irq).moveInProgress ? scheduleCleanup(env, next, irq) : next);
};

/** irq_do_set_affinity(): on success the mask becomes the requested affinity. */
export const doSetAffinity = (
  env: Env,
  state: State,
  irq: number,
  mask: readonly number[],
  executing: number,
): Result => {
  const online = onlineOf(state, mask);
  if (online.length === 0) return fail(state, "EINVAL");
  const result = env.config.remapping
    ? remappedSetAffinity(env, state, irq, online)
    : msiSetAffinity(env, state, irq, online, executing);
  if (result.error !== undefined) return result;
  return ok(withIrq(result.state, irq, { affinity: mask }));
};
