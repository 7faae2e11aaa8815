/** What a system shows when asked to `observe`: its own vectors and slots. */
import * as t from "io-ts";
import { decodeOrThrow, InputError } from "../../../../spec/core/decode.js";
import { boundedInt } from "../../../../spec/core/int.js";
import {
  type Config,
  MAX_CPUS,
  MAX_INTERRUPTS,
  MAX_VECTORS,
  type View,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";

const Pair = boundedInt("CPU * vectors + vector", 0, MAX_CPUS * MAX_VECTORS - 1);
/** -1 is an empty slot. */
const Slot = boundedInt("interrupt or -1", -1, MAX_INTERRUPTS - 1);

export const Observation = t.exact(
  t.partial({
    /** Vectors taken, ascending. */
    taken: t.readonlyArray(Pair, "a list of pairs"),
    /** One a pair. */
    slots: t.readonlyArray(Slot, "a list of slots"),
  }),
  "an observation of interleaved steps",
);

export const encodeObservation = (config: Config, view: View): unknown => {
  const taken: number[] = [];
  for (let pair = 0; pair < config.cpus * config.vectors; pair++) {
    if ((view.bits & (1 << pair)) !== 0) taken.push(pair);
  }
  return { taken, slots: view.slots };
};

export const decodeObservation = (
  config: Config,
  value: unknown,
  where: { file: string; line?: number },
  tracked: View,
): View => {
  const { taken, slots } = decodeOrThrow(Observation, value, where);
  const pairs = config.cpus * config.vectors;
  if (slots !== undefined && slots.length !== pairs) {
    const text = `found ${slots.length} slots, expected ${pairs}`;
    throw new InputError({ ...where, field: "slots" }, text);
  }
  const bits = taken?.reduce((mask, pair) => mask | (1 << pair), 0);
  return { ...tracked, bits: bits ?? tracked.bits, slots: slots ?? tracked.slots };
};
