/** Golden values of messages and entries, both directions. */
import { describe, expect, it } from "vitest";
import {
  allocatedMark,
  amdMessage,
  decodeAmdIrte32,
  decodeAmdIrteGa,
  decodeAmdMessage,
  dteWord,
  encodeAmdIrte32,
  encodeAmdIrteGa,
  findAmdIndex,
} from "../../../models/irq/msi-message/amd.js";
import {
  compose,
  composeIommu,
  decode,
  decodeIommu,
} from "../../../models/irq/msi-message/compose.js";
import {
  chooseSource,
  decodeIntelIrte,
  decodeRemappable,
  encodeIntelIrte,
  findIntelIndex,
  postedEntry,
  remappableMessage,
  roundUp,
} from "../../../models/irq/msi-message/intel.js";
import * as bits from "../../../spec/core/bits.js";
import { descriptorOf } from "../../../spec/irq/msi-message/hardware.js";
import {
  dteInterrupt,
  iecInvalidate,
  invalidateInterruptTable,
  irtaRegister,
} from "../../../spec/irq/msi-message/layout.js";
import { bdf } from "./configs.js";

const entry = (lo: bigint, hi: bigint): readonly number[] =>
  [lo, hi].flatMap((w) => [Number(w & 0xffffffffn), Number(w >> 32n)]);

describe("compatibility format", () => {
  const rows = [
    { dest: 3, vector: 0x41, dm: false, ext: false, lo: 0xfee03000 },
    { dest: 0xfe, vector: 0x21, dm: true, ext: false, lo: 0xfeefe004 },
    { dest: 0x1ff, vector: 0x31, dm: false, ext: true, lo: 0xfeeff020 },
    { dest: 0x7fff, vector: 0xea, dm: true, ext: true, lo: 0xfeefffe4 },
    { dest: 0, vector: 0xef, dm: false, ext: false, lo: 0xfee00000 },
  ];
  it.each(rows)("destination $dest, vector $vector", ({ dest, vector, dm, ext, lo }) => {
    const message = compose(dest, vector, dm, ext);
    expect(message).toEqual({ addressLo: lo, addressHi: 0, data: vector, truncated: false });
    expect(decode(message, ext)).toEqual({
      dest,
      vector,
      logical: dm,
      hint: false,
      delivery: 0,
    });
  });

  it("Linux cuts a destination that does not fit, and warns", () => {
    expect(compose(0x103, 0x31, false, false)).toEqual({
      addressLo: 0xfee03000,
      addressHi: 0,
      data: 0x31,
      truncated: true,
    });
    expect(compose(0x8000, 0x31, false, true).truncated).toBe(true);
  });

  it("the IOMMU's own message uses the high word", () => {
    const message = composeIommu(0x12345, 0x31, false);
    expect(message).toEqual({ addressLo: 0xfee45000, addressHi: 0x00012300, data: 0x31 });
    expect(decodeIommu(message)?.dest).toBe(0x12345);
  });
});

describe("Intel", () => {
  it.each([
    { handle: 0x8123, subhandle: 0, lo: 0xfee0247c },
    { handle: 5, subhandle: 3, lo: 0xfee000b8 },
    { handle: 0, subhandle: 0, lo: 0xfee00018 },
  ])("handle $handle, subhandle $subhandle", ({ handle, subhandle, lo }) => {
    const message = remappableMessage(handle, subhandle);
    expect(message).toEqual({ addressLo: lo, addressHi: 0, data: subhandle });
    expect(decodeRemappable(message)).toEqual({ handle, shv: true, subhandle });
  });

  const own = { sid: 0x0010, svt: 1, sq: 0 };
  const other = { sid: 0x0320, svt: 1, sq: 0 };
  const range = { sid: 0x0303, svt: 2, sq: 0 };
  it.each([
    { dest: 5, eim: false, logical: false, s: own, lo: 0x0000050000410009n, hi: 0x40010n },
    { dest: 0x105, eim: true, logical: true, s: other, lo: 0x000001050041000dn, hi: 0x40320n },
    { dest: 5, eim: true, logical: false, s: range, lo: 0x0000000500410009n, hi: 0x80303n },
  ])("entry of vector 0x41, destination $dest", ({ dest, eim, logical, s, lo, hi }) => {
    const words = encodeIntelIrte({ vector: 0x41, dest, logical, ...s }, eim);
    expect(words).toEqual(entry(lo, hi));
    const fields = { vector: 0x41, dest, logical, ...s, hint: true, present: true, level: false };
    expect(decodeIntelIrte(entry(lo, hi), eim)).toMatchObject({ ...fields, delivery: 0 });
  });

  it("a posted entry splits the descriptor's address and keeps the source check", () => {
    const from = encodeIntelIrte({ vector: 0x41, dest: 5, logical: false, ...own }, true);
    const posted = postedEntry(from, 0x123456789abcdec0n, 0x55);
    expect(posted).toEqual(entry(0x9abcdec000558001n, 0x1234567800040010n));
    expect(descriptorOf(posted)).toBe(0x123456789abcdec0n);
    expect(decodeIntelIrte(posted, true)).toBeUndefined();
  });

  it("source check by the alias walk", () => {
    const device = bdf(3, 0);
    const pcieBridge = [{ alias: bdf(3, 0), reporter: bdf(2, 0) }];
    expect(chooseSource(device, pcieBridge)).toEqual({ svt: 2, sq: 0, sid: 0x0303 });
    const conventional = [{ alias: bdf(2, 0x1e), reporter: bdf(2, 0x1e) }];
    expect(chooseSource(device, conventional)).toEqual({ svt: 1, sq: 0, sid: 0x02f0 });
    const second = [{ alias: 0x0308, reporter: device }];
    expect(chooseSource(device, second)).toEqual({ svt: 2, sq: 0, sid: 0x0303 });
    expect(chooseSource(0x0010, [])).toEqual({ svt: 1, sq: 0, sid: 0x0010 });
  });

  it("index allocation: three, one and two entries of an empty table", () => {
    const blocks: { base: number; size: number }[] = [];
    const got = [3, 1, 2].map((count) => {
      const base = findIntelIndex(blocks, 65536, count) as number;
      blocks.push({ base, size: roundUp(count) });
      return base;
    });
    expect(got).toEqual([0, 4, 6]);
  });

  it("IRTA register and IEC invalidation descriptor", () => {
    expect(bits.encode(irtaRegister, { IRTA: 0x12345n, EIME: 1, S: 0xf })).toBe(0x1234580fn);
    expect(bits.encode(iecInvalidate, { IIDX: 0x8123, IM: 2, G: 1 })).toBe(0x812310000014n);
  });
});

