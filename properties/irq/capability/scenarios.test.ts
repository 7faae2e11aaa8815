import { describe, expect, it } from "vitest";
import { malformed } from "../../../spec/hardware/pci/malformed.js";
import type { FunctionShape, MsiShape } from "../../../spec/hardware/shape.js";
import type { Command } from "../../../spec/irq/capability/vocabulary.js";
import { masksElsewhere, plain } from "./configs.js";
import {
  absent,
  chainPlug,
  endpoint,
  leftControl,
  leftEntry,
  memory,
  plugOf,
} from "./functions.js";
import { busOf, found, headersRead, judged, lastOf, writes } from "./testing.js";

const walk = (id: number): Command => ({ kind: "walk", id });
const MSI = 0x05;
const MSIX = 0x11;

/** Where MSI and MSI-X are found, and how many headers the longer walk read. */
const lookup = (shape: FunctionShape) => {
  const steps = judged([plugOf(shape), walk(MSI), walk(MSIX)]);
  const [msi, msix] = steps.slice(1) as [never, never];
  return { msi: found(msi), msix: found(msix), headers: headersRead(msix).length };
};

describe("a list of capabilities", () => {
  it("that ends in a cycle is left after 48 headers", () => {
    expect(lookup(malformed.cycle)).toEqual({ msi: 0, msix: 0, headers: 48 });
  });
  it("whose header points to itself is left after 48 headers", () => {
    expect(lookup(malformed.selfLoop)).toEqual({ msi: 0, msix: 0, headers: 48 });
  });
  it("is followed backwards", () => {
    expect(lookup(malformed.backwards)).toEqual({ msi: 0x50, msix: 0x60, headers: 3 });
  });
  it("may have pointers with low bits, which are dropped", () => {
    expect(lookup(malformed.unaligned).msi).toBe(0x40);
  });
  it("ends at a pointer below 0x40, before low bits are dropped", () => {
    expect(lookup(malformed.pointerBelow)).toEqual({ msi: 0, msix: 0, headers: 0 });
  });
  it("ends at id 0xFF", () => {
    expect(lookup(malformed.idAllOnes)).toEqual({ msi: 0, msix: 0, headers: 2 });
  });
  it("goes on after id 0", () => {
    expect(lookup(malformed.idZero).msi).toBe(0x60);
  });
  it("answers the first of two equal ids", () => {
    expect(lookup(malformed.twoEqual).msi).toBe(0x50);
  });
  it("may lead to a capability near the end, which is found and not used", () => {
    expect(lookup(malformed.nearTheEnd).msi).toBe(0xf0);
    expect(lookup(malformed.lastHeader).msi).toBe(0xfc);
    for (const shape of [malformed.nearTheEnd, malformed.lastHeader]) {
      const setup = lastOf(judged([plugOf(shape), enableMsi(1, 1)]));
      expect(setup.response).toMatchObject({ kind: "failed", error: "EINVAL" });
      expect(writes(setup)).toEqual([]);
    }
  });
  it("of 48 headers is walked to its last", () => {
    const links = Array.from({ length: 48 }, (_x, i) => ({
      at: 0xfc - 4 * i,
      id: i === 47 ? MSIX : 0x20 + i,
      next: i === 47 ? 0 : 0xf8 - 4 * i,
    }));
    const walked = lastOf(judged([chainPlug(links, 0xfc), walk(MSIX)]));
    expect(found(walked)).toBe(0x40);
    expect(headersRead(walked)).toHaveLength(48);
  });
  it("is not read where the status register says there is none", () => {
    const plug = chainPlug([{ at: 0x40, id: MSI, next: 0 }], 0x40, 0, 0);
    const walked = lastOf(judged([plug, walk(MSI)]));
    expect(found(walked)).toBe(0);
    expect(headersRead(walked)).toEqual([]);
  });
  it("starts at 0x14 in a CardBus header, and an unknown header has none", () => {
    const links = [{ at: 0x80, id: MSI, next: 0 }];
    const at = (type: number) => found(lastOf(judged([chainPlug(links, 0x80, type), walk(MSI)])));
    expect([0, 1, 2, 0x82, 3].map(at)).toEqual([0x80, 0x80, 0x80, 0x80, 0]);
  });
  it("of the golden table: three headers, MSI at 0x50 and MSI-X at 0x60", () => {
    const links = [
      { at: 0x80, id: 0x01, next: 0x50 },
      { at: 0x50, id: MSI, next: 0x60 },
      { at: 0x60, id: MSIX, next: 0 },
    ];
    const [, msi, msix] = judged([chainPlug(links, 0x80), walk(MSI), walk(MSIX)]);
    expect([msi, msix].map((step) => found(step as never))).toEqual([0x50, 0x60]);
    expect(headersRead(msix as never)).toEqual([0x80, 0x50, 0x60]);
  });
});

