/** The state after a system's own answer. Total: nonsense changes as little as possible. */
import type {
  BusWrite,
  Command,
  Config,
  Request,
  Response,
} from "../../../spec/irq/driver/vocabulary.js";
import type { Response as VectorResponse } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { linuxEnv } from "../vector-matrix/assignment/env.js";
import { Act } from "./act.js";
import { linuxAlloc, linuxPlans } from "./alloc.js";
import { install, installPin, maskable, type Plan } from "./install.js";
import * as live from "./live.js";
import { handleOf, irqOf, plantOf, type State, withHandle } from "./state.js";
import { isAmple, noteAlloc, perform } from "./step.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;
type Answer<K extends Response["kind"]> = Extract<Response, { kind: K }>;

const known = (config: Config, cpu: number, vector: number): boolean =>
  cpu < config.apicIds.length && vector >= config.vectorStart && vector < config.vectorEnd;

/** How each interrupt of a grant was set up, read off the answer. */
const plansOf = (act: Act, r: Request, granted: Answer<"granted">): readonly Plan[] => {
  const linux = linuxPlans(act, r, granted.vectors.length);
  let at = 0;
  return linux.map((plan, i): Plan => {
    const [cpu, vector] = [granted.cpus[i] ?? 0, granted.vectors[i] ?? 0];
    const says: VectorResponse = { kind: "ready", cpus: [cpu], vectors: [vector], reserved: [] };
    const entry = granted.indices[i];
    const more = entry === undefined ? {} : { entry };
    const queue = r.spread && i >= r.pre;
    const aside = granted.reserved.slice(at, at + plan.cpus.length);
    if (plan.policy === "managed" && aside.length === plan.cpus.length) {
      at += aside.length;
      return { ...plan, says: { ...says, reserved: aside }, ...more };
    }
    if (!known(act.config, cpu, vector)) return { ...plan, policy: "reserve", ...more };
    // A message that cannot be masked has its vector at once, even in Linux.
    if (plan.policy === "reserve" && !maskable(act, r.device, granted.mode)) {
      return { ...plan, says, ...more };
    }
    // A real vector from the beginning; it keeps it until it is released.
    const cpus = queue ? [cpu] : act.config.apicIds.map((_id, c) => c);
    return { policy: "explicit", cpus, queue, says, ...more };
  });
};

const followAlloc = (act: Act, r: Request, granted: Answer<"granted">): void => {
  const shape = act.config.devices[r.device];
  if (shape === undefined || act.device(r.device).driver < 0) return;
  const { mode } = granted;
  // A second grant replaces the first, wrong as it is.
  if (act.device(r.device).grant !== undefined || mode === "none") return;
  if (mode === "legacy") {
    installPin(act, r);
    return;
  }
  const most = plantOf(act.config).owners.filter((o) => o.device === r.device).length;
  const cut = <T>(list: readonly T[]): readonly T[] => list.slice(0, most);
  const part = { ...granted, cpus: cut(granted.cpus), vectors: cut(granted.vectors) };
  install(act, r, mode, plansOf(act, r, part), () => true);
};

/** A refusal that Linux makes too leaves what it leaves there; any other leaves nothing. */
const followRefusal = (act: Act, command: Command): void => {
  const own = new Act(act.config, act.state, act.env, act.mute);
  if (perform(own, command, linuxAlloc).kind === "failed") act.state = own.state;
};

const followVector = (act: Act, command: Command, response: Response): void => {
  if (response.kind === "failed") {
    followRefusal(act, command);
    return;
  }
  const says = response as unknown as VectorResponse;
  switch (command.kind) {
    case "enable":
      if (response.kind === "at") live.enable(act, command.device, command.index, says);
      return;
    case "setAffinity":
      if (response.kind === "at") followMove(act, command, response);
      else if (response.kind === "stored" || response.kind === "deferred") {
        live.setAffinity(act, command.device, command.index, command.cpus, says);
      }
      return;
    case "interrupt":
      followInterrupt(act, command, response);
      return;
    case "tick":
      if (response.kind === "cleaned") {
        const irqs = response.devices
          .map((device, i) => irqNumber(act.config, device, response.indices[i] ?? 0))
          .filter((irq) => irq >= 0);
        live.tick(act, { kind: "cleaned", irqs });
      }
  }
};

