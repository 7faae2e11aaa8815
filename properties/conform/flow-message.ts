/**
 * Messages and remapping entries: what a device or a remapping table must be told for the
 * current hardware configuration of an interrupt.
 */
import { amdMessage, encodeAmdIrte } from "../../models/irq/msi-message/amd.js";
import { compose as composeMessage } from "../../models/irq/msi-message/compose.js";
import { encodeIntelIrte, remappableMessage } from "../../models/irq/msi-message/intel.js";
import type { Message } from "../../spec/irq/msi-message/vocabulary.js";
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E, type EventKind } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import { IndexTable } from "./index-table.js";
import type { IrqState, Remapping } from "./irq-state.js";
import { type Ctx, type Flow, peek, probe, take, took, type World } from "./world.js";

/** Requester id of an IO-APIC's entry is one per machine; a pin is its own interrupt number. */
const isPin = (w: World, irq: IrqState): boolean => irq.irq < w.firstDynamicIrq;

export const destination = (w: World, cpu: number): number => Math.max(0, w.apicIds[cpu] ?? 0);

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
      // Started before the probes were armed: its startup gave it the online CPUs.
      irq.affinity = w.online;
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

/** modify_irte(): the VT-d entry, or all zero when the interrupt is deactivated. */
export function* vtdWrite(w: World, ctx: Ctx, irq: IrqState, present: boolean): Flow {
  const event = yield* take(w, ctx, E.irteWrite, C.irte);
  if (irq.source === -1) learnEntry(w, event, irq);
  w.judge.begin(event);
  if (present) {
    const field = event.hi[0] as number;
    w.apicId(irq.hwCpu, w.extended ? field : field >>> 8);
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = encodeIntelIrte(
      {
        vector: irq.hwVector,
        dest: destination(w, irq.hwCpu),
        logical: false,
        sid: irq.source & 0xffff,
        sq: (irq.source >>> 16) & 3,
        svt: (irq.source >>> 18) & 3,
      },
      w.extended,
    );
    w.judge.is64(0, w0, w1, C.irte);
    w.judge.is64(1, w2, w3, C.sourceId);
  } else {
    w.judge.is64(0, 0, 0, C.deactivated);
    w.judge.is64(1, 0, 0, C.deactivated);
  }
  w.judge.is(2, irq.index, C.irteBlock);
  w.judge.is(3, irq.sub, C.irteBlock);
  w.judge.is(4, irq.order, C.irteBlock);
  w.judge.end(() => [
    `irq ${irq.irq}: index ${irq.index}, lowest free ${w.indices.nextVtd()}, ` +
      `vector ${irq.hwVector} on cpu ${irq.hwCpu}`,
  ]);
}

/** The first entry written for an interrupt tells its source id and whether it is in a block. */
const learnEntry = (w: World, event: TraceEvent, irq: IrqState): void => {
  const [word = 0, index = 0, sub = 0, order = 0] = event.lo.subarray(1);
  const high = event.hi[1] as number;
  const svt = (word >>> 18) & 3;
  // set_msi_sid(): SVT 1 with SQ 0, or a bus range; reserved bits stay 0.
  if (high !== 0 || word >>> 20 !== 0 || (svt !== 1 && svt !== 2) || ((word >>> 16) & 3) !== 0) {
    w.judge.refuse(event, C.sourceId, "ir_irte: the source fields are none that Linux writes", [
      "SVT 1 (requester id) or 2 (bus range), SQ 0, bits 127:84 zero",
    ]);
  }
  irq.source = word;
  if (isPin(w, irq)) {
    if (w.ioApicSource === -1) w.ioApicSource = word;
    irq.source = w.ioApicSource;
  }
  if (order !== 0 || sub !== 0) {
    // Multi-message MSI: one aligned block of 2^order entries, one per sub-handle.
    if (order > 5 || sub >= 1 << order || index % (1 << order) !== 0) {
      w.judge.refuse(event, C.irteBlock, "ir_irte: not an aligned block of 2^mask entries");
    }
    w.indexKnown = false;
    w.indices.drop(irq.index);
    if (sub === 0) w.indices.take(index, 1 << order);
    irq.index = index;
    irq.sub = sub;
    irq.order = order;
  } else if (!w.indexKnown || irq.index === -1) {
    w.indices.drop(irq.index);
    w.indices.take(index);
    irq.index = index;
  } else {
    swapIndex(w, irq, index);
  }
};

