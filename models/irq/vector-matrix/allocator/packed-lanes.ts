/** What the operations of the packed matrix are made of: one CPU's lane, one vector, one mask. */
import type { Choices } from "../../../../spec/core/choices.js";
import { popcount32 } from "../../../../spec/core/int.js";
import type { Config, Response } from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import {
  DRIFTED,
  G_AVAILABLE,
  G_MAP,
  G_RESERVED,
  G_TOTAL,
  INITIALIZED,
  L_ALLOCATED,
  L_AVAILABLE,
  L_MANAGED,
  L_MANAGED_ALLOCATED,
  L_MAPS,
  Layout,
  ONLINE,
} from "./packed-view.js";

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);

/** The index of the set bit number `nth` (from 0) of a word. */
export const nthBit = (word: number, nth: number): number => {
  let w = word;
  for (let i = 0; i < nth; i++) w &= w - 1;
  return lowestBit(w);
};

export class PackedLanes {
  readonly layout: Layout;
  readonly config: Config;
  /** CPUs that the last operation may have changed. */
  readonly touched: number[] = [];
  /** Answers by pair, made once. */
  protected readonly granted: Response[] = [];
  /** Scratch: CPUs of a mask, ascending and once each. */
  protected readonly cpus: Int32Array;
  protected cpuCount = 0;
  protected readonly seen: Uint8Array;

  constructor(config: Config) {
    this.config = config;
    this.layout = new Layout(config);
    this.cpus = new Int32Array(config.cpus);
    this.seen = new Uint8Array(config.cpus);
  }

  protected touch(cpu: number): number {
    this.touched.push(cpu);
    return this.layout.headerWords + cpu * this.layout.laneWords;
  }

  /** Sorts and de-duplicates a mask into the scratch list. */
  protected collect(mask: readonly number[]): void {
    const cpus = this.cpus;
    let count = 0;
    let sorted = true;
    for (let i = 0; i < mask.length; i++) {
      const cpu = mask[i] as number;
      if (cpu >= this.config.cpus) continue;
      if (count > 0 && cpu <= (cpus[count - 1] as number)) {
        sorted = false;
        break;
      }
      cpus[count++] = cpu;
    }
    if (!sorted) {
      this.seen.fill(0);
      for (const cpu of mask) if (cpu < this.config.cpus) this.seen[cpu] = 1;
      count = 0;
      for (let cpu = 0; cpu < this.config.cpus; cpu++) {
        if (this.seen[cpu] === 1) cpus[count++] = cpu;
      }
    }
    this.cpuCount = count;
  }

  /** Free bits of a CPU in word w: in range and neither system, managed nor allocated. */
  protected freeWord(s: Int32Array, lane: number, w: number): number {
    const maps = lane + L_MAPS;
    return (
      ~(
        (s[G_MAP + w] as number) |
        (s[maps + w] as number) |
        (s[maps + this.layout.mapWords + w] as number)
      ) & (this.layout.range[w] as number)
    );
  }

  /** As `freeWord`; a global table also leaves out what any other CPU holds. */
  protected admittedWord(s: Int32Array, lane: number, w: number): number {
    let word = this.freeWord(s, lane, w);
    if (this.config.scope === "global") {
      for (let cpu = 0; cpu < this.config.cpus; cpu++) {
        const maps = this.layout.lane(cpu) + L_MAPS;
        word &= ~((s[maps + w] as number) | (s[maps + this.layout.mapWords + w] as number));
      }
    }
    return word;
  }

  protected findArea(s: Int32Array, lane: number): number {
    for (let w = 0; w < this.layout.mapWords; w++) {
      const word = this.admittedWord(s, lane, w);
      if (word !== 0) return w * 32 + lowestBit(word);
    }
    return -1;
  }

  protected allocatedResponse(cpu: number, vector: number): Response {
    const index = cpu * (this.config.bits + 1) + vector;
    let response = this.granted[index];
    if (response === undefined) {
      response = { kind: "allocated", cpu, vector };
      this.granted[index] = response;
    }
    return response;
  }

  protected take(s: Int32Array, cpu: number, vector: number, reserved: boolean): Response {
    const lane = this.touch(cpu);
    const at = lane + L_MAPS + (vector >> 5);
    s[at] = (s[at] as number) | (1 << (vector & 31));
    s[lane + L_ALLOCATED] = (s[lane + L_ALLOCATED] as number) + 1;
    s[lane + L_AVAILABLE] = (s[lane + L_AVAILABLE] as number) - 1;
    s[G_TOTAL] = (s[G_TOTAL] as number) + 1;
    s[G_AVAILABLE] = (s[G_AVAILABLE] as number) - 1;
    if (reserved) s[G_RESERVED] = (s[G_RESERVED] as number) - 1;
    return this.allocatedResponse(cpu, vector);
  }

  protected takeManaged(s: Int32Array, cpu: number, vector: number): Response {
    const lane = this.touch(cpu);
    const at = lane + L_MAPS + (vector >> 5);
    s[at] = (s[at] as number) | (1 << (vector & 31));
    s[lane + L_ALLOCATED] = (s[lane + L_ALLOCATED] as number) + 1;
    s[lane + L_MANAGED_ALLOCATED] = (s[lane + L_MANAGED_ALLOCATED] as number) + 1;
    s[G_TOTAL] = (s[G_TOTAL] as number) + 1;
    return this.allocatedResponse(cpu, vector);
  }

  /** Moves one bit into (by = 1) or out of (by = -1) the managed map. */
  protected manage(s: Int32Array, cpu: number, vector: number, by: 1 | -1): void {
    const lane = this.touch(cpu);
    const at = lane + L_MAPS + this.layout.mapWords + (vector >> 5);
    s[at] = (s[at] as number) ^ (1 << (vector & 31));
    s[lane + L_MANAGED] = (s[lane + L_MANAGED] as number) + by;
    const flags = s[lane] as number;
    if ((flags & ONLINE) !== 0) {
      s[lane + L_AVAILABLE] = (s[lane + L_AVAILABLE] as number) - by;
      s[G_AVAILABLE] = (s[G_AVAILABLE] as number) - by;
    } else if ((flags & INITIALIZED) !== 0) {
      s[lane] = flags | DRIFTED;
    }
  }

  protected setAside(s: Int32Array, cpu: number, vector: number): void {
    this.manage(s, cpu, vector, 1);
  }

  protected giveUp(s: Int32Array, cpu: number, vector: number): void {
    this.manage(s, cpu, vector, -1);
  }

  /** The `nth` vector of the words that `word` yields for a lane; -1 when there are fewer. */
  protected pick(
    s: Int32Array,
    lane: number,
    reserved: boolean,
    choices: Choices | undefined,
  ): number {
    let count = 1;
    if (choices !== undefined) {
      count = 0;
      for (let w = 0; w < this.layout.mapWords; w++) {
        const word = reserved ? this.reservedWord(s, lane, w) : this.admittedWord(s, lane, w);
        count += popcount32(word);
      }
      if (count === 0) return -1;
    }
    let nth = choices === undefined ? 0 : choices.below(count);
    for (let w = 0; w < this.layout.mapWords; w++) {
      const word = reserved ? this.reservedWord(s, lane, w) : this.admittedWord(s, lane, w);
      const here = popcount32(word);
      if (nth < here) return w * 32 + nthBit(word, nth);
      nth -= here;
    }
    return -1;
  }

  /** Managed and not allocated. */
  protected reservedWord(s: Int32Array, lane: number, w: number): number {
    const maps = lane + L_MAPS;
    return (s[maps + this.layout.mapWords + w] as number) & ~(s[maps + w] as number);
  }
}
