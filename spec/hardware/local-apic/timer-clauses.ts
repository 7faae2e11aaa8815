/** The timer of the local APIC. */
import type { Clause } from "../../core/clause.js";
import { sdm } from "../../core/source.js";
import { apicBefore, apicShown, apicWrite, bitOf } from "../machine/judging.js";
import type { ApicView } from "../machine/vocabulary.js";
import { clause, hidden, isOn, type T } from "./judging.js";
import {
  DEADLINE_LOW,
  divisorOf,
  INITIAL_COUNT,
  LVT_MASKED,
  LVT_MODE_SHIFT,
  LVT_TIMER,
  ONE_SHOT,
  PERIODIC,
  TSC_DEADLINE,
} from "./registers.js";

const timer = sdm("APIC timer");
const deadlines = sdm("TSC-deadline mode");

const entryOf = (apic: ApicView): number => apic.lvt[0] ?? LVT_MASKED;
const modeOf = (apic: ApicView): number => (entryOf(apic) >>> LVT_MODE_SHIFT) & 3;
const isMasked = (apic: ApicView): boolean => (entryOf(apic) & LVT_MASKED) !== 0;
const counting = (apic: ApicView): boolean =>
  (modeOf(apic) === ONE_SHOT || modeOf(apic) === PERIODIC) && apic.timer.count > 0;

/** The vector that an expiry requests; -1 where it requests none that is sound. */
const vectorOf = (apic: ApicView): number => {
  const entry = entryOf(apic);
  return isOn(apic) && (entry & LVT_MASKED) === 0 && (entry & 0xff) >= 16 ? entry & 0xff : -1;
};

type Span = {
  readonly before: ApicView;
  readonly shown: ApicView;
  /** Counts that the timer goes down. */
  readonly counts: number;
};

/** The APICs whose timer counts while the command lets time pass. */
const spans = (t: T): readonly Span[] => {
  if (t.command.kind !== "advance") return [];
  const { cycles } = t.command;
  return t.before.apics.flatMap((before, cpu) => {
    const shown = t.observed?.apics[cpu];
    const { phase } = hidden(before).timer;
    if (shown === undefined || phase === undefined || !counting(before)) return [];
    return [
      { before, shown, counts: Math.floor((phase + cycles) / divisorOf(before.timer.divide)) },
    ];
  });
};

const expires = (s: Span): boolean => s.counts >= s.before.timer.count;

/** What the current count register must show. */
const left = ({ before, counts }: Span): number => {
  const { count, initial } = before.timer;
  if (counts < count) return count - counts;
  if (modeOf(before) === ONE_SHOT) return 0;
  // Reloaded at each expiry: counts, written as 1..initial, go round.
  const below = (((count - 1 - counts) % initial) + initial) % initial;
  return below + 1;
};

/** An unsound vector would be an error, which may raise an interrupt of its own. */
const illegal = (apic: ApicView): boolean => isOn(apic) && !isMasked(apic) && vectorOf(apic) < 0;

/** A deadline that time reaches. */
const reached = (t: T) =>
  t.command.kind !== "advance"
    ? []
    : t.before.apics.flatMap((before, cpu) => {
        const shown = t.observed?.apics[cpu];
        const { tsc } = hidden(before).timer;
        const { deadline } = before.timer;
        if (shown === undefined || tsc === undefined || modeOf(before) !== TSC_DEADLINE) return [];
        if (illegal(before)) return [];
        const now = tsc + (t.command.kind === "advance" ? t.command.cycles : 0);
        return deadline === 0 ? [] : [{ before, shown, fires: deadline <= now }];
      });

/** The only request that may be new at this APIC. */
const requests = (before: ApicView, shown: ApicView, vector: number): boolean => {
  for (let v = 0; v < 256; v++) {
    if (bitOf(shown.irr, v) !== (bitOf(before.irr, v) || v === vector)) return false;
  }
  return true;
};

