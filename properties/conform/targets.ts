import type { IrqState } from "./irq-state.js";
import type { World } from "./world.js";

/** Whether an interrupt is an IO-APIC pin. Remapping entries of pins share one source. */
export const isPin = (w: World, irq: IrqState): boolean => irq.irq < w.firstDynamicIrq;

/** The APIC id that messages to a CPU carry. */
export const destination = (w: World, cpu: number): number => Math.max(0, w.apicIds[cpu] ?? 0);
