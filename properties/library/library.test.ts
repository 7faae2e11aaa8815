import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import {
  allocator,
  assertConforms,
  assertHolds,
  ConformanceError,
  checkSystem,
  findSubsystem,
  InputError,
  type LoadedTrace,
  loadTrace,
  type Program,
  parseTrace,
  replay,
  run,
  startProgram,
  subsystems,
  traces,
  type VectorCommand,
  type VectorSystem,
  vectorTraces,
} from "../index.js";
import { packageRoot } from "../root.js";
import type { AnySubsystem } from "../subsystem.js";
import { jsAllocator, misbehaving } from "../sut/fixtures/places.js";
import { SEED, seeded } from "../testing.js";
import type { AnyObject } from "./system.js";

const regressions = join(packageRoot(), "traces/regressions");
const files = readdirSync(regressions, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".jsonl"))
  .sort();

/** A seeded fault, or the reference, as a stranger would bring it. */
const objectOf = (area: AnySubsystem, config: unknown, name: string): AnyObject => {
  const fault = area.faults.find((f) => `fault:${f.name}` === name);
  const model = fault === undefined ? area.model : fault.wrap(area.model);
  let state: unknown;
  return {
    name,
    observes: area.observables,
    reset: (given) => {
      state = model.init(given);
    },
    apply: (command) => {
      const outcome = model.step(config, state, command);
      state = outcome.state;
      return outcome.response;
    },
    observe: () => area.observation.encode(config, model.view(config, state)),
  };
};

