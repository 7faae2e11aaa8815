/** Every seeded fault of capabilities: what real kernels have got wrong, or nearly did. */
import type { CapabilityFault } from "./fault-kit.js";
import { msiFaults, probeFaults } from "./msi-faults.js";
import { msixFaults } from "./msix-faults.js";
import { parseFaults, walkFaults } from "./walk-faults.js";
import { windowFaults } from "./window-faults.js";

export const faults: readonly CapabilityFault[] = [
  ...walkFaults,
  ...parseFaults,
  ...windowFaults,
  ...probeFaults,
  ...msiFaults,
  ...msixFaults,
];
