import { describe, expect, it } from "vitest";
import {
  advance,
  busClocksToExpiry,
  enabledApic,
  type LocalApic,
  readRegister,
  vectorsOf,
  writeDeadline,
  writeRegister,
} from "../../../models/hardware/local-apic/index.js";
import * as reg from "../../../spec/hardware/local-apic/registers.js";

const program = (apic: LocalApic, ...writes: readonly (readonly [number, number])[]): LocalApic =>
  writes.reduce((a, [offset, value]) => writeRegister(a, offset, value).apic, apic);

const fresh = (...writes: readonly (readonly [number, number])[]): LocalApic =>
  program(enabledApic(0, "xapic"), ...writes);

const ONE_SHOT = 0xec;
const PERIODIC = 0x200ec;
const DEADLINE = 0x400ec;

describe("the timer of the local APIC", () => {
  it("divides by bits 3, 1 and 0", () => {
    const codes = [0, 1, 2, 3, 8, 9, 10, 11];
    expect(codes.map(reg.divisorOf)).toEqual([2, 4, 8, 16, 32, 64, 128, 1]);
    // Bit 2 is reserved and does not count.
    expect(reg.divisorOf(0x7)).toBe(16);
  });

  it("one-shot: fires once after count times divisor clocks, and stops", () => {
    let apic = fresh([reg.LVT_TIMER, ONE_SHOT], [reg.DIVIDE, 3], [reg.INITIAL_COUNT, 10]);
    expect(busClocksToExpiry(apic)).toBe(160);
    apic = advance(apic, 159).apic;
    expect([readRegister(apic, reg.CURRENT_COUNT), vectorsOf(apic.irr)]).toEqual([1, []]);
    const fired = advance(apic, 1);
    expect([fired.expired, vectorsOf(fired.apic.irr)]).toEqual([1, [0xec]]);
    expect(advance(fired.apic, 1000).expired).toBe(0);
  });

  it("periodic: counts every period, however time is cut, and IRR holds one", () => {
    const start = fresh([reg.LVT_TIMER, PERIODIC], [reg.DIVIDE, 0xb], [reg.INITIAL_COUNT, 7]);
    const whole = advance(start, 7 * 1000 + 3);
    let apic = start;
    let expired = 0;
    for (let left = 7 * 1000 + 3, step = 1; left > 0; step = (step % 5) + 1) {
      const clocks = Math.min(step, left);
      const cut = advance(apic, clocks);
      apic = cut.apic;
      expired += cut.expired;
      left -= clocks;
    }
    expect([whole.expired, expired]).toEqual([1000, 1000]);
    expect(apic.timer).toEqual(whole.apic.timer);
    expect(vectorsOf(whole.apic.irr)).toEqual([0xec]);
  });

  it("a write of 0 to the initial count stops it", () => {
    const apic = fresh([reg.LVT_TIMER, PERIODIC], [reg.INITIAL_COUNT, 5], [reg.INITIAL_COUNT, 0]);
    expect(advance(apic, 1000).expired).toBe(0);
  });

  it("masked: the count runs, no interrupt is kept for later", () => {
    let apic = fresh([reg.LVT_TIMER, PERIODIC | reg.LVT_MASKED], [reg.INITIAL_COUNT, 5]);
    const over = advance(apic, 100);
    expect(over.expired).toBe(10);
    apic = program(over.apic, [reg.LVT_TIMER, PERIODIC]);
    expect(vectorsOf(apic.irr)).toEqual([]);
  });

  it("deadline: fires once, clears its MSR; 0 disarms; the past fires at once", () => {
    let apic = advance(fresh([reg.LVT_TIMER, DEADLINE]), 0, 1000).apic;
    apic = writeDeadline(apic, 1500);
    expect(advance(apic, 0, 1499).expired).toBe(0);
    const fired = advance(apic, 0, 1500);
    expect([fired.expired, fired.apic.timer.deadline]).toEqual([1, 0]);
    expect(advance(fired.apic, 0, 9999).expired).toBe(0);
    expect(advance(writeDeadline(apic, 0), 0, 9999).expired).toBe(0);
    expect(vectorsOf(writeDeadline(apic, 900).irr)).toEqual([0xec]);
  });

  it("writes the deadline by halves, the lower one arming", () => {
    const apic = program(
      advance(fresh([reg.LVT_TIMER, DEADLINE]), 0, 5).apic,
      [reg.DEADLINE_HIGH, 2],
      [reg.DEADLINE_LOW, 7],
    );
    expect(apic.timer.deadline).toBe(2 * 2 ** 32 + 7);
    expect(readRegister(apic, reg.DEADLINE_HIGH)).toBe(2);
  });

  it("each register acts in its own mode only, and a change of mode disarms", () => {
    const deadline = program(fresh([reg.LVT_TIMER, DEADLINE]), [reg.INITIAL_COUNT, 5]);
    expect([deadline.timer.initial, busClocksToExpiry(deadline)]).toEqual([0, undefined]);
    expect(writeDeadline(fresh([reg.LVT_TIMER, ONE_SHOT]), 5).timer.deadline).toBe(0);
    const armed = program(writeDeadline(deadline, 5000), [reg.LVT_TIMER, PERIODIC]);
    expect(armed.timer.deadline).toBe(0);
  });
});
