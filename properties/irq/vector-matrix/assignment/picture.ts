import {
  type Config,
  SLOT_RETRIGGERED,
  SLOT_SHUTDOWN,
  type VectorView,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { Picture, Tone } from "../../../report/picture.js";
import { MOST_CPUS, partOf, vectorLabel } from "../allocator/picture.js";

/** Most interrupts that are told apart: numbers of a picture end at 255, each has two. */
const MOST_IRQS = 120;

const LEGEND = [
  ["free", "empty", ""],
  ["CPU offline", "away", ""],
  ["system", "blocked", "S"],
  ["managed, set aside", "aside", "M"],
  ["taken from its interrupt", "stale", "x"],
  ["sent elsewhere, may still arrive", "stale", "r"],
  ["allocated, no interrupt", "wrong", "?"],
  ["a further interrupt", "held", "+"],
] as const satisfies readonly (readonly [string, Tone, string])[];

const OFFLINE = 1;
const FURTHER = 7;
const own = (irq: number): number => (irq < MOST_IRQS ? LEGEND.length + 2 * irq : FURTHER);
const previous = (irq: number): number => (irq < MOST_IRQS ? own(irq) + 1 : FURTHER);

const ownerOf = (view: VectorView, cpu: number, vector: number): number | undefined => {
  const slot = view.slot(cpu, vector);
  if (slot >= 0) {
    const irq = view.irq(slot);
    return irq?.cpu === cpu && irq.vector === vector ? own(slot) : previous(slot);
  }
  if (slot === SLOT_SHUTDOWN) return 4;
  return slot === SLOT_RETRIGGERED ? 5 : undefined;
};

const cellOf = (view: VectorView, cpu: number, vector: number): number => {
  const owner = ownerOf(view, cpu, vector);
  if (owner !== undefined) return owner;
  if (view.matrix.isAllocated(cpu, vector)) return 6;
  if (!view.online(cpu)) return OFFLINE;
  if (view.matrix.isManaged(cpu, vector)) return 3;
  return view.matrix.isSystem(vector) ? 2 : 0;
};

/** Who is where: the interrupt that each vector of each CPU belongs to. */
export const picture = (config: Config, view: VectorView): Picture => {
  const cpus = Array.from({ length: Math.min(config.cpus, MOST_CPUS) }, (_x, cpu) => cpu);
  const vectors = Array.from({ length: config.end - config.start }, (_x, i) => config.start + i);
  const irqs = Array.from({ length: Math.min(config.irqs, MOST_IRQS) }, (_x, irq) => irq);
  return {
    kind: "grid",
    title: `Which interrupt owns which vector${partOf(config.cpus)}`,
    rows: cpus.map((cpu) => `CPU ${cpu}`),
    columns: vectors.map(vectorLabel),
    cells: cpus.map((cpu) => vectors.map((vector) => cellOf(view, cpu, vector))),
    legend: [
      ...LEGEND.map(([text]) => text),
      ...irqs.flatMap((irq) => [`interrupt ${irq}`, `interrupt ${irq}, its previous vector`]),
    ],
    tones: [...LEGEND.map(([, tone]) => tone), ...irqs.flatMap((): Tone[] => ["held", "both"])],
    marks: [...LEGEND.map(([, , mark]) => mark), ...irqs.flatMap((irq) => [`${irq}`, `${irq}'`])],
  };
};
