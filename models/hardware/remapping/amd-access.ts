/** Registers and command buffer of an AMD IOMMU. AMD-Vi, Registers, Command Buffer. */
import {
  amdFast,
  CMD_BUF_EN,
  CMD_BUF_RUN,
  CMD_HEAD,
  CMD_TAIL,
  CMDBUF,
  COM_WAIT_INT,
  COM_WAIT_INT_EN,
  COMPLETION_WAIT,
  CONTROL,
  DEVTAB,
  EFR,
  EFR_GA,
  EFR_XT,
  EVENT_LOG_EN,
  EVENT_LOG_INT,
  EVENT_LOG_RUN,
  EVENT_OVERFLOW,
  EVT_HEAD,
  EVT_TAIL,
  EVTLOG,
  ILLEGAL_COMMAND,
  INVALIDATE_ALL,
  INVALIDATE_DEVTAB_ENTRY,
  INVALIDATE_INTERRUPT_TABLE,
  IOMMU_EN,
  STATUS,
} from "../../../spec/hardware/remapping/amd.js";
import { type Memory, readWords, writeWords } from "../memory.js";
import { logEvent } from "./amd-events.js";
import { type AmdUnit, baseOf, bufferBytes } from "./amd-state.js";
import { dropTable } from "./cache.js";
import type { Pair } from "./intel-state.js";
import { type Access, noMessages } from "./result.js";

const { completionWait } = amdFast;
const waitStores = completionWait.reader("S");
const waitInterrupts = completionWait.reader("I");

const COMMAND_BYTES = 16;
/** Head and tail registers: bits [18:4]. */
const POINTER = 0x7fff0;

const features = (unit: AmdUnit): number =>
  (unit.shape.xt ? EFR_XT : 0) | (unit.shape.ga ? EFR_GA : 0);

const pairs: readonly (readonly [offset: number, get: (unit: AmdUnit) => Pair])[] = [
  [DEVTAB, (u) => u.deviceTable],
  [CMDBUF, (u) => u.commandBuffer],
  [EVTLOG, (u) => u.eventLog],
  [CONTROL, (u) => u.control],
];

export const readAmd = (unit: AmdUnit, offset: number): number => {
  const pair = pairs.find(([at]) => at === (offset & ~4));
  if (pair !== undefined) return pair[1](unit)[(offset >> 2) & 1] as number;
  switch (offset) {
    case EFR:
      return features(unit);
    case CMD_HEAD:
      return unit.commandHead;
    case CMD_TAIL:
      return unit.commandTail;
    case EVT_HEAD:
      return unit.eventHead;
    case EVT_TAIL:
      return unit.eventTail;
    case STATUS:
      return unit.status;
    default:
      return 0;
  }
};

const deviceOf = (command: readonly number[]): number => (command[0] as number) & 0xffff;

const invalidated = (unit: AmdUnit, opcode: number, command: readonly number[]): AmdUnit => {
  switch (opcode) {
    case INVALIDATE_DEVTAB_ENTRY: {
      const device = deviceOf(command);
      return { ...unit, devices: unit.devices.filter((d) => d.index !== device) };
    }
    case INVALIDATE_INTERRUPT_TABLE:
      return { ...unit, cache: dropTable(unit.cache, deviceOf(command)) };
    case INVALIDATE_ALL:
      return { ...unit, cache: [], devices: [] };
    default:
      return unit;
  }
};

const completeWait = (
  unit: AmdUnit,
  memory: Memory,
  command: readonly number[],
): { readonly unit: AmdUnit; readonly memory: Memory } => {
  const at =
    ((command[1] as number) & 0xfffff) * 0x100000000 + (((command[0] as number) & ~7) >>> 0);
  const stored = waitStores(command) === 1 ? writeWords(memory, at, command.slice(2, 4)) : memory;
  const told = waitInterrupts(command) === 1 && (unit.control[0] & COM_WAIT_INT_EN) !== 0;
  return {
    unit: told ? { ...unit, status: unit.status | COM_WAIT_INT } : unit,
    memory: stored,
  };
};

