import { describe, expect, it } from "vitest";
import { check } from "../check/check.js";
import { faultConfig } from "../irq/vector-matrix/allocator/faults.js";
import { allCommands } from "../irq/vector-matrix/allocator/generator.js";
import { allocator as subsystem } from "../irq/vector-matrix/allocator/subsystem.js";
import { assignment } from "../irq/vector-matrix/assignment/subsystem.js";
import { SEED, seeded } from "../testing.js";
import { explore } from "./explore.js";
import { scopeOf } from "./judge.js";
import { CHUNK_RUNS, commandsOfRun, mergeRandom, runRandom } from "./random.js";
import { replayLocal, symbolic } from "./replay.js";
import { localSystem, Session } from "./session.js";
import { shrink } from "./shrink.js";

const seed = SEED >>> 0;
const judged = (level: "contract" | "linux") =>
  scopeOf(subsystem.clauses, level, subsystem.observables).judged;
const tiny = { ...faultConfig, cpus: 2, bits: 2, start: 0, end: 2, system: [], online: [0, 1] };
const faultNamed = (name: string) => {
  const fault = subsystem.faults.find((f) => f.name === name);
  if (fault === undefined) throw new Error(name);
  return fault;
};

describe(seeded("random engine"), () => {
  const base = {
    subsystem,
    config: faultConfig,
    level: "linux" as const,
    clauses: judged("linux"),
    seed,
    length: 50,
  };

  it("gives the same hash however a campaign is cut at chunk borders", () => {
    const whole = runRandom({ ...base, first: 0, runs: 3 * CHUNK_RUNS });
    const parts = [0, 1, 2].map((i) =>
      runRandom({ ...base, first: i * CHUNK_RUNS, runs: CHUNK_RUNS }),
    );
    const merged = parts.reduce(mergeRandom);
    expect(merged.hash).toBe(whole.hash);
    expect(merged.exercised).toEqual(whole.exercised);
    const again = [2, 0, 1].map((i) =>
      runRandom({ ...base, first: i * CHUNK_RUNS, runs: CHUNK_RUNS }),
    );
    expect(again.reduce(mergeRandom).hash).toBe(merged.hash);
  });

  it("finds nothing else when every transition is fully recounted: incremental judging agrees", () => {
    // A faulty packed model cannot be had from a readable fault, so the judge is compared on the
    // reference with counters bent between the commands.
    const session = new Session(subsystem, faultConfig, "linux", judged("linux"));
    const full = new Session(subsystem, faultConfig, "linux", judged("linux"));
    const commands = commandsOfRun({ ...base, first: 0, runs: 1, length: 400 }, 0);
    for (const command of commands) {
      const a = session.perform(command);
      full.perform(command);
      full.t.touched = undefined;
      full.judge.judge(full.t);
      expect(session.violated()).toEqual(full.violated());
      expect(a).toBe(true);
    }
  });

  it("judges a fault alike with touched CPUs and with all of them", () => {
    for (const fault of subsystem.faults) {
      const config = fault.config ?? faultConfig;
      const session = new Session(
        subsystem,
        config,
        fault.level,
        judged(fault.level),
        localSystem(subsystem, config, fault.wrap(subsystem.model)),
      );
      const commands = commandsOfRun(
        { ...base, config, level: fault.level, clauses: judged(fault.level), first: 0, runs: 1 },
        0,
      );
      for (const command of commands) {
        if (
          !subsystem.generator.enabled(
            config,
            fault.level,
            session.stepper.after as never,
            command as never,
          )
        )
          continue;
        session.perform(command);
        const whole = session.violated();
        // The reference's own list of what it touched may hide what a stranger touched, never
        // accuse it of more.
        session.t.touched = (session.stepper as { touched: readonly number[] }).touched;
        session.judge.judge(session.t);
        for (const id of session.violated()) expect(whole).toContain(id);
        if (whole.length > 0) break;
      }
    }
  });

  it("repeats a run exactly", () => {
    const options = { ...base, first: 0, runs: CHUNK_RUNS };
    expect(commandsOfRun(options, 17)).toEqual(commandsOfRun(options, 17));
  });
});

describe(seeded("check"), () => {
  it("gives the same report at every number of workers", async () => {
    const options = {
      subsystems: [subsystem],
      seed,
      system: "reference",
      runs: 64,
      traces: "unused",
    };
    const one = await check({ ...options, jobs: 1 });
    const two = await check({ ...options, jobs: 2 });
    expect(two).toEqual(one);
    expect(one.verdict).toBe("holds");
  });
});

