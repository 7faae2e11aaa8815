/** Setting interrupts up and tearing them down: x86_vector_alloc_irqs, x86_vector_free_irqs. */
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import type { CpuMask } from "./cpu-mask.js";
import { amdPrepare } from "./entry-amd.js";
import { clear, configure, reserve } from "./flow-vector.js";
import { IrqState, ISA_IRQS, ISA_VECTORS } from "./irq-state.js";
import { destination } from "./targets.js";
import {
  type Ctx,
  type Flow,
  knownIrq,
  peek,
  probe,
  took,
  tracepoint,
  type World,
} from "./world.js";

/** A new interrupt; setting up one that exists already is refused. */
const fresh =
  (w: World, event: () => TraceEvent | undefined) =>
  (number: number): IrqState => {
    if (w.irqs.has(number)) {
      const at = event();
      const why = `irq ${number} is set up a second time`;
      w.judge.refuse(at ?? { line: 0, text: "" }, C.reservedOnly, why);
    }
    const irq = new IrqState(number);
    w.irqs.set(number, irq);
    w.observer?.created(irq);
    return irq;
  };

/** A legacy interrupt, set up by the kernel before any event: bit 48 + irq of the boot CPU. */
const legacyIrq = (w: World, event: TraceEvent): IrqState => {
  const number = event.lo[0] as number;
  const vector = ISA_VECTORS + number;
  if (number >= ISA_IRQS || !w.matrix.view.isAllocated(0, vector)) {
    return knownIrq(w, event, 0);
  }
  const irq = new IrqState(number);
  irq.vector = vector;
  irq.hwVector = vector;
  irq.targets.add(0);
  irq.activated = true;
  w.irqs.set(number, irq);
  w.observer?.created(irq);
  return irq;
};

/** trace_vector_setup at the end of a set-up, and the remapping index that goes with it. */
function* finish(w: World, ctx: Ctx, irq: IrqState, ret: number): Flow {
  const event = yield* tracepoint(w, ctx, E.vectorSetup);
  if (event !== undefined) {
    w.judge.begin(event);
    w.judge.is(0, irq.irq, C.reservedOnly);
    w.judge.is(1, 0, C.reservedOnly);
    w.judge.is(2, ret, C.reservedOnly);
    w.judge.end();
  }
  if (ret !== 0) {
    forget(w, irq);
    return;
  }
  takeIndex(w, ctx, irq);
}

/** VT-d gives every interrupt an index when it is set up: the lowest free one. */
const takeIndex = (w: World, ctx: Ctx, irq: IrqState): void => {
  irq.index = w.indices.nextVtd();
  w.indices.take(irq.index);
  irq.setupRace = w.enterRace(ctx);
  irq.setupWatched = w.isArmed(E.gaPrepare) || w.isArmed(E.prepare);
  irq.entryVector = irq.hwVector;
  irq.entryDest = destination(w, irq.hwCpu);
  ctx.unprepared.push(irq);
};

/** assign_irq_vector_policy() without a mask: a global reservation only. */
export function* setupReserved(w: World, ctx: Ctx): Flow {
  const irq = yield* reserve(
    w,
    ctx,
    fresh(w, () => ctx.last),
  );
  yield* finish(w, ctx, irq, 0);
}

/** reserve_managed_vector(): one vector set aside on each CPU of the affinity mask. */
export function* setupManaged(w: World, ctx: Ctx): Flow {
  let seen: CpuMask = w.masks.none;
  let last = -1;
  for (;;) {
    ctx.wanted = E.mxReserveManaged;
    const event = yield* peek(ctx, false);
    if (event.kind !== E.matrixReserveManaged) break;
    took(ctx);
    const cpu = event.lo[1] as number;
    if (cpu <= last || cpu >= w.cpuCount) {
      w.judge.refuse(event, C.reserveManaged, `cpu ${cpu} is no next CPU of the mask`, [
        `CPUs above ${last}, of 0..${w.cpuCount - 1}`,
      ]);
    }
    last = cpu;
    const response = w.matrixStep({ kind: "reserveManaged", cpus: [cpu] });
    const bit = response.kind === "reservedManaged" ? (response.vectors[0] as number) : -1;
    w.matrix.perCpu(event, cpu, bit, C.reserveManaged);
    seen = w.masks.with(seen, cpu);
  }
  const [mask, ret] = yield* managedReturn(w, ctx, seen);
  const event = yield* tracepoint(w, ctx, E.vectorReserveManaged, C.reserveManaged);
  const number = event === undefined ? -1 : (event.lo[0] as number);
  const irq = fresh(w, () => event)(number);
  if (event !== undefined) {
    w.judge.begin(event);
    w.judge.is(1, ret, C.reserveManaged);
    w.judge.end();
  }
  irq.isManaged = true;
  irq.affinity = mask;
  yield* finish(w, ctx, irq, ret);
}

