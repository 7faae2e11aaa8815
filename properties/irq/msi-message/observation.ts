/** What a system shows when asked to `observe`, as JSON, and back. Every part may be left out. */
import * as t from "io-ts";
import { PagedEntries } from "../../../models/irq/msi-message/entries.js";
import { decodeOrThrow, InputError } from "../../../spec/core/decode.js";
import { boundedInt, Hex64 } from "../../../spec/core/int.js";
import { tagged } from "../../../spec/core/tagged.js";
import type {
  Action,
  Config,
  Entry,
  Irq,
  Table,
  View,
} from "../../../spec/irq/msi-message/vocabulary.js";
import { Requester, Word32 } from "../../../spec/irq/msi-message/vocabulary.js";

const Index = boundedInt("table index", 0, 65535);
const Count = boundedInt("count", 0, 65536);
const Key = Requester;
const Small = boundedInt("number", 0, 8191);
/** 64-bit words, low word first; a short entry is one word. */
const Words = t.readonlyArray(Hex64, "a list of 64-bit words");
const Halves = t.readonlyArray(Word32, "a list of 32-bit words");

const Message = t.exact(t.type({ addressLo: Word32, addressHi: Word32, data: Word32 }));

const IrqShown = t.exact(
  t.intersection([
    t.type({ active: t.boolean, posted: t.boolean, cpu: Small, vector: Small }),
    t.partial({ message: Message }),
  ]),
);

const TableShown = t.exact(
  t.type({
    key: Key,
    blocks: t.readonlyArray(
      t.exact(
        t.type({
          base: Index,
          size: Count,
          device: Small,
          irq: Small,
          irqs: t.readonlyArray(IrqShown, "a list of interrupts"),
        }),
      ),
      "a list of blocks",
    ),
    entries: t.readonlyArray(
      t.exact(t.type({ index: Index, words: Words })),
      "a list of entries that are not zero",
    ),
  }),
);

const ActionShown = tagged("action", {
  store: { table: Key, index: Index, offset: boundedInt("byte offset", 0, 15), words: Halves },
  invalidate: { table: Key, index: Index, count: Count },
  invalidateAll: {},
  wait: {},
  release: { cpu: Small, vector: Small },
  device: { device: Small, irq: Small },
  register: {
    name: t.union(
      [t.literal("IRTA"), t.literal("SIRTP"), t.literal("IRE"), t.literal("CFI")],
      '"IRTA", "SIRTP", "IRE" or "CFI"',
    ),
  },
  dte: { requester: Requester, before: Halves, after: Halves },
  invalidateDte: { requester: Requester },
});

export const Observation = t.exact(
  t.partial({
    enabled: t.readonlyArray(t.boolean, "a list of units"),
    blocked: t.boolean,
    tables: t.readonlyArray(TableShown, "a list of tables"),
    cache: t.readonlyArray(
      t.exact(t.type({ table: Key, index: Index, words: Words })),
      "a list of cached entries",
    ),
    dtes: t.readonlyArray(
      t.exact(t.type({ requester: Requester, words: Halves })),
      "a list of device table entries",
    ),
    vectors: t.readonlyArray(
      t.exact(t.type({ device: Small, cpu: Small, base: Small, size: Count })),
      "a list of vector blocks",
    ),
    log: t.readonlyArray(ActionShown, "a list of actions"),
  }),
  "an observation of interrupt messages",
);
type Observation = t.TypeOf<typeof Observation>;

const isShort = (config: Config): boolean => config.remapping === "amd" && !config.ga;

const toEntry = (config: Config, words: readonly bigint[]): Entry => {
  const halves = words.flatMap((w) => [Number(w & 0xffffffffn), Number(w >> 32n)]);
  return isShort(config) ? halves.slice(0, 1) : [...halves, 0, 0, 0, 0].slice(0, 4);
};

const fromEntry = (entry: Entry): readonly string[] => {
  const words: string[] = [];
  for (let i = 0; i < entry.length; i += 2) {
    const high = BigInt(entry[i + 1] ?? 0) << 32n;
    words.push(Hex64.encode(high | BigInt(entry[i] as number)));
  }
  return words;
};

const toTable = (config: Config, shown: NonNullable<Observation["tables"]>[number]): Table => {
  const entries = shown.entries.reduce(
    (memory, e) => memory.with(e.index, toEntry(config, e.words)),
    PagedEntries.empty,
  );
  const blocks = shown.blocks
    .map((b) => ({
      ...b,
      irqs: b.irqs.map((irq): Irq => ({ ...irq, message: irq.message })),
    }))
    .sort((a, b) => a.base - b.base);
  return { key: shown.key, blocks, entries };
};

/** The number of units, and a 128-bit entry as two words. */
const problem = (config: Config, o: Observation): { field: string; text: string } | undefined => {
  if (o.enabled !== undefined && o.enabled.length !== config.units) {
    return {
      field: "enabled",
      text: `found ${o.enabled.length} units, expected the ${config.units} configured`,
    };
  }
  const words = isShort(config) ? 1 : 2;
  const entries = [...(o.tables ?? []).flatMap((x) => x.entries), ...(o.cache ?? [])];
  const odd = entries.find((e) => e.words.length !== words);
  if (odd !== undefined) {
    return {
      field: "words",
      text: `found an entry of ${odd.words.length} words, expected ${words}`,
    };
  }
  const beyond = entries.find((e) => e.index >= config.tableEntries);
  return beyond === undefined
    ? undefined
    : {
        field: "index",
        text: `found index ${beyond.index}, expected one below ${config.tableEntries}`,
      };
};

export const decodeObservation = (
  config: Config,
  value: unknown,
  where: { file: string; line?: number },
  tracked: View,
): View => {
  const o = decodeOrThrow(Observation, value, where);
  const wrong = problem(config, o);
  if (wrong !== undefined) throw new InputError({ ...where, field: wrong.field }, wrong.text);
  return {
    enabled: o.enabled ?? tracked.enabled,
    blocked: o.blocked ?? tracked.blocked,
    tables: o.tables?.map((shown) => toTable(config, shown)) ?? tracked.tables,
    cache:
      o.cache?.map((c) => ({ table: c.table, index: c.index, entry: toEntry(config, c.words) })) ??
      tracked.cache,
    dtes: o.dtes === undefined ? tracked.dtes : new Map(o.dtes.map((d) => [d.requester, d.words])),
    vectors: o.vectors ?? tracked.vectors,
    log: o.log === undefined ? tracked.log : (o.log as readonly Action[]),
  };
};

const shownIrq = (irq: Irq): unknown => ({
  active: irq.active,
  posted: irq.posted,
  cpu: irq.cpu,
  vector: irq.vector,
  ...(irq.message === undefined ? {} : { message: irq.message }),
});

const shownTable = (table: Table): unknown => {
  const entries: { index: number; words: readonly string[] }[] = [];
  table.entries.forEach((entry, index) => {
    entries.push({ index, words: fromEntry(entry) });
  });
  const blocks = table.blocks.map((b) => ({ ...b, irqs: b.irqs.map(shownIrq) }));
  return { key: table.key, blocks, entries };
};

export const encodeObservation = (_config: Config, view: View): unknown => ({
  enabled: view.enabled,
  blocked: view.blocked,
  tables: view.tables.map(shownTable),
  cache: view.cache.map((c) => ({ table: c.table, index: c.index, words: fromEntry(c.entry) })),
  dtes: [...view.dtes].map(([requester, words]) => ({ requester, words })),
  vectors: view.vectors,
  log: view.log,
});
