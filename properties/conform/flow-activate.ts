/** Activation and deactivation: x86_vector_activate, x86_vector_deactivate and what follows. */
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import { amdDeactivate } from "./entry-amd.js";
import { vtdWrite } from "./entry-vtd.js";
import { judgeZeroWrite, program } from "./flow-message.js";
import { assignAny } from "./flow-search.js";
import { affinityOf, assignManaged, clear, configureShutdown, reserve } from "./flow-vector.js";
import type { IrqState } from "./irq-state.js";
import { type Ctx, type Flow, knownIrq, peek, took, tracepoint, type World } from "./world.js";

const judgeState = (w: World, event: TraceEvent, irq: IrqState): void => {
  w.judge.begin(event);
  w.judge.is(0, irq.irq, C.neutral);
  w.judge.is(1, irq.isManaged ? 1 : 0, C.neutral);
  w.judge.is(2, irq.canReserve ? 1 : 0, C.neutral);
};

/** x86_vector_activate(), then the message of the interrupt's domain. */
export function* activating(w: World, ctx: Ctx): Flow {
  const event = yield* peek(ctx, false);
  took(ctx);
  const irq = knownIrq(w, event, 0);
  const early = event.lo[3] === 1;
  // Activation outside the descriptor's lock is the one at allocation: without reservation mode.
  const withdrawn = !early && !event.irqsOff;
  judgeState(w, event, irq);
  // Without reservation mode an activation is never for a reservation.
  if (irq.canReserve || irq.isManaged) w.judge.isFlag(3, C.reservedOnly);
  else w.judge.is(3, 0, C.reservedOnly);
  w.judge.end();
  let result = 0;
  if (!irq.canReserve && !irq.isManaged) {
    yield* assignAny(w, ctx, irq);
  } else if (early) {
    yield* configureShutdown(w, ctx, irq);
  } else if (irq.isManaged) {
    const dest = w.masks.and(affinityOf(w, irq), w.online);
    result = dest === w.masks.none ? -22 : yield* assignManaged(w, ctx, irq, dest);
  } else if (irq.hasReserved) {
    result = yield* assignAny(w, ctx, irq);
    if (result === 0) {
      irq.hasReserved = false;
      if (withdrawn) irq.canReserve = false;
    } else {
      w.judge.count(C.failureKept);
    }
  }
  if (result < 0) return;
  irq.activated = true;
  yield* program(w, ctx, irq);
}

/** The interrupt that a VT-d entry (index and sub-handle) or an AMD one (index, device) is of. */
const byEntry = (
  w: World,
  event: TraceEvent,
  index: number,
  is: (irq: IrqState) => boolean,
): IrqState => {
  for (const irq of w.irqs.values()) {
    if (irq.index === index && irq.source !== -1 && is(irq)) return irq;
  }
  return w.judge.refuse(
    event,
    C.deactivated,
    `${event.kind.name}: no interrupt has entry ${index}`,
  );
};

/** A PCI device is told before anything else. */
const messageFirst = (w: World, event: TraceEvent, irq: IrqState): void => {
  if (irq.chip === "msi" && irq.activated) w.unexpected(event, E.msiWrite, C.zeroMessage);
};

/**
 * The hardware is silenced from the device inwards: zero message, remapping entry, then
 * x86_vector_deactivate().
 */
export function* deactivating(w: World, ctx: Ctx): Flow {
  const event = yield* peek(ctx, false);
  let irq: IrqState;
  if (event.kind === E.msiWrite) {
    took(ctx);
    irq = knownIrq(w, event, 0);
    judgeZeroWrite(w, event, irq);
    if (irq.chip !== "msi") {
      w.judge.refuse(event, C.zeroMessage, `irq ${irq.irq} is no PCI interrupt in the model`);
    }
    if (irq.remapping === "vtd") yield* vtdWrite(w, ctx, irq, false);
    if (irq.remapping === "amd" || irq.remapping === "amd32") yield* amdDeactivate(w, ctx, irq);
  } else if (event.kind === E.irteWrite) {
    irq = byEntry(w, event, event.lo[2] as number, ({ sub }) => sub === event.lo[3]);
    messageFirst(w, event, irq);
    yield* vtdWrite(w, ctx, irq, false);
  } else if (event.kind === E.gaDeactivate || event.kind === E.deactivate) {
    irq = byEntry(w, event, event.lo[1] as number, ({ source }) => source === event.lo[0]);
    messageFirst(w, event, irq);
    yield* amdDeactivate(w, ctx, irq);
  } else {
    irq = knownIrq(w, event, 0);
    messageFirst(w, event, irq);
  }
  const mark = yield* tracepoint(w, ctx, E.vectorDeactivate);
  if (mark !== undefined) {
    judgeState(w, mark, irq);
    w.judge.is(3, 0, C.neutral);
    w.judge.end();
  }
  irq.activated = false;
  irq.started = false;
  if (!irq.isManaged && !irq.canReserve) return;
  if (irq.hasReserved) return;
  yield* clear(w, ctx, irq);
  if (irq.canReserve) yield* reserve(w, ctx, () => irq);
  else yield* configureShutdown(w, ctx, irq);
}
