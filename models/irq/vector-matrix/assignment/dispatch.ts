/** An interrupt arrives: arch/x86/kernel/irq.c, chip.c handle_edge_irq(), migration.c. */
import { SLOT_UNUSED } from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { Env } from "./env.js";
import { completeMove } from "./move.js";
import { doSetAffinity } from "./msi.js";
import {
  irqOf,
  lower,
  ok,
  onlineOf,
  type Result,
  type State,
  slotOf,
  withIrq,
  withSlot,
} from "./state.js";

/** irq_move_masked_irq(): the stored move, retried at the next interrupt while busy. */
export const moveMasked = (env: Env, state: State, irq: number, executing: number): Result => {
  const { pending } = irqOf(state, irq);
  if (pending === undefined) return ok(state);
  const dropped = withIrq(state, irq, { pending: undefined });
  if (onlineOf(state, pending).length === 0) return ok(dropped);
  const result = doSetAffinity(env, dropped, irq, pending, executing);
  if (result.error === "EBUSY") return ok(state);
  return result.error === "fatal" ? result : ok(result.state);
};

/** apic_ack_edge(): complete a move that led here, then begin the stored one. */
export const ack = (env: Env, state: State, irq: number, executing: number): Result => {
  const next = completeMove(env, state, irq, executing);
  const { depth } = irqOf(next, irq);
  // irq_move_irq(): a disabled interrupt does not move.
  return depth > 0 ? ok(next) : moveMasked(env, next, irq, executing);
};

export type Delivery =
  | { readonly kind: "spurious"; readonly state: State }
  | { readonly kind: "fatal"; readonly state: State }
  | {
      readonly kind: "delivered";
      readonly state: State;
      readonly irq: number;
      readonly handled: boolean;
    };

/** common_interrupt() of a pending vector. */
export const deliver = (env: Env, state: State, cpu: number, vector: number): Delivery => {
  const taken = lower(state, cpu, vector);
  const irq = slotOf(taken, cpu, vector);
  if (irq < 0) return { kind: "spurious", state: withSlot(taken, cpu, vector, SLOT_UNUSED) };
  const { started, depth } = irqOf(taken, irq);
  const result = ack(env, taken, irq, cpu);
  if (result.error !== undefined) return { kind: "fatal", state };
  return { kind: "delivered", state: result.state, irq, handled: started && depth === 0 };
};
