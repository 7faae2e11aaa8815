/** What seeded faults of remapping units are built from: a step as if something stood elsewhere. */
import { type Machine, step } from "../../../models/hardware/machine/index.js";
import { type Memory, readWords, writeWords } from "../../../models/hardware/memory.js";
import type { AmdUnit, IntelUnit } from "../../../models/hardware/remapping/index.js";
import type { Command, Config } from "../../../spec/hardware/machine/vocabulary.js";
import { DTE_BYTES, DTE_INTERRUPT_OFFSET, GA_EN } from "../../../spec/hardware/remapping/amd.js";
import type { RemappingQuirk } from "../../../spec/hardware/remapping/quirks.js";
import * as configs from "../machine/configs.js";
import { AMD_TABLE_BYTES, AMD_TABLES, DEVICE_TABLE, INTEL_TABLE } from "../machine/places.js";
import { after } from "../pci/fault-kit.js";

/** Two CPUs and no function: every write is one to the unit or its tables. */
export const intel: Config = { ...configs.intel, functions: [], apicIds: [0, 2] };

/** A word of an entry; zero where the entry is shorter. */
export const word = (words: readonly number[], i: number): number => words[i] ?? 0;

/** The words with one of them changed. */
export const patched = (words: readonly number[], i: number, value: number): readonly number[] =>
  words.map((w, at) => (at === i ? value >>> 0 : w));

/** Entries of a table that runs reach. */
const ENTRIES = 8;

/** Requests arrive by these, and no memory is written by software. */
export const arrives = (c: Command): boolean => ["inject", "event", "release"].includes(c.kind);

export const withIntel = (m: Machine, change: (unit: IntelUnit) => IntelUnit): Machine =>
  m.unit?.kind === "intel" ? { ...m, unit: change(m.unit) } : m;
export const withAmd = (m: Machine, change: (unit: AmdUnit) => AmdUnit): Machine =>
  m.unit?.kind === "amd" ? { ...m, unit: change(m.unit) } : m;

/** A place in memory with the words that stand there. */
type Place = { readonly at: number; readonly words: readonly number[] };

const put = (memory: Memory, places: readonly Place[]): Memory =>
  places.reduce((m, p) => writeWords(m, p.at, p.words), memory);

/** A step as if memory were different at these places, which it is not any more afterwards. */
const asIf = (
  config: Config,
  before: Machine,
  command: Command,
  was: readonly Place[],
  seen: readonly Place[],
  cached: (m: Machine) => Machine,
) => {
  const tampered = cached({ ...before, memory: put(before.memory, seen) });
  const done = step(config, tampered, command);
  return { ...done, state: { ...done.state, memory: put(done.state.memory, was) } };
};

type Change = (words: readonly number[]) => readonly number[];

const at = (memory: Memory, address: number, count: number): Place => ({
  at: address,
  words: readWords(memory, address, count),
});

/** Entries are understood as if other words stood there, those in the cache too. */
export const misreadsEntries = (change: Change) =>
  after((config, before, command, right) => {
    const { unit, memory } = before;
    if (!arrives(command) || unit === undefined) return right;
    const long = unit.kind === "intel" || (unit.control[0] & GA_EN) !== 0;
    const count = long ? 4 : 1;
    const tables =
      unit.kind === "intel"
        ? [INTEL_TABLE]
        : config.functions.map((_f, i) => AMD_TABLES + AMD_TABLE_BYTES * i);
    const was = tables.flatMap((table) =>
      Array.from({ length: ENTRIES }, (_x, i) => at(memory, table + 4 * count * i, count)),
    );
    const seen = was.map((p) => ({ ...p, words: change(p.words) }));
    const cached = (m: Machine): Machine => {
      const lines = unit.cache.map((line) => ({ ...line, entry: change(line.entry) }));
      return { ...m, unit: { ...unit, cache: lines } };
    };
    return asIf(config, before, command, was, seen, cached);
  });

/** Interrupt words of device table entries are understood as if other words stood there. */
export const misreadsDevices = (change: Change) =>
  after((config, before, command, right) => {
    const { unit, memory } = before;
    if (!arrives(command) || unit?.kind !== "amd") return right;
    const was = config.functions.map((f) =>
      at(memory, DEVICE_TABLE + DTE_BYTES * f.requester + DTE_INTERRUPT_OFFSET, 2),
    );
    const seen = was.map((p) => ({ ...p, words: change(p.words) }));
    const cached = (m: Machine): Machine =>
      withAmd(m, (u) => ({
        ...u,
        devices: u.devices.map((line) => ({ ...line, entry: change(line.entry) })),
      }));
    return asIf(config, before, command, was, seen, cached);
  });

/** A request meets the machine in another form, and leaves it in the form of `mend`. */
export const meeting = (
  tamper: (m: Machine) => Machine,
  mend: (after: Machine, before: Machine) => Machine,
) =>
  after((config, before, command, right) => {
    if (!arrives(command) || before.unit === undefined) return right;
    const tampered = tamper(before);
    if (tampered === before) return right;
    const done = step(config, tampered, command);
    return { ...done, state: mend(done.state, before) };
  });

/** What a write to the unit leaves is changed. */
export const onWrite = (
  offsets: (offset: number) => boolean,
  change: (right: Machine, before: Machine, value: number) => Machine,
) =>
  after((_config, before, command, right) =>
    command.kind === "write" && command.space === "remapping" && offsets(command.offset)
      ? { ...right, state: change(right.state, before, command.value) }
      : right,
  );

/** What a request leaves is changed. */
export const onRequest = (change: (right: Machine, before: Machine) => Machine) =>
  after((_config, before, command, right) =>
    arrives(command) ? { ...right, state: change(right.state, before) } : right,
  );

/** The whole unit of hardware that has one of QEMU's departures. */
export const departing = (quirk: RemappingQuirk) =>
  meeting(
    (m) => (m.unit === undefined ? m : { ...m, unit: { ...m.unit, quirks: [quirk] } }),
    (m) => (m.unit === undefined ? m : { ...m, unit: { ...m.unit, quirks: [] } }),
  );

/** Memory at these places as it was before. */
export const restored = (right: Machine, before: Machine, address: number, count: number) => ({
  ...right,
  memory: writeWords(right.memory, address, readWords(before.memory, address, count)),
});
