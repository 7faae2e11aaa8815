/**
 * Notes of the workload: `op …` before and `res … r=N` after. They are information, but what
 * they say about affinity and hotplug is used where nothing else in the record tells it.
 */
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { C } from "./clause-ids.js";
import type { CpuMask } from "./cpu-mask.js";
import { cannotUnplug } from "./flow-hotplug.js";
import type { AffinityRequest } from "./notes.js";
import type { Ctx, World } from "./world.js";

const EPERM = -1;
const EINVAL = -22;
const EBUSY = -16;
const ENOSPC = -28;

const AFFINITY = /^(op|res) affinity irq=(\d{1,9}) mask=([0-9a-f,]{1,20})(?: r=(-?\d{1,9}))?$/;
const HOTPLUG = /^(op|res) cpu(\d{1,4})(?: (offline|online)| r=(-?\d{1,9}))$/;

const parseMask = (w: World, text: string): CpuMask => {
  const word = BigInt(`0x${text.replaceAll(",", "")}`);
  return w.masks.of(Number(word & 0xffffffffn), Number((word >> 32n) & 0xffffffffn));
};

export const noteMark = (w: World, ctx: Ctx, event: TraceEvent): void => {
  w.judge.inform(event);
  const text = event.message.trimEnd();
  const affinity = AFFINITY.exec(text);
  if (affinity !== null) {
    const [, phase, irq = "", mask = "", r] = affinity;
    if (phase === "op") {
      ctx.affinity = requested(w, Number(irq), parseMask(w, mask), text);
      w.notes.begin(ctx.affinity);
    } else affinityResult(w, ctx, event, Number(irq), parseMask(w, mask), Number(r ?? 0));
    return;
  }
  const hotplug = HOTPLUG.exec(text);
  if (hotplug === null) return;
  const [, phase, number = "", direction, r] = hotplug;
  const cpu = Number(number);
  if (phase === "op") {
    const refused = cannotUnplug(w, cpu);
    const switches = w.notes.switches[cpu] ?? 0;
    ctx.hotplug = { cpu, offline: direction === "offline", refused, switches };
  } else hotplugResult(w, ctx, event, cpu, Number(r ?? 0));
};

const isOffline = (w: World, mask: CpuMask): boolean =>
  w.masks.and(mask, w.online) === w.masks.none;

const requested = (w: World, irq: number, mask: CpuMask, text: string): AffinityRequest => ({
  irq,
  state: w.irqs.get(irq),
  mask,
  text,
  offline: isOffline(w, mask),
  seen: false,
  result: 0,
  contested: false,
});

const affinityResult = (
  w: World,
  ctx: Ctx,
  event: TraceEvent,
  number: number,
  mask: CpuMask,
  result: number,
): void => {
  const request = ctx.affinity;
  ctx.affinity = undefined;
  if (request === undefined) return;
  w.notes.end(request);
  if (request.irq !== number || request.mask !== mask) {
    w.judge.refuse(event, C.deferred, `the result is of another request than "${request.text}"`);
  }
  const irq = w.irqs.get(number);
  // Another user may have replaced the interrupt meanwhile.
  if (irq === undefined || irq !== request.state) return;
  // Interrupt 0 and the IOMMU's own one may be barred from balancing: not judged.
  if (number !== 0 && (irq.chip === "msi" || number < w.firstDynamicIrq)) {
    // write_irq_affinity(): managed interrupts refuse users, a set without online CPU is invalid.
    const offline = isOffline(w, mask);
    const expected = irq.isManaged ? EPERM : offline ? EINVAL : request.result;
    // A CPU that came or went meanwhile leaves both answers open.
    const changed = !irq.isManaged && offline !== request.offline;
    if (result !== expected && !(changed && (result === EINVAL || result === request.result))) {
      w.judge.refuse(
        event,
        irq.isManaged ? C.managedUser : C.stored,
        `the affinity of irq ${number} is answered with ${result}, the model has ${expected}`,
      );
    }
    w.judge.count(irq.isManaged ? C.managedUser : C.stored);
  }
  if (result !== 0 || irq.isManaged) return;
  irq.affinitySet = true;
  if (request.seen) return;
  if (irq.activated) irq.pending = mask;
  else irq.affinity = mask;
};

const hotplugResult = (
  w: World,
  ctx: Ctx,
  event: TraceEvent,
  cpu: number,
  result: number,
): void => {
  const request = ctx.hotplug;
  ctx.hotplug = undefined;
  if (request === undefined) return;
  if (request.cpu !== cpu) {
    w.judge.refuse(event, C.unplugRefused, `the result is of another CPU than ${request.cpu}`);
  }
  const online = w.matrix.view.online(cpu);
  const before = request.refused;
  const after = cannotUnplug(w, cpu);
  const why = `cpu ${cpu} is answered with ${result}, the model has it `;
  // Another user may have switched it back, or have done so before this request came.
  const untouched = request.switches === (w.notes.switches[cpu] ?? 0);
  if (result === 0 && online === request.offline && untouched) {
    w.judge.refuse(event, C.hotplugKept, why + (online ? "online" : "offline"));
  }
  if (result > 0) w.judge.refuse(event, C.hotplugKept, `${why}0 or a negative errno`);
  if (!request.offline) return;
  // The hotplug lock may be taken (-EBUSY) before the vectors are counted.
  if (before && after && online && result !== ENOSPC && result !== EBUSY) {
    w.judge.refuse(event, C.unplugRefused, `${why}held by its vectors`, w.matrix.choices());
  }
  if (result === ENOSPC && !before && !after) {
    w.judge.refuse(event, C.unplugRefused, `${why}free to go`, w.matrix.choices());
  }
  w.judge.count(C.unplugRefused);
};
