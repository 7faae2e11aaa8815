/** Invalidation commands as a unit's queue takes them: 16 bytes each, then the tail register. */
import { compile, type Words } from "../../../spec/core/bits.js";
import { amdFast } from "../../../spec/hardware/remapping/amd.js";
import { intelFast } from "../../../spec/hardware/remapping/intel.js";
import {
  AMD_QUEUE_TAIL,
  INTEL_QUEUE_TAIL,
  QUEUE_AT,
  QUEUE_ENTRIES,
} from "../../../spec/irq/domain/platform.js";
import type { Config } from "../../../spec/irq/domain/vocabulary.js";
import { iecInvalidate, invalidateInterruptTable } from "../../../spec/irq/msi-message/layout.js";
import type { Action } from "../../../spec/irq/msi-message/vocabulary.js";

const iec = compile(iecInvalidate);
const interruptTable = compile(invalidateInterruptTable);

/** Where completed waits leave their mark. */
const STATUS_AT = 0x18000;
/** Bytes of a command, and of the queue. */
export const COMMAND_BYTES = 16;
export const QUEUE_BYTES = QUEUE_ENTRIES * COMMAND_BYTES;

const intelWait = intelFast.waitDescriptor.encode({
  Address: STATUS_AT / 4,
  Data: 2,
  FN: 1,
  SW: 1,
});
const amdWait = amdFast.completionWait.encode({ "Store Address": STATUS_AT / 8, S: 1 });

/** The command of an invalidation or of the wait for it; undefined for other actions. */
export const commandOf = (config: Config, action: Action): Words | undefined => {
  const isIntel = config.remapping === "intel";
  if (action.kind === "wait") return isIntel ? intelWait : amdWait;
  if (action.kind !== "invalidate") return undefined;
  if (!isIntel) return interruptTable.encode({ DeviceID: action.table });
  return iec.encode({ IIDX: action.index, IM: Math.log2(action.count), G: 1 });
};

export const tailRegister = (config: Config): number =>
  config.remapping === "intel" ? INTEL_QUEUE_TAIL : AMD_QUEUE_TAIL;

export const placeInQueue = (tail: number): number => QUEUE_AT + tail;
