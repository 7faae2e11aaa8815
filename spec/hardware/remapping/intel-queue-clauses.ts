/** Global commands and the invalidation queue of an Intel unit. */
import type { Clause } from "../../core/clause.js";
import { vtd } from "../../core/source.js";
import { entryWords } from "./fate-intel.js";
import {
  CFI,
  DESCRIPTOR_WAIT,
  FSTS,
  GCMD,
  GSTS,
  IQA,
  IQE,
  IQH,
  IQT,
  IRE,
  intelFast,
  LAST_DESCRIPTOR,
  QIE,
  SIRTP,
  TE,
} from "./intel.js";
import { clause, isIntel, register, type T, unitBefore, unitShown, written } from "./judging.js";

const queued = vtd("queued invalidation interface");
const { get } = intelFast.waitDescriptor;

/** What the unit works on when the tail moves. */
type Work = {
  /** Descriptors in order; the last one is unknown where `stuck`. */
  readonly descriptors: readonly (readonly number[])[];
  readonly stuck: boolean;
  /** Where the head must come to stand. */
  readonly head: number;
};

const SIZE = 16;

/** The work of a write to the tail while the queue runs; undefined where it does not. */
const work = (t: T): Work | undefined => {
  const unit = unitBefore(t);
  const value = isIntel(t) ? written(t, IQT) : undefined;
  if (value === undefined || unit === undefined) return undefined;
  if ((register(unit, GSTS) & QIE) === 0 || (register(unit, FSTS) & IQE) !== 0) return undefined;
  const bytes = 4096 * 2 ** (register(unit, IQA) & 7);
  const base = register(unit, IQA + 4) * 0x100000000 + ((register(unit, IQA) & ~0xfff) >>> 0);
  const tail = value & 0x7fff0;
  if (tail >= bytes) return undefined;
  const descriptors: (readonly number[])[] = [];
  let head = register(unit, IQH);
  while (head !== tail) {
    const words = entryWords(t.before.memory, base + head, 4);
    descriptors.push(words);
    const type = (words[0] ?? 0) & 0xf;
    if (type === 0 || type > LAST_DESCRIPTOR) return { descriptors, stuck: true, head };
    head = (head + SIZE) % bytes;
  }
  return { descriptors, stuck: false, head };
};

/** Status words that waits store, the last store to an address winning. */
const stores = (w: Work): ReadonlyMap<number, number> => {
  const found = new Map<number, number>();
  for (const words of w.descriptors) {
    if (((words[0] ?? 0) & 0xf) !== DESCRIPTOR_WAIT || get(words, "SW") === 0) continue;
    const high = get(words, "Address high") & 0xfffff;
    const at = high * 0x100000000 + get(words, "Address") * 4;
    found.set(at, get(words, "Data"));
  }
  return found;
};

const KEPT = (TE | QIE | IRE | CFI) >>> 0;

export const intelQueueClauses: readonly Clause<T>[] = [
  clause(
    "HW-IR-20",
    "the queue is worked on up to its tail, or up to a descriptor of no known type and IQE",
    [queued, vtd("invalidation queue error")],
    ["write"],
    (t) => work(t) !== undefined,
    (t) => {
      const w = work(t) as Work;
      const unit = unitShown(t);
      const error = (register(unit, FSTS) & IQE) !== 0;
      return register(unit, IQH) === w.head && error === w.stuck;
    },
    { needs: ["remapping"] },
  ),
  clause(
    "HW-IR-21",
    "a wait that stores has stored its status data once the queue has passed it",
    [vtd("invalidation wait descriptor")],
    ["write"],
    (t) => {
      const w = work(t);
      return w !== undefined && stores(w).size > 0;
    },
    (t) => [...stores(work(t) as Work)].every(([at, data]) => t.observed?.memory.word(at) === data),
    { needs: ["memory"] },
  ),
  clause(
    "HW-IR-22",
    "GSTS follows the command: enables as written, the table pointer's status set by SIRTP",
    [vtd("global command register"), vtd("global status register")],
    ["write"],
    (t) => isIntel(t) && written(t, GCMD) !== undefined,
    (t) => {
      const value = written(t, GCMD) ?? 0;
      const before = register(unitBefore(t), GSTS);
      const shown = register(unitShown(t), GSTS);
      const kept = t.config.quirks.includes("ir-compatibility-passes") ? KEPT & ~CFI : KEPT;
      const latched = (value & SIRTP) !== 0 ? SIRTP : before & SIRTP;
      return (shown & kept) === (value & kept) && (shown & SIRTP) === latched;
    },
    { needs: ["remapping"] },
  ),
];
