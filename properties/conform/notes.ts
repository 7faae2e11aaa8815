/**
 * What users ask for. Only notes of the workload tell it, and requests that overlap take effect
 * in an order that no event shows.
 */
import { E } from "../../traces/format/irq-events.js";
import type { Sidecar } from "../../traces/format/sidecar.js";
import type { CpuMask } from "./cpu-mask.js";
import type { IrqState } from "./irq-state.js";

/** An affinity request between its `op` and its `res`. */
export type AffinityRequest = {
  readonly irq: number;
  /** The interrupt of that number when the request began. */
  readonly state: IrqState | undefined;
  readonly mask: CpuMask;
  readonly text: string;
  /** No CPU of the mask was online when the request began. */
  readonly offline: boolean;
  /** Its effect was recorded. */
  seen: boolean;
  result: number;
  /** Another request for the interrupt was under way at the same time. */
  contested: boolean;
};

/** Network drivers set affinities by themselves (irq_set_affinity_and_hint). */
const DRIVERS = / -netdev | -nic (?!none)| -device (virtio-net|e1000|igb|vmxnet)/;

export class Notes {
  /** Requests are made of which the record has no note. */
  incomplete: boolean;
  /** How often each CPU came online or went offline. */
  readonly switches: Int32Array;
  readonly #open = new Set<AffinityRequest>();

  constructor(sidecar: Sidecar, cpus: number) {
    this.switches = new Int32Array(cpus);
    const noted = (sidecar.event_counts[E.mark.name] ?? 0) > 0;
    this.incomplete = !noted || DRIVERS.test(sidecar.qemu_command ?? "");
  }

  begin(request: AffinityRequest): void {
    for (const other of this.#open) {
      if (other.irq !== request.irq) continue;
      other.contested = true;
      request.contested = true;
    }
    this.#open.add(request);
  }

  end(request: AffinityRequest): void {
    this.#open.delete(request);
    const { state } = request;
    if (state === undefined) return;
    state.contested = request.contested ? [...state.contested, request.mask] : [];
  }

  switched(cpu: number): void {
    this.switches[cpu] = (this.switches[cpu] ?? 0) + 1;
  }

  /** Whether a mask can be of a request whose place in the order is not known. */
  admits(irq: IrqState, mask: CpuMask, isOnline: boolean): boolean {
    if (this.incomplete && isOnline) return true;
    for (const request of this.#open) {
      if (request.irq !== irq.irq || request.mask !== mask) continue;
      // Taken before its result is noted.
      request.seen = true;
      irq.affinitySet = true;
      return true;
    }
    return irq.contested.includes(mask);
  }
}
