import {
  DRIFTED,
  G_AVAILABLE,
  G_MAP,
  G_ONLINE,
  G_RESERVED,
  G_SYSTEM,
  G_TOTAL,
  INITIALIZED,
  L_ALLOCATED,
  L_AVAILABLE,
  L_FLAGS,
  L_MANAGED,
  L_MANAGED_ALLOCATED,
  L_MAPS,
  type Layout,
  ONLINE,
} from "./packed-view.js";
import type { State } from "./state.js";

/** Writes a readable state as the words of its packed twin. */
export const pack = (layout: Layout, state: State, into: Int32Array): void => {
  into.fill(0);
  into[G_AVAILABLE] = state.globalAvailable;
  into[G_RESERVED] = state.globalReserved;
  into[G_TOTAL] = state.totalAllocated;
  into[G_ONLINE] = state.onlineMaps;
  into[G_SYSTEM] = state.systemInRange;
  const set = (base: number, bits: Iterable<number>): void => {
    for (const v of bits) {
      into[base + (v >> 5)] = (into[base + (v >> 5)] as number) | (1 << (v & 31));
    }
  };
  set(G_MAP, state.system);
  state.cpus.forEach((map, cpu) => {
    const lane = layout.lane(cpu);
    into[lane + L_FLAGS] =
      (map.online ? ONLINE : 0) | (map.initialized ? INITIALIZED : 0) | (map.drifted ? DRIFTED : 0);
    into[lane + L_AVAILABLE] = map.available;
    into[lane + L_ALLOCATED] = map.allocated;
    into[lane + L_MANAGED] = map.managed;
    into[lane + L_MANAGED_ALLOCATED] = map.managedAllocated;
    set(lane + L_MAPS, map.allocMap);
    set(lane + L_MAPS + layout.mapWords, map.managedMap);
  });
};
