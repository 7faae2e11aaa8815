import { planOf } from "../../../spec/irq/domain/platform.js";
import type { Config, DomainView } from "../../../spec/irq/domain/vocabulary.js";
import {
  SLOT_RETRIGGERED,
  SLOT_SHUTDOWN,
} from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { Picture, Tone } from "../../report/picture.js";

/** Most interrupts that are told apart: numbers of a picture end at 255, each has three. */
const MOST_IRQS = 80;
const MOST_CPUS = 64;

const LEGEND = [
  ["free", "empty", ""],
  ["CPU offline", "away", ""],
  ["requested, nobody's", "wrong", "!"],
  ["taken from its interrupt", "stale", "x"],
  ["sent elsewhere, may still arrive", "stale", "r"],
  ["a further interrupt", "held", "+"],
] as const satisfies readonly (readonly [string, Tone, string])[];

const OFFLINE = 1;
const STRAY = 2;
const SHUT = 3;
const SENT_ON = 4;
const FURTHER = 5;

const cellOf = (view: DomainView, cpu: number, vector: number): number => {
  const slot = view.vectors.slot(cpu, vector);
  const requested = view.hardware.requested(cpu, vector);
  if (slot >= 0) {
    if (slot >= MOST_IRQS) return FURTHER;
    const own = LEGEND.length + 3 * slot;
    return requested ? own + 1 : view.hardware.inService(cpu).includes(vector) ? own + 2 : own;
  }
  if (requested) return STRAY;
  if (slot === SLOT_SHUTDOWN) return SHUT;
  if (slot === SLOT_RETRIGGERED) return SENT_ON;
  return view.vectors.online(cpu) ? 0 : OFFLINE;
};

/** Which interrupt each vector of each CPU leads to, and what its local APIC holds of it. */
export const picture = (config: Config, view: DomainView): Picture => {
  const count = Math.min(config.apicIds.length, MOST_CPUS);
  const cpus = Array.from({ length: count }, (_x, cpu) => cpu);
  const vectors = Array.from({ length: config.end - config.start }, (_x, i) => config.start + i);
  const irqs = Array.from({ length: Math.min(planOf(config).count, MOST_IRQS) }, (_x, n) => n);
  return {
    kind: "grid",
    title: "Which interrupt each vector leads to, and what the local APICs hold",
    rows: cpus.map((cpu) => `CPU ${cpu}`),
    columns: vectors.map((vector) => `0x${vector.toString(16)}`),
    cells: cpus.map((cpu) => vectors.map((vector) => cellOf(view, cpu, vector))),
    legend: [
      ...LEGEND.map(([text]) => text),
      ...irqs.flatMap((n) => [
        `interrupt ${n}`,
        `interrupt ${n}, requested`,
        `interrupt ${n}, in service`,
      ]),
    ],
    tones: [
      ...LEGEND.map(([, tone]) => tone),
      ...irqs.flatMap((): Tone[] => ["held", "aside", "both"]),
    ],
    marks: [
      ...LEGEND.map(([, , mark]) => mark),
      ...irqs.flatMap((n) => [`${n}`, `${n}*`, `${n}!`]),
    ],
  };
};
