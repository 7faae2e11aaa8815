/**
 * The steps that the operations of the vector layer share, one function per Linux function of
 * arch/x86/kernel/apic/vector.c.
 */
import { E } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import { type CpuMask, has, maskText } from "./cpu-mask.js";
import { type IrqState, isMoving, SHUTDOWN_VECTOR } from "./irq-state.js";
import { type Ctx, type Flow, probe, ready, tracepoint, type World } from "./world.js";

export const EINVAL = -22;
export const EBUSY = -16;
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
export function* configureShutdown(w: World, ctx: Ctx, irq: IrqState): Flow {
  w.observer?.begins("park", irq, w.masks.none);
  yield* configure(w, ctx, irq, SHUTDOWN_VECTOR, w.online.cpus[0] ?? 0);
  w.observer?.ends("park", irq, 0);
}

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
  w.observer?.begins("reserve", irq, w.masks.none);
  irq.canReserve = true;
  irq.hasReserved = true;
  yield* configure(w, ctx, irq, SHUTDOWN_VECTOR, w.online.cpus[0] ?? 0);
  w.observer?.ends("reserve", irq, 0);
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
  irq.targets.add(cpu);
  yield* configure(w, ctx, irq, vector, cpu);
}

/** Whether a search in this mask keeps the interrupt where it is. */
export const stays = (w: World, irq: IrqState, mask: CpuMask): boolean =>
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
  w.observer?.begins("assign", irq, mask);
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
  if (failure === 0) yield* update(w, ctx, irq, vector, cpu);
  w.observer?.ends("assign", irq, failure);
  return failure;
}

/** The affinity mask of an interrupt. */
export const affinityOf = (w: World, irq: IrqState): CpuMask => irq.affinity ?? w.defaultAffinity;

/** assign_managed_vector(): inside the managed mask, no test for a move under way. */
export function* assignManaged(w: World, ctx: Ctx, irq: IrqState, dest: CpuMask): Flow<number> {
  const mask = w.masks.and(dest, affinityOf(w, irq));
  if (irq.vector !== 0 && has(mask, irq.cpu)) {
    w.judge.count(C.stays);
    return 0;
  }
  yield* ready(w, ctx, E.mxAllocManaged);
  w.observer?.begins("assignManaged", irq, mask);
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
  if (failure === 0) yield* update(w, ctx, irq, vector, cpu);
  w.observer?.ends("assignManaged", irq, failure);
  return failure;
}

/** clear_irq_vector(): gives back the vector and, if a move is under way, the old one too. */
export function* clear(w: World, ctx: Ctx, irq: IrqState): Flow {
  if (irq.vector === 0) return;
  yield* ready(w, ctx, E.mxFree);
  w.observer?.begins("clear", irq, w.masks.none);
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
  if (irq.prevVector !== 0) {
    yield* freeBit(w, ctx, irq.prevCpu, irq.prevVector, irq.isManaged, C.offlineFreed);
    irq.prevVector = 0;
  }
  w.observer?.ends("clear", irq, 0);
}

/** free_moved_vector(): the old vector of a completed move. */
export function* freeMoved(w: World, ctx: Ctx, irq: IrqState, clause: number): Flow {
  const { prevCpu, prevVector } = irq;
  w.observer?.begins("freeMoved", irq, w.masks.none);
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
  w.observer?.ends("freeMoved", irq, 0);
}

export const describeIrq = (w: World, irq: IrqState): string =>
  `irq ${irq.irq}: vector ${irq.vector} cpu ${irq.cpu}, previous ${irq.prevVector} cpu ` +
  `${irq.prevCpu}, affinity ${maskText(w.masks.and(affinityOf(w, irq), w.online))} of online ` +
  `${maskText(w.online)}`;
