import { describe, expect, it } from "vitest";
import { writeBar64 } from "../../../models/hardware/pci/index.js";
import { malformed } from "../../../spec/hardware/pci/malformed.js";
import {
  both,
  MSIX_SIZES,
  msixFunction,
  msixTwoBars,
} from "../../../spec/hardware/pci/profiles.js";
import { msixOf } from "../../../spec/hardware/shape.js";
import { Hand } from "./testing.js";

const ENABLE = 0x8000;
const FUNCTION_MASK = 0x4000;

const message = (i: number) => ({
  addressLo: 0xfee00000 + 0x1000 * (i % 16),
  addressHi: 0,
  data: 0x30 + (i % 128),
});

const enabled = (entries: number): Hand => {
  const hand = new Hand(msixFunction(entries));
  hand.setConfig(hand.msixControl, 2, ENABLE);
  return hand;
};

describe("MSI-X tables", () => {
  it.each(MSIX_SIZES)("%i entries: size field, last entry, its pending bit", (entries) => {
    for (const shape of [msixFunction(entries), msixTwoBars(entries)]) {
      const hand = new Hand(shape);
      expect(hand.config(hand.msixControl, 2)).toBe(entries - 1);
      hand.setConfig(hand.msixControl, 2, ENABLE | FUNCTION_MASK | 0x3fff);
      expect(hand.config(hand.msixControl, 2)).toBe(ENABLE | FUNCTION_MASK | (entries - 1));
      const last = entries - 1;
      hand.program(last, message(last));
      hand.mask(last, false);
      expect(hand.event(last)).toEqual([]);
      expect(hand.pendingWord(last)).toBe((1 << (last & 31)) >>> 0);
      expect(hand.event(entries)).toEqual([]);
      expect(hand.setConfig(hand.msixControl, 2, ENABLE)).toEqual([message(last)]);
      expect(hand.pendingWord(last)).toBe(0);
    }
  });

  it.each([63, 64, 2047])("pending bit of entry %i is bit i mod 64 of qword i div 64", (i) => {
    const hand = enabled(2048);
    hand.event(i);
    const { pbaOffset, pbaBar } = msixOf(hand.shape) ?? { pbaOffset: 0, pbaBar: 0 };
    const qword = pbaOffset + 8 * Math.floor(i / 64);
    const words = [hand.bar(pbaBar, qword), hand.bar(pbaBar, qword + 4)];
    const bit = i % 64;
    expect(words).toEqual(bit < 32 ? [2 ** bit, 0] : [0, 2 ** (bit - 32)]);
  });

  it("after reset every entry is masked and nothing else is set", () => {
    const hand = enabled(4);
    for (let i = 0; i < 4; i++) {
      expect([0, 1, 2, 3].map((word) => hand.entry(i, word))).toEqual([0, 0, 0, 1]);
    }
  });

  it("reserved bits of vector control keep what is written", () => {
    const hand = enabled(4);
    hand.setEntry(1, 3, 0xabcd0001);
    expect(hand.entry(1, 3)).toBe(0xabcd0001);
  });

  it("what passes the end of the BAR does not exist; the table before it works", () => {
    const hand = new Hand(malformed.tableBeyondBar);
    hand.setConfig(hand.msixControl, 2, ENABLE);
    hand.program(3, message(3));
    hand.mask(3, false);
    expect(hand.event(3)).toEqual([message(3)]);
    expect(hand.entry(4, 0)).toBe(0xffffffff);
    hand.mask(4, false);
    expect(hand.event(4)).toEqual([]);
    const nowhere = new Hand(malformed.reservedBir);
    nowhere.setConfig(nowhere.msixControl, 2, ENABLE);
    nowhere.mask(0, false);
    expect(nowhere.event(0)).toEqual([]);
  });

  it("memory is reached only while it is decoded, and by whole words", () => {
    const hand = enabled(4);
    hand.setConfig(4, 2, 4);
    hand.program(0, message(0));
    expect(hand.entry(0, 0)).toBe(0xffffffff);
    hand.setConfig(4, 2, 6);
    expect(hand.entry(0, 0)).toBe(0);
    hand.setBar(0, 8, 0xff, 1);
    expect(hand.entry(0, 2)).toBe(0);
    hand.setEntry(0, 2, 0x11223344);
    expect([hand.bar(0, 8, 1), hand.bar(0, 10, 2)]).toEqual([0x44, 0x1122]);
  });

  it("a 64-bit write changes both words at once", () => {
    const hand = enabled(4);
    hand.event(2);
    const { fn, sent } = writeBar64(hand.shape, hand.fn, 0, 40, 0x99, 0);
    expect(sent.map((m) => m.data)).toEqual([0x99]);
    expect(fn.pending[0]).toBe(0);
    expect(writeBar64(hand.shape, fn, 0, 44, 1, 1).fn).toBe(fn);
  });
});

