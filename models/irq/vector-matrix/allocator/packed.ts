/**
 * The packed twin of `step.ts`: the same machine on one block of words, in place. The readable
 * step is the definition; a property proves the two equal.
 */
import type { Choices } from "../../../../spec/core/choices.js";
import { popcount32 } from "../../../../spec/core/int.js";
import type { PackedModel } from "../../../../spec/core/model.js";
import type {
  Command,
  Config,
  MatrixView,
  Response,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { permuteLanes, syncLanes } from "../../../core/lanes.js";
import { nthBit, PackedLanes } from "./packed-lanes.js";
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
  ONLINE,
  PackedView,
} from "./packed-view.js";

const done: Response = { kind: "done" };
const warned: Response = { kind: "warned" };
const fatal: Response = { kind: "fatal" };
const invalid: Response = { kind: "failed", error: "EINVAL" };
const noSpace: Response = { kind: "failed", error: "ENOSPC" };

export class PackedMatrix
  extends PackedLanes
  implements PackedModel<Command, Response, MatrixView>
{
  readonly words: number;

  constructor(config: Config) {
    super(config);
    this.words = this.layout.words;
  }

  init(state: Int32Array): void {
    state.fill(0);
    for (const vector of this.config.system) this.#assignSystem(state, 0, vector, false);
    for (let cpu = 0; cpu < this.config.cpus; cpu++) {
      if (this.config.online.includes(cpu)) this.#online(state, cpu);
    }
  }

  view(state: Int32Array): PackedView {
    return new PackedView(this.layout, state);
  }

  sync(target: Int32Array, source: Int32Array): void {
    syncLanes(this.layout, target, source, this.touched);
  }

  permute(target: Int32Array, source: Int32Array, permutation: Int32Array): void {
    permuteLanes(this.layout, target, source, permutation);
  }

  step(s: Int32Array, command: Command, choices?: Choices): Response {
    // Setting a length costs more than this.
    while (this.touched.length > 0) this.touched.pop();
    switch (command.kind) {
      case "alloc":
        return this.#alloc(s, command.cpus, command.reserved, choices);
      case "free":
        return this.#free(s, command.cpu, command.vector, command.managed);
      case "allocManaged":
        return this.#allocManaged(s, command.cpus, choices);
      case "reserveManaged":
        return this.#reserveManaged(s, command.cpus, choices);
      case "removeManaged":
        return this.#removeManaged(s, command.cpus, choices);
      case "online":
        return this.#online(s, command.cpu);
      case "offline":
        return this.#offline(s, command.cpu);
      case "assign":
        return this.#assign(s, command.cpu, command.vector);
      case "assignSystem":
        return this.#assignSystem(s, command.cpu, command.vector, command.replace);
      case "reserve":
        s[G_RESERVED] = (s[G_RESERVED] as number) + 1;
        return done;
      case "removeReserved":
        s[G_RESERVED] = (s[G_RESERVED] as number) - 1;
        return done;
      case "allocatedCount": {
        const l = this.layout.lane(command.cpu);
        const value = (s[l + L_ALLOCATED] as number) - (s[l + L_MANAGED_ALLOCATED] as number);
        return { kind: "count", value };
      }
      case "availableCount": {
        const own = command.down ? (s[this.layout.lane(command.cpu) + L_AVAILABLE] as number) : 0;
        return { kind: "count", value: (s[G_AVAILABLE] as number) - own };
      }
      case "freeRef":
        return warned;
    }
  }

  follow(s: Int32Array, command: Command, response: Response): void {
    // Setting a length costs more than this.
    while (this.touched.length > 0) this.touched.pop();
    const { cpus, bits } = this.config;
    switch (response.kind) {
      case "allocated":
        if (response.cpu >= cpus || response.vector > bits) return;
        if (command.kind === "alloc") {
          this.take(s, response.cpu, response.vector, command.reserved);
        } else if (command.kind === "allocManaged") {
          this.takeManaged(s, response.cpu, response.vector);
        }
        return;
      case "reservedManaged":
      case "removedManaged": {
        const reserving = response.kind === "reservedManaged";
        if (command.kind !== (reserving ? "reserveManaged" : "removeManaged")) return;
        this.collect(command.cpus);
        if (response.vectors.length !== this.cpuCount) return;
        for (let i = 0; i < this.cpuCount; i++) {
          const vector = response.vectors[i] ?? null;
          if (vector === null || vector > bits) continue;
          if (reserving) this.setAside(s, this.cpus[i] as number, vector);
          else this.giveUp(s, this.cpus[i] as number, vector);
        }
        return;
      }
      case "done":
        this.step(s, command);
        return;
      default:
        return;
    }
  }

  #assignSystem(s: Int32Array, cpu: number, vector: number, replace: boolean): Response {
    const { config, layout } = this;
    if (vector > config.bits) return fatal;
    const online = s[G_ONLINE] as number;
    if (online > 1 || (online === 1 && !replace)) return fatal;
    const word = vector >> 5;
    const mask = 1 << (vector & 31);
    const own = layout.lane(cpu);
    if (replace) {
      if (((s[own + L_MAPS + word] as number) & mask) === 0) return fatal;
      s[own + L_MAPS + word] = (s[own + L_MAPS + word] as number) & ~mask;
      s[own + L_ALLOCATED] = (s[own + L_ALLOCATED] as number) - 1;
      s[G_TOTAL] = (s[G_TOTAL] as number) - 1;
      this.touch(cpu);
    }
    s[G_MAP + word] = (s[G_MAP + word] as number) | mask;
    if (vector >= config.start && vector < config.end) {
      s[G_SYSTEM] = (s[G_SYSTEM] as number) + 1;
      for (let c = 0; c < config.cpus; c++) {
        const lane = layout.lane(c);
        if (((s[lane] as number) & INITIALIZED) === 0 || (replace && c === cpu)) continue;
        s[lane] = (s[lane] as number) | DRIFTED;
        this.touch(c);
      }
    }
    return done;
  }

  #online(s: Int32Array, cpu: number): Response {
    const lane = this.layout.lane(cpu);
    const flags = s[lane + L_FLAGS] as number;
    if ((flags & ONLINE) !== 0) return fatal;
    this.touch(cpu);
    if ((flags & INITIALIZED) === 0) {
      s[lane + L_AVAILABLE] =
        this.config.end -
        this.config.start -
        (s[lane + L_MANAGED] as number) -
        (s[G_SYSTEM] as number);
    }
    s[lane + L_FLAGS] = flags | ONLINE | INITIALIZED;
    s[G_AVAILABLE] = (s[G_AVAILABLE] as number) + (s[lane + L_AVAILABLE] as number);
    s[G_ONLINE] = (s[G_ONLINE] as number) + 1;
    return done;
  }

  #offline(s: Int32Array, cpu: number): Response {
    const lane = this.touch(cpu);
    s[lane + L_FLAGS] = (s[lane + L_FLAGS] as number) & ~ONLINE;
    s[G_AVAILABLE] = (s[G_AVAILABLE] as number) - (s[lane + L_AVAILABLE] as number);
    s[G_ONLINE] = (s[G_ONLINE] as number) - 1;
    return done;
  }

  #alloc(
    s: Int32Array,
    mask: readonly number[],
    reserved: boolean,
    choices: Choices | undefined,
  ): Response {
    if (mask.length === 0) return invalid;
    if (choices !== undefined) return this.#allocAny(s, mask, reserved, choices);
    const { headerWords, laneWords } = this.layout;
    let best = -1;
    let most = 0;
    for (let i = 0; i < mask.length; i++) {
      const cpu = mask[i] as number;
      if (cpu >= this.config.cpus) continue;
      const lane = headerWords + cpu * laneWords;
      if (((s[lane] as number) & ONLINE) === 0) continue;
      const available = s[lane + L_AVAILABLE] as number;
      // Masks usually ascend, but need not: a tie goes to the lowest number either way.
      if (available > most || (available === most && best > cpu)) [best, most] = [cpu, available];
    }
    if (best < 0) return noSpace;
    const vector = this.findArea(s, this.layout.lane(best));
    return vector < 0 ? noSpace : this.take(s, best, vector, reserved);
  }

  /** Contract level: any free vector of any online CPU of the mask. */
  #allocAny(s: Int32Array, mask: readonly number[], reserved: boolean, choices: Choices): Response {
    this.collect(mask);
    let total = 0;
    for (let i = 0; i < this.cpuCount; i++) {
      const lane = this.layout.lane(this.cpus[i] as number);
      if (((s[lane] as number) & ONLINE) === 0) continue;
      for (let w = 0; w < this.layout.mapWords; w++) {
        total += popcount32(this.admittedWord(s, lane, w));
      }
    }
    if (total === 0) return noSpace;
    let nth = choices.below(total);
    for (let i = 0; i < this.cpuCount; i++) {
      const cpu = this.cpus[i] as number;
      const lane = this.layout.lane(cpu);
      if (((s[lane] as number) & ONLINE) === 0) continue;
      for (let w = 0; w < this.layout.mapWords; w++) {
        const word = this.admittedWord(s, lane, w);
        const count = popcount32(word);
        if (nth < count) return this.take(s, cpu, w * 32 + nthBit(word, nth), reserved);
        nth -= count;
      }
    }
    return noSpace;
  }

  #assign(s: Int32Array, cpu: number, vector: number): Response {
    const { config } = this;
    if (vector < config.start || vector >= config.end) return warned;
    const at = this.layout.lane(cpu) + L_MAPS + (vector >> 5);
    if ((((s[at] as number) >>> (vector & 31)) & 1) === 1) return warned;
    this.take(s, cpu, vector, false);
    return done;
  }

  #free(s: Int32Array, cpu: number, vector: number, managed: boolean): Response {
    const { config } = this;
    if (vector < config.start || vector >= config.end) return warned;
    const lane = this.layout.lane(cpu);
    const at = lane + L_MAPS + (vector >> 5);
    const mask = 1 << (vector & 31);
    if (((s[at] as number) & mask) === 0) return warned;
    this.touch(cpu);
    s[at] = (s[at] as number) & ~mask;
    s[lane + L_ALLOCATED] = (s[lane + L_ALLOCATED] as number) - 1;
    if (managed) s[lane + L_MANAGED_ALLOCATED] = (s[lane + L_MANAGED_ALLOCATED] as number) - 1;
    else s[lane + L_AVAILABLE] = (s[lane + L_AVAILABLE] as number) + 1;
    if (((s[lane] as number) & ONLINE) !== 0) {
      s[G_TOTAL] = (s[G_TOTAL] as number) - 1;
      if (!managed) s[G_AVAILABLE] = (s[G_AVAILABLE] as number) + 1;
    }
    return done;
  }

  #reserveManaged(s: Int32Array, mask: readonly number[], choices: Choices | undefined): Response {
    this.collect(mask);
    const vectors: number[] = [];
    for (let i = 0; i < this.cpuCount; i++) {
      const cpu = this.cpus[i] as number;
      const vector = this.pick(s, this.layout.lane(cpu), false, choices);
      if (vector < 0) {
        this.#rollback(s, i, choices === undefined ? undefined : vectors);
        return noSpace;
      }
      this.setAside(s, cpu, vector);
      vectors.push(vector);
    }
    return { kind: "reservedManaged", vectors };
  }

  /** Undoes the first `count` reservations: Linux takes the lowest reserved bit, not its own. */
  #rollback(s: Int32Array, count: number, own: readonly number[] | undefined): void {
    for (let j = 0; j < count; j++) {
      const cpu = this.cpus[j] as number;
      const vector = own?.[j] ?? this.pick(s, this.layout.lane(cpu), true, undefined);
      if (vector >= 0) this.giveUp(s, cpu, vector);
    }
  }

  #removeManaged(s: Int32Array, mask: readonly number[], choices: Choices | undefined): Response {
    this.collect(mask);
    const vectors: (number | null)[] = [];
    for (let i = 0; i < this.cpuCount; i++) {
      const cpu = this.cpus[i] as number;
      const vector = this.pick(s, this.layout.lane(cpu), true, choices);
      vectors.push(vector < 0 ? null : vector);
      if (vector >= 0) this.giveUp(s, cpu, vector);
    }
    return { kind: "removedManaged", vectors };
  }

  #allocManaged(s: Int32Array, mask: readonly number[], choices: Choices | undefined): Response {
    if (mask.length === 0) return invalid;
    this.collect(mask);
    if (choices !== undefined) return this.#allocManagedAny(s, choices);
    let best = -1;
    let fewest = 0x7fffffff;
    for (let i = 0; i < this.cpuCount; i++) {
      const cpu = this.cpus[i] as number;
      const lane = this.layout.lane(cpu);
      if (((s[lane] as number) & ONLINE) === 0) continue;
      const taken = s[lane + L_MANAGED_ALLOCATED] as number;
      if (taken <= fewest) [best, fewest] = [cpu, taken];
    }
    if (best < 0) return noSpace;
    const vector = this.pick(s, this.layout.lane(best), true, undefined);
    return vector < 0 ? noSpace : this.takeManaged(s, best, vector);
  }

  /** Contract level: any reserved vector, or a refusal where success is not owed. */
  #allocManagedAny(s: Int32Array, choices: Choices): Response {
    let total = 0;
    let owed = false;
    let online = 0;
    let ready = 0;
    for (let i = 0; i < this.cpuCount; i++) {
      const lane = this.layout.lane(this.cpus[i] as number);
      if (((s[lane] as number) & ONLINE) === 0) continue;
      online++;
      let here = 0;
      for (let w = 0; w < this.layout.mapWords; w++) {
        here += popcount32(this.reservedWord(s, lane, w));
      }
      if (here > 0) ready++;
      total += here;
    }
    owed = online > 0 && ready === online;
    const nthOfAll = choices.below(total + (owed ? 0 : 1));
    if (nthOfAll >= total) return noSpace;
    let nth = nthOfAll;
    for (let i = 0; i < this.cpuCount; i++) {
      const cpu = this.cpus[i] as number;
      const lane = this.layout.lane(cpu);
      if (((s[lane] as number) & ONLINE) === 0) continue;
      for (let w = 0; w < this.layout.mapWords; w++) {
        const word = this.reservedWord(s, lane, w);
        const here = popcount32(word);
        if (nth < here) return this.takeManaged(s, cpu, w * 32 + nthBit(word, nth));
        nth -= here;
      }
    }
    return noSpace;
  }
}
