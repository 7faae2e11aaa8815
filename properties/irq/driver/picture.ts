import type { Config, DriverView } from "../../../spec/irq/driver/vocabulary.js";
import type { Picture, Tone } from "../../report/picture.js";

/** What a cell of the grid can be besides a device's vector. */
const PLAIN = [
  ["free", "empty", ""],
  ["taken, of no device", "wrong", "?"],
  ["an interrupt is moving away", "stale", "~"],
] as const satisfies readonly (readonly [string, Tone, string])[];

const FREE = 0;
const STRAY = 1;
const LEAVING = 2;

const tones: readonly Tone[] = ["held", "aside", "both", "blocked", "away"];
const hex = (value: number): string => `0x${value.toString(16)}`;
/** A letter for each device. */
const letter = (device: number): string => String.fromCharCode(65 + (device % 26));

const deviceText = (view: DriverView, n: number): string => {
  const device = view.devices[n];
  if (device === undefined || device.driver < 0) return `device ${n}, closed`;
  const { grant } = device;
  const live = grant?.handles.filter((handle) => handle !== undefined).length ?? 0;
  const had = grant === undefined ? "nothing" : `${grant.mode}, ${live}`;
  return `device ${n}, driver ${device.driver}: ${had}`;
};

const cellOf = (view: DriverView, cpu: number, vector: number, taken: boolean): number => {
  const owner = view.owner(cpu, vector);
  if (owner === undefined) return taken ? STRAY : FREE;
  const handle = view.devices[owner.device]?.grant?.handles[owner.index];
  if (handle?.vector !== vector || handle.cpu !== cpu) return LEAVING;
  return PLAIN.length + owner.device;
};

/** CPUs by vectors, each pair with the device that owns it; the devices and their modes below. */
export const picture = (config: Config, view: DriverView): Picture => {
  const cpus = config.apicIds.map((_id, cpu) => cpu);
  const range = Array.from(
    { length: config.vectorEnd - config.vectorStart },
    (_x, i) => config.vectorStart + i,
  );
  const taken = cpus.map((cpu) => new Set(view.taken(cpu)));
  const used = (vector: number): boolean =>
    taken.some((set) => set.has(vector)) || cpus.some((cpu) => view.owner(cpu, vector));
  // A whole IDT is wide, and most of it is empty.
  const last = range.reduce((most, vector, i) => (used(vector) ? i : most), 7);
  const columns = range.slice(0, last + 1);
  return {
    kind: "grid",
    title: "owner of each CPU's vectors",
    rows: cpus.map((cpu) => `CPU ${cpu}`),
    columns: columns.map(hex),
    cells: cpus.map((cpu) =>
      columns.map((vector) => cellOf(view, cpu, vector, taken[cpu]?.has(vector) === true)),
    ),
    legend: [...PLAIN.map(([name]) => name), ...view.devices.map((_d, n) => deviceText(view, n))],
    marks: [...PLAIN.map(([, , mark]) => mark), ...view.devices.map((_d, n) => letter(n))],
    tones: [
      ...PLAIN.map(([, tone]) => tone),
      ...view.devices.map((_d, n) => tones[n % tones.length] as Tone),
    ],
  };
};
