import type { DriverFault } from "./fault-tools.js";
import { lifeFaults } from "./life-faults.js";
import { selectFaults } from "./select-faults.js";

export const faults: readonly DriverFault[] = [...selectFaults, ...lifeFaults];
