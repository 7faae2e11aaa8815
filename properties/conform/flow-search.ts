/** Where an interrupt may go when it is activated: assign_irq_vector_any_locked. */
import { E } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import type { CpuMask } from "./cpu-mask.js";
import { affinityOf, assign, EBUSY, EINVAL, stays } from "./flow-vector.js";
import { type IrqState, isMoving } from "./irq-state.js";
import { type Ctx, type Flow, isVisible, peek, took, type World } from "./world.js";

/** Searches that assign_irq_vector_any_locked() makes at most. */
const MOST_SEARCHES = 4;

/**
 * assign_irq_vector_any_locked(): node and affinity, affinity, node, all online CPUs. The node of
 * an interrupt is not recorded; where a search fails the mask that `mx_al` shows next tells it.
 */
export function* assignAny(w: World, ctx: Ctx, irq: IrqState): Flow<number> {
  const wanted = w.masks.and(affinityOf(w, irq), w.online);
  // A node without CPUs yet: at early boot the first search has an empty mask (-EINVAL).
  yield* emptyNode(w, ctx, irq, wanted);
  let mask = wanted;
  let result = yield* assign(w, ctx, irq, mask);
  for (let searches = 1; result < 0 && result !== EBUSY && searches < MOST_SEARCHES; searches++) {
    const mustGoOn = searches < 2 || mask !== w.online;
    const event = yield* peek(ctx, !mustGoOn);
    if (!mustGoOn && event.kind !== E.mxAlloc && event.kind !== E.matrixAlloc) break;
    const same = event.kind === E.mxAlloc && w.masks.of(at(event.lo), at(event.hi)) === wanted;
    mask = same && searches < 2 ? wanted : w.online;
    result = yield* assign(w, ctx, irq, mask);
  }
  return result;
}

const at = (values: Float64Array): number => values[0] as number;

/** A failed search of an empty node mask before the others. */
function* emptyNode(w: World, ctx: Ctx, irq: IrqState, wanted: CpuMask): Flow<boolean> {
  const mayBeSilent = stays(w, irq, wanted);
  if (!isVisible(w, ctx) || (mayBeSilent && w.isArmed(E.mxAlloc)) || isMoving(irq)) return false;
  const event = yield* peek(ctx, mayBeSilent);
  if (event.kind !== E.vectorAlloc || event.lo[3] !== EINVAL || wanted === w.masks.none) {
    return false;
  }
  took(ctx);
  w.judge.begin(event, "contract");
  w.judge.is(0, irq.irq, C.searchOrder);
  w.judge.is(1, 0, C.insideMask);
  w.judge.is(2, irq.hasReserved ? 1 : 0, C.reservations);
  w.judge.is(3, EINVAL, C.insideMask);
  w.judge.end();
  return true;
}
