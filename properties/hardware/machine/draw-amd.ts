/** What software does to an AMD IOMMU: switch it on, write entries, invalidate, drain the log. */
import type { Choices } from "../../../spec/core/choices.js";
import type { UnitView } from "../../../spec/hardware/machine/vocabulary.js";
import {
  CMD_BUF_EN,
  CMD_TAIL,
  CMDBUF,
  COM_WAIT_INT_EN,
  COMPLETION_WAIT,
  CONTROL,
  DEVTAB,
  DTE_BYTES,
  DTE_INTERRUPT_OFFSET,
  EVENT_INT_EN,
  EVENT_LOG_EN,
  EVT_HEAD,
  EVT_TAIL,
  EVTLOG,
  GA_EN,
  INVALIDATE_ALL,
  INVALIDATE_DEVTAB_ENTRY,
  INVALIDATE_INTERRUPT_TABLE,
  IOMMU_EN,
  STATUS,
  XT_EN_HIGH,
} from "../../../spec/hardware/remapping/amd.js";
import { USED_ENTRIES } from "./draw-message.js";
import {
  type D,
  drawDest,
  drawFunction,
  drawVector,
  pick,
  seldom,
  type Write,
  word32,
  write,
} from "./draws.js";
import {
  AMD_COMMANDS,
  AMD_EVENTS,
  AMD_TABLE_BYTES,
  AMD_TABLES,
  DEVICE_PAGES,
  DEVICE_TABLE,
  QUEUE_BYTES,
  STATUS_PAGE,
  VAPIC_PAGE,
} from "./places.js";

const register = (offset: number, value: number): Write => write("remapping", 0, offset, 4, value);
const ram = (address: number, value: number): Write => write("memory", 0, address, 4, value);

/** 256 entries of 16 bytes: 8 at bits [59:56] of a base register. */
const LENGTH = 8 << 24;

const controlBits = (d: D): number => {
  const { remapping } = d.config;
  const ga = remapping.kind === "amd" && remapping.ga;
  return IOMMU_EN | EVENT_LOG_EN | CMD_BUF_EN | EVENT_INT_EN | COM_WAIT_INT_EN | (ga ? GA_EN : 0);
};

export const amdSetUp = (d: D, unit: UnitView): Write | undefined => {
  const { remapping } = d.config;
  const xt = remapping.kind === "amd" && remapping.xt;
  if (unit.register(DEVTAB) === 0) return register(DEVTAB, DEVICE_TABLE | (DEVICE_PAGES - 1));
  if (unit.register(CMDBUF + 4) === 0) return register(CMDBUF + 4, LENGTH);
  if (unit.register(CMDBUF) === 0) return register(CMDBUF, AMD_COMMANDS);
  if (unit.register(EVTLOG + 4) === 0) return register(EVTLOG + 4, LENGTH);
  if (unit.register(EVTLOG) === 0) return register(EVTLOG, AMD_EVENTS);
  if (xt && unit.register(CONTROL + 4) === 0) return register(CONTROL + 4, XT_EN_HIGH);
  if ((unit.register(CONTROL) & IOMMU_EN) === 0) return register(CONTROL, controlBits(d));
  return undefined;
};

const requesterOf = (d: D, fn: number): number => d.config.functions[fn]?.requester ?? 0x10;

/** The interrupt word of a device table entry: IV, IntTabLen, IG, root; IntCtl in the high half. */
const deviceAt = (d: D, fn: number): number =>
  DEVICE_TABLE + DTE_BYTES * requesterOf(d, fn) + DTE_INTERRUPT_OFFSET;

/** What a function lacks to be remapped at all: its device table entry. */
const deviceLacks = (d: D, fn: number): Write | undefined => {
  const at = deviceAt(d, fn);
  if (d.view.memory.word(at) === 0) return ram(at, 7 | (AMD_TABLES + AMD_TABLE_BYTES * fn));
  return d.view.memory.word(at + 4) === 0 ? ram(at + 4, 2 << 28) : undefined;
};

const deviceWrite = (choices: Choices, d: D, fn: number): Write => {
  const at = deviceAt(d, fn);
  if (seldom(choices, 3)) {
    return ram(at + 4, (seldom(choices, 6) ? choices.below(4) : 2) << 28);
  }
  const valid = seldom(choices, 10) ? 0 : 1;
  const length = seldom(choices, 6) ? choices.below(16) : 3;
  const quiet = seldom(choices, 10) ? 0x20 : 0;
  return ram(at, valid | (length << 1) | quiet | (AMD_TABLES + AMD_TABLE_BYTES * fn));
};

const flags = (choices: Choices): number => {
  const enabled = seldom(choices, 12) ? 0 : 1;
  const silent = seldom(choices, 12) ? 2 : 0;
  const type = seldom(choices, 24) ? choices.below(8) << 2 : 0;
  const logical = seldom(choices, 8) ? 0x40 : 0;
  return enabled | silent | type | logical;
};

