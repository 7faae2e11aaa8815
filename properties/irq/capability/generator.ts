import type { Choices } from "../../../spec/core/choices.js";
import { readingOf } from "../../../spec/irq/capability/reading.js";
import type {
  Command,
  CommandKind,
  Config,
  Vector,
  View,
} from "../../../spec/irq/capability/vocabulary.js";
import { pickKind } from "../../engine/random.js";
import type { Drawing, Generator } from "../../subsystem.js";
import { enabled, MSI_DATA_STEP } from "./enabled.js";
import { FAMILY_SIZE, type Family, memberOf, pick } from "./zoo.js";

type D = Drawing<Config, View>;

const PLENTY = 2049;

/** The larger a table, the rarer: a setup writes every entry. */
const drawFamily = (choices: Choices): Family => {
  const shape = choices.below(256);
  if (shape === 0) return "huge";
  if (shape < 12) return "large";
  return shape < 96 ? "malformed" : "regular";
};

const drawPlug = (choices: Choices): Command => {
  const family = drawFamily(choices);
  return memberOf(family, choices.below(FAMILY_SIZE[family]));
};

const regularPlug = (choices: Choices): Command =>
  memberOf("regular", choices.below(FAMILY_SIZE.regular));

const drawWalk = (choices: Choices, { view }: D): Command => {
  const headers = view.plug === undefined ? [] : readingOf(view.plug).chain.headers;
  const shape = choices.below(8);
  if (headers.length > 0 && shape < 2) return { kind: "walk", id: pick(choices, headers).id };
  // The last of a long list is where bounds show.
  if (headers.length > 0 && (shape === 3 || (headers.length > 40 && shape < 6))) {
    return { kind: "walk", id: headers[headers.length - 1]?.id ?? 0 };
  }
  if (shape === 4) return { kind: "walk", id: choices.below(256) };
  return { kind: "walk", id: pick(choices, [0x05, 0x11, 0x11, 0x05, 0x01, 0x10]) };
};

/** Lengths at which a structure just fits or just does not. */
const drawLength = (choices: Choices, at: number): number => {
  const shape = choices.below(6);
  if (shape === 0) return choices.below(64);
  if (shape === 1) return Math.min(at + choices.below(26), 4096);
  return shape === 2 ? 4096 : 256;
};

const drawParse = (choices: Choices): Command => {
  const capability = choices.below(2) === 0 ? "msi" : "msix";
  const edge = choices.below(3) === 0;
  const at = edge
    ? pick(choices, [0xe8, 0xec, 0xf0, 0xf2, 0xf4, 0xf6, 0xf8, 0xfc, 0xfe, 0xff, 0x100, 0x400])
    : 0x40 + 4 * choices.below(40);
  const bytes = Array.from({ length: 24 }, () => choices.below(256));
  bytes[0] = capability === "msi" ? 0x05 : 0x11;
  if (capability === "msix" && choices.below(2) === 0) {
    const last = pick(choices, [0, 1, 0xff, 0x100, 0x3ff, 0x400, 0x7fe, 0x7ff]);
    bytes[2] = last & 0xff;
    bytes[3] = (choices.below(4) << 6) | (choices.below(8) << 3) | (last >> 8);
  }
  return { kind: "parse", capability, length: drawLength(choices, at), at, bytes };
};

const ENTRIES = [0, 1, 31, 32, 62, 63, 64, 65, 127, 128, 1023, 2046, 2047] as const;

/** High address words: none, within 40 bits, and beyond. */
const drawHigh = (choices: Choices): number =>
  choices.below(6) === 0 ? pick(choices, [1, 0x80, 0xff, 0x100, 0xffffffff]) : 0;

const drawMessage = (choices: Choices) => ({
  addressLo: 0xfee00000 + 0x1000 * choices.below(256),
  addressHi: drawHigh(choices),
  data: MSI_DATA_STEP * choices.below(0x10000 / MSI_DATA_STEP),
});

const drawCounts = (choices: Choices, most: number): { min: number; max: number } => {
  const max = choices.below(4) === 0 ? most + choices.below(2) : 1 + choices.below(most);
  const shape = choices.below(12);
  if (shape === 0) return { min: choices.below(2) * (max + 1), max };
  return { min: shape < 8 ? 1 : 1 + choices.below(max), max };
};

const drawTerms = (choices: Choices, max: number) => ({
  available: choices.below(8) === 0 ? choices.below(max + 1) : PLENTY,
  domain: choices.below(24) > 0,
});

const drawMsi = (choices: Choices): Command => {
  const counts = drawCounts(choices, pick(choices, [1, 2, 4, 4, 8, 32]));
  return { kind: "enableMsi", ...counts, ...drawMessage(choices), ...drawTerms(choices, 8) };
};

const drawEntries = (choices: Choices, max: number, size: number): readonly number[] => {
  if (max > 64 || choices.below(2) === 0) return [];
  const start = choices.below(size);
  const step = pick(choices, [1, 1, 3, 5]);
  const list = Array.from({ length: max }, (_x, i) => (start + step * i) % Math.max(size, max));
  if (max > 1 && choices.below(6) === 0) list[max - 1] = list[0] as number;
  if (choices.below(12) === 0) list[choices.below(max)] = Math.min(size + choices.below(2), 2047);
  return list;
};

