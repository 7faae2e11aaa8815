import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { gateSample, gateSamples } from "./fixtures/gate-samples.js";
import { UNSAFE } from "./fixtures/hostile.js";
import { type GateTextOptions, gateText } from "./gate-text.js";

const plainly: GateTextOptions = { colour: false, quiet: false, written: ["json gate.json"] };

describe("the gate in the terminal", () => {
  for (const [name, report] of gateSamples()) {
    it(`"${name}" fits one screen and carries nothing over`, () => {
      const text = gateText(report, plainly);
      const lines = text.trimEnd().split("\n");
      expect(lines.length).toBeLessThanOrEqual(name === "hostile texts" ? 48 : 40);
      const long = lines.filter((line) => line.length > 120 && !line.startsWith("  replay: "));
      expect(long).toEqual([]);
      expect(text).not.toMatch(UNSAFE);
      expect(text).not.toMatch(/^\s*::|##\w*\[/m);
    });

    it(`"${name}" is the same in colour, but for the colour`, () => {
      const coloured = gateText(report, { ...plainly, colour: true });
      expect(stripVTControlCharacters(coloured)).toBe(gateText(report, plainly));
    });
  }

  it("shows a new violation with its trace, base and Linux beside it", () => {
    const text = gateText(gateSample("new violation"), plainly);
    expect(text).toContain("new VEC-MATRIX-4  irq/vector-matrix/allocator [contract], 2 commands");
    expect(text).toMatch(/system +base +Linux 7\.0\n/);
    expect(text).toMatch(/freeRef .* warned +done +done\n +<- first difference, VEC-MATRIX-4/);
    expect(text).toContain("  replay: redbear-spec replay .redbear-spec/traces/");
    expect(text).toMatch(/violated, exit 1\n$/);
  });

  it("says of each blocker what to do", () => {
    const text = gateText(gateSample("lost"), plainly);
    expect(text).toContain("GATE-LOST-COMMAND  irq/vector-matrix/allocator: no longer answers");
    expect(text).toContain("what to do: make the harness exercise the clause again");
    expect(gateText(gateSample("build failed"), plainly)).toContain("src/irq/vector.rs:121:9");
  });

  it("says loudly what no area claims", () => {
    const text = gateText(gateSample("three areas"), plainly);
    expect(text.indexOf("idt.rs  +14 -6  unmapped")).toBeLessThan(text.indexOf("vector.rs  +14"));
    expect(text).toContain(
      "warning: kernel/src/arch/x86/idt.rs is kernel code that no area claims",
    );
  });

  it("is short when it is quiet, and still says why", () => {
    const text = gateText(gateSample("new violation"), { ...plainly, quiet: true });
    expect(text).not.toContain("base  main");
    expect(text).toContain("VEC-MATRIX-4");
  });
});
