/** A device gets interrupts of one mode, or loses them. */
import type { Mode, Request } from "../../../spec/irq/driver/vocabulary.js";
import type {
  Errno,
  Policy,
  Response as VectorResponse,
} from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { Act } from "./act.js";
import { abandonEnable, beginEnable, disableDevice, finishEnable, setMask } from "./registers.js";
import { freeEntries, type HandleState, irqOf, withHandle } from "./state.js";
import { writeHandle } from "./table.js";

/** How one interrupt is to be set up. */
export type Plan = {
  readonly policy: Policy;
  /** For the vector layer; empty is its default. */
  readonly cpus: readonly number[];
  /** A queue of its own CPUs. */
  readonly queue: boolean;
  /** What a system answered for it, instead of the reference's choice. */
  readonly says?: VectorResponse;
  /** Its index in the remapping table, likewise. */
  readonly entry?: number;
};

const blankHandle = (entry: number, cpus: readonly number[], queue: boolean): HandleState => ({
  entry,
  cpus,
  queue,
  enabled: false,
  events: 0,
  waiting: false,
  served: false,
});

export const maskable = (act: Act, device: number, mode: Mode): boolean => {
  if (mode === "msix") return true;
  const shape = act.config.devices[device];
  return shape?.capabilities.some((c) => c.kind === "msi" && c.maskable) ?? false;
};

export type Installed = {
  /** Interrupts that were set up before one failed. */
  readonly count: number;
  readonly error: Errno | undefined;
  readonly reserved: readonly number[];
};

const everyCpu = (act: Act): readonly number[] => act.config.apicIds.map((_id, cpu) => cpu);

/** Sets `plans` up one by one. After a failure `keep` says whether those before it are kept. */
export const install = (
  act: Act,
  request: Request,
  mode: Mode,
  plans: readonly Plan[],
  keep: (count: number) => boolean,
): Installed => {
  const { device } = request;
  beginEnable(act, device, mode);
  act.block = plans.length;
  const block = mode === "msi" ? plans.length : 1;
  const base = act.config.remapping && mode === "msi" ? freeEntries(act.state, block) : -1;
  const reserved: number[] = [];
  let error: Errno | undefined;
  let count = 0;
  act.change(device, { grant: { mode, request, handles: [] } });
  for (const plan of plans) {
    const { policy, cpus, queue, says } = plan;
    const irq = irqOf(act.config, device, count);
    addHandle(act, device, count, plan, base);
    const can = maskable(act, device, mode);
    const response = act.send(
      { kind: "setup", irq, count: 1, cpus, policy, maskable: can },
      mode,
      says,
    );
    if (response.kind === "failed") {
      error = response.error;
      act.state = dropHandle(act, device, count);
      break;
    }
    if (response.kind === "ready") reserved.push(...response.reserved);
    if (queue && policy === "explicit") pin(act, device, count);
    if (act.config.remapping) writeHandle(act, device, count, mode);
    count++;
  }
  act.block = undefined;
  if (error === undefined || keep(count)) {
    finishEnable(act, device, mode);
    return { count, error: undefined, reserved };
  }
  for (let index = 0; index < count; index++) {
    act.send({ kind: "teardown", irq: irqOf(act.config, device, index) }, mode);
  }
  abandonEnable(act, device, mode);
  act.change(device, { grant: undefined });
  return { count, error, reserved: [] };
};

const addHandle = (act: Act, device: number, index: number, plan: Plan, base: number): void => {
  const { grant } = act.device(device);
  if (grant === undefined) return;
  const own = base < 0 ? freeEntries(act.state, 1) : base + index;
  const entry = act.config.remapping ? (plan.entry ?? own) : -1;
  const cpus = plan.cpus.length > 0 ? plan.cpus : everyCpu(act);
  const handles = [...grant.handles, blankHandle(entry, cpus, plan.queue)];
  act.change(device, { grant: { ...grant, handles } });
};

const dropHandle = (act: Act, device: number, index: number) => {
  const { grant } = act.device(device);
  if (grant !== undefined) {
    act.change(device, { grant: { ...grant, handles: grant.handles.slice(0, index) } });
  }
  return act.state;
};

/** A queue that has a vector from the beginning stays on its CPU. */
const pin = (act: Act, device: number, index: number): void => {
  const irq = act.state.vectors.irqs[irqOf(act.config, device, index)];
  if (irq !== undefined && irq.vector !== 0) {
    act.state = withHandle(act.state, device, index, { cpus: [irq.cpu] });
  }
};

/** free_irq(): silent first, then without a vector, as the policy of its allocation has it. */
export const disableHandle = (act: Act, device: number, index: number): void => {
  const grant = act.device(device).grant;
  if (grant?.handles[index]?.enabled !== true) return;
  if (grant.mode !== "legacy") {
    setMask(act, device, index, grant.mode, true);
    act.send({ kind: "shutdown", irq: irqOf(act.config, device, index) }, grant.mode);
  }
  const change = { enabled: false, events: 0, waiting: false };
  act.state = withHandle(act.state, device, index, change);
};

export const releaseHandle = (act: Act, device: number, index: number): void => {
  const grant = act.device(device).grant;
  if (grant === undefined) return;
  disableHandle(act, device, index);
  act.send({ kind: "teardown", irq: irqOf(act.config, device, index) }, grant.mode);
  act.state = withHandle(act.state, device, index, undefined);
};

/** pci_free_irq_vectors(), and free_irq() before it for whatever is still enabled. */
export const dispose = (act: Act, device: number): void => {
  const { grant } = act.device(device);
  if (grant === undefined) return;
  const { mode, handles } = grant;
  for (let index = 0; index < handles.length; index++) disableHandle(act, device, index);
  const used = handles.flatMap((handle, index) => (handle === undefined ? [] : [index]));
  disableDevice(act, device, mode, used);
  const live = mode !== "legacy" && handles.some((handle) => handle !== undefined);
  if (mode !== "legacy") {
    handles.forEach((handle, index) => {
      if (handle === undefined) return;
      act.send({ kind: "teardown", irq: irqOf(act.config, device, index) }, mode);
    });
  }
  const { recycled } = act.device(device);
  act.change(device, { grant: undefined, lineMasked: false, recycled: recycled || live });
};

/** The pin: no vector of the matrix is involved. */
export const installPin = (act: Act, request: Request): void => {
  finishEnable(act, request.device, "legacy");
  const handles = [blankHandle(-1, everyCpu(act), false)];
  act.change(request.device, { grant: { mode: "legacy", request, handles } });
};
