/** Faults that kernels have had, each with the clause that a developer would look up. */
import { describe, expect, it } from "vitest";
import { showsFault, tryFault } from "./check/faults.js";
import { findSubsystem } from "./systems.js";
import { FULL, SEED, seeded } from "./testing.js";

const known: readonly (readonly [
  what: string,
  area: string,
  fault: string,
  clause: string,
  /** What breaks first where everything is judged, if that is another clause. */
  first?: string,
])[] = [
  [
    "MSI-X enable writes the Function Mask bit instead of Enable",
    "irq/capability",
    "msix-enable-writes-function-mask",
    "MSI-CAP-14",
  ],
  [
    "the capability walk stops on a backwards pointer",
    "irq/capability",
    "walk-stops-on-backwards-pointer",
    "MSI-CAP-2",
  ],
  [
    "a vector can never be freed because release ORs the bit",
    "irq/vector-matrix/allocator",
    "release-sets-the-bit",
    "VEC-MATRIX-3",
    // The maps show it at once.
    "VEC-MATRIX-4",
  ],
  [
    "release on the boot CPU instead of the owning CPU: the allocator",
    "irq/vector-matrix/allocator",
    "free-on-executing-cpu",
    "VEC-MATRIX-4",
  ],
  [
    "release on the boot CPU instead of the owning CPU: the domain",
    "irq/domain",
    "released-on-boot-cpu",
    "DOM-5-V",
  ],
  [
    "release on the boot CPU instead of the owning CPU: a driver's release",
    "irq/driver",
    "release-on-boot-cpu",
    "DRV-6-R",
  ],
  [
    "a check-then-set race gives one vector to two owners",
    "irq/domain/interleaving",
    "check-then-set",
    "IRQ-RACE-9",
  ],
  [
    "an MSI-X entry is reprogrammed while it is unmasked",
    "irq/capability",
    "msix-entry-reprogrammed-while-unmasked",
    "MSIX-PROG-4",
  ],
  ["the table-size mask has 10 bits", "irq/capability", "table-size-mask-10-bits", "MSI-CAP-10"],
  [
    "the source-id qualifier is put into the wrong bits: the kernel's entry",
    "irq/msi-message",
    "qualifier-in-the-wrong-bits",
    "MSI-IR-2",
  ],
  [
    "the source-id qualifier is taken from the wrong bits: the unit",
    "hardware/machine",
    "qualifier-from-the-wrong-bits",
    "HW-IR-5",
    // A request that is let in leaves no fault record.
    "HW-IR-13",
  ],
  [
    "a table that ends exactly at the end of its BAR is rejected",
    "irq/capability",
    "table-at-the-end-of-its-bar-refused",
    "MSI-CAP-13",
  ],
];

describe(seeded("known faults of kernels"), () => {
  for (const [what, area, name, clause, first] of known) {
    it(`${what} (${area}, ${name}): ${clause}`, async () => {
      const subsystem = findSubsystem(area);
      const fault = subsystem.faults.find((f: { name: string }) => f.name === name);
      expect(fault?.clause).toBe(clause);
      if (fault === undefined) return;
      if (!FULL) {
        expect(showsFault(subsystem, fault, SEED >>> 0)).toBe(true);
        return;
      }
      const report = await tryFault(subsystem, fault, SEED >>> 0);
      expect(report, JSON.stringify(report)).toMatchObject({ caught: true, clause });
      expect(report.first, "with every clause judged").toContain(first ?? clause);
    });
  }
});
