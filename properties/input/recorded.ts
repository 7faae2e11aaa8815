import type { JudgedClause, Level, Transition } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import { lastOf, References, type ReplayResult, type ReplayStep } from "../engine/replay.js";
import { Session } from "../engine/session.js";
import type { LoadedTrace } from "./load.js";

/** Judges the answers that a trace recorded: a trace is a system that answers only once. */
export const recordedSystem = (
  trace: LoadedTrace,
  level: Level,
  // biome-ignore lint/suspicious/noExplicitAny: serves every subsystem
  clauses: readonly JudgedClause<Transition<any, any, any, any>>[],
): ReplayResult => {
  // What the system showed of its state is not in the trace, only its answers.
  const judged = clauses.filter((clause) => (clause.needs ?? []).length === 0);
  const session = new Session(trace.subsystem, trace.config, level, judged);
  const references = new References(trace.subsystem);
  const steps: ReplayStep[] = [];
  session.reset();
  for (let index = 0; index < trace.commands.length; index++) {
    const command = trace.commands[index];
    const response = trace.responses[index];
    if (response === undefined) {
      throw new InputError(
        { file: trace.file, line: index + 2, field: "response" },
        "found nothing, expected the recorded answer; give --system or --system-cmd to run it",
      );
    }
    const issued = references.resolve(command);
    if (issued === undefined) continue;
    const holds = session.accept(issued, response);
    references.note(index, issued, response);
    steps.push({ index, command, issued, response });
    if (!holds) return { steps, clauses: session.violated(), last: lastOf(session) };
  }
  return { steps, clauses: [], last: undefined };
};
