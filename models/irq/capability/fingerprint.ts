import type { Config } from "../../../spec/irq/capability/vocabulary.js";
import { Fingerprint } from "../../core/fingerprint.js";
import type { State } from "./state.js";

/** 128 bits of the state without what the last command sent. */
export const fingerprint = (_config: Config, state: State): Int32Array => {
  const sum = new Fingerprint();
  sum.flag(state.gone);
  const { plugged, kernel } = state;
  sum.add(kernel.mode === "none" ? 0 : kernel.mode === "msi" ? 1 : 2);
  sum.add(kernel.spareMask);
  for (const { index, message, masked, control } of kernel.vectors) {
    sum.add(index);
    sum.add(message.addressLo);
    sum.add(message.addressHi);
    sum.add(message.data);
    sum.flag(masked);
    sum.add(control);
  }
  if (plugged === undefined) return sum.words;
  const { fn } = plugged;
  sum.flag(fn.powered);
  sum.flag(fn.line);
  sum.add(fn.msiPending);
  sum.list(fn.config);
  sum.list(fn.table);
  sum.list(fn.pending);
  return sum.words;
};
