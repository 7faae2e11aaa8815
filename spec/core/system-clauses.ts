/**
 * What a system owes as a process, whatever its subsystem: clauses SYS-*. The adapter that talks
 * to the process finds the faults and hands them on in the place of a response.
 */
import type { AnyClause, AnyTransition } from "./clause.js";
import { rule } from "./source.js";

export const systemClauseIds = [
  "SYS-CRASH",
  "SYS-EXIT",
  "SYS-HANG",
  "SYS-GARBAGE",
  "SYS-TYPE",
  "SYS-PANIC",
  "SYS-EXTRA",
] as const;
export type SystemClauseId = (typeof systemClauseIds)[number];

/** Stands where the response of a command should stand. */
export type FaultResponse = {
  readonly kind: "system fault";
  readonly clause: SystemClauseId;
  readonly message: string;
};

const titles: Readonly<Record<SystemClauseId, string>> = {
  "SYS-CRASH": "the system is not killed by a signal and does not exit with an error",
  "SYS-EXIT": "the system answers every command before it ends or closes its output",
  "SYS-HANG": "the system answers within the time limit",
  "SYS-GARBAGE": "every answer is one line of JSON of bounded length",
  "SYS-TYPE": "every answer is a response of the subsystem, each field of its type",
  "SYS-PANIC": "the code under test does not panic",
  "SYS-EXTRA": "the system gives no more answers than it was given commands",
};

const isFault = (t: AnyTransition, id: SystemClauseId): boolean => {
  const response = t.response as FaultResponse | undefined;
  return response?.kind === "system fault" && response.clause === id;
};

export const systemClauses: readonly AnyClause[] = systemClauseIds.map((id) => ({
  id,
  title: titles[id],
  level: "contract",
  kind: "step",
  source: [rule("a kernel survives legal use; properties/sut/PROTOCOL.md")],
  task: "any",
  applies: () => true,
  holds: (t) => !isFault(t, id),
}));
