/**
 * The vector matrix of Linux 7.0, kernel/irq/matrix.c, one function per Linux function.
 * "Local" operations act on the executing CPU, which the command names.
 */
import { match } from "ts-pattern";
import { ascending } from "../../../../spec/core/int.js";
import type { Outcome } from "../../../../spec/core/model.js";
import type {
  Command,
  Config,
  Errno,
  Response,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { blank, type CpuMap, cpuOf, inRange, minus, plus, type State, withCpu } from "./state.js";

export type MatrixOutcome = Outcome<State, Response>;

const answer = (state: State, response: Response): MatrixOutcome => ({ state, response });
const done = (state: State): MatrixOutcome => answer(state, { kind: "done" });
const failed = (state: State, error: Errno): MatrixOutcome =>
  answer(state, { kind: "failed", error });

export const step = (config: Config, state: State, command: Command): MatrixOutcome =>
  match(command)
    .returnType<MatrixOutcome>()
    .with({ kind: "assignSystem" }, (c) => assignSystem(config, state, c.cpu, c.vector, c.replace))
    .with({ kind: "online" }, (c) => online(config, state, c.cpu))
    .with({ kind: "offline" }, (c) => offline(state, c.cpu))
    .with({ kind: "alloc" }, (c) => alloc(config, state, c.cpus, c.reserved))
    .with({ kind: "assign" }, (c) => assign(config, state, c.cpu, c.vector))
    .with({ kind: "free" }, (c) => free(config, state, c.cpu, c.vector, c.managed))
    // A reference is resolved before the model sees it; an unresolved one names no vector.
    .with({ kind: "freeRef" }, () => answer(state, { kind: "warned" }))
    .with({ kind: "reserveManaged" }, (c) => reserveManaged(config, state, c.cpus))
    .with({ kind: "removeManaged" }, (c) => removeManaged(config, state, c.cpus))
    .with({ kind: "allocManaged" }, (c) => allocManaged(config, state, c.cpus))
    .with({ kind: "reserve" }, () => done({ ...state, globalReserved: state.globalReserved + 1 }))
    .with({ kind: "removeReserved" }, () =>
      done({ ...state, globalReserved: state.globalReserved - 1 }),
    )
    .with({ kind: "allocatedCount" }, (c) => allocatedCount(state, c.cpu))
    .with({ kind: "availableCount" }, (c) => availableCount(state, c.cpu, c.down))
    .exhaustive();

/** Neither system, nor taken, nor set aside; in a global table on no CPU at all. */
export const isFree = (config: Config, state: State, cpu: number, vector: number): boolean => {
  if (state.system.has(vector)) return false;
  const holds = (map: CpuMap) => map.allocMap.has(vector) || map.managedMap.has(vector);
  return config.scope === "global" ? !state.cpus.some(holds) : !holds(cpuOf(state, cpu));
};

/** kernel/irq/matrix.c matrix_alloc_area(): lowest bit that is neither system, managed nor taken. */
export const findArea = (config: Config, state: State, cpu: number): number | undefined => {
  for (let bit = config.start; bit < config.end; bit++) {
    if (isFree(config, state, cpu, bit)) return bit;
  }
  return undefined;
};

/** kernel/irq/matrix.c matrix_find_best_cpu(): most available; on a tie the lowest number. */
export const bestCpu = (state: State, cpus: readonly number[]): number | undefined => {
  let best: number | undefined;
  let most = 0;
  for (const cpu of ascending(cpus)) {
    const map = cpuOf(state, cpu);
    if (map.online && map.available > most) [best, most] = [cpu, map.available];
  }
  return best;
};

/**
 * kernel/irq/matrix.c matrix_find_best_cpu_managed(): fewest managed allocations; on a tie the
 * highest number, since the comparison admits equality.
 */
export const bestManagedCpu = (state: State, cpus: readonly number[]): number | undefined => {
  let best: number | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const cpu of ascending(cpus)) {
    const map = cpuOf(state, cpu);
    if (map.online && map.managedAllocated <= fewest) [best, fewest] = [cpu, map.managedAllocated];
  }
  return best;
};

