/** The state of the domain as clauses and reports see it. */
import type { Message } from "../msi-message/vocabulary.js";
import type { Irq, VectorView } from "../vector-matrix/assignment/vocabulary.js";

/** An interrupt above the vector layer: Linux struct irq_desc and msi_desc. */
export type Desc = {
  /** The kernel's number. */
  readonly number: number;
  /** Last message written, undefined before the first. */
  readonly message: Message | undefined;
  /** Linux IRQS_PENDING: arrived while its handler could not run. */
  readonly pending: boolean;
  /** CPU on which its handler runs, -1 none. */
  readonly running: number;
  /** Ghost: an event that no handler run has started after. */
  readonly owed: boolean;
  /** Ghost: events of this busy time that no run was spent on. */
  readonly spare: number;
  /** Ghost: handler runs since it was started, 0, 1 or more. */
  readonly runs: number;
};

/** What the kernel keeps of a CPU. */
export type CpuPart = {
  /** Interrupt whose handler runs, -1 none. */
  readonly running: number;
  /** Interrupt whose handler it waits for, -1 none. */
  readonly waiting: number;
  /** Interrupts counted as nobody's, and ticks, both modulo 2^16. */
  readonly spurious: number;
  readonly ticks: number;
  /** Ghost: interrupts taken with a bit in service, less the ends signalled. */
  readonly open: number;
  /** Ghost: what `spurious` and `ticks` have to be. */
  readonly strays: number;
  readonly expired: number;
};

/** A shared line, Linux struct irq_desc of a legacy interrupt. */
export type Line = {
  /** Handlers, in order of their request. */
  readonly handlers: readonly number[];
  /** Linux irq_count and irqs_unhandled. */
  readonly seen: number;
  readonly unhandled: number;
  /** Switched off because nobody cared. */
  readonly off: boolean;
  /** Ghost: interrupts that no handler claimed: in a row, none of them late, and since it is on. */
  readonly ignored: number;
  readonly unclaimed: number;
};

export type Pair = { readonly cpu: number; readonly vector: number };

/** The machine as the judge sees it; interrupts by their number here. */
export interface HardwareView {
  /** What the device holds. */
  message(irq: number): Message;
  /** The function signals by messages. */
  enabled(irq: number): boolean;
  /** A mask bit or the function mask holds its events back. */
  masked(irq: number): boolean;
  /** Its pending bit. */
  pending(irq: number): boolean;
  /** Where a message of it, sent now, arrives; undefined: nowhere. */
  target(irq: number): Pair | undefined;
  requested(cpu: number, vector: number): boolean;
  /** All that is requested in a local APIC, ascending. */
  requests(cpu: number): readonly number[];
  inService(cpu: number): readonly number[];
  /** What the CPU would take now. */
  offered(cpu: number): number | undefined;
  /** Messages that are late. */
  readonly late: number;
  /** Requests that arrived in the last command. */
  readonly arrived: readonly Pair[];
  /** Number of messages sent, and of those that the remapping unit stopped, in it. */
  readonly sent: number;
  readonly blocked: number;
}

/** The state as clauses see it. All methods are total. */
export interface DomainView {
  readonly vectors: VectorView;
  irq(irq: number): Irq | undefined;
  /** Undefined: not allocated. */
  desc(irq: number): Desc | undefined;
  cpu(cpu: number): CpuPart;
  line(line: number): Line;
  readonly hardware: HardwareView;
}
