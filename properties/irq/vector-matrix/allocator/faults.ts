/** Seeded faults: for every judged clause a changed model that breaks it. */
import {
  cpuOf,
  minus,
  plus,
  type State,
  withCpu,
} from "../../../../models/irq/vector-matrix/allocator/state.js";
import { allocate, setAside, take } from "../../../../models/irq/vector-matrix/allocator/step.js";
import type { Model } from "../../../../spec/core/model.js";
import type {
  Command,
  Config,
  MatrixView,
  Response,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import type { Fault } from "../../../subsystem.js";

type M = Model<Config, State, Command, Response, MatrixView>;
type O = { state: State; response: Response };
type MatrixFault = Fault<Config, State, Command, Response, MatrixView>;

/** Small enough that every fault shows within a few commands. */
export const faultConfig: Config = {
  cpus: 3,
  bits: 8,
  start: 1,
  end: 6,
  system: [2],
  online: [0, 1],
  scope: "per-cpu",
  hotplug: true,
};

const wide: Config = {
  ...faultConfig,
  cpus: 2,
  bits: 256,
  start: 0x20,
  end: 0xef,
  system: [0x32, 0x80],
};

const boot: Config = { ...faultConfig, online: [] };

/** Changes what the model did, given what it did. */
const after =
  (change: (config: Config, before: State, command: Command, right: O) => O) =>
  (model: M): M => ({
    ...model,
    step: (config, state, command) =>
      change(config, state, command, model.step(config, state, command)),
  });

const tweak = (state: State, cpu: number, field: "available" | "allocated", by: number): State =>
  withCpu(state, cpu, { [field]: cpuOf(state, cpu)[field] + by });

const contract = (
  clause: string,
  name: string,
  title: string,
  wrap: (model: M) => M,
  config?: Config,
): MatrixFault => ({
  name,
  title,
  clause,
  level: "contract",
  wrap,
  ...(config === undefined ? {} : { config }),
});

const linuxLevel = (
  clause: string,
  name: string,
  title: string,
  wrap: (model: M) => M,
  config?: Config,
): MatrixFault => ({ ...contract(clause, name, title, wrap, config), level: "linux" });

const granted = (o: O): o is O & { response: { kind: "allocated"; cpu: number; vector: number } } =>
  o.response.kind === "allocated";

const choose = (
  pick: (config: Config, state: State, command: Command & { kind: "alloc" }) => [number, number],
) =>
  after((config, before, command, right) => {
    if (command.kind !== "alloc" || !granted(right)) return right;
    const [cpu, vector] = pick(config, before, command);
    return allocate(before, cpu, vector, command.reserved) as O;
  });

const onlineOf = (state: State, cpus: readonly number[]): number[] =>
  [...cpus].sort((a, b) => a - b).filter((cpu) => cpuOf(state, cpu).online);

const lowest = (config: Config, taken: (v: number) => boolean): number => {
  for (let v = config.start; v < config.end; v++) if (!taken(v)) return v;
  return config.start;
};

export const faults: readonly MatrixFault[] = [
  contract(
    "VEC-MATRIX-1",
    "alloc-map-not-tested",
    "the search for a free vector does not look at the allocation map",
    choose((config, state, command) => {
      const cpu = onlineOf(state, command.cpus)[0] as number;
      const map = cpuOf(state, cpu);
      return [cpu, lowest(config, (v) => state.system.has(v) || map.managedMap.has(v))];
    }),
  ),
  contract(
    "VEC-MATRIX-2",
    "system-bits-ignored",
    "system vectors are handed out to devices",
    choose((config, state, command) => {
      const cpu = onlineOf(state, command.cpus)[0] as number;
      const map = cpuOf(state, cpu);
      return [cpu, lowest(config, (v) => map.allocMap.has(v) || map.managedMap.has(v))];
    }),
  ),
  contract(
    "VEC-MATRIX-3",
    "last-vector-never-given",
    "an off-by-one leaves the last vector of a CPU unused",
    after((_config, before, command, right) =>
      command.kind === "alloc" &&
      granted(right) &&
      cpuOf(before, right.response.cpu).available === 1
        ? { state: before, response: { kind: "failed", error: "ENOSPC" } }
        : right,
    ),
  ),
  contract(
    "VEC-MATRIX-3-W",
    "half-used",
    "a CPU refuses when two vectors are left, so exhaustion is never reached",
    after((_config, before, command, right) =>
      command.kind === "alloc" && granted(right) && cpuOf(before, right.response.cpu).available <= 2
        ? { state: before, response: { kind: "failed", error: "ENOSPC" } }
        : right,
    ),
  ),
  contract(
    "VEC-MATRIX-4",
    "free-on-executing-cpu",
    "free clears the vector on the CPU that executes the call instead of its owner",
    (model) => ({
      ...model,
      step: (config, state, command) =>
        command.kind === "free"
          ? model.step(config, state, { ...command, cpu: command.by })
          : model.step(config, state, command),
    }),
  ),
  contract(
    "VEC-MATRIX-5",
    "free-not-checked",
    "free adjusts the counters before it looks whether the vector was allocated",
    after((_config, before, command, right) =>
      command.kind === "free" && right.response.kind === "warned"
        ? { ...right, state: tweak(before, command.cpu, "available", 1) }
        : right,
    ),
  ),
  contract(
    "VEC-MATRIX-6",
    "available-not-lowered",
    "assigning a given vector forgets to lower the CPU's available count",
    after((_config, _before, command, right) => {
      if (command.kind !== "assign" || right.response.kind !== "done") return right;
      const state = tweak(right.state, command.cpu, "available", 1);
      return { ...right, state: { ...state, globalAvailable: state.globalAvailable + 1 } };
    }),
  ),
  contract(
    "VEC-MATRIX-7",
    "offline-keeps-global",
    "a CPU going offline leaves its vectors in the global count",
    after((_config, before, command, right) =>
      command.kind === "offline"
        ? { ...right, state: { ...right.state, globalAvailable: before.globalAvailable } }
        : right,
    ),
  ),
  contract(
    "VEC-MATRIX-9",
    "mask-ignored",
    "the search visits all CPUs, online or not, instead of the mask",
    after((config, before, command, right) => {
      if (command.kind !== "alloc" || !granted(right)) return right;
      const cpu = config.cpus - 1;
      const map = cpuOf(before, cpu);
      const taken = (v: number) =>
        before.system.has(v) || map.managedMap.has(v) || map.allocMap.has(v);
      return allocate(before, cpu, lowest(config, taken), command.reserved) as O;
    }),
  ),
  contract(
    "VEC-MATRIX-10",
    "reservation-not-rolled-back",
    "a refused managed reservation keeps what it had set aside on the first CPUs",
    after((config, before, command, right) => {
      if (command.kind !== "reserveManaged" || right.response.kind !== "failed") return right;
      const cpu = command.cpus[0] as number;
      const map = cpuOf(before, cpu);
      const taken = (v: number) =>
        before.system.has(v) || map.managedMap.has(v) || map.allocMap.has(v);
      return { ...right, state: setAside(before, cpu, lowest(config, taken)) };
    }),
  ),
  contract(
    "VEC-MATRIX-11",
    "reserved-given-away",
    "the search for a free vector does not look at the managed map",
    choose((config, state, command) => {
      const cpu = onlineOf(state, command.cpus)[0] as number;
      const map = cpuOf(state, cpu);
      return [cpu, lowest(config, (v) => state.system.has(v) || map.allocMap.has(v))];
    }),
  ),
  contract(
    "VEC-MATRIX-12",
    "reservation-not-honoured",
    "a managed allocation is refused when the CPU has no other free vector",
    after((_config, before, command, right) =>
      command.kind === "allocManaged" &&
      granted(right) &&
      cpuOf(before, right.response.cpu).available < 3
        ? { state: before, response: { kind: "failed", error: "ENOSPC" } }
        : right,
    ),
  ),
  contract(
    "VEC-MATRIX-14",
    "managed-free-drops-reservation",
    "freeing a managed vector gives its reservation back too",
    after((_config, _before, command, right) => {
      if (command.kind !== "free" || !command.managed || right.response.kind !== "done") {
        return right;
      }
      const map = cpuOf(right.state, command.cpu);
      return {
        ...right,
        state: withCpu(right.state, command.cpu, {
          managedMap: minus(map.managedMap, command.vector),
          managed: map.managed - 1,
        }),
      };
    }),
  ),
  contract(
    "VEC-MATRIX-16",
    "maps-cleared-at-hotplug",
    "coming online starts from an empty allocation map",
    after((_config, _before, command, right) =>
      command.kind === "online" && right.response.kind === "done"
        ? {
            ...right,
            state: withCpu(right.state, command.cpu, { allocMap: new Set(), allocated: 0 }),
          }
        : right,
    ),
  ),
  contract(
    "VEC-MATRIX-19",
    "stops-on-empty-removal",
    "removing a managed reservation where none is left stops the kernel",
    after((_config, before, command, right) =>
      command.kind === "removeManaged" &&
      right.response.kind === "removedManaged" &&
      right.response.vectors.includes(null)
        ? { state: before, response: { kind: "fatal" } }
        : right,
    ),
  ),
  linuxLevel(
    "VEC-MATRIX-2-L",
    "system-range-open",
    "the device range runs into the system vectors from 0xEB on",
    choose((config, state, command) => {
      const cpu = onlineOf(state, command.cpus)[0] as number;
      const map = cpuOf(state, cpu);
      for (let v = config.end - 1; v >= config.start; v--) {
        if (!state.system.has(v) && !map.managedMap.has(v) && !map.allocMap.has(v)) return [cpu, v];
      }
      return [cpu, config.start];
    }),
    wide,
  ),
  linuxLevel(
    "VEC-MATRIX-8",
    "tie-goes-high",
    "on a tie the CPU with the highest number is taken",
    choose((config, state, command) => {
      let best = -1;
      let most = 0;
      for (const cpu of onlineOf(state, command.cpus)) {
        if (cpuOf(state, cpu).available >= most) [best, most] = [cpu, cpuOf(state, cpu).available];
      }
      const map = cpuOf(state, best);
      const taken = (v: number) =>
        state.system.has(v) || map.managedMap.has(v) || map.allocMap.has(v);
      return [best, lowest(config, taken)];
    }),
  ),
  linuxLevel(
    "VEC-MATRIX-9-L",
    "empty-mask-enospc",
    "an empty mask is answered ENOSPC",
    after((_config, _before, _command, right) =>
      right.response.kind === "failed"
        ? { ...right, response: { kind: "failed", error: "ENOSPC" } }
        : right,
    ),
  ),
  linuxLevel(
    "VEC-MATRIX-13",
    "managed-accounts-twice",
    "a managed allocation lowers `available` although its reservation already did",
    after((_config, _before, command, right) => {
      if (command.kind !== "allocManaged" || !granted(right)) return right;
      const state = tweak(right.state, right.response.cpu, "available", -1);
      return { ...right, state: { ...state, globalAvailable: state.globalAvailable - 1 } };
    }),
  ),
  linuxLevel(
    "VEC-MATRIX-15",
    "reserve-bounded",
    "a reservation is refused once nothing is available",
    after((_config, before, command, right) =>
      command.kind === "reserve" && before.globalReserved >= before.globalAvailable
        ? { state: before, response: { kind: "failed", error: "ENOSPC" } }
        : right,
    ),
  ),
  linuxLevel(
    "VEC-MATRIX-17",
    "system-bits-all-counted",
    "a system vector outside the device range lowers the capacity too",
    after((config, _before, command, right) =>
      command.kind === "online" && right.response.kind === "done" && right.state.system.has(7)
        ? { ...right, state: tweak(right.state, command.cpu, "available", -1) }
        : config === undefined
          ? right
          : right,
    ),
    boot,
  ),
  linuxLevel(
    "VEC-MATRIX-18",
    "total-lowered-offline",
    "a free on an offline CPU lowers the total although Linux leaves it",
    after((_config, before, command, right) =>
      command.kind === "free" &&
      right.response.kind === "done" &&
      !cpuOf(before, command.cpu).online
        ? { ...right, state: { ...right.state, totalAllocated: right.state.totalAllocated - 1 } }
        : right,
    ),
  ),
  linuxLevel(
    "VEC-MATRIX-8",
    "rotating-search",
    "the search starts after the last vector given instead of at the lowest",
    choose((config, state, command) => {
      const cpu = onlineOf(state, command.cpus).reduce((best, c) =>
        cpuOf(state, c).available > cpuOf(state, best).available ? c : best,
      );
      const map = cpuOf(state, cpu);
      const highest = Math.max(config.start - 1, ...map.allocMap);
      const taken = (v: number) =>
        state.system.has(v) || map.managedMap.has(v) || map.allocMap.has(v);
      for (let v = highest + 1; v < config.end; v++) if (!taken(v)) return [cpu, v];
      return [cpu, lowest(config, taken)];
    }),
  ),
  contract(
    "VEC-MATRIX-1",
    "assign-does-not-record",
    "assigning a given vector answers success without marking it taken",
    (model) => ({
      ...model,
      step: (config, state, command) => {
        const right = model.step(config, state, command);
        if (command.kind !== "assign" || right.response.kind !== "done") return right;
        const map = cpuOf(take(state, command.cpu, command.vector), command.cpu);
        const state2 = withCpu(right.state, command.cpu, {
          allocMap: minus(plus(map.allocMap, command.vector), command.vector),
        });
        return { ...right, state: state2 };
      },
    }),
  ),
];