/** Two interrupts set up at the same time on two CPUs may have got each other's index. */
const swapIndex = (w: World, irq: IrqState, index: number): void => {
  if (index === irq.index) return;
  for (const other of w.irqs.values()) {
    if (other.index !== index || other.source !== -1 || other.setupRace !== irq.setupRace) continue;
    other.index = irq.index;
    irq.index = index;
    return;
  }
};

/** An IO-APIC's index is its pin: the interrupt's number, but the firmware moves ISA 0 to pin 2. */
const pinOf = (irq: IrqState): number => (irq.irq === 0 ? 2 : irq.irq);

/** irte_ga_prepare() after a set-up: the requester id, and the index that the search gives. */
export const amdPrepare = (w: World, event: TraceEvent, irq: IrqState): void => {
  w.judge.begin(event);
  w.judge.is(0, 0, C.amdEntry);
  w.judge.is(1, 0, C.amdEntry);
  w.judge.is(2, irq.hwVector, C.amdEntry);
  w.judge.is(3, destination(w, irq.hwCpu), C.amdEntry);
  const device = event.lo[4] as number;
  if (isPin(w, irq)) {
    if (w.ioApicSource === -1) w.ioApicSource = device;
    irq.source = w.ioApicSource;
    irq.index = pinOf(irq);
  } else {
    irq.source = device;
    const table = w.tables.get(device) ?? new IndexTable();
    w.tables.set(device, table);
    irq.index = table.nextAmd(device === w.ioApicSource);
    table.take(irq.index);
  }
  w.judge.is64(4, irq.source, 0, C.sourceId);
  w.judge.end();
  irq.entryVector = irq.hwVector;
  irq.entryDest = destination(w, irq.hwCpu);
};

/** Device and index of an AMD event; pins set up before the probes tell them once. */
const amdWhere = (w: World, event: TraceEvent, irq: IrqState): void => {
  if (irq.source === -1) {
    if (w.ioApicSource === -1) w.ioApicSource = event.lo[0] as number;
    irq.source = isPin(w, irq) ? w.ioApicSource : (event.lo[0] as number);
  }
  if (irq.index === -1) irq.index = isPin(w, irq) ? pinOf(irq) : (event.lo[1] as number);
  w.judge.begin(event);
  w.judge.is64(0, irq.source, 0, C.sourceId);
  w.judge.is(1, irq.index, C.amdIndex);
};

const judgeAmdEntry = (w: World, irq: IrqState, present: boolean): void => {
  const { entryVector: vector, entryDest: dest } = irq;
  const ga = irq.remapping === "amd";
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = encodeAmdIrte(
    { vector, dest, logical: false, present },
    ga,
  );
  w.judge.is64(2, w0, w1, C.amdEntry);
  if (ga) w.judge.is64(3, w2, w3, C.amdEntry);
};

function* amdActivate(w: World, ctx: Ctx, irq: IrqState): Flow {
  const kind = irq.remapping === "amd" ? E.gaActivate : E.activate;
  const event = yield* take(w, ctx, kind, C.amdEntry);
  amdWhere(w, event, irq);
  judgeAmdEntry(w, irq, true);
  w.judge.end();
}

function* amdAffinity(w: World, ctx: Ctx, irq: IrqState): Flow {
  const kind = irq.remapping === "amd" ? E.gaAffinity : E.affinity;
  const event = yield* take(w, ctx, kind, C.amdEntry);
  amdWhere(w, event, irq);
  w.judge.is(2, irq.hwVector, C.amdEntry);
  w.judge.is(3, w.apicId(irq.hwCpu, event.lo[3] as number), C.amdEntry);
  w.judge.end();
  irq.entryVector = irq.hwVector;
  irq.entryDest = destination(w, irq.hwCpu);
}

/** irte_ga_deactivate(), irte_deactivate(): the entry keeps its content but is not valid. */
export function* amdDeactivate(w: World, ctx: Ctx, irq: IrqState): Flow {
  const kind = irq.remapping === "amd" ? E.gaDeactivate : E.deactivate;
  const event = yield* take(w, ctx, kind, C.deactivated);
  amdWhere(w, event, irq);
  judgeAmdEntry(w, irq, false);
  w.judge.end();
}

/** The all-zero message of a deactivated device interrupt. */
export const judgeZeroWrite = (w: World, event: TraceEvent, irq: IrqState): void => {
  w.judge.begin(event);
  w.judge.is(0, irq.irq, C.zeroMessage);
  for (let i = 1; i < 4; i++) w.judge.is64(i, 0, 0, C.zeroMessage);
  w.judge.end();
};
