/** Interrupts in use: registration, waiting, affinity, arrival. */
import type { Errno, Response } from "../../../spec/irq/driver/vocabulary.js";
import type { Response as VectorResponse } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { raise, satisfy } from "../../hardware/pci/index.js";
import { isPending } from "../vector-matrix/assignment/state.js";
import type { Act } from "./act.js";
import { disableHandle } from "./install.js";
import { setMask } from "./registers.js";
import { handleOf, irqOf, plantOf, withHandle } from "./state.js";

const failed = (act: Act, error: Errno): Response => ({
  kind: "failed",
  error,
  writes: act.writes,
});
const done = (act: Act): Response => ({ kind: "done", writes: act.writes });

/** Counters are told apart up to this many events; a kernel's may saturate sooner. */
const MOST_EVENTS = 0xffff;

/** request_irq(): a vector where there is none yet, then unmask. */
export const enable = (
  act: Act,
  device: number,
  index: number,
  says?: VectorResponse,
): Response => {
  const grant = act.device(device).grant;
  const handle = grant?.handles[index];
  if (grant === undefined || handle === undefined) return failed(act, "EINVAL");
  if (handle.enabled) return failed(act, "EBUSY");
  const { writes } = act;
  let at: Response = { kind: "at", cpu: 0, vector: 0, writes };
  if (grant.mode !== "legacy") {
    const irq = irqOf(act.config, device, index);
    const response = act.send({ kind: "startup", irq }, grant.mode, says);
    if (response.kind === "failed") return failed(act, response.error);
    if (response.kind !== "at") return failed(act, "ENOSPC");
    at = { ...response, writes };
  }
  act.state = withHandle(act.state, device, index, { enabled: true });
  setMask(act, device, index, grant.mode, false);
  return at;
};

export const disable = (act: Act, device: number, index: number): Response => {
  if (handleOf(act.state, device, index)?.enabled !== true) return failed(act, "EINVAL");
  disableHandle(act, device, index);
  return done(act);
};

/** `count` is what a system says it has seen; the reference counts every event. */
export const wait = (act: Act, device: number, index: number): Response => {
  const handle = handleOf(act.state, device, index);
  if (handle?.enabled !== true) return failed(act, "EINVAL");
  const { events } = handle;
  const change = events > 0 ? { events: 0, waiting: false, served: true } : { waiting: true };
  act.state = withHandle(act.state, device, index, change);
  return events > 0 ? { kind: "events", count: events } : { kind: "blocked" };
};

/** The device is quiet again; its line may be unmasked. */
export const ack = (act: Act, device: number, index: number): Response => {
  if (handleOf(act.state, device, index)?.enabled !== true) return failed(act, "EINVAL");
  const shape = act.config.devices[device];
  if (shape !== undefined && act.device(device).grant?.mode === "legacy") {
    act.change(device, { fn: satisfy(shape, act.device(device).fn, 0), lineMasked: false });
  }
  return done(act);
};

export const setAffinity = (
  act: Act,
  device: number,
  index: number,
  cpus: readonly number[],
  says?: VectorResponse,
): Response => {
  const grant = act.device(device).grant;
  if (grant?.handles[index] === undefined || grant.mode === "legacy") return failed(act, "EINVAL");
  const irq = irqOf(act.config, device, index);
  const response = act.send({ kind: "setAffinity", irq, cpus }, grant.mode, says);
  if (response.kind === "failed") return failed(act, response.error);
  // From here on it is where its driver wants it.
  act.state = withHandle(act.state, device, index, { cpus, queue: false });
  if (response.kind === "at") return { ...response, writes: act.writes };
  return response.kind === "stored" ? { kind: "stored" } : { kind: "deferred" };
};

export const event = (act: Act, device: number, index: number): Response => {
  const shape = act.config.devices[device];
  if (shape !== undefined) act.react(device, raise(shape, act.device(device).fn, index));
  return { kind: "done", writes: [] };
};

/** One more event for whoever waits. True: it slept. */
const notify = (act: Act, device: number, index: number): boolean => {
  const handle = handleOf(act.state, device, index);
  if (handle === undefined) return false;
  const events = Math.min(handle.events + 1, MOST_EVENTS);
  act.state = withHandle(act.state, device, index, { events, waiting: false });
  return handle.waiting;
};

/** A CPU takes a vector; one that nothing waits for there has come from nowhere. */
export const interrupt = (
  act: Act,
  cpu: number,
  vector: number,
  says?: VectorResponse,
): Response => {
  const kind = isPending(act.state.vectors, cpu, vector) ? "deliver" : "interrupt";
  const irq = act.state.vectors.slots[cpu]?.get(vector) ?? -1;
  const owner = plantOf(act.config).owners[irq];
  const mode = (owner === undefined ? undefined : act.device(owner.device).grant?.mode) ?? "none";
  const response = act.send({ kind, cpu, vector, again: false }, mode, says);
  if (response.kind !== "delivered") return { kind: "spurious" };
  const { device, index } = plantOf(act.config).owners[response.irq] ?? { device: 0, index: 0 };
  const { handled, stray } = response;
  return {
    kind: "delivered",
    device,
    index,
    handled,
    woken: handled && notify(act, device, index),
    cpu: response.cpu,
    vector: response.vector,
    ...(stray === undefined ? {} : { stray }),
    writes: act.writes,
  };
};

/** The pin: the kernel masks the line until the driver has served the device. */
export const line = (act: Act, device: number): Response => {
  const { fn, grant, lineMasked } = act.device(device);
  const asserted = fn.line && !lineMasked;
  const enabled = grant?.mode === "legacy" && grant.handles[0]?.enabled === true;
  if (!asserted || !enabled) return { kind: "spurious" };
  act.change(device, { lineMasked: true });
  const woken = notify(act, device, 0);
  return {
    kind: "delivered",
    device,
    index: 0,
    handled: true,
    woken,
    cpu: 0,
    vector: 0,
    writes: act.writes,
  };
};

export const tick = (act: Act, says?: VectorResponse): Response => {
  const response = act.send({ kind: "tick" }, "none", says);
  const owners = (response.kind === "cleaned" ? response.irqs : []).map(
    (irq) => plantOf(act.config).owners[irq] ?? { device: 0, index: 0 },
  );
  return {
    kind: "cleaned",
    devices: owners.map((o) => o.device),
    indices: owners.map((o) => o.index),
  };
};