const entryWrite = (choices: Choices, d: D, unit: UnitView, fn: number): Write => {
  const long = (unit.register(CONTROL) & GA_EN) !== 0;
  const index = choices.below(USED_ENTRIES);
  const at = AMD_TABLES + AMD_TABLE_BYTES * fn + (long ? 16 : 4) * index;
  const dest = drawDest(choices, d.config);
  if ((d.view.memory.word(at) & 1) === 0 && seldom(choices, 2)) {
    const vector = long ? 0 : drawVector(choices) << 16;
    const remapped = long && seldom(choices, 5) ? 0x81 : 1;
    return ram(at, remapped | ((long ? dest : dest & 0xff) << 8) | vector);
  }
  // Bits [31:24] of the same destination as bits [23:0].
  const same = long && d.view.memory.word(at) >>> 8 === (dest & 0xffffff);
  if (same && d.view.memory.word(at + 12) >>> 24 !== dest >>> 24 && seldom(choices, 2)) {
    return ram(at + 12, dest & 0xff000000);
  }
  if (long && (d.view.memory.word(at + 8) & 0xff) < 16 && seldom(choices, 2)) {
    return ram(at + 8, drawVector(choices));
  }
  if (!long) {
    if (seldom(choices, 40)) return ram(at, word32(choices));
    return ram(at, flags(choices) | ((dest & 0xff) << 8) | (drawVector(choices) << 16));
  }
  if (seldom(choices, 40)) return ram(at + 4 * choices.below(4), word32(choices));
  const guest = (d.view.memory.word(at) & 0x80) !== 0;
  switch (choices.below(5)) {
    case 0:
      return ram(at + 12, dest & 0xff000000);
    case 1:
      return ram(at + 8, drawVector(choices) | (guest ? VAPIC_PAGE : 0));
    case 2:
      return ram(at + 4, 0);
    default:
      return ram(at, (seldom(choices, 6) ? 0x81 : flags(choices)) | (dest << 8));
  }
};

/** A command at the tail of the buffer, then the tail. */
const invalidation = (choices: Choices, d: D, unit: UnitView, fn: number): Write => {
  const tail = unit.register(CMD_TAIL) % QUEUE_BYTES;
  const at = AMD_COMMANDS + tail;
  if (d.view.memory.word(at + 4) >>> 28 !== 0) {
    return register(CMD_TAIL, (tail + 16) % QUEUE_BYTES);
  }
  // A wait that stores and interrupts: its address, then data and opcode.
  if (d.view.memory.word(at) === (STATUS_PAGE | 3)) {
    return seldom(choices, 2)
      ? ram(at + 8 + 4 * choices.below(2), choices.below(0x10000))
      : ram(at + 4, COMPLETION_WAIT << 28);
  }
  if (seldom(choices, 8)) return ram(at, STATUS_PAGE | 3);
  const opcode = pick(choices, [
    INVALIDATE_INTERRUPT_TABLE,
    INVALIDATE_INTERRUPT_TABLE,
    INVALIDATE_INTERRUPT_TABLE,
    INVALIDATE_DEVTAB_ENTRY,
    INVALIDATE_DEVTAB_ENTRY,
    COMPLETION_WAIT,
    seldom(choices, 6) ? 0xf : INVALIDATE_ALL,
  ]);
  switch (choices.below(4)) {
    case 0:
    case 1:
      return ram(at, requesterOf(d, fn));
    case 2:
      return ram(at + 8, 0);
    default:
      return ram(at + 4, (opcode << 28) >>> 0);
  }
};

const eventLog = (choices: Choices, unit: UnitView): Write => {
  if (seldom(choices, 2)) return register(STATUS, 7);
  const tail = unit.register(EVT_TAIL);
  // Drained; full, so that the next event overflows; or anywhere.
  const head = pick(choices, [tail, tail, (tail + 16) % QUEUE_BYTES, choices.below(256) << 4]);
  return register(EVT_HEAD, head);
};

export const drawAmdWrite = (choices: Choices, d: D, unit: UnitView): Write => {
  const next = seldom(choices, 12) ? undefined : amdSetUp(d, unit);
  if (next !== undefined) return next;
  const fn = drawFunction(choices, d.config);
  const device = seldom(choices, 2) ? deviceLacks(d, fn) : undefined;
  if (device !== undefined) return device;
  switch (choices.below(20)) {
    case 0:
      return seldom(choices, 2)
        ? register(CONTROL, controlBits(d) & ~pick(choices, [IOMMU_EN, EVENT_LOG_EN, CMD_BUF_EN]))
        : register(CONTROL, controlBits(d));
    case 1:
      return eventLog(choices, unit);
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
      return invalidation(choices, d, unit, fn);
    case 7:
    case 8:
    case 9:
    case 10:
      return deviceWrite(choices, d, fn);
    default:
      return entryWrite(choices, d, unit, fn);
  }
};
