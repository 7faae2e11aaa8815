/** What the clauses of interrupt messages share: small questions to a transition. */
import type { Transition } from "../../core/clause.js";
import { readRequest, tableKey, tableOf } from "./hardware.js";
import type {
  Action,
  Block,
  Command,
  Config,
  Entry,
  Irq,
  Message,
  Response,
  View,
} from "./vocabulary.js";

export type MessageTransition = Transition<Config, Command, Response, View>;
type T = MessageTransition;

export type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

export const isRefusal = (t: T): boolean =>
  t.response.kind === "refused" || t.response.kind === "failed";

/** The message that the system answered with. */
export const given = (t: T): (Message & { readonly kind: "message" }) | undefined =>
  t.response.kind === "message" ? t.response : undefined;

/** Destination of a composing command; -1 for others. */
export const destOf = (t: T): number => {
  const c = t.command;
  if (c.kind === "composeDest" || c.kind === "composeIommu") return c.dest;
  return c.kind === "compose" ? (t.config.apicIds[c.cpu] ?? -1) : -1;
};

export const vectorOf = (t: T): number => ("vector" in t.command ? t.command.vector : -1);

/** Destination mode asked for. */
export const modeOf = (t: T): boolean =>
  "logical" in t.command ? t.command.logical : t.config.logical;

/** A composed message for a device read back. */
export const reread = (t: T) => {
  const message = given(t);
  return message === undefined ? undefined : readRequest(t.config, message);
};

/** Smallest power of two that is not below `count`. */
export const roundUp = (count: number): number => 2 ** Math.ceil(Math.log2(count));

export type Place = {
  readonly key: number;
  readonly block: Block;
  readonly irq: Irq;
  readonly index: number;
};

/** Where an interrupt stands in a view. */
export const placeOf = (
  config: Config,
  view: View,
  device: number,
  irq: number,
): Place | undefined => {
  const key = tableKey(config, device);
  for (const block of tableOf(view, key)?.blocks ?? []) {
    const nth = irq - block.irq;
    if (block.device !== device || nth < 0 || nth >= block.irqs.length) continue;
    return { key, block, irq: block.irqs[nth] as Irq, index: block.base + nth };
  }
  return undefined;
};

/** The place in `view` of the interrupt that the command names. */
export const named = (t: T, view: View | undefined): Place | undefined => {
  const c = t.command;
  if (view === undefined || !("device" in c) || !("irq" in c)) return undefined;
  return placeOf(t.config, view, c.device, c.irq);
};

export const entryAt = (view: View | undefined, key: number, index: number): Entry | undefined =>
  view === undefined ? undefined : tableOf(view, key)?.entries.get(index);

/** The entry that the system shows for the interrupt of the command. */
export const observedEntry = (t: T): Entry | undefined => {
  const place = named(t, t.after);
  return place === undefined ? undefined : entryAt(t.observed, place.key, place.index);
};

export const isDone = (t: T): boolean => t.response.kind === "done";

export const logOf = (t: T): readonly Action[] => t.observed?.log ?? [];

/** An entry after a store that covers a part of it. */
export const stored = (entry: Entry, action: Extract<Action, { kind: "store" }>): Entry => {
  const words = entry.slice();
  for (let i = 0; i < action.words.length; i++) {
    const at = action.offset / 4 + i;
    if (at < words.length) words[at] = action.words[i] as number;
  }
  return words;
};

export const entryWords = (config: Config): number =>
  config.remapping === "amd" && !config.ga ? 1 : 4;

export const zeroOf = (config: Config): Entry => new Array<number>(entryWords(config)).fill(0);

export const sameResponse = (a: Response, b: Response): boolean => {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  const left = a as unknown as Readonly<Record<string, unknown>>;
  const right = b as unknown as Readonly<Record<string, unknown>>;
  for (const name in left) if (left[name] !== right[name]) return false;
  return true;
};
