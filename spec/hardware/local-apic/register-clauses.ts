/** What writes to a local APIC's registers keep, and what errors leave behind. */
import type { Clause } from "../../core/clause.js";
import { sdm } from "../../core/source.js";
import { apicBefore, apicShown, apicWrite, sameWords } from "../machine/judging.js";
import { readsApic } from "../machine/registers.js";
import type { ApicView } from "../machine/vocabulary.js";
import { clause, hidden, isOn, type T } from "./judging.js";
import {
  type ApicRegister,
  apicRegister,
  DEADLINE_LOW,
  ESR,
  ICR_HIGH,
  ICR_LOW,
  INITIAL_COUNT,
  LDR,
  LVT_MASKED,
  lvtIndex,
  SVR,
  SVR_ENABLE,
  x2apicLogicalId,
} from "./registers.js";

/** The register that the command writes, where it keeps what is written and shows it. */
const kept = (t: T): ApicRegister | undefined => {
  const w = apicWrite(t);
  const apic = apicBefore(t);
  if (w === undefined || apic === undefined || w.offset >= DEADLINE_LOW) return undefined;
  const register = apicRegister(apic.mode, w.offset);
  if (register?.access !== "rw" || [ESR, ICR_LOW, INITIAL_COUNT].includes(w.offset)) {
    return undefined;
  }
  if (apic.mode === "x2apic" && w.offset === LDR) return undefined;
  // A disabled APIC keeps the mask bit whatever is written.
  return lvtIndex(w.offset) >= 0 && !isOn(apic) ? undefined : register;
};

/** Whether the write leaves the APIC disabled. */
const off = (t: T): boolean => {
  const w = apicWrite(t);
  const apic = apicBefore(t);
  if (w === undefined || apic === undefined) return false;
  if (w.offset === SVR) return (w.value & SVR_ENABLE) === 0;
  return lvtIndex(w.offset) >= 0 && !isOn(apic);
};

const sameApic = (a: ApicView, b: ApicView): boolean =>
  sameWords(a.irr, b.irr) &&
  sameWords(a.isr, b.isr) &&
  sameWords(a.tmr, b.tmr) &&
  a.tpr === b.tpr &&
  a.ldr === b.ldr &&
  a.svr === b.svr &&
  sameWords(a.lvt, b.lvt);

/** A write to what the mode shows read-only. */
const readOnly = (t: T): boolean => {
  const w = apicWrite(t);
  const apic = apicBefore(t);
  return (
    w !== undefined && apic !== undefined && apicRegister(apic.mode, w.offset)?.access === "ro"
  );
};

export const registerClauses: readonly Clause<T>[] = [
  clause(
    "HW-APIC-16",
    "a write changes the bits that its register keeps, and no other bit of it",
    [sdm("local APIC register address map"), sdm("local vector table")],
    ["writeApic"],
    (t) => kept(t) !== undefined,
    (t) => {
      const w = apicWrite(t);
      const before = apicBefore(t);
      const shown = apicShown(t);
      const register = kept(t);
      if (!w || !before || !shown || !register) return false;
      const wide = before.mode === "x2apic" && w.offset === ICR_HIGH;
      const mask = wide ? 0xffffffff : register.writable;
      const was = readsApic(before, w.offset) ?? 0;
      return readsApic(shown, w.offset) === ((was & ~mask) | (w.value & mask)) >>> 0;
    },
  ),
  clause(
    "HW-APIC-17",
    "disabled by SVR bit 8, every LVT entry is masked and stays masked",
    [sdm("local APIC state after it has been software disabled")],
    ["writeApic"],
    off,
    (t) => apicShown(t)?.lvt.every((entry) => (entry & LVT_MASKED) !== 0) === true,
  ),
  clause(
    "HW-APIC-18",
    "a write to ESR shows the errors found since the write before, and starts anew",
    [sdm("error handling")],
    ["writeApic"],
    (t) => {
      const apic = apicBefore(t);
      return (
        apicWrite(t)?.offset === ESR && apic !== undefined && hidden(apic).errors !== undefined
      );
    },
    (t) => apicShown(t)?.esr === hidden(apicBefore(t) as ApicView).errors,
  ),
  clause(
    "HW-APIC-19",
    "a write to a read-only register changes nothing",
    [sdm("local APIC register address map"), sdm("x2APIC register address space")],
    ["writeApic"],
    readOnly,
    (t) => {
      const shown = apicShown(t);
      return shown !== undefined && sameApic(apicBefore(t) as ApicView, shown);
    },
  ),
  clause(
    "HW-APIC-20",
    "the logical id of an x2APIC is its cluster and its bit therein, and cannot be written",
    [sdm("logical destination mode in x2APIC mode")],
    ["readApic", "writeApic"],
    (t) => {
      const c = t.command;
      const of = (c.kind === "readApic" || c.kind === "writeApic") && c.offset === LDR;
      return of && apicBefore(t)?.mode === "x2apic";
    },
    (t) => {
      const apic = apicBefore(t) as ApicView;
      const id = x2apicLogicalId(apic.id);
      if (t.command.kind === "writeApic") {
        return t.response.kind === "refused" && (t.observed?.apics ?? []).some((a) => a.ldr === id);
      }
      return t.response.kind === "value" && t.response.value === id;
    },
  ),
];
