import type { MatrixView } from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import type {
  Config,
  Irq,
  VectorView,
  Write,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { StateView as MatrixStateView } from "../allocator/view.js";
import { isPending, matrixConfig, type State, slotOf } from "./state.js";

/** The readable state through the clauses' accessors. */
export class StateView implements VectorView {
  readonly #state: State;
  readonly matrix: MatrixView;
  constructor(config: Config, state: State) {
    this.#state = state;
    this.matrix = new MatrixStateView(matrixConfig(config), state.matrix);
  }
  get irqCount(): number {
    return this.#state.irqs.length;
  }
  irq(irq: number): Irq | undefined {
    return this.#state.irqs[irq];
  }
  online(cpu: number): boolean {
    return this.#state.online[cpu] === true;
  }
  slot(cpu: number, vector: number): number {
    return slotOf(this.#state, cpu, vector);
  }
  isPending(cpu: number, vector: number): boolean {
    return isPending(this.#state, cpu, vector);
  }
  pendingVectors(cpu: number): readonly number[] {
    return [...(this.#state.irr[cpu] ?? [])].sort((a, b) => a - b);
  }
  timerArmed(cpu: number): boolean {
    return this.#state.timers[cpu] === true;
  }
  get writes(): readonly Write[] {
    return this.#state.writes;
  }
}