const drawMsix = (choices: Choices, { view }: D): Command => {
  const size = view.plug === undefined ? 4 : (readingOf(view.plug).msix?.entries ?? 4);
  const counts = drawCounts(choices, Math.min(size, choices.below(6) === 0 ? 256 : 8));
  const entries = drawEntries(choices, counts.max, size);
  const terms = drawTerms(choices, 8);
  return { kind: "enableMsix", ...counts, ...drawMessage(choices), ...terms, entries };
};

const someVector = (choices: Choices, { view }: D): Vector | undefined => {
  const { vectors } = view.kernel;
  return vectors.length === 0 ? undefined : pick(choices, vectors);
};

/** On a function in use: one of its interrupts. */
const drawOn = (choices: Choices, d: D, kind: CommandKind): Command | undefined => {
  const v = someVector(choices, d);
  if (v === undefined) return undefined;
  const { index } = v;
  switch (kind) {
    case "mask":
    case "unmask":
    case "event":
      return { kind, index };
    case "overlap": {
      const second = someVector(choices, d) ?? v;
      if (second.index === index) return { kind: "mask", index };
      const firstMask = choices.below(2) === 0;
      const secondMask = choices.below(2) === 0;
      return { kind, first: index, firstMask, second: second.index, secondMask };
    }
    case "writeMessage": {
      const at = d.view.kernel.mode === "msi" ? 0 : index;
      return { kind, index: at, ...drawMessage(choices), addressHi: 0 };
    }
    default:
      return undefined;
  }
};

/** What sets the function in hand up, if it can be, or a function that can. */
const drawSetup = (choices: Choices, d: D): Command => {
  const { plug, gone, hardware } = d.view;
  if (plug === undefined || gone) return regularPlug(choices);
  if (!hardware.powered) return { kind: "resume" };
  const { msi, msix, sound } = readingOf(plug);
  if (!sound && choices.below(4) > 0) return drawWalk(choices, d);
  if (!sound || (msi === undefined && msix === undefined)) return regularPlug(choices);
  const both = msi !== undefined && msix !== undefined;
  const first = both ? choices.below(2) === 0 : msi !== undefined;
  return first ? drawMsi(choices) : drawMsix(choices, d);
};

const drawSimple = (choices: Choices, d: D, kind: CommandKind): Command => {
  switch (kind) {
    case "plug":
      return drawPlug(choices);
    case "walk": {
      // A sound list soon has nothing new to say.
      const sound = d.view.plug !== undefined && readingOf(d.view.plug).sound;
      return sound && choices.below(4) === 0
        ? memberOf("malformed", choices.below(FAMILY_SIZE.malformed))
        : drawWalk(choices, d);
    }
    case "enableMsi":
      return drawMsi(choices);
    case "enableMsix":
      return drawMsix(choices, d);
    case "suspend":
    case "resume":
      return d.view.hardware.powered ? { kind: "suspend" } : { kind: "resume" };
    case "vanish":
    case "disable":
      return { kind };
    default:
      return drawOn(choices, d, kind) ?? drawSetup(choices, d);
  }
};

const draw = (choices: Choices, d: D): Command => {
  const kind = pickKind(choices, d.weights) as CommandKind;
  if (kind === "parse") return drawParse(choices);
  if (kind === "pendingBit") {
    const entry = choices.below(2) === 0 ? pick(choices, ENTRIES) : choices.below(2048);
    return { kind, entry };
  }
  const { plug } = d.view;
  if (plug === undefined) return drawPlug(choices);
  // Functions without a list are few, and a walk is all there is to do with them.
  const bare = !readingOf(plug).chain.present && (d.weights.get("walk") ?? 0) > 0;
  if (bare && choices.below(3) === 0) return drawWalk(choices, d);
  const command = drawSimple(choices, d, kind);
  // A list that cannot be set up, or a function without power: on to what can follow.
  return enabled(d.config, d.level, d.view, command) ? command : drawSetup(choices, d);
};

export const generator: Generator<Config, Command, View> = {
  weights: {
    plug: 10,
    walk: 12,
    parse: 6,
    pendingBit: 2,
    enableMsi: 10,
    enableMsix: 10,
    disable: 6,
    mask: 8,
    unmask: 14,
    overlap: 5,
    writeMessage: 8,
    suspend: 4,
    resume: 4,
    vanish: 1,
    event: 14,
  },
  subsets: {
    lists: ["plug", "walk", "parse", "pendingBit"],
    setup: ["plug", "enableMsi", "enableMsix", "disable"],
    masks: ["plug", "enableMsi", "enableMsix", "mask", "unmask", "overlap", "event"],
    power: ["plug", "enableMsi", "enableMsix", "writeMessage", "suspend", "resume", "vanish"],
  },
  draw,
  enabled,
};
