import * as t from "io-ts";
import { decodeOrThrow, InputError } from "../../../../spec/core/decode.js";
import { boundedInt } from "../../../../spec/core/int.js";
import type {
  Config,
  MatrixView,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";

const Counter = boundedInt("counter", -(2 ** 31), 2 ** 32);
const VectorList = t.readonlyArray(boundedInt("vector", 0, 256), "a list of vectors");

/** What a system shows when asked to `observe`; both parts are optional, as declared. */
export const Observation = t.exact(
  t.intersection([
    t.type({
      cpus: t.readonlyArray(
        t.exact(
          t.intersection([
            t.type({ cpu: boundedInt("CPU", 0, 8191), online: t.boolean }),
            t.partial({
              available: Counter,
              allocated: Counter,
              managed: Counter,
              managedAllocated: Counter,
              allocMap: VectorList,
              managedMap: VectorList,
            }),
          ]),
        ),
        "a list of CPUs",
      ),
    }),
    t.partial({
      globalAvailable: Counter,
      globalReserved: Counter,
      totalAllocated: Counter,
      onlineMaps: Counter,
    }),
  ]),
  "an observation of the vector matrix",
);
type Observation = t.TypeOf<typeof Observation>;
type Cpu = Observation["cpus"][number];

/** A system's own state. What it does not show is taken from the reference. */
class ObservedView implements MatrixView {
  readonly #o: Observation;
  readonly #tracked: MatrixView;
  readonly #cpus: (Cpu | undefined)[] = [];
  readonly #alloc: Set<number>[] = [];
  readonly #managed: Set<number>[] = [];
  readonly cpuCount: number;
  constructor(config: Config, observation: Observation, tracked: MatrixView) {
    this.cpuCount = config.cpus;
    this.#o = observation;
    this.#tracked = tracked;
    for (const cpu of observation.cpus) {
      this.#cpus[cpu.cpu] = cpu;
      this.#alloc[cpu.cpu] = new Set(cpu.allocMap);
      this.#managed[cpu.cpu] = new Set(cpu.managedMap);
    }
  }
  get globalAvailable(): number {
    return this.#o.globalAvailable ?? this.#tracked.globalAvailable;
  }
  get globalReserved(): number {
    return this.#o.globalReserved ?? this.#tracked.globalReserved;
  }
  get totalAllocated(): number {
    return this.#o.totalAllocated ?? this.#tracked.totalAllocated;
  }
  get onlineMaps(): number {
    return this.#o.onlineMaps ?? this.#tracked.onlineMaps;
  }
  isSystem(vector: number): boolean {
    return this.#tracked.isSystem(vector);
  }
  countSystemInRange(): number {
    return this.#tracked.countSystemInRange();
  }
  online(cpu: number): boolean {
    return this.#cpus[cpu]?.online ?? this.#tracked.online(cpu);
  }
  initialized(cpu: number): boolean {
    return this.#tracked.initialized(cpu);
  }
  drifted(cpu: number): boolean {
    return this.#tracked.drifted(cpu);
  }
  available(cpu: number): number {
    return this.#cpus[cpu]?.available ?? this.#tracked.available(cpu);
  }
  allocated(cpu: number): number {
    return this.#cpus[cpu]?.allocated ?? this.#tracked.allocated(cpu);
  }
  managed(cpu: number): number {
    return this.#cpus[cpu]?.managed ?? this.#tracked.managed(cpu);
  }
  managedAllocated(cpu: number): number {
    return this.#cpus[cpu]?.managedAllocated ?? this.#tracked.managedAllocated(cpu);
  }
  isAllocated(cpu: number, vector: number): boolean {
    if (this.#cpus[cpu]?.allocMap === undefined) return this.#tracked.isAllocated(cpu, vector);
    return this.#alloc[cpu]?.has(vector) ?? false;
  }
  isManaged(cpu: number, vector: number): boolean {
    if (this.#cpus[cpu]?.managedMap === undefined) return this.#tracked.isManaged(cpu, vector);
    return this.#managed[cpu]?.has(vector) ?? false;
  }
  nthAllocated(cpu: number, nth: number): number {
    for (let v = 0, left = nth; v <= 256; v++) {
      if (this.isAllocated(cpu, v) && left-- === 0) return v;
    }
    return -1;
  }
  countAllocated(cpu: number): number {
    if (this.#cpus[cpu]?.allocMap === undefined) return this.#tracked.countAllocated(cpu);
    return this.#alloc[cpu]?.size ?? 0;
  }
  countManaged(cpu: number): number {
    if (this.#cpus[cpu]?.managedMap === undefined) return this.#tracked.countManaged(cpu);
    return this.#managed[cpu]?.size ?? 0;
  }
  countManagedAllocated(cpu: number): number {
    let count = 0;
    for (let v = 0; v <= 256; v++) {
      if (this.isAllocated(cpu, v) && this.isManaged(cpu, v)) count++;
    }
    return count;
  }
  sameMaps(other: MatrixView, cpu: number): boolean {
    for (let v = 0; v <= 256; v++) {
      if (this.isAllocated(cpu, v) !== other.isAllocated(cpu, v)) return false;
      if (this.isManaged(cpu, v) !== other.isManaged(cpu, v)) return false;
    }
    return true;
  }
}

export const decodeObservation = (
  config: Config,
  value: unknown,
  where: { file: string; line?: number },
  tracked: MatrixView,
): MatrixView => {
  const observation = decodeOrThrow(Observation, value, where);
  const stranger = observation.cpus.find((c) => c.cpu >= config.cpus);
  if (stranger !== undefined) {
    throw new InputError(
      { ...where, field: "cpus" },
      `found CPU ${stranger.cpu}, expected one of the ${config.cpus} configured`,
    );
  }
  return new ObservedView(config, observation, tracked);
};

const list = (bits: number, has: (vector: number) => boolean): number[] => {
  const vectors: number[] = [];
  for (let v = 0; v <= bits; v++) if (has(v)) vectors.push(v);
  return vectors;
};

export const encodeObservation = (config: Config, view: MatrixView): unknown => ({
  globalAvailable: view.globalAvailable,
  globalReserved: view.globalReserved,
  totalAllocated: view.totalAllocated,
  onlineMaps: view.onlineMaps,
  cpus: Array.from({ length: config.cpus }, (_x, cpu) => ({
    cpu,
    online: view.online(cpu),
    available: view.available(cpu),
    allocated: view.allocated(cpu),
    managed: view.managed(cpu),
    managedAllocated: view.managedAllocated(cpu),
    allocMap: list(config.bits, (v) => view.isAllocated(cpu, v)),
    managedMap: list(config.bits, (v) => view.isManaged(cpu, v)),
  })),
});
