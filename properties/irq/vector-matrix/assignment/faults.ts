/** Seeded faults: for every judged clause a changed model that breaks it. */
import { assignFaults } from "./assign-faults.js";
import type { VectorFault } from "./fault-tools.js";
import { hotplugFaults } from "./hotplug-faults.js";
import { moveFaults } from "./move-faults.js";
import { requestFaults } from "./request-faults.js";

export { faultConfig } from "./fault-tools.js";

export const faults: readonly VectorFault[] = [
  ...assignFaults,
  ...moveFaults,
  ...requestFaults,
  ...hotplugFaults,
];