const message = { addressLo: 0xfee01000, addressHi: 0, data: 0x40 };
const terms = { available: 2049, domain: true };
const enableMsi = (min: number, max: number): Command => ({
  kind: "enableMsi",
  min,
  max,
  ...message,
  ...terms,
});
const enableMsix = (max: number, entries: readonly number[] = []): Command => ({
  kind: "enableMsix",
  min: 1,
  max,
  ...message,
  ...terms,
  entries,
});

const msiAt = (is64: boolean, maskable: boolean, messages = 2): MsiShape => ({
  kind: "msi",
  at: 0x50,
  messages,
  is64,
  maskable,
});

describe("MSI in its four shapes", () => {
  const high = ["config+58:32=0"];
  it.each([
    ["32-bit", false, false, [], "config+58:16=40", []],
    ["64-bit", true, false, high, "config+5c:16=40", []],
    ["32-bit with masks", false, true, [], "config+58:16=40", ["config+5c:32=f"]],
    ["64-bit with masks", true, true, high, "config+5c:16=40", ["config+60:32=f"]],
  ] as const)("%s: masked, written, then enabled", (_name, is64, maskable, hi, data, mask) => {
    const plug = plugOf(endpoint({ capabilities: [msiAt(is64, maskable)] }));
    const control = 4 | (is64 ? 0x80 : 0) | (maskable ? 0x100 : 0);
    const word = (bits: number): string => `config+52:16=${(control | bits).toString(16)}`;
    const [, setup] = judged([plug, enableMsi(1, 3)]);
    expect(setup?.response).toMatchObject({ kind: "enabled", count: 3 });
    expect(writes(setup as never)).toEqual([
      word(0),
      ...mask,
      word(0x20),
      "config+54:32=fee01000",
      ...hi,
      data,
      "config+4:16=406",
      word(0x21),
    ]);
  });

  it("without remapping every shape is given one message", () => {
    for (const messages of [0, 1, 5]) {
      const plug = plugOf(endpoint({ capabilities: [msiAt(true, true, messages)] }));
      const [, setup] = judged([plug, enableMsi(1, 32)], plain);
      expect(setup?.response).toMatchObject({ kind: "enabled", count: 1 });
    }
  });

  it("with 32 messages all mask bits are used", () => {
    const plug = plugOf(endpoint({ capabilities: [msiAt(true, true, 5)] }));
    const unmask: Command = { kind: "unmask", index: 31 };
    const steps = judged([plug, enableMsi(1, 32), unmask, { kind: "event", index: 31 }]);
    expect(writes(steps[2] as never)).toEqual(["config+60:32=7fffffff"]);
    expect(lastOf(steps).after.sent).toEqual([{ ...message, data: 0x5f }]);
  });

  it("under a hypervisor that masks, the mask register is left alone", () => {
    const plug = plugOf(endpoint({ capabilities: [msiAt(false, true)] }));
    const steps = judged([plug, enableMsi(1, 4), { kind: "mask", index: 1 }], masksElsewhere);
    expect(writes(steps[1] as never).some((text) => text.startsWith("config+5c"))).toBe(false);
    expect(writes(lastOf(steps))).toEqual([]);
  });
});

const table = {
  kind: "msix",
  at: 0x50,
  entries: 4,
  tableBar: 2,
  tableOffset: 0x20,
  pbaBar: 2,
  pbaOffset: 0x78,
} as const;
const bars = [absent, absent, memory(0x80), absent, absent, absent];

