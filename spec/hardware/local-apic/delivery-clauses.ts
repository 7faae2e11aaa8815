/** Interrupts that reach local APICs: messages, and interprocessor interrupts of ICR. */
import type { Clause } from "../../core/clause.js";
import { sdm } from "../../core/source.js";
import { apicBefore, apicWrite, bitOf, cpuOf, highestBit, sameWords } from "../machine/judging.js";
import { addresses } from "../machine/path.js";
import type { ApicView } from "../machine/vocabulary.js";
import {
  ARRIVING,
  type Arriving,
  addedOnly,
  clause,
  isOn,
  named,
  oneTakes,
  soleRequest,
  type T,
  takesLow,
  takesWhileOff,
} from "./judging.js";
import { ICR_LOW, LVT_MASKED, SELF_IPI } from "./registers.js";

const fixedAcceptance = sdm("interrupt acceptance for fixed interrupts");
const destination = sdm("determining IPI destination");

/** One fixed message for APICs named by the documents alike. */
const fixedMessage = (t: T): Arriving | undefined => {
  const r = soleRequest(t);
  return r !== undefined && r.delivery === 0 && named(t, r).length > 0 ? r : undefined;
};

/** CPUs, enabled, that take a fixed message of a valid vector. */
const takers = (t: T, r: Arriving): readonly number[] =>
  r.vector < 16 ? [] : named(t, r).filter((cpu) => isOn(t.before.apics[cpu] as ApicView));

/** An interprocessor interrupt as the write of the command makes it. */
type Ipi = {
  readonly vector: number;
  readonly delivery: number;
  /** 0 none, 1 self, 2 all, 3 others. */
  readonly shorthand: number;
  readonly dest: number;
  readonly logical: boolean;
};

const ipiOf = (t: T): Ipi | undefined => {
  const w = apicWrite(t);
  const from = apicBefore(t);
  if (w === undefined || from === undefined) return undefined;
  if (w.offset === SELF_IPI && from.mode === "x2apic") {
    return { vector: w.value & 0xff, delivery: 0, shorthand: 1, dest: 0, logical: false };
  }
  if (w.offset !== ICR_LOW) return undefined;
  return {
    vector: w.value & 0xff,
    delivery: (w.value >>> 8) & 7,
    shorthand: (w.value >>> 18) & 3,
    dest: from.mode === "xapic" ? from.icrHigh >>> 24 : from.icrHigh,
    logical: (w.value & 0x800) !== 0,
  };
};

const reaches = (t: T, ipi: Ipi, cpu: number): boolean => {
  switch (ipi.shorthand) {
    case 1:
      return cpu === cpuOf(t);
    case 2:
      return true;
    case 3:
      return cpu !== cpuOf(t);
    default:
      return addresses(t.before.apics[cpu] as ApicView, ipi.dest, ipi.logical);
  }
};

/** A fixed IPI, but for cluster broadcasts, on which hardware differs. */
const fixedIpi = (t: T): Ipi | undefined => {
  const ipi = ipiOf(t);
  if (ipi === undefined || ipi.delivery !== 0) return undefined;
  const open = ipi.shorthand === 0 && ipi.logical && ipi.dest === 0xff;
  return open ? undefined : ipi;
};

/** A lowest-priority message for several, one of which at least is enabled. */
const lowest = (t: T): Arriving | undefined => {
  const r = soleRequest(t);
  if (r === undefined || r.delivery > 1 || !oneTakes(r) || r.vector < 16) return undefined;
  const set = named(t, r);
  return set.length > 1 && takers(t, r).length > 0 ? r : undefined;
};

const otherKinds = [2, 4, 7];

