/** Machines worth judging. */
import type { Config } from "../../../spec/hardware/machine/vocabulary.js";
import {
  at,
  both,
  bridge,
  cardbus,
  eduLike,
  msiFunction,
  msixFunction,
  msixTwoBars,
  nicLike,
  nvmeLike,
  pinOnly,
} from "../../../spec/hardware/pci/profiles.js";
import { qemuEdu, qemuFunctions, qemuNvme, qemuXhci } from "../../../spec/hardware/pci/qemu.js";
import type { FunctionShape } from "../../../spec/hardware/shape.js";
import { RAM } from "./places.js";

/** Functions one a device of bus 0, from device 3 on. */
const onBus = (functions: readonly FunctionShape[]): readonly FunctionShape[] =>
  functions.map((shape, i) => at((3 + i) << 3, shape));

const ids = (cpus: number, step = 1): number[] => Array.from({ length: cpus }, (_x, i) => step * i);

export const base: Config = {
  apicIds: ids(4, 2),
  apic: "xapic",
  apicsOn: true,
  functions: [],
  remapping: { kind: "none" },
  ram: RAM,
  quirks: [],
};

/** The four shapes of MSI, from 1 to 32 messages. */
export const msiShapes: Config = {
  ...base,
  functions: onBus([
    msiFunction(2, false, true),
    msiFunction(5, true, true),
    msiFunction(1, true, false),
    msiFunction(0, false, false),
  ]),
};

/** MSI-X of one entry to the most. */
export const msixShapes: Config = {
  ...base,
  functions: onBus([msixFunction(65), msixTwoBars(4), msixFunction(1), msixTwoBars(2048)]),
};

/** Every kind of function, with a bridge and a device that has nothing but a pin. */
export const kinds: Config = {
  ...base,
  functions: onBus([both, nicLike, nvmeLike, eduLike, pinOnly, bridge, cardbus]),
};

export const apicsAlone: Config = { ...base, apicIds: [0, 1, 2, 5] };
export const apicsOff: Config = { ...apicsAlone, apicsOn: false };
export const x2apics: Config = {
  ...base,
  apic: "x2apic",
  apicIds: [0, 1, 0x12, 0x105, 0x12345678],
};

export const intel: Config = {
  ...base,
  remapping: { kind: "intel", eim: false, selfInvalidates: false },
  functions: onBus([msixFunction(4), msiFunction(2, true, true)]),
};

export const intelX2apic: Config = {
  ...intel,
  apic: "x2apic",
  apicIds: [0, 2, 0x105, 0x12345678],
  remapping: { kind: "intel", eim: true, selfInvalidates: true },
};

export const amd: Config = {
  ...intel,
  remapping: { kind: "amd", ga: false, xt: false },
};

export const amdGa: Config = {
  ...intel,
  apic: "x2apic",
  apicIds: [0, 2, 0x105, 0x12345678],
  remapping: { kind: "amd", ga: true, xt: true },
};

/** The machine that QEMU offers with these devices. */
export const qemuShapes: Config = {
  ...base,
  apicIds: ids(2),
  functions: qemuFunctions,
};

/** The functions whose every event can be brought about; behind a remapping unit or without one. */
export const qemuLive: Config = { ...qemuShapes, functions: [qemuEdu, qemuXhci, qemuNvme] };
export const qemuIntel: Config = {
  ...qemuLive,
  remapping: { kind: "intel", eim: false, selfInvalidates: false },
};
export const qemuAmd: Config = { ...qemuLive, remapping: { kind: "amd", ga: false, xt: false } };
export const qemuGa: Config = { ...qemuLive, remapping: { kind: "amd", ga: true, xt: false } };
export const qemuApics: Config = { ...qemuLive, apicIds: ids(4), functions: [qemuEdu] };

export const oneCpu: Config = { ...kinds, apicIds: [0] };
export const manyCpus: Config = { ...intel, apicIds: ids(64) };

/** One CPU and one maskable MSI of two messages, small enough to visit every state. */
export const tinyMsi: Config = {
  ...base,
  apicIds: [0],
  functions: onBus([msiFunction(1, false, true)]),
};

/** Two CPUs and one MSI of one message. */
export const tinyMishaps: Config = {
  ...base,
  apicIds: [0, 1],
  functions: onBus([msiFunction(0, false, false)]),
};

/** One CPU behind an Intel unit, and one MSI-X entry. */
export const tinyIntel: Config = {
  ...intel,
  apicIds: [0],
  functions: onBus([msixFunction(1)]),
};
