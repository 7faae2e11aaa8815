/** The catalogue of the interrupt domain, in the order of the sheet. */
import type { Clause } from "../../core/clause.js";
import { dispatchClauses } from "./dispatch-clauses.js";
import { domainClauses } from "./domain-clauses.js";
import type { DomainTransition } from "./judging.js";
import { pathClauses } from "./path-clauses.js";

export const clauses: readonly Clause<DomainTransition>[] = [
  ...domainClauses,
  ...dispatchClauses,
  ...pathClauses,
];
