/**
 * The matrix part of a record: every operation is done on the reference allocator and every
 * counter that the record shows is compared with it.
 */

import { PackedMatrix } from "../../models/irq/vector-matrix/allocator/packed.js";
import type { PackedView } from "../../models/irq/vector-matrix/allocator/packed-view.js";
import type { Command, Response } from "../../spec/irq/vector-matrix/allocator/vocabulary.js";
import {
  FIRST_DEVICE_VECTOR,
  FIRST_SYSTEM_VECTOR,
  IDT_VECTORS,
} from "../../spec/irq/vector-matrix/allocator/vocabulary.js";
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { C } from "./clause-ids.js";
import type { CpuMask } from "./cpu-mask.js";
import type { Judge } from "./judge.js";

/** Fields of events with a CPU's counters: bit cpu online avl alloc managed, then the globals. */
const BIT = 0;
const CPU = 1;
const PER_CPU_GLOBALS = 6;

export class MatrixFollower {
  readonly #judge: Judge;
  readonly #model: PackedMatrix;
  readonly #state: Int32Array;
  readonly #before: Int32Array;
  readonly view: PackedView;
  readonly #viewBefore: PackedView;
  readonly cpus: number;
  /** Told every operation that the record shows, with what Linux answered. */
  onStep: ((command: Command, response: Response) => void) | undefined;

  /** `cpus`: possible CPUs of the recorded machine. */
  constructor(judge: Judge, cpus: number) {
    this.#judge = judge;
    this.cpus = cpus;
    this.#model = new PackedMatrix({
      cpus,
      bits: IDT_VECTORS,
      start: FIRST_DEVICE_VECTOR,
      end: FIRST_SYSTEM_VECTOR,
      system: [],
      online: [],
      scope: "per-cpu",
      hotplug: true,
    });
    this.#state = new Int32Array(this.#model.words);
    this.#before = new Int32Array(this.#model.words);
    this.#model.init(this.#state);
    this.view = this.#model.view(this.#state);
    this.#viewBefore = this.#model.view(this.#before);
  }

  /** Does an operation on the reference; the state before it stays for explanations. */
  step(command: Command): Response {
    this.#before.set(this.#state);
    const response = this.#model.step(this.#state, command);
    this.onStep?.(command, response);
    return response;
  }

  alloc(mask: CpuMask, reserved: boolean): Response {
    return this.step({ kind: "alloc", cpus: mask.cpus, reserved });
  }

  /** Says that the four global counters must be the model's; `from` is the first one's index. */
  globals(from: number, clause: number): void {
    const { view } = this;
    this.#judge.is(from, view.onlineMaps, C.counters);
    this.#judge.is(from + 1, view.globalAvailable, C.counters);
    this.#judge.is(from + 2, view.globalReserved, clause);
    this.#judge.is(from + 3, view.totalAllocated, C.counters);
  }

  /** Judges an event with a CPU's counters, after the model has done the operation. */
  perCpu(event: TraceEvent, cpu: number, bit: number, clause: number, contract = false): void {
    const { view } = this;
    const judge = this.#judge;
    judge.begin(event, contract ? "contract" : "linux");
    judge.is(BIT, bit, clause);
    judge.is(CPU, cpu, clause);
    judge.is(2, view.online(cpu) ? 1 : 0, C.counters);
    judge.is(3, view.available(cpu), C.counters);
    judge.is(4, view.allocated(cpu), C.counters);
    judge.is(5, view.managed(cpu), C.counters);
    this.globals(PER_CPU_GLOBALS, C.counters);
    judge.end(() => this.choices());
  }

  /** Judges an event that shows global counters only. */
  global(event: TraceEvent, clause: number): void {
    this.#judge.begin(event);
    this.globals(0, clause);
    this.#judge.end(() => this.choices());
  }

  #lowestFree(cpu: number): string {
    const v = this.#viewBefore;
    for (let bit = FIRST_DEVICE_VECTOR; bit < FIRST_SYSTEM_VECTOR; bit++) {
      if (!v.isSystem(bit) && !v.isAllocated(cpu, bit) && !v.isManaged(cpu, bit)) return `${bit}`;
    }
    return "none";
  }

  #lowestManaged(cpu: number): string {
    const v = this.#viewBefore;
    for (let bit = FIRST_DEVICE_VECTOR; bit < FIRST_SYSTEM_VECTOR; bit++) {
      if (v.isManaged(cpu, bit) && !v.isAllocated(cpu, bit)) return `${bit}`;
    }
    return "none";
  }

  /** What each CPU had to offer before the last operation. */
  choices(): readonly string[] {
    const v = this.#viewBefore;
    const lines: string[] = [];
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (!v.initialized(cpu) && v.managed(cpu) === 0) continue;
      lines.push(
        `cpu ${cpu}: ${v.online(cpu) ? "online" : "offline"}, available ${v.available(cpu)}, ` +
          `allocated ${v.allocated(cpu)}, lowest free ${this.#lowestFree(cpu)}, ` +
          `managed ${v.managed(cpu)} (${v.managedAllocated(cpu)} in use), ` +
          `lowest reserved ${this.#lowestManaged(cpu)}`,
      );
    }
    lines.push(
      `all: available ${v.globalAvailable}, reserved ${v.globalReserved}, ` +
        `allocated ${v.totalAllocated}, online ${v.onlineMaps}`,
    );
    return lines;
  }
}
