/** Every clause of the local APIC timer. */
import type { Clause } from "../../core/clause.js";
import type { TimerTransition } from "./judging.js";
import { registerClauses } from "./register-clauses.js";
import { tickClauses } from "./tick-clauses.js";

export const clauses: readonly Clause<TimerTransition>[] = [...registerClauses, ...tickClauses];
