import { describe, expect, it } from "vitest";
import { mustSupply, spare } from "../../../spec/irq/driver/judging.js";
import type { Command, Config } from "../../../spec/irq/driver/vocabulary.js";
import { ALLOW_MSIX } from "../../../spec/irq/driver/vocabulary.js";
import { scarce } from "./configs.js";
import { model, driver as subsystem } from "./subsystem.js";

/** Two CPUs of three vectors: the NVMe controller has two interrupts, its fifth device asks. */
const granted = (config: Config) => {
  const attach = (device: number): Command => ({ kind: "attach", device, driver: 0, layers: [] });
  const commands: readonly Command[] = [
    attach(0),
    attach(4),
    { kind: "alloc", device: 0, modes: ALLOW_MSIX, min: 2, max: 2, spread: false, pre: 0 },
    { kind: "enable", device: 0, index: 0 },
    { kind: "enable", device: 0, index: 1 },
  ];
  let state = model.init(config);
  for (const command of commands) state = model.step(config, state, command).state;
  return model.view(config, state);
};

const request = {
  kind: "alloc",
  device: 4,
  modes: ALLOW_MSIX,
  min: 2,
  max: 2,
  spread: false,
  pre: 0,
} as const;

describe("the scope of the vector table", () => {
  it("one table a CPU: what one CPU has taken is there on the other", () => {
    const view = granted(scarce);
    expect(spare(scarce, view)).toBe(4);
    expect(mustSupply(scarce, view, request, "msix")).toBe(true);
  });

  it("one table for all: a kernel that has one may refuse what two tables could give", () => {
    const global: Config = { ...scarce, scope: "global" };
    const view = granted(global);
    expect(spare(global, view)).toBe(1);
    expect(mustSupply(global, view, request, "msix")).toBe(false);
  });

  it("Linux has a matrix a CPU: there is no linux level for one table", () => {
    const global: Config = { ...scarce, scope: "global" };
    expect(subsystem.refusesLevel?.(global, "linux")?.field).toBe("scope");
    expect(subsystem.refusesLevel?.(global, "contract")).toBeUndefined();
  });
});
