/** Every clause of vector assignment, moves, hotplug and spreading. */
import type { Clause } from "../../../core/clause.js";
import { affinityClauses } from "./affinity-clauses.js";
import { assignClauses } from "./assign-clauses.js";
import { cleanupClauses } from "./cleanup-clauses.js";
import { hotplugClauses } from "./hotplug-clauses.js";
import type { VectorTransition } from "./judging.js";
import { managedClauses } from "./managed-clauses.js";
import { moveClauses } from "./move-clauses.js";
import { spreadClauses } from "./spread-clauses.js";

export const clauses: readonly Clause<VectorTransition>[] = [
  ...assignClauses,
  ...managedClauses,
  ...moveClauses,
  ...cleanupClauses,
  ...affinityClauses,
  ...spreadClauses,
  ...hotplugClauses,
];
