import type { Choices } from "../../../spec/core/choices.js";
import { capacity, composed } from "../../../spec/irq/driver/judging.js";
import type {
  Command,
  CommandKind,
  Config,
  Device,
  DriverView,
  Handle,
  Request,
} from "../../../spec/irq/driver/vocabulary.js";
import { METRIC_QUEUES } from "../../../spec/irq/driver/wait-clauses.js";
import { pickKind } from "../../engine/random.js";
import type { Drawing, Generator } from "../../subsystem.js";
import { enabled } from "./enabled.js";

type D = Drawing<Config, DriverView>;

const pick = <T>(choices: Choices, from: readonly T[]): T => from[choices.below(from.length)] as T;

/** A device for which `test` holds, searched from a random start; -1 if none. */
const someDevice = (choices: Choices, d: D, test: (device: Device) => boolean): number => {
  const { devices } = d.view;
  const start = choices.below(devices.length);
  for (let i = 0; i < devices.length; i++) {
    const n = (start + i) % devices.length;
    if (test(devices[n] as Device)) return n;
  }
  return -1;
};

const someHandle = (
  choices: Choices,
  d: D,
  test: (handle: Handle, device: Device) => boolean,
): { device: number; index: number } | undefined => {
  const fits = (handle: Handle | undefined, device: Device): boolean =>
    handle !== undefined && test(handle, device);
  const device = someDevice(
    choices,
    d,
    (one) => one.grant?.handles.some((handle) => fits(handle, one)) ?? false,
  );
  const found = d.view.devices[device];
  const handles = found?.grant?.handles;
  if (found === undefined || handles === undefined) return undefined;
  const start = choices.below(handles.length);
  for (let i = 0; i < handles.length; i++) {
    const index = (start + i) % handles.length;
    if (fits(handles[index], found)) return { device, index };
  }
  return undefined;
};

/** Flags of several layers; mostly none. */
const drawLayers = (choices: Choices): readonly number[] => {
  if (choices.below(2) === 0) return [];
  const flags = [0, 0, 1, 2, 4, 4, 6, 8, 12];
  return Array.from({ length: 1 + choices.below(3) }, () => pick(choices, flags));
};

/** Mostly what a driver asks; rarely nonsense. */
const drawAlloc = (choices: Choices, d: D): Command | undefined => {
  const device = someDevice(choices, d, (one) => one.driver >= 0 && one.grant === undefined);
  const busy = choices.below(24) === 0;
  const n = busy ? someDevice(choices, d, (one) => one.driver >= 0) : device;
  const state = d.view.devices[n];
  if (state === undefined) return undefined;
  const { earlier } = state;
  if (state.recycled && earlier !== undefined && choices.below(3) > 0) return earlier.request;
  const live = state.grant !== undefined;
  const modes = live
    ? pick(choices, [1, 2, 3])
    : pick(choices, [7, 7, 7, 7, 3, 3, 1, 2, 4, 5, 6, 0]);
  const has = Math.max(
    capacity(d.config.devices[n], "msix"),
    capacity(d.config.devices[n], "msi"),
    1,
  );
  const spread = choices.below(3) > 0;
  const wish = choices.below(8);
  const min = wish === 0 ? choices.below(has + 2) : wish === 1 ? 2 : 1;
  const room = Math.max(1, has + 2 - min);
  const max = choices.below(16) === 0 ? 1 + choices.below(2) : min + choices.below(room);
  const full = choices.below(spread ? 2 : 3) === 0 ? Math.max(has, min) : max;
  const r: Request = {
    kind: "alloc",
    device: n,
    modes: min < 1 ? modes & 6 : modes,
    min: spread ? Math.max(min, 1) : min,
    max: Math.max(full, 1),
    spread,
    pre: spread ? pick(choices, [1, 1, 1, 0, 2]) : 0,
  };
  return r;
};

/** A message that the driver may have, one of somebody else, or any. */
const drawProgram = (choices: Choices, d: D): Command | undefined => {
  const kind = "program" as const;
  const at = someHandle(choices, d, (_h, device) => device.grant?.mode !== "legacy");
  const device = at?.device ?? someDevice(choices, d, (one) => one.driver >= 0);
  if (device < 0) return undefined;
  const driver =
    choices.below(4) === 0
      ? choices.below(d.config.drivers)
      : (d.view.devices[device]?.driver ?? 0);
  const index = at?.index ?? 0;
  const own = choices.below(3);
  const from = own === 0 ? at : someHandle(choices, d, (handle) => handle.vector !== 0);
  const grant = from === undefined ? undefined : d.view.devices[from.device]?.grant;
  const handle = from === undefined ? undefined : grant?.handles[from.index];
  const message =
    handle === undefined || grant === undefined || from === undefined
      ? undefined
      : composed(d.config, handle, from.index, grant.mode);
  const slot = { kind, driver, device, index };
  if (message !== undefined && choices.below(4) > 0) return { ...slot, ...message };
  const dest = pick(choices, d.config.apicIds);
  // System vectors too: timer, reschedule, error.
  const data = pick(choices, [d.config.vectorStart, 0xec, 0xfd, 0xfe, 0x02, 0x4500 | 0x20]);
  return { ...slot, addressLo: 0xfee00000 + dest * 0x1000, addressHi: 0, data };
};

/** Half of the time one that has not been served yet. */
const drawEvent = (choices: Choices, d: D): Command => {
  const wish = choices.below(16);
  const wanted = (handle: Handle): boolean =>
    wish >= 13 || (handle.enabled && (wish >= 8 || !handle.served));
  const live = someHandle(choices, d, wanted) ?? someHandle(choices, d, () => true);
  if (live !== undefined && wish < 15) return { kind: "event", ...live };
  return { kind: "event", device: choices.below(d.config.devices.length), index: choices.below(3) };
};

