import { describe, expect, it } from "vitest";
import { compile, decode, encode, flaws, fromWords, generate } from "../../../spec/core/bits.js";
import { remappingLayouts } from "../../../spec/hardware/remapping/layouts.js";
import { RandomChoices } from "../../engine/choices.js";
import { SEED, seeded } from "../../testing.js";

describe(seeded("bit tables of remapping units"), () => {
  it.each(remappingLayouts.map((l) => [l.name, l] as const))("%s", (_name, layout) => {
    expect(flaws(layout)).toEqual([]);
    const fast = compile<string>(layout);
    const choices = new RandomChoices(SEED >>> 0);
    for (let i = 0; i < 200; i++) {
      const values = generate<string>(layout, choices);
      const word = encode<string>(layout, values);
      expect(decode<string>(layout, word)).toEqual(values);
      const numbers = Object.entries(values).map(([name, v]) => [name, Number(v)]);
      const words = fast.encode(Object.fromEntries(numbers));
      expect([fromWords(words), fast.sound(words)]).toEqual([word, true]);
    }
  });
});
