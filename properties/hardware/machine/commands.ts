/** Every command of a small machine, in a fixed order, for exhaustive exploration. */
import { configValue } from "../../../spec/hardware/machine/judging.js";
import type { Command, Config, View } from "../../../spec/hardware/machine/vocabulary.js";
import { MSI_ENABLE, MSIX_ENABLE, msiOffsets } from "../../../spec/hardware/pci/capabilities.js";
import {
  GCMD,
  GSTS,
  IQA,
  IQT,
  IRE,
  IRTA,
  QIE,
  SIRTP,
} from "../../../spec/hardware/remapping/intel.js";
import { msiOf, msixOf } from "../../../spec/hardware/shape.js";
import { type Write, write } from "./draws.js";
import { INTEL_QUEUE, INTEL_TABLE } from "./places.js";

const cpuCommands = (config: Config): readonly Command[] =>
  config.apicIds.flatMap((_id, cpu): Command[] => [
    { kind: "take", cpu },
    { kind: "eoi", cpu },
  ]);

/** One function with a maskable MSI of two messages: all that it and its CPUs can do. */
export const msiCommands = (config: Config): readonly Command[] => {
  const commands: Command[] = [];
  config.functions.forEach((shape, fn) => {
    const msi = msiOf(shape);
    if (msi === undefined) return;
    const at = msiOffsets(msi.is64, msi.maskable);
    const to = (offset: number, width: 2 | 4, value: number): Write =>
      write("config", fn, msi.at + offset, width, value);
    commands.push(
      to(2, 2, MSI_ENABLE | (Math.min(msi.messages, 1) << 4)),
      to(2, 2, 0),
      ...(msi.maskable ? [0, 1, 3].map((mask) => to(at.mask, 4, mask)) : []),
      to(at.data, 2, 0x40),
      write("config", fn, 4, 2, 4),
      write("config", fn, 4, 2, 0),
      { kind: "event", fn, vector: 0 },
      { kind: "quiet", fn, vector: 0 },
      ...(msi.messages > 0 ? [{ kind: "event", fn, vector: 1 } as const] : []),
    );
    for (const id of config.apicIds) {
      commands.push(to(at.address, 4, (0xfee00000 | (id << 12)) >>> 0));
    }
  });
  return [...commands, ...cpuCommands(config)];
};

/** The same with what can happen to messages, the function as it is switched on once. */
export const mishapCommands = (config: Config): readonly Command[] => [
  ...msiCommands(config).filter((c) => c.kind !== "write" || (c.value !== 0 && c.offset !== 4)),
  { kind: "lose" },
  { kind: "hold" },
  { kind: "duplicate" },
  { kind: "release", nth: 0 },
  { kind: "release", nth: 1 },
];

export const mishapLeftOut = {
  why: "at most two messages are late; nothing is sent before address and data are set",
  when: (config: Config, view: View, command: Command): boolean =>
    (command.kind === "hold" && view.held.length > 1) || msiLeftOut.when(config, view, command),
};

/** What is left out of it: a message to an address that is not set. */
export const msiLeftOut = {
  why: "nothing is sent before address and data are set",
  when: (config: Config, view: View, command: Command): boolean => {
    if (command.kind !== "event") return false;
    const msi = config.functions[0] && msiOf(config.functions[0]);
    const fn = view.functions[0];
    if (msi === undefined || fn === undefined) return true;
    const at = msiOffsets(msi.is64, msi.maskable);
    return (
      configValue(fn, msi.at + at.data, 2) === 0 || configValue(fn, msi.at + at.address, 4) === 0
    );
  },
};

type Step = { readonly command: Write; readonly done: (view: View) => boolean };

const register = (offset: number, value: number): Write => write("remapping", 0, offset, 4, value);
const ram = (address: number, value: number): Write => write("memory", 0, address, 4, value);
const unitHas = (view: View, offset: number, bits: number): boolean =>
  ((view.unit?.register(offset) ?? 0) & bits) !== 0;

/** The way to a running Intel unit and a function that sends entry 0, one write after another. */
const intelSteps = (config: Config): readonly Step[] => {
  const msix = config.functions[0] && msixOf(config.functions[0]);
  if (msix === undefined) return [];
  const entry = msix.tableOffset & ~7;
  const table = (i: number, value: number): Step => ({
    command: write("bar", 0, entry + 4 * i, 4, value, msix.tableBar),
    done: (view) => view.functions[0]?.table[i] === (value | 0),
  });
  return [
    table(0, 0xfee00010),
    {
      command: write("config", 0, msix.at + 2, 2, MSIX_ENABLE),
      done: (view) =>
        view.functions[0] !== undefined &&
        (configValue(view.functions[0], msix.at + 2, 2) & MSIX_ENABLE) !== 0,
    },
    { command: register(IRTA, INTEL_TABLE), done: (view) => unitHas(view, IRTA, -1) },
    { command: register(GCMD, SIRTP), done: (view) => unitHas(view, GSTS, SIRTP) },
    { command: register(IQA, INTEL_QUEUE), done: (view) => unitHas(view, IQA, -1) },
    { command: ram(INTEL_QUEUE, 4), done: (view) => view.memory.word(INTEL_QUEUE) === 4 },
    { command: ram(INTEL_TABLE, 2), done: (view) => view.memory.word(INTEL_TABLE) !== 0 },
    { command: register(GCMD, IRE), done: (view) => unitHas(view, GSTS, IRE) },
  ];
};

/** Once it runs: the entry rewritten, invalidated or not, masked or not, and events. */
export const intelCommands = (config: Config): readonly Command[] => {
  const msix = config.functions[0] && msixOf(config.functions[0]);
  if (msix === undefined) return [];
  const control = (msix.tableOffset & ~7) + 12;
  return [
    ...intelSteps(config).map((step) => step.command),
    // FPD is set throughout, so that no fault is recorded after another.
    ram(INTEL_TABLE, 0x00210003),
    ram(INTEL_TABLE, 0x00310003),
    ram(INTEL_TABLE, 0x00000002),
    register(GCMD, IRE | QIE),
    register(GCMD, IRE),
    register(IQT, 16),
    register(IQT, 0),
    write("bar", 0, control, 4, 0, msix.tableBar),
    write("bar", 0, control, 4, 1, msix.tableBar),
    { kind: "event", fn: 0, vector: 0 },
    ...cpuCommands(config),
  ];
};

const same = (a: Command, b: Write): boolean =>
  a.kind === "write" &&
  a.space === b.space &&
  a.offset === b.offset &&
  a.width === b.width &&
  a.value === b.value;

export const intelLeftOut = {
  why: "the unit is switched on in the usual order, once; a queue emptied is started again",
  when: (config: Config, view: View, command: Command): boolean => {
    const steps = intelSteps(config);
    const next = steps.find((step) => !step.done(view));
    if (next !== undefined) return !same(command, next.command);
    // The second of the writes above that switches on is one of these steps too.
    const isStep = steps.some((step) => same(command, step.command));
    if (isStep && !same(command, register(GCMD, IRE)) && !same(command, ram(INTEL_TABLE, 2))) {
      return true;
    }
    // Past its descriptor the queue has nothing: the tail goes back while it is off.
    const tail0 = same(command, register(IQT, 0));
    return tail0 && unitHas(view, GSTS, QIE);
  },
};
