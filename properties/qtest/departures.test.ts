/** Every departure of QEMU that the emulated machine takes over is there, each shown by few acts. */
import { describe, expect, it } from "vitest";
import { qemuQuirks } from "../../spec/hardware/machine/qemu-quirks.js";
import type { Command, Config } from "../../spec/hardware/machine/vocabulary.js";
import * as configs from "../hardware/machine/configs.js";
import { machine } from "../hardware/machine/subsystem.js";
import { configWrite, irte, plain, remapOn, runMachine, skipped, why } from "./testing.js";

/** Acts that show a departure of QEMU: the model answers alike with the quirk, and not without. */
const edu = (address: number, data: number): readonly Command[] => [
  configWrite(0, 0x44, 4, address),
  configWrite(0, 0x4c, 2, data),
  configWrite(0, 0x42, 2, 1),
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
