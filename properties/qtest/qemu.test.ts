/** The emulated machine against a live QEMU. Each test says that it was skipped, and why. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { imageOf } from "../../models/hardware/pci/index.js";
import type { Command, Config } from "../../spec/hardware/machine/vocabulary.js";
import { qemuEdu, qemuFunctions, qemuNvme } from "../../spec/hardware/pci/qemu.js";
import { checkExternal } from "../check/external.js";
import * as configs from "../hardware/machine/configs.js";
import { machine } from "../hardware/machine/subsystem.js";
import type { AnySubsystem } from "../subsystem.js";
import { programNamed } from "../systems.js";
import { SEED, seeded } from "../testing.js";
import { APIC_BASE, Guest } from "./guest.js";
import { parseLapic } from "./lapic-text.js";
import { layOut } from "./layout.js";
import { QemuProcess } from "./qemu-process.js";
import { buildRom } from "./rom.js";
import { configWrite, irte, plain, qemu, remapOn, runMachine, skipped, why } from "./testing.js";
import { Witness } from "./witness.js";

const stat = (pid: string | number): readonly string[] =>
  readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
const parentOf = (pid: string): number => Number(stat(pid)[1]);
const alive = (pid: string): boolean => {
  try {
    return stat(pid)[0] !== "Z";
  } catch {
    return false;
  }
};

/** A write to the MSI-X table of an NVMe controller, by entry and word. */
const entryOf =
  (unit: number) =>
  (index: number, word: number, value: number): Command => ({
    kind: "write",
    space: "bar",
    unit,
    bar: 0,
    offset: 0x2000 + 16 * index + 4 * word,
    width: 4,
    value,
  });

