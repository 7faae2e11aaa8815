/** Faults of remapping units, each of which breaks the clause it names. */
import type { MachineFault } from "../pci/fault-kit.js";
import { amdFaults } from "./amd-faults.js";
import { intelFaults } from "./intel-faults.js";

export const remappingFaults: readonly MachineFault[] = [...intelFaults, ...amdFaults];
