import type {
  Config,
  MatrixView,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import type { Picture, Tone } from "../../../report/picture.js";

/** Most CPUs that are drawn; more are no picture any more. */
export const MOST_CPUS = 64;

const LEGEND = [
  ["free", "empty", ""],
  ["allocated", "held", "A"],
  ["managed, set aside", "aside", "M"],
  ["managed, allocated", "both", "B"],
  ["system", "blocked", "S"],
  ["CPU offline", "away", ""],
  ["allocated on an offline CPU", "stale", "a"],
  ["managed on an offline CPU", "stale", "m"],
] as const satisfies readonly (readonly [string, Tone, string])[];

const FREE = 0;
const SYSTEM = 4;
const OFFLINE = 5;

export const vectorLabel = (vector: number): string => `0x${vector.toString(16).padStart(2, "0")}`;

/** "the first 64 of 8192 CPUs", where not all are drawn. */
export const partOf = (cpus: number): string =>
  cpus > MOST_CPUS ? `, the first ${MOST_CPUS} of ${cpus} CPUs` : "";

const cellOf = (view: MatrixView, cpu: number, vector: number): number => {
  const allocated = view.isAllocated(cpu, vector);
  const managed = view.isManaged(cpu, vector);
  if (!view.online(cpu)) return allocated ? 6 : managed ? 7 : OFFLINE;
  if (managed) return allocated ? 3 : 2;
  if (allocated) return 1;
  return view.isSystem(vector) ? SYSTEM : FREE;
};

/** The matrix as CPUs by device vectors. */
export const picture = (config: Config, view: MatrixView): Picture => {
  const cpus = Array.from({ length: Math.min(config.cpus, MOST_CPUS) }, (_x, cpu) => cpu);
  const vectors = Array.from({ length: config.end - config.start }, (_x, i) => config.start + i);
  return {
    kind: "grid",
    title: `Vectors of each CPU${partOf(config.cpus)}`,
    rows: cpus.map((cpu) => `CPU ${cpu}`),
    columns: vectors.map(vectorLabel),
    cells: cpus.map((cpu) => vectors.map((vector) => cellOf(view, cpu, vector))),
    legend: LEGEND.map(([text]) => text),
    tones: LEGEND.map(([, tone]) => tone),
    marks: LEGEND.map(([, , mark]) => mark),
  };
};
