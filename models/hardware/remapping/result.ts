/** What a remapping unit's registers and requests lead to. */
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import type { Target } from "../local-apic/index.js";
import type { Memory } from "../memory.js";

export type Access<Unit> = {
  readonly unit: Unit;
  readonly memory: Memory;
  /** Events that the unit reports by messages of its own; they are not remapped. */
  readonly own: readonly Message[];
};

export type Request<Unit> = Access<Unit> & {
  /** What the local APICs get; undefined where the request is blocked or only posted. */
  readonly target: Target | undefined;
  /** The request was put into a descriptor or a guest's page in memory. */
  readonly posted?: true;
};

export const noMessages: readonly Message[] = [];

export type Quirks = readonly string[];
