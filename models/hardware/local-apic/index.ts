/** The local APIC: registers, delivery, priorities, timer. */
export { type ApicReaction, readRegister, writeRegister } from "./access.js";
export {
  type ApicQuirks,
  accept,
  acceptFixed,
  acceptOne,
  matches,
  noteError,
  receivers,
  type Target,
} from "./deliver.js";
export { acknowledge, eoi, eoiBroadcast, nextVector, ppr, take } from "./priority.js";
export {
  type ApicMode,
  enabledApic,
  hasBit,
  highest,
  isEnabled,
  type LocalApic,
  newApic,
  type Timer,
  vectorsOf,
  withBit,
} from "./state.js";
export {
  type Advanced,
  advance,
  busClocksToExpiry,
  currentCount,
  type TimerMode,
  timerMode,
  writeDeadline,
} from "./timer.js";
