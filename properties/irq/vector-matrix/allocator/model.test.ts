import { describe, expect, it } from "vitest";
import type { Command, Config } from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { seeded } from "../../../testing.js";
import { responseText } from "./describe.js";
import { faultConfig } from "./faults.js";
import { fullRange, model } from "./subsystem.js";

/** Runs commands on the reference and answers what it says, and the view at the end. */
const run = (config: Config, commands: readonly Command[]) => {
  let state = model.init(config);
  const answers = commands.map((command) => {
    const outcome = model.step(config, state, command);
    state = outcome.state;
    return responseText(outcome.response);
  });
  return { answers, view: model.view(config, state) };
};

const alloc = (...cpus: number[]): Command => ({ kind: "alloc", cpus, reserved: false });
const free = (cpu: number, vector: number, managed = false): Command => ({
  kind: "free",
  cpu,
  vector,
  managed,
  by: 0,
});

describe(seeded("the vector matrix, by hand"), () => {
  it("has 201 vectors a CPU on a typical PC, 186 on the boot CPU after the legacy interrupts", () => {
    const legacy: Command[] = Array.from({ length: 16 }, (_x, i) => i)
      .filter((irq) => irq !== 2)
      .map((irq) => ({ kind: "assign", cpu: 0, vector: 0x30 + irq }));
    const { view } = run(fullRange(2), legacy);
    expect([view.available(0), view.available(1)]).toEqual([186, 201]);
  });

  it("spreads over CPUs, lowest vector first (golden, 203 vectors, CPUs 0-1)", () => {
    const { answers } = run(fullRange(2), Array(4).fill(alloc(0, 1)));
    expect(answers).toEqual([
      "allocated cpu=0 vector=32",
      "allocated cpu=1 vector=32",
      "allocated cpu=0 vector=33",
      "allocated cpu=1 vector=33",
    ]);
  });

  it("takes managed vectors from the highest CPU on a tie (golden)", () => {
    const cpus = [0, 1];
    const { answers } = run(fullRange(2), [
      { kind: "reserveManaged", cpus },
      { kind: "reserveManaged", cpus },
      { kind: "allocManaged", cpus },
      { kind: "allocManaged", cpus },
    ]);
    expect(answers.slice(2)).toEqual(["allocated cpu=1 vector=32", "allocated cpu=0 vector=32"]);
  });

  it("drifts by Q1 and Q2 exactly as Linux does (golden)", () => {
    const cpus = [1];
    const { view } = run(fullRange(2), [
      alloc(1),
      alloc(1),
      { kind: "reserveManaged", cpus },
      { kind: "reserveManaged", cpus },
      { kind: "allocManaged", cpus },
      alloc(1),
      { kind: "offline", cpu: 1 },
      free(1, 36),
      { kind: "reserveManaged", cpus },
      { kind: "online", cpu: 1 },
    ]);
    expect(view.available(1)).toBe(197);
    expect(view.drifted(1)).toBe(true);
    const held = view.countManaged(1) + view.countAllocated(1) - view.countManagedAllocated(1);
    expect(201 - held).toBe(196);
  });

  it("keeps the total one too high after a free on an offline CPU (golden, Q2)", () => {
    const { view } = run(fullRange(2), [
      alloc(1),
      { kind: "offline", cpu: 1 },
      free(1, 32),
      { kind: "online", cpu: 1 },
    ]);
    expect([view.available(1), view.totalAllocated]).toEqual([201, 1]);
  });

  it("refuses an empty mask with EINVAL and a full CPU with ENOSPC, without trying another", () => {
    const { answers } = run(faultConfig, [alloc(), ...Array(5).fill(alloc(0))]);
    expect(answers).toEqual([
      "EINVAL",
      "allocated cpu=0 vector=1",
      "allocated cpu=0 vector=3",
      "allocated cpu=0 vector=4",
      "allocated cpu=0 vector=5",
      "ENOSPC",
    ]);
  });

  it("rolls a refused managed reservation back", () => {
    const { answers, view } = run(faultConfig, [
      ...Array(4).fill(alloc(1)),
      { kind: "reserveManaged", cpus: [0, 1] },
    ]);
    expect(answers[4]).toBe("ENOSPC");
    expect([view.managed(0), view.available(0)]).toEqual([0, 4]);
  });

  it("keeps a freed managed vector set aside", () => {
    const cpus = [0];
    const { view } = run(faultConfig, [
      { kind: "reserveManaged", cpus },
      { kind: "allocManaged", cpus },
      free(0, 1, true),
    ]);
    expect([view.isManaged(0, 1), view.managedAllocated(0), view.available(0)]).toEqual([
      true,
      0,
      3,
    ]);
  });

  it("warns about a free of what is not allocated and changes nothing", () => {
    const { answers, view } = run(faultConfig, [free(0, 3), free(0, 7)]);
    expect(answers).toEqual(["warned", "warned"]);
    expect(view.globalAvailable).toBe(8);
  });

  it("replaces a legacy vector by a system bit without raising what is available", () => {
    const config = { ...faultConfig, online: [0] };
    const { view } = run(config, [
      { kind: "assign", cpu: 0, vector: 3 },
      { kind: "assignSystem", cpu: 0, vector: 3, replace: true },
      { kind: "online", cpu: 1 },
    ]);
    expect([view.available(0), view.available(1), view.totalAllocated]).toEqual([3, 3, 0]);
  });

  it("does not survive what Linux stops at", () => {
    const { answers } = run(faultConfig, [
      { kind: "online", cpu: 0 },
      { kind: "assignSystem", cpu: 0, vector: 4, replace: false },
    ]);
    expect(answers).toEqual(["fatal", "fatal"]);
  });
});