describe("AMD", () => {
  it("short entries", () => {
    for (const [logical, word] of [
      [false, 0x00410501],
      [true, 0x00410541],
    ] as const) {
      expect(encodeAmdIrte32({ vector: 0x41, dest: 5, logical })).toEqual([word]);
      expect(decodeAmdIrte32([word])).toMatchObject({ vector: 0x41, dest: 5, logical });
    }
    expect(allocatedMark(false)).toEqual([0xfffffffe]);
  });

  it("long entries, destination split 24 and 8", () => {
    expect(encodeAmdIrteGa({ vector: 0x41, dest: 5, logical: false })).toEqual(
      entry(0x501n, 0x41n),
    );
    const wide = entry(0x34567841n, 0x1200000000000041n);
    const irte = { vector: 0x41, dest: 0x12345678, logical: true };
    expect(encodeAmdIrteGa(irte)).toEqual(wide);
    expect(decodeAmdIrteGa(wide)).toEqual({ ...irte, present: true, delivery: 0 });
  });

  it("the message is the index, DM says 2K support", () => {
    const message = amdMessage(0x7ff, true);
    expect(message).toEqual({ addressLo: 0xfee00004, addressHi: 0, data: 0x7ff });
    expect(decodeAmdMessage(message, true)).toBe(0x7ff);
    expect(decodeAmdMessage(message, false)).toBeUndefined();
    expect(amdMessage(12, false).addressLo).toBe(0xfee00000);
  });

  it("the interrupt word of a device table entry", () => {
    expect(dteWord(0n, 0x12345000n, 512)).toBe(0x2000000012345013n);
    expect(dteWord(0n, 0x12345000n, 2048)).toBe(0x2000000012345017n);
    // Pass-through bits and IG stay; the table and its length are replaced.
    const before = bits.encode(dteInterrupt, {
      NMIPass: 1,
      Lint0Pass: 1,
      IG: 1,
      IntTabRoot: 0xabc,
    });
    const after = bits.decode(dteInterrupt, dteWord(before, 0x1000n, 512));
    expect(after).toMatchObject({ NMIPass: 1n, Lint0Pass: 1n, IG: 1n, IntTabRoot: 0x40n });
  });

  it("INVALIDATE_INTERRUPT_TABLE", () => {
    expect(bits.encode(invalidateInterruptTable, { DeviceID: 0xa0 })).toBe(0x50000000000000a0n);
  });

  it("index search: one aligned, four aligned, one unaligned", () => {
    const blocks: { base: number; size: number }[] = [];
    const take = (count: number, aligned: boolean): number => {
      const base = findAmdIndex(blocks, 512, count, aligned, false) as number;
      blocks.push({ base, size: count });
      blocks.sort((a, b) => a.base - b.base);
      return base;
    };
    expect([take(1, true), take(4, true), take(1, false)]).toEqual([0, 4, 1]);
    expect(findAmdIndex([], 512, 1, false, true)).toBe(32);
    expect(findAmdIndex([{ base: 0, size: 510 }], 512, 4, true, false)).toBeUndefined();
  });
});
