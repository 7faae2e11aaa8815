/** What the clauses of local APICs share: arbitration and delivery, recounted from registers. */
import { clausesOf } from "../machine/clause.js";
import { highestBit, type MachineTransition } from "../machine/judging.js";
import {
  addresses,
  arriving,
  clusterBroadcast,
  inWindow,
  type Request,
  requestOf,
} from "../machine/path.js";
import type { ApicView, CommandKind } from "../machine/vocabulary.js";
import { LVT_MASKED, SVR_ENABLE } from "./registers.js";

export type T = MachineTransition;

/** What a reference knows of an APIC beyond what can be read. */
type Hidden = {
  /** Errors since ESR was written last. */
  readonly errors?: number;
  readonly timer: {
    /** Bus clocks since the last count. */
    readonly phase?: number;
    /** Upper half of a deadline that is being written. */
    readonly deadlineHigh?: number;
    /** Time-stamp counter. */
    readonly tsc?: number;
  };
};
export const hidden = (apic: ApicView): Hidden => apic as unknown as Hidden;

export const isOn = (apic: ApicView): boolean => (apic.svr & SVR_ENABLE) !== 0;

const classOf = (vector: number): number => Math.floor(Math.max(vector, 0) / 16);

/** Class of PPR: the greater of TPR's and of the highest vector in service. */
export const priorityClass = (apic: ApicView): number =>
  Math.max(classOf(apic.tpr), classOf(highestBit(apic.isr)));

/** The vector an enabled APIC offers; -1 for none. */
export const offered = (apic: ApicView): number => {
  const top = highestBit(apic.irr);
  return top >= 0 && classOf(top) > priorityClass(apic) ? top : -1;
};

/** Whether `after` is `before` with this bit set or clear, and all others alike. */
export const onlyBit = (
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  vector: number,
  on: boolean,
): boolean => {
  for (let w = 0; w < 8; w++) {
    const bit = w === vector >>> 5 ? 1 << (vector & 31) : 0;
    const was = before[w] as number;
    if ((on ? was | bit : was & ~bit) !== ((after[w] as number) | 0)) return false;
  }
  return true;
};

/** Vector of the LVT error entry, where a new error raises it. */
const errorVector = (apic: ApicView): number => {
  const entry = apic.lvt[5] ?? LVT_MASKED;
  return isOn(apic) && (entry & LVT_MASKED) === 0 && (entry & 0xff) >= 16 ? entry & 0xff : -1;
};

/** A request as it reaches the APICs, with how it was triggered. */
export type Arriving = Request & { readonly level: boolean };

const requestIn = (t: T): Arriving | undefined => {
  const list = arriving(t);
  const [first] = list;
  if (list.length !== 1 || first === undefined || !inWindow(first.message)) return undefined;
  return { ...requestOf(first.message), level: (first.message.data & 0x8000) !== 0 };
};

/** The last transition asked about: clause after clause asks the same of it. */
let asked: Pick<T, "before" | "command" | "observed"> | undefined;
let answer: Arriving | undefined;

/**
 * The one request that reaches the APICs in this step, where that is plain to see: one message,
 * no remapping unit in between.
 */
export const soleRequest = (t: T): Arriving | undefined => {
  const { before, command, observed } = t;
  if (before.unit !== undefined) return undefined;
  if (asked?.before !== before || asked.command !== command || asked.observed !== observed) {
    asked = { before, command, observed };
    answer = requestIn(t);
  }
  return answer;
};

/** Commands by which messages arrive. */
export const ARRIVING: readonly CommandKind[] = ["event", "write", "inject", "release"];

const nobody: readonly number[] = [];
let namedFor: { readonly apics: readonly ApicView[]; readonly request: Request } | undefined;
let namedCpus = nobody;

/** CPUs that a destination names; cluster broadcasts, on which hardware differs, name none. */
export const named = (t: T, request: Request): readonly number[] => {
  const { apics } = t.before;
  if (namedFor?.apics === apics && namedFor.request === request) return namedCpus;
  const found: number[] = [];
  if (!clusterBroadcast(apics, request)) {
    for (let cpu = 0; cpu < apics.length; cpu++) {
      const apic = apics[cpu] as ApicView;
      if (addresses(apic, request.dest, request.logical)) found.push(cpu);
    }
  }
  namedFor = { apics, request };
  namedCpus = found;
  return found;
};

/** One member of the set takes it. */
export const oneTakes = (r: Request): boolean => r.delivery === 1 || (r.hint && r.delivery === 0);

export const takesLow = (t: T): boolean => t.config.quirks.includes("apic-accepts-low-vectors");
export const takesWhileOff = (t: T): boolean =>
  t.config.quirks.includes("apic-accepts-while-disabled");

const bitIn = (word: number, vector: number): number =>
  vector >= 0 && vector >>> 5 === word ? 1 << (vector & 31) : 0;

/** Whether these requests, and no others but error interrupts of `failing`, were added to IRR. */
export const addedOnly = (
  t: T,
  wanted: (cpu: number) => number,
  failing: readonly number[] = nobody,
): boolean => {
  const before = t.before.apics;
  const after = t.observed?.apics;
  if (after === undefined || after.length !== before.length) return false;
  for (let cpu = 0; cpu < before.length; cpu++) {
    const was = before[cpu] as ApicView;
    const is = after[cpu] as ApicView;
    const vector = wanted(cpu);
    const error = failing.includes(cpu) ? errorVector(was) : -1;
    if (was === is && vector < 0 && error < 0) continue;
    for (let w = 0; w < 8; w++) {
      const due = (was.irr[w] as number) | bitIn(w, vector) | bitIn(w, error);
      if (due !== ((is.irr[w] as number) | 0)) return false;
    }
  }
  return true;
};

/** A clause of this folder. */
export const clause = clausesOf("T1.4", ["apics"]);
