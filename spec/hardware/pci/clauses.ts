/** Every clause of PCI functions, in the order of their ids by topic. */
import type { Clause } from "../../core/clause.js";
import type { MachineTransition } from "../machine/judging.js";
import { configClauses } from "./config-clauses.js";
import { msiClauses } from "./msi-clauses.js";
import { msixClauses } from "./msix-clauses.js";
import { pinClauses } from "./pin-clauses.js";

export const pciClauses: readonly Clause<MachineTransition>[] = [
  ...configClauses,
  ...pinClauses,
  ...msiClauses,
  ...msixClauses,
];
