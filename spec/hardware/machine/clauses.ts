/** Every clause of the machine and of its parts. */
import type { Clause } from "../../core/clause.js";
import { apicClauses } from "../local-apic/clauses.js";
import { pciClauses } from "../pci/clauses.js";
import { remappingClauses } from "../remapping/clauses.js";
import type { MachineTransition } from "./judging.js";
import { pathClauses } from "./path-clauses.js";
import { readClauses } from "./read-clauses.js";
import { stateClauses } from "./state-clauses.js";

export const clauses: readonly Clause<MachineTransition>[] = [
  ...readClauses,
  ...pciClauses,
  ...apicClauses,
  ...remappingClauses,
  ...pathClauses,
  ...stateClauses,
];
