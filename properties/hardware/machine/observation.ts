/** What a machine shows when asked to `observe`, as JSON, and back. Every part may be left out. */
import * as t from "io-ts";
import { decodeOrThrow, InputError } from "../../../spec/core/decode.js";
import { boundedInt } from "../../../spec/core/int.js";
import { unitOffsets } from "../../../spec/hardware/machine/state-clauses.js";
import {
  type ApicView,
  type Config,
  type FunctionView,
  type MemoryView,
  type UnitView,
  Vector,
  type View,
} from "../../../spec/hardware/machine/vocabulary.js";
import { Requester, Word32 } from "../../../spec/irq/msi-message/vocabulary.js";

const Words = t.readonlyArray(Word32, "a list of 32-bit words");

const FunctionShown = t.exact(
  t.partial({
    /** Configuration space, 64 or 1024 words. */
    config: Words,
    /** MSI-X table, four words an entry. */
    table: Words,
    /** Pending bit array. */
    pending: Words,
    msiPending: Word32,
    line: t.boolean,
    powered: t.boolean,
  }),
  "a function",
);

const TimerShown = t.exact(
  t.type({
    initial: Word32,
    count: Word32,
    divide: Word32,
    deadline: boundedInt("deadline", 0, Number.MAX_SAFE_INTEGER),
  }),
  "a timer",
);

const ApicShown = t.exact(
  t.partial({
    tpr: Word32,
    ldr: Word32,
    dfr: Word32,
    svr: Word32,
    esr: Word32,
    icrLow: Word32,
    icrHigh: Word32,
    lvt: Words,
    irr: Words,
    isr: Words,
    tmr: Words,
    timer: TimerShown,
  }),
  "a local APIC",
);

const RegisterShown = t.exact(t.type({ offset: Word32, value: Word32 }), "a register");
const MemoryShown = t.exact(t.type({ address: Word32, value: Word32 }), "a word of memory");
const CachedShown = t.exact(t.type({ table: Word32, index: Word32, entry: Words }), "an entry");
const LatchedShown = t.exact(
  t.type({
    base: boundedInt("table address", 0, Number.MAX_SAFE_INTEGER),
    entries: Word32,
    eim: t.boolean,
  }),
  "a table in use",
);
const SentShown = t.exact(
  t.type({
    requester: Requester,
    message: t.exact(t.type({ addressLo: Word32, addressHi: Word32, data: Word32 }), "a message"),
  }),
  "a message on its way",
);
const Messages = t.readonlyArray(SentShown, "a list of messages");
const ArrivalShown = t.exact(t.type({ cpu: Word32, vector: Vector }), "an arrival");
const MishapShown = t.union(
  [t.literal("none"), t.literal("lose"), t.literal("hold"), t.literal("duplicate")],
  '"none", "lose", "hold" or "duplicate"',
);

export const Observation = t.exact(
  t.partial({
    functions: t.readonlyArray(FunctionShown, "a list of functions"),
    apics: t.readonlyArray(ApicShown, "a list of local APICs"),
    /** Registers of the remapping unit, by byte offset. */
    registers: t.readonlyArray(RegisterShown, "a list of registers"),
    cache: t.readonlyArray(CachedShown, "a list of cached entries"),
    devices: t.readonlyArray(CachedShown, "a list of cached device table entries"),
    latched: LatchedShown,
    /** Words that are not zero; all others are. */
    memory: t.readonlyArray(MemoryShown, "a list of words"),
    held: Messages,
    mishap: MishapShown,
    sent: Messages,
    arrived: t.readonlyArray(ArrivalShown, "a list of arrivals"),
    blocked: Messages,
  }),
  "an observation of a machine",
);
type Observation = t.TypeOf<typeof Observation>;

const toBytes = (words: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(4 * words.length);
  words.forEach((word, w) => {
    for (let i = 0; i < 4; i++) bytes[4 * w + i] = word >>> (8 * i);
  });
  return bytes;
};

const fromBytes = (bytes: Uint8Array): readonly number[] =>
  Array.from({ length: bytes.length >> 2 }, (_x, w) => {
    const at = 4 * w;
    const high = (bytes[at + 3] as number) * 0x1000000;
    return (
      high +
      (((bytes[at + 2] as number) << 16) | ((bytes[at + 1] as number) << 8)) +
      (bytes[at] as number)
    );
  });

const unsigned = (words: ArrayLike<number>): readonly number[] =>
  Array.from(words, (word) => word >>> 0);

type Shown<K extends "functions" | "apics"> = NonNullable<Observation[K]>[number];

const toFunction = (shown: Shown<"functions">, tracked: FunctionView): FunctionView => ({
  ...tracked,
  config: shown.config === undefined ? tracked.config : toBytes(shown.config),
  table: shown.table === undefined ? tracked.table : Int32Array.from(shown.table),
  pending: shown.pending === undefined ? tracked.pending : Int32Array.from(shown.pending),
  msiPending: shown.msiPending ?? tracked.msiPending,
  line: shown.line ?? tracked.line,
  powered: shown.powered ?? tracked.powered,
});

const bits = (shown: readonly number[] | undefined, tracked: ArrayLike<number>) =>
  shown === undefined ? tracked : Int32Array.from(shown);

