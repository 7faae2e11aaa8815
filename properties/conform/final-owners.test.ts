import { describe, expect, it } from "vitest";
import type { Sidecar } from "../../traces/format/sidecar.js";
import { type Loaded, loadRecord, recordNames, taken } from "./testing.js";

/** The record with the lines of /proc/interrupts after it changed. */
const shown = (record: Loaded, change: (lines: string[]) => string[]) => {
  const sidecar: Sidecar = {
    ...record.sidecar,
    interrupts_after: change([...(record.sidecar.interrupts_after ?? [])]),
  };
  return taken({ ...record, sidecar }, record.text);
};

/** Line of an interrupt, by number. */
const at = (lines: readonly string[], irq: number): number =>
  lines.findIndex((line) => line.trimStart().startsWith(`${irq}:`));

describe("/proc/interrupts after a record", () => {
  it.each(recordNames)("%s: agrees with the model's final owners", (name) => {
    const record = loadRecord(name);
    const result = taken(record, record.text);
    if (result === "input") throw new Error("refused as input");
    const judged = (clause: string) => result.clauses.find((c) => c.clause === clause)?.judged ?? 0;
    expect(judged("DISP-1")).toBeGreaterThan(0);
    expect(judged("DOM-5")).toBeGreaterThan(0);
    const without = shown(record, () => []);
    if (without === "input") throw new Error("refused as input");
    expect(without.clauses.find((c) => c.clause === "DISP-1")).toBeUndefined();
  });

  const record = loadRecord("msi-intremap");

  it("an interrupt counted on a CPU that never had a vector of it violates DISP-1", () => {
    // nvme0q4 is managed: CPU 3 alone.
    const result = shown(record, (lines) => {
      const line = at(lines, 37);
      expect(lines[line]).toMatch(/^ 37: +0 +0 +0 +1 .*nvme0q4$/);
      lines[line] = (lines[line] as string).replace(/0( +)0( +)0( +)1/, "0$10$21$30");
      return lines;
    });
    expect(result).toMatchObject({ verdict: "violated", violation: { clause: "DISP-1" } });
  });

  it("an interrupt that was torn down and is listed still violates DOM-5", () => {
    const result = shown(record, (lines) => [
      ...lines,
      " 60:          0          0          0          0 IR-PCI-MSIX-0000:09:00.0   0-edge      gone",
    ]);
    expect(result).toMatchObject({ verdict: "violated", violation: { clause: "DOM-5" } });
  });

  it("a started interrupt that is not listed violates DOM-5", () => {
    const result = shown(record, (lines) => lines.filter((_line, i) => i !== at(lines, 36)));
    expect(result).toMatchObject({ verdict: "violated", violation: { clause: "DOM-5" } });
  });

  it("an untranslated chip beside a remapping unit violates MSI-IR-1", () => {
    const result = shown(record, (lines) => {
      const line = at(lines, 30);
      lines[line] = (lines[line] as string).replace("IR-PCI-MSIX", "PCI-MSIX");
      return lines;
    });
    expect(result).toMatchObject({ verdict: "violated", violation: { clause: "MSI-IR-1" } });
  });

  it("a heading of other CPUs, or a line with too few counts, is bad input", () => {
    expect(shown(record, ([, ...rest]) => ["     CPU0   CPU1", ...rest])).toBe("input");
    expect(shown(record, (lines) => [...lines, " 61:   0   0 nothing"])).toBe("input");
  });

  it("is not compared after a loss", () => {
    const text = record.text.toString("latin1").split("\n");
    text.splice(2000, 0, "CPU:1 [LOST 12 EVENTS]");
    const sidecar = { ...record.sidecar, interrupts_after: [" CPU0", " 61: 5 IR-X 0-edge gone"] };
    const result = taken({ ...record, sidecar }, Buffer.from(text.join("\n"), "latin1"));
    expect(result).toMatchObject({ verdict: "inconclusive" });
  });
});