describe("MSI-X", () => {
  it("is enabled under its function mask, programmed, masked whole, and released", () => {
    const [, setup] = judged([
      plugOf(endpoint({ bars, capabilities: [table] })),
      enableMsix(2, [3, 1]),
    ]);
    expect(writes(setup as never)).toEqual([
      "config+52:16=c003",
      ...["bar2+50:32=fee01000", "bar2+54:32=0", "bar2+58:32=40"],
      ...["bar2+30:32=fee01000", "bar2+34:32=0", "bar2+38:32=41"],
      "config+4:16=406",
      ...["bar2+2c:32=1", "bar2+3c:32=1", "bar2+4c:32=1", "bar2+5c:32=1"],
      "config+52:16=8003",
    ]);
  });

  it("sends a pending message once, as the entry is then", () => {
    const steps = judged([
      plugOf(endpoint({ bars, capabilities: [table] })),
      enableMsix(2),
      { kind: "event", index: 1 },
      { kind: "event", index: 1 },
      { kind: "writeMessage", index: 1, addressLo: 0xfee02000, addressHi: 0, data: 0x55 },
      { kind: "unmask", index: 1 },
      { kind: "event", index: 1 },
    ]);
    const sent = steps.map((step) => step.after.sent);
    const now = { addressLo: 0xfee02000, addressHi: 0, data: 0x55 };
    expect(sent).toEqual([[], [], [], [], [], [now], [now]]);
  });

  it("masks an unmasked entry while its message changes", () => {
    const steps = judged([
      plugOf(endpoint({ bars, capabilities: [table] })),
      enableMsix(1),
      { kind: "unmask", index: 0 },
      { kind: "writeMessage", index: 0, addressLo: 0xfee02000, addressHi: 0, data: 0x55 },
    ]);
    expect(writes(lastOf(steps))).toEqual([
      "bar2+2c:32=1",
      ...["bar2+20:32=fee02000", "bar2+24:32=0", "bar2+28:32=55"],
      "bar2+2c:32=0",
    ]);
  });

  it("silences entries that an earlier kernel left live", () => {
    const left = [...leftEntry(2, 0x20, 3, 0), leftControl(0x50, 0x8000)];
    const steps = judged([
      plugOf(endpoint({ bars, capabilities: [table] }), { left }),
      enableMsix(1),
      { kind: "event", index: 0 },
    ]);
    expect(writes(steps[0] as never)).toEqual(["config+52:16=3"]);
    expect(steps[1]?.after.hardware.entry(3, 3)).toBe(1);
  });

  it("whose table ends where its BAR ends is accepted, one step further is refused", () => {
    const setup = (tableOffset: number) =>
      lastOf(
        judged([
          plugOf(endpoint({ bars, capabilities: [{ ...table, tableOffset, pbaOffset: 0 }] })),
          enableMsix(4),
        ]),
      ).response;
    expect(setup(0x40)).toMatchObject({ kind: "enabled", count: 4 });
    expect(setup(0x48)).toMatchObject({ kind: "failed", error: "ENOMEM" });
  });

  it("in a BAR that is absent, I/O space or unassigned fails with everything as before", () => {
    for (const bar of [absent, { kind: "io", address: 0xc000n, size: 256 }, memory(0x80, 0n)]) {
      const own = bars.map((b, i) => (i === 2 ? (bar as typeof absent) : b));
      const steps = judged([plugOf(endpoint({ bars: own, capabilities: [table] })), enableMsix(1)]);
      expect(lastOf(steps).response).toMatchObject({ kind: "failed", error: "ENOMEM" });
      expect(writes(lastOf(steps))).toEqual(["config+52:16=c003", "config+52:16=3"]);
    }
  });
});

describe("power lost and restored", () => {
  it("brings MSI back: message, masks, MME and Enable", () => {
    const steps = judged([
      plugOf(endpoint({ capabilities: [msiAt(true, true)] })),
      enableMsi(1, 4),
      { kind: "unmask", index: 2 },
      { kind: "suspend" },
      { kind: "writeMessage", index: 0, addressLo: 0xfee03000, addressHi: 0, data: 0x80 },
      { kind: "resume" },
      { kind: "event", index: 2 },
      { kind: "event", index: 1 },
    ]);
    expect(busOf(steps[4] as never)).toEqual([]);
    expect(writes(steps[5] as never).slice(-2)).toEqual(["config+60:32=b", "config+52:16=1a5"]);
    const sent = steps.slice(6).map((step) => step.after.sent);
    expect(sent).toEqual([[{ addressLo: 0xfee03000, addressHi: 0, data: 0x82 }], []]);
  });

  it("brings MSI-X back, its function mask cleared last", () => {
    const steps = judged([
      plugOf(endpoint({ bars, capabilities: [table] })),
      enableMsix(2),
      { kind: "unmask", index: 1 },
      { kind: "suspend" },
      { kind: "writeMessage", index: 1, addressLo: 0xfee03000, addressHi: 0, data: 0x80 },
      { kind: "resume" },
      { kind: "event", index: 1 },
    ]);
    expect(writes(steps[5] as never).at(-1)).toBe("config+52:16=8003");
    expect(lastOf(steps).after.sent).toEqual([{ addressLo: 0xfee03000, addressHi: 0, data: 0x80 }]);
  });

  it("of a function that was pulled out comes to nothing", () => {
    const steps = judged([
      plugOf(endpoint({ bars, capabilities: [table] })),
      enableMsix(2),
      { kind: "vanish" },
      { kind: "writeMessage", index: 1, addressLo: 0xfee03000, addressHi: 0, data: 0x80 },
      { kind: "disable" },
    ]);
    expect(busOf(steps[3] as never)).toEqual([]);
    expect(busOf(steps[4] as never)).toEqual([]);
    expect(lastOf(steps).after.kernel.mode).toBe("none");
  });
});
