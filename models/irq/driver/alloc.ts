/**
 * drivers/pci/msi/api.c pci_alloc_irq_vectors_affinity(): MSI-X, then MSI, then the pin, each with
 * its own conditions. Beside it an allocator that gives real vectors at once, as a microkernel may.
 */
import { messagesOf } from "../../../spec/hardware/pci/capabilities.js";
import { type FunctionShape, msiOf, msixOf } from "../../../spec/hardware/shape.js";
import { admitted, flagOf } from "../../../spec/irq/driver/judging.js";
import {
  type Errno,
  LINUX_NO_MSI,
  type Mode,
  type Request,
  type Response,
} from "../../../spec/irq/driver/vocabulary.js";
import { spread, usefulVectors } from "../vector-matrix/assignment/spread.js";
import type { Act } from "./act.js";
import { type Installed, install, installPin, type Plan } from "./install.js";
import { abandonEnable, beginEnable } from "./registers.js";
import { irqOf, msixEntries, plantOf } from "./state.js";

type Attempt = { readonly count: number; readonly reserved: readonly number[] } | Errno;

const shapeOf = (act: Act, r: Request): FunctionShape =>
  act.config.devices[r.device] as FunctionShape;

/** pci_msi_supported() */
const supported = (act: Act, r: Request, count: number): boolean =>
  count >= 1 && (act.device(r.device).quirks & LINUX_NO_MSI) === 0;

/** irq_create_affinity_masks(): the first `pre` and, without CPUs to share, all are unmanaged. */
export const linuxPlans = (act: Act, r: Request, count: number): readonly Plan[] => {
  const plain: Plan = { policy: "reserve", cpus: [], queue: false };
  if (!r.spread) return new Array<Plan>(count).fill(plain);
  const { masks, managed } = spread(plantOf(act.config).vectors, count, r.pre, 0);
  return Array.from({ length: count }, (_x, i): Plan => {
    const cpus = masks[i];
    if (managed[i] !== true || cpus === undefined) return plain;
    return { policy: "managed", cpus, queue: true };
  });
};

/** irq_calc_affinity_vectors() */
const useful = (act: Act, r: Request, count: number): number =>
  r.spread ? usefulVectors(plantOf(act.config).vectors, r.min, count, r.pre, 0) : count;

const never = (): boolean => false;

/**
 * The loop of both range functions. `retry` is msi_handle_pci_fail(): how many to try after
 * `count` of them were set up.
 */
const tryRange = (
  act: Act,
  r: Request,
  mode: Mode,
  most: number,
  retry: (asked: number, count: number) => number,
): Attempt => {
  let count = most;
  for (;;) {
    count = useful(act, r, count);
    if (count < r.min) return "ENOSPC";
    if (count < 1) return "EINVAL";
    const done: Installed = install(act, r, mode, linuxPlans(act, r, count), never);
    if (done.error === undefined) return done;
    const less = retry(count, done.count);
    if (less < 1) return done.error;
    if (less < r.min) return "ENOSPC";
    count = less;
  }
};

/** __pci_enable_msix_range() */
const linuxMsix = (act: Act, r: Request): Attempt => {
  const shape = shapeOf(act, r);
  if (r.max < r.min) return "ERANGE";
  if (act.device(r.device).grant !== undefined) return "EINVAL";
  if (!supported(act, r, r.max)) return "EINVAL";
  const entries = msixOf(shape)?.entries ?? 0;
  if (entries === 0) return "EINVAL";
  const count = Math.min(r.max, entries);
  if (count < r.min) return "ENOSPC";
  if (msixEntries(shape) === 0) {
    // msix_map_region() comes after the first enabling write.
    if (useful(act, r, count) < r.min) return "ENOSPC";
    beginEnable(act, r.device, "msix");
    abandonEnable(act, r.device, "msix");
    return "ENOMEM";
  }
  return tryRange(act, r, "msix", count, (_asked, done) => done);
};

