/** Requests through an Intel unit: which of them pass, and as what. */
import type { Clause } from "../../core/clause.js";
import { type Source, vtd } from "../../core/source.js";
import { bitOf } from "../machine/judging.js";
import { judged, soleFate } from "./fate.js";
import { entryWords } from "./fate-intel.js";
import type { Delivered, Fate } from "./fates.js";
import { GSTS, IRE, IRTA, intelFast, POSTED_CONTROL_OFFSET, reasons } from "./intel.js";
import {
  ARRIVING,
  arrived,
  clause,
  fits,
  isIntel,
  nothingArrived,
  register,
  reportsQuietly,
  type T,
  unitBefore,
  visible,
} from "./judging.js";

type Of<K extends Fate["kind"]> = Extract<Fate, { kind: K }>;

const remapping = vtd("interrupt remapping");
const faults = vtd("interrupt remapping fault conditions");

/** The sole fate, where it is of this kind. */
const fate = <K extends Fate["kind"]>(t: T, kind: K): Of<K> | undefined => {
  const found = isIntel(t) ? soleFate(t) : undefined;
  return found?.kind === kind ? (found as Of<K>) : undefined;
};

const plainly = (t: T, kind: "remap" | "pass"): Delivered | undefined => {
  const found = fate(t, kind);
  return found !== undefined && visible(t, found) ? found : undefined;
};

const isOnNow = (t: T): boolean => (register(unitBefore(t), GSTS) & IRE) !== 0;

const blocks = (id: string, title: string, reason: number, source: readonly Source[]) =>
  clause(
    id,
    title,
    source,
    ARRIVING,
    (t) => fate(t, "block")?.reason === reason && reportsQuietly(t),
    nothingArrived,
  );

/** Words [319:256] of the descriptor that a posted request goes into, before and as shown. */
const descriptor = (t: T, at: number) => ({
  before: entryWords(t.before.memory, at, POSTED_CONTROL_OFFSET / 4 + 2),
  shown: t.observed && entryWords(t.observed.memory, at, POSTED_CONTROL_OFFSET / 4 + 2),
});

/** The notification of a posted request; undefined where none may be sent. */
const notification = (t: T, post: Of<"post">): Delivered | undefined => {
  const control = entryWords(t.before.memory, post.at + POSTED_CONTROL_OFFSET, 2);
  const { get } = intelFast.postedControl;
  if (get(control, "ON") === 1 || (get(control, "SN") === 1 && !post.urgent)) return undefined;
  const dest = get(control, "NDST");
  return {
    dest: post.eim ? dest : (dest >>> 8) % 256,
    logical: false,
    hint: false,
    vector: get(control, "NV"),
    delivery: 0,
  };
};

