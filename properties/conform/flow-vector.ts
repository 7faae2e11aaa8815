/**
 * The steps that the operations of the vector layer share, one function per Linux function of
 * arch/x86/kernel/apic/vector.c.
 */
import { E } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import { type CpuMask, has, maskText } from "./cpu-mask.js";
import { type IrqState, isMoving, SHUTDOWN_VECTOR } from "./irq-state.js";
import {
  type Ctx,
  type Flow,
  isVisible,
  peek,
  probe,
  ready,
  took,
  tracepoint,
  type World,
} from "./world.js";

const EINVAL = -22;
const EBUSY = -16;
const ENOSPC = -28;

const errno = (response: { readonly error: string }): number =>
  response.error === "EINVAL" ? EINVAL : ENOSPC;

/** irq_matrix_free(): the entry probe, the operation, then the tracepoint. */
export function* freeBit(
  w: World,
  ctx: Ctx,
  cpu: number,
  bit: number,
  managed: boolean,
  clause: number,
): Flow {
  yield* ready(w, ctx, E.mxFree);
  const entry = yield* probe(w, ctx, E.mxFree, clause);
  if (entry !== undefined) {
    w.judge.begin(entry);
    w.judge.is(0, cpu, C.freeOnOwner);
    w.judge.is(1, bit, C.freeAllocated);
    w.judge.is(2, managed ? 1 : 0, C.managedKept);
    w.judge.end();
  }
  w.matrix.step({ kind: "free", cpu, vector: bit, managed, by: Math.max(ctx.cpu, 0) });
  const event = yield* tracepoint(w, ctx, E.matrixFree);
  if (event !== undefined) w.matrix.perCpu(event, cpu, bit, C.freeOnOwner);
}

/** apic_update_irq_cfg(): the hardware configuration, what messages must say from now on. */
export function* configure(w: World, ctx: Ctx, irq: IrqState, vector: number, cpu: number): Flow {
  irq.hwVector = vector;
  irq.hwCpu = cpu;
  const event = yield* tracepoint(w, ctx, E.vectorConfig);
  if (event === undefined) return;
  w.judge.begin(event);
  w.judge.is(0, irq.irq, C.reservedOnly);
  w.judge.is(1, vector, vector === SHUTDOWN_VECTOR ? C.reservedOnly : C.bothOwned);
  w.judge.is(2, cpu, vector === SHUTDOWN_VECTOR ? C.reservedOnly : C.bothOwned);
  w.judge.is(3, w.apicId(cpu, event.lo[3] as number), C.apicId);
  w.judge.end();
}

/** vector_assign_managed_shutdown(): no vector, messages go to the first online CPU. */
export const configureShutdown = (w: World, ctx: Ctx, irq: IrqState): Flow =>
  configure(w, ctx, irq, SHUTDOWN_VECTOR, w.online.cpus[0] ?? 0);

/** reserve_irq_vector_locked() */
export function* reserve(w: World, ctx: Ctx, irqOf: (irq: number) => IrqState): Flow<IrqState> {
  yield* ready(w, ctx, E.mxReserve);
  w.matrix.step({ kind: "reserve" });
  const counters = yield* tracepoint(w, ctx, E.matrixReserve, C.reservations);
  if (counters !== undefined) w.matrix.global(counters, C.reservations);
  const back = yield* probe(w, ctx, E.mxReserve, C.reservations);
  if (back !== undefined) {
    w.judge.begin(back);
    w.judge.count(C.reservations);
    w.judge.end();
  }
  const event = yield* tracepoint(w, ctx, E.vectorReserve);
  const irq = irqOf(event === undefined ? -1 : (event.lo[0] as number));
  if (event !== undefined) {
    w.judge.begin(event);
    w.judge.is(0, irq.irq, C.reservedOnly);
    w.judge.is(1, 0, C.reservations);
    w.judge.end();
  }
  irq.canReserve = true;
  irq.hasReserved = true;
  yield* configureShutdown(w, ctx, irq);
  return irq;
}

