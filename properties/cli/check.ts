import { InputError } from "../../spec/core/decode.js";
import { type CheckOptions as CheckSettings, check as runCheck } from "../check/check.js";
import type { CheckReport } from "../check/report.js";
import { commandLineSafe } from "../report/escape.js";
import { checkText, violationText } from "../report/text.js";
import { programNamed, REFERENCE, selectSubsystems, systemByName } from "../systems.js";
import {
  type CheckOptions,
  leave,
  type ReportFiles,
  wantsColour,
  writeJson,
  writeOutput,
} from "./common.js";
import { startProgress } from "./progress.js";

export const check = async (areas: string[], options: CheckOptions): Promise<void> => {
  if (options.systemCmd !== undefined) {
    const { checkCommand } = await import("./external.js");
    await finish(await checkCommand(areas, options, options.systemCmd), options);
    return;
  }
  const program = programNamed(options.system);
  if (program !== undefined) {
    const { subsystem } = program;
    if (!selectSubsystems(areas).some(({ path }) => path === subsystem)) {
      throw new InputError({ file: "--system" }, `${program.name} is a system of ${subsystem}`);
    }
    const { checkCommand } = await import("./external.js");
    const report = await checkCommand([subsystem], options, program.command, program.name);
    await finish(report, options);
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
  await finish(report, options);
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

const results = async (report: CheckReport) =>
  (await import("../report/results.js")).checkResults(report);

/** Each loaded only where it is asked for. */
const writers: Readonly<
  Record<Exclude<keyof ReportFiles, "json">, (report: CheckReport) => Promise<string>>
> = {
  junit: async (report) => (await import("../report/junit.js")).junitXml(await results(report)),
  sarif: async (report) => (await import("../report/sarif.js")).checkSarif(report),
  ktap: async (report) => (await import("../report/ktap.js")).ktapText(await results(report)),
  kcidb: async (report) => (await import("../report/kcidb.js")).checkKcidb(report),
  markdown: async (report) => (await import("../report/evidence.js")).checkMarkdown(report),
};

const finish = async (report: CheckReport, options: CheckOptions): Promise<void> => {
  const text = { colour: wantsColour(options), verbose: options.verbose === true };
  const formats = Object.keys(writers) as (keyof typeof writers)[];
  // With a report on standard output the text would be in its way.
  if (![options.json, ...formats.map((name) => options[name])].includes("-")) {
    process.stdout.write(commandLineSafe(shownText(report, options, text)));
  }
  if (options.json !== undefined) writeJson(options.json, report);
  for (const name of formats) {
    const file = options[name];
    if (file !== undefined) writeOutput(file, await writers[name](report));
  }
  leave(report.verdict);
};

const shownText = (
  report: CheckReport,
  options: CheckOptions,
  text: { readonly colour: boolean; readonly verbose: boolean },
): string => {
  if (options.quiet !== true) return checkText(report, text);
  const explanations = report.records.flatMap((record) => record.explanation ?? []);
  return [
    ...report.violations.map((v) => `${violationText(v, text)}\n`),
    ...explanations,
    `${report.verdict}\n`,
  ].join("\n");
};
