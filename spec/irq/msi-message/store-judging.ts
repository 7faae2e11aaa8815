/** Predicates of the clauses on stores, invalidations and where a request arrives. */
import { isPresent, readEntry, resolve, seenAs, sourceOf, tableKey } from "./hardware.js";
import {
  entryAt,
  isDone,
  logOf,
  type MessageTransition,
  named,
  observedEntry,
  placeOf,
  roundUp,
  stored,
  zeroOf,
} from "./judging.js";
import { dteKept, fast } from "./layout.js";
import type { Action, Config, Entry, Message, View } from "./vocabulary.js";

type T = MessageTransition;

type Store = Extract<Action, { kind: "store" }>;

export const isStore = (action: Action): action is Store => action.kind === "store";

/** Replays stores on the entries of `before`; visits every image that hardware can read. */
export const images = (
  t: T,
  visit: (before: Entry, after: Entry, store: Store) => boolean,
): boolean => {
  const memory = new Map<string, Entry>();
  for (const action of logOf(t)) {
    if (!isStore(action)) continue;
    const at = `${action.table}:${action.index}`;
    const held =
      memory.get(at) ?? entryAt(t.before, action.table, action.index) ?? zeroOf(t.config);
    const next = stored(held, action);
    memory.set(at, next);
    if (!visit(held, next, action)) return false;
  }
  return true;
};

/** Every store to an entry that is or was present is invalidated, and that is waited for. */
export const flushed = (t: T): boolean => {
  const dirty: Store[] = [];
  let issued: Store[] = [];
  const memory = new Map<string, Entry>();
  for (const action of logOf(t)) {
    if (isStore(action)) {
      const at = `${action.table}:${action.index}`;
      const held =
        memory.get(at) ?? entryAt(t.before, action.table, action.index) ?? zeroOf(t.config);
      const next = stored(held, action);
      memory.set(at, next);
      if (isPresent(held) || isPresent(next)) dirty.push(action);
      issued = issued.filter((s) => s.table !== action.table || s.index !== action.index);
    } else if (action.kind === "invalidate" || action.kind === "invalidateAll") {
      issued.push(...dirty.filter((s) => covers(action, s)));
    } else if (action.kind === "wait") {
      for (const s of issued.splice(0)) if (dirty.includes(s)) dirty.splice(dirty.indexOf(s), 1);
    } else if (action.kind === "release" && dirty.length > 0) return false;
  }
  return dirty.length === 0;
};

export const covers = (action: Action, s: Store): boolean =>
  action.kind === "invalidateAll" ||
  (action.kind === "invalidate" &&
    action.table === s.table &&
    s.index >= action.index &&
    s.index < action.index + action.count);

/** No readable image has the destination of one pair and the vector of the other. */
export const untorn = (t: T): boolean => {
  const place = named(t, t.before);
  if (place === undefined) return true;
  const first = entryAt(t.before, place.key, place.index);
  const from = readEntry(t.config, first);
  const last = observedEntry(t);
  const to = readEntry(t.config, last);
  if (from.posted || to.posted) return true;
  if (from.vector === to.vector || from.dest === to.dest) return true;
  return images(t, (_held, image, store) => {
    if (store.table !== place.key || store.index !== place.index || !isPresent(image)) return true;
    const { dest, vector } = readEntry(t.config, image);
    const torn =
      (vector === to.vector && dest === from.dest) || (vector === from.vector && dest === to.dest);
    return !torn;
  });
};

/** Whether the entry was live with another pair, so that a torn image could be seen. */
export const rewritten = (t: T): boolean => {
  const place = named(t, t.before);
  if (place === undefined || !isDone(t) || t.observed === undefined) return false;
  return isPresent(entryAt(t.before, place.key, place.index));
};

/** Entries of the block that the command speaks of are not present. */
export const silent = (t: T): boolean => {
  const c = t.command;
  if (c.kind === "allocateIrtes" && t.response.kind === "allocated") {
    const size = t.config.remapping === "intel" ? roundUp(c.count) : c.count;
    const key = tableKey(t.config, c.device);
    return noneIn(t.observed, key, t.response.index, size);
  }
  const place = named(t, t.before);
  if (place === undefined) return true;
  if (c.kind === "free") return noneIn(t.observed, place.key, place.block.base, place.block.size);
  return noneIn(t.observed, place.key, place.index, 1);
};

