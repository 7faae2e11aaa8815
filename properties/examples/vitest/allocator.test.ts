/** A kernel developer's own test file: fast-check draws and shrinks, redbear-spec judges. */
import fc from "fast-check";
import {
  allocator,
  assertConforms,
  type Program,
  startProgram,
  type VectorCommand,
  type VectorConfig,
  type VectorResponse,
  type VectorSystem,
  vectorTraces,
} from "redbear-spec";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VectorAllocator } from "./allocator.js";

const config: VectorConfig = {
  cpus: 3,
  bits: 16,
  start: 4,
  end: 10,
  system: [7],
  online: [0, 1],
  scope: "per-cpu",
  hotplug: true,
};

/** The allocator behind the subsystem's words. */
class Adapter implements VectorSystem {
  readonly name = "VectorAllocator";
  /** What is not listed is neither drawn nor judged. A `free` names an earlier `alloc`. */
  readonly commands = ["alloc", "free", "online", "offline"] as const;
  #module = new VectorAllocator(0, []);

  reset({ cpus, start, end, system, online }: VectorConfig): void {
    const all = Array.from({ length: end - start }, (_x, i) => start + i);
    this.#module = new VectorAllocator(
      cpus,
      all.filter((vector) => !system.includes(vector)),
    );
    for (const cpu of online) this.#module.setOnline(cpu, true);
  }

  apply(command: VectorCommand): VectorResponse {
    switch (command.kind) {
      case "alloc": {
        if (command.cpus.length === 0) return { kind: "failed", error: "EINVAL" };
        const pair = this.#module.allocate(command.cpus);
        return pair ? { kind: "allocated", ...pair } : { kind: "failed", error: "ENOSPC" };
      }
      case "free": {
        const { cpu, vector } = command;
        return this.#module.release(cpu, vector) ? { kind: "done" } : { kind: "warned" };
      }
      case "online":
      case "offline":
        this.#module.setOnline(command.cpu, command.kind === "online");
        return { kind: "done" };
      default:
        throw new Error(`${command.kind} is not among the commands`);
    }
  }
}

describe("an allocator in this process", () => {
  test("keeps the contract", async () => {
    const system = new Adapter();
    await fc.assert(
      fc.asyncProperty(vectorTraces({ config, commands: system.commands }), (commands) =>
        assertConforms(allocator, config, "contract", system, commands),
      ),
    );
  });

  test("does not choose as Linux does, and the shortest trace says so", async () => {
    const system = new Adapter();
    const property = fc.asyncProperty(
      vectorTraces({ config, level: "linux", commands: ["alloc"] }),
      (commands) => assertConforms(allocator, config, "linux", system, commands),
    );
    const { counterexample } = await fc.check(property);
    expect(counterexample?.[0]).toHaveLength(2);
  });
});

describe("a program", () => {
  const program = new URL("../systems/allocator.mjs", import.meta.url).pathname;
  const command = process.env.REDBEAR_SPEC_SYSTEM_CMD ?? `"${process.execPath}" "${program}"`;
  let system: Program;
  beforeAll(async () => {
    system = await startProgram(allocator, command);
  });
  afterAll(() => system.close());

  test("keeps the contract, and chooses as Linux does", async () => {
    const commands = ["alloc", "free", "online", "offline", "reserve", "allocatedCount"] as const;
    await fc.assert(
      fc.asyncProperty(vectorTraces({ config, level: "linux", commands }), (list) =>
        assertConforms(allocator, config, "linux", system, list),
      ),
    );
  });
});