/** __pci_enable_msi_range() */
const linuxMsi = (act: Act, r: Request): Attempt => {
  if (!supported(act, r, r.min)) return "EINVAL";
  const msi = msiOf(shapeOf(act, r));
  const mode = act.device(r.device).grant?.mode;
  if (mode === "msix") return "EINVAL";
  if (r.max < r.min) return "ERANGE";
  if (mode === "msi" || msi === undefined) return "EINVAL";
  const capable = messagesOf(msi);
  if (capable < r.min) return "ENOSPC";
  let count = Math.min(capable, r.max);
  // Without remapping the domain has no blocks of vectors: __msi_capability_init() answers 1.
  if (!act.config.remapping && useful(act, r, count) > 1) {
    if (r.min > 1) return "ENOSPC";
    count = 1;
  }
  return tryRange(act, r, "msi", count, (asked) => (asked > 1 ? 1 : 0));
};

const answered = (act: Act, r: Request, mode: Mode, count: number, reserved: readonly number[]) => {
  const cpus: number[] = [];
  const vectors: number[] = [];
  const indices: number[] = [];
  for (let i = 0; mode !== "legacy" && i < count; i++) {
    const irq = act.state.vectors.irqs[irqOf(act.config, r.device, i)];
    const live = irq !== undefined && irq.vector !== 0;
    cpus.push(live ? irq.cpu : 0);
    vectors.push(live ? irq.vector : 0);
    const handle = act.device(r.device).grant?.handles[i];
    if (act.config.remapping) indices.push(handle?.entry ?? 0);
  }
  const { writes } = act;
  return { kind: "granted", mode, count, cpus, vectors, reserved, indices, writes } as Response;
};

export const linuxAlloc = (act: Act, r: Request): Response => {
  const { quirks } = act.device(r.device);
  let error: Errno = "ENOSPC";
  for (const mode of ["msix", "msi"] as const) {
    if ((r.modes & flagOf[mode]) === 0 || !admitted(quirks, mode)) continue;
    const attempt = mode === "msix" ? linuxMsix(act, r) : linuxMsi(act, r);
    if (typeof attempt !== "string") {
      return answered(act, r, mode, attempt.count, attempt.reserved);
    }
    error = attempt;
  }
  const { pin } = shapeOf(act, r);
  if ((r.modes & flagOf.legacy) !== 0 && r.min === 1 && pin !== 0) {
    installPin(act, r);
    return answered(act, r, "legacy", 1, []);
  }
  return { kind: "failed", error, writes: act.writes };
};

/** One real vector each, a queue's on the CPU whose turn it is; as many as there are. */
const eagerPlans = (act: Act, r: Request, count: number): readonly Plan[] => {
  const all = act.config.apicIds.map((_id, cpu) => cpu);
  return Array.from({ length: count }, (_x, i): Plan => {
    const queue = r.spread && i >= r.pre;
    const cpus = queue ? [(i - r.pre) % all.length] : all;
    return { policy: "explicit", cpus, queue };
  });
};

/** Messages of MSI that it hands out: without remapping it knows no blocks of vectors. */
const blockOf = (act: Act, shape: FunctionShape): number => {
  const msi = msiOf(shape);
  if (msi === undefined) return 0;
  return act.config.remapping ? messagesOf(msi) : 1;
};

export const eagerAlloc = (act: Act, r: Request): Response => {
  const { quirks, grant } = act.device(r.device);
  const shape = shapeOf(act, r);
  const refused: Response = { kind: "failed", error: "ENOSPC", writes: act.writes };
  if (grant !== undefined || r.max < r.min || r.min < 1) return refused;
  const queues = !r.spread || r.pre <= r.min;
  for (const mode of ["msix", "msi"] as const) {
    if ((r.modes & flagOf[mode]) === 0 || !admitted(quirks, mode)) continue;
    if ((quirks & LINUX_NO_MSI) !== 0 || !queues) continue;
    const capable = mode === "msix" ? msixEntries(shape) : blockOf(act, shape);
    const most = r.spread ? r.pre + act.config.apicIds.length : r.max;
    const count = Math.min(r.max, capable, most);
    if (count < r.min) continue;
    const done = install(act, r, mode, eagerPlans(act, r, count), (got) => got >= r.min);
    if (done.error === undefined) return answered(act, r, mode, done.count, []);
  }
  if ((r.modes & flagOf.legacy) === 0 || r.min !== 1 || shape.pin === 0) return refused;
  installPin(act, r);
  return answered(act, r, "legacy", 1, []);
};
