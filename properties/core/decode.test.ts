import * as t from "io-ts";
import { describe, expect, it } from "vitest";
import { decodeOrThrow, InputError, parseJson, shown } from "../../spec/core/decode.js";
import { boundedInt, Hex64, popcount32 } from "../../spec/core/int.js";
import { tagged } from "../../spec/core/tagged.js";

const Shape = tagged("shape", {
  dot: {},
  box: { size: boundedInt("size", 1, 9), name: t.union([t.string, t.undefined]) },
});

const message = (codec: t.Mixed, value: unknown): string => {
  try {
    decodeOrThrow(codec, value, { file: "f", line: 3 });
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
};

describe("decoding at a boundary", () => {
  it("names file, line, field, value and expectation", () => {
    expect(message(Shape, { kind: "box", size: 10 })).toBe(
      "f:3: field size: found 10, expected size, a whole number 1..9",
    );
    expect(message(Shape, { kind: "ball" })).toBe(
      'f:3: field kind: found "ball", expected "dot" | "box"',
    );
    expect(message(Shape, { kind: "dot", size: 1 })).toBe(
      'f:3: field size: found 1, expected no such field in "dot"',
    );
    expect(message(Shape, [])).toBe("f:3: found [], expected shape");
  });

  it("speaks of a union as a whole, and numbers only the parts of a list", () => {
    const Both = t.intersection([t.type({ a: t.number }), t.partial({ b: t.string })]);
    expect(message(Both, { a: "x" })).toBe('f:3: field a: found "x", expected number');
    const List = t.type({ rows: t.array(t.union([t.number, t.null], "a number or null")) });
    expect(message(List, { rows: [1, "x"] })).toBe(
      'f:3: field rows.1: found "x", expected a number or null',
    );
  });

  it("keeps optional fields optional and loses nothing", () => {
    expect(decodeOrThrow(Shape, { kind: "box", size: 2 }, { file: "f" })).toEqual({
      kind: "box",
      size: 2,
    });
    const box = { kind: "box" as const, size: 2, name: "b" };
    expect(decodeOrThrow(Shape, Shape.encode(box), { file: "f" })).toEqual(box);
    expect(Shape.kinds).toEqual(["dot", "box"]);
  });

  it("cuts what it repeats", () => {
    expect(shown("x".repeat(500)).length).toBeLessThan(100);
    expect(shown(undefined)).toBe("nothing");
    expect(shown(5n)).toBe('"0x5"');
    expect(() => parseJson("{", { file: "f", line: 1 })).toThrow("f:1: found");
  });

  it("carries 64-bit words as hex strings", () => {
    expect(decodeOrThrow(Hex64, "0xfee00000", { file: "f" })).toBe(0xfee00000n);
    expect(Hex64.encode(2n ** 64n - 1n)).toBe("0xffffffffffffffff");
    for (const wrong of ["0x", "0xABC", "12", 12, "0x10000000000000000"]) {
      expect(message(Hex64, wrong)).toContain("expected Hex64");
    }
  });

  it("counts bits", () => {
    expect([0, 1, 0xffffffff | 0, 0x80000001 | 0].map(popcount32)).toEqual([0, 1, 32, 2]);
  });
});