export const timerClauses: readonly Clause<T>[] = [
  clause(
    "HW-APIC-21",
    "the count goes down once every divisor bus clocks; one-shot stops at 0, periodic reloads",
    [timer],
    ["advance"],
    (t) => spans(t).length > 0,
    (t) => spans(t).every((s) => s.shown.timer.count === left(s)),
    { requires: ["writeApic"] },
  ),
  clause(
    "HW-APIC-22",
    "an expiry requests the timer's vector, and without one nothing is requested",
    [timer],
    ["advance"],
    (t) => spans(t).some((s) => vectorOf(s.before) >= 0),
    (t) =>
      spans(t).every((s) => {
        const vector = vectorOf(s.before);
        return vector < 0 || requests(s.before, s.shown, expires(s) ? vector : -1);
      }),
    { requires: ["writeApic"] },
  ),
  clause(
    "HW-APIC-23",
    "an expiry of a masked timer requests nothing, then or later",
    [timer, sdm("local vector table")],
    ["advance", "writeApic"],
    (t) => unmasks(t) || spans(t).some((s) => expires(s) && isMasked(s.before)),
    (t) => {
      if (t.command.kind === "writeApic") {
        const before = apicBefore(t);
        const shown = apicShown(t);
        return before !== undefined && shown !== undefined && requests(before, shown, -1);
      }
      return spans(t)
        .filter((s) => isMasked(s.before))
        .every((s) => requests(s.before, s.shown, -1));
    },
  ),
  clause(
    "HW-APIC-24",
    "a write to the initial count starts the count from it, but not in TSC-deadline mode",
    [timer, deadlines],
    ["writeApic"],
    (t) => apicWrite(t)?.offset === INITIAL_COUNT && apicBefore(t) !== undefined,
    (t) => {
      const before = apicBefore(t) as ApicView;
      const { timer: shown } = apicShown(t) ?? before;
      if (modeOf(before) === TSC_DEADLINE) return shown.count === before.timer.count;
      const value = apicWrite(t)?.value;
      return shown.count === value && shown.initial === value;
    },
  ),
  clause(
    "HW-APIC-25",
    "a deadline that is reached requests the vector once, its register then 0; no other fires",
    [deadlines],
    ["advance"],
    (t) => reached(t).length > 0,
    (t) =>
      reached(t).every(({ before, shown, fires }) => {
        const vector = fires ? vectorOf(before) : -1;
        const left = fires ? 0 : before.timer.deadline;
        return shown.timer.deadline === left && requests(before, shown, vector);
      }),
    { requires: ["writeApic"] },
  ),
  clause(
    "HW-APIC-26",
    "a deadline in the past fires at once; outside TSC-deadline mode none is kept",
    [deadlines],
    ["writeApic"],
    (t) => {
      const before = apicBefore(t);
      return apicWrite(t)?.offset === DEADLINE_LOW && before !== undefined;
    },
    (t) => {
      const before = apicBefore(t) as ApicView;
      const shown = apicShown(t);
      if (shown === undefined) return false;
      if (modeOf(before) !== TSC_DEADLINE) {
        return shown.timer.deadline === 0 && requests(before, shown, -1);
      }
      const { deadlineHigh = 0, tsc = 0 } = hidden(before).timer;
      const deadline = deadlineHigh * 0x100000000 + (apicWrite(t)?.value ?? 0);
      const past = deadline !== 0 && deadline <= tsc;
      return (
        shown.timer.deadline === (past ? 0 : deadline) &&
        requests(before, shown, past ? vectorOf(before) : -1)
      );
    },
  ),
  clause(
    "HW-APIC-27",
    "a write that changes the timer's mode disarms it",
    [deadlines],
    ["writeApic"],
    changesMode,
    (t) => {
      const shown = apicShown(t);
      return shown !== undefined && shown.timer.count === 0 && shown.timer.deadline === 0;
    },
  ),
];

/** A write that lets through what the timer may have kept while it was masked. */
function unmasks(t: T): boolean {
  const w = apicWrite(t);
  const before = apicBefore(t);
  if (w?.offset !== LVT_TIMER || before === undefined) return false;
  return isMasked(before) && isOn(before) && (w.value & LVT_MASKED) === 0;
}

function changesMode(t: T): boolean {
  const w = apicWrite(t);
  const before = apicBefore(t);
  if (w?.offset !== LVT_TIMER || before === undefined) return false;
  const armed = before.timer.count > 0 || before.timer.deadline > 0;
  return armed && ((w.value >>> LVT_MODE_SHIFT) & 3) !== modeOf(before);
}