/** Works on the command buffer until it is empty, or until a command that it does not know. */
const runCommands = (start: AmdUnit, ram: Memory): Access<AmdUnit> => {
  let unit = start;
  let memory = ram;
  const size = bufferBytes(unit.commandBuffer);
  for (let left = size / COMMAND_BYTES; left > 0 && unit.commandHead !== unit.commandTail; left--) {
    if ((unit.status & CMD_BUF_RUN) === 0) break;
    const at = baseOf(unit.commandBuffer) + unit.commandHead;
    const command = readWords(memory, at, 4);
    const opcode = (command[1] as number) >>> 28;
    if (opcode === 0 || opcode > INVALIDATE_ALL) {
      const stopped = { ...unit, status: unit.status & ~CMD_BUF_RUN };
      const address = [at >>> 0, Math.floor(at / 0x100000000)] as const;
      const logged = logEvent(stopped, memory, { code: ILLEGAL_COMMAND, requester: 0, address });
      return { ...logged, own: noMessages };
    }
    unit = { ...unit, commandHead: (unit.commandHead + COMMAND_BYTES) % size };
    if (opcode === COMPLETION_WAIT) ({ unit, memory } = completeWait(unit, memory, command));
    else unit = invalidated(unit, opcode, command);
  }
  return { unit, memory, own: noMessages };
};

/** A part runs while the unit and the part itself are enabled. */
const running = (unit: AmdUnit, control: Pair): number => {
  const on = (control[0] & IOMMU_EN) !== 0;
  const rises = (bit: number): boolean =>
    on &&
    (control[0] & bit) !== 0 &&
    ((unit.control[0] & bit) === 0 || (unit.control[0] & 1) === 0);
  const stays = (bit: number): boolean => on && (control[0] & bit) !== 0;
  let { status } = unit;
  if (rises(CMD_BUF_EN)) status |= CMD_BUF_RUN;
  if (!stays(CMD_BUF_EN)) status &= ~CMD_BUF_RUN;
  if (rises(EVENT_LOG_EN)) status |= EVENT_LOG_RUN;
  if (!stays(EVENT_LOG_EN)) status &= ~EVENT_LOG_RUN;
  return status;
};

/** Status bits that software clears by writing 1. */
const CLEARABLE = EVENT_OVERFLOW | EVENT_LOG_INT | COM_WAIT_INT;

const half = (pair: Pair, offset: number, value: number): Pair =>
  (offset & 4) === 0 ? [value, pair[1]] : [pair[0], value];

export const writeAmd = (
  unit: AmdUnit,
  memory: Memory,
  offset: number,
  value: number,
): Access<AmdUnit> => {
  const keep = (next: AmdUnit): Access<AmdUnit> => ({ unit: next, memory, own: noMessages });
  switch (offset) {
    case DEVTAB:
    case DEVTAB + 4:
      return keep({ ...unit, deviceTable: half(unit.deviceTable, offset, value) });
    case CMDBUF:
    case CMDBUF + 4: {
      const commandBuffer = half(unit.commandBuffer, offset, value);
      // Writing the base register returns both pointers to the start.
      return keep({ ...unit, commandBuffer, commandHead: 0, commandTail: 0 });
    }
    case EVTLOG:
    case EVTLOG + 4:
      return keep({
        ...unit,
        eventLog: half(unit.eventLog, offset, value),
        eventHead: 0,
        eventTail: 0,
      });
    case CONTROL:
    case CONTROL + 4: {
      const control = half(unit.control, offset, value);
      return runCommands({ ...unit, control, status: running(unit, control) }, memory);
    }
    case CMD_HEAD:
      return keep({ ...unit, commandHead: value & POINTER });
    case CMD_TAIL:
      return runCommands({ ...unit, commandTail: value & POINTER }, memory);
    case EVT_HEAD:
      return keep({ ...unit, eventHead: value & POINTER });
    case EVT_TAIL:
      return keep({ ...unit, eventTail: value & POINTER });
    case STATUS:
      return keep({ ...unit, status: unit.status & ~(value & CLEARABLE) });
    default:
      return keep(unit);
  }
};
