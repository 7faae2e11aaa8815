/** A kernel: its programs and what it looks at where they branch. */
import { type Programs, programs } from "./programs.js";

/** Each is true of a right kernel; seeded faults have one that is false. */
export type Rules = {
  /** No second move before the old vector of the first is given back. */
  readonly oneMoveAtATime: boolean;
  /** The cleanup keeps an old vector that is pending. */
  readonly checksIrr: boolean;
  /** Whether to run is decided under the interrupt's lock, not when the slot is read. */
  readonly decidesUnderLock: boolean;
  /** An interrupt that runs on another CPU is marked instead of run. */
  readonly checksRunner: boolean;
  readonly checksDisabled: boolean;
  /** Marks made while the handler ran make it run again. */
  readonly keepsMarks: boolean;
  /** Enabling sends the vector only if an event was marked. */
  readonly resendsMarkedOnly: boolean;
  /** A vector whose slot is empty gets its EOI too. */
  readonly acknowledgesEmpty: boolean;
};

export type Kernel = { readonly programs: Programs; readonly rules: Rules };

export const right: Rules = {
  oneMoveAtATime: true,
  checksIrr: true,
  decidesUnderLock: true,
  checksRunner: true,
  checksDisabled: true,
  keepsMarks: true,
  resendsMarkedOnly: true,
  acknowledgesEmpty: true,
};

/** Linux 7.0; the contract admits other orders of the same steps. */
export const linuxKernel: Kernel = { programs: programs(), rules: right };
