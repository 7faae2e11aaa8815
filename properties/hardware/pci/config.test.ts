import { describe, expect, it } from "vitest";
import { imageOf, layoutOf, newFunction, readBytes } from "../../../models/hardware/pci/index.js";
import { capabilityId } from "../../../spec/hardware/pci/capabilities.js";
import {
  BUS_MASTER,
  capabilityPointer,
  headerKind,
  INTX_DISABLE,
} from "../../../spec/hardware/pci/header.js";
import { malformed } from "../../../spec/hardware/pci/malformed.js";
import {
  both,
  bridge,
  cardbus,
  eduLike,
  endpoint,
  ioBar,
  memory32,
  memory64,
  nicLike,
  nvmeLike,
  zoo,
} from "../../../spec/hardware/pci/profiles.js";
import { qemuE1000e, qemuEdu, qemuFunctions, qemuNvme } from "../../../spec/hardware/pci/qemu.js";
import type { FunctionShape } from "../../../spec/hardware/shape.js";
import { Hand, throughJson } from "./testing.js";

/** Headers along the chain, as any reader meets them: at most as many as there are positions. */
const chain = (shape: FunctionShape): readonly [at: number, id: number][] => {
  const hand = new Hand(shape);
  const found: [number, number][] = [];
  const pointer = capabilityPointer(headerKind(shape));
  if (pointer === undefined || (hand.config(6, 2) & 0x10) === 0) return found;
  for (let at = hand.config(pointer, 1); at >= 0x40 && found.length < 48; ) {
    found.push([at & ~3, hand.config(at & ~3, 1)]);
    at = hand.config((at & ~3) + 1, 1);
  }
  return found;
};

const everything = [...zoo, ...qemuFunctions, ...Object.values(malformed)];

describe("shapes", () => {
  it("are what their codec admits", () => {
    for (const shape of everything) expect(throughJson(shape)).toEqual(shape);
  });

  it("chain their capabilities in order", () => {
    for (const shape of [...zoo, ...qemuFunctions]) {
      const wanted = shape.capabilities.map((c) => [c.at, capabilityId(c)]);
      expect(chain(shape)).toEqual(wanted);
    }
  });

  it("say to everyone what a write keeps", () => {
    for (const shape of everything) {
      const { map } = layoutOf(shape);
      const words = Array.from({ length: map.reset.length / 4 }, (_x, i) => ({
        offset: 4 * i,
        value: readBytes(newFunction(shape).config, 4 * i, 4),
        writable: readBytes(map.writable, 4 * i, 4),
      }));
      expect(imageOf(shape)).toEqual(words.filter((w) => w.value !== 0 || w.writable !== 0));
    }
  });
});

describe("malformed chains", () => {
  it("a cycle and a header that points at itself never end", () => {
    expect(chain(malformed.cycle)).toHaveLength(48);
    expect(chain(malformed.selfLoop)).toHaveLength(48);
    expect(
      chain(malformed.cycle)
        .slice(0, 4)
        .map(([at]) => at),
    ).toEqual([0x40, 0x50, 0x60, 0x50]);
  });

  it("an id of all ones and a null capability stand before MSI", () => {
    expect(chain(malformed.idAllOnes).map(([, id]) => id)).toEqual([0x01, 0xff, 0x05]);
    expect(chain(malformed.idZero).map(([, id]) => id)).toEqual([0x00, 0x05]);
  });

  it("a backwards pointer, an unaligned one, one below the first position", () => {
    expect(chain(malformed.backwards).map(([at]) => at)).toEqual([0x80, 0x50, 0x60]);
    expect(new Hand(malformed.unaligned).config(0x34, 1)).toBe(0x41);
    expect(chain(malformed.unaligned)).toEqual([[0x40, 0x05]]);
    expect(chain(malformed.pointerBelow)).toEqual([]);
  });

  it("two equal ids; the first one works", () => {
    const hand = new Hand(malformed.twoEqual);
    expect(chain(malformed.twoEqual).map(([, id]) => id)).toEqual([0x05, 0x05]);
    hand.setConfig(0x52, 2, 1);
    hand.setConfig(0x54, 4, 0xfee01000);
    expect(hand.event(0)).toEqual([{ addressLo: 0xfee01000, addressHi: 0, data: 0 }]);
  });

  it("a structure that passes the end is cut off, and nothing falls over", () => {
    const hand = new Hand(malformed.nearTheEnd);
    expect(hand.config(0xf2, 2)).toBe(0x0184);
    hand.setConfig(0xf2, 2, 1);
    hand.setConfig(0xf4, 4, 0xfee02000);
    hand.setConfig(0xfc, 4, 0xffff);
    expect(hand.event(0)).toEqual([{ addressLo: 0xfee02000, addressHi: 0, data: 0xffff }]);
    expect(hand.config(0x100, 4)).toBe(0xffffffff);
    const last = new Hand(malformed.lastHeader);
    last.setConfig(0xfe, 2, 1);
    expect(last.event(0)).toHaveLength(1);
  });

  it("46 headers, the last one MSI-X; a list that status denies, one that it only promises", () => {
    expect(chain(malformed.longest)).toHaveLength(46);
    expect(chain(malformed.longest).at(-1)).toEqual([0x40, 0x11]);
    expect(chain(malformed.noList)).toEqual([]);
    expect(chain(malformed.emptyList)).toEqual([]);
    expect(chain(malformed.unknownHeader)).toEqual([]);
  });
});

