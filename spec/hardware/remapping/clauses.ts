/** Everything that is judged of remapping units. */
import type { Clause } from "../../core/clause.js";
import { amdClauses } from "./amd-clauses.js";
import { amdLogClauses } from "./amd-log-clauses.js";
import { intelClauses } from "./intel-clauses.js";
import { intelEventClauses } from "./intel-event-clauses.js";
import { intelFaultClauses } from "./intel-fault-clauses.js";
import { intelQueueClauses } from "./intel-queue-clauses.js";
import type { T } from "./judging.js";

export const remappingClauses: readonly Clause<T>[] = [
  ...intelClauses,
  ...intelFaultClauses,
  ...intelQueueClauses,
  ...intelEventClauses,
  ...amdClauses,
  ...amdLogClauses,
];
