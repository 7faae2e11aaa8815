/** Requests through an AMD IOMMU: which of them pass, and as what. */
import type { Clause } from "../../core/clause.js";
import { amdvi } from "../../core/source.js";
import { sameWords } from "../machine/judging.js";
import { CONTROL, IO_PAGE_FAULT, IOMMU_EN } from "./amd.js";
import { judged, soleFate } from "./fate.js";
import type { Delivered, Fate } from "./fates.js";
import {
  ARRIVING,
  arrived,
  clause,
  fits,
  isIntel,
  nothingArrived,
  register,
  type T,
  unitBefore,
  visible,
} from "./judging.js";

type Of<K extends Fate["kind"]> = Extract<Fate, { kind: K }>;

const remapping = amdvi("interrupt remapping tables");
const device = amdvi("device table entry format");

const fate = <K extends Fate["kind"]>(t: T, kind: K): Of<K> | undefined => {
  const found = isIntel(t) ? undefined : soleFate(t);
  return found?.kind === kind ? (found as Of<K>) : undefined;
};

const plainly = (t: T, kind: "remap" | "pass"): Delivered | undefined => {
  const found = fate(t, kind);
  return found !== undefined && visible(t, found) ? found : undefined;
};

const runs = (t: T): boolean => (register(unitBefore(t), CONTROL) & IOMMU_EN) !== 0;

/** Delivery mode of the datum, unless address bit 2 makes it part of the index. */
const typeOf = (t: T): number => {
  const m = judged(t)?.sent.message;
  if (m === undefined) return 0;
  const whole = (m.addressLo & 4) !== 0 && !t.config.quirks.includes("amd-type-by-data");
  return whole ? 0 : (m.data >>> 8) & 7;
};

/** An index of 512 and more: bits of the datum that smaller tables do not use. */
const farIndex = (t: T): boolean => ((judged(t)?.sent.message.data ?? 0) & 0x600) !== 0;

const blocked = (t: T, of: (b: Of<"block">) => boolean): boolean => {
  const found = fate(t, "block");
  return found !== undefined && of(found);
};

export const amdClauses: readonly Clause<T>[] = [
  clause(
    "HW-IR-31",
    "a request that its entry lets pass is requested with that entry's vector at its destination",
    [remapping, amdvi("interrupt remapping table entry")],
    ARRIVING,
    (t) => plainly(t, "remap") !== undefined,
    (t) => arrived(t, plainly(t, "remap") as Delivered),
  ),
  clause(
    "HW-IR-32",
    "requests pass as they are while the unit or IV is off, or where IntCtl passes them",
    [device, amdvi("IOMMU control register")],
    ARRIVING,
    (t) => typeOf(t) === 0 && plainly(t, "pass") !== undefined,
    (t) => arrived(t, plainly(t, "pass") as Delivered),
  ),
  clause(
    "HW-IR-33",
    "a request is blocked where IntCtl aborts, and where the device table has no sound entry",
    [device],
    ARRIVING,
    (t) => runs(t) && typeOf(t) <= 1 && blocked(t, (b) => b.reason !== IO_PAGE_FAULT),
    nothingArrived,
  ),
  clause(
    "HW-IR-34",
    "an entry without RemapEn or with a reserved bit, and an index beyond the table, block",
    [remapping, amdvi("IO_PAGE_FAULT event")],
    ARRIVING,
    (t) => blocked(t, (b) => b.reason === IO_PAGE_FAULT) && !farIndex(t),
    nothingArrived,
  ),
  clause(
    "HW-IR-35",
    "all bits of an index count: one of 512 and more names no lower entry",
    [remapping, amdvi("MSI data format")],
    ARRIVING,
    (t) => {
      const sole = isIntel(t) ? undefined : soleFate(t);
      return farIndex(t) && sole !== undefined && sole.kind !== "pass" && visible(t, sole);
    },
    (t) => fits(t, soleFate(t) as Fate),
  ),
  clause(
    "HW-IR-36",
    "NMI, INIT and ExtINT are never remapped: they pass only where the device entry says so",
    [device],
    ARRIVING,
    (t) => runs(t) && typeOf(t) > 1 && blocked(t, () => true),
    // An INIT that passed would have reset its APICs.
    (t) =>
      nothingArrived(t) &&
      t.before.apics.every((apic, cpu) => {
        const shown = t.observed?.apics[cpu];
        return shown !== undefined && shown.svr === apic.svr && sameWords(shown.lvt, apic.lvt);
      }),
  ),
  clause(
    "HW-IR-37",
    "an entry that is not cached, or was invalidated, is read from memory",
    [amdvi("INVALIDATE_INTERRUPT_TABLE"), amdvi("INVALIDATE_DEVTAB_ENTRY")],
    ARRIVING,
    (t) => {
      const found = isIntel(t) ? undefined : judged(t);
      const sole = soleFate(t);
      return runs(t) && found?.fresh === true && sole !== undefined && visible(t, sole);
    },
    (t) => fits(t, soleFate(t) as Fate),
  ),
  clause(
    "HW-IR-38",
    "where memory has changed under what is cached, one of the readings decides",
    [amdvi("IOMMU caches")],
    ARRIVING,
    (t) => {
      const found = isIntel(t) ? undefined : judged(t);
      return (
        found !== undefined && found.fates.length > 1 && found.fates.every((f) => visible(t, f))
      );
    },
    (t) => (judged(t)?.fates ?? []).some((f) => fits(t, f)),
  ),
  clause(
    "HW-IR-39",
    "a request in guest mode sets its bit in IRR of the virtual APIC page and interrupts no host",
    [amdvi("guest virtual APIC interrupt controller")],
    ARRIVING,
    (t) => fate(t, "guest") !== undefined,
    (t) => {
      const { page, vector } = fate(t, "guest") as Of<"guest">;
      const at = page + 0x200 + 0x10 * (vector >>> 5);
      const due = (t.before.memory.word(at) | (1 << (vector & 31))) >>> 0;
      return nothingArrived(t) && t.observed?.memory.word(at) === due;
    },
    { needs: ["apics", "memory"] },
  ),
];
