import { describe, expect, it } from "vitest";
import { subsystems } from "./catalogue.js";
import { clausesWithoutFault, showsFault, tryFault } from "./check/faults.js";
import { scopeOf } from "./engine/judge.js";
import { runRandom } from "./engine/random.js";
import { FULL, SEED, seeded } from "./testing.js";

describe(seeded("every subsystem of the catalogue"), () => {
  it("has clause ids that are unique and never reused across subsystems", () => {
    const ids = subsystems.flatMap((s) => s.clauses.map((clause: { id: string }) => clause.id));
    expect(ids.length).toBe(new Set(ids).size);
  });

  for (const subsystem of subsystems) {
    describe(subsystem.path, () => {
      it("cites a source and a task for every clause", () => {
        for (const clause of subsystem.clauses) {
          expect(clause.source.length, clause.id).toBeGreaterThan(0);
          expect(clause.task, clause.id).toMatch(/^T\d\.\d$/);
        }
      });

      it("has a seeded fault for every judged clause", () => {
        expect(clausesWithoutFault(subsystem)).toEqual([]);
      });

      it("names only clauses that exist, and gives every fault its own name", () => {
        const ids = new Set(subsystem.clauses.map((clause: { id: string }) => clause.id));
        const names = subsystem.faults.map((fault: { name: string }) => fault.name);
        for (const fault of subsystem.faults) expect(ids.has(fault.clause), fault.name).toBe(true);
        expect(names.length).toBe(new Set(names).size);
      });

      it("has valid configurations everywhere", () => {
        const configs = [
          subsystem.faultConfig,
          ...subsystem.campaigns.map((c: { config: unknown }) => c.config),
          ...subsystem.explorations.map((e: { config: unknown }) => e.config),
          ...subsystem.faults.flatMap((f: { config?: unknown }) => (f.config ? [f.config] : [])),
        ];
        for (const config of configs) {
          const json = JSON.parse(JSON.stringify(subsystem.codecs.config.encode(config)));
          expect(subsystem.codecs.config.decode(json)).toEqual({ _tag: "Right", right: config });
          expect(subsystem.checkConfig(config)).toBeUndefined();
        }
      });

      it("draws only commands that its codec and its configuration admit, and none is fatal", () => {
        for (const campaign of subsystem.campaigns) {
          const { judged } = scopeOf(subsystem.clauses, campaign.level, subsystem.observables);
          const seen = new Set<string>();
          const generator = {
            ...subsystem.generator,
            draw: (...args: Parameters<typeof subsystem.generator.draw>) => {
              const command = subsystem.generator.draw(...args);
              const text = JSON.stringify(subsystem.codecs.command.encode(command));
              if (seen.size < 400 && !seen.has(text)) {
                seen.add(text);
                const decoded = subsystem.codecs.command.decode(JSON.parse(text));
                expect(decoded, text).toEqual({ _tag: "Right", right: command });
                expect(subsystem.checkCommand(campaign.config, command)).toBeUndefined();
              }
              return command;
            },
          };
          const fatal = {
            name: "fatal",
            reached: (t: { response: { kind: string } }) => t.response.kind === "fatal",
          };
          const result = runRandom({
            subsystem: { ...subsystem, generator, features: [fatal] },
            config: campaign.config,
            level: campaign.level,
            clauses: judged,
            seed: SEED >>> 0,
            first: 0,
            runs: 8,
            length: 120,
          });
          expect(result.finds).toEqual([]);
          expect(result.features).toEqual([0]);
          expect(seen.size, campaign.name).toBeGreaterThan(5);
        }
      });

      // The full run shrinks what was found and runs it once more.
      for (const fault of subsystem.faults) {
        it(`${fault.clause} catches ${fault.name}`, async () => {
          if (!FULL) return expect(showsFault(subsystem, fault, SEED >>> 0)).toBe(true);
          const report = await tryFault(subsystem, fault, SEED >>> 0);
          expect(report.caught, JSON.stringify(report)).toBe(true);
        });
      }
    });
  }
});
