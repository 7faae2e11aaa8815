/** Faults of AMD IOMMUs. */
import { type Machine, step } from "../../../models/hardware/machine/index.js";
import { readWord, writeWord } from "../../../models/hardware/memory.js";
import type { Config } from "../../../spec/hardware/machine/vocabulary.js";
import {
  CMD_TAIL,
  DTE_BYTES,
  DTE_INTERRUPT_OFFSET,
  IOMMU_EN,
} from "../../../spec/hardware/remapping/amd.js";
import * as configs from "../machine/configs.js";
import { AMD_EVENTS, STATUS_PAGE, VAPIC_PAGE } from "../machine/places.js";
import { after, contract, type MachineFault } from "../pci/fault-kit.js";
import {
  meeting,
  misreadsDevices,
  misreadsEntries,
  onRequest,
  onWrite,
  patched,
  restored,
  withAmd,
  word,
} from "./fault-kit.js";

/** One function and one CPU, so that the same entry is met often. */
const amd: Config = {
  ...configs.amd,
  functions: configs.amd.functions.slice(0, 1),
  apicIds: [2],
};
const amdGa: Config = { ...configs.amdGa, functions: amd.functions, apicIds: [0x12345678] };

const stale = (right: Machine, before: Machine): Machine => {
  const { unit } = before;
  if (unit?.kind !== "amd") return right;
  return withAmd(right, (u) => ({ ...u, cache: unit.cache, devices: unit.devices }));
};

/** Where a requester's entries stand now, by its device table entry in memory. */
const tableOf = (m: Machine, requester: number): number => {
  if (m.unit?.kind !== "amd") return 0;
  const base = (m.unit.deviceTable[0] & ~0xfff) >>> 0;
  const low = readWord(m.memory, base + DTE_BYTES * requester + DTE_INTERRUPT_OFFSET);
  return (low & ~0x3f) >>> 0;
};

const requestFaults: readonly MachineFault[] = [
  contract(
    "HW-IR-31",
    "high-destination-lost",
    "bits [31:24] of a destination, which stand apart from the others, are lost",
    misreadsEntries((e) => (e.length === 4 ? patched(e, 3, word(e, 3) & 0x00ffffff) : e)),
    { config: amdGa },
  ),
  contract(
    "HW-IR-32",
    "amd-remaps-while-off",
    "requests are remapped although the unit is switched off",
    meeting(
      (m) => withAmd(m, (u) => ({ ...u, control: [u.control[0] | IOMMU_EN, u.control[1]] })),
      (right, before) =>
        withAmd(right, (u) =>
          before.unit?.kind === "amd" ? { ...u, control: before.unit.control } : u,
        ),
    ),
    { config: amd },
  ),
  contract(
    "HW-IR-33",
    "abort-passes",
    "IntCtl 0 passes requests instead of aborting them",
    misreadsDevices((w) =>
      ((word(w, 1) >>> 28) & 3) === 0 ? patched(w, 1, word(w, 1) | (1 << 28)) : w,
    ),
    { config: amd },
  ),
  contract(
    "HW-IR-34",
    "remapen-ignored",
    "an entry without RemapEn remaps",
    misreadsEntries((e) => patched(e, 0, word(e, 0) | 1)),
    { config: amd },
  ),
  contract(
    "HW-IR-35",
    "index-of-nine-bits",
    "a table of 2048 entries is indexed as one of 512",
    after((config, before, command, right) =>
      command.kind === "inject" && (command.data & 0x600) !== 0
        ? step(config, before, { ...command, data: command.data & ~0x600 })
        : right,
    ),
    { config: amd },
  ),
  contract(
    "HW-IR-36",
    "init-always-passes",
    "INIT passes whatever the device table entry says",
    misreadsDevices((w) => patched(w, 1, word(w, 1) | (1 << 24))),
    { config: amd },
  ),
  contract(
    "HW-IR-37",
    "amd-cache-never-invalidated",
    "commands complete, and the caches keep what they have",
    onWrite((offset) => offset === CMD_TAIL, stale),
    { config: amd },
  ),
  contract(
    "HW-IR-38",
    "amd-entry-torn",
    "a request takes the vector that was cached and the destination of memory",
    meeting(
      (m) =>
        withAmd(m, (u) => ({
          ...u,
          cache: u.cache.map((line) => {
            const at = tableOf(m, line.table) + 4 * line.index;
            const now = readWord(m.memory, at) & 0xff00;
            return line.entry.length === 1
              ? { ...line, entry: patched(line.entry, 0, (word(line.entry, 0) & ~0xff00) | now) }
              : line;
          }),
        })),
      stale,
    ),
    { config: amd },
  ),
  contract(
    "HW-IR-39",
    "guest-request-lost",
    "a request in guest mode is not noted in the virtual APIC page",
    // Page 0 is where an entry points whose upper words were not written yet.
    onRequest((right, before) =>
      [0, VAPIC_PAGE].reduce((m, page) => restored(m, before, page + 0x200, 32), right),
    ),
    { config: amdGa },
  ),
];

const logFaults: readonly MachineFault[] = [
  contract(
    "HW-IR-40",
    "event-without-requester",
    "an event does not say who asked",
    onRequest((right, before) => {
      const tail = before.unit?.kind === "amd" ? before.unit.eventTail : 0;
      const grown = right.unit?.kind === "amd" && right.unit.eventTail !== tail;
      if (!grown) return right;
      const at = AMD_EVENTS + tail;
      return { ...right, memory: writeWord(right.memory, at, 0) };
    }),
    { config: amd },
  ),
  contract(
    "HW-IR-41",
    "unmapped-always-logged",
    "IG of the device table entry does not keep absent entries from being logged",
    misreadsDevices((w) => patched(w, 0, word(w, 0) & ~0x20)),
    { config: amd },
  ),
  contract(
    "HW-IR-42",
    "full-log-wraps",
    "a full log overwrites its oldest event",
    meeting(
      (m) => withAmd(m, (u) => ({ ...u, eventHead: u.eventTail })),
      (right, before) =>
        withAmd(right, (u) =>
          before.unit?.kind === "amd" ? { ...u, eventHead: before.unit.eventHead } : u,
        ),
    ),
    { config: amd },
  ),
  contract(
    "HW-IR-43",
    "amd-head-stays-behind",
    "the head stops one command before the tail",
    onWrite(
      (offset) => offset === CMD_TAIL,
      (right, before) =>
        withAmd(right, (u) =>
          before.unit?.kind === "amd" && before.unit.commandHead !== u.commandHead
            ? { ...u, commandHead: u.commandHead - 16 }
            : u,
        ),
    ),
    { config: amd },
  ),
  contract(
    "HW-IR-44",
    "wait-stores-half",
    "a wait stores the lower half of its data only",
    onWrite(
      (offset) => offset === CMD_TAIL,
      (right, before) => restored(right, before, STATUS_PAGE + 4, 1),
    ),
    { config: amd },
  ),
];

export const amdFaults: readonly MachineFault[] = [...requestFaults, ...logFaults];
