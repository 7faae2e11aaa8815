import type { Choices } from "../../../spec/core/choices.js";
import { seenAs } from "../../../spec/irq/msi-message/hardware.js";
import { placeOf } from "../../../spec/irq/msi-message/judging.js";
import {
  type Block,
  type Command,
  type CommandKind,
  type Config,
  commandKinds,
  IOAPIC_INDICES,
  type Irq,
  type View,
} from "../../../spec/irq/msi-message/vocabulary.js";
import { pickKind } from "../../engine/random.js";
import type { Drawing, Generator } from "../../subsystem.js";
import { applicable, enabled, kindsByMode } from "./enabled.js";
import {
  drawAddress,
  drawAliases,
  drawDest,
  drawDte,
  drawIrte,
  drawIrteWord,
  drawVector,
  LOW64,
  pick,
  word32,
} from "./values.js";

type D = Drawing<Config, View>;

/** Some block of a table, and an interrupt of it, searched from a random start. */
const someIrq = (
  choices: Choices,
  view: View,
  test: (irq: Irq, block: Block, nth: number) => boolean,
): { device: number; irq: number } | undefined => {
  if (view.tables.length === 0) return undefined;
  const firstTable = choices.below(view.tables.length);
  for (let n = 0; n < view.tables.length; n++) {
    const blocks = view.tables[(firstTable + n) % view.tables.length]?.blocks ?? [];
    if (blocks.length === 0) continue;
    const start = choices.below(blocks.length);
    // A bounded look: in a table of hundreds of blocks a miss costs more than it is worth.
    const looks = Math.min(blocks.length, 16);
    for (let b = 0; b < looks; b++) {
      const block = blocks[(start + b) % blocks.length] as Block;
      const first = choices.below(block.irqs.length);
      for (let i = 0; i < block.irqs.length; i++) {
        const nth = (first + i) % block.irqs.length;
        if (test(block.irqs[nth] as Irq, block, nth)) {
          return { device: block.device, irq: block.irq + nth };
        }
      }
    }
  }
  return undefined;
};

const drawAllocation = (choices: Choices, { config }: D): Command => {
  const device = choices.below(config.devices.length);
  const small = config.tableEntries <= 16;
  const source = choices.below(3) === 0 ? "msix" : "msi";
  const counts = small ? [1, 2, 3, 4] : [1, 1, 2, 3, 4, 5, 8, 16, 17, 32];
  // One in sixteen MSI-X requests asks for a block, which is refused.
  const count = source === "msix" && choices.below(16) > 0 ? 1 : pick(choices, counts);
  const pins = config.devices[device]?.ioApic === true;
  const irq = choices.below(pins ? IOAPIC_INDICES + 2 : small ? 12 : 2016);
  return { kind: "allocateIrtes", device, irq, count, source };
};

const drawInject = (choices: Choices, { config, view }: D): Command => {
  const shape = choices.below(8);
  const live = someIrq(choices, view, (irq) => irq.message !== undefined);
  const device = live?.device ?? choices.below(config.devices.length);
  const own = seenAs(config, device);
  const requester = shape === 0 ? own ^ 0x100 : shape === 1 ? choices.below(0x10000) : own;
  const message =
    live === undefined ? undefined : placeOf(config, view, live.device, live.irq)?.irq.message;
  if (message !== undefined && shape < 6) return { kind: "inject", requester, ...message };
  if (shape === 6) {
    const addressLo = 0xfee00000 + choices.below(256) * 0x1000;
    return { kind: "inject", requester, addressLo, addressHi: 0, data: drawVector(choices) };
  }
  const index = choices.below(Math.min(config.tableEntries + 2, 0x8000));
  if (config.remapping === "amd") {
    return { kind: "inject", requester, addressLo: 0xfee00000, addressHi: 0, data: index };
  }
  const addressLo = 0xfee00018 + index * 32;
  return { kind: "inject", requester, addressLo, addressHi: 0, data: choices.below(2) };
};

/** What is drawn where the wanted kind has nothing to act on. */
const otherwise = (choices: Choices, d: D): Command =>
  d.config.remapping !== "none" && d.view.enabled[0] === true && weight(d, "allocateIrtes") > 0
    ? drawAllocation(choices, d)
    : { kind: "decode", ...drawAddress(choices, d.config), data: drawVector(choices) };

const weight = (d: D, kind: CommandKind): number => d.weights.get(kind) ?? 0;

