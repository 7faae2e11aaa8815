/** Widest CPU mask that a probe records: one 64-bit word. */
export const MASK_CPUS = 64;

/** A set of CPUs 0..63. Interned: two masks are equal when they are the same object. */
export type CpuMask = {
  readonly lo: number;
  readonly hi: number;
  /** Members, ascending. */
  readonly cpus: readonly number[];
};

/** Makes masks; there are few different ones in a record. */
export class CpuMasks {
  readonly #masks = new Map<number, CpuMask>();
  readonly none = this.of(0, 0);

  of(lo: number, hi: number): CpuMask {
    const low = lo >>> 0;
    const high = hi >>> 0;
    // Two masks whose keys collide past 2^53 are told apart below.
    const key = high * 0x100000000 + low;
    const known = this.#masks.get(key);
    if (known !== undefined && known.lo === low && known.hi === high) return known;
    const cpus: number[] = [];
    for (let cpu = 0; cpu < MASK_CPUS; cpu++) {
      if ((((cpu < 32 ? low : high) >>> (cpu & 31)) & 1) === 1) cpus.push(cpu);
    }
    const mask = { lo: low, hi: high, cpus };
    if (high < 0x200000 || known === undefined) this.#masks.set(key, mask);
    return mask;
  }

  single(cpu: number): CpuMask {
    return cpu < 32 ? this.of(1 << cpu, 0) : this.of(0, 1 << (cpu & 31));
  }

  and(a: CpuMask, b: CpuMask): CpuMask {
    return this.of(a.lo & b.lo, a.hi & b.hi);
  }

  with(a: CpuMask, cpu: number): CpuMask {
    const one = this.single(cpu);
    return this.of(a.lo | one.lo, a.hi | one.hi);
  }

  without(a: CpuMask, cpu: number): CpuMask {
    const one = this.single(cpu);
    return this.of(a.lo & ~one.lo, a.hi & ~one.hi);
  }
}

export const has = (mask: CpuMask, cpu: number): boolean =>
  cpu < MASK_CPUS && (((cpu < 32 ? mask.lo : mask.hi) >>> (cpu & 31)) & 1) === 1;

/** As the kernel prints it: `0xd`. */
export const maskText = (mask: CpuMask): string =>
  `0x${((BigInt(mask.hi) << 32n) | BigInt(mask.lo)).toString(16)}`;
