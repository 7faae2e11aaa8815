/** The code under test: a small vector allocator. It knows nothing of redbear-spec. */
export class VectorAllocator {
  readonly #free: Set<number>[];
  readonly #online: boolean[];

  constructor(cpus: number, vectors: readonly number[]) {
    this.#free = Array.from({ length: cpus }, () => new Set(vectors));
    this.#online = Array.from({ length: cpus }, () => false);
  }

  setOnline(cpu: number, online: boolean): void {
    this.#online[cpu] = online;
  }

  /** The lowest free vector of the first online CPU that has one. */
  allocate(cpus: readonly number[]): { cpu: number; vector: number } | undefined {
    for (const cpu of cpus) {
      const free = this.#free[cpu];
      if (free === undefined || free.size === 0 || !this.#online[cpu]) continue;
      const vector = Math.min(...free);
      free.delete(vector);
      return { cpu, vector };
    }
    return undefined;
  }

  /** False where the vector was not allocated. */
  release(cpu: number, vector: number): boolean {
    const free = this.#free[cpu];
    if (free === undefined || free.has(vector)) return false;
    free.add(vector);
    return true;
  }
}
