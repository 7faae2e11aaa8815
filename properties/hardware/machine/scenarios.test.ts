/** Whole paths by hand: from a device's event to the end of the interrupt. */
import { describe, expect, it } from "vitest";
import { encode, toWords } from "../../../spec/core/bits.js";
import { IRR, PPR } from "../../../spec/hardware/local-apic/registers.js";
import type { Config } from "../../../spec/hardware/machine/vocabulary.js";
import { at, msiFunction, msixFunction, pinOnly } from "../../../spec/hardware/pci/profiles.js";
import * as amd from "../../../spec/hardware/remapping/amd.js";
import * as intel from "../../../spec/hardware/remapping/intel.js";
import { intelRemapped } from "../../../spec/irq/msi-message/layout.js";
import * as configs from "./configs.js";
import { read, write } from "./draws.js";
import {
  AMD_COMMANDS,
  AMD_EVENTS,
  AMD_TABLES,
  DEVICE_PAGES,
  DEVICE_TABLE,
  DMA_PAGE,
  INTEL_QUEUE,
  INTEL_TABLE,
} from "./places.js";
import { Bench, to } from "./testing.js";

const two: Config = { ...configs.base, apicIds: [0, 2] };

const shapes = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

describe("from event to EOI without remapping", () => {
  it.each(shapes)("MSI, 64-bit %s, maskable %s", (is64, maskable) => {
    const bench = new Bench({ ...two, functions: [msiFunction(2, is64, maskable)] });
    bench.msi(0, to(2, 0x40), 2);
    bench.event(0, 3);
    expect(bench.requests()).toEqual(["", "0x43"]);
    bench.service(1, 0x43);
    if (!maskable) return;
    const mask = 0x50 + (is64 ? 0x10 : 0x0c);
    bench.config32(0, mask, 2);
    bench.event(0, 1);
    bench.event(0, 1);
    expect(bench.requests()).toEqual(["", ""]);
    expect(bench.read(read("config", 0, mask + 4, 4))).toBe(2);
    bench.config32(0, mask, 0);
    expect(bench.read(read("config", 0, mask + 4, 4))).toBe(0);
    bench.service(1, 0x41);
  });

  it("MSI-X: pending while masked, sent once with the address as it is then", () => {
    const bench = new Bench({ ...two, functions: [msixFunction(65)] });
    bench.msix(0);
    bench.entry(0, 64, to(0, 0x51), true);
    bench.event(0, 64);
    bench.event(0, 64);
    expect(bench.requests()).toEqual(["", ""]);
    expect([...bench.fn(0).pending]).toEqual([0, 0, 1, 0]);
    bench.entry(0, 64, to(2, 0x52));
    expect(bench.requests()).toEqual(["", "0x52"]);
    expect([...bench.fn(0).pending]).toEqual([0, 0, 0, 0]);
    bench.service(1, 0x52);
  });

  it("INTx: asserted while there is a cause and nothing else is enabled", () => {
    const bench = new Bench({ ...two, functions: [pinOnly] });
    bench.event(0);
    expect(bench.fn(0).line).toBe(true);
    expect(bench.read(read("config", 0, 6, 2)) & 8).toBe(8);
    bench.do({ kind: "quiet", fn: 0, vector: 0 });
    expect(bench.fn(0).line).toBe(false);
    expect(bench.requests()).toEqual(["", ""]);
  });

  it("x2APIC: a destination of a message has eight bits and names no CPU above them", () => {
    const bench = new Bench({ ...two, apic: "x2apic", apicIds: [0x12, 0x112] });
    bench.do({ kind: "inject", requester: 0x10, ...to(0x12, 0x61) });
    expect(bench.requests()).toEqual(["0x61", ""]);
    bench.service(0, 0x61);
  });

  it("a higher class nests, the same class waits, and each EOI ends the highest", () => {
    const bench = new Bench({ ...two, functions: [msixFunction(4)] });
    bench.msix(0);
    [0x41, 0x4f, 0x52].forEach((vector, i) => {
      bench.entry(0, i, to(0, vector));
    });
    bench.event(0, 0);
    expect(bench.do({ kind: "take", cpu: 0 })).toEqual({ kind: "taken", vector: 0x41 });
    bench.event(0, 1);
    expect(bench.do({ kind: "take", cpu: 0 })).toEqual({ kind: "nothing" });
    expect(bench.do({ kind: "acknowledge", cpu: 0 })).toEqual({ kind: "spurious", vector: 0xff });
    bench.event(0, 2);
    expect(bench.do({ kind: "take", cpu: 0 })).toEqual({ kind: "taken", vector: 0x52 });
    expect(bench.read({ kind: "readApic", cpu: 0, offset: PPR }) >>> 4).toBe(5);
    bench.do({ kind: "eoi", cpu: 0 });
    bench.do({ kind: "eoi", cpu: 0 });
    bench.service(0, 0x4f);
  });

  it("a message to memory is a write to memory", () => {
    const bench = new Bench({ ...two, functions: [msiFunction(0, true, false)] });
    bench.msi(0, { addressLo: DMA_PAGE, addressHi: 0, data: 0x1234 });
    bench.event(0);
    expect(bench.read(read("memory", 0, DMA_PAGE, 4))).toBe(0x1234);
    expect(bench.requests()).toEqual(["", ""]);
  });

  it("without bus master nothing is sent, and without power nothing answers", () => {
    const bench = new Bench({ ...two, functions: [msiFunction(0, true, false)] });
    bench.msi(0, to(0, 0x40));
    bench.do(write("config", 0, 4, 2, 0));
    bench.event(0);
    expect(bench.requests()).toEqual(["", ""]);
    bench.do({ kind: "power", fn: 0, on: false });
    expect(bench.read(read("config", 0, 0, 4))).toBe(0xffffffff);
    bench.event(0);
    bench.do({ kind: "power", fn: 0, on: true });
    expect(bench.read(read("config", 0, 0x52, 2)) & 1).toBe(0);
  });
});

