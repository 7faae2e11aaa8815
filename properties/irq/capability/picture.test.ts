import { describe, expect, it } from "vitest";
import { malformed } from "../../../spec/hardware/pci/malformed.js";
import { Picture } from "../../report/picture.js";
import { tinyMsix } from "./commands.js";
import { remapped } from "./configs.js";
import { plugOf } from "./functions.js";
import { picture } from "./picture.js";
import { judged, lastOf } from "./testing.js";

const terms = { addressLo: 0xfee01000, addressHi: 0, data: 0x40, available: 2049, domain: true };

/** The words from 0x40 on, by their marks. */
const drawn = (p: Picture): string =>
  p.cells
    .slice(4)
    .flat()
    .map((cell) => (p.marks?.[cell] ?? "") || "_")
    .join("");

describe("the drawing of a configuration space", () => {
  it("shows the list, the structures and what was written", () => {
    const enable = { kind: "enableMsix", min: 1, max: 2, ...terms, entries: [] } as const;
    const steps = judged([tinyMsix, enable]);
    const [before, after] = steps.map((step) => picture(remapped, step.after)) as [
      Picture,
      Picture,
    ];
    for (const p of [before, after]) expect(Picture.decode(p)._tag).toBe("Right");
    expect(before.title).toBe("Configuration space, list 0x34 > 0x50");
    expect(drawn(before).startsWith("____HMM_")).toBe(true);
    expect(drawn(after).startsWith("____WMM_")).toBe(true);
  });

  it("shows where a list turns back", () => {
    const { after } = lastOf(judged([plugOf(malformed.cycle)]));
    const p = picture(remapped, after);
    expect(p.title).toBe("Configuration space, list 0x34 > 0x40 > 0x50 > 0x60 > 0x50");
    expect(drawn(p).slice(0, 12)).toBe("H___!___!___");
  });

  it("is blank without power", () => {
    const { after } = lastOf(judged([tinyMsix, { kind: "suspend" }]));
    expect(new Set(picture(remapped, after).cells.flat()).size).toBe(1);
  });
});