const failure = async (act: () => Promise<unknown>): Promise<Error> => {
  try {
    await act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it passed");
};

describe(seeded("fast-check and the library"), () => {
  it.each(allocator.faults.map((fault) => [fault.name, fault] as const))(
    "find %s and end with a minimal list",
    async (name, fault) => {
      const config = fault.config ?? allocator.faultConfig;
      const system = objectOf(allocator, config, `fault:${name}`);
      const judge = (commands: readonly VectorCommand[]) =>
        assertConforms(allocator, config, fault.level, system, commands);
      const lists = vectorTraces({ config, level: fault.level, maxLength: 200 });
      const details = await fc.check(fc.asyncProperty(lists, judge), {
        seed: SEED,
        numRuns: 1000,
      });
      expect(details.failed).toBe(true);
      const commands = details.counterexample?.[0] as readonly VectorCommand[];
      expect(details.errorInstance).toBeInstanceOf(ConformanceError);
      const error = details.errorInstance as ConformanceError;
      expect(error.violation.length).toBe(commands.length);
      for (const i of commands.keys()) {
        // Nothing refers past what is taken out: a shorter list that fails would have been found.
        const fewer = commands.filter((_command, k) => k !== i);
        if (fewer.some((c) => c.kind === "freeRef")) continue;
        const outcome = await run(allocator, config, fault.level, system, fewer);
        expect(outcome.violation).toBeUndefined();
      }
    },
  );

  it("pass the reference of every subsystem", async () => {
    for (const area of subsystems) {
      const config = area.faultConfig;
      const system = objectOf(area, config, "reference");
      const property = fc.asyncProperty(traces(area, { config, level: "linux" }), (commands) =>
        assertConforms(area, config, "linux", system, commands),
      );
      await fc.assert(property, { seed: SEED, numRuns: 30 });
    }
  });

  it("draw and shrink legal lists of the kinds that were asked for", async () => {
    const { faultConfig: config } = allocator;
    const kinds = ["alloc", "free", "offline"] as const;
    const lists = vectorTraces({ config, commands: kinds, maxLength: 40 });
    const system = objectOf(allocator, config, "reference");
    await fc.assert(
      fc.asyncProperty(lists, fc.nat(50), async (commands, nth) => {
        const smaller = [...lists.shrink(commands, undefined).take(nth + 1)].at(-1)?.value_;
        for (const list of [commands, smaller ?? []]) {
          expect([...kinds, "freeRef"]).toEqual(
            expect.arrayContaining(list.map((command) => command.kind)),
          );
          const { ran } = await run(allocator, config, "contract", system, list);
          expect(ran).toBe(list.length);
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});

describe("a violation", () => {
  const trace = loadTrace(join(regressions, files.find((f) => f.includes("MATRIX-8-")) as string));
  const system = objectOf(allocator, trace.config, trace.header.system);

  it("is a message with the clause, its source, the steps and Linux's answer", async () => {
    const error = await failure(() => assertHolds(trace, system));
    expect(error.message.split("\n").slice(0, 12)).toEqual([
      "violates VEC-MATRIX-8  the CPU with most available vectors, lowest number on a tie, " +
        "and its lowest free vector  [linux]",
      "  source  linux kernel/irq/matrix.c:matrix_find_best_cpu; " +
        "linux kernel/irq/matrix.c:matrix_alloc_area",
      "  system  fault:rotating-search",
      "  area    irq/vector-matrix/allocator",
      `  config  ${JSON.stringify(trace.header.config)}`,
      "  also    VEC-MATRIX-18",
      "",
      "    0  assign cpu=0 vector=1           done",
      "    1  alloc cpus={0} reserved=false   allocated cpu=0 vector=3   <- VEC-MATRIX-8",
      "       Linux 7.0                       allocated cpu=0 vector=0",
      "",
      expect.stringMatching(/^ +changed +before +reference$/),
    ]);
  });

  it("carries a trace that the tool reads and that breaks again", async () => {
    const error = (await failure(() => assertHolds(trace, system))) as ConformanceError;
    const again = parseTrace(error.trace);
    expect(again.commands).toEqual(trace.commands);
    expect((await replay(again, system)).violation?.clause).toBe("VEC-MATRIX-8");
    expect((await replay(again, system, { level: "contract" })).violation).toBeUndefined();
  });

  it("says what the system threw or answered, in one line", async () => {
    const { faultConfig: config } = allocator;
    const commands: VectorCommand[] = [{ kind: "reserve" }];
    const judged = (apply: VectorSystem["apply"]) =>
      run(allocator, config, "contract", { reset: () => {}, apply }, commands);
    const thrown = await judged(() => {
      throw new Error("index 70\n::error::");
    });
    expect(thrown.violation).toMatchObject({
      clause: "SYS-PANIC",
      systemOutcome: "threw: index 70\n::error::",
    });
    const wrong = await judged((() => ({ kind: "maybe" })) as never);
    expect(wrong.violation).toMatchObject({ clause: "SYS-TYPE" });
    const error = new ConformanceError(thrown.violation as never, "");
    expect(error.message).toContain("  outcome threw: index 70 ::error::");
  });
});

describe("committed counterexamples", () => {
  it.each(files)("%s fails on its fault and holds on the reference", async (file) => {
    const trace: LoadedTrace = loadTrace(join(regressions, file));
    const { subsystem, config, header } = trace;
    const error = await failure(() =>
      assertHolds(trace, objectOf(subsystem, config, header.system)),
    );
    expect(error).toBeInstanceOf(ConformanceError);
    const { violation } = error as ConformanceError;
    expect([violation.clause, ...violation.also]).toContain(header.clause);
    await assertHolds(trace, objectOf(subsystem, config, "reference"));
  });

  it("are not passed by a system that cannot show the clause", async () => {
    const trace = loadTrace(join(regressions, files.find((f) => f.includes("-16-")) as string));
    const { observe: _observe, ...blind } = objectOf(allocator, trace.config, "reference");
    await expect(assertHolds(trace, blind)).rejects.toThrow(/VEC-MATRIX-16 is not judged: .*maps/);
  });
});

describe("a program", () => {
  const { faultConfig: config } = allocator;
  const commands: VectorCommand[] = [
    { kind: "alloc", cpus: [1], reserved: false },
    { kind: "freeRef", ref: 0, managed: false, by: 0 },
  ];
  let program: Program;
  beforeAll(async () => {
    program = await startProgram(allocator, jsAllocator());
  });
  afterAll(() => program.close());

  it("serves many runs, of several configurations", async () => {
    for (const one of [config, { ...config }, config]) {
      const outcome = await run(allocator, one, "linux", program, commands);
      expect(outcome).toEqual({ ran: 2 });
    }
  });
  it("may be a command line", async () => {
    const faulty = jsAllocator("--fault", "free-on-cpu0");
    const { violation } = await run(allocator, config, "contract", faulty, commands);
    expect(violation).toMatchObject({ clause: "VEC-MATRIX-4", length: 2 });
    const crashing = misbehaving("crash");
    const five = Array.from({ length: 5 }, (): VectorCommand => ({ kind: "reserve" }));
    const outcome = await run(allocator, config, "contract", crashing, five);
    expect(outcome.violation).toMatchObject({ clause: "SYS-CRASH" });
  });
  it("is checked as the command line checks it", async () => {
    const report = await checkSystem(allocator, jsAllocator(), { runs: 20, config });
    expect(report.violations).toEqual([]);
    expect(report.areas[0]?.commands).toBeGreaterThan(1000);
  });
});

describe("wrong use is one clear error", () => {
  const { faultConfig: config } = allocator;
  const system = objectOf(allocator, config, "reference");
  const on = (value: unknown, commands: readonly unknown[] = [], on: AnyObject = system) =>
    run(allocator, value as never, "contract", on, commands as never);
  test.each<[string, () => Promise<unknown>, string]>([
    ["a configuration", () => on({ ...config, cpus: 0 }), "configuration: field cpus: found 0"],
    ["its rules", () => on({ ...config, online: [9] }), "field online: CPU 9 of"],
    ["a command", () => on(config, [{ kind: "alloc" }]), "commands: field 0"],
    [
      "a CPU that is not there",
      () => on(config, [{ kind: "online", cpu: 99 }]),
      "commands: field 0.cpu: CPU 99",
    ],
    [
      "what the system does not answer",
      () => on(config, [{ kind: "reserve" }], { ...system, commands: ["alloc"] }),
      "commands: field 0: found reserve, the system answers alloc",
    ],
    ["no program", () => startProgram(allocator, " "), "found an empty command line"],
    [
      "a global table at linux level",
      () => run(allocator, { ...config, scope: "global" }, "linux", system, []),
      "field scope",
    ],
  ])("%s", async (_name, act, message) => {
    const error = await failure(act);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(message);
  });
  test("an area or a trace that is none", () => {
    expect(() => findSubsystem("irq/none")).toThrow(InputError);
    expect(() => parseTrace([{}])).toThrow("trace:1:");
  });
});
