import { describe, expect, it } from "vitest";
import { malformed } from "../../../spec/hardware/pci/malformed.js";
import { both, msiFunction } from "../../../spec/hardware/pci/profiles.js";
import { Hand } from "./testing.js";

const ADDRESS = 0xfee03000;

/** Address, data and Enable with 2^mme messages. */
const enable = (hand: Hand, data: number, mme: number, high = 0): void => {
  const at = hand.msi;
  hand.setConfig(at.address, 4, ADDRESS);
  if (high !== 0) hand.setConfig(at.addressHigh, 4, high);
  hand.setConfig(at.data, 2, data);
  hand.setConfig(at.control, 2, (mme << 4) | 1);
};

describe("MSI, each of the four shapes", () => {
  const shapes = [
    ["32-bit", false, false, 0x0004, 0x58],
    ["32-bit with masks", false, true, 0x0104, 0x58],
    ["64-bit", true, false, 0x0084, 0x5c],
    ["64-bit with masks", true, true, 0x0184, 0x5c],
  ] as const;

  it.each(shapes)("%s: registers where they belong", (_name, is64, maskable, control, data) => {
    const hand = new Hand(msiFunction(2, is64, maskable));
    expect(hand.config(0x52, 2)).toBe(control);
    for (let at = 0x50; at < 0x70; at += 4) hand.setConfig(at, 4, 0xffffffff);
    const words = [0x54, 0x58, 0x5c, 0x60, 0x64, 0x68].map((at) => hand.config(at, 4));
    const wanted = [0xfffffffc, ...(is64 ? [0xffffffff] : []), 0xffff, ...(maskable ? [0xf] : [])];
    expect(words).toEqual([...wanted, 0, 0, 0, 0, 0].slice(0, 6));
    expect(hand.msi.data).toBe(data);
    expect(hand.config(0x52, 2)).toBe(control | 0x71);
  });

  it.each(shapes)("%s: an event sends address and data as they stand", (_name, is64, maskable) => {
    const hand = new Hand(msiFunction(2, is64, maskable));
    const high = is64 ? 0x12 : 0;
    enable(hand, 0x4141, 2, high);
    for (const i of [0, 1, 2, 3]) {
      expect(hand.event(i)).toEqual([{ addressLo: ADDRESS, addressHi: high, data: 0x4140 | i }]);
    }
    hand.setConfig(hand.msi.data, 2, 0x55);
    expect(hand.event(1)[0]?.data).toBe(0x55);
  });

  it.each([0, 1, 2, 3, 4, 5])("2^%i messages: so many mask bits, so many numbers", (log2) => {
    const hand = new Hand(msiFunction(log2, true, true));
    hand.setConfig(hand.msi.mask, 4, 0xffffffff);
    expect(hand.config(hand.msi.mask, 4)).toBe(2 ** (2 ** log2) - 1);
    hand.setConfig(hand.msi.mask, 4, 0);
    enable(hand, 0x60, log2);
    const last = 2 ** log2 - 1;
    expect(hand.event(last)[0]?.data).toBe(0x60 | last);
  });

  it("fewer messages than events: numbers wrap at 2^MME", () => {
    const hand = new Hand(msiFunction(3, false, false));
    enable(hand, 0x40, 1);
    expect([0, 1, 2, 7].map((i) => hand.event(i)[0]?.data)).toEqual([0x40, 0x41, 0x40, 0x41]);
    const one = new Hand(msiFunction(5, false, false));
    enable(one, 0x47, 0);
    expect([0, 31].map((i) => one.event(i)[0]?.data)).toEqual([0x47, 0x47]);
  });
});