describe.skipIf(skipped)(`QEMU as it is${why}`, () => {
  it("has the functions of the profiles, every word and every writable bit", async () => {
    const witness = new Witness(qemu);
    try {
      await witness.configure({ ...plain, functions: qemuFunctions });
      for (const [unit, shape] of qemuFunctions.entries()) {
        const image = new Map(imageOf(shape).map((word) => [word.offset, word]));
        for (let offset = 0; offset < 256; offset += 4) {
          // Status bits that change by themselves, and bits that reset a function or a link.
          if (offset === 4 || shape.headerType === 1 || image.get(offset)?.writable === 0) continue;
          const at = { kind: "read", space: "config", unit, bar: 0, offset, width: 4 } as const;
          const before = await witness.command(at);
          await witness.command(configWrite(unit, offset, 4, 0));
          const zeros = await witness.command(at);
          const word = image.get(offset) ?? { value: 0, writable: 0 };
          expect([unit, offset, before]).toEqual([
            unit,
            offset,
            { kind: "value", value: word.value },
          ]);
          const kept = (word.value & ~word.writable) >>> 0;
          expect([unit, offset, zeros]).toEqual([unit, offset, { kind: "value", value: kept }]);
          await witness.command(configWrite(unit, offset, 4, word.value));
        }
      }
    } finally {
      witness.stop();
    }
  });

  it("shows the same local APIC through its CPU and through the monitor", async () => {
    const layout = layOut({ ...plain, functions: [] }, qemu);
    const { args, ram, mailbox } = layout;
    const live = await QemuProcess.start({
      program: qemu.program,
      args,
      ram,
      rom: buildRom(mailbox),
    });
    try {
      const guest = new Guest(live.qtest, live.ram, mailbox, [0, 1]);
      await guest.boot();
      const set = (offset: number, value: number) =>
        ({ op: "write", address: APIC_BASE + offset, value }) as const;
      await guest.run(1, [set(0xf0, 0x1ff), set(0x80, 0x20), set(0xd0, 0x02000000)]);
      for (const vector of [0x41, 0x52, 0x83]) live.qtest.write(APIC_BASE + 0x1000, 4, vector);
      live.qtest.write(APIC_BASE + 0x1000, 4, 0xc0a0);
      const get = (offset: number) => ({ op: "read", address: APIC_BASE + offset }) as const;
      const [taken, isr5, tmr5, ppr] = await guest.run(1, [
        { op: "take" },
        get(0x150),
        get(0x1d0),
        get(0xa0),
      ]);
      expect([taken, isr5, tmr5, ppr]).toEqual([0xa0, 1, 1, 0xa0]);
      expect(parseLapic(await live.qmp.text("info lapic 1"))).toMatchObject({
        svr: 0x1ff,
        tpr: 0x20,
        ppr: 0xa0,
        ldr: 2,
        irr: [0x41, 0x52, 0x83],
        isr: [0xa0],
        level: [0xa0],
      });
    } finally {
      live.stop();
    }
  });

  it("takes an MSI of the device from event to EOI", async () => {
    const answers = await runMachine(plain, [
      configWrite(0, 0x44, 4, 0xfee01000),
      configWrite(0, 0x4c, 2, 0x61),
      configWrite(0, 0x42, 2, 1),
      { kind: "event", fn: 0, vector: 0 },
      { kind: "take", cpu: 0 },
      { kind: "take", cpu: 1 },
      { kind: "readApic", cpu: 1, offset: 0x130 },
      { kind: "eoi", cpu: 1 },
      { kind: "readApic", cpu: 1, offset: 0x130 },
    ]);
    expect(answers.slice(4)).toEqual([
      { kind: "nothing" },
      { kind: "taken", vector: 0x61 },
      { kind: "value", value: 2 },
      { kind: "done" },
      { kind: "value", value: 0 },
    ]);
  });

  it("takes MSI-X of an NVMe controller: masked it pends, unmasked it comes once", async () => {
    const config: Config = { ...plain, functions: [qemuNvme] };
    const entry = entryOf(0);
    const pendingWord: Command = {
      kind: "read",
      space: "bar",
      unit: 0,
      bar: 0,
      offset: 0x3000,
      width: 4,
    };
    const program = [
      ...[entry(3, 0, 0xfee01000), entry(3, 1, 0), entry(3, 2, 0x51)],
      configWrite(0, 0x42, 2, 0x8000),
    ];
    const event: Command = { kind: "event", fn: 0, vector: 3 };
    const commands = [
      ...program,
      ...[event, event, pendingWord, { kind: "take", cpu: 1 } as const],
      ...[entry(3, 3, 0), pendingWord, { kind: "take", cpu: 1 } as const],
      ...[{ kind: "eoi", cpu: 1 }, { kind: "take", cpu: 1 }, event, { kind: "take", cpu: 1 }],
    ] as readonly Command[];
    expect((await runMachine(config, commands)).slice(program.length + 2)).toEqual([
      { kind: "value", value: 8 },
      { kind: "nothing" },
      { kind: "done" },
      { kind: "value", value: 0 },
      { kind: "taken", vector: 0x51 },
      { kind: "done" },
      { kind: "nothing" },
      { kind: "done" },
      { kind: "taken", vector: 0x51 },
    ]);
  });

  it("takes MSI-X of an NVMe controller through an Intel unit, where the entry leads", async () => {
    const entry = entryOf(2);
    // SVT 1: the whole source id, that of the controller.
    const source = 0x40000 | qemuNvme.requester;
    const program = [
      ...irte(5, 0x00610001, 1, source),
      ...remapOn,
      // Handle 5, SHV; entry 7 unmasked at last.
      ...[entry(7, 0, 0xfee000b8), entry(7, 1, 0), entry(7, 2, 0), entry(7, 3, 0)],
      configWrite(2, 0x42, 2, 0x8000),
    ];
    const event: Command = { kind: "event", fn: 2, vector: 7 };
    const commands = [
      ...program,
      ...[event, { kind: "take", cpu: 0 }, { kind: "take", cpu: 1 }, { kind: "eoi", cpu: 1 }],
      ...irte(5, 0x00610001, 1, source + 8),
      ...[event, { kind: "take", cpu: 1 }],
    ] as readonly Command[];
    const answers = (await runMachine(configs.qemuIntel, commands)).slice(program.length + 1);
    expect(answers.slice(0, 2)).toEqual([{ kind: "nothing" }, { kind: "taken", vector: 0x61 }]);
    // Another source id than the controller's: blocked.
    expect(answers.at(-1)).toEqual({ kind: "nothing" });
  });

  it("refuses what it cannot be, and names the field", () => {
    const refusal = (wrong: Partial<Config>): string => {
      try {
        layOut({ ...plain, ...wrong }, qemu);
        return "taken";
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(refusal({ apic: "x2apic" })).toMatch(/^apic: /);
    expect(refusal({ apicIds: [0, 2] })).toMatch(/^apicIds: /);
    expect(refusal(configs.kinds)).toMatch(/^apicIds: /);
    expect(refusal({ functions: [{ ...qemuEdu, device: 1 }] })).toMatch(/^functions\[0\].device: /);
    expect(refusal({ functions: [{ ...qemuEdu, requester: 0xf8 }] })).toMatch(/requester: /);
    expect(refusal({})).toBe("taken");
  });

  it("leaves no process and no folder behind when the witness is killed", async () => {
    const folders = () => readdirSync(tmpdir()).filter((f) => f.startsWith("redbear-spec-qtest-"));
    const before = folders();
    const path = fileURLToPath(new URL("./main.js", import.meta.url));
    const child = spawn(process.execPath, [path], { stdio: ["pipe", "pipe", "ignore"] });
    const lines = [
      { kind: "hello", protocol: 1, subsystem: "hardware/machine" },
      { kind: "config", ...(machine.codecs.config.encode(plain) as object) },
    ];
    let output = "";
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (data: Buffer) => {
        output += data.toString();
        if (output.includes('"ready"')) resolve();
      });
      child.stdin.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    });
    const childrenOf = (parent: number | undefined): string[] =>
      readdirSync("/proc").filter((pid) => {
        try {
          return /^\d+$/.test(pid) && parentOf(pid) === parent;
        } catch {
          return false;
        }
      });
    const [keeper] = childrenOf(child.pid);
    const keepers = [keeper ?? "", ...childrenOf(Number(keeper))];
    // The keeper and QEMU.
    expect(keepers.length).toBe(2);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    for (let i = 0; i < 100 && keepers.some(alive); i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(keepers.filter(alive)).toEqual([]);
    expect(folders()).toEqual(before);
  });
});

