/** What must hold in every order of the steps: IRQ-RACE-*. */
import type { Clause } from "../../../core/clause.js";
import { eventClauses } from "./event-clauses.js";
import type { InterleavingTransition } from "./judging.js";
import { ownerClauses } from "./owner-clauses.js";

export const clauses: readonly Clause<InterleavingTransition>[] = [
  ...eventClauses,
  ...ownerClauses,
];
