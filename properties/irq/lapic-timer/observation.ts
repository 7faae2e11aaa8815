/** What a system shows when asked to `observe`: its schedulers' own tick counters. */
import * as t from "io-ts";
import { decodeOrThrow, InputError } from "../../../spec/core/decode.js";
import { boundedInt } from "../../../spec/core/int.js";
import type { Config, View } from "../../../spec/irq/lapic-timer/vocabulary.js";

const Count = boundedInt("ticks", 0, 0xffffffff);

export const Observation = t.exact(
  t.partial({
    /** Ticks of each CPU from its own timer, since the tick was last set up. */
    ticks: t.readonlyArray(Count, "a list of tick counts"),
    /** Ticks from the PIT, since it was last switched on or its rate set. */
    pitTicks: Count,
  }),
  "an observation of ticks",
);

export const encodeObservation = (_config: Config, view: View): unknown => ({
  ticks: view.cpus.map((c) => c.ticks),
  pitTicks: view.pitTicks,
});

export const decodeObservation = (
  config: Config,
  value: unknown,
  where: { file: string; line?: number },
  tracked: View,
): View => {
  const { ticks, pitTicks } = decodeOrThrow(Observation, value, where);
  if (ticks !== undefined && ticks.length !== config.cpus) {
    const text = `found ${ticks.length} counts, expected ${config.cpus}`;
    throw new InputError({ ...where, field: "ticks" }, text);
  }
  const cpus =
    ticks === undefined
      ? tracked.cpus
      : tracked.cpus.map((c, i) => ({ ...c, ticks: ticks[i] as number }));
  return { ...tracked, cpus, pitTicks: pitTicks ?? tracked.pitTicks };
};