describe("messages that are lost, late and doubled", () => {
  const bench = (): Bench => {
    const made = new Bench({ ...two, functions: [msixFunction(4)] });
    made.msix(0);
    made.entry(0, 0, to(0, 0x41));
    made.entry(0, 1, to(2, 0x51));
    return made;
  };

  it("lost: the request is never made, the next one is", () => {
    const b = bench();
    b.do({ kind: "lose" });
    b.event(0, 0);
    expect(b.requests()).toEqual(["", ""]);
    b.event(0, 0);
    b.service(0, 0x41);
  });

  it("late: a later message overtakes it, and it arrives where it was sent to", () => {
    const b = bench();
    b.do({ kind: "hold" });
    b.event(0, 0);
    b.entry(0, 0, to(2, 0x61));
    b.event(0, 0);
    b.service(1, 0x61);
    b.do({ kind: "release", nth: 0 });
    b.service(0, 0x41);
  });

  it("doubled: one interrupt if both copies come before it is taken", () => {
    const b = bench();
    b.do({ kind: "duplicate" });
    b.event(0, 1);
    b.service(1, 0x51);
  });

  it("a request nobody made is taken like any other", () => {
    const b = bench();
    b.do({ kind: "phantom", cpu: 1, vector: 0x31 });
    expect(b.read({ kind: "readApic", cpu: 1, offset: IRR + 0x10 })).toBe(1 << 17);
    b.service(1, 0x31);
  });
});

const irte = (values: { V: number; DST: number; SVT?: number; SID?: number }): number[] =>
  toWords(intelRemapped, encode(intelRemapped, { P: 1, ...values })) as number[];

/** Handle without subhandle. */
const handle = (index: number) => ({
  addressLo: (0xfee00010 | (index << 5)) >>> 0,
  addressHi: 0,
  data: 0,
});

describe("from event to EOI through an Intel unit", () => {
  const start = (config: Config, eim: boolean): Bench => {
    const bench = new Bench(config);
    bench.unit(intel.IRTA, INTEL_TABLE | (eim ? 0x800 : 0) | 3);
    bench.unit(intel.GCMD, intel.SIRTP);
    bench.unit(intel.IQA, INTEL_QUEUE);
    bench.unit(intel.GCMD, intel.QIE);
    bench.unit(intel.GCMD, intel.QIE | intel.IRE);
    return bench;
  };
  const one = (config: Config): Config => ({ ...config, functions: [at(0x310, msixFunction(4))] });

  it.each([
    ["xAPIC", { ...one(configs.intel), apicIds: [0, 2] }, false, 2],
    ["x2APIC", { ...one(configs.intelX2apic), apicIds: [0, 0x12345678] }, true, 0x12345678],
  ] as const)("%s: destination and vector of the entry", (_name, config, eim, dest) => {
    const bench = start(config, eim);
    const field = eim ? dest : dest << 8;
    bench.ram(INTEL_TABLE + 16, ...irte({ V: 0x71, DST: field, SVT: 1, SID: 0x310 }));
    bench.msix(0);
    bench.entry(0, 0, handle(1));
    bench.event(0);
    expect(bench.requests()).toEqual(["", "0x71"]);
    bench.service(1, 0x71);
  });

  it("an entry that changed is used as it was until it is invalidated", () => {
    const bench = start({ ...one(configs.intel), apicIds: [0, 2] }, false);
    bench.ram(INTEL_TABLE, ...irte({ V: 0x41, DST: 0 }));
    bench.msix(0);
    bench.entry(0, 0, handle(0));
    bench.event(0);
    bench.service(0, 0x41);
    bench.ram(INTEL_TABLE, ...irte({ V: 0x42, DST: 2 << 8 }));
    bench.event(0);
    bench.service(0, 0x41);
    // Index-selective invalidation of entry 0.
    bench.ram(INTEL_QUEUE, 0x14, 0, 0, 0);
    bench.unit(intel.IQT, 16);
    expect(bench.read(read("remapping", 0, intel.IQH, 4))).toBe(16);
    bench.event(0);
    bench.service(1, 0x42);
  });

  it("a foreign requester is blocked, and the fault says who and which entry", () => {
    const bench = start({ ...one(configs.intel), apicIds: [0, 2] }, false);
    bench.ram(INTEL_TABLE + 32, ...irte({ V: 0x41, DST: 0, SVT: 1, SID: 0x311 }));
    bench.msix(0);
    bench.entry(0, 0, handle(2));
    bench.event(0);
    expect(bench.requests()).toEqual(["", ""]);
    expect(bench.read(read("remapping", 0, intel.FSTS, 4)) & intel.PPF).toBe(intel.PPF);
    const word = (i: number): number => bench.read(read("remapping", 0, intel.FRCD + 4 * i, 4));
    expect(word(3)).toBe((0x80000000 | intel.reasons.sourceRejected) >>> 0);
    expect(word(2)).toBe(0x310);
    expect(word(1)).toBe(2 << 16);
    bench.unit(intel.FRCD + 12, 0x80000000);
    expect(bench.read(read("remapping", 0, intel.FSTS, 4))).toBe(0);
  });
});

