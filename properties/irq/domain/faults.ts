import { dispatchFaults } from "./dispatch-faults.js";
import { domainFaults } from "./domain-faults.js";
import type { DomainFault } from "./fault-tools.js";
import { pathFaults } from "./path-faults.js";

/** Every seeded fault of the interrupt domain. */
export const faults: readonly DomainFault[] = [...domainFaults, ...dispatchFaults, ...pathFaults];
