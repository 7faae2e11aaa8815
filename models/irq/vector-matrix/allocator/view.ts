import type {
  Config,
  MatrixView,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { cpuOf, inRange, type State } from "./state.js";

/** The readable state through the clauses' accessors. */
export class StateView implements MatrixView {
  readonly #config: Config;
  readonly #state: State;
  constructor(config: Config, state: State) {
    this.#config = config;
    this.#state = state;
  }
  get cpuCount(): number {
    return this.#config.cpus;
  }
  get globalAvailable(): number {
    return this.#state.globalAvailable;
  }
  get globalReserved(): number {
    return this.#state.globalReserved;
  }
  get totalAllocated(): number {
    return this.#state.totalAllocated;
  }
  get onlineMaps(): number {
    return this.#state.onlineMaps;
  }
  isSystem(vector: number): boolean {
    return this.#state.system.has(vector);
  }
  online(cpu: number): boolean {
    return cpuOf(this.#state, cpu).online;
  }
  initialized(cpu: number): boolean {
    return cpuOf(this.#state, cpu).initialized;
  }
  drifted(cpu: number): boolean {
    return cpuOf(this.#state, cpu).drifted;
  }
  available(cpu: number): number {
    return cpuOf(this.#state, cpu).available;
  }
  allocated(cpu: number): number {
    return cpuOf(this.#state, cpu).allocated;
  }
  managed(cpu: number): number {
    return cpuOf(this.#state, cpu).managed;
  }
  managedAllocated(cpu: number): number {
    return cpuOf(this.#state, cpu).managedAllocated;
  }
  isAllocated(cpu: number, vector: number): boolean {
    return cpuOf(this.#state, cpu).allocMap.has(vector);
  }
  isManaged(cpu: number, vector: number): boolean {
    return cpuOf(this.#state, cpu).managedMap.has(vector);
  }
  nthAllocated(cpu: number, nth: number): number {
    return [...cpuOf(this.#state, cpu).allocMap].sort((a, b) => a - b)[nth] ?? -1;
  }
  countAllocated(cpu: number): number {
    return cpuOf(this.#state, cpu).allocMap.size;
  }
  countManaged(cpu: number): number {
    return cpuOf(this.#state, cpu).managedMap.size;
  }
  countManagedAllocated(cpu: number): number {
    const map = cpuOf(this.#state, cpu);
    let count = 0;
    for (const vector of map.managedMap) if (map.allocMap.has(vector)) count++;
    return count;
  }
  countSystemInRange(): number {
    let count = 0;
    for (const vector of this.#state.system) if (inRange(this.#config, vector)) count++;
    return count;
  }
  sameMaps(other: MatrixView, cpu: number): boolean {
    const map = cpuOf(this.#state, cpu);
    if (map.allocMap.size !== other.countAllocated(cpu)) return false;
    if (map.managedMap.size !== other.countManaged(cpu)) return false;
    for (const vector of map.allocMap) if (!other.isAllocated(cpu, vector)) return false;
    for (const vector of map.managedMap) if (!other.isManaged(cpu, vector)) return false;
    return true;
  }
}
