/** Every clause of capabilities, in the order of their ids by topic. */
import type { Clause } from "../../core/clause.js";
import type { CapabilityTransition } from "./judging.js";
import { msiClauses } from "./msi-clauses.js";
import { msixClauses } from "./msix-clauses.js";
import { parseClauses } from "./parse-clauses.js";
import { setupClauses } from "./setup-clauses.js";
import { walkClauses } from "./walk-clauses.js";

export const clauses: readonly Clause<CapabilityTransition>[] = [
  ...walkClauses,
  ...parseClauses,
  ...setupClauses,
  ...msiClauses,
  ...msixClauses,
];
