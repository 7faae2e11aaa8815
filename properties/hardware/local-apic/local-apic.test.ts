import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accept,
  acceptFixed,
  acknowledge,
  enabledApic,
  eoi,
  type LocalApic,
  newApic,
  nextVector,
  ppr,
  readRegister,
  receivers,
  type Target,
  take,
  vectorsOf,
  writeRegister,
} from "../../../models/hardware/local-apic/index.js";
import * as reg from "../../../spec/hardware/local-apic/registers.js";
import { SEED, seeded } from "../../testing.js";

const fixed = (dest: number, vector: number, more: Partial<Target> = {}): Target => ({
  dest,
  logical: false,
  vector,
  delivery: 0,
  level: false,
  hint: false,
  ...more,
});

/** Register writes in order, what is sent not delivered. */
const program = (apic: LocalApic, ...writes: readonly (readonly [number, number])[]): LocalApic =>
  writes.reduce((a, [offset, value]) => writeRegister(a, offset, value).apic, apic);

const xapics = (count: number): readonly LocalApic[] =>
  Array.from({ length: count }, (_x, i) => enabledApic(i, "xapic"));

const requested = (apics: readonly LocalApic[]): readonly (readonly number[])[] =>
  apics.map((a) => vectorsOf(a.irr));

describe("registers of the local APIC", () => {
  it("shows vector 0x41 in IRR at offset 0x220, bit 1", () => {
    const [apic] = accept(xapics(1), fixed(0, 0x41)) as readonly [LocalApic];
    expect(readRegister(apic, 0x220)).toBe(2);
  });

  it("starts disabled, with a masked LVT and the flat model", () => {
    const apic = newApic(3, "xapic");
    const reset = [reg.SVR, reg.LVT_TIMER, reg.LVT_LINT0, reg.DFR, reg.TPR, reg.ID];
    expect(reset.map((r) => readRegister(apic, r))).toEqual([
      0xff, 0x10000, 0x10000, 0xffffffff, 0, 0x03000000,
    ]);
  });

  it("keeps what each register keeps of a write of all ones", () => {
    for (const r of reg.apicRegisters) {
      if (r.access !== "rw" || r.only === "x2apic" || r.offset >= reg.DEADLINE_LOW) continue;
      if (r.offset === reg.ESR || r.offset === reg.ICR_LOW) continue;
      const apic = writeRegister(enabledApic(1, "xapic"), r.offset, 0xffffffff).apic;
      const value = ((r.reset & ~r.writable) | r.writable) >>> 0;
      expect([r.name, readRegister(apic, r.offset)]).toEqual([r.name, value]);
    }
  });

  it("derives the logical id of an x2APIC: APIC 0x25 is bit 5 of cluster 2", () => {
    const apic = enabledApic(0x25, "x2apic");
    expect(readRegister(apic, reg.LDR)).toBe(0x00020020);
    expect(writeRegister(apic, reg.LDR, 1).refused).toBe(true);
  });

  it("masks the whole LVT when it is disabled by software, and lets none be unmasked", () => {
    const on = program(enabledApic(0, "xapic"), [reg.LVT_TIMER, 0xec], [reg.LVT_ERROR, 0xfe]);
    const off = program(on, [reg.SVR, 0xff], [reg.LVT_ERROR, 0xfe]);
    expect(off.lvt.every((entry) => (entry & reg.LVT_MASKED) !== 0)).toBe(true);
  });

  it("reports an illegal vector once ESR is written, and raises the error interrupt", () => {
    const apic = program(enabledApic(0, "xapic"), [reg.LVT_ERROR, 0xfe]);
    const hit = acceptFixed(apic, 0x0f, false);
    expect([readRegister(hit, reg.ESR), vectorsOf(hit.irr)]).toEqual([0, [0xfe]]);
    const shown = program(hit, [reg.ESR, 0]);
    expect(readRegister(shown, reg.ESR)).toBe(1 << 6);
    expect(readRegister(program(shown, [reg.ESR, 0]), reg.ESR)).toBe(0);
  });

  it("refuses to send an illegal vector, and says so with bit 5", () => {
    const reaction = writeRegister(enabledApic(0, "xapic"), reg.ICR_LOW, 0x0f);
    expect(reaction.sent).toBeUndefined();
    expect(readRegister(program(reaction.apic, [reg.ESR, 0]), reg.ESR)).toBe(1 << 5);
  });
});

