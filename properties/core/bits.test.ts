import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compile,
  constant,
  decode,
  encode,
  field,
  flaws,
  fromWords,
  generate,
  ignored,
  type Layout,
  layout,
  reserved,
  table,
  toWords,
  unfit,
  violations,
  widthOf,
} from "../../spec/core/bits.js";
import { layouts } from "../../spec/irq/msi-message/layout.js";
import { RandomChoices } from "../engine/choices.js";
import { SEED, seeded } from "../testing.js";

const sample = layout({
  name: "sample",
  document: "this test",
  width: 32,
  fields: [
    reserved([31, 28]),
    field("Split", [
      [27, 24],
      [3, 2],
    ]),
    constant("Type", [23, 20], 0xan),
    field("Count", [19, 4], "how many"),
    ignored("any", [1, 1]),
    field("On", [0, 0]),
  ],
});

describe("bit layouts", () => {
  it("puts the most significant part of a split value first", () => {
    expect(encode(sample, { Split: 0b100101, Count: 1, On: 1 })).toBe(0x09a00015n);
    expect(decode(sample, 0x09a00015n)).toEqual({ Split: 0b100101n, Count: 1n, On: 1n });
  });

  it("refuses values that do not fit, and names that do not exist", () => {
    expect(unfit(sample, { Count: 0x10000 })).toBe("Count of sample holds 16 bits, not 65536");
    expect(unfit(sample, { Count: -1 })).toBe("Count of sample holds 16 bits, not -1");
    expect(unfit(sample, { Count: 0.5 })).toBe("Count of sample holds 16 bits, not 0.5");
    expect(unfit(sample, { Typo: 1 } as never)).toBe("sample has no field Typo");
    expect(() => encode(sample, { On: 2n })).toThrow(RangeError);
  });

  it("finds reserved bits that are set and constants that differ", () => {
    expect(violations(sample, 0x00a00002n)).toEqual([]);
    expect(violations(sample, 0xf0b00000n)).toEqual([
      "reserved [31:28] is 0xf, not 0x0",
      "Type [23:20] is 0xb, not 0xa",
    ]);
    expect(violations(sample, 0x100a00000n)).toContain("more than 32 bits");
  });

  it("refuses a table that contradicts itself", () => {
    const wrong = { ...sample, fields: [field("A", [31, 16]), field("B", [16, 1])] };
    expect(flaws(wrong as Layout)).toEqual(["bit 16 is in A and in B", "bit 0 is in no field"]);
    expect(() => layout(wrong)).toThrow("bit 16 is in A and in B");
    const order = { ...sample, fields: [field("A", [15, 0]), field("A", [31, 16])] };
    expect(flaws(order as Layout)).toEqual(["A stands twice", "A stands below a lower field"]);
  });

  it("prints a table, with a word its values", () => {
    expect(table(sample, 0x09a00015n)).toMatchInlineSnapshot(`
      "sample (32 bits; this test)
        [31:28]       reserved  0x0
        [27:24][3:2]  Split     0x25
        [23:20]       Type      0xa
        [19:4]        Count     0x1   how many
        [1]           any       0x0
        [0]           On        0x1"
    `);
  });
});

describe(seeded("every layout of interrupt messages"), () => {
  const drawn = fc.tuple(fc.constantFrom<Layout>(...(layouts as readonly Layout[])), fc.integer());

  it("decodes what it encoded, leaving nothing in reserved bits", () => {
    fc.assert(
      fc.property(drawn, ([l, seed]) => {
        const values = generate(l, new RandomChoices(seed));
        const word = encode(l, values);
        expect(decode(l, word)).toEqual(values);
        expect(violations(l, word)).toEqual([]);
        expect(fromWords(toWords(l, word))).toBe(word);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it("is the same on 32-bit numbers", () => {
    fc.assert(
      fc.property(drawn, ([l, seed]) => {
        const wide = l.fields.some((f) => f.role === "field" && widthOf(f.bits) > 53);
        if (wide) return expect(() => compile(l)).toThrow("too wide");
        const fast = compile(l);
        const values = generate(l, new RandomChoices(seed));
        const numbers = Object.fromEntries(
          Object.entries(values).map(([name, value]) => [name, Number(value)]),
        );
        const words = fast.encode(numbers);
        expect(fromWords(words)).toBe(encode(l, values));
        for (const [name, value] of Object.entries(numbers)) {
          expect(fast.get(words, name)).toBe(value);
        }
        expect(fast.sound(words)).toBe(true);
        for (let bit = 0; bit < l.width; bit++) {
          const flipped = encode(l, values) ^ (1n << BigInt(bit));
          expect(fast.sound(toWords(l, flipped))).toBe(violations(l, flipped).length === 0);
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});
