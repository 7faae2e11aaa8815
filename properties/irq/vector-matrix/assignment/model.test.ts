import { describe, expect, it } from "vitest";
import { onlineCpus } from "../../../../models/irq/vector-matrix/assignment/state.js";
import type {
  Command,
  Config,
  Irq,
  VectorView,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { ReadableStepper } from "../../../engine/stepper.js";
import { commandText, responseText } from "./describe.js";
import { fullRange, assignment as subsystem } from "./subsystem.js";

const four = fullRange(4, 12);
const remapped: Config = { ...four, remapping: true };

/** Runs commands; answers "command -> response" lines and the writes of each. */
const play = (config: Config, commands: readonly Command[]) => {
  const stepper = new ReadableStepper(subsystem.model, config);
  const said = commands.map((command) => {
    const response = stepper.apply(command);
    stepper.commit();
    return `${commandText(command)} -> ${responseText(response)}`;
  });
  return { said, last: said[said.length - 1], view: stepper.after, state: stepper.state };
};

const irqOf = (view: VectorView, irq: number): Irq => view.irq(irq) as Irq;
const writes = (view: VectorView): string[] =>
  view.writes.map((w) => `irq ${w.irq} (${w.dest}, ${w.vector})`);

const setup = (irq: number, more: Partial<Extract<Command, { kind: "setup" }>> = {}): Command => ({
  kind: "setup",
  irq,
  count: 1,
  cpus: [],
  policy: "reserve",
  maskable: true,
  ...more,
});
const startup = (irq: number): Command => ({ kind: "startup", irq });
const shutdown = (irq: number): Command => ({ kind: "shutdown", irq });
const teardown = (irq: number): Command => ({ kind: "teardown", irq });
const affinity = (irq: number, ...cpus: number[]): Command => ({
  kind: "setAffinity",
  irq,
  cpus,
});
const interrupt = (cpu: number, vector: number, again = false): Command => ({
  kind: "interrupt",
  cpu,
  vector,
  again,
});
const pend = (cpu: number, vector: number): Command => ({ kind: "pend", cpu, vector });
const deliver = (cpu: number, vector: number): Command => ({
  kind: "deliver",
  cpu,
  vector,
  again: false,
});
const tick: Command = { kind: "tick" };
const down = (cpu: number, ...arriving: number[]): Command => ({ kind: "cpuDown", cpu, arriving });
const up = (cpu: number): Command => ({ kind: "cpuUp", cpu });

/** Four interrupts, one on each CPU, all with vector 32. */
const spreadOut: readonly Command[] = [0, 1, 2, 3].flatMap((n) => [setup(n), startup(n)]);

describe("life of an interrupt", () => {
  it("set up but not started: one reservation, message to 239 on the first online CPU", () => {
    const { last, view } = play(four, [setup(0)]);
    expect(last).toBe(
      "setup irq=0 count=1 cpus={} policy=reserve maskable -> ready CPU 0 vector 239",
    );
    expect(writes(view)).toEqual(["irq 0 (0, 239)"]);
    expect([view.matrix.globalReserved, view.matrix.totalAllocated]).toEqual([1, 0]);
  });

  it("starts on the CPU with most vectors, the message written twice", () => {
    const { said, view } = play(four, spreadOut);
    expect(said.filter((line) => line.startsWith("startup"))).toEqual([
      "startup irq=0 -> CPU 0 vector 32",
      "startup irq=1 -> CPU 1 vector 32",
      "startup irq=2 -> CPU 2 vector 32",
      "startup irq=3 -> CPU 3 vector 32",
    ]);
    expect(writes(view)).toEqual(["irq 3 (3, 32)", "irq 3 (3, 32)"]);
    expect([view.matrix.globalReserved, view.matrix.totalAllocated]).toEqual([0, 4]);
  });

  it("stops with the zero message and its reservation back", () => {
    const { view } = play(four, [setup(0), startup(0), shutdown(0)]);
    expect(writes(view)).toEqual(["irq 0 (0, 0)"]);
    expect(irqOf(view, 0)).toMatchObject({ vector: 0, hasReserved: true, hwVector: 239 });
    expect(view.matrix.available(0)).toBe(201);
    const after = play(four, [setup(0), startup(0), shutdown(0), teardown(0)]).view;
    expect([after.irq(0), after.matrix.globalReserved]).toEqual([undefined, 0]);
  });

  it("an MSI without mask bits keeps one vector from allocation to release", () => {
    const { said, view } = play(four, [setup(0, { maskable: false }), startup(0), shutdown(0)]);
    expect(said[0]).toContain("ready CPU 0 vector 32");
    expect(irqOf(view, 0)).toMatchObject({ vector: 32, started: false, hasReserved: false });
  });

  it("an allocation of several interrupts that fails gives everything back", () => {
    const small: Config = {
      ...four,
      bits: 3,
      start: 1,
      end: 3,
      system: [],
      cpus: 2,
      online: [0, 1],
    };
    const managed = setup(0, { count: 3, cpus: [0, 1], policy: "managed" });
    const { last, view } = play(small, [managed]);
    expect(last).toMatch(/ENOSPC$/);
    expect([view.matrix.managed(0), view.matrix.available(0), view.irq(0)]).toEqual([
      0,
      2,
      undefined,
    ]);
  });
});

describe("moves without remapping", () => {
  const moved: readonly Command[] = [...spreadOut, affinity(0, 3), interrupt(0, 32)];

  it("at the next interrupt, through the new vector on the old CPU (record vectors, 753-766)", () => {
    const { said, view } = play(four, moved);
    expect(said.slice(-2)).toEqual([
      "setAffinity irq=0 cpus={3} -> deferred",
      "interrupt cpu=0 vector=32 -> irq 0 handled, at CPU 3 vector 33",
    ]);
    expect(writes(view)).toEqual(["irq 0 (0, 33)", "irq 0 (3, 33)"]);
    expect(irqOf(view, 0)).toMatchObject({ prevVector: 32, prevCpu: 0, moveInProgress: true });
    expect([view.slot(0, 32), view.slot(3, 33), view.slot(0, 33)]).toEqual([0, 0, -3]);
  });

  it("busy until cleaned up, then a request that fits leaves it there (record, 770-788)", () => {
    const busy = play(four, [...moved, affinity(0, 2), interrupt(3, 33)]);
    expect(busy.last).toBe("interrupt cpu=3 vector=33 -> irq 0 handled, at CPU 3 vector 33");
    expect(irqOf(busy.view, 0)).toMatchObject({
      pending: [2],
      listed: true,
      moveInProgress: false,
    });
    expect(busy.view.timerArmed(0)).toBe(true);
    const later = [...moved, affinity(0, 2), interrupt(3, 33), tick, affinity(0, 0, 1, 3)];
    const stays = play(four, [...later, interrupt(3, 33)]);
    expect(stays.said[later.length - 2]).toBe("tick -> cleaned {0}");
    expect(writes(stays.view)).toEqual(["irq 0 (3, 33)"]);
    expect(irqOf(stays.view, 0)).toMatchObject({ cpu: 3, affinity: [0, 1, 3], prevVector: 0 });
  });

  it("one direct write where the vector number stays (record, 1442-1451)", () => {
    const { view } = play(four, [setup(0), startup(0), affinity(0, 2), interrupt(0, 32)]);
    expect(writes(view)).toEqual(["irq 0 (2, 32)"]);
  });

  it("what the device raises between the two writes is sent on", () => {
    const { last, view } = play(four, [...moved.slice(0, -1), interrupt(0, 32, true)]);
    expect(last).toContain("once more here");
    expect([view.pendingVectors(0), view.pendingVectors(3)]).toEqual([[33], [33]]);
    const more = play(four, [...moved.slice(0, -1), interrupt(0, 32, true), deliver(0, 33)]);
    expect(more.last).toBe("deliver cpu=0 vector=33 -> spurious");
  });

  it("cleanup waits for a pending old vector", () => {
    const busy = [...moved, interrupt(3, 33), pend(0, 32), tick];
    expect(play(four, busy).last).toBe("tick -> cleaned {}");
    const { said } = play(four, [...busy, deliver(0, 32), tick]);
    expect(said.slice(-2)).toEqual([
      "deliver cpu=0 vector=32 -> irq 0 handled, at CPU 3 vector 33",
      "tick -> cleaned {0}",
    ]);
  });

  it("stopping in a move releases both vectors", () => {
    const { view } = play(four, [...moved, shutdown(0)]);
    expect([view.slot(0, 32), view.slot(3, 33)]).toEqual([-2, -2]);
    expect(view.matrix.totalAllocated).toBe(3);
  });

  it("users: EINVAL without an online CPU, EPERM on managed ones, stored while inactive", () => {
    const config: Config = { ...four, online: [0, 1] };
    const commands = [setup(0), setup(1, { cpus: [0, 1], policy: "managed" })];
    const { said, view } = play(config, [
      ...commands,
      affinity(0, 3),
      affinity(1, 0),
      affinity(0, 1),
    ]);
    expect(said.slice(2).map((line) => line.split(" -> ")[1])).toEqual([
      "EINVAL",
      "EPERM",
      "stored",
    ]);
    expect([irqOf(view, 0).affinity, writes(view)]).toEqual([[1], []]);
  });
});

describe("moves with remapping", () => {
  it("happen at once, cleanup follows without an interrupt", () => {
    const { said, view } = play(remapped, [...spreadOut, affinity(0, 3), affinity(0, 1), tick]);
    expect(said.slice(-3)).toEqual([
      "setAffinity irq=0 cpus={3} -> CPU 3 vector 33",
      "setAffinity irq=0 cpus={1} -> deferred",
      "tick -> cleaned {0}",
    ]);
    expect(irqOf(view, 0)).toMatchObject({ pending: [1], cpu: 3 });
  });
});

describe("CPU hotplug", () => {
  it("moves interrupts off, their old vectors free at once (record vectors, 1397-1437)", () => {
    const { last, view } = play(four, [...spreadOut, pend(3, 32), down(3)]);
    expect(last).toBe("cpuDown cpu=3 -> moved irq 3 CPU 0 vector 33");
    expect(writes(view)).toEqual(["irq 3 (3, 33)", "irq 3 (0, 33)"]);
    expect(view.pendingVectors(0)).toEqual([33]);
    expect(irqOf(view, 3)).toMatchObject({ prevVector: 0, moveInProgress: false });
    expect([view.slot(3, 32), view.matrix.isAllocated(3, 32)]).toEqual([-3, false]);
  });

  it("replays what arrives before the APIC is off", () => {
    expect(play(four, [...spreadOut, down(3, 32)]).view.pendingVectors(0)).toEqual([33]);
  });

  it("shuts a managed interrupt down and starts it again (record, 1433-1434 and 1751-1765)", () => {
    const commands = [setup(0, { cpus: [3], policy: "managed" }), startup(0), down(3)];
    const off = play(four, commands);
    expect(writes(off.view)).toEqual(["irq 0 (0, 0)"]);
    expect(irqOf(off.view, 0)).toMatchObject({ depth: 1, managedShutdown: true, affinity: [3] });
    const on = play(four, [...commands, up(3)]);
    expect(on.last).toBe("cpuUp cpu=3 -> moved irq 0 CPU 3 vector 32");
    expect(irqOf(on.view, 0)).toMatchObject({ depth: 0, started: true });
    const disabled = play(four, [
      ...commands.slice(0, 2),
      { kind: "disable", irq: 0 },
      down(3),
      up(3),
    ]);
    expect(irqOf(disabled.view, 0)).toMatchObject({ depth: 1, started: false, vector: 0 });
  });

  it("refuses when the others have no room, managed vectors not counted", () => {
    const tiny: Config = {
      ...four,
      cpus: 2,
      online: [0, 1],
      bits: 3,
      start: 1,
      end: 3,
      system: [],
    };
    const fill = [0, 1, 2].flatMap((n) => [setup(n), startup(n)]);
    expect(play(tiny, [...fill, down(0)]).last).toBe("cpuDown cpu=0 -> ENOSPC");
    const managed = setup(0, { cpus: [0, 1], policy: "managed" });
    const { last, state } = play(tiny, [managed, startup(0), setup(1), startup(1), down(1)]);
    expect(last).toContain("moved irq 0 CPU 0");
    expect(onlineCpus(state)).toEqual([0]);
  });
});

describe("spreading", () => {
  it("cpus of a node together, siblings together, the vectors around it everywhere", () => {
    const config: Config = { ...fullRange(4, 4), nodes: [0, 0, 1, 1], cores: [0, 0, 1, 1] };
    expect(play(config, [{ kind: "spread", vectors: 4, pre: 1, post: 1 }]).last).toBe(
      "spread vectors=4 pre=1 post=1 -> 2 groups {0-3} {0-1} {2-3} {0-3}",
    );
    expect(play(config, [{ kind: "spread", vectors: 2, pre: 1, post: 1 }]).last).toBe(
      "spread vectors=2 pre=1 post=1 -> 0 groups ",
    );
    const apart: Config = { ...fullRange(5, 4), cores: [0, 1, 0, 1, 2] };
    expect(play(apart, [{ kind: "spread", vectors: 2, pre: 0, post: 0 }]).last).toBe(
      "spread vectors=2 pre=0 post=0 -> 2 groups {0-2} {3-4}",
    );
  });
});
