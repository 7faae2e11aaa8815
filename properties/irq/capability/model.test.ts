import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprint } from "../../../models/irq/capability/fingerprint.js";
import { parseMsi, parseMsix, pendingBit } from "../../../models/irq/capability/parse.js";
import type { State } from "../../../models/irq/capability/state.js";
import { readingOf } from "../../../spec/irq/capability/reading.js";
import { afterReset, Registers } from "../../../spec/irq/capability/registers.js";
import type { Command, Config, Response } from "../../../spec/irq/capability/vocabulary.js";
import { commandList } from "../../engine/arbitrary.js";
import { ReadableStepper } from "../../engine/stepper.js";
import { FULL, SEED, seeded } from "../../testing.js";
import { contiguous, masksElsewhere, plain, remapped } from "./configs.js";
import { absent, endpoint, memory, plugOf } from "./functions.js";
import { encodeObservation } from "./observation.js";
import { capability as subsystem } from "./subsystem.js";
import { broken, judged, lastOf } from "./testing.js";

const buffer = (control: number, words: readonly number[] = []): Uint8Array => {
  const bytes = new Uint8Array(256);
  bytes[0x42] = control & 0xff;
  bytes[0x43] = control >> 8;
  words.forEach((word, w) => {
    for (let i = 0; i < 4; i++) bytes[0x44 + 4 * w + i] = word >>> (8 * i);
  });
  return bytes;
};

describe("reading a capability", () => {
  it("knows the four shapes of MSI by their offsets and sizes", () => {
    const shape = (control: number) => {
      const said = parseMsi(buffer(control), 0x40);
      if (said.kind !== "msi") return undefined;
      return [said.address, said.addressHigh, said.data, said.mask, said.pending, said.size];
    };
    expect(shape(0)).toEqual([4, 0, 8, 0, 0, 0x0a]);
    expect(shape(0x80)).toEqual([4, 8, 0x0c, 0, 0, 0x0e]);
    expect(shape(0x100)).toEqual([4, 0, 8, 0x0c, 0x10, 0x14]);
    expect(shape(0x180)).toEqual([4, 8, 0x0c, 0x10, 0x14, 0x18]);
  });

  it("counts messages for every MMC, never more than 32", () => {
    const counts = [0, 1, 2, 3, 4, 5, 6, 7].map((mmc) => {
      const said = parseMsi(buffer(mmc << 1), 0x40);
      return said.kind === "msi" ? said.capable : 0;
    });
    expect(counts).toEqual([1, 2, 4, 8, 16, 32, 32, 32]);
  });

  it("counts all 2048 sizes of an MSI-X table", () => {
    for (let size = 0; size < 2048; size++) {
      const said = parseMsix(buffer(size | 0xc000 | ((size & 7) << 11)), 0x40);
      expect(said).toMatchObject({ entries: size + 1, enabled: true, functionMask: true });
    }
  });

  it("clears the low bits of table and PBA registers", () => {
    const said = parseMsix(buffer(0x8000, [0xdeadbee3, 0x1005]), 0x40);
    expect(said).toMatchObject({ tableBar: 3, tableOffset: 0xdeadbee0, functionMask: false });
    expect(said).toMatchObject({ pbaBar: 5, pbaOffset: 0x1000, enabled: true });
  });

  it("finds pending bits at the ends of 64-bit words", () => {
    expect([0, 63, 64, 2047].map(pendingBit)).toEqual([
      { offset: 0, bit: 0 },
      { offset: 0, bit: 63 },
      { offset: 8, bit: 0 },
      { offset: 248, bit: 63 },
    ]);
  });

  it("reads nothing outside of a buffer of any length", () => {
    for (let length = 0; length <= 40; length++) {
      const bytes = new Uint8Array(length);
      if (length > 3) bytes[3] = 1;
      expect(parseMsi(bytes, 0).kind).toBe(length >= 20 ? "msi" : "refused");
      expect(parseMsix(bytes, 0).kind).toBe(length >= 12 ? "msix" : "refused");
    }
    expect(parseMsix(new Uint8Array(4096), 0xf4).kind).toBe("msix");
    expect(parseMsix(new Uint8Array(4096), 0xf8).kind).toBe("refused");
    expect(parseMsi(new Uint8Array(4096), 4000).kind).toBe("refused");
  });
});

