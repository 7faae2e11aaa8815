import { InputError } from "../../spec/core/decode.js";
import { type CheckOptions as CheckSettings, check as runCheck } from "../check/check.js";
import type { CheckReport } from "../check/report.js";
import { checkText, violationText } from "../report/text.js";
import { REFERENCE, selectSubsystems, systemByName } from "../systems.js";
import { type CheckOptions, leave, wantsColour, writeJson } from "./common.js";
import { startProgress } from "./progress.js";

export const check = async (areas: string[], options: CheckOptions): Promise<void> => {
  if (options.systemCmd !== undefined) {
    const { checkCommand } = await import("./external.js");
    finish(await checkCommand(areas, options, options.systemCmd), options);
    return;
  }
  if (options.config !== undefined) {
    throw new InputError({ file: "--config" }, "goes with --system-cmd only");
  }
  const subsystems = selectSubsystems(areas);
  checkNames(subsystems, options);
  // The wall clock decides only whether further runs are added, never what a run does.
  const deadline = options.for === undefined ? undefined : Date.now() + options.for;
  const bar = startProgress("check", options);
  const settings: CheckSettings = {
    subsystems: subsystems.filter((s) => hasSystem(s, options.system)),
    ...(options.level === undefined ? {} : { level: options.level }),
    seed: options.seed,
    jobs: options.jobs,
    system: options.system,
    ...(options.runs === undefined ? {} : { runs: options.runs }),
    ...(options.subset === undefined ? {} : { subset: options.subset }),
    ...(deadline === undefined ? {} : { goOn: () => Date.now() < deadline }),
    traces: options.traces,
    records: options.records && options.system === REFERENCE,
    progress: bar.update,
  };
  const report = await runCheck(settings);
  bar.stop();
  finish(report, options);
};

const hasSystem = (subsystem: ReturnType<typeof selectSubsystems>[number], name: string): boolean =>
  name === REFERENCE || subsystem.faults.some((fault) => `fault:${fault.name}` === name);

/** A name that no chosen subsystem knows is an error, with the names that are known. */
const checkNames = (
  subsystems: ReturnType<typeof selectSubsystems>,
  options: CheckOptions,
): void => {
  if (!subsystems.some((subsystem) => hasSystem(subsystem, options.system))) {
    for (const subsystem of subsystems) {
      systemByName(subsystem, subsystem.faultConfig, options.system);
    }
  }
  const { subset } = options;
  if (subset === undefined) return;
  const known = subsystems.flatMap((subsystem) => Object.keys(subsystem.generator.subsets));
  if (!known.includes(subset)) {
    throw new InputError(
      { file: "--subset" },
      `found "${subset}", expected one of: ${[...new Set(known)].join(", ")}`,
    );
  }
};

const finish = (report: CheckReport, options: CheckOptions): void => {
  const text = { colour: wantsColour(options), verbose: options.verbose === true };
  // With the report on standard output the text would be in its way.
  if (options.json !== "-") {
    if (options.quiet === true) {
      for (const v of report.violations) process.stdout.write(`${violationText(v, text)}\n\n`);
      for (const record of report.records) {
        if (record.explanation !== undefined) process.stdout.write(`${record.explanation}\n`);
      }
      process.stdout.write(`${report.verdict}\n`);
    } else {
      process.stdout.write(checkText(report, text));
    }
  }
  if (options.json !== undefined) writeJson(options.json, report);
  leave(report.verdict);
};