describe("MSI-X masks", () => {
  it("k events on a masked entry are sent once, with what the entry says at the unmask", () => {
    const hand = enabled(4);
    hand.program(1, message(1));
    for (let k = 0; k < 5; k++) expect(hand.event(1)).toEqual([]);
    hand.program(1, message(9));
    expect(hand.mask(1, false)).toEqual([message(9)]);
    expect(hand.mask(1, false)).toEqual([]);
    expect(hand.event(1)).toEqual([message(9)]);
  });

  it("Function Mask leaves entry bits alone and sends each pending entry once", () => {
    const hand = enabled(64);
    for (const i of [0, 5, 40]) {
      hand.program(i, message(i));
      if (i !== 5) hand.mask(i, false);
    }
    hand.setConfig(hand.msixControl, 2, ENABLE | FUNCTION_MASK);
    for (const i of [40, 5, 0, 40]) expect(hand.event(i)).toEqual([]);
    const table = hand.fn.table;
    expect(hand.setConfig(hand.msixControl, 2, ENABLE)).toEqual([message(0), message(40)]);
    expect(hand.fn.table).toEqual(table);
    expect(hand.pendingWord(0)).toBe(1 << 5);
    expect(hand.mask(5, false)).toEqual([message(5)]);
  });

  it("pending bits are read-only; a served event is withdrawn", () => {
    const hand = enabled(65);
    hand.event(64);
    const at = msixOf(hand.shape)?.pbaOffset ?? 0;
    hand.setBar(0, at + 8, 0);
    hand.setBar(0, at, 0xffffffff);
    expect([hand.pendingWord(0), hand.pendingWord(64)]).toEqual([0, 1]);
    hand.serve(64);
    expect(hand.pendingWord(64)).toBe(0);
    expect(hand.mask(64, false)).toEqual([]);
  });

  it("while MSI-X is off an event asks for INTx and pending bits stay", () => {
    const hand = enabled(4);
    hand.event(2);
    hand.setConfig(hand.msixControl, 2, 0);
    hand.mask(2, false);
    expect(hand.event(2)).toEqual([]);
    expect([hand.fn.line, hand.pendingWord(0)]).toEqual([true, 4]);
    expect(hand.setConfig(hand.msixControl, 2, ENABLE)).toHaveLength(1);
    expect(hand.fn.line).toBe(false);
  });

  it("power loss forgets everything", () => {
    const hand = new Hand(both);
    hand.setConfig(hand.msixControl, 2, ENABLE);
    hand.event(3);
    hand.mask(1, false);
    hand.power(false);
    expect([hand.event(1), hand.entry(1, 3)]).toEqual([[], 0xffffffff]);
    hand.power(true);
    expect(hand.config(hand.msixControl, 2)).toBe(7);
    expect([hand.entry(1, 3), hand.pendingWord(0)]).toEqual([1, 0]);
  });
});

describe("entries that are rewritten while nothing masks them", () => {
  it("are noted until they have been masked", () => {
    const hand = enabled(4);
    const noted = () => hand.fn.rewritten[0];
    hand.program(1, message(1));
    expect(noted()).toBe(0);
    hand.mask(1, false);
    expect(noted()).toBe(0);
    hand.setEntry(1, 2, 0x99);
    expect(noted()).toBe(2);
    hand.mask(1, true);
    expect(noted()).toBe(0);
    hand.mask(1, false);
    hand.setEntry(1, 0, 0xfee0a000);
    hand.setConfig(hand.msixControl, 2, ENABLE | FUNCTION_MASK);
    expect(noted()).toBe(0);
    hand.setEntry(1, 0, 0xfee0b000);
    hand.setConfig(hand.msixControl, 2, ENABLE);
    expect(noted()).toBe(0);
  });
});
