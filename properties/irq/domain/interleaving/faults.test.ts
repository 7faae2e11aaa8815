import { describe, expect, it } from "vitest";
import type { Command } from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import { explore } from "../../../engine/explore.js";
import { scopeOf } from "../../../engine/judge.js";
import { commandsFor, direct, moves, type Role } from "./configs.js";
import { searchedFaults } from "./faults.js";
import { interleaving as subsystem } from "./subsystem.js";

const move = moves(0, 1);
const free: readonly Role[] = [{ operation: "free" }];
const disable: readonly Role[] = [{ operation: "disable" }];
const enable: readonly Role[] = [{ operation: "enable" }];
const allocate: readonly Role[] = [{ operation: "allocate", interrupt: 1, cpu: 1 }];

/**
 * Who does what in the search for each fault, and the length of the shortest trace that shows it.
 * IRQ-RACE-17 and -18 compare with what the system shows or with Linux, so a search of the faulty
 * kernel alone cannot break them; the campaigns of catalogue.test.ts do, as for all the others.
 */
const searches: readonly (readonly [string, readonly (readonly Role[])[], number])[] = [
  ["ack-after-handler", [move], 38],
  ["pending-lost-at-unmask", [disable, enable], 21],
  ["loop-leaves-entry-masked", [move], 44],
  ["resend-without-event", [disable, enable], 14],
  ["pending-vector-given-away", [free, [{ operation: "allocate", interrupt: 1, cpu: 0 }]], 31],
  ["handler-not-looked-up-again", [free], 12],
  ["slot-cleared-before-mask", [free], 4],
  ["slot-set-after-unmask", [move], 12],
  ["in-progress-not-checked", [move], 29],
  ["disabled-not-checked", [disable], 10],
  ["lock-order-deadlock", [move, free], 11],
  ["waits-for-handler-under-lock", [free], 14],
  ["no-eoi-for-empty-slot", [free], 13],
  ["second-eoi-after-handler", [free], 9],
  ["check-then-set", [move, allocate], 13],
  ["old-vector-released-at-once", [move], 19],
  ["invalidation-forgotten", [move], 28],
  ["irr-not-checked-at-cleanup", [move], 18],
  ["entry-rewritten-while-unmasked", [move], 9],
  ["unmask-before-write-finished", [move], 12],
  ["release-before-device-disabled", [free], 9],
  ["free-forgets-old-vector", [move, free], 27],
  ["entry-left-after-free", [free], 15],
  ["free-does-not-wait-for-handler", [free], 20],
  ["cleanup-leaves-bit", [move], 22],
  ["second-move-during-move", [move, moves(0, 2)], 30],
];

const { judged } = scopeOf(subsystem.clauses, "contract", subsystem.observables);
const text = (c: unknown): string => subsystem.commandText(c as Command);

describe("seeded faults of interleaved steps: every order searched", () => {
  it.each(searches)("%s", (name, roles, length) => {
    const fault = [...subsystem.faults, ...searchedFaults].find((f) => f.name === name);
    if (fault === undefined) throw new Error(`no fault ${name}`);
    const config = fault.config ?? subsystem.faultConfig;
    const result = explore({
      subsystem: { ...subsystem, model: fault.wrap(subsystem.model) },
      config,
      level: "linux",
      clauses: judged,
      commands: commandsFor(...roles)(config),
    });
    const { clauses = [], commands = [] } = result.counterexample ?? {};
    console.log(`${name}: ${commands.length} commands, ${result.states} states, ${clauses}`);
    expect(clauses).toContain(fault.clause);
    expect(clauses.length, commands.map(text).join("\n")).toBe(1);
    expect(commands.length).toBe(length);
  });

  it("are all searched but for those that need the system's own word", () => {
    const names = searches.map(([name]) => name);
    const rest = subsystem.faults.filter((f) => !names.includes(f.name)).map((f) => f.clause);
    expect([...new Set(rest)].sort()).toEqual(["IRQ-RACE-17", "IRQ-RACE-18"]);
  });
});

describe("the window that Linux leaves at a free", () => {
  it("is closed where a free waits until nothing is pending or in service", () => {
    const config = { ...direct, interrupts: 2, vectors: 1, events: 1 };
    const taker: readonly Role[] = [{ operation: "allocate", interrupt: 1, cpu: 0 }];
    const result = explore({
      subsystem,
      config,
      level: "contract",
      clauses: judged,
      commands: commandsFor(free, taker)(config),
    });
    expect(result.counterexample).toBeUndefined();
    expect(result.complete).toBe(true);
  });
});
