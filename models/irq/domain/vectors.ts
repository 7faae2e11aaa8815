/** The vector layer below: what it is asked, with the local APICs' requests as they stand. */
import { deviceOf, maskable, planOf } from "../../../spec/irq/domain/platform.js";
import type { Command, Config } from "../../../spec/irq/domain/vocabulary.js";
import type {
  Command as VectorCommand,
  Response as VectorResponse,
} from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { Machine } from "../../hardware/machine/index.js";
import type { State as VectorState } from "../vector-matrix/assignment/state.js";
import { inServiceOf, requestsOf } from "./hardware.js";
import type { State } from "./state.js";

/** The layer's state with the pending bits of the machine; unchanged APICs are not looked at. */
export const withRequests = (
  vectors: VectorState,
  before: Machine | undefined,
  machine: Machine,
): VectorState => {
  let irr: ReadonlySet<number>[] | undefined;
  for (let cpu = 0; cpu < machine.apics.length; cpu++) {
    if (before !== undefined && before.apics[cpu] === machine.apics[cpu]) continue;
    const now = requestsOf(machine, cpu);
    const known = vectors.irr[cpu] as ReadonlySet<number>;
    if (known.size === now.length && now.every((vector) => known.has(vector))) continue;
    irr ??= vectors.irr.slice();
    irr[cpu] = new Set(now);
  }
  return irr === undefined ? vectors : { ...vectors, irr };
};

/** The device raises with its message in between: nothing holds it back. */
const showsBetween = (config: Config, irq: number): boolean => {
  const device = deviceOf(config, irq);
  return device !== undefined && !maskable(device);
};

/** What a command asks of the vector layer, if it is one thing and always the same. */
export const vectorCommand = (
  config: Config,
  state: State,
  command: Command,
): VectorCommand | undefined => {
  switch (command.kind) {
    case "alloc": {
      const { device, first, count, policy, cpus } = command;
      const own = config.devices[device];
      const irq = (planOf(config).first[device] ?? 0) + first;
      const masks = own !== undefined && maskable(own);
      return { kind: "setup", irq, count, cpus, policy, maskable: masks };
    }
    case "startup":
    case "shutdown":
    case "disable":
    case "enable":
      return { kind: command.kind, irq: command.irq };
    case "setAffinity":
      return { kind: "setAffinity", irq: command.irq, cpus: command.cpus };
    case "take": {
      const { cpu, vector } = command;
      const irq = state.vectors.slots[cpu]?.get(vector) ?? -1;
      const again = command.again && showsBetween(config, irq);
      return { kind: "deliver", cpu, vector, again };
    }
    case "resume": {
      // What it took is in service still.
      const vector = inServiceOf(state.machine, command.cpu).at(-1) ?? 0;
      return { kind: "deliver", cpu: command.cpu, vector, again: false };
    }
    case "cleanup":
      return { kind: "cleanup", cpu: command.cpu };
    case "cpuDown":
      return { kind: "cpuDown", cpu: command.cpu, arriving: [] };
    case "cpuUp":
      return { kind: "cpuUp", cpu: command.cpu };
    default:
      return undefined;
  }
};

/** Interrupts that a `free` gives back: all of an MSI device. */
export const freedWith = (config: Config, state: State, irq: number): readonly number[] => {
  const device = deviceOf(config, irq);
  if (device?.source !== "msi") return [irq];
  const all: number[] = [];
  const { places } = planOf(config);
  for (let n = 0; n < places.length; n++) {
    if (places[n]?.device === places[irq]?.device && state.descs[n] !== undefined) all.push(n);
  }
  return all;
};

export type VectorAnswer = { readonly state: VectorState; readonly response: VectorResponse };
/** Answers a command of the vector layer: Linux's way, another legal one, or a system's. */
export type Ask = (vectors: VectorState, command: VectorCommand) => VectorAnswer;

/** Requests that the vector layer made: interrupts it sends on. */
export const newRequests = (
  before: VectorState,
  after: VectorState,
): readonly { cpu: number; vector: number }[] => {
  const made: { cpu: number; vector: number }[] = [];
  for (let cpu = 0; cpu < after.irr.length; cpu++) {
    const old = before.irr[cpu];
    const now = after.irr[cpu];
    if (now === undefined || now === old) continue;
    for (const vector of now) if (old?.has(vector) !== true) made.push({ cpu, vector });
  }
  return made;
};
