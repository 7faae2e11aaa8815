/** From a finished move to the release of the old vector, arch/x86/kernel/apic/vector.c. */

import { freeMoved } from "./assign.js";
import type { Env } from "./env.js";
import { irqOf, isPending, type State, setUp, withIrq, withTimer } from "./state.js";

/** __vector_schedule_cleanup(): onto the list of the old CPU, whose timer releases it. */
export const scheduleCleanup = (env: Env, state: State, irq: number): State => {
  const { prevCpu } = irqOf(state, irq);
  const next = withIrq(state, irq, { moveInProgress: false });
  if (state.online[prevCpu] !== true) return freeMoved(env, next, irq);
  return withTimer(withIrq(next, irq, { listed: true, waited: 0 }), prevCpu, true);
};

/** irq_complete_move(), on the CPU that takes an interrupt of this one, whatever the vector. */
export const completeMove = (env: Env, state: State, irq: number, executing: number): State => {
  const { moveInProgress, cpu } = irqOf(state, irq);
  return moveInProgress && cpu === executing ? scheduleCleanup(env, state, irq) : state;
};

/** Interrupts on the cleanup list of a CPU. */
export const cleanupList = (state: State, cpu: number): readonly number[] =>
  setUp(state).filter((irq) => irqOf(state, irq).listed && irqOf(state, irq).prevCpu === cpu);

/** __vector_cleanup() with its IRR test; what is still pending keeps the timer armed. */
export const cleanupTimer = (
  env: Env,
  state: State,
  cpu: number,
): { state: State; freed: readonly number[] } => {
  let next = withTimer(state, cpu, false);
  const freed: number[] = [];
  for (const irq of cleanupList(state, cpu)) {
    const entry = irqOf(next, irq);
    if (env.lingers(irq, entry, isPending(next, cpu, entry.prevVector))) {
      next = withTimer(next, cpu, true);
    } else {
      next = freeMoved(env, next, irq);
      freed.push(irq);
    }
  }
  return { state: next, freed };
};

/** Ghost: one more tick for every entry whose release was possible and did not happen. */
export const countWaiting = (env: Env, state: State): State => {
  let next = state;
  for (const irq of setUp(state)) {
    const { listed, prevCpu, prevVector, waited } = irqOf(state, irq);
    if (!listed) continue;
    const due = !isPending(state, prevCpu, prevVector);
    const now = due ? Math.min(waited + 1, env.config.cleanupBound + 1) : 0;
    if (now !== waited) next = withIrq(next, irq, { waited: now });
  }
  return next;
};

/** apic_force_complete_move(): the dying CPU cannot wait for an interrupt or a timer. */
export const forceComplete = (env: Env, state: State, irq: number, dying: number): State => {
  const { prevVector, cpu, prevCpu } = irqOf(state, irq);
  if (prevVector === 0 || (cpu !== dying && prevCpu !== dying)) return state;
  return freeMoved(env, state, irq);
};
