/** What software does to an Intel unit: switch it on, write entries, invalidate, clear faults. */
import type { Choices } from "../../../spec/core/choices.js";
import type { Config, UnitView, View } from "../../../spec/hardware/machine/vocabulary.js";
import {
  CFI,
  EVENT_MASKED,
  FECTL,
  FRCD,
  FSTS,
  GCMD,
  GSTS,
  ICS,
  IECTL,
  IQA,
  IQT,
  IRE,
  IRTA,
  PPF,
  QIE,
  SIRTP,
} from "../../../spec/hardware/remapping/intel.js";
import { USED_ENTRIES } from "./draw-message.js";
import { type D, drawDest, drawVector, pick, seldom, type Write, word32, write } from "./draws.js";
import { DESCRIPTORS, INTEL_QUEUE, INTEL_TABLE, QUEUE_BYTES, STATUS_PAGE } from "./places.js";

const register = (offset: number, value: number): Write => write("remapping", 0, offset, 4, value);
const ram = (address: number, value: number): Write => write("memory", 0, address, 4, value);

/** The command with one bit of the status changed; SIRTP acts once and is not kept. */
const command = (unit: UnitView, toggled: number): Write =>
  register(GCMD, (unit.register(GSTS) & (IRE | QIE | CFI)) ^ toggled);

const tableRegister = (choices: Choices, config: Config): number => {
  const eim = config.remapping.kind === "intel" && config.remapping.eim && !seldom(choices, 4);
  // 2^(size + 1) entries: seldom so few that an index is beyond.
  return INTEL_TABLE | (eim ? 0x800 : 0) | (seldom(choices, 4) ? 0 : 3);
};

/** The next step towards a running unit; undefined once it runs. */
export const intelSetUp = (choices: Choices, config: Config, unit: UnitView): Write | undefined => {
  const status = unit.register(GSTS);
  if (unit.register(IRTA) === 0) return register(IRTA, tableRegister(choices, config));
  if ((status & SIRTP) === 0) return register(GCMD, (status & (IRE | QIE | CFI)) | SIRTP);
  if (unit.register(IQA) === 0) return register(IQA, INTEL_QUEUE);
  if ((status & QIE) === 0) return command(unit, QIE);
  if ((status & IRE) === 0) return command(unit, IRE);
  return undefined;
};

const lowWord = (choices: Choices): number => {
  const present = seldom(choices, 12) ? 0 : 1;
  const silent = seldom(choices, 4) ? 2 : 0;
  const logical = seldom(choices, 8) ? 4 : 0;
  const hint = seldom(choices, 8) ? 8 : 0;
  const level = seldom(choices, 16) ? 0x10 : 0;
  const delivery = seldom(choices, 32) ? choices.below(8) << 5 : 0;
  const posted = seldom(choices, 5) ? 0x8000 : 0;
  const fields = posted !== 0 ? 0 : logical | hint | level | delivery;
  const reserved = seldom(choices, 24) ? 0x1000 : 0;
  return (present | silent | fields | posted | reserved | (drawVector(choices) << 16)) >>> 0;
};

const sourceWord = (choices: Choices, config: Config): number => {
  const fn = config.functions[choices.below(Math.max(config.functions.length, 1))];
  const requester = fn?.requester ?? 0x10;
  switch (choices.below(4)) {
    case 0:
      return 0;
    case 1:
      return (2 << 18) | (requester & 0xff00) | (requester >>> 8);
    default:
      return (
        (1 << 18) |
        (choices.below(4) << 16) |
        (requester ^ (seldom(choices, 3) ? pick(choices, [1, 2, 4]) : 0))
      );
  }
};

const entryWrite = (choices: Choices, d: D, unit: UnitView): Write => {
  // Entries that the unit holds: what it does when they change is worth knowing.
  const held = unit.cache.length > 0 && seldom(choices, 2) ? pick(choices, unit.cache) : undefined;
  const index = held?.index ?? choices.below(USED_ENTRIES);
  const at = INTEL_TABLE + 16 * index;
  // An entry that is not there yet comes first: without it the rest says nothing.
  if ((d.view.memory.word(at) & 1) === 0 && seldom(choices, 2)) {
    const posted = seldom(choices, 4) ? 0x8000 : 0;
    return ram(at, (1 | posted | (drawVector(choices) << 16)) >>> 0);
  }
  if (seldom(choices, 40)) return ram(at + 4 * choices.below(4), word32(choices));
  const posted = (d.view.memory.word(at) & 0x8000) !== 0;
  switch (choices.below(6)) {
    case 0:
    case 1: {
      if (posted) return ram(at + 4, DESCRIPTORS + 64 * choices.below(2));
      const dest = drawDest(choices, d.config);
      return ram(at + 4, unit.latched?.eim === true ? dest : (dest & 0xff) << 8);
    }
    case 2:
      return ram(at + 8, sourceWord(choices, d.config));
    case 3:
      // Neither form has anything in the last word: descriptors lie below 4 GiB.
      return seldom(choices, 4) ? ram(at + 12, 0) : ram(at + 8, sourceWord(choices, d.config));
    default:
      return ram(at, lowWord(choices));
  }
};

