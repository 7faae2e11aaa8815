/** CPUs that come and go: lapic_online, fixup_irqs and lapic_offline. */
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import { has } from "./cpu-mask.js";
import { describeIrq, freeMoved } from "./flow-vector.js";
import { isMoving } from "./irq-state.js";
import { type Ctx, type Flow, peek, take, took, type World } from "./world.js";

/** lapic_can_unplug_cpu(): vectors of the CPU that are not managed, against the room elsewhere. */
export const cannotUnplug = (w: World, cpu: number): boolean => {
  const { view } = w.matrix;
  const used = view.allocated(cpu) - view.managedAllocated(cpu);
  return used > view.globalAvailable - view.available(cpu);
};

/** Takes a CPU out of the online mask; it stays in the matrix until `mx_off`. */
export const markDying = (w: World, event: TraceEvent): void => {
  const { cpu } = event;
  if (has(w.dying, cpu)) return;
  if (!has(w.online, cpu)) {
    w.judge.refuse(event, C.counters, `cpu ${cpu} goes offline, the model has it offline already`);
  }
  if (cannotUnplug(w, cpu)) {
    w.judge.refuse(
      event,
      C.unplugRefused,
      `cpu ${cpu} goes offline, the model has it held by its vectors`,
      w.matrix.choices(),
    );
  }
  w.online = w.masks.without(w.online, cpu);
  w.dying = w.masks.with(w.dying, cpu);
  // irq_fixup_move_pending(): a request whose last online CPU leaves is dropped, wherever it is.
  for (const irq of w.irqs.values()) {
    if (irq.pending === undefined) continue;
    if (w.masks.and(irq.pending, w.online) === w.masks.none) irq.pending = undefined;
  }
};

/** irq_matrix_online() on the CPU that comes up. */
export function* comingOnline(w: World, ctx: Ctx): Flow {
  const first = yield* peek(ctx, false);
  const { cpu } = first;
  if (first.kind === E.mxOnline) {
    took(ctx);
    w.judge.begin(first);
    w.judge.count(C.hotplugKept);
    w.judge.end();
  } else if (w.isArmed(E.mxOnline)) {
    w.unexpected(first, E.mxOnline, C.counters);
  }
  ctx.cpu = cpu;
  const event = yield* take(w, ctx, E.matrixOnline);
  const response = w.matrixStep({ kind: "online", cpu });
  if (response.kind !== "done" || event.cpu !== cpu) {
    w.judge.refuse(event, C.counters, `cpu ${cpu} comes online, the model has it online already`);
  }
  w.online = w.masks.with(w.online, cpu);
  w.notes.switched(cpu);
  w.matrix.global(event, C.hotplugKept);
}

/** irq_matrix_offline(): nothing may be left behind on the CPU. */
export function* goingOffline(w: World, ctx: Ctx): Flow {
  const event = yield* peek(ctx, false);
  took(ctx);
  const { cpu } = event;
  markDying(w, event);
  for (const irq of w.irqs.values()) {
    if (isMoving(irq) && (irq.cpu === cpu || irq.prevCpu === cpu)) {
      w.judge.refuse(event, C.unplugForced, `irq ${irq.irq} still has a move with the dying CPU`, [
        describeIrq(w, irq),
      ]);
    }
    if (irq.started && irq.vector !== 0 && irq.cpu === cpu) {
      w.judge.refuse(event, C.unplugMoved, `irq ${irq.irq} still targets the dying CPU`, [
        describeIrq(w, irq),
      ]);
    }
  }
  w.matrixStep({ kind: "offline", cpu });
  w.notes.switched(cpu);
  w.dying = w.masks.without(w.dying, cpu);
  w.judge.begin(event);
  w.judge.count(C.unplugMoved);
  w.judge.count(C.unplugForced);
  w.judge.end();
}

/** apic_force_complete_move() and the cleanup list of a dying CPU: shown by `mx_fr` alone. */
export function* forcingMoves(w: World, ctx: Ctx): Flow {
  const event = yield* peek(ctx, false);
  if (event.kind !== E.mxFree) w.unexpected(event, undefined, C.freeAllocated);
  markDying(w, event);
  for (const irq of w.irqs.values()) {
    if (!isMoving(irq) || irq.prevCpu !== event.lo[0] || irq.prevVector !== event.lo[1]) continue;
    if (irq.cpu !== event.cpu && irq.prevCpu !== event.cpu) continue;
    yield* freeMoved(w, ctx, irq, C.unplugForced);
    return;
  }
  w.judge.refuse(
    event,
    C.unplugForced,
    "mx_fr: no interrupt has a move with the dying CPU that would free this vector",
    [...w.irqs.values()].filter(isMoving).map((irq) => describeIrq(w, irq)),
  );
}