const toApic = (shown: Shown<"apics">, tracked: ApicView): ApicView => ({
  id: tracked.id,
  mode: tracked.mode,
  tpr: shown.tpr ?? tracked.tpr,
  ldr: shown.ldr ?? tracked.ldr,
  dfr: shown.dfr ?? tracked.dfr,
  svr: shown.svr ?? tracked.svr,
  esr: shown.esr ?? tracked.esr,
  icrLow: shown.icrLow ?? tracked.icrLow,
  icrHigh: shown.icrHigh ?? tracked.icrHigh,
  // A version that lacks the last entry shows the others.
  lvt:
    shown.lvt === undefined ? tracked.lvt : [...shown.lvt, ...tracked.lvt.slice(shown.lvt.length)],
  irr: bits(shown.irr, tracked.irr),
  isr: bits(shown.isr, tracked.isr),
  tmr: bits(shown.tmr, tracked.tmr),
  timer: shown.timer ?? tracked.timer,
});

const toMemory = (shown: NonNullable<Observation["memory"]>): MemoryView => {
  const words = new Map(shown.map(({ address, value }) => [address, value]));
  const ascending = [...words].sort(([a], [b]) => a - b);
  return {
    word: (address) => words.get(address) ?? 0,
    forEach: (visit) => {
      for (const [address, value] of ascending) if (value !== 0) visit(value, address);
    },
  };
};

const toUnit = (o: Observation, tracked: UnitView | undefined): UnitView | undefined => {
  if (tracked === undefined) return undefined;
  const registers = new Map(o.registers?.map(({ offset, value }) => [offset, value]));
  return {
    register: (offset) => registers.get(offset) ?? tracked.register(offset),
    cache: o.cache ?? tracked.cache,
    devices: o.devices ?? tracked.devices,
    latched: o.latched ?? tracked.latched,
  };
};

type Problem = { readonly field: string; readonly text: string };

/** A list that is shown has one of these lengths. */
const lengthOf = (
  field: string,
  list: readonly unknown[] | undefined,
  ...expected: readonly number[]
): Problem | undefined =>
  list === undefined || expected.includes(list.length)
    ? undefined
    : { field, text: `found ${list.length}, expected ${expected.join(" or ")}` };

/** Lists have the lengths that the configuration gives them. */
const problem = (o: Observation, tracked: View): Problem | undefined => {
  const lists = [
    lengthOf("functions", o.functions, tracked.functions.length),
    lengthOf("apics", o.apics, tracked.apics.length),
    ...(o.functions ?? []).flatMap((shown, i) => {
      const fn = tracked.functions[i];
      if (fn === undefined) return [];
      return [
        lengthOf("config", shown.config, fn.config.length / 4),
        lengthOf("table", shown.table, fn.table.length),
        lengthOf("pending", shown.pending, fn.pending.length),
      ];
    }),
    ...(o.apics ?? []).flatMap((shown) => [
      lengthOf("irr", shown.irr, 8),
      lengthOf("isr", shown.isr, 8),
      lengthOf("tmr", shown.tmr, 8),
      // Without CMCI there are six.
      lengthOf("lvt", shown.lvt, 6, 7),
    ]),
  ];
  return lists.find((found) => found !== undefined);
};

export const decodeObservation = (
  _config: Config,
  value: unknown,
  where: { file: string; line?: number },
  tracked: View,
): View => {
  const o = decodeOrThrow(Observation, value, where);
  const wrong = problem(o, tracked);
  if (wrong !== undefined) throw new InputError({ ...where, field: wrong.field }, wrong.text);
  return {
    functions:
      o.functions?.map((fn, i) => toFunction(fn, tracked.functions[i] as FunctionView)) ??
      tracked.functions,
    apics: o.apics?.map((apic, i) => toApic(apic, tracked.apics[i] as ApicView)) ?? tracked.apics,
    unit: toUnit(o, tracked.unit),
    memory: o.memory === undefined ? tracked.memory : toMemory(o.memory),
    held: o.held ?? tracked.held,
    mishap: o.mishap ?? tracked.mishap,
    log: {
      sent: o.sent ?? tracked.log.sent,
      arrived: o.arrived ?? tracked.log.arrived,
      blocked: o.blocked ?? tracked.log.blocked,
    },
  };
};

const shownApic = (apic: ApicView): unknown => {
  const { tpr, ldr, dfr, svr, esr, icrLow, icrHigh, lvt } = apic;
  const { initial, count: left, divide, deadline } = apic.timer;
  return {
    tpr,
    ldr,
    dfr,
    svr,
    esr,
    icrLow,
    icrHigh,
    lvt,
    irr: unsigned(apic.irr),
    isr: unsigned(apic.isr),
    tmr: unsigned(apic.tmr),
    timer: { initial, count: left, divide, deadline },
  };
};

const shownUnit = (config: Config, unit: UnitView): object => ({
  registers: unitOffsets(config).map((offset) => ({ offset, value: unit.register(offset) })),
  cache: unit.cache,
  devices: unit.devices,
  ...(unit.latched === undefined ? {} : { latched: unit.latched }),
});

export const encodeObservation = (config: Config, view: View): unknown => {
  const memory: { address: number; value: number }[] = [];
  view.memory.forEach((value, address) => {
    memory.push({ address, value });
  });
  return {
    functions: view.functions.map((fn) => ({
      config: fromBytes(fn.config),
      table: unsigned(fn.table),
      pending: unsigned(fn.pending),
      msiPending: fn.msiPending,
      line: fn.line,
      powered: fn.powered,
    })),
    apics: view.apics.map(shownApic),
    ...(view.unit === undefined ? {} : shownUnit(config, view.unit)),
    memory,
    held: view.held,
    mishap: view.mishap,
    sent: view.log.sent,
    arrived: view.log.arrived,
    blocked: view.log.blocked,
  };
};
