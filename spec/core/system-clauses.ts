/** Clauses that every system under test from outside owes, whatever it models. */
import type { AnyClause } from "./clause.js";
import { rule } from "./source.js";

const clause = (id: string, title: string): AnyClause => ({
  id,
  title,
  level: "contract",
  kind: "step",
  source: [rule("properties/sut/PROTOCOL.md")],
  task: "all",
  applies: () => true,
  // Judged by the adapter, which alone sees the process; see properties/sut/stdio.ts.
  holds: () => true,
});

export const systemClauses: readonly AnyClause[] = [
  clause("SYS-CRASH", "the system does not die while it owes an answer"),
  clause("SYS-EXIT", "the system does not leave while it owes an answer"),
  clause("SYS-HANG", "every command is answered within the time limit"),
  clause("SYS-GARBAGE", "every answer is one line of JSON of bounded length"),
  clause("SYS-TYPE", "every answer is a response of the subsystem"),
  clause("SYS-PANIC", "no command makes the module panic"),
  clause("SYS-EXTRA", "every command gets exactly one answer"),
];
