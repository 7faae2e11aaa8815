/** Every clause of interrupt messages, in the order of their ids by topic. */
import type { Clause } from "../../core/clause.js";
import { composeClauses } from "./compose-clauses.js";
import type { MessageTransition } from "./judging.js";
import { storeClauses } from "./store-clauses.js";
import { tableClauses } from "./table-clauses.js";

export const clauses: readonly Clause<MessageTransition>[] = [
  ...composeClauses,
  ...tableClauses,
  ...storeClauses,
];
