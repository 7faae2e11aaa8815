/**
 * Does on the reference model of the vector layer (`models/irq/vector-matrix/assignment`) what
 * the follower saw a recorded kernel do, section by section, and compares the two. The record
 * judges the follower's every event; this judges the model by the record.
 */
import { step as matrixStep } from "../../models/irq/vector-matrix/allocator/step.js";
import { park, reserve } from "../../models/irq/vector-matrix/assignment/activate.js";
import {
  assign,
  assignManaged,
  clear,
  freeMoved,
} from "../../models/irq/vector-matrix/assignment/assign.js";
import { type Env, linuxEnv } from "../../models/irq/vector-matrix/assignment/env.js";
import {
  init,
  irqOf,
  matrixConfig,
  putIrq,
  type Result,
  type State,
  withSlot,
  withSlots,
} from "../../models/irq/vector-matrix/assignment/state.js";
import type { Command } from "../../spec/irq/vector-matrix/allocator/vocabulary.js";
import type { Irq } from "../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { type CpuMask, has } from "./cpu-mask.js";
import { affinityOf } from "./flow-vector.js";
import type { IrqState } from "./irq-state.js";
import type { Observer, Section } from "./observer.js";
import type { World } from "./world.js";

/** Interrupt numbers a record may use. */
const MOST_IRQS = 1024;

const names = ["EINVAL", "EBUSY", "ENOSPC"] as const;
const numbers = { EINVAL: -22, EBUSY: -16, ENOSPC: -28 } as const;

const errorOf = (result: Result): number =>
  names.map((name) => (result.error === name ? numbers[name] : 0)).find((n) => n !== 0) ??
  (result.error === undefined ? 0 : -1);

export class ModelMirror implements Observer {
  readonly #world: World;
  readonly #env: Env;
  #state: State;
  readonly #errors = new Map<number, number>();
  /** Sections compared. */
  sections = 0;
  /** The first difference, if there is one. */
  difference: string | undefined;

  /** `change` makes another model of the vector layer, for tests of this comparison. */
  constructor(world: World, change: (env: Env) => Env = (env) => env) {
    this.#world = world;
    const linux = linuxEnv({
      cpus: world.cpuCount,
      bits: 256,
      start: 32,
      end: 235,
      system: [],
      online: [],
      hotplug: true,
      irqs: MOST_IRQS,
      remapping: false,
      cleanupBound: 1000,
    });
    this.#env = change(linux);
    this.#state = init(linux.config);
  }

  matrix(command: Command): void {
    const outcome = matrixStep(matrixConfig(this.#env.config), this.#state.matrix, command);
    this.#state = { ...this.#state, matrix: outcome.state };
    // A CPU that comes up has an empty vector table.
    if (command.kind === "online") this.#state = withSlots(this.#state, command.cpu, new Map());
  }

  created(irq: IrqState): void {
    this.#state = putIrq(this.#state, irq.irq, this.#entry(irq, undefined));
    if (irq.vector !== 0) this.#state = withSlot(this.#state, irq.cpu, irq.vector, irq.irq);
  }

  removed(irq: IrqState): void {
    this.#state = putIrq(this.#state, irq.irq, undefined);
  }

  begins(section: Section, irq: IrqState, mask: CpuMask): void {
    const { cpuCount, online } = this.#world;
    const up = Array.from({ length: cpuCount }, (_x, cpu) => has(online, cpu));
    const entry = this.#entry(irq, this.#state.irqs[irq.irq]);
    const state = putIrq({ ...this.#state, online: up }, irq.irq, entry);
    const { error, state: next } = this.#run(section, state, irq.irq, mask.cpus);
    this.#errors.set(irq.irq, error);
    this.#state = next;
  }

  ends(section: Section, irq: IrqState, error: number): void {
    this.sections++;
    const model = irqOf(this.#state, irq.irq);
    const expected = this.#errors.get(irq.irq) ?? 0;
    const differs = (["vector", "cpu", "prevVector", "hwVector", "hwCpu"] as const).filter(
      (field) => model[field] !== irq[field],
    );
    if (irq.prevVector !== 0 && model.prevCpu !== irq.prevCpu) differs.push("cpu");
    if (model.canReserve !== irq.canReserve || model.hasReserved !== irq.hasReserved) {
      differs.push("vector");
    }
    if (differs.length === 0 && expected === error) return;
    this.difference ??=
      `${section} of irq ${irq.irq}: Linux ${error} vector ${irq.vector} cpu ${irq.cpu} previous ` +
      `${irq.prevVector} cpu ${irq.prevCpu}, model ${expected} vector ${model.vector} cpu ` +
      `${model.cpu} previous ${model.prevVector} cpu ${model.prevCpu} (${differs.join(" ")})`;
  }

  #run(
    section: Section,
    state: State,
    irq: number,
    cpus: readonly number[],
  ): { error: number; state: State } {
    const env = this.#env;
    switch (section) {
      case "assign":
      case "assignManaged": {
        const take = section === "assign" ? assign : assignManaged;
        const result = take(env, state, irq, cpus);
        return { error: errorOf(result), state: result.state };
      }
      case "clear":
        return { error: 0, state: clear(env, state, irq) };
      case "reserve":
        return { error: 0, state: reserve(env, state, irq) };
      case "park":
        return { error: 0, state: park(state, irq) };
      case "freeMoved":
        return { error: 0, state: freeMoved(env, state, irq) };
    }
  }

  /** The model's entry: its own vectors, and what a request decides from the record. */
  #entry(irq: IrqState, known: Irq | undefined): Irq {
    const affinity = affinityOf(this.#world, irq).cpus.filter((cpu) => cpu < this.#world.cpuCount);
    const asked = {
      managed: irq.isManaged,
      canReserve: irq.canReserve,
      hasReserved: irq.hasReserved,
      coreCanReserve: irq.canReserve,
      affinity,
      activated: irq.activated,
      started: irq.started,
    };
    if (known !== undefined) return { ...known, ...asked };
    return {
      ...asked,
      maskable: true,
      node: -1,
      vector: irq.vector,
      cpu: irq.cpu,
      prevVector: 0,
      prevCpu: 0,
      moveInProgress: false,
      listed: false,
      hwVector: irq.hwVector,
      hwCpu: irq.hwCpu,
      effective: [],
      pending: undefined,
      affinitySet: false,
      requested: false,
      depth: 1,
      managedShutdown: irq.isManaged,
      message: { dest: 0, vector: 0 },
      waited: 0,
      stranded: false,
    };
  }
}