describe("exhaustive engine", () => {
  const leftOut = subsystem.explorations[1]?.leftOut?.when as never;

  it("agrees with and without symmetry", () => {
    const options = {
      subsystem,
      config: tiny,
      level: "contract" as const,
      clauses: judged("contract"),
      commands: allCommands(tiny),
      leftOut,
    };
    const plain = explore(options);
    const reduced = explore({ ...options, symmetry: true });
    expect([plain.complete, reduced.complete]).toEqual([true, true]);
    expect(reduced.symmetry).toBe(true);
    expect(reduced.states).toBeLessThan(plain.states);
    // Two CPUs: orbits have one or two states, those with equal CPUs one.
    expect(2 * reduced.states - plain.states).toBeGreaterThan(0);
    expect(plain.levels).toBe(reduced.levels);
    expect(plain.exercised.map(Boolean)).toEqual(reduced.exercised.map(Boolean));
  });

  it("refuses symmetry at linux level", () => {
    const result = explore({
      subsystem,
      config: tiny,
      level: "linux",
      clauses: judged("linux"),
      commands: allCommands(tiny),
      leftOut,
      symmetry: true,
    });
    expect(result.symmetry).toBe(false);
  });

  it("finds the shortest trace of a fault in a searched system", () => {
    const fault = faultNamed("rotating-search");
    // The faulty model searched as if it were the reference: the packed twin is left out.
    const three = { ...tiny, cpus: 1, bits: 3, end: 3, online: [0] };
    const { packed, ...rest } = subsystem;
    expect(packed).toBeDefined();
    const faulty = {
      ...rest,
      model: fault.wrap(subsystem.model),
      fingerprint: (_c: unknown, state: unknown) => fingerprint(state),
    };
    const result = explore({
      subsystem: faulty as never,
      config: three,
      level: "linux",
      clauses: judged("linux").filter((c) => c.id === "VEC-MATRIX-8"),
      commands: allCommands(three),
      leftOut,
    });
    expect(result.counterexample?.clauses).toEqual(["VEC-MATRIX-8"]);
    expect(result.counterexample?.commands.length).toBe(4);
  });
});

/** Words of a readable state: its JSON, hashed wide enough for a small search. */
const fingerprint = (state: unknown): Int32Array => {
  const text = JSON.stringify(state, (_k, v) => (v instanceof Set ? [...v].sort() : v));
  const words = new Int32Array(4);
  for (let i = 0; i < text.length; i++) {
    const w = i & 3;
    words[w] = Math.imul((words[w] as number) ^ text.charCodeAt(i), 0x01000193 + 2 * w);
  }
  return words;
};

describe(seeded("shrinking"), () => {
  it("never simplifies a command to one that its codec refuses", async () => {
    const setup = {
      kind: "setup",
      irq: 2,
      count: 2,
      cpus: [0, 1],
      policy: "reserve",
      maskable: true,
    };
    const tried: { count: number }[] = [];
    await shrink(assignment, "X", [setup], async (list) => {
      if (list.length === 0) return undefined;
      tried.push(list[0] as { count: number });
      return { kept: [0], clauses: ["X"] };
    });
    expect(tried.length).toBeGreaterThan(3);
    expect(tried.filter((command) => !assignment.codecs.command.is(command))).toEqual([]);
    expect(tried.some((command) => command.count === 1)).toBe(true);
  });

  it("keeps the clause, reports others apart, and renumbers references", async () => {
    const fault = faultNamed("free-on-executing-cpu");
    const clauses = judged("contract");
    const system = () => localSystem(subsystem, faultConfig, fault.wrap(subsystem.model));
    const commands = [
      { kind: "alloc", cpus: [0], reserved: false },
      { kind: "reserve" },
      { kind: "alloc", cpus: [1], reserved: false },
      { kind: "allocatedCount", cpu: 1 },
      { kind: "free", cpu: 1, vector: 1, managed: false, by: 2 },
    ];
    const replay = (list: readonly unknown[]) =>
      replayLocal(subsystem, faultConfig, "contract", clauses, list, system());
    const named = symbolic(subsystem, replay(commands).steps);
    expect(named[4]).toEqual({ kind: "freeRef", ref: 2, managed: false, by: 2 });
    const result = await shrink(subsystem, "VEC-MATRIX-4", named, async (list) => {
      const run = replay(list);
      if (run.clauses.length === 0) return undefined;
      return { kept: run.steps.map((s) => s.index), clauses: run.clauses };
    });
    expect(result.commands).toEqual([
      { kind: "alloc", cpus: [1], reserved: false },
      { kind: "freeRef", ref: 0, managed: false, by: 0 },
    ]);
  });
});