describe("from event to EOI through an AMD unit", () => {
  const start = (config: Config, control: number): Bench => {
    const bench = new Bench(config);
    bench.unit(amd.DEVTAB, DEVICE_TABLE | (DEVICE_PAGES - 1));
    bench.unit(amd.CMDBUF + 4, 8 << 24);
    bench.unit(amd.CMDBUF, AMD_COMMANDS);
    bench.unit(amd.EVTLOG + 4, 8 << 24);
    bench.unit(amd.EVTLOG, AMD_EVENTS);
    if ((control & amd.GA_EN) !== 0) bench.unit(amd.CONTROL + 4, amd.XT_EN_HIGH);
    bench.unit(amd.CONTROL, amd.IOMMU_EN | amd.EVENT_LOG_EN | amd.CMD_BUF_EN | control);
    const requester = config.functions[0]?.requester ?? 0;
    const device = DEVICE_TABLE + amd.DTE_BYTES * requester + amd.DTE_INTERRUPT_OFFSET;
    // IV, 8 entries; IntCtl 2.
    bench.ram(device, 1 | (3 << 1) | AMD_TABLES, 2 << 28);
    bench.msix(0);
    bench.entry(0, 0, { addressLo: 0xfee00000, addressHi: 0, data: 5 });
    return bench;
  };
  const one = (config: Config): Config => ({ ...config, functions: [at(0x310, msixFunction(4))] });

  it("32-bit entries, and an entry that changed is used as it was until invalidated", () => {
    const bench = start({ ...one(configs.amd), apicIds: [0, 2] }, 0);
    bench.ram(AMD_TABLES + 4 * 5, 0x00410201);
    bench.event(0);
    bench.service(1, 0x41);
    bench.ram(AMD_TABLES + 4 * 5, 0x00420001);
    bench.event(0);
    bench.service(1, 0x41);
    bench.ram(AMD_COMMANDS, 0x310, (amd.INVALIDATE_INTERRUPT_TABLE << 28) >>> 0);
    bench.unit(amd.CMD_TAIL, 16);
    bench.event(0);
    bench.service(0, 0x42);
  });

  it("128-bit entries with a 32-bit destination", () => {
    const config = { ...one(configs.amdGa), apicIds: [0, 0x12345678] };
    const bench = start(config, amd.GA_EN);
    bench.ram(AMD_TABLES + 16 * 5, 0x34567801, 0, 0x91, 0x12000000);
    bench.event(0);
    expect(bench.requests()).toEqual(["", "0x91"]);
    bench.service(1, 0x91);
  });

  it("an entry that is not enabled blocks, and the event log says who", () => {
    const bench = start({ ...one(configs.amd), apicIds: [0, 2] }, 0);
    bench.event(0);
    expect(bench.requests()).toEqual(["", ""]);
    expect(bench.read(read("remapping", 0, amd.EVT_TAIL, 4))).toBe(16);
    expect(bench.read(read("memory", 0, AMD_EVENTS, 4)) & 0xffff).toBe(0x310);
    expect(bench.read(read("memory", 0, AMD_EVENTS + 4, 4)) >>> 28).toBe(amd.IO_PAGE_FAULT);
  });
});
