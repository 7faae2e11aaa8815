/** The common specification on one block of words. */

import { permuteLanes, syncLanes } from "../../../models/core/lanes.js";
import type { Choices } from "../../../spec/core/choices.js";
import { popcount32 } from "../../../spec/core/int.js";
import type { PackedModel } from "../../../spec/core/model.js";
import { add, type Field, get, PackedView, put } from "./layout.js";
import { Slots } from "./slots.js";
import type { Bug, Command, Config, Response } from "./vocabulary.js";

const done: Response = { kind: "done" };
const refused: Response = { kind: "refused" };

export class PackedCommon extends Slots implements PackedModel<Command, Response, PackedView> {
  readonly words: number;
  readonly #bug: Bug | undefined;
  readonly #all: number;

  constructor(config: Config, bug?: Bug) {
    super(config);
    this.words = this.layout.words;
    this.#bug = bug;
    this.#all = (1 << config.cpus) - 1;
  }

  init(s: Int32Array): void {
    const { layout } = this;
    const { cpus, vectors } = layout.config;
    s.fill(0);
    put(s, 0, layout.online, this.#all);
    put(s, 0, layout.globalAvailable, cpus * vectors);
    for (let cpu = 0; cpu < cpus; cpu++) put(s, layout.lane(cpu), layout.available, vectors);
  }

  view(s: Int32Array): PackedView {
    return new PackedView(this.layout, s);
  }

  sync(target: Int32Array, source: Int32Array): void {
    syncLanes(this.layout, target, source, this.touched);
  }

  permute(target: Int32Array, source: Int32Array, permutation: Int32Array): void {
    const { layout } = this;
    const { vectors } = layout.config;
    permuteLanes(layout, target, source, permutation);
    const mask = get(source, 0, layout.online);
    let online = 0;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      const other = permutation[cpu] as number;
      online |= ((mask >> cpu) & 1) << other;
    }
    put(target, 0, layout.online, online);
    for (let thread = 0; thread < layout.config.threads; thread++) {
      const pick = layout.picks[thread] as Field;
      const slot = get(source, 0, pick) - 1;
      if (slot < 0) continue;
      const cpu = permutation[Math.floor(slot / vectors)] as number;
      put(target, 0, pick, cpu * vectors + (slot % vectors) + 1);
    }
  }

  step(s: Int32Array, command: Command, choices?: Choices): Response {
    // Setting a length costs more than this.
    while (this.touched.length > 0) this.touched.pop();
    switch (command.kind) {
      case "alloc":
        return this.#alloc(s, command.mask, choices);
      case "free":
        return this.#free(s, command.cpu, command.vector);
      case "offline":
        return this.#offline(s, command.cpu, choices);
      case "online":
        return this.#online(s, command.cpu);
      case "sysres":
        return this.#system(s, command.vector, true);
      case "sysfree":
        return this.#system(s, command.vector, false);
      case "mres":
        return this.#reserve(s, command.mask);
      case "mfree":
        return this.#giveUp(s, command.mask);
      case "malloc":
        return this.#allocManaged(s, command.mask, choices);
      case "begin":
        return this.#begin(s, command.thread, command.mask, choices);
      case "commit":
        return this.#commit(s, command.thread);
    }
  }

  /** The model has no freedom but its ties, so a system's own answer is followed as a step. */
  follow(s: Int32Array, command: Command, response: Response): void {
    this.touched.length = 0;
    if (response.kind === "granted" && command.kind === "alloc") {
      this.take(s, response.cpu, response.vector);
    } else if (response.kind !== "refused") {
      this.step(s, command);
    }
  }

