import type { Command } from "../../spec/irq/vector-matrix/allocator/vocabulary.js";
import type { CpuMask } from "./cpu-mask.js";
import type { IrqState } from "./irq-state.js";

/** A locked section of the vector layer: one Linux function that changes an interrupt. */
export type Section = "assign" | "assignManaged" | "clear" | "reserve" | "park" | "freeMoved";

/**
 * Is told what the follower makes of a record, so that another model can do the same and be
 * compared. Nothing in a normal run.
 */
export interface Observer {
  /** A matrix operation outside such sections. */
  matrix(command: Command): void;
  created(irq: IrqState): void;
  removed(irq: IrqState): void;
  /** A section begins; the interrupt is still as before it. */
  begins(section: Section, irq: IrqState, mask: CpuMask): void;
  /** It is over; `error` is 0 or the negative errno it answered. */
  ends(section: Section, irq: IrqState, error: number): void;
}