export const noneIn = (
  view: View | undefined,
  key: number,
  base: number,
  size: number,
): boolean => {
  for (let i = base; i < base + size; i++) if (isPresent(entryAt(view, key, i))) return false;
  return true;
};

export const sameMessage = (a: Message | undefined, b: Message | undefined): boolean =>
  a?.addressLo === b?.addressLo && a?.addressHi === b?.addressHi && a?.data === b?.data;

/** Device table entries that were written: interrupt word right, the rest kept, then flushed. */
export const dtesSound = (t: T): boolean => {
  const open = new Set<number>();
  const issued = new Set<number>();
  for (const action of logOf(t)) {
    if (action.kind === "dte") {
      if (!dteSound(t.config, action)) return false;
      open.add(action.requester);
    } else if (action.kind === "invalidateDte") issued.add(action.requester);
    else if (action.kind === "wait") for (const requester of issued) open.delete(requester);
  }
  return open.size === 0;
};

export const dteSound = (config: Config, action: Extract<Action, { kind: "dte" }>): boolean => {
  const { before, after } = action;
  for (const word of [0, 1, 2, 3, 6, 7]) if (before[word] !== after[word]) return false;
  const held = [before[4] as number, before[5] as number];
  const now = [after[4] as number, after[5] as number];
  const d = fast.dteInterrupt;
  if (!d.sound(now) || d.get(now, "IV") !== 1 || d.get(now, "IntCtl") !== 2) return false;
  if (2 ** d.get(now, "IntTabLen") !== config.tableEntries) return false;
  return dteKept.every((name) => d.get(now, name) === d.get(held, name));
};

/** The posted form of an entry: descriptor address, source check of before, one 128-bit store. */
export const postedSound = (t: T): boolean => {
  const entry = observedEntry(t);
  const place = named(t, t.before);
  if (t.command.kind !== "post" || entry === undefined || place === undefined) return false;
  const p = fast.intelPosted;
  if (!p.sound(entry) || p.get(entry, "P") !== 1) return false;
  const { descriptor, vector } = t.command;
  if (p.get(entry, "PDAL") !== Number((descriptor >> 6n) & 0x3ffffffn)) return false;
  if (p.get(entry, "PDAH") !== Number(descriptor >> 32n)) return false;
  if (p.get(entry, "V") !== vector) return false;
  const held = entryAt(t.before, place.key, place.index);
  return held !== undefined && sameSource(sourceOf(held), sourceOf(entry));
};

export const sameSource = (
  a: ReturnType<typeof sourceOf>,
  b: ReturnType<typeof sourceOf>,
): boolean => a.svt === b.svt && a.sq === b.sq && a.sid === b.sid;

export const storedOnce = (t: T): boolean => {
  const stores = logOf(t).filter(isStore);
  return stores.length === 1 && stores[0]?.words.length === 4;
};

/** After SIRTP nothing is enabled before a global invalidation has completed. */
export const latchedSafely = (t: T): boolean => {
  let latched = false;
  let asked = false;
  for (const action of logOf(t)) {
    if (action.kind === "register" && action.name === "SIRTP") [latched, asked] = [true, false];
    else if (action.kind === "invalidateAll") asked = true;
    else if (action.kind === "wait") latched = latched && !asked;
    else if (action.kind === "register" && action.name === "IRE" && latched) return false;
  }
  return true;
};

/** The request of the command's interrupt arrives where the command asked. */
export const arrives = (t: T): boolean => {
  const c = t.command;
  if ((c.kind !== "activate" && c.kind !== "setAffinity") || t.observed === undefined) return true;
  const message = placeOf(t.config, t.observed, c.device, c.irq)?.irq.message;
  if (message === undefined) return false;
  const fate = resolve(t.config, t.observed, seenAs(t.config, c.device), message);
  return (
    fate.kind === "delivered" &&
    fate.dest === t.config.apicIds[c.cpu] &&
    fate.vector === c.vector &&
    fate.logical === t.config.logical
  );
};

export const unitsSound = (t: T): boolean => {
  const { enabled, blocked } = t.observed as View;
  const all = enabled.every((on) => on);
  if (!all && enabled.some((on) => on)) return false;
  return all ? t.config.coverable && blocked : true;
};
