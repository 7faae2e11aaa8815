/** A machine of PCI functions, local APICs, an interrupt-remapping unit and RAM. */

export { inWindow } from "../../../spec/hardware/machine/path.js";
export { type Read, readAt, type Write, writeAt } from "./access.js";
export { cpuAcknowledge, cpuEoi, cpuTake, pass, readApic, writeApic } from "./cpu.js";
export { arrive, deliver, deliverAll, fire, phantom, release, toApics, withApics } from "./path.js";
export { type Machine, newMachine, quieted, withApic, withFunction } from "./state.js";
export { type MachineOutcome, step } from "./step.js";
export { viewOf } from "./view.js";
