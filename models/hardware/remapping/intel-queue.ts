/** The invalidation queue. VT-d, Queued Invalidation Interface. */

import { compile } from "../../../spec/core/bits.js";
import {
  DESCRIPTOR_IEC,
  DESCRIPTOR_WAIT,
  IQE,
  intelFast,
  LAST_DESCRIPTOR,
  QIE,
} from "../../../spec/hardware/remapping/intel.js";
import { iecInvalidate } from "../../../spec/irq/msi-message/layout.js";
import { type Memory, readWords, writeWord } from "../memory.js";
import { type Cache, dropRange } from "./cache.js";
import { queueFault, raiseEvent } from "./intel-faults.js";
import { type IntelUnit, pageOf } from "./intel-state.js";
import { type Access, noMessages } from "./result.js";

const iec = compile(iecInvalidate);
const iecGlobal = iec.reader("G");
const iecMask = iec.reader("IM");
const iecIndex = iec.reader("IIDX");
const { waitDescriptor: wait } = intelFast;
const waitStores = wait.reader("SW");
const waitInterrupts = wait.reader("IF");
const waitData = wait.reader("Data");

const DESCRIPTOR_BYTES = 16;

/** Bytes of the queue: IQA.QS pages of 256 descriptors. */
const queueBytes = (unit: IntelUnit): number => 4096 << (unit.iqa[0] & 7);

/** What an interrupt entry cache invalidation leaves: index bits below the mask do not count. */
const invalidate = (cache: Cache, descriptor: readonly number[]): Cache => {
  if (iecGlobal(descriptor) === 0) return [];
  const count = 2 ** iecMask(descriptor);
  const index = iecIndex(descriptor);
  return dropRange(cache, 0, index - (index % count), count);
};

const waitAddress = (descriptor: readonly number[]): number =>
  ((descriptor[3] as number) & 0xfffff) * 0x100000000 + (((descriptor[2] as number) & ~3) >>> 0);

const completeWait = (
  unit: IntelUnit,
  memory: Memory,
  descriptor: readonly number[],
): Access<IntelUnit> => {
  const stored =
    waitStores(descriptor) === 1
      ? writeWord(memory, waitAddress(descriptor), waitData(descriptor))
      : memory;
  if (waitInterrupts(descriptor) === 0 || unit.completed) {
    return { unit, memory: stored, own: noMessages };
  }
  const { event, own } = raiseEvent(unit.completion);
  return { unit: { ...unit, completed: true, completion: event }, memory: stored, own };
};

/** Works on the queue until it is empty, or until a descriptor that it does not know. */
export const runQueue = (start: IntelUnit, ram: Memory): Access<IntelUnit> => {
  let unit = start;
  let memory = ram;
  let own = noMessages;
  const size = queueBytes(unit);
  // A queue of n descriptors holds at most n - 1: the bound is for a tail beyond the queue.
  for (let left = size / DESCRIPTOR_BYTES; left > 0 && unit.head !== unit.tail; left--) {
    if ((unit.status & QIE) === 0 || (unit.faults & IQE) !== 0) break;
    const descriptor = readWords(memory, pageOf(unit.iqa) + unit.head, 4);
    const type = (descriptor[0] as number) & 0xf;
    if (type === 0 || type > LAST_DESCRIPTOR) {
      const failed = queueFault(unit, IQE);
      return { unit: failed.unit, memory, own: [...own, ...failed.own] };
    }
    unit = { ...unit, head: (unit.head + DESCRIPTOR_BYTES) % size };
    if (type === DESCRIPTOR_IEC) unit = { ...unit, cache: invalidate(unit.cache, descriptor) };
    if (type === DESCRIPTOR_WAIT) {
      const completed = completeWait(unit, memory, descriptor);
      unit = completed.unit;
      memory = completed.memory;
      own = [...own, ...completed.own];
    }
  }
  return { unit, memory, own };
};
