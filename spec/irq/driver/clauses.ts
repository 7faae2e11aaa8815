/** Every clause of the driver-facing interface. */
import type { Clause } from "../../core/clause.js";
import type { DriverTransition } from "./judging.js";
import { lifeClauses } from "./life-clauses.js";
import { modeClauses } from "./mode-clauses.js";
import { selectClauses } from "./select-clauses.js";
import { waitClauses } from "./wait-clauses.js";

export const clauses: readonly Clause<DriverTransition>[] = [
  ...selectClauses,
  ...modeClauses,
  ...lifeClauses,
  ...waitClauses,
];
