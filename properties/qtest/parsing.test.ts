/** What needs no QEMU: its texts, and the ROM. */
import { describe, expect, it } from "vitest";
import { Assembler } from "./assembler.js";
import { parseLapic } from "./lapic-text.js";
import { NoQemu, parseDevices, parseVersion, probeQemu } from "./probe.js";
import { buildRom, ROM_BYTES } from "./rom.js";

const lapic = [
  "dumping local APIC state for CPU 1 ",
  "",
  "LVT0\t 0x00010000 active-hi edge  masked                      Fixed  (vec 0)",
  "LVT1\t 0x00010400 active-hi edge  masked                      NMI",
  "LVTPC\t 0x00010000 active-hi edge  masked                      Fixed  (vec 0)",
  "LVTERR\t 0x000000fe active-hi edge                              Fixed  (vec 254)",
  "LVTTHMR\t 0x00010000 active-hi edge  masked                      Fixed  (vec 0)",
  "LVTT\t 0x000200ec active-hi edge                 periodic     Fixed  (vec 236)",
  "Timer\t DCR=0x0 (divide by 2) initial_count = 0 current_count = 0",
  "SPIV\t 0x000001ff APIC enabled, focus=off, spurious vec 255",
  "ICR\t 0x00000000 physical edge de-assert no-shorthand",
  "ICR2\t 0x00000000 cpu 0 (APIC ID)",
  "ESR\t 0x00000000",
  "ISR\t 82 ",
  "IRR\t 5 65 66(level) ",
  "",
  "APR 0x00 TPR 0x20 DFR 0x0f LDR 0x02 PPR 0x50",
].join("\r\n");

describe("texts of QEMU", () => {
  it("tells the version and the devices", () => {
    expect(parseVersion("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)")).toEqual([7, 2, 22]);
    expect(parseVersion("something else")).toBeUndefined();
    const devices = parseDevices(
      'name "edu", bus PCI\nname "nvme", bus PCI, desc "a, b"\n\nCPU:\n',
    );
    expect([...devices]).toEqual(["edu", "nvme"]);
  });

  it("tells a local APIC, vectors in decimal and level by a mark", () => {
    expect(parseLapic(lapic)).toEqual({
      svr: 0x1ff,
      icrLow: 0,
      icrHigh: 0,
      esr: 0,
      tpr: 0x20,
      ppr: 0x50,
      dfr: 0xf,
      ldr: 2,
      lvt: [0x10000, 0x10400, 0x10000, 0xfe, 0x10000, 0x200ec],
      irr: [5, 65, 66],
      isr: [82],
      level: [66],
    });
    expect(parseLapic(lapic.replace("82 ", "(none)"))?.isr).toEqual([]);
    expect(parseLapic("No CPU available")).toBeUndefined();
  });

  it("says in one line that there is no QEMU", () => {
    const missing = "no-such-qemu-anywhere";
    expect(() => probeQemu(missing)).toThrow(NoQemu);
    expect(() => probeQemu(missing)).toThrow(
      /^no-such-qemu-anywhere: not found; install it[^\n]*$/,
    );
    // A program that answers, and is none.
    expect(() => probeQemu(process.execPath)).toThrow(NoQemu);
  });
});

describe("the ROM", () => {
  it("starts at its last paragraph with a jump to its first byte", () => {
    const rom = buildRom(0x200000);
    expect(rom.length).toBe(ROM_BYTES);
    expect([...rom.slice(0xfff0, 0xfff3)]).toEqual([0xe9, 0x0d, 0x00]);
    expect(0xfff3 + 0x000d).toBe(ROM_BYTES);
    expect(rom[0]).toBe(0xfa);
  });

  it("has a gate for every vector, each to a stub that pushes its number", () => {
    const rom = buildRom(0x200000);
    const view = new DataView(rom.buffer, rom.byteOffset);
    for (let v = 0; v < 256; v++) {
      const gate = 0x2000 + 8 * v;
      const entry = view.getUint16(gate, true) + view.getUint16(gate + 6, true) * 0x10000;
      const stub = entry - 0xffff0000;
      expect(view.getUint16(gate + 4, true)).toBe(0x8e00);
      expect([rom[stub], view.getUint32(stub + 1, true)]).toEqual([0x68, v]);
      // JMP to the handler, relative to the end of the stub.
      expect(stub + 10 + view.getInt32(stub + 6, true)).toBe(0x100);
    }
  });

  it("is assembled with displacements in reach, or not at all", () => {
    const a = new Assembler(0x200, 0).org(0).bytes(0xeb).relative("far", 1).org(0x100).label("far");
    expect(() => a.finish()).toThrow("far is out of reach");
    const b = new Assembler(4, 0).label("here").bytes(0xeb).relative("here", 1);
    expect([...b.finish().slice(0, 2)]).toEqual([0xeb, 0xfe]);
    expect(() => new Assembler(4, 0).pointer("nowhere").finish()).toThrow("no label nowhere");
  });
});
