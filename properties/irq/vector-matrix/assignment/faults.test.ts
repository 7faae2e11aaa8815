import { describe, expect, it } from "vitest";
import { tryFault } from "../../../check/faults.js";
import { SEED, seeded } from "../../../testing.js";
import { assignment as subsystem } from "./subsystem.js";

describe(seeded("seeded faults of vector assignment"), () => {
  it.each(subsystem.faults.map((fault) => [fault.name, fault] as const))(
    "%s",
    async (_name, fault) => {
      expect(subsystem.checkConfig(fault.config ?? subsystem.faultConfig)).toBeUndefined();
      const report = await tryFault(subsystem, fault, SEED >>> 0);
      expect(report.caught).toBe(true);
    },
  );
});
