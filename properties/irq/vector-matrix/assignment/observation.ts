import * as t from "io-ts";
import { matrixConfig } from "../../../../models/irq/vector-matrix/assignment/state.js";
import { decodeOrThrow, InputError } from "../../../../spec/core/decode.js";
import { boundedInt } from "../../../../spec/core/int.js";
import type { MatrixView } from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import {
  type Config,
  type Irq,
  IrqId,
  SLOT_RETRIGGERED,
  SLOT_SHUTDOWN,
  SLOT_UNUSED,
  Vector,
  type VectorView,
  type Write,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import {
  decodeObservation as decodeMatrix,
  encodeObservation as encodeMatrix,
  Observation as MatrixObservation,
} from "../allocator/observation.js";

const Cpu = boundedInt("CPU", 0, 8191);
const Cpus = t.readonlyArray(Cpu, "a list of CPUs");
const Dest = boundedInt("destination", 0, 0xffffffff);
const Message = t.readonly(t.exact(t.type({ dest: Dest, vector: Vector })));

const SlotContent = t.union(
  [IrqId, t.literal("shutdown"), t.literal("retriggered")],
  'an interrupt, "shutdown" or "retriggered"',
);

/** Fields of an interrupt that a system may show; what it leaves out is taken from the reference. */
const ShownIrq = t.exact(
  t.intersection([
    t.type({ irq: IrqId }),
    t.partial({
      managed: t.boolean,
      maskable: t.boolean,
      node: boundedInt("node", -1, 8191),
      vector: Vector,
      cpu: Cpu,
      prevVector: Vector,
      prevCpu: Cpu,
      moveInProgress: t.boolean,
      listed: t.boolean,
      canReserve: t.boolean,
      hasReserved: t.boolean,
      coreCanReserve: t.boolean,
      hwVector: Vector,
      hwCpu: Cpu,
      affinity: Cpus,
      effective: Cpus,
      /** Null: no request is stored. */
      pending: t.union([Cpus, t.null], "a list of CPUs or null"),
      affinitySet: t.boolean,
      activated: t.boolean,
      started: t.boolean,
      requested: t.boolean,
      depth: boundedInt("depth", -1000, 1000),
      managedShutdown: t.boolean,
      message: Message,
    }),
  ]),
);

const ShownCpu = t.exact(
  t.intersection([
    t.type({ cpu: Cpu }),
    t.partial({
      online: t.boolean,
      slots: t.readonlyArray(
        t.exact(t.type({ vector: Vector, content: SlotContent })),
        "a list of used slots",
      ),
      irr: t.readonlyArray(Vector, "a list of vectors"),
      timer: t.boolean,
    }),
  ]),
);

/** What a system shows when asked to `observe`; every part is optional, as declared. */
export const Observation = t.exact(
  t.partial({
    matrix: MatrixObservation,
    irqs: t.readonlyArray(ShownIrq, "a list of interrupts"),
    cpus: t.readonlyArray(ShownCpu, "a list of CPUs"),
    writes: t.readonlyArray(
      t.exact(t.type({ irq: IrqId, dest: Dest, vector: Vector })),
      "a list of writes",
    ),
  }),
  "an observation of vector assignment",
);
type Observation = t.TypeOf<typeof Observation>;
type Shown = t.TypeOf<typeof ShownIrq>;

const blank: Irq = {
  managed: false,
  maskable: true,
  node: -1,
  vector: 0,
  cpu: 0,
  prevVector: 0,
  prevCpu: 0,
  moveInProgress: false,
  listed: false,
  canReserve: false,
  hasReserved: false,
  coreCanReserve: false,
  hwVector: 0,
  hwCpu: 0,
  affinity: [],
  effective: [],
  pending: undefined,
  affinitySet: false,
  activated: false,
  started: false,
  requested: false,
  depth: 1,
  managedShutdown: false,
  message: { dest: 0, vector: 0 },
  waited: 0,
  stranded: false,
};

const merged = (tracked: Irq | undefined, shown: Shown): Irq => {
  const { irq: _number, pending, ...fields } = shown;
  const base = tracked ?? blank;
  return {
    ...base,
    ...(fields as Partial<Irq>),
    pending: pending === undefined ? base.pending : (pending ?? undefined),
  };
};

/** A system's own state. */
class ObservedView implements VectorView {
  readonly matrix: MatrixView;
  readonly irqCount: number;
  readonly #tracked: VectorView;
  readonly #irqs: Map<number, Irq> | undefined;
  readonly #cpus = new Map<number, t.TypeOf<typeof ShownCpu>>();
  readonly #slots = new Map<number, Map<number, number>>();
  readonly #writes: readonly Write[] | undefined;
  constructor(matrix: MatrixView, shown: Observation, tracked: VectorView) {
    this.matrix = matrix;
    this.irqCount = tracked.irqCount;
    this.#tracked = tracked;
    this.#writes = shown.writes;
    this.#irqs =
      shown.irqs && new Map(shown.irqs.map((i) => [i.irq, merged(tracked.irq(i.irq), i)]));
    for (const cpu of shown.cpus ?? []) {
      this.#cpus.set(cpu.cpu, cpu);
      if (cpu.slots === undefined) continue;
      this.#slots.set(cpu.cpu, new Map(cpu.slots.map((s) => [s.vector, codeOf(s.content)])));
    }
  }
  irq(irq: number): Irq | undefined {
    return this.#irqs === undefined ? this.#tracked.irq(irq) : this.#irqs.get(irq);
  }
  online(cpu: number): boolean {
    return this.#cpus.get(cpu)?.online ?? this.#tracked.online(cpu);
  }
  slot(cpu: number, vector: number): number {
    const table = this.#slots.get(cpu);
    return table === undefined
      ? this.#tracked.slot(cpu, vector)
      : (table.get(vector) ?? SLOT_UNUSED);
  }
  isPending(cpu: number, vector: number): boolean {
    return this.#cpus.get(cpu)?.irr?.includes(vector) ?? this.#tracked.isPending(cpu, vector);
  }
  pendingVectors(cpu: number): readonly number[] {
    return this.#cpus.get(cpu)?.irr ?? this.#tracked.pendingVectors(cpu);
  }
  timerArmed(cpu: number): boolean {
    return this.#cpus.get(cpu)?.timer ?? this.#tracked.timerArmed(cpu);
  }
  get writes(): readonly Write[] {
    return this.#writes ?? this.#tracked.writes;
  }
}

const codeOf = (content: number | "shutdown" | "retriggered"): number => {
  if (content === "shutdown") return SLOT_SHUTDOWN;
  return content === "retriggered" ? SLOT_RETRIGGERED : content;
};

const contentOf = (code: number): number | "shutdown" | "retriggered" => {
  if (code === SLOT_SHUTDOWN) return "shutdown";
  return code === SLOT_RETRIGGERED ? "retriggered" : code;
};

export const decodeObservation = (
  config: Config,
  value: unknown,
  where: { file: string; line?: number },
  tracked: VectorView,
): VectorView => {
  const shown = decodeOrThrow(Observation, value, where);
  const stranger = shown.irqs?.find((i) => i.irq >= config.irqs);
  if (stranger !== undefined) {
    throw new InputError(
      { ...where, field: "irqs" },
      `found interrupt ${stranger.irq}, expected one of the ${config.irqs} configured`,
    );
  }
  const cpu = shown.cpus?.find((c) => c.cpu >= config.cpus);
  if (cpu !== undefined) {
    throw new InputError(
      { ...where, field: "cpus" },
      `found CPU ${cpu.cpu}, expected one of the ${config.cpus} configured`,
    );
  }
  const matrix =
    shown.matrix === undefined
      ? tracked.matrix
      : decodeMatrix(matrixConfig(config), shown.matrix, where, tracked.matrix);
  return new ObservedView(matrix, shown, tracked);
};

const encodeIrq = (number: number, irq: Irq): unknown => {
  const { waited: _w, stranded: _s, pending, ...fields } = irq;
  return { irq: number, ...fields, pending: pending ?? null };
};

export const encodeObservation = (config: Config, view: VectorView): unknown => {
  const irqs: unknown[] = [];
  for (let n = 0; n < config.irqs; n++) {
    const irq = view.irq(n);
    if (irq !== undefined) irqs.push(encodeIrq(n, irq));
  }
  return {
    matrix: encodeMatrix(matrixConfig(config), view.matrix),
    irqs,
    cpus: Array.from({ length: config.cpus }, (_x, cpu) => {
      const slots: unknown[] = [];
      for (let vector = 0; vector < config.bits; vector++) {
        const code = view.slot(cpu, vector);
        if (code !== SLOT_UNUSED) slots.push({ vector, content: contentOf(code) });
      }
      return {
        cpu,
        online: view.online(cpu),
        slots,
        irr: view.pendingVectors(cpu),
        timer: view.timerArmed(cpu),
      };
    }),
    writes: view.writes,
  };
};
