/** Commands for a machine: tables that mean something, events, and CPUs that answer them. */
import type { Choices } from "../../../spec/core/choices.js";
import { highestBit } from "../../../spec/hardware/machine/judging.js";
import {
  type ApicView,
  type Command,
  type CommandKind,
  type Config,
  commandKinds,
  type View,
} from "../../../spec/hardware/machine/vocabulary.js";
import * as amd from "../../../spec/hardware/remapping/amd.js";
import * as intel from "../../../spec/hardware/remapping/intel.js";
import { pickKind } from "../../engine/random.js";
import type { Generator } from "../../subsystem.js";
import { amdSetUp, drawAmdWrite } from "./draw-amd.js";
import { drawApicRead, drawApicWrite } from "./draw-apic.js";
import { drawEvent, drawFunctionRead, drawFunctionWrite, drawQuiet } from "./draw-function.js";
import { drawIntelWrite, intelSetUp } from "./draw-intel.js";
import { drawMessage, USED_ENTRIES } from "./draw-message.js";
import { type D, drawFunction, drawVector, pick, read, seldom, write } from "./draws.js";
import { enabled } from "./enabled.js";
import {
  AMD_EVENTS,
  AMD_TABLES,
  DESCRIPTORS,
  DMA_PAGE,
  INTEL_TABLE,
  STATUS_PAGE,
} from "./places.js";

const INTEL_READ = [
  intel.CAP,
  intel.ECAP,
  intel.GSTS,
  intel.FSTS,
  intel.FSTS,
  intel.FECTL,
  intel.IQH,
  intel.IQT,
  intel.ICS,
  intel.IRTA,
  intel.FRCD,
  intel.FRCD + 4,
  intel.FRCD + 8,
  intel.FRCD + 12,
  intel.FRCD + 28,
] as const;
const AMD_READ = [
  amd.DEVTAB,
  amd.CONTROL,
  amd.EFR,
  amd.CMD_HEAD,
  amd.CMD_TAIL,
  amd.EVT_HEAD,
  amd.EVT_TAIL,
  amd.STATUS,
] as const;

const drawRam = (choices: Choices): number =>
  pick(choices, [
    DMA_PAGE + 4 * choices.below(8),
    STATUS_PAGE + 4 * choices.below(4),
    INTEL_TABLE + 4 * choices.below(4 * USED_ENTRIES),
    DESCRIPTORS + 4 * choices.below(16),
    AMD_TABLES + 4 * choices.below(4 * USED_ENTRIES),
    AMD_EVENTS + 4 * choices.below(16),
  ]);

const drawRead = (choices: Choices, d: D): Command => {
  const { functions, remapping } = d.config;
  if (functions.length > 0 && (remapping.kind === "none" || seldom(choices, 2))) {
    if (!seldom(choices, 12)) return drawFunctionRead(choices, d);
  }
  const width = pick(choices, [1, 2, 4, 4, 4] as const);
  const lane = choices.below(4 / width) * width;
  if (remapping.kind === "none" || seldom(choices, 3)) {
    return read("memory", 0, drawRam(choices) + lane, width);
  }
  const offset = pick(choices, remapping.kind === "intel" ? INTEL_READ : AMD_READ);
  return read("remapping", 0, offset + lane, width);
};

const drawWrite = (choices: Choices, d: D): Command => {
  const { unit } = d.view;
  const { functions, remapping } = d.config;
  if (unit !== undefined && (functions.length === 0 || !seldom(choices, 3))) {
    return remapping.kind === "intel"
      ? drawIntelWrite(choices, d, unit)
      : drawAmdWrite(choices, d, unit);
  }
  if (functions.length > 0 && !seldom(choices, 24)) return drawFunctionWrite(choices, d);
  const width = pick(choices, [1, 2, 4] as const);
  const offset = DMA_PAGE + choices.below(32 / width) * width;
  return write("memory", 0, offset, width, choices.below(2 ** (8 * width)));
};

const drawInject = (choices: Choices, d: D): Command => {
  const { functions } = d.config;
  const known = functions[choices.below(Math.max(functions.length, 1))]?.requester ?? 0x10;
  const requester = seldom(choices, 12) ? choices.below(0x10000) : known;
  return { kind: "inject", requester, ...drawMessage(choices, d.config) };
};

