/** Seeded faults: for every judged clause a changed model that breaks it. */
import {
  cpuOf,
  minus,
  plus,
  withCpu,
} from "../../../../models/irq/vector-matrix/allocator/state.js";
import { allocate, setAside, take } from "../../../../models/irq/vector-matrix/allocator/step.js";
import {
  after,
  choose,
  contract,
  granted,
  lowest,
  type MatrixFault,
  type O,
  onlineOf,
  tweak,
} from "./fault-kit.js";
import { linuxFaults } from "./linux-faults.js";

export { faultConfig } from "./fault-kit.js";

const contractFaults: readonly MatrixFault[] = [
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
    "VEC-MATRIX-3",
    "release-sets-the-bit",
    "free ORs the vector's bit into the map instead of clearing it: it can never be had again",
    after((_config, before, command, right) =>
      command.kind === "free" && right.response.kind === "done"
        ? { ...right, state: before }
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

export const faults: readonly MatrixFault[] = [...contractFaults, ...linuxFaults];