/** Commands on a live interrupt or block. */
const drawLive = (choices: Choices, d: D, kind: CommandKind): Command | undefined => {
  const { config, view } = d;
  const cpu = choices.below(config.apicIds.length);
  const active = (irq: Irq): boolean => irq.active;
  switch (kind) {
    case "activate": {
      const at = someIrq(choices, view, (irq) => !irq.posted);
      return at && { kind, ...at, cpu, vector: drawVector(choices) };
    }
    case "setAffinity": {
      const at = someIrq(choices, view, active);
      return at && { kind, ...at, cpu, vector: drawVector(choices) };
    }
    case "deactivate": {
      const at = someIrq(choices, view, (irq) => irq.active && !irq.posted);
      return at && { kind, ...at };
    }
    case "free": {
      const at = someIrq(choices, view, (_i, b, nth) => nth === 0 && !b.irqs.some(active));
      return at && { kind, ...at };
    }
    case "post": {
      const at = someIrq(choices, view, (irq) => irq.active && !irq.posted);
      const page = (BigInt(word32(choices) & 0xfffff) << 32n) | BigInt(word32(choices));
      const aligned = choices.below(12) === 0 ? page : (page >> 12n) << 12n;
      const fine =
        config.remapping === "intel" ? aligned | BigInt(choices.below(64) << 6) : aligned;
      return at && { kind, ...at, descriptor: fine, vector: drawVector(choices) };
    }
    case "unpost": {
      const at = someIrq(choices, view, (irq) => irq.posted);
      return at && { kind, ...at };
    }
    default:
      return undefined;
  }
};

const drawPlain = (choices: Choices, d: D, kind: CommandKind): Command => {
  const { config, view } = d;
  const vector = drawVector(choices);
  switch (kind) {
    case "compose":
      return {
        kind,
        cpu: choices.below(config.apicIds.length),
        vector,
        started: choices.below(3) > 0,
      };
    case "composeDest":
    case "composeIommu":
      return { kind, dest: drawDest(choices), vector, logical: choices.below(2) === 0 };
    case "decode":
      return { kind, ...drawAddress(choices, config), data: vector };
    case "validate":
      return { kind, ...drawAddress(choices, config), iommu: choices.below(4) === 0 };
    case "allocateVectors": {
      const device = choices.below(config.devices.length);
      const cpu = choices.below(config.apicIds.length);
      return { kind, device, cpu, count: 1 + choices.below(32) };
    }
    case "releaseVectors":
      return { kind, device: choices.below(config.devices.length) };
    case "remappable": {
      const index = choices.below(Math.min(config.tableEntries, 0x10000));
      return { kind, index, subhandle: config.remapping === "intel" ? choices.below(32) : 0 };
    }
    case "encodeIrte":
      return drawIrte(choices);
    case "decodeIrte": {
      const word = drawIrteWord(choices, config);
      return { kind, lo: word & LOW64, hi: word >> 64n };
    }
    case "sourceId": {
      const requester = choices.below(0x10000);
      return { kind, requester, aliases: drawAliases(choices, requester) };
    }
    case "encodeDte":
      return drawDte(choices);
    case "enableRemapping":
      return { kind, table: BigInt(choices.below(0x10000)) << 12n };
    case "allocateIrtes":
      return drawAllocation(choices, d);
    case "inject":
      return drawInject(choices, d);
    default:
      return view.tables.every((t) => t.blocks.length === 0) && weight(d, "enableRemapping") > 0
        ? { kind: "disableRemapping" }
        : otherwise(choices, d);
  }
};

const live: readonly CommandKind[] = [
  "activate",
  "setAffinity",
  "deactivate",
  "free",
  "post",
  "unpost",
];

/** The kind to draw: by weight, or where that means nothing here, any other that does. */
const kindFor = (choices: Choices, d: D): CommandKind => {
  const kind = pickKind(choices, d.weights) as CommandKind;
  if (d.view.enabled[0] === false && weight(d, "enableRemapping") > 0 && choices.below(2) === 0) {
    return applicable(d.config, "enableRemapping") ? "enableRemapping" : kind;
  }
  if (applicable(d.config, kind)) return kind;
  const others = kindsByMode[d.config.remapping].filter((k) => weight(d, k) > 0);
  return others.length > 0 ? pick(choices, others) : "decode";
};

const draw = (choices: Choices, d: D): Command => {
  const kind = kindFor(choices, d);
  const command = live.includes(kind) ? drawLive(choices, d, kind) : drawPlain(choices, d, kind);
  return command !== undefined && enabled(d.config, d.level, d.view, command)
    ? command
    : otherwise(choices, d);
};

export const generator: Generator<Config, Command, View> = {
  weights: {
    compose: 10,
    composeDest: 14,
    composeIommu: 4,
    decode: 3,
    validate: 8,
    allocateVectors: 10,
    releaseVectors: 2,
    remappable: 6,
    encodeIrte: 6,
    decodeIrte: 2,
    sourceId: 4,
    encodeDte: 2,
    enableRemapping: 2,
    disableRemapping: 1,
    allocateIrtes: 16,
    activate: 14,
    setAffinity: 14,
    deactivate: 8,
    free: 8,
    post: 3,
    unpost: 3,
    inject: 10,
  },
  subsets: {
    /** What pure functions answer. */
    encodings: commandKinds.filter((kind) =>
      ["compose", "composeDest", "composeIommu", "decode", "validate", "remappable"]
        .concat(["encodeIrte", "decodeIrte", "sourceId", "encodeDte"])
        .includes(kind),
    ),
    tables: ["allocateIrtes", "activate", "setAffinity", "deactivate", "free"],
    posting: ["allocateIrtes", "activate", "setAffinity", "post", "unpost", "inject"],
    software: commandKinds.filter((kind) => kind !== "inject"),
    hardware: ["allocateIrtes", "activate", "setAffinity", "deactivate", "inject"],
  },
  draw,
  enabled,
};