/** chip_data_update(): the old vector stays until the move is complete, unless its CPU is gone. */
function* update(w: World, ctx: Ctx, irq: IrqState, vector: number, cpu: number): Flow {
  const event = yield* tracepoint(w, ctx, E.vectorUpdate);
  if (event !== undefined) {
    w.judge.begin(event);
    w.judge.is(0, irq.irq, C.bothOwned);
    w.judge.is(1, vector, C.bothOwned);
    w.judge.is(2, cpu, C.bothOwned);
    w.judge.is(3, irq.vector, C.bothOwned);
    w.judge.is(4, irq.cpu, C.bothOwned);
    w.judge.end();
  }
  irq.prevVector = 0;
  if (irq.vector !== 0) {
    if (has(w.online, irq.cpu)) {
      irq.prevVector = irq.vector;
      irq.prevCpu = irq.cpu;
    } else {
      yield* freeBit(w, ctx, irq.cpu, irq.vector, irq.isManaged, C.offlineFreed);
    }
  }
  irq.vector = vector;
  irq.cpu = cpu;
  yield* configure(w, ctx, irq, vector, cpu);
}

/** Whether a search in this mask keeps the interrupt where it is. */
const stays = (w: World, irq: IrqState, mask: CpuMask): boolean =>
  irq.vector !== 0 && has(w.online, irq.cpu) && has(mask, irq.cpu);

/**
 * assign_vector_locked() with a known mask. Returns 0 or a negative errno. The mask of a search
 * is recorded by `mx_al`; before that probe is armed the choice is judged at contract level,
 * against the mask that the vector layer must have used.
 */
export function* assign(w: World, ctx: Ctx, irq: IrqState, mask: CpuMask): Flow<number> {
  if (stays(w, irq, mask)) {
    w.judge.count(C.stays);
    return 0;
  }
  if (isMoving(irq)) {
    w.judge.count(C.busy);
    return EBUSY;
  }
  yield* ready(w, ctx, E.mxAlloc);
  const reserved = irq.hasReserved;
  const response = w.matrix.alloc(mask, reserved);
  const [cpu, vector, failure] =
    response.kind === "allocated"
      ? [response.cpu, response.vector, 0]
      : [0, 0, response.kind === "failed" ? errno(response) : ENOSPC];
  const hidden = !w.isArmed(E.mxAlloc);
  if (failure === 0) {
    const event = yield* tracepoint(w, ctx, E.matrixAlloc, C.choice);
    if (event !== undefined) w.matrix.perCpu(event, cpu, vector, C.choice, hidden);
  }
  const back = yield* probe(w, ctx, E.mxAlloc, C.choice);
  if (back !== undefined) {
    w.judge.begin(back);
    w.judge.is64(0, mask.lo, mask.hi, C.searchOrder);
    w.judge.is(1, reserved ? 1 : 0, C.reservations);
    // On failure the caller's CPU variable keeps its old value: nothing decides it.
    if (failure === 0) w.judge.is(2, cpu, C.choice);
    w.judge.is(3, failure === 0 ? vector : failure, failure === 0 ? C.choice : C.insideMask);
    w.judge.end(() => w.matrix.choices());
  }
  const event = yield* tracepoint(w, ctx, E.vectorAlloc);
  if (event !== undefined) {
    w.judge.begin(event);
    w.judge.is(0, irq.irq, C.searchOrder);
    w.judge.is(1, vector, C.choice);
    w.judge.is(2, reserved ? 1 : 0, C.reservations);
    w.judge.is(3, failure, C.insideMask);
    w.judge.end(() => w.matrix.choices());
  }
  if (failure !== 0) return failure;
  yield* update(w, ctx, irq, vector, cpu);
  return 0;
}

/** The affinity mask of an interrupt; the default is every CPU. */
export const affinityOf = (w: World, irq: IrqState): CpuMask =>
  irq.affinity ?? w.masks.of(0xffffffff, 0xffffffff);

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

