/** What a system shows when asked to `observe`, as JSON, and back. Every part may be left out. */
import * as t from "io-ts";
import { decodeOrThrow, InputError } from "../../../spec/core/decode.js";
import { boundedInt } from "../../../spec/core/int.js";
import type { Config, DriverView } from "../../../spec/irq/driver/vocabulary.js";

const Vectors = t.readonlyArray(boundedInt("vector", 0, 255), "a list of vectors");
const Count = boundedInt("count", 0, 0xffffffff);

export const Observation = t.exact(
  t.partial({
    /** Vectors allocated on each CPU. */
    taken: t.readonlyArray(Vectors, "a list of vectors for each CPU"),
    /** Vectors of each CPU set aside for spread interrupts, in use or not. */
    aside: t.readonlyArray(Count, "a count for each CPU"),
    /** Interrupts that will want a vector later. */
    reserved: Count,
  }),
  "an observation of driver interrupts",
);
type Observation = t.TypeOf<typeof Observation>;

const everyCpu = (config: Config): readonly number[] => config.apicIds.map((_id, cpu) => cpu);

export const encodeObservation = (config: Config, view: DriverView): Observation => ({
  taken: everyCpu(config).map((cpu) => view.taken(cpu)),
  aside: everyCpu(config).map((cpu) => view.aside(cpu)),
  reserved: view.reserved,
});

const ascending = (vectors: readonly number[]): readonly number[] =>
  [...vectors].sort((a, b) => a - b);

export const decodeObservation = (
  config: Config,
  value: unknown,
  where: { file: string; line?: number },
  tracked: DriverView,
): DriverView => {
  const shown = decodeOrThrow(Observation, value, where);
  const cpus = config.apicIds.length;
  for (const field of ["taken", "aside"] as const) {
    const list = shown[field];
    if (list !== undefined && list.length !== cpus) {
      const text = `found ${list.length} CPUs, expected the ${cpus} configured`;
      throw new InputError({ ...where, field }, text);
    }
  }
  const taken = shown.taken?.map(ascending);
  return {
    devices: tracked.devices,
    registers: (device) => tracked.registers(device),
    asserts: (device) => tracked.asserts(device),
    message: (device, index) => tracked.message(device, index),
    target: (device, index) => tracked.target(device, index),
    owner: (cpu, vector) => tracked.owner(cpu, vector),
    taken: (cpu) => (taken === undefined ? tracked.taken(cpu) : (taken[cpu] ?? [])),
    aside: (cpu) => shown.aside?.[cpu] ?? tracked.aside(cpu),
    reserved: shown.reserved ?? tracked.reserved,
    free: (cpu) => tracked.free(cpu),
    pending: (cpu) => tracked.pending(cpu),
  };
};
