/** What an Intel unit records of the requests that it blocks. */
import type { Clause } from "../../core/clause.js";
import { vtd } from "../../core/source.js";
import type { UnitView } from "../machine/vocabulary.js";
import { judged, soleFate } from "./fate.js";
import type { Fate } from "./fates.js";
import { FAULT_RECORDS, FRCD, FSTS, intelFast, PFO, PPF, qualified, reasons } from "./intel.js";
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

const logging = vtd("primary fault logging");
const { get } = intelFast.faultRecord;

type Record = readonly number[];

export const records = (unit: UnitView | undefined): readonly Record[] =>
  Array.from({ length: FAULT_RECORDS }, (_x, i) =>
    [0, 4, 8, 12].map((at) => register(unit, FRCD + 16 * i + at)),
  );

const taken = (r: Record): boolean => get(r, "F") === 1;
const same = (a: Record, b: Record): boolean => a.every((word, i) => word === b[i]);
const allSame = (a: readonly Record[], b: readonly Record[]): boolean =>
  a.every((r, i) => same(r, b[i] as Record));

type Blocked = Extract<Fate, { kind: "block" }>;

/** A request that is blocked and, as far as the unit has room, recorded. */
export const recordable = (t: T): Blocked | undefined => {
  const fate = isIntel(t) ? soleFate(t) : undefined;
  if (fate?.kind !== "block" || t.config.quirks.includes("ir-faults-not-recorded"))
    return undefined;
  const hidden = fate.silent && qualified.includes(fate.reason);
  return hidden || (register(unitBefore(t), FSTS) & PFO) !== 0 ? undefined : fate;
};

/** The index is part of the record where the request had one. */
const indexed = (reason: number): boolean =>
  reason !== reasons.compatibilityBlocked && reason !== reasons.requestReserved;

const describes = (t: T, r: Record, fate: Blocked): boolean =>
  taken(r) &&
  get(r, "FR") === fate.reason &&
  get(r, "SID") === judged(t)?.sent.requester &&
  (!indexed(fate.reason) || get(r, "Index") === fate.index);

const silenced = (t: T): boolean => {
  const fate = isIntel(t) ? soleFate(t) : undefined;
  if (fate?.kind !== "block") return false;
  const overflow = (register(unitBefore(t), FSTS) & PFO) !== 0;
  return overflow || (fate.silent && qualified.includes(fate.reason));
};

/** Which record the command clears; -1 for none. */
const cleared = (t: T): number =>
  Array.from({ length: FAULT_RECORDS }, (_x, i) => i).findIndex(
    (i) => (written(t, FRCD + 16 * i + 12) ?? 0) >= 0x80000000,
  );

export const intelFaultClauses: readonly Clause<T>[] = [
  clause(
    "HW-IR-15",
    "a blocked request is recorded with reason, requester and index, or overflows and is noted",
    [logging, vtd("fault recording registers")],
    ARRIVING,
    (t) => recordable(t) !== undefined,
    (t) => {
      const fate = recordable(t) as Blocked;
      const before = records(unitBefore(t));
      const shown = records(unitShown(t));
      const changed = before.flatMap((r, i) => (same(r, shown[i] as Record) ? [] : [i]));
      if (changed.length === 0) {
        return before.some(taken) && (register(unitShown(t), FSTS) & PFO) !== 0;
      }
      const [at] = changed as [number];
      return (
        changed.length === 1 &&
        !taken(before[at] as Record) &&
        describes(t, shown[at] as Record, fate)
      );
    },
    { needs: ["remapping"] },
  ),
  clause(
    "HW-IR-16",
    "an entry that disables fault processing, and an overflow, keep faults from being recorded",
    [logging, vtd("fault processing disable")],
    ARRIVING,
    silenced,
    (t) =>
      allSame(records(unitBefore(t)), records(unitShown(t))) &&
      register(unitBefore(t), FSTS) === register(unitShown(t), FSTS),
    { needs: ["remapping"] },
  ),
  clause(
    "HW-IR-17",
    "PPF is set while a record holds a fault, and FRI names the first that does",
    [vtd("fault status register")],
    [...ARRIVING, "read"],
    (t) => isIntel(t) && unitShown(t) !== undefined && records(unitShown(t)).some(taken),
    (t) => {
      const status = register(unitShown(t), FSTS);
      const first = records(unitShown(t)).findIndex(taken);
      return (status & PPF) !== 0 && ((status >>> 8) & 0xff) === first;
    },
    { needs: ["remapping"] },
  ),
  clause(
    "HW-IR-18",
    "writing 1 to F frees that record, and leaves every other one",
    [vtd("fault recording registers")],
    ["write"],
    (t) => isIntel(t) && cleared(t) >= 0,
    (t) => {
      const at = cleared(t);
      const shown = records(unitShown(t));
      return records(unitBefore(t)).every((r, i) =>
        i === at ? !taken(shown[i] as Record) : same(r, shown[i] as Record),
      );
    },
    { needs: ["remapping"] },
  ),
  clause(
    "HW-IR-19",
    "writing 1 to PFO clears it, so that faults are recorded again; writing 0 does not",
    [vtd("fault status register")],
    ["write"],
    (t) => isIntel(t) && written(t, FSTS) !== undefined,
    (t) => {
      const value = written(t, FSTS) ?? 0;
      const before = register(unitBefore(t), FSTS) & PFO;
      return (register(unitShown(t), FSTS) & PFO) === (before & ~value);
    },
    { needs: ["remapping"] },
  ),
];
