/** Seeded faults of the machine: for every clause a machine that breaks it. */
import { apicFaults } from "../local-apic/faults.js";
import type { MachineFault } from "../pci/fault-kit.js";
import { pciFaults } from "../pci/faults.js";
import { remappingFaults } from "../remapping/faults.js";
import { pathFaults } from "./path-faults.js";
import { registerFaults } from "./register-faults.js";

export const faults: readonly MachineFault[] = [
  ...registerFaults,
  ...pciFaults,
  ...apicFaults,
  ...remappingFaults,
  ...pathFaults,
];
