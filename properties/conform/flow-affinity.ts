/** Affinity changes: irq_do_set_affinity with the chip below it, and the end of a move. */
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import { type CpuMask, maskText } from "./cpu-mask.js";
import { compatible, learnRemapping, reprogram } from "./flow-message.js";
import { affinityOf, assign, assignManaged, describeIrq, freeMoved } from "./flow-vector.js";
import { type IrqState, isMoving, SHUTDOWN_VECTOR } from "./irq-state.js";
import type { Kept } from "./judge.js";
import { type Ctx, type Flow, knownIrq, peek, probe, took, type World } from "./world.js";

const EINVAL = -22;
const EBUSY = -16;
const ENOSPC = -28;

/** irq_do_set_affinity() */
export function* settingAffinity(w: World, ctx: Ctx): Flow {
  const event = yield* peek(ctx, false);
  took(ctx);
  const irq = knownIrq(w, event, 0);
  const entry: Kept = { line: event.line, text: event.text };
  const mask = w.masks.of(event.lo[1] as number, event.hi[1] as number);
  const { context } = event;
  w.judge.begin(event);
  // Forced changes come from drivers that set an offline CPU; no record's path does that.
  w.judge.is(2, 0, C.deferred);
  w.judge.end();
  const wasOn = w.online;
  const result = yield* change(w, ctx, irq, w.masks.and(mask, w.online));
  const back = yield* probe(w, ctx, E.setAffinityReturn, C.deferred);
  if (back !== undefined) {
    w.judge.begin(back);
    w.judge.is(0, result, result === 0 ? C.deferred : C.busy);
    w.judge.end(() => [describeIrq(w, irq)]);
    judgeCaller(w, ctx, irq, { entry, mask, online: wasOn, context, back });
  }
  if (result === 0) irq.affinity = mask;
}

/** msi_set_affinity(), ioapic_set_affinity() or the remapping driver's, down to the vector. */
function* change(w: World, ctx: Ctx, irq: IrqState, mask: CpuMask): Flow<number> {
  if (mask === w.masks.none) return EINVAL;
  const { hwVector, hwCpu } = irq;
  const result = irq.isManaged
    ? yield* assignManaged(w, ctx, irq, mask)
    : yield* assign(w, ctx, irq, mask);
  if (result < 0) return result;
  yield* learnRemapping(w, ctx, irq);
  if (irq.remapping === "unknown") return 0;
  const twoSteps =
    irq.chip === "msi" &&
    irq.remapping === "none" &&
    irq.canReserve &&
    !irq.isManaged &&
    irq.started &&
    irq.hwVector !== hwVector &&
    hwVector !== SHUTDOWN_VECTOR &&
    irq.hwCpu !== hwCpu &&
    ctx.cpu === hwCpu;
  if (twoSteps) {
    // The old CPU with the new vector comes first: never the new CPU with the old vector.
    yield* compatible(w, ctx, irq, irq.hwVector, hwCpu);
    w.judge.count(C.twoStep);
  }
  yield* reprogram(w, ctx, irq);
  return 0;
}

type Request = {
  readonly entry: Kept;
  readonly mask: CpuMask;
  readonly online: CpuMask;
  readonly context: TraceEvent["context"];
  readonly back: TraceEvent;
};

/** irq_setup_affinity(): a user's mask while it has an online CPU, else the default, else all. */
const startupMask = (w: World, irq: IrqState, online: CpuMask): CpuMask => {
  const own = w.masks.and(affinityOf(w, irq), online);
  return irq.affinitySet && own !== w.masks.none ? own : w.startupDefault(online);
};

/** migrate_one_irq(): a pending request with an online CPU, else the affinity, else all online. */
const migrationMask = (w: World, irq: IrqState, online: CpuMask): CpuMask => {
  if (irq.outOfRoom) return online;
  const { pending } = irq;
  if (pending !== undefined && w.masks.and(pending, online) !== w.masks.none) return pending;
  const own = affinityOf(w, irq);
  return w.masks.and(own, online) === w.masks.none ? online : own;
};

