/** Entries of AMD remapping tables, drivers/iommu/amd/iommu.c. */
import { encodeAmdIrte } from "../../models/irq/msi-message/amd.js";
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import { IndexTable } from "./index-table.js";
import type { IrqState } from "./irq-state.js";
import { destination, isPin } from "./targets.js";
import { type Ctx, type Flow, take, type World } from "./world.js";

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

export function* amdActivate(w: World, ctx: Ctx, irq: IrqState): Flow {
  const kind = irq.remapping === "amd" ? E.gaActivate : E.activate;
  const event = yield* take(w, ctx, kind, C.amdEntry);
  amdWhere(w, event, irq);
  judgeAmdEntry(w, irq, true);
  w.judge.end();
}

export function* amdAffinity(w: World, ctx: Ctx, irq: IrqState): Flow {
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
