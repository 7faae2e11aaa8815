/** What the clauses of remapping units share. */

import { addedOnly, isOn, named, takesLow, takesWhileOff } from "../local-apic/judging.js";
import { clausesOf } from "../machine/clause.js";
import { type MachineTransition, writeTo } from "../machine/judging.js";
import { oneOfMany, type Request } from "../machine/path.js";
import type { ApicView, CommandKind, UnitView } from "../machine/vocabulary.js";
import type { Delivered, Fate } from "./fates.js";
import { EVENT_MASKED, FECTL } from "./intel.js";

export type T = MachineTransition;

/** Commands by which requests arrive. */
export const ARRIVING: readonly CommandKind[] = ["event", "write", "inject", "release"];

export const isIntel = (t: T): boolean => t.config.remapping.kind === "intel";
export const unitBefore = (t: T): UnitView | undefined => t.before.unit;
export const unitShown = (t: T): UnitView | undefined => t.observed?.unit;
export const register = (unit: UnitView | undefined, offset: number): number =>
  unit?.register(offset) ?? 0;

/** The value that the command writes into a register of the unit. */
export const written = (t: T, offset: number): number | undefined => {
  const w = writeTo(t, "remapping");
  return w?.offset === offset && w.width === 4 ? w.value : undefined;
};

/** What a fixed interrupt does to IRR is plain: a valid vector, and no choice of who takes it. */
export const plain = (t: T, d: Delivered): boolean =>
  d.delivery === 0 && d.vector >= 16 && !oneOfMany(t.before.apics, d) && !takesWhileOff(t);

/** IRR of every APIC is as this interrupt makes it. */
export const arrived = (t: T, d: Request): boolean => {
  const cpus = named(t, d).filter((cpu) => isOn(t.before.apics[cpu] as ApicView));
  return addedOnly(t, (cpu) => (cpus.includes(cpu) ? d.vector : -1));
};

/** Nothing was requested anywhere. */
export const nothingArrived = (t: T): boolean => addedOnly(t, () => -1);

/** A report of a fault would be a message of the unit's own, which changes local APICs too. */
export const reportsQuietly = (t: T): boolean =>
  !isIntel(t) || register(unitBefore(t), FECTL) >= EVENT_MASKED;

/** Whether the fate is one that local APICs show plainly. */
export const visible = (t: T, fate: Fate): boolean => {
  if (fate.kind === "block") return reportsQuietly(t) && !takesLow(t);
  return (fate.kind === "remap" || fate.kind === "pass") && plain(t, fate);
};

/** Whether local APICs look as this fate makes them. */
export const fits = (t: T, fate: Fate): boolean =>
  fate.kind === "remap" || fate.kind === "pass" ? arrived(t, fate) : nothingArrived(t);

/** A clause of this folder. */
export const clause = clausesOf("T1.2", ["apics"]);
