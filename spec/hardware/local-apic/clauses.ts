/** Everything that is judged of local APICs. */
import type { Clause } from "../../core/clause.js";
import { deliveryClauses } from "./delivery-clauses.js";
import type { T } from "./judging.js";
import { priorityClauses } from "./priority-clauses.js";
import { registerClauses } from "./register-clauses.js";
import { timerClauses } from "./timer-clauses.js";

export const apicClauses: readonly Clause<T>[] = [
  ...priorityClauses,
  ...deliveryClauses,
  ...registerClauses,
  ...timerClauses,
];
