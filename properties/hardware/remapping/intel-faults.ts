/** Faults of Intel remapping units. */
import type { Machine } from "../../../models/hardware/machine/index.js";
import { step } from "../../../models/hardware/machine/index.js";
import { readWord, writeWord } from "../../../models/hardware/memory.js";
import type { IntelUnit } from "../../../models/hardware/remapping/index.js";
import type { Config } from "../../../spec/hardware/machine/vocabulary.js";
import { CFI, IQT, IRE, IRTA } from "../../../spec/hardware/remapping/intel.js";
import * as configs from "../machine/configs.js";
import { DESCRIPTORS, INTEL_QUEUE, INTEL_TABLE } from "../machine/places.js";
import { after, contract, type MachineFault } from "../pci/fault-kit.js";
import {
  departing,
  intel,
  meeting,
  misreadsEntries,
  onRequest,
  onWrite,
  patched,
  restored,
  withIntel,
  word,
} from "./fault-kit.js";
import { intelRecordFaults } from "./intel-record-faults.js";

const intelX2apic: Config = { ...configs.intelX2apic, functions: [], apicIds: [0, 0x105] };

type Latched = NonNullable<IntelUnit["latched"]>;

/** Posted-interrupt descriptors that runs use: their control words. */
const CONTROLS = [DESCRIPTORS + 32, DESCRIPTORS + 96];

/** What was cached before stays cached, whatever was invalidated. */
const stale = (right: Machine, before: Machine): Machine => {
  const { unit } = before;
  if (unit?.kind !== "intel") return right;
  return withIntel(right, (u) => ({ ...u, cache: unit.cache }));
};

/** The table in use is taken for another one. */
const latchedAs = (change: (table: Latched) => Latched) =>
  meeting(
    (m) =>
      withIntel(m, (u) => (u.latched === undefined ? u : { ...u, latched: change(u.latched) })),
    (right, before) =>
      withIntel(right, (u) =>
        before.unit?.kind === "intel" ? { ...u, latched: before.unit.latched } : u,
      ),
  );

const status = (change: (status: number) => number) =>
  meeting(
    (m) => withIntel(m, (u) => ({ ...u, status: change(u.status) >>> 0 })),
    (right, before) =>
      withIntel(right, (u) =>
        before.unit?.kind === "intel" ? { ...u, status: before.unit.status } : u,
      ),
  );