describe("destinations", () => {
  it("a physical id names one APIC, 0xFF all, an absent id nobody", () => {
    const apics = xapics(4);
    expect(receivers(apics, fixed(2, 0x40))).toEqual([2]);
    expect(receivers(apics, fixed(0xff, 0x40))).toEqual([0, 1, 2, 3]);
    expect(receivers(apics, fixed(9, 0x40))).toEqual([]);
  });

  it("flat logical ids match by bit, cluster ids by cluster and bit", () => {
    const flat = xapics(3).map((a, i) => program(a, [reg.LDR, (1 << i) << 24]));
    expect(receivers(flat, fixed(0b101, 0x40, { logical: true }))).toEqual([0, 2]);
    const ids = [0x11, 0x12, 0x21];
    const cluster = xapics(3).map((a, i) =>
      program(a, [reg.DFR, 0], [reg.LDR, ((ids[i] as number) << 24) >>> 0]),
    );
    expect(receivers(cluster, fixed(0x13, 0x40, { logical: true }))).toEqual([0, 1]);
    expect(receivers(cluster, fixed(0x21, 0x40, { logical: true }))).toEqual([2]);
    expect(receivers(cluster, fixed(0xff, 0x40, { logical: true }))).toEqual([0, 1, 2]);
  });

  it("x2APIC: 32-bit ids, logical by cluster, all ones for everybody", () => {
    const apics = [0, 0x103, 0x12345].map((id) => enabledApic(id, "x2apic"));
    expect(receivers(apics, fixed(0x12345, 0x40))).toEqual([2]);
    expect(receivers(apics, fixed(0xff, 0x40))).toEqual([]);
    expect(receivers(apics, fixed(0x00100008, 0x40, { logical: true }))).toEqual([1]);
    expect(receivers(apics, fixed(0xffffffff, 0x40))).toEqual([0, 1, 2]);
  });

  it("lowest priority: the least PPR of the set, then the lowest number", () => {
    const apics = xapics(3).map((a, i) => program(a, [reg.TPR, [0x50, 0x20, 0x20][i] as number]));
    expect(receivers(apics, fixed(0xff, 0x60, { delivery: 1 }))).toEqual([1]);
    expect(receivers(apics, fixed(0xff, 0x60, { delivery: 1 }), ["apic-lowest-by-number"])).toEqual(
      [0],
    );
  });

  it("shorthands of an IPI name the sender, all, or all others", () => {
    const apics = xapics(3);
    const send = (value: number): Target => {
      const { sent } = writeRegister(apics[1] as LocalApic, reg.ICR_LOW, value);
      return sent as Target;
    };
    expect(receivers(apics, send(0x40041))).toEqual([1]);
    expect(receivers(apics, send(0x80041))).toEqual([0, 1, 2]);
    expect(receivers(apics, send(0xc0041))).toEqual([0, 2]);
  });

  it("an APIC that is disabled takes no fixed interrupt, INIT resets it, SIPI follows INIT", () => {
    const apics = [newApic(0, "xapic")];
    expect(accept(apics, fixed(0, 0x41))).toBe(apics);
    const init = accept(apics, fixed(0, 0, { delivery: 5 }));
    const started = accept(init, fixed(0, 0x9f, { delivery: 6 }));
    expect((started[0] as LocalApic).sipi).toBe(0x9f);
    expect(accept(apics, fixed(0, 0x9f, { delivery: 6 }))).toBe(apics);
  });
});

