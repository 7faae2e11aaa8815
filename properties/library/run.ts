/** Runs commands on a system in this process and judges every answer. */
import { shown } from "../../spec/core/decode.js";
import type { SystemClauseId } from "../../spec/core/system-clauses.js";
import { lastOf, type ReplayResult, type ReplayStep } from "../engine/replay.js";
import type { AnySubsystem } from "../subsystem.js";
import { type Clauses, Tracker } from "../sut/tracker.js";
import type { AnyObject, Level } from "./system.js";

export type Run = ReplayResult & {
  /** What the system did instead of answering. */
  readonly fault?: { readonly clause: string; readonly message: string };
};

export type RunSetting = {
  readonly area: AnySubsystem;
  readonly config: unknown;
  readonly level: Level;
  readonly clauses: Clauses;
};

/** What the system did, or what it threw. */
const attempt = async (act: () => unknown): Promise<{ value: unknown } | { thrown: string }> => {
  try {
    return { value: await act() };
  } catch (error) {
    return { thrown: error instanceof Error ? error.message : String(error) };
  }
};

/**
 * Commands whose precondition does not hold where the system led, or whose reference gave
 * nothing, are left out.
 */
export const runLocal = async (
  setting: RunSetting,
  system: AnyObject,
  commands: readonly unknown[],
): Promise<Run> => {
  const { area, config } = setting;
  const tracker = new Tracker({ ...setting, subsystem: area });
  const steps: ReplayStep[] = [];
  const place = new Map<number, number>();
  const broken = (clause: SystemClauseId, message: string): Run => ({
    steps,
    clauses: [clause],
    last: undefined,
    fault: { clause, message },
  });
  tracker.reset();
  const reset = await attempt(() => system.reset(config));
  if ("thrown" in reset) return broken("SYS-PANIC", `reset threw: ${reset.thrown}`);

  for (const [index, command] of commands.entries()) {
    const numbered = renumbered(area, command, place);
    const issued = numbered === undefined ? undefined : tracker.handles.resolve(numbered);
    if (issued === undefined || !tracker.enabled(tracker.predictor.after, issued)) continue;
    place.set(index, tracker.sent);
    const sent = tracker.send(numbered, issued);
    const answer = await attempt(() => system.apply(issued));
    const step = { index, command, issued };
    if ("thrown" in answer) {
      steps.push({ ...step, response: undefined });
      return broken("SYS-PANIC", `threw: ${answer.thrown}`);
    }
    const { value } = answer;
    if (!area.codecs.response.is(value)) {
      steps.push({ ...step, response: undefined });
      return broken("SYS-TYPE", `answered ${shown(value)}, expected an answer of ${area.path}`);
    }
    const seen = await attempt(() => system.observe?.());
    if ("thrown" in seen) {
      steps.push({ ...step, response: value });
      return broken("SYS-PANIC", `observe threw: ${seen.thrown}`);
    }
    const outcome = tracker.take(sent, value, seen.value);
    steps.push({ ...step, response: value });
    if (typeof outcome === "object") return broken(outcome.clause, outcome.message);
    if (outcome === "violated") {
      const clauses = tracker.violated();
      return { steps, clauses, last: lastOf(tracker.session) };
    }
    tracker.align();
  }
  return { steps, clauses: [], last: undefined };
};

/** References count the commands that were issued. */
const renumbered = (
  area: AnySubsystem,
  command: unknown,
  place: ReadonlyMap<number, number>,
): unknown => {
  const ref = area.references?.refersTo(command);
  if (ref === undefined) return command;
  const to = place.get(ref);
  return to === undefined ? undefined : area.references?.renumber(command, to);
};
