/**
 * The common specification as a user of fast-check would write it: slot arrays, one command class
 * a command, every invariant recounted in full after every command.
 */
import * as fc from "fast-check";
import type { Config } from "./common/vocabulary.js";

const FREE = 0;
const USED = 1;
const SYSTEM = 2;
const IDLE = 3;
const MANAGED = 4;

/** The allocator under test: slots, and the counters that the invariants hold against them. */
class Machine {
  readonly cpus: number;
  readonly vectors: number;
  readonly slots: Uint8Array;
  /** How many owners each slot has. */
  readonly owners: Uint8Array;
  readonly online: Uint8Array;
  readonly available: Int32Array;
  readonly allocated: Int32Array;
  readonly reserved: Int32Array;
  globalAvailable: number;
  globalAllocated = 0;
  globalReserved = 0;
  system = 0;

  constructor({ cpus, vectors }: Config) {
    this.cpus = cpus;
    this.vectors = vectors;
    this.slots = new Uint8Array(cpus * vectors);
    this.owners = new Uint8Array(cpus * vectors);
    this.online = new Uint8Array(cpus).fill(1);
    this.available = new Int32Array(cpus).fill(vectors);
    this.allocated = new Int32Array(cpus);
    this.reserved = new Int32Array(cpus);
    this.globalAvailable = cpus * vectors;
  }

  #most(mask: number, counter: Int32Array): number {
    let best = -1;
    let most = 0;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (((mask >> cpu) & 1) === 0 || this.online[cpu] === 0) continue;
      if ((counter[cpu] as number) > most) {
        best = cpu;
        most = counter[cpu] as number;
      }
    }
    return best;
  }

  #lowest(cpu: number, kind: number): number {
    const base = cpu * this.vectors;
    for (let v = 0; v < this.vectors; v++) if (this.slots[base + v] === kind) return base + v;
    return -1;
  }

  /** Changes a slot and the counters of the kinds it leaves and enters. */
  #set(cpu: number, slot: number, kind: number): void {
    this.#count(cpu, this.slots[slot] as number, -1);
    this.slots[slot] = kind;
    this.owners[slot] = kind === USED || kind === MANAGED ? 1 : 0;
    this.#count(cpu, kind, 1);
  }

  #count(cpu: number, kind: number, by: number): void {
    if (kind === FREE) {
      this.available[cpu] = (this.available[cpu] as number) + by;
      if (this.online[cpu] === 1) this.globalAvailable += by;
    } else if (kind === IDLE) {
      this.reserved[cpu] = (this.reserved[cpu] as number) + by;
      this.globalReserved += by;
    } else if (kind !== SYSTEM) {
      this.allocated[cpu] = (this.allocated[cpu] as number) + by;
      this.globalAllocated += by;
    }
  }

  alloc(mask: number): void {
    const cpu = this.#most(mask, this.available);
    if (cpu >= 0) this.#set(cpu, this.#lowest(cpu, FREE), USED);
  }

  free(cpu: number, vector: number): void {
    const slot = cpu * this.vectors + vector;
    if (this.slots[slot] === USED) this.#set(cpu, slot, FREE);
    else if (this.slots[slot] === MANAGED) this.#set(cpu, slot, IDLE);
  }

  offline(cpu: number): void {
    if (this.online[cpu] === 0) return;
    const base = cpu * this.vectors;
    let moving = 0;
    for (let v = 0; v < this.vectors; v++) if (this.slots[base + v] === USED) moving++;
    const room = this.globalAvailable - (this.available[cpu] as number);
    let others = 0;
    for (let c = 0; c < this.cpus; c++) others += this.online[c] as number;
    if (others === 1 || moving > room) return;
    this.globalAvailable = room;
    this.online[cpu] = 0;
    for (let v = 0; v < this.vectors; v++) {
      if (this.slots[base + v] === MANAGED) this.#set(cpu, base + v, IDLE);
      else if (this.slots[base + v] === USED) {
        this.#set(cpu, base + v, FREE);
        this.alloc(-1);
      }
    }
  }

  bringOnline(cpu: number): void {
    if (this.online[cpu] === 1) return;
    this.online[cpu] = 1;
    this.globalAvailable += this.available[cpu] as number;
  }

  setSystem(vector: number, from: number, to: number): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (this.slots[cpu * this.vectors + vector] !== from) return;
    }
    for (let cpu = 0; cpu < this.cpus; cpu++) this.#set(cpu, cpu * this.vectors + vector, to);
    this.system += to === SYSTEM ? 1 : -1;
  }

  setAside(mask: number, from: number, to: number): void {
    const counter = from === FREE ? this.available : this.reserved;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (((mask >> cpu) & 1) === 1 && counter[cpu] === 0) return;
    }
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (((mask >> cpu) & 1) === 1) this.#set(cpu, this.#lowest(cpu, from), to);
    }
  }

  allocManaged(mask: number): void {
    const cpu = this.#most(mask, this.reserved);
    if (cpu >= 0) this.#set(cpu, this.#lowest(cpu, IDLE), MANAGED);
  }

  /** All invariants, from the slots; kinds are disjoint because a slot holds one of them. */
  recount(): void {
    let available = 0;
    let allocated = 0;
    let reserved = 0;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      let free = 0;
      let taken = 0;
      let idle = 0;
      let system = 0;
      const base = cpu * this.vectors;
      for (let slot = base; slot < base + this.vectors; slot++) {
        const kind = this.slots[slot];
        if ((this.owners[slot] as number) > 1) throw new Error("two owners");
        if (kind === FREE) free++;
        else if (kind === IDLE) idle++;
        else if (kind === SYSTEM) system++;
        else taken++;
      }
      if (free !== this.available[cpu] || taken !== this.allocated[cpu]) throw new Error("count");
      if (idle !== this.reserved[cpu] || system !== this.system) throw new Error("count");
      if (free + taken + idle + system !== this.vectors) throw new Error("sum");
      if (this.online[cpu] === 1) available += free;
      allocated += taken;
      reserved += idle;
    }
    if (available !== this.globalAvailable) throw new Error("global available");
    if (allocated !== this.globalAllocated) throw new Error("global allocated");
    if (reserved !== this.globalReserved) throw new Error("global reserved");
  }
}