/** A CPU with a bit set in these words, searched from a random start; else any. */
const someCpu = (choices: Choices, d: D, words: (apic: ApicView) => ArrayLike<number>): number => {
  const { apics } = d.view;
  const start = choices.below(apics.length);
  for (let i = 0; i < apics.length; i++) {
    const cpu = (start + i) % apics.length;
    if (highestBit(words(apics[cpu] as ApicView)) >= 0) return cpu;
  }
  return start;
};

const requested = (apic: ApicView): ArrayLike<number> => apic.irr;
const inService = (apic: ApicView): ArrayLike<number> => apic.isr;

/** Of the CPUs the first ones more often, so that theirs meet. */
const anyCpu = (choices: Choices, d: D): number => {
  const n = d.view.apics.length;
  return choices.below(seldom(choices, 3) ? n : Math.min(n, 4));
};

const HARDWARE_FAULTS: readonly CommandKind[] = ["lose", "hold", "duplicate"];

const drawKind = (choices: Choices, d: D, kind: CommandKind): Command => {
  switch (kind) {
    case "read":
      return drawRead(choices, d);
    case "write":
      return drawWrite(choices, d);
    case "readApic":
      return drawApicRead(choices, anyCpu(choices, d));
    case "writeApic":
      return drawApicWrite(choices, d, anyCpu(choices, d));
    case "event":
      return d.config.functions.length === 0
        ? drawInject(choices, d)
        : { kind, ...drawEvent(choices, d) };
    case "quiet":
      return d.config.functions.length === 0
        ? drawInject(choices, d)
        : { kind, ...drawQuiet(choices, d) };
    case "power": {
      if (d.config.functions.length === 0) return drawInject(choices, d);
      const fn = drawFunction(choices, d.config);
      return { kind, fn, on: d.view.functions[fn]?.powered !== true };
    }
    case "inject":
      return drawInject(choices, d);
    case "take":
      return { kind, cpu: someCpu(choices, d, requested) };
    case "eoi":
      return { kind, cpu: someCpu(choices, d, inService) };
    case "acknowledge":
      return { kind, cpu: someCpu(choices, d, requested) };
    case "advance":
      return { kind, cycles: seldom(choices, 8) ? 1 + choices.below(5000) : 1 + choices.below(64) };
    case "phantom":
      return { kind, cpu: anyCpu(choices, d), vector: drawVector(choices) };
    case "release": {
      const { length } = d.view.held;
      return length === 0 ? drawInject(choices, d) : { kind, nth: choices.below(length) };
    }
    default:
      return { kind };
  }
};

/** The next write that switches the remapping unit on, while it is off: little happens before. */
const unitLacks = (choices: Choices, d: D): Command | undefined => {
  const { unit } = d.view;
  if (unit === undefined || (d.weights.get("write") ?? 0) === 0 || seldom(choices, 3)) {
    return undefined;
  }
  return d.config.remapping.kind === "intel"
    ? intelSetUp(choices, d.config, unit)
    : amdSetUp(d, unit);
};

const draw = (choices: Choices, d: D): Command => {
  const lacks = unitLacks(choices, d);
  if (lacks !== undefined) return lacks;
  const kind = pickKind(choices, d.weights) as CommandKind;
  // A function without power is switched on again soon: there is little to see in it.
  if ((d.weights.get("power") ?? 0) > 0 && seldom(choices, 12)) {
    const fn = d.view.functions.findIndex((f) => !f.powered);
    if (fn >= 0) return { kind: "power", fn, on: true };
  }
  if (d.view.held.length > 0 && (d.weights.get("release") ?? 0) > 0 && seldom(choices, 8)) {
    return { kind: "release", nth: choices.below(d.view.held.length) };
  }
  return drawKind(choices, d, kind);
};

export const generator: Generator<Config, Command, View> = {
  weights: {
    read: 14,
    write: 40,
    readApic: 8,
    writeApic: 10,
    event: 24,
    quiet: 4,
    inject: 8,
    take: 18,
    eoi: 14,
    acknowledge: 2,
    advance: 4,
    power: 1,
    lose: 2,
    hold: 2,
    duplicate: 2,
    release: 4,
    phantom: 2,
  },
  subsets: {
    /** What can be done without a CPU that runs code. */
    bus: ["read", "write", "event", "quiet", "inject"],
    cpus: ["readApic", "writeApic", "inject", "take", "acknowledge", "eoi", "advance", "phantom"],
    sound: commandKinds.filter(
      (kind) => ![...HARDWARE_FAULTS, "release", "phantom"].includes(kind),
    ),
  },
  draw,
  enabled,
};
