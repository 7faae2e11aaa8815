/** Entries of a VT-d remapping table, drivers/iommu/intel/irq_remapping.c. */
import { encodeIntelIrte } from "../../models/irq/msi-message/intel.js";
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import type { IrqState } from "./irq-state.js";
import { destination, isPin } from "./targets.js";
import { type Ctx, type Flow, take, type World } from "./world.js";

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