const drawInterrupt = (choices: Choices, d: D): Command => {
  const { length } = d.config.apicIds;
  const start = choices.below(length);
  for (let i = 0; i < length; i++) {
    const cpu = (start + i) % length;
    const pending = d.view.pending(cpu);
    if (pending.length > 0) return { kind: "interrupt", cpu, vector: pick(choices, pending) };
  }
  const room = d.config.vectorEnd - d.config.vectorStart;
  if (choices.below(6) > 0) return drawEvent(choices, d);
  return { kind: "interrupt", cpu: start, vector: d.config.vectorStart + choices.below(room) };
};

const drawCpus = (choices: Choices, d: D): readonly number[] => {
  const { length } = d.config.apicIds;
  if (choices.below(3) > 0) return [choices.below(length)];
  return d.config.apicIds.flatMap((_id, cpu) => (choices.below(2) === 0 ? [cpu] : []));
};

const someDriver = (choices: Choices, d: D): number => {
  const device = someDevice(choices, d, (one) => one.driver >= 0 && one.grant !== undefined);
  return d.view.devices[device]?.driver ?? choices.below(d.config.drivers);
};

const drawOnce = (choices: Choices, d: D, kind: CommandKind): Command | undefined => {
  const on = (test: (handle: Handle, device: Device) => boolean) => someHandle(choices, d, test);
  switch (kind) {
    case "attach": {
      const device = someDevice(choices, d, (one) => one.driver < 0);
      const driver = choices.below(d.config.drivers);
      return device < 0 ? undefined : { kind, device, driver, layers: drawLayers(choices) };
    }
    case "alloc":
      return drawAlloc(choices, d);
    case "enable": {
      const at = on((handle) => !handle.enabled);
      return at && { kind, ...at };
    }
    case "disable":
    case "ack": {
      const at = on((handle) => handle.enabled);
      return at && { kind, ...at };
    }
    case "wait": {
      const eager = choices.below(3) > 0;
      const at =
        on((handle) => handle.enabled && !handle.waiting && (!eager || handle.events > 0)) ??
        on((handle) => handle.enabled && !handle.waiting);
      return at && { kind, ...at };
    }
    case "setAffinity": {
      const at = on((_h, device) => device.grant?.mode !== "legacy");
      return at && { kind, ...at, cpus: drawCpus(choices, d) };
    }
    case "program":
      return drawProgram(choices, d);
    case "release": {
      const at = on((_h, device) => device.grant?.mode === "msix");
      return at && { kind, ...at };
    }
    case "query":
    case "releaseAll":
    case "close": {
      const device = someDevice(choices, d, (one) => one.driver >= 0 && one.grant !== undefined);
      return device < 0 ? undefined : { kind, device };
    }
    case "crash":
      return { kind, driver: someDriver(choices, d) };
    case "event":
      return drawEvent(choices, d);
    case "interrupt":
      return drawInterrupt(choices, d);
    case "line": {
      const device = someDevice(choices, d, (one) => one.grant?.mode === "legacy");
      return device < 0 ? undefined : { kind, device };
    }
    case "tick":
      return { kind };
  }
};

/** What a device with several queues needs next to have served each of them. */
const drawQueue = (choices: Choices, d: D): Command | undefined => {
  const device = someDevice(
    choices,
    d,
    (one) => (one.grant?.handles.filter((h) => h?.queue && !h.served).length ?? 0) > 0,
  );
  const handles = d.view.devices[device]?.grant?.handles ?? [];
  if (handles.filter((handle) => handle?.queue).length < METRIC_QUEUES) return undefined;
  const index = handles.findIndex((handle) => handle?.queue && !handle.served);
  const handle = handles[index];
  if (handle === undefined) return undefined;
  const at = { device, index };
  if (!handle.enabled) return { kind: "enable", ...at };
  if (handle.events > 0) return { kind: "wait", ...at };
  return d.view.pending(handle.cpu).includes(handle.vector)
    ? { kind: "interrupt", cpu: handle.cpu, vector: handle.vector }
    : { kind: "event", ...at };
};

/** Draws that are tried before time passes instead: a run may have nothing else left to do. */
const TRIES = 8;

const draw = (choices: Choices, d: D): Command => {
  if (choices.below(3) === 0) {
    const command = drawQueue(choices, d);
    const wanted = command !== undefined && (d.weights.get(command.kind) ?? 0) > 0;
    if (wanted && enabled(d.config, d.level, d.view, command)) return command;
  }
  for (let i = 0; i < TRIES; i++) {
    const command = drawOnce(choices, d, pickKind(choices, d.weights) as CommandKind);
    if (command !== undefined && enabled(d.config, d.level, d.view, command)) return command;
  }
  return { kind: "tick" };
};

export const generator: Generator<Config, Command, DriverView> = {
  weights: {
    attach: 10,
    query: 3,
    alloc: 16,
    enable: 20,
    disable: 3,
    wait: 14,
    ack: 5,
    setAffinity: 5,
    program: 5,
    release: 1,
    releaseAll: 1,
    close: 1,
    crash: 2,
    event: 16,
    interrupt: 20,
    line: 6,
    tick: 3,
  },
  subsets: {
    choice: ["attach", "query", "alloc", "releaseAll", "close", "crash"],
    queues: ["attach", "alloc", "enable", "event", "interrupt", "wait", "ack"],
    life: ["attach", "alloc", "enable", "disable", "release", "releaseAll", "close", "crash"],
    move: ["attach", "alloc", "enable", "setAffinity", "event", "interrupt", "tick"],
    inject: ["attach", "alloc", "enable", "program", "event", "interrupt"],
  },
  draw,
  enabled,
};