/** assign_managed_vector(): inside the managed mask, no test for a move under way. */
export function* assignManaged(w: World, ctx: Ctx, irq: IrqState, dest: CpuMask): Flow<number> {
  const mask = w.masks.and(dest, affinityOf(w, irq));
  if (irq.vector !== 0 && has(mask, irq.cpu)) {
    w.judge.count(C.stays);
    return 0;
  }
  yield* ready(w, ctx, E.mxAllocManaged);
  const response = w.matrix.step({ kind: "allocManaged", cpus: mask.cpus });
  const [cpu, vector, failure] =
    response.kind === "allocated"
      ? [response.cpu, response.vector, 0]
      : [0, 0, response.kind === "failed" ? errno(response) : ENOSPC];
  if (failure === 0) {
    const event = yield* tracepoint(w, ctx, E.matrixAllocManaged, C.managedChoice);
    if (event !== undefined) w.matrix.perCpu(event, cpu, vector, C.managedChoice);
  }
  const back = yield* probe(w, ctx, E.mxAllocManaged, C.managedChoice);
  if (back !== undefined) {
    w.judge.begin(back);
    w.judge.is64(0, mask.lo, mask.hi, C.managedMask);
    if (failure === 0) w.judge.is(1, cpu, C.managedChoice);
    w.judge.is(2, failure === 0 ? vector : failure, C.managedChoice);
    w.judge.end(() => w.matrix.choices());
  }
  const event = yield* tracepoint(w, ctx, E.vectorAllocManaged);
  if (event !== undefined) {
    w.judge.begin(event);
    w.judge.is(0, irq.irq, C.managedChoice);
    w.judge.is(1, vector, C.managedChoice);
    w.judge.is(2, failure, C.managedChoice);
    w.judge.end(() => w.matrix.choices());
  }
  if (failure !== 0) return failure;
  yield* update(w, ctx, irq, vector, cpu);
  return 0;
}

/** clear_irq_vector(): gives back the vector and, if a move is under way, the old one too. */
export function* clear(w: World, ctx: Ctx, irq: IrqState): Flow {
  if (irq.vector === 0) return;
  const event = yield* tracepoint(w, ctx, E.vectorClear);
  if (event !== undefined) {
    w.judge.begin(event);
    w.judge.is(0, irq.irq, C.neutral);
    w.judge.is(1, irq.vector, C.neutral);
    w.judge.is(2, irq.cpu, C.neutral);
    w.judge.is(3, irq.prevVector, C.offlineFreed);
    w.judge.is(4, irq.prevCpu, C.offlineFreed);
    w.judge.end();
  }
  yield* freeBit(w, ctx, irq.cpu, irq.vector, irq.isManaged, C.neutral);
  irq.vector = 0;
  if (irq.prevVector === 0) return;
  yield* freeBit(w, ctx, irq.prevCpu, irq.prevVector, irq.isManaged, C.offlineFreed);
  irq.prevVector = 0;
}

/** free_moved_vector(): the old vector of a completed move. */
export function* freeMoved(w: World, ctx: Ctx, irq: IrqState, clause: number): Flow {
  const { prevCpu, prevVector } = irq;
  const event = yield* tracepoint(w, ctx, E.vectorFreeMoved, clause);
  if (event !== undefined) {
    w.judge.begin(event);
    w.judge.is(0, irq.irq, clause);
    w.judge.is(1, prevCpu, clause);
    w.judge.is(2, prevVector, clause);
    w.judge.is(3, irq.isManaged ? 1 : 0, C.managedKept);
    w.judge.end(() => [`move of irq ${irq.irq}: old cpu ${prevCpu} vector ${prevVector}`]);
  }
  yield* freeBit(w, ctx, prevCpu, prevVector, irq.isManaged, clause);
  irq.prevVector = 0;
}

export const describeIrq = (w: World, irq: IrqState): string =>
  `irq ${irq.irq}: vector ${irq.vector} cpu ${irq.cpu}, previous ${irq.prevVector} cpu ` +
  `${irq.prevCpu}, affinity ${maskText(w.masks.and(affinityOf(w, irq), w.online))} of online ` +
  `${maskText(w.online)}`;
