/** What a command of the kernel is made of while it runs. */
import type { Config, Errno, Response } from "../../../spec/irq/domain/vocabulary.js";
import type { Irq, Write } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { Machine } from "../../hardware/machine/index.js";
import type { State as MessageState } from "../msi-message/state.js";
import type { State as VectorState } from "../vector-matrix/assignment/state.js";
import { KernelBus } from "./kernel-bus.js";
import { Program } from "./program.js";
import { bootCpu, type State } from "./state.js";
import type { Ask } from "./vectors.js";

/** An answer that its bus is still to be added to. */
export type Bare = Response extends infer R
  ? R extends { kind: "fatal" }
    ? R
    : Omit<R, "bus">
  : never;

/** The layers after a command, and what was answered. */
export type Made = {
  readonly response: Response;
  readonly vectors: VectorState;
  readonly entries: MessageState;
  readonly machine: Machine;
  readonly tail: number;
};

/** Mutable, one a command. */
export class Work {
  readonly config: Config;
  readonly before: State;
  readonly ask: Ask;
  readonly bus: KernelBus;
  readonly program: Program;
  /** The vector layer now. */
  vectors: VectorState;
  readonly #machine: Machine;

  constructor(
    config: Config,
    before: State,
    vectors: VectorState,
    machine: Machine,
    ask: Ask,
    again: ((m: Machine) => Machine) | undefined,
  ) {
    this.config = config;
    this.before = before;
    this.vectors = vectors;
    this.ask = ask;
    this.#machine = machine;
    this.bus = new KernelBus(config, machine, before.tail, again);
    this.program = new Program(config, before.entries, this.bus);
  }

  was(irq: number): Irq | undefined {
    return this.before.vectors.irqs[irq];
  }

  is(irq: number): Irq | undefined {
    return this.vectors.irqs[irq];
  }

  /** CPU that runs the code of a command that names none. */
  get caller(): number {
    return bootCpu(this.before);
  }

  /**
   * The messages that the vector layer wrote. Without remapping an entry that can be masked is
   * masked around them; an interrupt that is being activated has its first one written as such.
   */
  carryOut(writes: readonly Write[]): void {
    const activated = new Set<number>();
    for (const write of writes) {
      const fresh = this.was(write.irq)?.activated !== true && !activated.has(write.irq);
      activated.add(write.irq);
      this.program.carryOut(write, fresh);
    }
  }

  done(bare: Bare): Made {
    if (this.program.error !== undefined) return this.failed(this.program.error);
    const response = bare.kind === "fatal" ? bare : ({ ...bare, bus: this.bus.writes } as Response);
    return {
      response,
      vectors: this.vectors,
      entries: this.program.entries,
      machine: this.bus.machine,
      tail: this.bus.tail,
    };
  }

  /** Nothing was done, or all of it undone. `vectors`: what the layer below kept of it. */
  failed(error: Errno, vectors = this.before.vectors): Made {
    return {
      response: { kind: "failed", error, bus: [] },
      vectors,
      entries: this.before.entries,
      machine: this.#machine,
      tail: this.before.tail,
    };
  }

  fatal(): Made {
    return { ...this.failed("EIO"), response: { kind: "fatal" } };
  }
}
