import type {
  Config,
  CpuPart,
  Desc,
  DomainView,
  HardwareView,
  Line,
} from "../../../spec/irq/domain/vocabulary.js";
import type { Irq, VectorView } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { StateView as VectorStateView } from "../vector-matrix/assignment/view.js";
import { MachineView } from "./hardware.js";
import { plantOf } from "./plant.js";
import { freshCpu, freshLine, type State } from "./state.js";

/** The readable state through the clauses' accessors. */
export class StateView implements DomainView {
  readonly #state: State;
  readonly vectors: VectorView;
  readonly hardware: HardwareView;
  constructor(config: Config, state: State) {
    this.#state = state;
    this.vectors = new VectorStateView(plantOf(config).vectors, state.vectors);
    this.hardware = new MachineView(config, state.machine);
  }
  irq(irq: number): Irq | undefined {
    return this.#state.vectors.irqs[irq];
  }
  desc(irq: number): Desc | undefined {
    return this.#state.descs[irq];
  }
  cpu(cpu: number): CpuPart {
    return this.#state.cpus[cpu] ?? freshCpu;
  }
  line(line: number): Line {
    return this.#state.lines[line] ?? freshLine;
  }
}