const command = programNamed("qtest")?.command ?? "";
const options = { timeout: 60, seed: SEED, traces: `${tmpdir()}/redbear-spec-qtest-traces` };

describe.skipIf(skipped)(`generated steps against QEMU${why}`, () => {
  for (const [name, value] of [
    ["functions", plain],
    ["local APICs", configs.qemuApics],
    ["Intel", configs.qemuIntel],
  ] as const) {
    it(seeded(`${name}: every register as the emulated machine has it`), async () => {
      const report = await checkExternal(
        machine as AnySubsystem,
        { ...options, runs: 2, config: { name, value } },
        command,
      );
      expect(report.violations).toEqual([]);
      expect(report.areas[0]?.commands).toBeGreaterThan(500);
    }, 300_000);
  }

  it("a wrong model is caught: EOI that clears the lowest bit in service", async () => {
    const fault = machine.faults.find(({ name }) => name === "eoi-ends-the-lowest");
    if (fault === undefined) throw new Error("no such fault");
    // The judge follows answers; what the machine is afterwards shall be the faulty step's.
    const wrong = fault.wrap(machine.model);
    const follow: typeof wrong.follow = (c, state, act) => wrong.step(c, state, act).state;
    const broken = { ...machine, model: { ...wrong, follow } } as AnySubsystem;
    const report = await checkExternal(
      broken,
      { ...options, runs: 6, config: { name: "local APICs", value: configs.qemuApics } },
      command,
    );
    expect(report.verdict).toBe("violated");
    rmSync(options.traces, { recursive: true, force: true });
  }, 300_000);
});
