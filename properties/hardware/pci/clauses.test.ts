import { describe, expect, it } from "vitest";
import * as pci from "../../../models/hardware/pci/index.js";
import type { Config } from "../../../spec/hardware/machine/vocabulary.js";
import { pciClauses } from "../../../spec/hardware/pci/clauses.js";
import { malformed } from "../../../spec/hardware/pci/malformed.js";
import { pinOnly, zoo } from "../../../spec/hardware/pci/profiles.js";
import { qemuFunctions } from "../../../spec/hardware/pci/qemu.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { scopeOf } from "../../engine/judge.js";
import { runRandom } from "../../engine/random.js";
import { type LocalSystem, localSystem } from "../../engine/session.js";
import { FULL, SEED, seeded } from "../../testing.js";
import { machine as subsystem } from "../machine/subsystem.js";
import { machineOf, maskableMsi, mixed, smallMsix } from "./configs.js";
import { configWrite, type MachineFault, reacting, using } from "./fault-kit.js";
import { pciFaults } from "./faults.js";
import { latch, latchedOf } from "./latched.js";

const run = (config: Config, runs: number, system?: LocalSystem) =>
  runRandom({
    subsystem,
    config,
    level: "contract",
    clauses: scopeOf(pciClauses, "contract", subsystem.observables).judged,
    seed: SEED >>> 0,
    first: 0,
    runs,
    length: 150,
    ...(system === undefined ? {} : { system }),
  });

describe("clauses of PCI functions", () => {
  it("have unique ids, a source, known observables, and a fault each", () => {
    const ids = pciClauses.map((clause) => clause.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const clause of pciClauses) {
      expect(clause.source.length).toBeGreaterThan(0);
      for (const name of clause.needs ?? []) expect(subsystem.observables).toContain(name);
      for (const kind of clause.on ?? []) expect(subsystem.commandKinds).toContain(kind);
      const faults = pciFaults.filter((fault) => fault.clause === clause.id);
      expect(faults.length, clause.id).toBeGreaterThan(0);
    }
  });

  it("speak of the machine's own clauses", () => {
    const ids = new Set(subsystem.clauses.map((clause) => clause.id));
    for (const clause of pciClauses) expect(ids).toContain(clause.id);
  });
});

describe(seeded("every shape holds"), () => {
  const shapes = [...zoo, ...qemuFunctions, ...Object.values(malformed)];
  const every = FULL ? 1 : 8;
  const chosen = shapes.filter((_shape, i) => i % every === 0);

  it(`${chosen.length} of ${shapes.length} shapes`, { timeout: 60_000 }, () => {
    for (const shape of chosen) {
      expect(run(machineOf(shape, pinOnly), FULL ? 32 : 4).finds).toEqual([]);
    }
  });
});

/** What PCIe leaves to the function. */
const legal: readonly (readonly [string, Config, MachineFault["wrap"]])[] = [
  [
    "address bits [1:0] and reserved bits of vector control hardwired to zero",
    smallMsix,
    reacting(["write"], ({ before, right }) => {
      if (right.fn.table === before.table) return right;
      const kept = [~3, ~0, ~0, 1];
      const table = right.fn.table.map((word, at) => word & (kept[at % 4] as number));
      return { ...right, fn: { ...right.fn, table } };
    }),
  ],
  [
    "of several pending entries the highest is sent first",
    smallMsix,
    reacting(["write"], ({ right }) => ({ ...right, sent: [...right.sent].reverse() })),
  ],
  [
    "entries are cached from unmask to mask",
    smallMsix,
    reacting(["write", "event"], ({ shape, before, command, right }) => {
      if (shape.capabilities.every((c) => c.kind !== "msix")) return right;
      const layout = pci.layoutOf(shape);
      const open = (fn: pci.PciFunction, i: number): boolean =>
        using(shape, fn) === "msix" && !pci.functionMasked(layout, fn) && !pci.entryMasked(fn, i);
      if (command.kind === "event") {
        const held = latchedOf(before).get(command.vector);
        return right.sent.length === 0 || held === undefined ? right : { ...right, sent: [held] };
      }
      let { fn } = right;
      for (let i = 0; i < (layout.msix?.entries ?? 0); i++) {
        if (open(fn, i) && !open(before, i)) fn = latch(fn, i, pci.entryMessage(fn, i));
      }
      return { ...right, fn };
    }),
  ],
  [
    "a message kept from the bus goes out when bus mastering is on again",
    mixed,
    reacting(["write", "event"], ({ shape, before, command, right }) => {
      type Keeping = pci.PciFunction & { readonly kept?: readonly Message[] };
      const kept = (before as Keeping).kept ?? [];
      if (command.kind === "event" && before.powered && !pci.busMaster(before)) {
        const could = pci.raise(
          shape,
          { ...before, config: mastered(before.config) },
          command.vector,
        );
        const fn: Keeping = { ...right.fn, kept: [...kept, ...could.sent] };
        return { ...right, fn };
      }
      const freed = configWrite(command) !== undefined && pci.busMaster(right.fn);
      if (!freed || kept.length === 0) return right;
      const fn: Keeping = { ...right.fn, kept: [] };
      return { fn, sent: pci.busMaster(before) ? right.sent : [...kept, ...right.sent] };
    }),
  ],
  [
    "events beyond the messages allocated are dropped",
    maskableMsi,
    reacting(["event"], ({ shape, before, command, right }) => {
      const allocated = 2 ** pci.allocatedLog2(pci.layoutOf(shape), before);
      const beyond = command.kind === "event" && command.vector >= allocated;
      return using(shape, before) === "msi" && beyond ? { fn: before, sent: [] } : right;
    }),
  ],
];

const mastered = (config: Uint8Array): Uint8Array => {
  const next = config.slice();
  next[4] = (next[4] as number) | 4;
  return next;
};

describe(seeded("what PCIe leaves open is admitted"), () => {
  it.each(legal)("%s", { timeout: 60_000 }, (_name, config, wrap) => {
    const system = localSystem(subsystem, config, wrap(subsystem.model));
    expect(run(config, FULL ? 256 : 32, system).finds).toEqual([]);
  });
});
