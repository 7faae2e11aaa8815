/** Which interrupt a CPU takes, and what an end of interrupt ends. */
import type { Clause } from "../../core/clause.js";
import { sdm } from "../../core/source.js";
import {
  apicBefore,
  apicShown,
  apicWrite,
  bitOf,
  cpuOf,
  highestBit,
  sameWords,
} from "../machine/judging.js";
import type { ApicView } from "../machine/vocabulary.js";
import {
  ARRIVING,
  clause,
  isOn,
  named,
  offered,
  oneTakes,
  onlyBit,
  soleRequest,
  type T,
} from "./judging.js";
import { EOI } from "./registers.js";

const priorities = sdm("task and processor priorities");
const acceptance = sdm("interrupt acceptance for fixed interrupts");

/** The APIC that the CPU asks; what a disabled one offers the documents leave open. */
const asked = (t: T): ApicView | undefined => {
  const apic = apicBefore(t);
  return apic !== undefined && isOn(apic) ? apic : undefined;
};

/** The command ends an interrupt: itself, or by a write to the register. */
const ends = (t: T): boolean => {
  const w = apicWrite(t);
  return t.command.kind === "eoi" || (w !== undefined && w.offset === EOI && w.value === 0);
};

const classes = (apic: ApicView): readonly number[] => {
  const found: number[] = [];
  for (let v = 0; v < 256; v++) if (bitOf(apic.isr, v)) found.push(v >>> 4);
  return found;
};

/** Vectors that are in service where the message goes, and for which it asks again. */
const again = (t: T): { readonly cpus: readonly number[]; readonly vector: number } | undefined => {
  const c = t.command;
  if (c.kind === "phantom") {
    const apic = t.before.apics[c.cpu];
    const busy = apic !== undefined && isOn(apic) && bitOf(apic.isr, c.vector);
    return busy ? { cpus: [c.cpu], vector: c.vector } : undefined;
  }
  const r = soleRequest(t);
  if (r === undefined || r.delivery !== 0 || oneTakes(r)) return undefined;
  const cpus = named(t, r).filter((cpu) => {
    const apic = t.before.apics[cpu] as ApicView;
    return isOn(apic) && bitOf(apic.isr, r.vector);
  });
  return cpus.length === 0 ? undefined : { cpus, vector: r.vector };
};

export const priorityClauses: readonly Clause<T>[] = [
  clause(
    "DISP-7",
    "the highest requested vector is taken, and only if its class is above that of PPR",
    [priorities, acceptance],
    ["take", "acknowledge"],
    (t) => {
      const apic = asked(t);
      return apic !== undefined && highestBit(apic.irr) >= 0;
    },
    (t) => {
      const vector = offered(apicBefore(t) as ApicView);
      const { response } = t;
      if (vector >= 0) return response.kind === "taken" && response.vector === vector;
      return response.kind === (t.command.kind === "take" ? "nothing" : "spurious");
    },
    { needs: [] },
  ),
  clause(
    "HW-APIC-1",
    "a vector that is taken moves from IRR to ISR, and no other bit moves",
    [acceptance],
    ["take", "acknowledge"],
    (t) => t.response.kind === "taken" && apicBefore(t) !== undefined,
    (t) => {
      const before = apicBefore(t);
      const shown = apicShown(t);
      if (before === undefined || shown === undefined || t.response.kind !== "taken") return false;
      const { vector } = t.response;
      return (
        onlyBit(before.irr, shown.irr, vector, false) &&
        onlyBit(before.isr, shown.isr, vector, true)
      );
    },
  ),
  clause(
    "HW-APIC-2",
    "an end of interrupt clears the highest bit in service, and no other bit",
    [sdm("signaling interrupt servicing completion")],
    ["eoi", "writeApic"],
    (t) => {
      const apic = apicBefore(t);
      return apic !== undefined && ends(t) && highestBit(apic.isr) >= 0;
    },
    (t) => {
      const before = apicBefore(t);
      const shown = apicShown(t);
      if (before === undefined || shown === undefined) return false;
      const top = highestBit(before.isr);
      return sameWords(before.irr, shown.irr) && onlyBit(before.isr, shown.isr, top, false);
    },
  ),
  clause(
    "HW-APIC-3",
    "vectors in service at once are of different classes",
    [priorities],
    ["take", "acknowledge"],
    (t) => {
      const shown = apicShown(t);
      return t.response.kind === "taken" && shown !== undefined && classes(shown).length > 1;
    },
    (t) => {
      const found = classes(apicShown(t) as ApicView);
      return new Set(found).size === found.length;
    },
  ),
  clause(
    "HW-APIC-4",
    "an acknowledge that finds nothing to take gets SVR's vector, and nothing is in service",
    [sdm("spurious interrupt")],
    ["acknowledge"],
    (t) => {
      const apic = asked(t);
      return apic !== undefined && offered(apic) < 0;
    },
    (t) => {
      const before = apicBefore(t) as ApicView;
      const shown = apicShown(t);
      return (
        t.response.kind === "spurious" &&
        t.response.vector === (before.svr & 0xff) &&
        shown !== undefined &&
        sameWords(before.isr, shown.isr) &&
        sameWords(before.irr, shown.irr)
      );
    },
  ),
  clause(
    "HW-APIC-5",
    "an interrupt that comes again while its vector is in service is remembered in IRR",
    [acceptance],
    [...ARRIVING, "phantom"],
    (t) => again(t) !== undefined,
    (t) => {
      const { cpus, vector } = again(t) as { cpus: readonly number[]; vector: number };
      return cpus.every((cpu) => {
        const shown = t.observed?.apics[cpu];
        return shown !== undefined && bitOf(shown.irr, vector) && bitOf(shown.isr, vector);
      });
    },
    { requires: ["take"] },
  ),
  clause(
    "HW-APIC-6",
    "with nothing to take, a CPU that looks for an interrupt leaves its APIC as it was",
    [acceptance],
    ["take"],
    (t) => t.response.kind === "nothing" && apicBefore(t) !== undefined && cpuOf(t) >= 0,
    (t) => {
      const before = apicBefore(t) as ApicView;
      const shown = apicShown(t);
      return (
        shown !== undefined &&
        sameWords(before.irr, shown.irr) &&
        sameWords(before.isr, shown.isr) &&
        before.tpr === shown.tpr
      );
    },
  ),
];
