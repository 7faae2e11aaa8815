import type { AnySubsystem } from "../subsystem.js";
import { References } from "./replay.js";
import { ReadableStepper } from "./stepper.js";

/**
 * Walks a trace with the reference following the recorded answers, or answering itself where the
 * trace holds none. Calls `visit` after every command; answers the view of the start.
 */
export const followTrace = (
  trace: {
    readonly subsystem: AnySubsystem;
    readonly config: unknown;
    readonly commands: readonly unknown[];
    readonly responses: readonly unknown[];
  },
  visit: (index: number, after: unknown, command: unknown, response: unknown) => void,
): unknown => {
  const { subsystem, config } = trace;
  const stepper = new ReadableStepper(subsystem.model, config, subsystem.fingerprint);
  const references = new References(subsystem);
  const initial: unknown = stepper.after;
  trace.commands.forEach((command, index) => {
    const issued = references.resolve(command) ?? command;
    const recorded = trace.responses[index];
    stepper.commit();
    let response = recorded;
    if (recorded === undefined) response = stepper.apply(issued);
    else stepper.follow(issued, recorded);
    references.note(index, issued, response);
    visit(index, stepper.after, command, response);
  });
  return initial;
};
