/** What a system shows of itself: the vector layer's observation and the domain's own parts. */
import * as t from "io-ts";
import { plantOf } from "../../../models/irq/domain/plant.js";
import { decodeOrThrow, InputError } from "../../../spec/core/decode.js";
import { boundedInt } from "../../../spec/core/int.js";
import { planOf } from "../../../spec/irq/domain/platform.js";
import {
  type Config,
  type CpuPart,
  type Desc,
  type DomainView,
  type HardwareView,
  IrqId,
  type Line,
} from "../../../spec/irq/domain/vocabulary.js";
import { Word32 } from "../../../spec/irq/msi-message/vocabulary.js";
import type { Irq, VectorView } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import {
  decodeObservation as decodeVectors,
  encodeObservation as encodeVectors,
  Observation as VectorObservation,
} from "../vector-matrix/assignment/observation.js";

const Count = boundedInt("count", 0, 0xffff);

const ShownDesc = t.exact(
  t.intersection([
    t.type({ irq: IrqId }),
    t.partial({
      number: boundedInt("interrupt number", 0, 0xffffffff),
      /** Null: none was written yet. */
      message: t.union(
        [t.exact(t.type({ addressLo: Word32, addressHi: Word32, data: Word32 })), t.null],
        "a message or null",
      ),
      pending: t.boolean,
    }),
  ]),
);

const ShownCpu = t.exact(
  t.intersection([
    t.type({ cpu: boundedInt("CPU", 0, 255) }),
    t.partial({ spurious: Count, ticks: Count }),
  ]),
);

const ShownLine = t.exact(
  t.intersection([
    t.type({ line: boundedInt("line", 0, 15) }),
    t.partial({
      handlers: t.readonlyArray(boundedInt("handler", 0, 7), "a list of handlers"),
      off: t.boolean,
    }),
  ]),
);

/** What a system shows when asked to `observe`; every part is optional, as declared. */
export const Observation = t.exact(
  t.partial({
    vectors: VectorObservation,
    descs: t.readonlyArray(ShownDesc, "a list of interrupts"),
    cpus: t.readonlyArray(ShownCpu, "a list of CPUs"),
    lines: t.readonlyArray(ShownLine, "a list of lines"),
  }),
  "an observation of the interrupt domain",
);
type Observation = t.TypeOf<typeof Observation>;

const blank: Desc = {
  number: 0,
  message: undefined,
  pending: false,
  running: -1,
  owed: false,
  spare: 0,
  runs: 0,
};

/** A system's own state; the machine is the judge's. */
class ObservedView implements DomainView {
  readonly vectors: VectorView;
  readonly hardware: HardwareView;
  readonly #tracked: DomainView;
  readonly #descs: ReadonlyMap<number, Desc> | undefined;
  readonly #shown: Observation;
  constructor(vectors: VectorView, shown: Observation, tracked: DomainView) {
    this.vectors = vectors;
    this.hardware = tracked.hardware;
    this.#tracked = tracked;
    this.#shown = shown;
    this.#descs =
      shown.descs &&
      new Map(
        shown.descs.map(({ irq, message, ...rest }) => {
          const base = tracked.desc(irq) ?? blank;
          const own = message === undefined ? base.message : (message ?? undefined);
          return [irq, { ...base, ...(rest as Partial<Desc>), message: own }];
        }),
      );
  }
  irq(irq: number): Irq | undefined {
    return this.vectors.irq(irq);
  }
  desc(irq: number): Desc | undefined {
    return this.#descs === undefined ? this.#tracked.desc(irq) : this.#descs.get(irq);
  }
  cpu(cpu: number): CpuPart {
    const tracked = this.#tracked.cpu(cpu);
    const shown = this.#shown.cpus?.find((c) => c.cpu === cpu);
    if (shown === undefined) return tracked;
    return {
      ...tracked,
      spurious: shown.spurious ?? tracked.spurious,
      ticks: shown.ticks ?? tracked.ticks,
    };
  }
  line(line: number): Line {
    const tracked = this.#tracked.line(line);
    const shown = this.#shown.lines?.find((l) => l.line === line);
    if (shown === undefined) return tracked;
    return {
      ...tracked,
      handlers: shown.handlers ?? tracked.handlers,
      off: shown.off ?? tracked.off,
    };
  }
}

export const decodeObservation = (
  config: Config,
  value: unknown,
  where: { file: string; line?: number },
  tracked: DomainView,
): DomainView => {
  const shown = decodeOrThrow(Observation, value, where);
  const stranger = shown.descs?.find((d) => d.irq >= planOf(config).count);
  if (stranger !== undefined) {
    throw new InputError(
      { ...where, field: "descs" },
      `found interrupt ${stranger.irq}, expected one of the ${planOf(config).count} configured`,
    );
  }
  const vectors =
    shown.vectors === undefined
      ? tracked.vectors
      : decodeVectors(plantOf(config).vectors, shown.vectors, where, tracked.vectors);
  return new ObservedView(vectors, shown, tracked);
};

export const encodeObservation = (config: Config, view: DomainView): unknown => {
  const descs: unknown[] = [];
  for (let irq = 0; irq < planOf(config).count; irq++) {
    const desc = view.desc(irq);
    if (desc === undefined) continue;
    descs.push({
      irq,
      number: desc.number,
      message: desc.message ?? null,
      pending: desc.pending,
    });
  }
  return {
    vectors: encodeVectors(plantOf(config).vectors, view.vectors),
    descs,
    cpus: config.apicIds.map((_id, cpu) => {
      const { spurious, ticks } = view.cpu(cpu);
      return { cpu, spurious, ticks };
    }),
    lines: config.lines.map((_vector, line) => {
      const { handlers, off } = view.line(line);
      return { line, handlers, off };
    }),
  };
};