describe("MSI masks", () => {
  const maskable = (): Hand => {
    const hand = new Hand(msiFunction(2, true, true));
    enable(hand, 0x80, 2);
    return hand;
  };

  it("k events on a masked message are one pending bit, and one message at the unmask", () => {
    const hand = maskable();
    hand.setConfig(hand.msi.mask, 4, 0b1111);
    for (const i of [2, 2, 2, 0]) expect(hand.event(i)).toEqual([]);
    expect(hand.config(hand.msi.pending, 4)).toBe(0b0101);
    hand.setConfig(hand.msi.data, 2, 0x90);
    expect(hand.setConfig(hand.msi.mask, 4, 0b1011).map((m) => m.data)).toEqual([0x92]);
    expect(hand.config(hand.msi.pending, 4)).toBe(0b0001);
    expect(hand.setConfig(hand.msi.mask, 4, 0).map((m) => m.data)).toEqual([0x90]);
    expect(hand.config(hand.msi.pending, 4)).toBe(0);
    expect(hand.setConfig(hand.msi.mask, 4, 0b1111)).toEqual([]);
  });

  it("pending bits are read-only, and those of messages that do not exist are zero", () => {
    const hand = maskable();
    hand.setConfig(hand.msi.pending, 4, 0xffffffff);
    expect(hand.config(hand.msi.pending, 4)).toBe(0);
    hand.setConfig(hand.msi.mask, 4, 2);
    hand.event(1);
    hand.setConfig(hand.msi.pending, 4, 0);
    expect(hand.config(hand.msi.pending, 4)).toBe(2);
  });

  it("a served event is not sent any more", () => {
    const hand = maskable();
    hand.setConfig(hand.msi.mask, 4, 0b0010);
    hand.event(1);
    hand.serve(1);
    expect(hand.config(hand.msi.pending, 4)).toBe(0);
    expect(hand.setConfig(hand.msi.mask, 4, 0)).toEqual([]);
  });

  it("32 messages use every bit", () => {
    const hand = new Hand(msiFunction(5, false, true));
    enable(hand, 0xa0, 5);
    hand.setConfig(hand.msi.mask, 4, 0x80000000);
    expect(hand.event(31)).toEqual([]);
    expect(hand.config(hand.msi.pending, 4)).toBe(0x80000000);
    expect(hand.setConfig(hand.msi.mask, 4, 0).map((m) => m.data)).toEqual([0xbf]);
  });
});

describe("MSI, off", () => {
  it("sends nothing while disabled; pending bits stay and go out when it is enabled again", () => {
    const hand = new Hand(msiFunction(0, true, true));
    enable(hand, 0x30, 0);
    hand.setConfig(hand.msi.mask, 4, 1);
    hand.event(0);
    hand.setConfig(hand.msi.control, 2, 0);
    expect(hand.setConfig(hand.msi.mask, 4, 0)).toEqual([]);
    expect(hand.event(0)).toEqual([]);
    expect(hand.setConfig(hand.msi.control, 2, 1)).toHaveLength(1);
  });

  it("discards what it may not send without bus mastering", () => {
    const hand = new Hand(msiFunction(0, true, true));
    enable(hand, 0x30, 0);
    hand.setConfig(4, 2, 2);
    expect(hand.event(0)).toEqual([]);
    expect(hand.setConfig(4, 2, 6)).toEqual([]);
    expect(hand.event(0)).toHaveLength(1);
  });

  it("reserved message counts mean 32", () => {
    const hand = new Hand(malformed.reservedCount);
    expect(hand.config(0x52, 2)).toBe(0x018e);
    hand.setConfig(hand.msi.mask, 4, 0xffffffff);
    expect(hand.config(hand.msi.mask, 4)).toBe(0xffffffff);
    hand.setConfig(hand.msi.mask, 4, 0);
    enable(hand, 0xa0, 7);
    expect(hand.event(31)[0]?.data).toBe(0xbf);
  });

  it("both enabled is undefined; here MSI-X wins", () => {
    const hand = new Hand(both);
    enable(hand, 0x30, 0);
    hand.setConfig(hand.msixControl, 2, 0x8000);
    hand.program(0, { addressLo: 0xfee01000, addressHi: 0, data: 0x77 });
    hand.mask(0, false);
    expect(hand.event(0).map((m) => m.data)).toEqual([0x77]);
  });
});
