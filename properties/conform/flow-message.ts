/**
 * Messages and remapping entries: what a device or a remapping table must be told for the
 * current hardware configuration of an interrupt.
 */
import { amdMessage } from "../../models/irq/msi-message/amd.js";
import { compose as composeMessage } from "../../models/irq/msi-message/compose.js";
import { remappableMessage } from "../../models/irq/msi-message/intel.js";
import type { Message } from "../../spec/irq/msi-message/vocabulary.js";
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E, type EventKind } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import { amdActivate, amdAffinity } from "./entry-amd.js";
import { vtdWrite } from "./entry-vtd.js";
import type { IrqState, Remapping } from "./irq-state.js";
import { destination, isPin } from "./targets.js";
import { type Ctx, type Flow, peek, probe, take, took, type World } from "./world.js";

/** __irq_msi_compose_msg(): vector and destination of a configuration. */
function* compose(w: World, ctx: Ctx, irq: IrqState, vector: number, cpu: number): Flow<boolean> {
  const event = yield* probe(w, ctx, E.msiCompose);
  if (event === undefined) return false;
  w.judge.begin(event);
  w.judge.is(0, vector, C.message);
  w.judge.is(1, w.apicId(cpu, event.lo[1] as number), C.apicId);
  if (irq.chip === "unknown" && !isPin(w, irq)) w.judge.isFlag(2, C.highAddress);
  else w.judge.is(2, irq.chip === "dmar" ? 1 : 0, C.highAddress);
  w.judge.end();
  if (irq.chip === "unknown" && event.lo[2] === 1) irq.chip = "dmar";
  return true;
}

/** __pci_write_msi_msg() of a device message; `clause` names what decides address and data. */
function judgeWrite(w: World, event: TraceEvent, irq: IrqState, m: Message): void {
  const clause = irq.remapping === "none" ? C.message : writeClause(irq.remapping);
  w.judge.begin(event);
  w.judge.is(0, irq.irq, clause);
  w.judge.is64(1, m.addressLo, 0, clause);
  w.judge.is64(2, m.addressHi, 0, C.highAddress);
  w.judge.is64(3, m.data, 0, irq.remapping === "none" ? C.messageFormat : clause);
  w.judge.end();
  irq.message = m;
}

const writeClause = (remapping: Remapping): number =>
  remapping === "vtd" ? C.remappable : C.amdIndex;

/** Learns from the first message whether a write follows: only PCI devices have a probed one. */
function* write(w: World, ctx: Ctx, irq: IrqState, message: Message): Flow {
  if (irq.chip === "other" || irq.chip === "dmar") return;
  if (irq.chip === "msi") {
    judgeWrite(w, yield* take(w, ctx, E.msiWrite, C.message), irq, message);
    return;
  }
  if (isPin(w, irq)) {
    irq.chip = "other";
    return;
  }
  const event = yield* peek(ctx, true);
  if (event.kind !== E.msiWrite || event.lo[0] !== irq.irq) {
    irq.chip = "other";
    return;
  }
  took(ctx);
  irq.chip = "msi";
  judgeWrite(w, event, irq, message);
}

/** Composes and writes one message without remapping. */
export function* compatible(w: World, ctx: Ctx, irq: IrqState, vector: number, cpu: number): Flow {
  if (!(yield* compose(w, ctx, irq, vector, cpu))) return;
  yield* write(w, ctx, irq, composeMessage(destination(w, cpu), vector, false, false));
}

/** Which unit translates the interrupt, from the first event of its message. */
export function* learnRemapping(w: World, ctx: Ctx, irq: IrqState): Flow {
  if (irq.remapping !== "unknown") return;
  const firsts: readonly [EventKind, Remapping][] = [
    [E.irteWrite, "vtd"],
    [E.gaActivate, "amd"],
    [E.gaAffinity, "amd"],
    [E.activate, "amd32"],
    [E.affinity, "amd32"],
    [E.msiCompose, "none"],
  ];
  ctx.wanted = E.msiCompose;
  const event = yield* peek(ctx, !w.isArmed(E.msiCompose));
  for (const [kind, remapping] of firsts) if (event.kind === kind) irq.remapping = remapping;
  if (irq.remapping === "unknown") {
    if (w.isArmed(E.msiCompose)) w.unexpected(event, E.msiCompose, C.message);
    return;
  }
  const isAmd = irq.remapping === "amd" || irq.remapping === "amd32";
  if (isAmd && irq.setupWatched && irq.source === -1) {
    w.unexpected(event, E.gaPrepare, C.amdEntry);
  }
  // AMD tables are one a requester; the running VT-d index says nothing there.
  if (isAmd) irq.index = -1;
  // The IOMMU's own interrupt is the only one beside a remapping unit that it does not translate.
  if (irq.remapping === "none") w.indices.drop(irq.index);
}

/** The message of an interrupt that has just been activated. */
export function* program(w: World, ctx: Ctx, irq: IrqState): Flow {
  yield* learnRemapping(w, ctx, irq);
  const { hwVector, hwCpu } = irq;
  switch (irq.remapping) {
    case "unknown":
      irq.entryVector = hwVector;
      irq.entryDest = destination(w, hwCpu);
      if (w.isAbsent(E.msiCompose)) return;
      // Started before the probes were armed: its startup gave it the mask of a new interrupt.
      irq.affinity = w.startupDefault(w.online);
      irq.started = true;
      return;
    case "none":
      yield* compatible(w, ctx, irq, hwVector, hwCpu);
      return;
    case "vtd": {
      yield* vtdWrite(w, ctx, irq, true);
      const event = yield* take(w, ctx, E.irCompose, C.remappable);
      w.judge.begin(event);
      w.judge.is(0, irq.irq, C.remappable);
      w.judge.end();
      yield* write(w, ctx, irq, remappableMessage(irq.index, irq.sub));
      return;
    }
    case "amd":
    case "amd32":
      yield* amdActivate(w, ctx, irq);
      yield* amdAffinity(w, ctx, irq);
      yield* write(w, ctx, irq, amdMessage(irq.index, false));
  }
}

/** The message after an affinity change that took effect. */
export function* reprogram(w: World, ctx: Ctx, irq: IrqState): Flow {
  switch (irq.remapping) {
    case "vtd":
      yield* vtdWrite(w, ctx, irq, true);
      w.judge.count(C.unchangedMessage);
      return;
    case "amd":
    case "amd32":
      yield* amdAffinity(w, ctx, irq);
      w.judge.count(C.unchangedMessage);
      return;
    default:
      yield* compatible(w, ctx, irq, irq.hwVector, irq.hwCpu);
  }
}

/** The all-zero message of a deactivated device interrupt. */
export const judgeZeroWrite = (w: World, event: TraceEvent, irq: IrqState): void => {
  w.judge.begin(event);
  w.judge.is(0, irq.irq, C.zeroMessage);
  for (let i = 1; i < 4; i++) w.judge.is64(i, 0, 0, C.zeroMessage);
  w.judge.end();
};
