/** Event log and command buffer of an AMD IOMMU. */
import type { Clause } from "../../core/clause.js";
import { amdvi } from "../../core/source.js";
import type { UnitView } from "../machine/vocabulary.js";
import {
  amdFast,
  CMD_BUF_RUN,
  CMD_HEAD,
  CMD_TAIL,
  CMDBUF,
  COMPLETION_WAIT,
  EVENT_LOG_RUN,
  EVENT_OVERFLOW,
  EVT_HEAD,
  EVT_TAIL,
  EVTLOG,
  INVALIDATE_ALL,
  IO_PAGE_FAULT,
  STATUS,
} from "./amd.js";
import { judged, soleFate } from "./fate.js";
import { entryWords } from "./fate-intel.js";
import type { Fate } from "./fates.js";
import {
  ARRIVING,
  clause,
  isIntel,
  register,
  type T,
  unitBefore,
  unitShown,
  written,
} from "./judging.js";

const logging = amdvi("event logging");
const event = amdFast.eventEntry;
const wait = amdFast.completionWait;

type Blocked = Extract<Fate, { kind: "block" }>;

const bytesOf = (unit: UnitView, buffer: number): number =>
  16 * 2 ** ((register(unit, buffer + 4) >>> 24) & 0xf);
const addressOf = (unit: UnitView, buffer: number): number =>
  (register(unit, buffer + 4) & 0xfffff) * 0x100000000 + ((register(unit, buffer) & ~0xfff) >>> 0);

/** A request that is blocked, while the log runs. */
const reportable = (t: T): Blocked | undefined => {
  const fate = isIntel(t) ? undefined : soleFate(t);
  if (fate?.kind !== "block" || t.config.quirks.includes("amd-events-not-logged")) return undefined;
  return (register(unitBefore(t), STATUS) & EVENT_LOG_RUN) !== 0 ? fate : undefined;
};

/** The log has room for one more. */
const hasRoom = (unit: UnitView): boolean => {
  const bytes = bytesOf(unit, EVTLOG);
  return (register(unit, EVT_TAIL) + 16) % bytes !== register(unit, EVT_HEAD) % bytes;
};

const loud = (t: T): Blocked | undefined => {
  const fate = reportable(t);
  return fate !== undefined && !fate.silent && fate.reason !== 0 ? fate : undefined;
};

/** What the unit works on when the tail of the command buffer moves. */
type Work = {
  readonly commands: readonly (readonly number[])[];
  readonly stuck: boolean;
  readonly head: number;
};

const work = (t: T): Work | undefined => {
  const unit = unitBefore(t);
  const value = isIntel(t) ? undefined : written(t, CMD_TAIL);
  if (value === undefined || unit === undefined) return undefined;
  if ((register(unit, STATUS) & CMD_BUF_RUN) === 0) return undefined;
  const bytes = bytesOf(unit, CMDBUF);
  const tail = value & 0x7fff0;
  if (tail >= bytes) return undefined;
  const commands: (readonly number[])[] = [];
  let head = register(unit, CMD_HEAD);
  while (head !== tail) {
    const words = entryWords(t.before.memory, addressOf(unit, CMDBUF) + head, 4);
    commands.push(words);
    const opcode = (words[1] ?? 0) >>> 28;
    if (opcode === 0 || opcode > INVALIDATE_ALL) return { commands, stuck: true, head };
    head = (head + 16) % bytes;
  }
  return { commands, stuck: false, head };
};

const stores = (w: Work): ReadonlyMap<number, readonly [number, number]> => {
  const found = new Map<number, readonly [number, number]>();
  for (const words of w.commands) {
    if ((words[1] ?? 0) >>> 28 !== COMPLETION_WAIT || wait.get(words, "S") === 0) continue;
    const data = [wait.get(words, "Data low"), wait.get(words, "Data high")] as const;
    found.set(wait.get(words, "Store Address") * 8, data);
  }
  return found;
};

export const amdLogClauses: readonly Clause<T>[] = [
  clause(
    "HW-IR-40",
    "a blocked request is logged at the tail, with its code, requester and kind",
    [logging, amdvi("IO_PAGE_FAULT event"), amdvi("ILLEGAL_DEV_TABLE_ENTRY event")],
    ARRIVING,
    (t) => loud(t) !== undefined && hasRoom(unitBefore(t) as UnitView),
    (t) => {
      const fate = loud(t) as Blocked;
      const unit = unitBefore(t) as UnitView;
      const tail = register(unit, EVT_TAIL);
      const memory = t.observed?.memory;
      if (memory === undefined) return false;
      const words = entryWords(memory, addressOf(unit, EVTLOG) + tail, 4);
      const page = fate.reason === IO_PAGE_FAULT;
      return (
        register(unitShown(t), EVT_TAIL) === (tail + 16) % bytesOf(unit, EVTLOG) &&
        event.get(words, "Code") === fate.reason &&
        event.get(words, "DeviceID") === judged(t)?.sent.requester &&
        (!page || event.get(words, "I") === 1) &&
        (!page || (event.get(words, "RZ") === 1) === (fate.reserved === true))
      );
    },
    { needs: ["remapping", "memory"] },
  ),
  clause(
    "HW-IR-41",
    "SupIOPF, IG and an abort by IntCtl keep a blocked request from being logged",
    [amdvi("interrupt remapping table entry"), amdvi("device table entry format")],
    ARRIVING,
    (t) => {
      const fate = reportable(t);
      return fate !== undefined && (fate.silent || fate.reason === 0);
    },
    (t) => register(unitShown(t), EVT_TAIL) === register(unitBefore(t), EVT_TAIL),
    { needs: ["remapping"] },
  ),
  clause(
    "HW-IR-42",
    "a full log keeps what it has, stops and says so",
    [logging],
    ARRIVING,
    (t) => loud(t) !== undefined && !hasRoom(unitBefore(t) as UnitView),
    (t) => {
      const status = register(unitShown(t), STATUS);
      return (
        (status & EVENT_OVERFLOW) !== 0 &&
        (status & EVENT_LOG_RUN) === 0 &&
        register(unitShown(t), EVT_TAIL) === register(unitBefore(t), EVT_TAIL)
      );
    },
    { needs: ["remapping"] },
  ),
  clause(
    "HW-IR-43",
    "commands are worked on up to the tail, or up to one of no known opcode, where the unit stops",
    [amdvi("command buffer"), amdvi("ILLEGAL_COMMAND_ERROR event")],
    ["write"],
    (t) => work(t) !== undefined,
    (t) => {
      const w = work(t) as Work;
      const stopped = (register(unitShown(t), STATUS) & CMD_BUF_RUN) === 0;
      return register(unitShown(t), CMD_HEAD) === w.head && stopped === w.stuck;
    },
    { needs: ["remapping"] },
  ),
  clause(
    "HW-IR-44",
    "a wait that stores has stored its data once the buffer has passed it",
    [amdvi("COMPLETION_WAIT")],
    ["write"],
    (t) => {
      const w = work(t);
      return w !== undefined && stores(w).size > 0;
    },
    (t) =>
      [...stores(work(t) as Work)].every(
        ([at, [low, high]]) =>
          t.observed?.memory.word(at) === low && t.observed.memory.word(at + 4) === high,
      ),
    { needs: ["memory"] },
  ),
];
