import type { Choices } from "../../../spec/core/choices.js";
import { add, type Field, get, Layout } from "./layout.js";
import type { Config, Response } from "./vocabulary.js";

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);

/** What the commands of the packed model share: finding, taking and marking slots. */
export class Slots {
  readonly layout: Layout;
  /** CPUs that the step in hand may have changed, once each. */
  readonly touched: number[] = [];
  protected readonly cpus: number;
  /** An answer for every slot, made once. */
  protected readonly grants: readonly Response[];

  constructor(config: Config) {
    this.layout = new Layout(config);
    this.cpus = config.cpus;
    this.grants = Array.from({ length: config.cpus * config.vectors }, (_x, i) => ({
      kind: "granted",
      cpu: Math.floor(i / config.vectors),
      vector: i % config.vectors,
    }));
  }

  protected touch(cpu: number): number {
    const { touched } = this;
    for (let i = 0; i < touched.length; i++) {
      if (touched[i] === cpu) return this.layout.lane(cpu);
    }
    touched.push(cpu);
    return this.layout.lane(cpu);
  }

  protected freeWord(s: Int32Array, lane: number, w: number): number {
    const { layout } = this;
    const taken =
      get(s, w, layout.system) |
      get(s, lane + w, layout.used) |
      get(s, lane + w, layout.idle) |
      get(s, lane + w, layout.managed);
    return ~taken & (layout.range[w] as number);
  }

  /** The lowest free vector of a lane, or -1. */
  protected lowestFree(s: Int32Array, lane: number): number {
    for (let w = 0; w < this.layout.mapWords; w++) {
      const word = this.freeWord(s, lane, w);
      if (word !== 0) return w * 32 + lowestBit(word);
    }
    return -1;
  }

  protected lowestIdle(s: Int32Array, lane: number): number {
    const { layout } = this;
    for (let w = 0; w < layout.mapWords; w++) {
      const word = get(s, lane + w, layout.idle);
      if (word !== 0) return w * 32 + lowestBit(word);
    }
    return -1;
  }

  protected flip(s: Int32Array, lane: number, map: Field, vector: number): void {
    const at = lane + (vector >> 5) + map.word;
    s[at] = (s[at] as number) ^ (1 << (map.shift + (vector & 31)));
  }

  /** The online CPU of the mask with most in a counter; ties to the lowest, or by choice. */
  protected most(
    s: Int32Array,
    mask: number,
    counter: Field,
    choices: Choices | undefined,
  ): number {
    const { headerWords, laneWords } = this.layout;
    const usable = mask & get(s, 0, this.layout.online);
    let best = -1;
    let most = 0;
    let ties = 0;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (((usable >> cpu) & 1) === 0) continue;
      const count = get(s, headerWords + cpu * laneWords, counter);
      if (count > most) {
        best = cpu;
        most = count;
        ties = 1;
      } else if (count === most) ties++;
    }
    if (choices === undefined || best < 0 || ties === 1) return best;
    let nth = choices.below(ties);
    for (let cpu = best; cpu < this.cpus; cpu++) {
      if (((usable >> cpu) & 1) === 0) continue;
      if (get(s, headerWords + cpu * laneWords, counter) === most && nth-- === 0) return cpu;
    }
    return best;
  }

  protected take(s: Int32Array, cpu: number, vector: number): Response {
    const { layout } = this;
    const lane = this.touch(cpu);
    const at = lane + (vector >> 5) + layout.used.word;
    s[at] = (s[at] as number) | (1 << (layout.used.shift + (vector & 31)));
    add(s, lane, layout.available, -1);
    add(s, lane, layout.allocated, 1);
    add(s, 0, layout.globalAvailable, -1);
    add(s, 0, layout.globalAllocated, 1);
    return this.grants[cpu * layout.config.vectors + vector] as Response;
  }
}