const terms = { addressLo: 0xfee01000, addressHi: 0, data: 0x40, available: 2049, domain: true };

describe("what Linux grants", () => {
  const grant = (mmc: number, min: number, max: number, config: Config) => {
    const msi = { kind: "msi", at: 0x50, messages: mmc, is64: true, maskable: true } as const;
    const enable: Command = { kind: "enableMsi", min, max, ...terms };
    const plug = plugOf(endpoint({ capabilities: [msi] }));
    const { response } = lastOf(judged([plug, enable], config));
    if (response.kind === "enabled") return response.count;
    return response.kind === "failed" ? response.error : response.kind;
  };

  it("is every count up to 2^MMC with remapping, and one without", () => {
    for (let mmc = 0; mmc <= 5; mmc++) {
      for (let n = 1; n <= 32; n++) {
        expect(grant(mmc, 1, n, remapped)).toBe(Math.min(n, 2 ** mmc));
        expect(grant(mmc, 1, n, plain)).toBe(1);
        expect(grant(mmc, n, n, remapped)).toBe(n <= 2 ** mmc ? n : "ENOSPC");
      }
    }
  });

  it("is refused by the first precondition that does not hold", () => {
    expect(grant(2, 0, 0, remapped)).toBe("EINVAL");
    expect(grant(2, 5, 4, remapped)).toBe("ERANGE");
    expect(grant(2, 2, 4, plain)).toBe("ENOSPC");
    expect(grant(2, 5, 4, { ...remapped, msi: false })).toBe("ERANGE");
    expect(grant(2, 1, 4, { ...remapped, msi: false })).toBe("ENOTSUPP");
    expect(grant(2, 5, 4, { ...remapped, enabled: false })).toBe("EINVAL");
  });

  it("is less than asked for where the table is smaller, and none of it for a gap", () => {
    const msix = { kind: "msix", at: 0x50, entries: 3, tableBar: 0, tableOffset: 0 } as const;
    const bars = [memory(0x100), absent, absent, absent, absent, absent];
    const shape = endpoint({ bars, capabilities: [{ ...msix, pbaBar: 0, pbaOffset: 0x80 }] });
    const ask = (max: number, entries: readonly number[], config: Config): Response =>
      lastOf(
        judged([plugOf(shape), { kind: "enableMsix", min: 1, max, ...terms, entries }], config),
      ).response;
    expect(ask(8, [], remapped)).toMatchObject({ kind: "enabled", count: 3 });
    expect(ask(2, [0, 2], remapped)).toMatchObject({ kind: "enabled", count: 2 });
    expect(ask(2, [0, 2], contiguous)).toMatchObject({ kind: "failed", error: "EINVAL" });
    expect(ask(2, [0, 3], remapped)).toMatchObject({ kind: "failed", error: "ERANGE" });
    expect(ask(2, [1, 1], remapped)).toMatchObject({ kind: "failed", error: "EINVAL" });
  });
});

const configs: readonly Config[] = [plain, remapped, masksElsewhere, contiguous];
const options = { seed: SEED, numRuns: FULL ? 100 : 12 };
const runs = fc
  .constantFrom(...configs)
  .chain((config) =>
    fc.tuple(fc.constant(config), commandList<Command>(subsystem, config, "linux")),
  );

const decoded = (codec: { decode: (u: unknown) => unknown }, value: unknown): unknown =>
  (codec.decode(value) as { right?: unknown }).right;

