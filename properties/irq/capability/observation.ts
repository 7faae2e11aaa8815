/** What a system shows when asked to `observe`, as JSON, and back. Every part may be left out. */
import * as t from "io-ts";
import { decodeOrThrow } from "../../../spec/core/decode.js";
import { boundedInt } from "../../../spec/core/int.js";
import { MAX_MSIX_ENTRIES } from "../../../spec/hardware/shape.js";
import type { Config, View } from "../../../spec/irq/capability/vocabulary.js";

const Index = boundedInt("message or entry", 0, MAX_MSIX_ENTRIES - 1);
const Indices = t.readonlyArray(Index, "a list of messages or entries");

export const Observation = t.exact(
  t.partial({
    /** What the kernel's books say is in use. */
    mode: t.union([t.literal("none"), t.literal("msi"), t.literal("msix")]),
    vectors: Indices,
    /** Those of them that the books have as masked. */
    masked: Indices,
  }),
  "an observation of capabilities",
);

export const decodeObservation = (
  _config: Config,
  value: unknown,
  where: { file: string; line?: number },
  tracked: View,
): View => {
  const o = decodeOrThrow(Observation, value, where);
  const { kernel } = tracked;
  const indices = o.vectors ?? kernel.vectors.map((v) => v.index);
  const vectors = [...indices]
    .sort((a, b) => a - b)
    .map((index) => {
      const known = kernel.vectors.find((v) => v.index === index);
      const message = known?.message ?? { addressLo: 0, addressHi: 0, data: 0 };
      const masked = o.masked?.includes(index) ?? known?.masked ?? true;
      return { index, message, masked, control: known?.control ?? 0 };
    });
  return { ...tracked, kernel: { ...kernel, mode: o.mode ?? kernel.mode, vectors } };
};

export const encodeObservation = (_config: Config, view: View): unknown => ({
  mode: view.kernel.mode,
  vectors: view.kernel.vectors.map((v) => v.index),
  masked: view.kernel.vectors.filter((v) => v.masked).map((v) => v.index),
});
