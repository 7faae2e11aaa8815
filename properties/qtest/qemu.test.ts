/** The emulated machine against a live QEMU. Each test says that it was skipped, and why. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { imageOf } from "../../models/hardware/pci/index.js";
import { qemuQuirks } from "../../spec/hardware/machine/qemu-quirks.js";
import type { Command, Config, Response } from "../../spec/hardware/machine/vocabulary.js";
import { qemuEdu, qemuFunctions, qemuXhci } from "../../spec/hardware/pci/qemu.js";
import { checkExternal } from "../check/external.js";
import * as configs from "../hardware/machine/configs.js";
import { machine } from "../hardware/machine/subsystem.js";
import type { AnySubsystem } from "../subsystem.js";
import { programNamed } from "../systems.js";
import { FULL, long, SEED, seeded } from "../testing.js";
import { APIC_BASE, Guest } from "./guest.js";
import { parseLapic } from "./lapic-text.js";
import { layOut } from "./layout.js";
import { NoQemu, type Probed, probeQemu } from "./probe.js";
import { QemuProcess } from "./qemu-process.js";
import { buildRom } from "./rom.js";
import { Witness } from "./witness.js";

const probe = (): Probed | NoQemu => {
  try {
    return probeQemu();
  } catch (error) {
    if (error instanceof NoQemu) return error;
    throw error;
  }
};

const probed = FULL ? probe() : new NoQemu("not in the short run");
const skipped = probed instanceof NoQemu;
const why = skipped ? (FULL ? ` (skipped: ${probed.message})` : long) : "";
const qemu = probed as Probed;

const plain: Config = {
  ...configs.qemuShapes,
  functions: [qemuEdu, qemuXhci],
};

const runMachine = async (config: Config, commands: readonly Command[]): Promise<Response[]> => {
  const witness = new Witness(qemu);
  try {
    await witness.configure(config);
    const answers: Response[] = [];
    for (const command of commands) answers.push(await witness.command(command));
    return answers;
  } finally {
    witness.stop();
  }
};

const config = (unit: number, offset: number, width: 1 | 2 | 4, value: number): Command => ({
  kind: "write",
  space: "config",
  unit,
  bar: 0,
  offset,
  width,
  value,
});

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
          await witness.command(config(unit, offset, 4, 0));
          const zeros = await witness.command(at);
          const word = image.get(offset) ?? { value: 0, writable: 0 };
          expect([unit, offset, before]).toEqual([
            unit,
            offset,
            { kind: "value", value: word.value },
          ]);
          const kept = (word.value & ~word.writable) >>> 0;
          expect([unit, offset, zeros]).toEqual([unit, offset, { kind: "value", value: kept }]);
          await witness.command(config(unit, offset, 4, word.value));
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
      config(0, 0x44, 4, 0xfee01000),
      config(0, 0x4c, 2, 0x61),
      config(0, 0x42, 2, 1),
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

/** Acts that show a departure of QEMU: the model answers alike with the quirk, and not without. */
const irte = (index: number, low: number, dest: number, source: number): readonly Command[] =>
  [low, dest << 8, source, 0].map((value, i) => ({
    kind: "write",
    space: "memory",
    unit: 0,
    bar: 0,
    offset: 0x10000 + 16 * index + 4 * i,
    width: 4,
    value,
  }));
const unit = (offset: number, value: number): Command => ({
  kind: "write",
  space: "remapping",
  unit: 0,
  bar: 0,
  offset,
  width: 4,
  value,
});
const remapOn = [unit(0xb8, 0x10003), unit(0x18, 0x03000000)];
const edu = (address: number, data: number): readonly Command[] => [
  config(0, 0x44, 4, address),
  config(0, 0x4c, 2, data),
  config(0, 0x42, 2, 1),
  { kind: "event", fn: 0, vector: 0 },
];
const irr = (cpu: number, vector: number): Command => ({
  kind: "readApic",
  cpu,
  offset: 0x200 + 16 * (vector >> 5),
});
const inject = (addressLo: number, data: number): Command => ({
  kind: "inject",
  requester: 0x18,
  addressLo,
  addressHi: 0,
  data,
});
const apicWrite = (cpu: number, offset: number, value: number): Command => ({
  kind: "writeApic",
  cpu,
  offset,
  value,
});

const shows: Readonly<Record<string, readonly [Config, readonly Command[]]>> = {
  "apic-accepts-while-disabled": [
    { ...plain, apicsOn: false },
    [inject(0xfee01000, 0x41), irr(1, 0x41)],
  ],
  "apic-accepts-low-vectors": [plain, [inject(0xfee01000, 0x05), irr(1, 0x05)]],
  "apic-lowest-by-number": [
    plain,
    [
      apicWrite(0, 0x80, 0x40),
      apicWrite(0, 0xd0, 0x01000000),
      apicWrite(1, 0xd0, 0x02000000),
      inject(0xfee03004, 0x151),
      irr(0, 0x51),
      irr(1, 0x51),
    ],
  ],
  "apic-cluster-broadcast-by-match": [
    plain,
    [
      apicWrite(1, 0xe0, 0x0fffffff),
      apicWrite(1, 0xd0, 0x12000000),
      inject(0xfeeff004, 0x51),
      irr(1, 0x51),
    ],
  ],
  "ir-compatibility-passes": [
    configs.qemuIntel,
    [...remapOn, ...edu(0xfee01000, 0x41), irr(1, 0x41)],
  ],
  "ir-not-cached": [
    configs.qemuIntel,
    [
      ...irte(1, 0x00410001, 1, 0),
      ...remapOn,
      ...edu(0xfee00030, 0),
      ...irte(1, 0x00510001, 1, 0),
      { kind: "event", fn: 0, vector: 0 },
      irr(1, 0x51),
    ],
  ],
  "ir-faults-not-recorded": [
    configs.qemuIntel,
    [
      ...remapOn,
      ...edu(0xfee00030, 0),
      { kind: "read", space: "remapping", unit: 0, bar: 0, offset: 0x34, width: 4 },
    ],
  ],
  "ir-data-unchecked": [
    configs.qemuIntel,
    [...irte(1, 0x00410001, 1, 0), ...remapOn, ...edu(0xfee00030, 1), irr(1, 0x41)],
  ],
  "ir-bus-range-swapped": [
    configs.qemuIntel,
    [...irte(1, 0x00410001, 1, 0x00080001), ...remapOn, ...edu(0xfee00030, 0), irr(1, 0x41)],
  ],
};

const modelAnswers = (base: Config, quirks: readonly string[], commands: readonly Command[]) => {
  const judged = { ...base, quirks };
  let state = machine.model.init(judged);
  return commands.map((command) => {
    const outcome = machine.model.step(judged, state, command);
    state = outcome.state;
    return outcome.response;
  });
};

describe.skipIf(skipped)(`a departure of QEMU is real${why}`, () => {
  for (const [name, [base, commands]] of Object.entries(shows)) {
    it(`${name}: with it the model answers as QEMU does, and not without`, async () => {
      const answers = await runMachine(base, commands);
      const without = qemuQuirks.filter((quirk) => quirk !== name);
      expect(modelAnswers(base, qemuQuirks, commands)).toEqual(answers);
      expect(modelAnswers(base, without, commands)).not.toEqual(answers);
    });
  }

  it("every departure of a local APIC and of an Intel unit is shown here", () => {
    const claimed = qemuQuirks.filter((name) => /^(apic|ir)-/.test(name));
    expect(claimed.filter((name) => shows[name] === undefined)).toEqual([]);
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