/** kernel/irq/matrix.c irq_matrix_assign_system() */
const assignSystem = (
  config: Config,
  state: State,
  cpu: number,
  vector: number,
  replace: boolean,
): MatrixOutcome => {
  // Q3: the check admits vector = matrix bits.
  if (vector > config.bits) return answer(state, { kind: "fatal" });
  if (state.onlineMaps > 1 || (state.onlineMaps === 1 && !replace)) {
    return answer(state, { kind: "fatal" });
  }
  const map = cpuOf(state, cpu);
  if (replace && !map.allocMap.has(vector)) return answer(state, { kind: "fatal" });
  let next: State = { ...state, system: plus(state.system, vector) };
  if (replace) {
    // The allocation turns into a system bit: `available` was lowered when it was assigned.
    next = withCpu(next, cpu, {
      allocMap: minus(map.allocMap, vector),
      allocated: map.allocated - 1,
    });
    next = { ...next, totalAllocated: next.totalAllocated - 1 };
  }
  if (inRange(config, vector)) next = { ...next, systemInRange: next.systemInRange + 1 };
  // A CPU that was online before keeps an `available` that does not know the new bit.
  const cpus = next.cpus.map((m, c) =>
    m.initialized && !(replace && c === cpu) && inRange(config, vector)
      ? { ...m, drifted: true }
      : m,
  );
  return done({ ...next, cpus });
};

/** kernel/irq/matrix.c irq_matrix_online() */
const online = (config: Config, state: State, cpu: number): MatrixOutcome => {
  const map = cpuOf(state, cpu);
  if (map.online) return answer(state, { kind: "fatal" });
  // Maps and counters of an earlier life are kept.
  const available = map.initialized
    ? map.available
    : config.end - config.start - map.managed - state.systemInRange;
  const next = withCpu(state, cpu, { available, initialized: true, online: true });
  return done({
    ...next,
    globalAvailable: next.globalAvailable + available,
    onlineMaps: next.onlineMaps + 1,
  });
};

/** kernel/irq/matrix.c irq_matrix_offline(): allocations survive, totalAllocated is kept. */
const offline = (state: State, cpu: number): MatrixOutcome => {
  const map = cpuOf(state, cpu);
  const next = withCpu(state, cpu, { online: false });
  return done({
    ...next,
    globalAvailable: next.globalAvailable - map.available,
    onlineMaps: next.onlineMaps - 1,
  });
};

/** The bookkeeping of a normal allocation of this pair. */
export const take = (state: State, cpu: number, vector: number): State => {
  const map = cpuOf(state, cpu);
  const next = withCpu(state, cpu, {
    allocMap: plus(map.allocMap, vector),
    allocated: map.allocated + 1,
    available: map.available - 1,
  });
  return {
    ...next,
    totalAllocated: next.totalAllocated + 1,
    globalAvailable: next.globalAvailable - 1,
  };
};

/** kernel/irq/matrix.c irq_matrix_alloc() */
const alloc = (
  config: Config,
  state: State,
  cpus: readonly number[],
  reserved: boolean,
): MatrixOutcome => {
  if (cpus.length === 0) return failed(state, "EINVAL");
  const cpu = bestCpu(state, cpus);
  if (cpu === undefined) return failed(state, "ENOSPC");
  const vector = findArea(config, state, cpu);
  // No second CPU is tried.
  if (vector === undefined) return failed(state, "ENOSPC");
  return allocate(state, cpu, vector, reserved);
};

/** A normal allocation that succeeds with this pair. */
export const allocate = (
  state: State,
  cpu: number,
  vector: number,
  reserved: boolean,
): MatrixOutcome => {
  const next = take(state, cpu, vector);
  return answer(reserved ? { ...next, globalReserved: next.globalReserved - 1 } : next, {
    kind: "allocated",
    cpu,
    vector,
  });
};

/** kernel/irq/matrix.c irq_matrix_assign() */
const assign = (config: Config, state: State, cpu: number, vector: number): MatrixOutcome => {
  if (!inRange(config, vector) || cpuOf(state, cpu).allocMap.has(vector)) {
    return answer(state, { kind: "warned" });
  }
  return done(take(state, cpu, vector));
};

/** kernel/irq/matrix.c irq_matrix_free() */
const free = (
  config: Config,
  state: State,
  cpu: number,
  vector: number,
  managed: boolean,
): MatrixOutcome => {
  const map = cpuOf(state, cpu);
  if (!inRange(config, vector) || !map.allocMap.has(vector)) {
    return answer(state, { kind: "warned" });
  }
  let next = withCpu(state, cpu, {
    allocMap: minus(map.allocMap, vector),
    allocated: map.allocated - 1,
    // A managed bit stays reserved, so it does not become available.
    managedAllocated: map.managedAllocated - (managed ? 1 : 0),
    available: map.available + (managed ? 0 : 1),
  });
  // Q2: frees on an offline CPU do not lower the total.
  if (map.online) {
    next = {
      ...next,
      totalAllocated: next.totalAllocated - 1,
      globalAvailable: next.globalAvailable + (managed ? 0 : 1),
    };
  }
  return done(next);
};