/** The caller, which the return probe names, decides what mask it must have asked for. */
const judgeCaller = (w: World, ctx: Ctx, irq: IrqState, request: Request): void => {
  const { entry, mask, online, context, back } = request;
  const isOnline = w.masks.and(mask, online) !== w.masks.none;
  // Users cannot ask for another mask of a managed interrupt.
  const mayBeAsked = (wanted: CpuMask): boolean =>
    !irq.isManaged && wanted !== ctx.affinity?.mask && w.notes.admits(irq, mask, isOnline);
  const must = (wanted: CpuMask, clause: number, what: string): void => {
    if (mask !== wanted && !mayBeAsked(wanted)) {
      w.judge.refuse(
        entry,
        clause,
        `vec_setaff: mask is ${maskText(mask)}, the model has ${maskText(wanted)} (${what})`,
        [describeIrq(w, irq), `caller ${back.site.symbol}, line ${back.line}`],
      );
    }
    w.judge.count(clause);
  };
  const caller = back.site.symbol;
  switch (caller) {
    case "irq_setup_affinity":
      if (!irq.activated || irq.started) {
        const state = irq.started ? "started already" : "not activated";
        w.judge.refuse(entry, C.stored, `irq ${irq.irq} starts, the model has it ${state}`);
      }
      must(startupMask(w, irq, online), C.stored, "a startup's mask");
      // A user's mask without an online CPU is forgotten.
      if (w.masks.and(affinityOf(w, irq), online) === w.masks.none) irq.affinitySet = false;
      irq.started = true;
      break;
    case "irq_startup":
      must(affinityOf(w, irq), C.managedMask, "the managed mask");
      irq.started = true;
      break;
    case "irq_move_masked_irq":
      if (context === "task") {
        w.judge.refuse(entry, C.deferred, "a deferred move outside the interrupt it waits for");
      }
      if (irq.pending !== undefined) must(irq.pending, C.deferred, "the pending request");
      else if (!w.notes.admits(irq, mask, isOnline)) w.notes.incomplete = true;
      irq.affinitySet = true;
      // -EBUSY leaves the request pending.
      if (back.lo[0] !== EBUSY) irq.pending = undefined;
      break;
    case "irq_migrate_all_off_this_cpu":
      must(migrationMask(w, irq, online), C.unplugBroken, "a dying CPU's request");
      irq.pending = undefined;
      irq.outOfRoom = back.lo[0] === ENOSPC && !irq.outOfRoom;
      break;
    default:
      userRequest(w, ctx, irq, must, back.lo[0] as number);
  }
};

/** irq_set_affinity_locked(): the workload's own note, where there is one, has the mask. */
const userRequest = (
  w: World,
  ctx: Ctx,
  irq: IrqState,
  must: (wanted: CpuMask, clause: number, what: string) => void,
  result: number,
): void => {
  const { affinity } = ctx;
  if (affinity === undefined || affinity.irq !== irq.irq) {
    w.notes.incomplete = true;
    irq.affinitySet = true;
    return;
  }
  must(affinity.mask, C.deferred, "the workload's request");
  affinity.seen = true;
  irq.affinitySet = true;
  // irq_try_set_affinity(): a vector layer that is busy gets another chance at the next interrupt.
  if (result === EBUSY) irq.pending = affinity.mask;
  affinity.result = result === EBUSY ? 0 : result;
};

/** vector_cleanup timer: the old vector of a completed move, on its own CPU. */
export function* freeingMoved(w: World, ctx: Ctx): Flow {
  const event = yield* peek(ctx, false);
  const irq = knownIrq(w, event, 0);
  if (!isMoving(irq)) {
    w.judge.refuse(event, C.cleanup, `irq ${irq.irq} has no move to complete`, [
      describeIrq(w, irq),
    ]);
  }
  if (event.cpu !== irq.prevCpu) {
    w.judge.refuse(
      event,
      C.cleanup,
      `cleanup on cpu ${event.cpu}, the model has it on the old cpu`,
      [describeIrq(w, irq)],
    );
  }
  yield* freeMoved(w, ctx, irq, C.cleanup);
}
