/** One command at the driver-facing interface, on Linux 7.0. */
import type { Outcome } from "../../../spec/core/model.js";
import { messagesOf } from "../../../spec/hardware/pci/capabilities.js";
import { type FunctionShape, msiOf, msixOf } from "../../../spec/hardware/shape.js";
import {
  admitted,
  allLayers,
  composed,
  sameMessage,
  spare,
  spareEverywhere,
} from "../../../spec/irq/driver/judging.js";
import {
  type Command,
  type Config,
  type Errno,
  LINUX_NO_MSI,
  type Request,
  type Response,
} from "../../../spec/irq/driver/vocabulary.js";
import { type Env, linuxEnv } from "../vector-matrix/assignment/env.js";
import { Act } from "./act.js";
import { linuxAlloc } from "./alloc.js";
import { dispose, releaseHandle } from "./install.js";
import * as live from "./live.js";
import { plantOf, type State } from "./state.js";
import { StateView } from "./view.js";

export type DriverOutcome = Outcome<State, Response>;
type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

/** How a kernel fills a request. */
export type Allocate = (act: Act, request: Request) => Response;

const done = (act: Act): Response => ({ kind: "done", writes: act.writes });
const failed = (act: Act, error: Errno): Response => ({
  kind: "failed",
  error,
  writes: act.writes,
});

export const step = (config: Config, state: State, command: Command): DriverOutcome =>
  stepIn(config, state, command, linuxEnv(plantOf(config).vectors), linuxAlloc);

/** The same with its free decisions taken by `env` and `allocate`. */
export const stepIn = (
  config: Config,
  state: State,
  command: Command,
  env: Env,
  allocate: Allocate,
): DriverOutcome => {
  const act = new Act(config, state, env, false);
  const response = perform(act, command, allocate);
  return { state: act.state, response };
};

const isOpen = (act: Act, device: number): boolean =>
  (act.state.devices[device]?.driver ?? -1) >= 0;

/** Changes what the act holds. */
export const perform = (act: Act, command: Command, allocate: Allocate): Response => {
  switch (command.kind) {
    case "crash":
      crash(act, command.driver);
      return done(act);
    case "interrupt":
      return live.interrupt(act, command.cpu, command.vector);
    case "tick":
      return live.tick(act);
    case "event":
      return live.event(act, command.device, command.index);
    case "line":
      return live.line(act, command.device);
    case "attach":
      return attach(act, command);
    default:
      return isOpen(act, command.device)
        ? performOpen(act, command, allocate)
        : failed(act, "ENODEV");
  }
};

/** What needs a device that a driver has open. */
const performOpen = (
  act: Act,
  c: Exclude<Command, Of<"crash" | "interrupt" | "tick" | "event" | "line" | "attach">>,
  allocate: Allocate,
): Response => {
  switch (c.kind) {
    case "query":
      return query(act, c.device);
    case "alloc":
      return alloc(act, c, allocate);
    case "enable":
      return live.enable(act, c.device, c.index);
    case "disable":
      return live.disable(act, c.device, c.index);
    case "wait":
      return live.wait(act, c.device, c.index);
    case "ack":
      return live.ack(act, c.device, c.index);
    case "setAffinity":
      return live.setAffinity(act, c.device, c.index, c.cpus);
    case "program":
      return isOwn(act, c) ? done(act) : { kind: "refused", writes: act.writes };
    case "release":
      return release(act, c.device, c.index);
    case "releaseAll":
      dispose(act, c.device);
      return done(act);
    case "close":
      close(act, c.device);
      return done(act);
  }
};

const attach = (act: Act, c: Of<"attach">): Response => {
  if (isOpen(act, c.device)) return failed(act, "EBUSY");
  act.change(c.device, { driver: c.driver, quirks: allLayers(c.layers) });
  return done(act);
};

const close = (act: Act, device: number): void => {
  dispose(act, device);
  act.change(device, { driver: -1, quirks: 0 });
};

const crash = (act: Act, driver: number): void => {
  for (let device = 0; device < act.state.devices.length; device++) {
    if (act.device(device).driver === driver) close(act, device);
  }
};

const query = (act: Act, device: number): Response => {
  const { quirks, grant } = act.device(device);
  const shape = act.config.devices[device] as FunctionShape;
  const msi = msiOf(shape);
  const none = (quirks & LINUX_NO_MSI) !== 0;
  return {
    kind: "support",
    msix: none || !admitted(quirks, "msix") ? 0 : (msixOf(shape)?.entries ?? 0),
    msi: none || msi === undefined || !admitted(quirks, "msi") ? 0 : messagesOf(msi),
    legacy: shape.pin !== 0,
    mode: grant?.mode ?? "none",
    count: grant?.handles.filter((handle) => handle !== undefined).length ?? 0,
  };
};

/** Ghost: whether there are vectors for all of a request wherever it may want them. */
export const isAmple = (act: Act, r: Request): boolean => {
  const view = new StateView(act.config, act.state);
  return (
    spareEverywhere(act.config, view) >= r.max && spare(act.config, view) >= r.max && r.max > 0
  );
};

const alloc = (act: Act, request: Request, allocate: Allocate): Response => {
  const ample = isAmple(act, request);
  const response = allocate(act, request);
  noteAlloc(act, request, response, ample);
  return response;
};

export const noteAlloc = (act: Act, r: Request, response: Response, ample: boolean): void => {
  act.change(r.device, { recycled: false });
  if (response.kind !== "granted" || !ample) return;
  const { quirks } = act.device(r.device);
  const { mode, count } = response;
  act.change(r.device, { earlier: { request: r, quirks, mode, count } });
};

/** The message is one that the kernel composed for this device, and the driver has it open. */
const isOwn = (act: Act, c: Of<"program">): boolean => {
  const device = new StateView(act.config, act.state).devices[c.device];
  const grant = device?.grant;
  const handle = grant?.handles[c.index];
  if (device?.driver !== c.driver || grant === undefined || handle === undefined) return false;
  return (
    grant.mode !== "legacy" && sameMessage(composed(act.config, handle, c.index, grant.mode), c)
  );
};

const release = (act: Act, device: number, index: number): Response => {
  const grant = act.device(device).grant;
  if (grant?.handles[index] === undefined) return failed(act, "EINVAL");
  if (grant.mode !== "msix") return failed(act, "ENOTSUPP");
  releaseHandle(act, device, index);
  return done(act);
};
