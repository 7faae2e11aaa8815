/** What a CPU does with the registers of its local APIC. */
import type { Choices } from "../../../spec/core/choices.js";
import { hidden } from "../../../spec/hardware/local-apic/judging.js";
import * as apic from "../../../spec/hardware/local-apic/registers.js";
import type { ApicView, Command } from "../../../spec/hardware/machine/vocabulary.js";
import { type D, drawDest, drawVector, pick, seldom, word32 } from "./draws.js";

type WriteApic = Extract<Command, { kind: "writeApic" }>;

const LVT_WRITABLE = [
  apic.LVT_TIMER,
  apic.LVT_TIMER,
  apic.LVT_TIMER,
  apic.LVT_ERROR,
  apic.LVT_PERFORMANCE,
  apic.LVT_LINT0,
] as const;

const icrLow = (choices: Choices, xapic: boolean): number => {
  const shorthand = seldom(choices, 3) ? choices.below(4) << 18 : 0;
  const mode = seldom(choices, 8) ? pick(choices, [1, 2, 4, 5, 6]) << 8 : 0;
  const logical = seldom(choices, 4) ? 0x800 : 0;
  const assert = xapic ? 0x4000 : 0;
  // Below 16 it must not be sent.
  const vector = seldom(choices, 16) ? choices.below(16) : drawVector(choices);
  return (vector | shorthand | mode | logical | assert) >>> 0;
};

const icrHigh = (choices: Choices, d: D, xapic: boolean): number => {
  const dest = seldom(choices, 3) ? pick(choices, [1, 2, 3, 0x11]) : drawDest(choices, d.config);
  return xapic ? ((dest & 0xff) << 24) >>> 0 : dest;
};

/** Towards a timer that runs: an unmasked entry, then a count, or a deadline around now. */
const timerWrite = (choices: Choices, view: ApicView): readonly [number, number] => {
  const entry = view.lvt[0] ?? apic.LVT_MASKED;
  if (seldom(choices, 6)) return [apic.LVT_TIMER, entry ^ apic.LVT_MASKED];
  if ((entry & apic.LVT_MASKED) !== 0 || seldom(choices, 6)) {
    return [
      apic.LVT_TIMER,
      (choices.below(3) << apic.LVT_MODE_SHIFT) | pick(choices, [0xec, 0x51]),
    ];
  }
  if (((entry >>> apic.LVT_MODE_SHIFT) & 3) === apic.TSC_DEADLINE) {
    const now = hidden(view).timer.tsc ?? 0;
    return [apic.DEADLINE_LOW, seldom(choices, 6) ? 0 : now - 20 + choices.below(100)];
  }
  return seldom(choices, 3)
    ? [apic.DIVIDE, pick(choices, [0, 1, 3, 0xb])]
    : [apic.INITIAL_COUNT, 1 + choices.below(40)];
};

export const drawApicWrite = (choices: Choices, d: D, cpu: number): WriteApic => {
  const xapic = d.config.apic === "xapic";
  const to = (offset: number, value: number): WriteApic => ({
    kind: "writeApic",
    cpu,
    offset,
    value: value >>> 0,
  });
  const view = d.view.apics[cpu];
  if (view !== undefined && seldom(choices, 4)) {
    const [offset, value] = timerWrite(choices, view);
    return to(offset, value);
  }
  switch (choices.below(16)) {
    case 0:
    case 1:
    case 2:
      return to(
        apic.TPR,
        seldom(choices, 3) ? 0 : pick(choices, [0x20, 0x30, 0x3f, 0x40, 0x4f, 0xf0]),
      );
    case 3:
      return to(apic.SVR, seldom(choices, 4) ? pick(choices, [0xff, 0x1ef, 0x11ff]) : 0x1ff);
    case 4:
    case 5:
      // Logical ids: one bit a CPU, or cluster and member.
      return to(
        apic.LDR,
        pick(choices, [1 << (24 + (cpu & 7)), 0x11000000, 0x12000000, word32(choices)]),
      );
    case 6:
      return to(apic.DFR, seldom(choices, 3) ? 0x0fffffff : 0xffffffff);
    case 7:
      return to(apic.ESR, 0);
    case 8:
    case 9: {
      const mode = choices.below(3) << apic.LVT_MODE_SHIFT;
      const offset = pick(choices, LVT_WRITABLE);
      const masked = seldom(choices, 4) ? apic.LVT_MASKED : 0;
      return to(offset, drawVector(choices) | masked | (offset === apic.LVT_TIMER ? mode : 0));
    }
    case 10:
      return to(apic.INITIAL_COUNT, seldom(choices, 6) ? 0 : 1 + choices.below(40));
    case 11:
      return to(apic.DIVIDE, pick(choices, [0, 1, 2, 3, 8, 9, 10, 11]));
    case 12:
      return to(apic.ICR_HIGH, icrHigh(choices, d, xapic));
    case 13:
    case 14:
      return to(apic.ICR_LOW, icrLow(choices, xapic));
    default:
      // Also what is read-only, what does not exist, and EOI.
      return pick(choices, [
        to(apic.EOI, 0),
        to(apic.IRR, word32(choices)),
        to(apic.DEADLINE_LOW, 1 + choices.below(60)),
        to(apic.SELF_IPI, drawVector(choices)),
        to(16 * choices.below(0x40), word32(choices)),
      ]);
  }
};

const READ = [
  apic.ID,
  apic.TPR,
  apic.PPR,
  apic.PPR,
  apic.LDR,
  apic.DFR,
  apic.SVR,
  apic.ESR,
  apic.ICR_LOW,
  apic.ICR_HIGH,
  apic.LVT_TIMER,
  apic.LVT_ERROR,
  apic.INITIAL_COUNT,
  apic.CURRENT_COUNT,
  apic.DIVIDE,
  apic.DEADLINE_LOW,
] as const;

export const drawApicRead = (choices: Choices, cpu: number): Command => {
  const first = pick(choices, [apic.IRR, apic.ISR, apic.TMR]);
  const offset = seldom(choices, 2) ? first + 16 * choices.below(8) : pick(choices, READ);
  return { kind: "readApic", cpu, offset };
};