const requestFaults: readonly MachineFault[] = [
  contract(
    "HW-IR-1",
    "xapic-destination-not-shifted",
    "in xAPIC mode all of the destination field is taken as the id, which stands in [15:8]",
    latchedAs((table) => ({ ...table, eim: true })),
    { config: intel },
  ),
  contract(
    "HW-IR-2",
    "index-not-compared",
    "an index beyond the table reads the memory behind it",
    latchedAs((table) => ({ ...table, entries: 0x10000 })),
    { config: intel },
  ),
  contract(
    "HW-IR-3",
    "absent-delivered",
    "the present bit of an entry is not looked at",
    misreadsEntries((e) => patched(e, 0, word(e, 0) | 1)),
    { config: intel },
  ),
  contract(
    "HW-IR-4",
    "reserved-bits-ignored",
    "reserved bits of an entry are not looked at",
    misreadsEntries((e) =>
      (word(e, 0) & 0x8000) !== 0
        ? e
        : [word(e, 0) & 0x00ff8fff, word(e, 1), word(e, 2) & 0x000fffff, 0],
    ),
    { config: intel },
  ),
  contract(
    "HW-IR-5",
    "qualifier-from-the-wrong-bits",
    "the source-id qualifier is taken from the bits of the validation type",
    misreadsEntries((e) =>
      patched(e, 2, (word(e, 2) & ~0x30000) | (((word(e, 2) >>> 18) & 3) << 16)),
    ),
    { config: intel },
  ),
  contract(
    "HW-IR-5",
    "bus-range-as-one-bus",
    "a bus range is compared as a requester id",
    misreadsEntries((e) =>
      ((word(e, 2) >>> 18) & 3) === 2 ? patched(e, 2, (word(e, 2) & ~0xf0000) | 0x40000) : e,
    ),
    { config: intel },
  ),
  contract(
    "HW-IR-6",
    "reserved-data-ignored",
    "reserved bits of the datum are not looked at",
    after((config, before, command, right) => {
      if (command.kind !== "inject" || (command.addressLo & 0x10) === 0) return right;
      const data = (command.addressLo & 8) !== 0 ? command.data & 0xffff : 0;
      return data === command.data ? right : step(config, before, { ...command, data });
    }),
    { config: intel },
  ),
  contract(
    "HW-IR-7",
    "compatibility-format-passes",
    "compatibility-format requests pass although they are to be blocked",
    departing("ir-compatibility-passes"),
    { config: intel },
  ),
  contract(
    "HW-IR-8",
    "compatibility-format-always-blocked",
    "CFI lets nothing pass",
    status((s) => s & ~CFI),
    { config: intel },
  ),
  contract(
    "HW-IR-9",
    "remaps-while-off",
    "requests are remapped as soon as a table is latched",
    status((s) => s | IRE),
    { config: intel },
  ),
  contract(
    "HW-IR-10",
    "cache-never-invalidated",
    "invalidations complete, and the entry cache keeps what it has",
    onWrite((offset) => offset === IQT, stale),
    { config: intel },
  ),
  contract(
    "HW-IR-10",
    "index-mask-ignored",
    "an invalidation of several entries drops the one it names",
    after((config, before, command, right) => {
      if (command.kind !== "write" || command.space !== "remapping" || command.offset !== IQT) {
        return right;
      }
      const { unit } = before;
      if (unit?.kind !== "intel") return right;
      const at = INTEL_QUEUE + unit.head;
      const low = readWord(before.memory, at);
      if ((low & 0x1f) !== 0x14) return right;
      const memory = writeWord(before.memory, at, low & 0x07ffffff);
      const done = step(config, { ...before, memory }, command);
      return { ...done, state: { ...done.state, memory: writeWord(done.state.memory, at, low) } };
    }),
    { config: intel },
  ),
  contract(
    "HW-IR-11",
    "entry-torn",
    "a request takes the vector of memory and the destination that was cached",
    meeting(
      (m) =>
        withIntel(m, (u) => ({
          ...u,
          cache: u.cache.map((line) => ({
            ...line,
            entry: patched(line.entry, 0, readWord(m.memory, INTEL_TABLE + 16 * line.index)),
          })),
        })),
      stale,
    ),
    { config: intel },
  ),
  contract(
    "HW-IR-12",
    "table-switched-by-irta",
    "a write to IRTA takes effect without SIRTP",
    onWrite(
      (offset) => offset === IRTA,
      (right, _before, value) =>
        withIntel(right, (u) =>
          u.latched === undefined
            ? u
            : {
                ...u,
                latched: {
                  base: (value & ~0xfff) >>> 0,
                  entries: 2 ** ((value & 0xf) + 1),
                  eim: u.shape.eim && (value & 0x800) !== 0,
                },
              },
        ),
    ),
    { config: intelX2apic },
  ),
  contract(
    "HW-IR-13",
    "on-not-set",
    "a notification is sent and ON stays clear",
    onRequest((right, before) => CONTROLS.reduce((m, at) => restored(m, before, at, 1), right)),
    { config: intel },
  ),
  contract(
    "HW-IR-14",
    "notified-again",
    "every posted request notifies, whether one is outstanding or not",
    meeting(
      (m) => ({
        ...m,
        memory: CONTROLS.reduce((r, at) => writeWord(r, at, readWord(r, at) & ~1), m.memory),
      }),
      (right, before) => ({
        ...right,
        memory: CONTROLS.reduce(
          (r, at) => writeWord(r, at, readWord(r, at) | (readWord(before.memory, at) & 1)),
          right.memory,
        ),
      }),
    ),
    { config: intel },
  ),
];

export const intelFaults: readonly MachineFault[] = [...requestFaults, ...intelRecordFaults];
