/** Seeded faults of the exact choices of Linux. */
import { cpuOf } from "../../../../models/irq/vector-matrix/allocator/state.js";
import {
  after,
  boot,
  choose,
  granted,
  linuxLevel,
  lowest,
  type MatrixFault,
  onlineOf,
  tweak,
  wide,
} from "./fault-kit.js";

export const linuxFaults: readonly MatrixFault[] = [
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
    { config: wide },
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
    after((_config, _before, command, right) =>
      command.kind === "online" && right.response.kind === "done" && right.state.system.has(7)
        ? { ...right, state: tweak(right.state, command.cpu, "available", -1) }
        : right,
    ),
    { config: boot },
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
];