describe("arbitration", () => {
  it("keeps one more of a vector that is in service, and coalesces the rest", () => {
    let apic = acceptFixed(enabledApic(0, "xapic"), 0x41, false);
    apic = take(apic).apic;
    apic = acceptFixed(acceptFixed(apic, 0x41, false), 0x41, false);
    expect([vectorsOf(apic.isr), vectorsOf(apic.irr)]).toEqual([[0x41], [0x41]]);
    expect(take(apic).vector).toBeUndefined();
    apic = take(eoi(apic)).apic;
    expect([vectorsOf(eoi(apic).isr), vectorsOf(eoi(apic).irr)]).toEqual([[], []]);
  });

  it("a vector of the class in service waits, one of a higher class nests", () => {
    let apic = take(acceptFixed(enabledApic(0, "xapic"), 0x41, false)).apic;
    apic = acceptFixed(apic, 0x4f, false);
    expect(nextVector(apic)).toBeUndefined();
    expect(nextVector(acceptFixed(apic, 0x50, false))).toBe(0x50);
  });

  it("an acknowledge that finds nothing any more is spurious and sets no ISR bit", () => {
    let apic = acceptFixed(enabledApic(0, "xapic"), 0x41, false);
    apic = program(apic, [reg.TPR, 0x40]);
    expect(acknowledge(apic)).toMatchObject({ vector: 0xff, spurious: true, apic });
  });

  it("notes level interrupts in TMR and tells their EOI, unless SVR bit 12 forbids it", () => {
    const apic = take(acceptFixed(enabledApic(0, "xapic"), 0x41, true)).apic;
    expect(readRegister(apic, 0x1a0)).toBe(2);
    expect(writeRegister(apic, reg.EOI, 0).broadcast).toBe(0x41);
    const quiet = program(apic, [reg.SVR, 0x11ff]);
    expect(writeRegister(quiet, reg.EOI, 0).broadcast).toBeUndefined();
  });

  /** The same rules on plain sets of vectors, written down once more. */
  const vector = fc.integer({ min: 16, max: 255 });
  const act = fc.oneof(
    fc.record({ kind: fc.constant("raise" as const), vector }),
    fc.record({ kind: fc.constant("tpr" as const), value: fc.integer({ min: 0, max: 255 }) }),
    fc.constant({ kind: "take" as const }),
    fc.constant({ kind: "eoi" as const }),
  );
  it(seeded("equals a recount on sets of vectors"), () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        let apic = enabledApic(0, "xapic");
        const waiting = new Set<number>();
        const serving = new Set<number>();
        let tpr = 0;
        for (const a of acts) {
          const busy = Math.max(Math.floor(tpr / 16), Math.floor(Math.max(0, ...serving) / 16));
          if (a.kind === "raise") {
            apic = acceptFixed(apic, a.vector, false);
            waiting.add(a.vector);
          } else if (a.kind === "tpr") {
            apic = program(apic, [reg.TPR, a.value]);
            tpr = a.value;
          } else if (a.kind === "eoi") {
            apic = eoi(apic);
            serving.delete(Math.max(...serving));
          } else {
            const first = Math.max(-1, ...waiting);
            const wanted = Math.floor(first / 16) > busy ? first : undefined;
            const taken = take(apic);
            expect(taken.vector).toBe(wanted);
            apic = taken.apic;
            if (wanted !== undefined) {
              waiting.delete(wanted);
              serving.add(wanted);
            }
          }
          const sorted = (s: Set<number>) => [...s].sort((x, y) => x - y);
          expect([vectorsOf(apic.irr), vectorsOf(apic.isr)]).toEqual([
            sorted(waiting),
            sorted(serving),
          ]);
          const now = Math.max(tpr >> 4, Math.max(0, ...serving) >> 4);
          expect(ppr(apic) >> 4).toBe(now);
        }
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it("delivers the vectors of a message to nobody else", () => {
    expect(requested(accept(xapics(3), fixed(1, 0x77)))).toEqual([[], [0x77], []]);
  });
});