  #alloc(s: Int32Array, mask: number, choices: Choices | undefined): Response {
    const cpu = this.most(s, mask, this.layout.available, choices);
    if (cpu < 0) return refused;
    return this.take(s, cpu, this.lowestFree(s, this.layout.lane(cpu)));
  }

  #free(s: Int32Array, cpu: number, vector: number): Response {
    const { layout } = this;
    const asked = layout.lane(cpu) + (vector >> 5);
    const bit = 1 << (vector & 31);
    const used = (get(s, asked, layout.used) & bit) !== 0;
    if (!used && (get(s, asked, layout.managed) & bit) === 0) return refused;
    const target = this.#bug === "a" ? 0 : cpu;
    const lane = this.touch(target);
    const word = lane + (vector >> 5);
    const counter = used ? layout.available : layout.reserved;
    const map = used ? layout.used : layout.managed;
    put(s, word, map, get(s, word, map) & ~bit);
    if (!used) put(s, word, layout.idle, get(s, word, layout.idle) | bit);
    add(s, lane, layout.allocated, -1);
    add(s, lane, counter, 1);
    add(s, 0, layout.globalAllocated, -1);
    if (!used) add(s, 0, layout.globalReserved, 1);
    else if (((get(s, 0, layout.online) >> target) & 1) === 1) {
      add(s, 0, layout.globalAvailable, 1);
    }
    return done;
  }

  #offline(s: Int32Array, cpu: number, choices: Choices | undefined): Response {
    const { layout } = this;
    const online = get(s, 0, layout.online);
    const others = online & ~(1 << cpu);
    if (others === online || others === 0) return refused;
    const lane = layout.lane(cpu);
    let moving = 0;
    for (let w = 0; w < layout.mapWords; w++) moving += popcount32(get(s, lane + w, layout.used));
    const room = get(s, 0, layout.globalAvailable) - get(s, lane, layout.available);
    if (moving > room) {
      if (this.#bug === "c") put(s, 0, layout.globalAvailable, room);
      return refused;
    }
    this.touch(cpu);
    put(s, 0, layout.online, others);
    put(s, 0, layout.globalAvailable, room);
    for (let w = 0; w < layout.mapWords; w++) {
      const managed = get(s, lane + w, layout.managed);
      put(s, lane + w, layout.managed, 0);
      put(s, lane + w, layout.idle, get(s, lane + w, layout.idle) | managed);
      const idled = popcount32(managed);
      add(s, lane, layout.reserved, idled);
      add(s, 0, layout.globalReserved, idled);
      put(s, lane + w, layout.used, 0);
    }
    add(s, 0, layout.globalAllocated, -get(s, lane, layout.allocated));
    put(s, lane, layout.allocated, 0);
    add(s, lane, layout.available, moving);
    for (let i = 0; i < moving; i++) this.#alloc(s, others, choices);
    return done;
  }

  #online(s: Int32Array, cpu: number): Response {
    const { layout } = this;
    const online = get(s, 0, layout.online);
    if (((online >> cpu) & 1) === 1) return refused;
    put(s, 0, layout.online, online | (1 << cpu));
    add(s, 0, layout.globalAvailable, get(s, this.touch(cpu), layout.available));
    return done;
  }

  #system(s: Int32Array, vector: number, take: boolean): Response {
    const { layout } = this;
    const w = vector >> 5;
    const bit = 1 << (vector & 31);
    if (take) {
      for (let cpu = 0; cpu < this.cpus; cpu++) {
        if ((this.freeWord(s, layout.lane(cpu), w) & bit) === 0) return refused;
      }
    } else if ((get(s, w, layout.system) & bit) === 0) return refused;
    this.flip(s, 0, layout.system, vector);
    const online = get(s, 0, layout.online);
    const by = take ? -1 : 1;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      add(s, this.touch(cpu), layout.available, by);
      add(s, 0, layout.globalAvailable, ((online >> cpu) & 1) * by);
    }
    return done;
  }

  #reserve(s: Int32Array, mask: number): Response {
    const { layout } = this;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (((mask >> cpu) & 1) === 1 && get(s, layout.lane(cpu), layout.available) === 0) {
        return refused;
      }
    }
    this.#setAside(s, mask, 1);
    return done;
  }

  #giveUp(s: Int32Array, mask: number): Response {
    const { layout } = this;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (((mask >> cpu) & 1) === 1 && get(s, layout.lane(cpu), layout.reserved) === 0) {
        return refused;
      }
    }
    this.#setAside(s, mask, -1);
    return done;
  }

  /** Moves the lowest free vector of each CPU to set aside (by = 1), or the reverse. */
  #setAside(s: Int32Array, mask: number, by: 1 | -1): void {
    const { layout } = this;
    const online = get(s, 0, layout.online);
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (((mask >> cpu) & 1) === 0) continue;
      const lane = this.touch(cpu);
      const vector = by === 1 ? this.lowestFree(s, lane) : this.lowestIdle(s, lane);
      this.flip(s, lane, layout.idle, vector);
      add(s, lane, layout.available, -by);
      add(s, lane, layout.reserved, by);
      add(s, 0, layout.globalReserved, by);
      add(s, 0, layout.globalAvailable, ((online >> cpu) & 1) * -by);
    }
  }

  #allocManaged(s: Int32Array, mask: number, choices: Choices | undefined): Response {
    const { layout } = this;
    const cpu = this.most(s, mask, layout.reserved, choices);
    if (cpu < 0) return refused;
    const lane = this.touch(cpu);
    const vector = this.lowestIdle(s, lane);
    this.flip(s, lane, layout.idle, vector);
    this.flip(s, lane, layout.managed, vector);
    add(s, lane, layout.reserved, -1);
    add(s, lane, layout.allocated, 1);
    add(s, 0, layout.globalReserved, -1);
    add(s, 0, layout.globalAllocated, 1);
    return this.grants[cpu * layout.config.vectors + vector] as Response;
  }

  #begin(s: Int32Array, thread: number, mask: number, choices: Choices | undefined): Response {
    const { layout } = this;
    const pick = layout.picks[thread] as Field;
    if (get(s, 0, pick) !== 0) return refused;
    const cpu = this.most(s, mask, layout.available, choices);
    if (cpu < 0) return refused;
    const vector = this.lowestFree(s, layout.lane(cpu));
    put(s, 0, pick, 1 + cpu * layout.config.vectors + vector);
    return done;
  }

  #commit(s: Int32Array, thread: number): Response {
    const { layout } = this;
    const { vectors } = layout.config;
    const pick = layout.picks[thread] as Field;
    const slot = get(s, 0, pick) - 1;
    if (slot < 0) return refused;
    put(s, 0, pick, 0);
    const cpu = Math.floor(slot / vectors);
    const vector = slot - cpu * vectors;
    const free = (this.freeWord(s, layout.lane(cpu), vector >> 5) >>> (vector & 31)) & 1;
    const online = (get(s, 0, layout.online) >> cpu) & 1;
    if ((free & online) === 0 && this.#bug !== "b") return refused;
    return this.take(s, cpu, vector);
  }
}