/**
 * Moved at once. Linux only stores the wish for an interrupt that nobody has enabled; a system that
 * gave it a real vector may move it all the same, and then nothing is left behind.
 */
const followMove = (act: Act, c: Of<"setAffinity">, at: Answer<"at">): void => {
  const { device, index, cpus } = c;
  const irq = irqNumber(act.config, device, index);
  const entry = act.state.vectors.irqs[irq];
  const mode = act.device(device).grant?.mode ?? "none";
  const idle = entry !== undefined && !entry.activated && mode !== "legacy";
  if (!idle || entry.vector === 0 || !known(act.config, at.cpu, at.vector)) {
    live.setAffinity(act, device, index, cpus, at as VectorResponse);
    return;
  }
  live.setAffinity(act, device, index, cpus, { kind: "stored" });
  if (entry.cpu === at.cpu && entry.vector === at.vector) return;
  act.send({ kind: "teardown", irq }, mode);
  const says = { kind: "ready", cpus: [at.cpu], vectors: [at.vector], reserved: [] } as const;
  const can = maskable(act, device, mode);
  const anew = { kind: "setup", irq, count: 1, cpus, policy: "explicit", maskable: can } as const;
  act.send(anew, mode, says);
};

const irqNumber = (config: Config, device: number, index: number): number =>
  device < config.devices.length ? irqOf(config, device, index) : -1;

const followInterrupt = (act: Act, c: Of<"interrupt">, response: Response): void => {
  if (response.kind === "spurious") {
    const owned = (act.state.vectors.slots[c.cpu]?.get(c.vector) ?? -1) >= 0;
    live.interrupt(act, c.cpu, c.vector, owned ? { kind: "spurious" } : undefined);
    return;
  }
  if (response.kind !== "delivered") return;
  const { handled, cpu, vector, stray } = response;
  const irq = irqNumber(act.config, response.device, response.index);
  const more = stray === undefined ? {} : { stray };
  live.interrupt(act, c.cpu, c.vector, { kind: "delivered", irq, handled, cpu, vector, ...more });
};

const followWait = (act: Act, c: Of<"wait">, response: Response): void => {
  if (handleOf(act.state, c.device, c.index)?.enabled !== true) return;
  if (response.kind === "events") {
    const change = { events: 0, waiting: false, served: true };
    act.state = withHandle(act.state, c.device, c.index, change);
  } else if (response.kind === "blocked") {
    act.state = withHandle(act.state, c.device, c.index, { waiting: true });
  }
};

const writesOf = (response: Response): readonly BusWrite[] | undefined =>
  "writes" in response ? response.writes : undefined;

export const follow = (
  config: Config,
  before: State,
  command: Command,
  response: Response,
): State => {
  const writes = writesOf(response);
  const act = new Act(config, before, linuxEnv(plantOf(config).vectors), writes !== undefined);
  move(act, command, response);
  for (const write of writes ?? []) act.apply(write);
  return act.state;
};

const move = (act: Act, command: Command, response: Response): void => {
  switch (command.kind) {
    case "alloc": {
      if (act.device(command.device).driver < 0) return;
      const ample = isAmple(act, command);
      if (response.kind === "granted") followAlloc(act, command, response);
      noteAlloc(act, command, response, ample);
      return;
    }
    case "enable":
    case "setAffinity":
    case "interrupt":
    case "tick":
      followVector(act, command, response);
      return;
    case "wait":
      followWait(act, command, response);
      return;
    case "query":
    case "program":
      return;
    default: {
      // What the hardware does, and what has but one way to be done.
      const obeyed = response.kind !== "failed" && response.kind !== "spurious";
      if (obeyed) perform(act, command, linuxAlloc);
    }
  }
};
