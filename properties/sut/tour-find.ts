/** What a tour met, run once more as a list of commands. */
import { References } from "../engine/replay.js";
import type { ExternalFind } from "./campaign.js";
import type { SystemFault } from "./protocol.js";
import { replayExternal } from "./replay.js";
import type { StdioSystem } from "./stdio.js";
import type { TourOptions } from "./tour.js";

/** A command that was issued; without response where none came. */
export type TourStep = { readonly issued: unknown; readonly response: unknown };

/** The commands that ran as a list of their own, naming each other's results where that is known. */
export const asSent = (system: StdioSystem, steps: readonly TourStep[]): unknown[] => {
  const references = new References(system.subsystem);
  return steps.map(({ issued, response }, i) => {
    const command = references.refer(issued);
    if (response !== undefined) references.note(i, issued, response);
    const { kind } = command as { kind: string };
    return system.hello.commands.includes(kind) ? command : issued;
  });
};

export const tryAgain = async (
  options: Pick<TourOptions, "system" | "subsystem" | "level" | "clauses"> & {
    readonly config: unknown;
  },
  steps: readonly TourStep[],
  clauses: readonly string[],
  fault: SystemFault | undefined,
): Promise<ExternalFind> => {
  const { system, subsystem, level, config } = options;
  const answered = steps.filter(({ response }) => response !== undefined);
  const sent = asSent(system, steps);
  const seen = {
    run: 0,
    commands: sent.length,
    clauses,
    sent,
    responses: answered.map(({ response }) => response),
    ...(fault === undefined ? {} : { fault: { ...fault, at: answered.length } }),
  };
  const again = await replayExternal(system, subsystem, config, level, options.clauses, sent, {
    stepwise: fault !== undefined,
  });
  if (!again.clauses.includes(clauses[0] as string)) return { ...seen, confirmed: false };
  return {
    ...seen,
    commands: again.steps.length,
    clauses: again.clauses,
    sent: sent.slice(0, (again.violatedAt ?? sent.length) + 1),
    responses: again.responses,
    confirmed: true,
    again,
    ...(again.fault === undefined ? {} : { fault: again.fault }),
  };
};
