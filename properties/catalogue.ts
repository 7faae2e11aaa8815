import { allocator } from "./irq/vector-matrix/allocator/subsystem.js";
import type { AnySubsystem } from "./subsystem.js";

/** Every subsystem, in the order of the plan's tasks. Adding one is its folders and a line here. */
export const subsystems: readonly AnySubsystem[] = [allocator];
