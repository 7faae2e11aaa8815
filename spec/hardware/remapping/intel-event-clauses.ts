/** Messages that an Intel unit sends itself: faults and completed invalidations. */
import type { Clause } from "../../core/clause.js";
import { vtd } from "../../core/source.js";
import { fast } from "../../irq/msi-message/layout.js";
import type { Delivered } from "./fates.js";
import { EVENT_MASKED, EVENT_PENDING, FECTL, FSTS, IECTL } from "./intel.js";
import { recordable } from "./intel-fault-clauses.js";
import {
  ARRIVING,
  arrived,
  clause,
  isIntel,
  plain,
  register,
  type T,
  unitBefore,
  unitShown,
  written,
} from "./judging.js";

const events = vtd("fault events");
const destination = fast.iommuAddress.reader("Destination ID");
const data = fast.compatibilityData;

/** The message of the event whose control register stands at this offset. */
const messageOf = (t: T, control: number): Delivered => {
  const unit = unitBefore(t);
  const address = [register(unit, control + 8), register(unit, control + 12)];
  const datum = [register(unit, control + 4)];
  return {
    dest: destination(address),
    logical: ((address[0] ?? 0) & 4) !== 0,
    hint: ((address[0] ?? 0) & 8) !== 0,
    vector: data.get(datum, "Vector"),
    delivery: data.get(datum, "Delivery Mode"),
  };
};

/** A fault is recorded while no other one is pending. */
const first = (t: T): boolean => recordable(t) !== undefined && register(unitBefore(t), FSTS) === 0;

const masked = (t: T): boolean => register(unitBefore(t), FECTL) >= EVENT_MASKED;

/** The event that the command unmasks while it is pending, by its control register; -1 for none. */
const unmasked = (t: T): number => {
  if (!isIntel(t)) return -1;
  for (const control of [FECTL, IECTL]) {
    const value = written(t, control);
    if (value === undefined || value >= EVENT_MASKED) continue;
    if ((register(unitBefore(t), control) & EVENT_PENDING) !== 0) return control;
  }
  return -1;
};

export const intelEventClauses: readonly Clause<T>[] = [
  clause(
    "HW-IR-23",
    "the first fault is told by the message of the fault event registers",
    [events, vtd("fault event data and address registers")],
    ARRIVING,
    (t) => first(t) && !masked(t) && plain(t, messageOf(t, FECTL)),
    (t) => arrived(t, messageOf(t, FECTL)),
  ),
  clause(
    "HW-IR-24",
    "while its event is masked a first fault is kept pending",
    [events, vtd("fault event control register")],
    ARRIVING,
    (t) => first(t) && masked(t),
    (t) => (register(unitShown(t), FECTL) & EVENT_PENDING) !== 0,
    { needs: ["remapping"] },
  ),
  clause(
    "HW-IR-25",
    "unmasking an event sends the message that was pending, and nothing is pending any more",
    [events, vtd("invalidation completion events")],
    ["write"],
    (t) => unmasked(t) >= 0 && plain(t, messageOf(t, unmasked(t))),
    (t) =>
      arrived(t, messageOf(t, unmasked(t))) &&
      (register(unitShown(t), unmasked(t)) & EVENT_PENDING) === 0,
    { needs: ["apics", "remapping"] },
  ),
];
