/** Events as a driver sees them, and the success metric of the plan: DRV-9, DRV-METRIC. */
import type { Clause } from "../../core/clause.js";
import { linux, plan, rule } from "../../core/source.js";
import {
  admitted,
  capacity,
  type DriverTransition,
  deviceAt,
  handleAt,
  modeOf,
  named,
  type Of,
  spareEverywhere,
} from "./judging.js";
import { ALLOW_MSIX, type Grant, type Handle, LINUX_NO_MSI } from "./vocabulary.js";

type T = DriverTransition;

const task = "T1.5";
const contract = "contract" as const;
const step = "step" as const;
const edge = linux("kernel/irq/chip.c:handle_edge_irq");
const metric = plan("T1.5, success metric: MSI-X with 4 queues or more");

/** Queues that the metric asks for, and the admin queue beside them. */
export const METRIC_QUEUES = 4;

const allEventsSeen = (t: T): boolean => {
  const events = named(t)?.events ?? 0;
  if (t.response.kind === "blocked") return events === 0;
  if (t.response.kind !== "events") return false;
  const { count } = t.response;
  // A shared line may wake a driver whose device has nothing; a message may not.
  if (events === 0) return modeOf(t.before, (t.command as Of<"wait">).device) === "legacy";
  return count >= 1 && count <= events;
};

/** The interrupt of a driver that was delivered, as it was before. */
const reached = (t: T): Handle | undefined => {
  if (t.response.kind !== "delivered") return undefined;
  const handle = handleAt(t.before, t.response.device, t.response.index);
  return handle?.enabled === true ? handle : undefined;
};

/** A request such as an NVMe driver makes, with room for all of it. */
const isQueueRequest = (t: T): boolean => {
  const r = t.command as Of<"alloc">;
  const device = deviceAt(t.before, r.device);
  if (device === undefined || device.driver < 0 || device.grant !== undefined) return false;
  if (!r.spread || r.pre !== 1 || r.min < 1 || (r.modes & ALLOW_MSIX) === 0) return false;
  if ((device.quirks & LINUX_NO_MSI) !== 0 || !admitted(device.quirks, "msix")) return false;
  const most = Math.min(r.max, capacity(t.config.devices[r.device], "msix"));
  if (most < METRIC_QUEUES + 1 || t.config.apicIds.length < METRIC_QUEUES) return false;
  return r.min <= METRIC_QUEUES + 1 && spareEverywhere(t.config, t.before) >= most;
};

const enoughQueues = (t: T): boolean =>
  t.response.kind === "granted" &&
  t.response.mode === "msix" &&
  t.response.count >= METRIC_QUEUES + 1;

const queuesOf = (grant: Grant | undefined): readonly Handle[] =>
  grant?.handles.filter((handle): handle is Handle => handle?.queue === true) ?? [];

/** A queue with CPUs of its own was enabled, and there were CPUs for all that were granted. */
const queueEnabled = (t: T): boolean => {
  const c = t.command as Of<"enable">;
  if (t.response.kind !== "at" || handleAt(t.after, c.device, c.index)?.queue !== true) {
    return false;
  }
  const grant = deviceAt(t.after, c.device)?.grant;
  // Those that were released since count too: who shares a CPU was settled before.
  return grant !== undefined && grant.handles.length - grant.request.pre <= t.config.apicIds.length;
};

const aloneOnItsCpu = (t: T): boolean => {
  const c = t.command as Of<"enable">;
  const own = handleAt(t.after, c.device, c.index);
  if (own === undefined || !own.cpus.includes(own.cpu)) return false;
  const same = queuesOf(deviceAt(t.after, c.device)?.grant).filter(
    (queue) => queue.enabled && queue.cpu === own.cpu,
  );
  return same.length === 1;
};

/** The last queue of a device has been served, and all before it. */
const allServed = (t: T): boolean => {
  if (t.response.kind !== "events") return false;
  const { device, index } = t.command as Of<"wait">;
  if (handleAt(t.before, device, index)?.served !== false) return false;
  const queues = queuesOf(deviceAt(t.after, device)?.grant);
  return queues.length >= METRIC_QUEUES && queues.every((queue) => queue.served);
};

export const waitClauses: readonly Clause<T>[] = [
  {
    id: "DRV-9",
    title:
      "events since the last wait, or since registration, are seen by the next wait, as a count " +
      "or as a flag; without an event a wait in an MSI mode does not return",
    level: contract,
    kind: step,
    source: [edge, rule("DISP-4 extended to user space")],
    task,
    on: ["wait"],
    applies: (t) => named(t)?.enabled === true,
    holds: allEventsSeen,
  },
  {
    id: "DRV-9-W",
    title: "an interrupt of a driver that sleeps wakes it, and no other is woken",
    level: contract,
    kind: step,
    source: [edge, rule("DISP-4 extended to user space")],
    task,
    on: ["interrupt", "line"],
    applies: (t) => reached(t) !== undefined,
    holds: (t) =>
      t.response.kind === "delivered" &&
      t.response.handled &&
      t.response.woken === reached(t)?.waiting,
  },
  {
    id: "DRV-METRIC-1",
    title:
      "a device with entries for 4 queues and more, asked for one vector a queue and one for its " +
      "admin queue, gets MSI-X with as many",
    level: contract,
    kind: step,
    source: [metric],
    task,
    on: ["alloc"],
    applies: isQueueRequest,
    holds: enoughQueues,
  },
  {
    id: "DRV-METRIC-2",
    title: "each queue has a CPU that no other queue of the device is on, while there are enough",
    level: contract,
    kind: step,
    source: [metric, linux("kernel/irq/affinity.c:irq_create_affinity_masks")],
    task,
    on: ["enable"],
    applies: queueEnabled,
    holds: aloneOnItsCpu,
  },
  {
    id: "DRV-METRIC-3",
    title: "the interrupts of a queue arrive on its own CPU",
    level: contract,
    kind: step,
    source: [metric],
    task,
    on: ["interrupt"],
    applies: (t) => reached(t)?.queue === true,
    holds: (t) => reached(t)?.cpus.includes((t.command as Of<"interrupt">).cpu) === true,
  },
  {
    id: "DRV-METRIC-4",
    title: "4 queues or more of one device have each had an interrupt that its driver has seen",
    level: contract,
    kind: "witness",
    source: [metric],
    task,
    on: ["wait"],
    requires: ["attach", "alloc", "enable", "event", "interrupt"],
    applies: allServed,
  },
];
