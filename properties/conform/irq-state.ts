import type { Message } from "../../spec/irq/msi-message/vocabulary.js";
import type { CpuMask } from "./cpu-mask.js";

/** Vector of an interrupt that is set up without a real one (Linux MANAGED_IRQ_SHUTDOWN_VECTOR). */
export const SHUTDOWN_VECTOR = 239;
/** First vector of the legacy ISA interrupts: ISA IRQ n sits at 48 + n (Linux ISA_IRQ_VECTOR). */
export const ISA_VECTORS = 48;
export const ISA_IRQS = 16;

/** How an interrupt's message reaches the hardware; learnt from its first message. */
export type Chip =
  | "unknown"
  /** A PCI device: composed and written with `msi_wr`. */
  | "msi"
  /** IO-APIC, HPET or another unit whose write is not probed. */
  | "other"
  /** The IOMMU's own interrupt (`dmar=1`). */
  | "dmar";

/** Which remapping unit translates it; learnt from the first event of its message. */
export type Remapping = "unknown" | "none" | "vtd" | "amd" | "amd32";

/** An interrupt of the x86 vector layer, as Linux struct apic_chip_data and its neighbours. */
export class IrqState {
  readonly irq: number;
  vector = 0;
  cpu = 0;
  prevVector = 0;
  prevCpu = 0;
  isManaged = false;
  canReserve = false;
  hasReserved = false;
  activated = false;
  started = false;
  /** CPUs on which it has had a vector since it was set up. */
  readonly targets = new Set<number>();
  /** Hardware configuration: what the message must say. */
  hwVector = 0;
  hwCpu = 0;
  /** Affinity mask of the interrupt; undefined: the default, all CPUs. */
  affinity: CpuMask | undefined;
  /** A user chose the affinity. */
  affinitySet = false;
  /** A user's request that waits for the next interrupt. */
  pending: CpuMask | undefined;
  /** Masks of requests that overlapped: any of them may be the one that waits. */
  contested: readonly CpuMask[] = [];
  chip: Chip = "unknown";
  remapping: Remapping = "unknown";
  /** The last message written to the device. */
  message: Message = { addressLo: 0, addressHi: 0, data: 0 };
  /** Remapping table entry: index (-1 unknown), sub-handle, block order. */
  index = -1;
  sub = 0;
  order = 0;
  /** VT-d: high word of the entry (source id), -1 until seen. AMD: requester id, -1 until seen. */
  source = -1;
  /** Set-ups that were in flight together share a number. */
  setupRace = 0;
  /** AMD: the probe of the entry's preparation was armed when the interrupt was set up. */
  setupWatched = false;
  /** A dying CPU found no room in the mask: it tries all online CPUs next. */
  outOfRoom = false;
  /** AMD: what the entry holds. */
  entryVector = 0;
  entryDest = 0;

  constructor(irq: number) {
    this.irq = irq;
  }
}

/** Whether a move or its cleanup is under way (Linux: move_in_progress or on the cleanup list). */
export const isMoving = (irq: IrqState): boolean => irq.prevVector !== 0;