/** One more managed bit on a CPU. */
export const setAside = (state: State, cpu: number, vector: number): State => {
  const map = cpuOf(state, cpu);
  const next = withCpu(state, cpu, {
    managedMap: plus(map.managedMap, vector),
    managed: map.managed + 1,
    available: map.available - (map.online ? 1 : 0),
    // Q1: `available` of an offline CPU that was online before is not adjusted.
    drifted: map.drifted || (!map.online && map.initialized),
  });
  return map.online ? { ...next, globalAvailable: next.globalAvailable - 1 } : next;
};

/** One managed bit less on a CPU. */
export const giveUp = (state: State, cpu: number, vector: number): State => {
  const map = cpuOf(state, cpu);
  const next = withCpu(state, cpu, {
    managedMap: minus(map.managedMap, vector),
    managed: map.managed - 1,
    available: map.available + (map.online ? 1 : 0),
    drifted: map.drifted || (!map.online && map.initialized),
  });
  return map.online ? { ...next, globalAvailable: next.globalAvailable + 1 } : next;
};

/** kernel/irq/matrix.c irq_matrix_reserve_managed() */
const reserveManaged = (config: Config, state: State, cpus: readonly number[]): MatrixOutcome => {
  let next = state;
  const vectors: number[] = [];
  const before: number[] = [];
  for (const cpu of ascending(cpus)) {
    const vector = findArea(config, next, cpu);
    if (vector === undefined) {
      // The rollback is irq_matrix_remove_managed() on the CPUs done so far: it takes the lowest
      // free managed bit there, which need not be the bit just set.
      return failed(removeManaged(config, next, before).state, "ENOSPC");
    }
    next = setAside(next, cpu, vector);
    vectors.push(vector);
    before.push(cpu);
  }
  return answer(next, { kind: "reservedManaged", vectors });
};

/** The lowest managed bit of a CPU that is not allocated. */
export const lowestReserved = (state: State, cpu: number): number | undefined => {
  const map = cpuOf(state, cpu);
  let lowest: number | undefined;
  for (const bit of map.managedMap) {
    if (!map.allocMap.has(bit) && (lowest === undefined || bit < lowest)) lowest = bit;
  }
  return lowest;
};

/** kernel/irq/matrix.c irq_matrix_remove_managed(): a CPU with nothing to remove is warned about. */
const removeManaged = (_config: Config, state: State, cpus: readonly number[]): MatrixOutcome => {
  let next = state;
  const vectors = ascending(cpus).map((cpu) => {
    const vector = lowestReserved(next, cpu);
    if (vector === undefined) return null;
    next = giveUp(next, cpu, vector);
    return vector;
  });
  return answer(next, { kind: "removedManaged", vectors });
};

/** kernel/irq/matrix.c irq_matrix_alloc_managed() */
const allocManaged = (_config: Config, state: State, cpus: readonly number[]): MatrixOutcome => {
  if (cpus.length === 0) return failed(state, "EINVAL");
  const cpu = bestManagedCpu(state, cpus);
  if (cpu === undefined) return failed(state, "ENOSPC");
  const vector = lowestReserved(state, cpu);
  if (vector === undefined) return failed(state, "ENOSPC");
  return allocateManaged(state, cpu, vector);
};

/** A managed allocation that succeeds with this pair; `available` was lowered at reservation. */
export const allocateManaged = (state: State, cpu: number, vector: number): MatrixOutcome => {
  const map = cpuOf(state, cpu);
  const next = withCpu(state, cpu, {
    allocMap: plus(map.allocMap, vector),
    allocated: map.allocated + 1,
    managedAllocated: map.managedAllocated + 1,
  });
  return answer(
    { ...next, totalAllocated: next.totalAllocated + 1 },
    { kind: "allocated", cpu, vector },
  );
};

/** kernel/irq/matrix.c irq_matrix_allocated() */
const allocatedCount = (state: State, cpu: number): MatrixOutcome => {
  const map = cpuOf(state, cpu);
  return answer(state, { kind: "count", value: map.allocated - map.managedAllocated });
};

/** kernel/irq/matrix.c irq_matrix_available() */
const availableCount = (state: State, cpu: number, down: boolean): MatrixOutcome =>
  answer(state, {
    kind: "count",
    value: state.globalAvailable - (down ? cpuOf(state, cpu).available : 0),
  });

/** The state a configuration starts in: system bits first, then the CPUs that are online. */
export const init = (config: Config): State => {
  let state = blank(config);
  for (const vector of config.system) {
    state = assignSystem(config, state, 0, vector, false).state;
  }
  for (const cpu of ascending(config.online)) state = online(config, state, cpu).state;
  return state;
};