/** The result of irq_matrix_reserve_managed(), after the roll-back of a failed one. */
function* managedReturn(w: World, ctx: Ctx, seen: CpuMask): Flow<[CpuMask, number]> {
  const event = yield* peek(ctx, false);
  let left = seen;
  if (event.kind === E.mxRemoveManaged) {
    for (const cpu of seen.cpus) {
      yield* removeManaged(w, ctx, w.masks.single(cpu));
      left = w.masks.without(left, cpu);
    }
  }
  const back = yield* probe(w, ctx, E.mxReserveManaged, C.reserveManaged);
  if (back === undefined) return [seen, 0];
  const mask = w.masks.of(back.lo[0] as number, back.hi[0] as number);
  const missing = mask.cpus.find((cpu) => !seen.cpus.includes(cpu));
  let ret = 0;
  if (missing !== undefined && left === w.masks.none) {
    const response = w.matrixStep({ kind: "reserveManaged", cpus: [missing] });
    if (response.kind === "failed") ret = -28;
  }
  w.judge.begin(back);
  if (ret === 0) w.judge.is64(0, seen.lo, seen.hi, C.reserveManaged);
  w.judge.is(1, ret, C.reserveManaged);
  w.judge.end(() => w.matrix.choices());
  return [mask, ret];
}

/** irq_matrix_remove_managed(): on each CPU of the mask the lowest reserved bit not in use. */
function* removeManaged(w: World, ctx: Ctx, mask: CpuMask): Flow {
  const entry = yield* probe(w, ctx, E.mxRemoveManaged, C.managedKept);
  if (entry !== undefined) {
    w.judge.begin(entry);
    w.judge.is64(0, mask.lo, mask.hi, C.managedKept);
    w.judge.end();
  }
  for (const cpu of mask.cpus) {
    const response = w.matrixStep({ kind: "removeManaged", cpus: [cpu] });
    const bit = response.kind === "removedManaged" ? response.vectors[0] : undefined;
    if (bit === undefined || bit === null) continue;
    const event = yield* tracepoint(w, ctx, E.matrixRemoveManaged, C.managedKept);
    if (event !== undefined) w.matrix.perCpu(event, cpu, bit, C.managedKept);
  }
}

/** vector_configure_legacy(): an interrupt in use keeps its vector. */
export function* setupLegacy(w: World, ctx: Ctx): Flow {
  const event = yield* peek(ctx, false);
  took(ctx);
  const irq = legacyIrq(w, event);
  w.judge.begin(event);
  w.judge.is(1, 1, C.reservedOnly);
  w.judge.is(2, 0, C.reservedOnly);
  w.judge.end();
  yield* configure(w, ctx, irq, irq.vector, irq.cpu);
  takeIndex(w, ctx, irq);
}

/** A vector is given back: of a legacy interrupt that gets a reservation instead, or for good. */
export function* clearing(w: World, ctx: Ctx): Flow {
  const event = yield* peek(ctx, false);
  const known = w.irqs.get(event.lo[0] as number);
  const irq = known ?? legacyIrq(w, event);
  yield* clear(w, ctx, irq);
  irq.activated = false;
  if (known === undefined) {
    yield* reserve(w, ctx, () => irq);
    yield* finish(w, ctx, irq, 0);
    return;
  }
  yield* teardown(w, ctx, irq);
}

/** vector_free_reserved_and_managed() */
export function* teardown(w: World, ctx: Ctx, cleared?: IrqState): Flow {
  ctx.wanted = E.vectorTeardown;
  const event = yield* peek(ctx, false);
  if (event.kind !== E.vectorTeardown) w.unexpected(event, E.vectorTeardown, C.neutral);
  took(ctx);
  const irq = cleared ?? knownIrq(w, event, 0);
  if (irq.vector !== 0) {
    w.judge.refuse(event, C.neutral, `irq ${irq.irq} is torn down with vector ${irq.vector}`);
  }
  w.judge.begin(event);
  w.judge.is(0, irq.irq, C.neutral);
  w.judge.is(1, irq.isManaged ? 1 : 0, C.neutral);
  w.judge.is(2, irq.hasReserved ? 1 : 0, C.reservations);
  w.judge.end();
  if (irq.hasReserved) {
    ctx.wanted = E.matrixRemoveReserved;
    yield* peek(ctx, false);
    w.matrixStep({ kind: "removeReserved" });
    const counters = yield* tracepoint(w, ctx, E.matrixRemoveReserved, C.reservations);
    if (counters !== undefined) w.matrix.global(counters, C.reservations);
    const back = yield* probe(w, ctx, E.mxRemoveReserved, C.reservations);
    if (back !== undefined) {
      w.judge.begin(back);
      w.judge.count(C.reservations);
      w.judge.end();
    }
  }
  if (irq.isManaged && irq.affinity !== undefined) yield* removeManaged(w, ctx, irq.affinity);
  forget(w, irq);
}

const forget = (w: World, irq: IrqState): void => {
  w.observer?.removed(irq);
  w.irqs.delete(irq.irq);
  // Only sub-handle 0 gives a block back.
  if (irq.sub === 0) w.indices.drop(irq.index);
  w.tables.get(irq.source)?.drop(irq.index);
};

/** irte_ga_prepare(), irte_prepare(): once for each interrupt set up just before. */
export function* preparing(w: World, ctx: Ctx): Flow {
  const event = yield* peek(ctx, false);
  const irq = ctx.unprepared.shift();
  if (irq === undefined) {
    return w.judge.refuse(
      event,
      C.amdEntry,
      `${event.kind.name} without an interrupt set up before it`,
    );
  }
  took(ctx);
  amdPrepare(w, event, irq);
  irq.remapping = event.kind === E.gaPrepare ? "amd" : "amd32";
}