/** Notification vector, ON and SN, and destination of a posted-interrupt descriptor. */
const descriptorWrite = (choices: Choices, d: D): Write => {
  const at = DESCRIPTORS + 64 * choices.below(2) + 32;
  const dest = drawDest(choices, d.config);
  return seldom(choices, 2)
    ? ram(at, pick(choices, [0, 0, 0, 1, 2]) | (drawVector(choices) << 16))
    : ram(at + 4, d.view.unit?.latched?.eim === true ? dest : (dest & 0xff) << 8);
};

/** A descriptor at the tail of the queue, then the tail. */
const invalidation = (choices: Choices, view: View, unit: UnitView): Write => {
  const tail = unit.register(IQT) % QUEUE_BYTES;
  const at = INTEL_QUEUE + tail;
  if ((view.memory.word(at) & 0xf) !== 0) return register(IQT, (tail + 16) % QUEUE_BYTES);
  // A wait that stores, and now and then interrupts: its data, then the descriptor itself.
  if (view.memory.word(at + 8) !== 0) {
    return seldom(choices, 2)
      ? ram(at + 4, 1 + choices.below(0xffff))
      : ram(at, seldom(choices, 4) ? 0x35 : 0x25);
  }
  switch (choices.below(8)) {
    case 0:
      return ram(at + 4, choices.below(USED_ENTRIES));
    case 1:
      return ram(at + 8, STATUS_PAGE + 4 * choices.below(4));
    case 2:
      return ram(at, 0x25);
    case 3:
      return ram(at, 0x04);
    case 4:
      return ram(at, seldom(choices, 8) ? 0x0f : 0x14);
    default:
      // Bits below the mask do not count: 1, 2 or 4 entries.
      return ram(at, (0x14 | (choices.below(3) << 27)) >>> 0);
  }
};

/** Faults: cleared, and reported by messages of the unit's own. */
const faultWrite = (choices: Choices, d: D, unit: UnitView): Write => {
  const status = unit.register(FSTS);
  // Recorded faults are cleared one by one, so that a next one is the first again.
  if ((status & PPF) !== 0 && seldom(choices, 2)) {
    return register(FRCD + 16 * ((status >>> 8) & 3) + 12, 0x80000000);
  }
  if ((status & PPF) === 0 && status !== 0) return register(FSTS, 0x11);
  if (unit.register(FECTL + 4) < 16) {
    return register(FECTL + 4, pick(choices, [0x31, 0xfe]));
  }
  if (unit.register(FECTL) >= EVENT_MASKED && seldom(choices, 3)) return register(FECTL, 0);
  switch (choices.below(6)) {
    case 0:
      return register(FSTS, 0x11);
    case 1:
      return register(FRCD + 16 * choices.below(4) + 12, 0x80000000);
    case 2:
      return register(FECTL, seldom(choices, 3) ? EVENT_MASKED : 0);
    case 3:
      return register(FECTL + 4, drawVector(choices));
    case 4:
      return register(FECTL + 8, 0xfee00000 | ((drawDest(choices, d.config) & 0xff) << 12));
    default:
      return pick(choices, [
        register(ICS, 1),
        register(IECTL, seldom(choices, 2) ? EVENT_MASKED : 0),
        register(IECTL + 4, drawVector(choices)),
        register(IECTL + 8, 0xfee00000),
      ]);
  }
};

export const drawIntelWrite = (choices: Choices, d: D, unit: UnitView): Write => {
  const next = seldom(choices, 12) ? undefined : intelSetUp(choices, d.config, unit);
  if (next !== undefined) return next;
  // Without a vector a notification is nothing but an error.
  const bare = [0, 1].find((i) => d.view.memory.word(DESCRIPTORS + 64 * i + 32) >>> 16 === 0);
  if (bare !== undefined && seldom(choices, 8)) {
    return ram(DESCRIPTORS + 64 * bare + 32, choices.below(2) | (drawVector(choices) << 16));
  }
  switch (choices.below(20)) {
    case 0:
      return command(unit, pick(choices, [IRE, QIE, CFI, CFI]));
    case 1:
      return seldom(choices, 2)
        ? register(IRTA, tableRegister(choices, d.config))
        : register(GCMD, (unit.register(GSTS) & (IRE | QIE | CFI)) | SIRTP);
    case 2:
    case 3:
      return faultWrite(choices, d, unit);
    case 4:
    case 5:
      return descriptorWrite(choices, d);
    case 6:
    case 7:
    case 8:
    case 9:
      return invalidation(choices, d.view, unit);
    default:
      return entryWrite(choices, d, unit);
  }
};