describe(seeded("capabilities, there and back"), () => {
  it("commands, responses and observations survive JSON", () => {
    fc.assert(
      fc.property(runs, ([config, commands]) => {
        const stepper = new ReadableStepper(subsystem.model, config);
        const { command: c, response: r, config: k } = subsystem.codecs;
        expect(decoded(k, JSON.parse(JSON.stringify(k.encode(config))))).toEqual(config);
        for (const command of commands) {
          const response = stepper.apply(command);
          const json = JSON.stringify([c.encode(command), r.encode(response)]);
          const [left, right] = JSON.parse(json) as [unknown, unknown];
          expect(decoded(c, left)).toEqual(command);
          expect(decoded(r, right)).toEqual(response);
          stepper.commit();
        }
        const shown = encodeObservation(config, stepper.after);
        const where = { file: "test" };
        const view = subsystem.observation.decode(config, shown, where, stepper.after);
        expect(encodeObservation(config, view)).toEqual(shown);
        expect(subsystem.describe(config, view)).toEqual(subsystem.describe(config, stepper.after));
      }),
      options,
    );
  });

  it("following Linux's own responses ends in Linux's own state", () => {
    fc.assert(
      fc.property(runs, ([config, commands]) => {
        let state: State = subsystem.model.init(config);
        for (const command of commands) {
          const { state: next, response } = subsystem.model.step(config, state, command);
          const followed = subsystem.model.follow(config, state, command, response);
          expect(fingerprint(config, followed)).toEqual(fingerprint(config, next));
          expect(followed.sent).toEqual(next.sent);
          state = next;
        }
      }),
      options,
    );
  });

  it("the clauses' registers agree with the hardware model after every log", () => {
    fc.assert(
      fc.property(runs, ([config, commands]) => {
        const stepper = new ReadableStepper(subsystem.model, config);
        for (const command of commands) {
          const before = stepper.before;
          const response = stepper.apply(command);
          const { plug, hardware } = stepper.after;
          if (plug !== undefined && "bus" in response && hardware.powered) {
            const reading = readingOf(plug);
            const reset = command.kind === "resume" || command.kind === "plug";
            const registers = new Registers(reading, reset ? afterReset(reading) : before.hardware);
            const left = command.kind === "plug" ? command.left : [];
            for (const l of left) registers.write({ ...l, write: true, width: 4 });
            for (const access of response.bus) if (access.write) registers.write(access);
            for (const at of [4, reading.msi?.at, reading.msix?.at]) {
              if (at === undefined || (at > 4 && !reading.sound)) continue;
              expect(registers.half(at + 2) & 0xffe7).toBe(hardware.config(at + 2, 2) & 0xffe7);
            }
            for (let i = 0; i < Math.min(hardware.entries, 4); i++) {
              for (let w = 0; w < 4; w++) {
                expect(registers.entry(i, w)).toBe(hardware.entry(i, w));
              }
            }
          }
          stepper.commit();
        }
      }),
      options,
    );
  });
});

describe("a system that answers nonsense", () => {
  it("is followed without a fault of the judge", () => {
    const nonsense: readonly Response[] = [
      { kind: "enabled", count: 2049, bus: [] },
      { kind: "done", bus: [{ write: true, space: "bar5", offset: 3, width: 3, value: 1 }] },
      { kind: "walked", found: 4095, bus: [] },
      { kind: "refused" },
    ];
    const msi = { kind: "msi", at: 0x50, messages: 2, is64: true, maskable: true } as const;
    const plug = plugOf(endpoint({ capabilities: [msi] }));
    const enable: Command = { kind: "enableMsi", min: 1, max: 4, ...terms };
    for (const response of nonsense) {
      for (const last of [plug, enable, { kind: "resume" }, { kind: "event", index: 0 }] as const) {
        expect(() => broken([plug], last, response)).not.toThrow();
      }
    }
    expect(broken([plug], enable, { kind: "enabled", count: 4, bus: [] })).toContain("MSI-PROG-1");
  });
});
