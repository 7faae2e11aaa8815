import type { Config } from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";

/** One CPU's share of the matrix (Linux struct cpumap). */
export type CpuMap = {
  readonly online: boolean;
  readonly initialized: boolean;
  /** Ghost: a known Linux slip made this CPU's `available` wrong (Q1, or a late system bit). */
  readonly drifted: boolean;
  readonly available: number;
  readonly allocated: number;
  readonly managed: number;
  readonly managedAllocated: number;
  readonly managedMap: ReadonlySet<number>;
  readonly allocMap: ReadonlySet<number>;
};

/** The whole matrix (Linux struct irq_matrix). */
export type State = {
  readonly system: ReadonlySet<number>;
  readonly systemInRange: number;
  readonly globalAvailable: number;
  readonly globalReserved: number;
  readonly totalAllocated: number;
  readonly onlineMaps: number;
  readonly cpus: readonly CpuMap[];
};

const emptyMap: CpuMap = {
  online: false,
  initialized: false,
  drifted: false,
  available: 0,
  allocated: 0,
  managed: 0,
  managedAllocated: 0,
  managedMap: new Set(),
  allocMap: new Set(),
};

/** No bit set, no CPU online (Linux irq_alloc_matrix). */
export const blank = (config: Config): State => ({
  system: new Set(),
  systemInRange: 0,
  globalAvailable: 0,
  globalReserved: 0,
  totalAllocated: 0,
  onlineMaps: 0,
  cpus: Array.from({ length: config.cpus }, () => emptyMap),
});

export const inRange = (config: Config, vector: number): boolean =>
  vector >= config.start && vector < config.end;

export const withCpu = (state: State, cpu: number, change: Partial<CpuMap>): State => {
  const cpus = state.cpus.slice();
  cpus[cpu] = { ...(cpus[cpu] as CpuMap), ...change };
  return { ...state, cpus };
};

export const cpuOf = (state: State, cpu: number): CpuMap => state.cpus[cpu] ?? emptyMap;

export const plus = (set: ReadonlySet<number>, vector: number): ReadonlySet<number> =>
  new Set(set).add(vector);

export const minus = (set: ReadonlySet<number>, vector: number): ReadonlySet<number> => {
  const next = new Set(set);
  next.delete(vector);
  return next;
};