export const intelClauses: readonly Clause<T>[] = [
  clause(
    "HW-IR-1",
    "a request that its entry lets pass is requested with that entry's vector at its destination",
    [remapping, vtd("interrupt remapping table entry for remapped interrupts")],
    ARRIVING,
    (t) => plainly(t, "remap") !== undefined,
    (t) => arrived(t, plainly(t, "remap") as Delivered),
  ),
  blocks("HW-IR-2", "an index beyond the table is blocked", reasons.indexBeyond, [faults]),
  blocks("HW-IR-3", "an entry that is not present blocks", reasons.notPresent, [faults]),
  blocks("HW-IR-4", "a present entry with a reserved bit set blocks", reasons.entryReserved, [
    faults,
  ]),
  clause(
    "HW-IR-5",
    "an entry that checks its requester lets exactly those pass that SVT, SQ and SID name",
    [vtd("source validation"), faults],
    ARRIVING,
    (t) => {
      const found = isIntel(t) ? judged(t) : undefined;
      const sole = soleFate(t);
      return found?.checked === true && sole !== undefined && visible(t, sole);
    },
    (t) => fits(t, soleFate(t) as Fate),
  ),
  blocks(
    "HW-IR-6",
    "a remappable request with reserved data bits set is blocked",
    reasons.requestReserved,
    [faults, vtd("remappable format")],
  ),
  blocks(
    "HW-IR-7",
    "a compatibility-format request is blocked unless CFI lets it pass and EIM is off",
    reasons.compatibilityBlocked,
    [vtd("compatibility format interrupts"), faults],
  ),
  clause(
    "HW-IR-8",
    "a compatibility-format request that is not blocked passes as it is",
    [vtd("compatibility format interrupts")],
    ARRIVING,
    (t) => {
      const found = judged(t);
      const format = ((found?.sent.message.addressLo ?? 0x10) >>> 4) & 1;
      return format === 0 && isOnNow(t) && plainly(t, "pass") !== undefined;
    },
    (t) => arrived(t, plainly(t, "pass") as Delivered),
  ),
  clause(
    "HW-IR-9",
    "while remapping is off every request passes as it is",
    [vtd("enabling interrupt remapping")],
    ARRIVING,
    (t) => !isOnNow(t) && plainly(t, "pass") !== undefined,
    (t) => arrived(t, plainly(t, "pass") as Delivered),
  ),
  clause(
    "HW-IR-10",
    "an entry that is not cached, or was invalidated, is read from memory",
    [vtd("caching of remapping structures"), vtd("interrupt entry cache invalidate descriptor")],
    ARRIVING,
    (t) => {
      const found = isIntel(t) ? judged(t) : undefined;
      const sole = soleFate(t);
      const asked = sole?.kind === "remap" || (sole?.kind === "block" && isEntry(sole.reason));
      return asked && found?.fresh === true && visible(t, sole as Fate);
    },
    (t) => fits(t, soleFate(t) as Fate),
  ),
  clause(
    "HW-IR-11",
    "where memory has changed under a cached entry, one of the two decides",
    [vtd("caching of remapping structures")],
    ARRIVING,
    (t) => {
      const found = isIntel(t) ? judged(t) : undefined;
      return (
        found !== undefined && found.fates.length > 1 && found.fates.every((f) => visible(t, f))
      );
    },
    (t) => (judged(t)?.fates ?? []).some((f) => fits(t, f)),
  ),
  clause(
    "HW-IR-12",
    "a table is in use from SIRTP on, and IRTA alone changes nothing",
    [vtd("interrupt remapping table address register"), vtd("global command register")],
    ARRIVING,
    (t) => {
      const { unit } = t.before;
      const latched = unit?.latched;
      if (!isIntel(t) || latched === undefined || latched === null || !isOnNow(t)) return false;
      const irta = register(unit, IRTA);
      const other =
        (irta & 0xfffff000) >>> 0 !== latched.base % 0x100000000 ||
        2 ** ((irta & 0xf) + 1) !== latched.entries ||
        ((irta & 0x800) !== 0) !== latched.eim;
      const sole = soleFate(t);
      return other && sole !== undefined && sole.kind !== "pass" && visible(t, sole);
    },
    (t) => fits(t, soleFate(t) as Fate),
  ),
  clause(
    "HW-IR-13",
    "a posted request sets its bit in the descriptor, and ON where it notifies",
    [vtd("interrupt posting hardware operation")],
    ARRIVING,
    (t) => fate(t, "post") !== undefined,
    (t) => {
      const post = fate(t, "post") as Of<"post">;
      const { before, shown } = descriptor(t, post.at);
      if (shown === undefined) return false;
      const on = (before[8] ?? 0) & 1 || notification(t, post) !== undefined ? 1 : 0;
      const others = before.every((w, i) =>
        i < 8
          ? (w | (i === post.vector >>> 5 ? 1 << (post.vector & 31) : 0)) >>> 0 === shown[i]
          : (w | (i === 8 ? on : 0)) >>> 0 === shown[i],
      );
      return others && bitOf(shown, post.vector);
    },
    { needs: ["memory"] },
  ),
  clause(
    "HW-IR-14",
    "a posted request notifies its CPU unless one is outstanding, or is not urgent and suppressed",
    [vtd("interrupt posting hardware operation"), vtd("posted interrupt descriptor")],
    ARRIVING,
    (t) => {
      const post = fate(t, "post");
      if (post === undefined) return false;
      const sends = notification(t, post);
      return sends === undefined || visible(t, { kind: "remap", ...sends });
    },
    (t) => {
      const sends = notification(t, fate(t, "post") as Of<"post">);
      return sends === undefined ? nothingArrived(t) : arrived(t, sends);
    },
  ),
];

/** Reasons for which the entry itself was read. */
function isEntry(reason: number): boolean {
  return [reasons.notPresent, reasons.entryReserved, reasons.sourceRejected].some(
    (r) => r === reason,
  );
}
