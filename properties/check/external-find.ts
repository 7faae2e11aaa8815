/** From a find on a program of the user's to a counterexample: shrunk on it and run again. */
import type { ReplayResult } from "../engine/replay.js";
import { shrink } from "../engine/shrink.js";
import type { ExternalFind } from "../sut/campaign.js";
import { replayExternal } from "../sut/replay.js";
import type { StdioSystem } from "../sut/stdio.js";
import { type Setting, violationReport } from "./counterexample.js";
import type { ViolationReport } from "./report.js";

/** Shrinks on the system itself, and runs the result once more before it is reported. */
export const shrinkFind = async (
  system: StdioSystem,
  setting: Setting,
  clause: string,
  find: Pick<ExternalFind, "sent" | "responses" | "fault" | "confirmed">,
): Promise<ViolationReport> => {
  const { subsystem, config, level, clauses } = setting;
  const again = (commands: readonly unknown[]) =>
    replayExternal(system, subsystem, config, level, clauses, commands);
  const outcome = (fault: ExternalFind["fault"]): string | undefined => {
    const said = fault?.stderr ?? "";
    return said === "" ? fault?.message : `${fault?.message}; standard error ends: ${said}`;
  };
  if (!find.confirmed) {
    const recorded: ReplayResult = {
      steps: find.sent.map((command, index) => ({
        index,
        command,
        issued: command,
        response: find.responses[index],
      })),
      clauses: [clause],
      last: undefined,
    };
    const note = "did not happen again when run once more";
    return violationReport(
      setting,
      clause,
      recorded,
      find.sent.length,
      0,
      [outcome(find.fault), note].filter((part) => part !== undefined).join("; "),
    );
  }
  // Every trial of a hang costs the whole time limit, so a hang is reported as it was found.
  const small =
    clause === "SYS-HANG"
      ? { commands: find.sent, runs: 0 }
      : await shrink(subsystem, clause, find.sent, async (commands) => {
          const run = await again(commands);
          if (run.clauses.length === 0) return undefined;
          return { kept: run.steps.map((step) => step.index), clauses: run.clauses };
        });
  const result = await again(small.commands);
  return violationReport(
    setting,
    clause,
    result,
    find.sent.length,
    small.runs,
    outcome(result.fault ?? find.fault),
  );
};