describe("headers", () => {
  it("type 0, 1 and 2 have their pointer and their BARs", () => {
    expect(new Hand(eduLike).config(0x34, 1)).toBe(0x40);
    expect(new Hand(bridge).config(0x34, 1)).toBe(0x60);
    expect(new Hand(cardbus).config(0x14, 1)).toBe(0x80);
    expect(new Hand(bridge).config(0x0e, 1)).toBe(1);
    const secondary = new Hand(bridge);
    secondary.setConfig(0x18, 4, 0xffffffff);
    expect(secondary.config(0x18, 4)).toBe(0x00ffffff);
    const card = new Hand(cardbus);
    card.setConfig(0x2c, 4, 0xffffffff);
    expect(card.config(0x2c, 4)).toBe(0xfffffffc);
  });

  it("BARs show their size and kind to whom writes all ones", () => {
    const shape = endpoint({
      bars: [
        ...memory64(0x12_3000_0000n, 0x4000),
        memory32(0xe0000000n, 0x1000),
        ioBar(0xc000n, 32),
        ...memory64(0x1_0000_0000n, 0x80000000),
      ],
    });
    const hand = new Hand(shape);
    expect([0x10, 0x14, 0x18, 0x1c].map((at) => hand.config(at, 4))).toEqual([
      0x30000004, 0x12, 0xe0000000, 0xc001,
    ]);
    for (let at = 0x10; at < 0x28; at += 4) hand.setConfig(at, 4, 0xffffffff);
    expect([0x10, 0x14, 0x18, 0x1c, 0x20, 0x24].map((at) => hand.config(at, 4))).toEqual([
      0xffffc004, 0xffffffff, 0xfffff000, 0xffffffe1, 0x80000004, 0xffffffff,
    ]);
  });

  it("commands keep their bits, status bits are read-only, errors clear by writing 1", () => {
    const hand = new Hand(eduLike);
    expect(hand.config(4, 2)).toBe(0x0006);
    hand.setConfig(4, 2, 0xffff);
    expect(hand.config(4, 2)).toBe(0x0547);
    hand.setConfig(6, 2, 0xffff);
    expect(hand.config(6, 2)).toBe(0x0010);
    hand.setConfig(0, 4, 0);
    expect(hand.config(0, 4)).toBe(0x11e81234);
    hand.setConfig(5, 1, 0);
    expect(hand.config(4, 2)).toBe(0x0047);
  });

  it("nothing answers beyond the space or without power", () => {
    const hand = new Hand(eduLike);
    expect(hand.config(0x100, 4)).toBe(0xffffffff);
    expect(hand.config(0xff, 2)).toBe(0xffff);
    hand.power(false);
    expect(hand.config(0, 4)).toBe(0xffffffff);
    expect(hand.setConfig(0x42, 2, 1)).toEqual([]);
    hand.power(true);
    expect(hand.config(0x42, 2)).toBe(0x0080);
    expect(new Hand(both).config(0xffc, 4)).toBe(0);
  });
});

describe("the pin", () => {
  it("is asserted while an event waits and nothing forbids it", () => {
    const hand = new Hand(eduLike);
    expect(hand.event(0)).toEqual([]);
    expect([hand.fn.line, hand.config(6, 2)]).toEqual([true, 0x0018]);
    hand.setConfig(4, 2, BUS_MASTER | INTX_DISABLE);
    expect([hand.fn.line, hand.config(6, 2)]).toEqual([false, 0x0018]);
    hand.setConfig(4, 2, BUS_MASTER);
    expect(hand.fn.line).toBe(true);
    hand.serve(0);
    expect([hand.fn.line, hand.config(6, 2)]).toEqual([false, 0x0010]);
  });

  it("is given up when MSI is enabled, and does not exist for a function without one", () => {
    const hand = new Hand(eduLike);
    hand.event(0);
    hand.setConfig(0x42, 2, 1);
    expect([hand.fn.line, hand.config(6, 2)]).toEqual([false, 0x0010]);
    const none = new Hand(endpoint({ pin: 0 }));
    none.event(0);
    expect([none.fn.line, none.config(6, 2)]).toEqual([false, 0]);
  });
});

describe("functions of QEMU 7.2", () => {
  // Read from QEMU itself: value, and the bits that a write of ones and of zeros told apart.
  const golden: readonly [FunctionShape, number, number, number][] = [
    [qemuEdu, 0x34, 0x00000040, 0],
    [qemuEdu, 0x44, 0, 0xfffffffc],
    [qemuEdu, 0x3c, 0x00000100, 0x000000ff],
    [qemuEdu, 0x04, 0x00100006, 0x00000507],
    [qemuNvme, 0x40, 0x00408011, 0xc0000000],
    [qemuNvme, 0x44, 0x00002000, 0],
    [qemuNvme, 0x48, 0x00003000, 0],
    [qemuNvme, 0x80, 0x00926010, 0],
    [qemuE1000e, 0xa0, 0x00040011, 0xc0000000],
    [qemuE1000e, 0xa8, 0x00002003, 0],
    [qemuE1000e, 0xd4, 0, 0xfffffffc],
    [qemuE1000e, 0x30, 0, 0xfffc0001],
  ];
  it.each(golden)("%# reads and keeps what the real one does", (shape, at, value, writable) => {
    expect(new Hand(shape).config(at, 4)).toBe(value);
    expect(readBytes(layoutOf(shape).map.writable, at, 4)).toBe(writable);
  });

  it("look alike those that are named after their use", () => {
    const key = (shape: FunctionShape) =>
      shape.capabilities.filter((c) => c.kind !== "other").map((c) => ({ ...c }));
    expect(key(qemuNvme)).toEqual(key(nvmeLike));
    expect(key(qemuE1000e)).toEqual(key(nicLike));
    expect(key(qemuEdu)).toEqual(key(eduLike));
  });
});
