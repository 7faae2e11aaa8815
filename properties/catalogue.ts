import { machine } from "./hardware/machine/subsystem.js";
import { capability } from "./irq/capability/subsystem.js";
import { interleaving } from "./irq/domain/interleaving/subsystem.js";
import { domain } from "./irq/domain/subsystem.js";
import { driver } from "./irq/driver/subsystem.js";
import { lapicTimer } from "./irq/lapic-timer/subsystem.js";
import { msiMessage } from "./irq/msi-message/subsystem.js";
import { allocator } from "./irq/vector-matrix/allocator/subsystem.js";
import { assignment } from "./irq/vector-matrix/assignment/subsystem.js";
import type { AnySubsystem } from "./subsystem.js";

/** Every subsystem, in the order of the plan's tasks. Adding one is its folders and a line here. */
export const subsystems: readonly AnySubsystem[] = [
  machine,
  capability,
  msiMessage,
  allocator,
  assignment,
  domain,
  interleaving,
  lapicTimer,
  driver,
];
