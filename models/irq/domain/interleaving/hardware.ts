/** What devices and the remapping unit do: messages, masks, pending bits and the entry cache. */

import { destination } from "../../../../spec/irq/domain/interleaving/judging.js";
import {
  type Config,
  NONE,
  type Pair,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import { entryAt, irqAt, type State, withEntry, withIrq } from "./state.js";

/** The message of an interrupt goes out. An absent remapping entry swallows it. */
const send = (config: Config, state: State, i: number): State => {
  const entry = entryAt(state, i);
  const pair: Pair = destination(config, entry);
  if (pair === NONE) return state;
  const cached = config.remapped && entry.cached !== pair;
  const filled = cached ? withEntry(state, i, { cached: pair }) : state;
  return { ...filled, irr: filled.irr | (1 << pair) };
};

/** PCIe 6.1.4: a masked entry notes the event in its pending bit. */
export const raise = (config: Config, state: State, i: number): State => {
  const irq = irqAt(state, i);
  const counted = withIrq(state, i, {
    raises: irq.raises + 1,
    owed: irq.owed || irq.phase === "live",
  });
  if (entryAt(state, i).masked) return withEntry(counted, i, { pending: true });
  return send(config, counted, i);
};

/** PCIe 6.1.4: a pending event is sent once, with what the entry holds now. */
export const unmask = (config: Config, state: State, i: number): State => {
  const { pending } = entryAt(state, i);
  const open = withEntry(state, i, { masked: false, pending: false });
  return pending ? send(config, open, i) : open;
};
