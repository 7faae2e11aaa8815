/** The code under test: a small vector allocator. It knows nothing of redbear-spec. */
export class VectorAllocator {
  readonly #vectors: readonly number[];
  readonly #allocated: Set<number>[];
  readonly #online: boolean[];

  /** @param vectors that each CPU has, ascending. */
  constructor(cpus: number, vectors: readonly number[]) {
    this.#vectors = vectors;
    this.#allocated = Array.from({ length: cpus }, () => new Set());
    this.#online = Array.from({ length: cpus }, () => false);
  }

  setOnline(cpu: number, online: boolean): void {
    this.#online[cpu] = online;
  }

  /** The lowest free vector of the first online CPU that has one. */
  allocate(cpus: readonly number[]): { cpu: number; vector: number } | undefined {
    for (const cpu of cpus) {
      if (!this.#online[cpu]) continue;
      const vector = this.#vectors.find((one) => !this.#allocated[cpu]?.has(one));
      if (vector === undefined) continue;
      this.#allocated[cpu]?.add(vector);
      return { cpu, vector };
    }
    return undefined;
  }

  /** False where the vector was not allocated. */
  release(cpu: number, vector: number): boolean {
    return this.#allocated[cpu]?.delete(vector) ?? false;
  }
}