type NoModel = Record<string, never>;

let performed = 0;

/** A command of fast-check; `act` is the one thing that differs. */
class Act implements fc.Command<NoModel, Machine> {
  readonly #name: string;
  readonly #act: (machine: Machine) => void;
  constructor(name: string, act: (machine: Machine) => void) {
    this.#name = name;
    this.#act = act;
  }
  check(): boolean {
    return true;
  }
  run(_model: NoModel, machine: Machine): void {
    performed++;
    this.#act(machine);
    machine.recount();
  }
  toString(): string {
    return this.#name;
  }
}

const arbitraries = ({ cpus, vectors }: Config): fc.Arbitrary<Act>[] => {
  const mask = fc.integer({ min: 1, max: (1 << cpus) - 1 });
  const cpu = fc.integer({ min: 0, max: cpus - 1 });
  const vector = fc.integer({ min: 0, max: vectors - 1 });
  return [
    mask.map((m) => new Act(`alloc(${m})`, (x) => x.alloc(m))),
    fc.tuple(cpu, vector).map(([c, v]) => new Act(`free(${c},${v})`, (x) => x.free(c, v))),
    cpu.map((c) => new Act(`offline(${c})`, (x) => x.offline(c))),
    cpu.map((c) => new Act(`online(${c})`, (x) => x.bringOnline(c))),
    vector.map((v) => new Act(`sysres(${v})`, (x) => x.setSystem(v, FREE, SYSTEM))),
    vector.map((v) => new Act(`sysfree(${v})`, (x) => x.setSystem(v, SYSTEM, FREE))),
    mask.map((m) => new Act(`mres(${m})`, (x) => x.setAside(m, FREE, IDLE))),
    mask.map((m) => new Act(`mfree(${m})`, (x) => x.setAside(m, IDLE, FREE))),
    mask.map((m) => new Act(`malloc(${m})`, (x) => x.allocManaged(m))),
  ];
};

/** `runs` runs of up to `length` commands under `fc.modelRun`. Answers the commands performed. */
export const runFastCheck = (
  config: Config,
  options: { seed: number; runs: number; length: number },
): number => {
  const before = performed;
  fc.assert(
    fc.property(
      fc.commands(arbitraries(config), { maxCommands: options.length, size: "max" }),
      (commands) => {
        fc.modelRun(() => ({ model: {}, real: new Machine(config) }), commands);
      },
    ),
    { seed: options.seed, numRuns: options.runs },
  );
  return performed - before;
};