export const deliveryClauses: readonly Clause<T>[] = [
  clause(
    "HW-APIC-7",
    "a fixed message is requested at the enabled APICs that its destination names, at no other",
    [destination, fixedAcceptance],
    ARRIVING,
    (t) => {
      const r = fixedMessage(t);
      return r !== undefined && !oneTakes(r) && r.vector >= 16 && !takesWhileOff(t);
    },
    (t) => {
      const r = fixedMessage(t) as Arriving;
      const cpus = takers(t, r);
      return addedOnly(t, (cpu) => (cpus.includes(cpu) ? r.vector : -1));
    },
  ),
  clause(
    "HW-APIC-8",
    "a message of a vector below 16 is not accepted",
    [sdm("valid interrupt vectors"), sdm("error handling")],
    [...ARRIVING, "phantom"],
    (t) => {
      if (takesLow(t)) return false;
      if (t.command.kind === "phantom") return t.command.vector < 16;
      const r = fixedMessage(t);
      return r !== undefined && r.vector < 16 && !oneTakes(r);
    },
    (t) => {
      const c = t.command;
      const hit = c.kind === "phantom" ? [c.cpu] : named(t, fixedMessage(t) as Arriving);
      return addedOnly(t, () => -1, hit);
    },
  ),
  clause(
    "HW-APIC-9",
    "TMR shows for each vector accepted last whether it came as level or as edge",
    [fixedAcceptance],
    ARRIVING,
    (t) => {
      const r = fixedMessage(t);
      return r !== undefined && !oneTakes(r) && takers(t, r).length > 0;
    },
    (t) => {
      const r = fixedMessage(t) as Arriving;
      return takers(t, r).every((cpu) => {
        const shown = t.observed?.apics[cpu];
        return shown !== undefined && bitOf(shown.tmr, r.vector) === r.level;
      });
    },
  ),
  clause(
    "HW-APIC-10",
    "an APIC that SVR disables accepts no fixed interrupt",
    [sdm("local APIC state after it has been software disabled")],
    ARRIVING,
    (t) => {
      const r = fixedMessage(t);
      if (r === undefined || takesWhileOff(t)) return false;
      return named(t, r).some((cpu) => !isOn(t.before.apics[cpu] as ApicView));
    },
    (t) =>
      named(t, fixedMessage(t) as Arriving).every((cpu) => {
        const before = t.before.apics[cpu] as ApicView;
        const shown = t.observed?.apics[cpu];
        return isOn(before) || (shown !== undefined && sameWords(before.irr, shown.irr));
      }),
  ),
  clause(
    "HW-APIC-11",
    "of a lowest-priority message one enabled member of the set takes it",
    [sdm("lowest priority delivery mode")],
    ARRIVING,
    (t) => lowest(t) !== undefined && !takesWhileOff(t),
    (t) => {
      const r = lowest(t) as Arriving;
      const able = takers(t, r);
      const gained = t.before.apics.flatMap((apic, cpu) => {
        const shown = t.observed?.apics[cpu];
        return shown !== undefined && sameWords(apic.irr, shown.irr) ? [] : [cpu];
      });
      // Where a member has it requested already, it may be that one.
      const held = able.some((cpu) => bitOf((t.before.apics[cpu] as ApicView).irr, r.vector));
      if (gained.length === 0) return held;
      const [cpu] = gained as [number];
      return gained.length === 1 && able.includes(cpu);
    },
  ),
  clause(
    "HW-APIC-12",
    "a fixed IPI is requested at the enabled APICs that its shorthand or destination names",
    [sdm("interrupt command register"), destination],
    ["writeApic"],
    (t) => {
      const ipi = fixedIpi(t);
      return ipi !== undefined && ipi.vector >= 16 && !takesWhileOff(t);
    },
    (t) => {
      const ipi = fixedIpi(t) as Ipi;
      return addedOnly(t, (cpu) =>
        reaches(t, ipi, cpu) && isOn(t.before.apics[cpu] as ApicView) ? ipi.vector : -1,
      );
    },
  ),
  clause(
    "HW-APIC-13",
    "an IPI of a vector below 16 is not sent",
    [sdm("error handling")],
    ["writeApic"],
    (t) => {
      const ipi = ipiOf(t);
      return ipi !== undefined && ipi.delivery <= 1 && ipi.vector < 16 && !takesLow(t);
    },
    // The error interrupts of the sender and, should hardware send it all the same, of receivers.
    (t) => {
      const ipi = ipiOf(t) as Ipi;
      const failing = t.before.apics.flatMap((_a, cpu) =>
        cpu === cpuOf(t) || reaches(t, ipi, cpu) ? [cpu] : [],
      );
      const errors = failing.filter((cpu) => cpu !== cpuOf(t));
      return addedOnly(t, () => -1, [cpuOf(t)]) || addedOnly(t, () => -1, errors);
    },
  ),
  clause(
    "HW-APIC-14",
    "SMI, NMI and ExtINT set no bit of IRR",
    [sdm("interrupt acceptance for SMI, NMI, INIT and ExtINT")],
    ARRIVING,
    (t) => {
      const r = soleRequest(t);
      return r !== undefined && otherKinds.includes(r.delivery) && named(t, r).length > 0;
    },
    (t) => addedOnly(t, () => -1),
  ),
  clause(
    "HW-APIC-15",
    "INIT leaves the APIC as after power-up: disabled, nothing requested, the LVT masked",
    [sdm("local APIC state after an INIT reset")],
    [...ARRIVING, "writeApic"],
    (t) => initialised(t).length > 0,
    (t) =>
      initialised(t).every((cpu) => {
        const shown = t.observed?.apics[cpu];
        return (
          shown !== undefined &&
          shown.svr === 0xff &&
          shown.tpr === 0 &&
          highestBit(shown.irr) < 0 &&
          highestBit(shown.isr) < 0 &&
          shown.timer.count === 0 &&
          shown.lvt.every((entry) => entry === LVT_MASKED)
        );
      }),
  ),
];

/** CPUs that an INIT reaches in this step; not those of a level de-assert, which does nothing. */
function initialised(t: T): readonly number[] {
  const r = soleRequest(t);
  if (r !== undefined) return r.delivery === 5 ? named(t, r) : [];
  const ipi = ipiOf(t);
  const w = apicWrite(t);
  if (ipi === undefined || w === undefined || ipi.delivery !== 5) return [];
  if ((w.value & 0xc000) === 0x8000 || ipi.shorthand === 1 || ipi.shorthand === 2) return [];
  if (ipi.shorthand === 0 && ipi.logical && ipi.dest === 0xff) return [];
  return t.before.apics.flatMap((_a, cpu) => (reaches(t, ipi, cpu) ? [cpu] : []));
}
