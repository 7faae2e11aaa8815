/** The hardware side: what a request becomes, with the cache of entries in between. */
import {
  type Fate,
  isPresent,
  resolve,
  selects,
  through,
} from "../../../spec/irq/msi-message/hardware.js";
import type { Action, Cached, Config, Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { CACHE_ENTRIES, type State, tableAt } from "./state.js";

export { type Fate, resolve } from "../../../spec/irq/msi-message/hardware.js";

/** A request as the hardware treats it now: a cached entry is used although memory changed. */
export const request = (
  config: Config,
  state: State,
  requester: number,
  message: Message,
): { readonly fate: Fate; readonly state: State } => {
  const at = selects(config, state, requester, message);
  if (at === undefined) return { fate: resolve(config, state, requester, message), state };
  const cached = state.cache.find((c) => c.table === at.table && c.index === at.index);
  if (cached !== undefined) return { fate: through(config, cached.entry, requester), state };
  const entry = tableAt(state, at.table).entries.get(at.index);
  const fate = through(config, entry, requester);
  // Only present entries are kept (VT-d: non-present ones are not cached).
  if (entry === undefined || !isPresent(entry)) return { fate, state };
  const line: Cached = { ...at, entry };
  const cache = [...state.cache.slice(-(CACHE_ENTRIES - 1)), line];
  return { fate, state: { ...state, cache } };
};

/** What an invalidation leaves in the cache. */
export const invalidated = (cache: readonly Cached[], action: Action): readonly Cached[] => {
  if (cache.length === 0) return cache;
  if (action.kind === "invalidateAll") return [];
  if (action.kind !== "invalidate") return cache;
  const end = action.index + action.count;
  const covered = (c: Cached): boolean =>
    c.table === action.table && c.index >= action.index && c.index < end;
  return cache.some(covered) ? cache.filter((c) => !covered(c)) : cache;
};
