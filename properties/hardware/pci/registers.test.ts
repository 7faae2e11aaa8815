import { describe, expect, it } from "vitest";
import { byteMap, readBytes, writeBytes } from "../../../models/hardware/registers/bytes.js";
import { allOnes, readOnly, readWrite } from "../../../spec/hardware/registers/table.js";

describe("register tables", () => {
  const map = byteMap(12, [
    readWrite("mixed", 0, 4, 0x11223344, 0x00ffff00, "test"),
    { ...readOnly("errors", 4, 2, 0xf00f, "test"), clears: 0xf000 },
    readWrite("byte", 7, 1, 0xaa, 0xff, "test"),
    readOnly("cut off", 10, 4, 0xddccbbaa, "test"),
  ]);

  it("read little endian at any width; what no register covers is zero", () => {
    expect(readBytes(map.reset, 0, 4)).toBe(0x11223344);
    expect(readBytes(map.reset, 1, 2)).toBe(0x2233);
    expect(readBytes(map.reset, 6, 2)).toBe(0xaa00);
    expect(readBytes(map.reset, 8, 4)).toBe(0xbbaa0000);
    expect([allOnes(1), allOnes(2), allOnes(4)]).toEqual([0xff, 0xffff, 0xffffffff]);
  });

  it("a write keeps read-only bits, takes writable ones, clears by writing 1", () => {
    const after = writeBytes(map, map.reset, 0, 4, 0xffffffff);
    expect(readBytes(after, 0, 4)).toBe(0x11ffff44);
    expect(readBytes(writeBytes(map, after, 4, 2, 0x3fff), 4, 2)).toBe(0xc00f);
    expect(readBytes(writeBytes(map, after, 4, 4, 0x55000000), 7, 1)).toBe(0x55);
    // Two registers in one write: errors in the low half stay where 0 is written.
    expect(readBytes(writeBytes(map, after, 4, 4, 0x55000000), 4, 2)).toBe(0xf00f);
  });

  it("a write that changes nothing answers the same bytes, and no write changes its argument", () => {
    expect(writeBytes(map, map.reset, 8, 4, 0xffffffff)).toBe(map.reset);
    const before = map.reset.slice();
    writeBytes(map, map.reset, 0, 4, 0);
    expect(map.reset).toEqual(before);
  });

  it("of two registers at one place the later one counts", () => {
    const patched = byteMap(4, [
      readWrite("first", 0, 4, 0xffffffff, 0xffffffff, "test"),
      readOnly("patch", 1, 2, 0, "test"),
    ]);
    expect(readBytes(patched.reset, 0, 4)).toBe(0xff0000ff);
    expect(readBytes(writeBytes(patched, patched.reset, 0, 4, 0x12345678), 0, 4)).toBe(0x12000078);
  });
});
