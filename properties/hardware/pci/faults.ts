/** Seeded faults of PCI functions: for every clause a function that breaks it. */
import { configFaults } from "./config-faults.js";
import type { MachineFault } from "./fault-kit.js";
import { msiFaults } from "./msi-faults.js";
import { msixFaults } from "./msix-faults.js";

export const pciFaults: readonly MachineFault[] = [...configFaults, ...msiFaults, ...msixFaults];
