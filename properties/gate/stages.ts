/** The searches on a system that is being judged: each adds its stage, and what it finds. */
import { InputError } from "../../spec/core/decode.js";
import { RUN_LENGTH } from "../check/external.js";
import { hashText } from "../check/gathered.js";
import { decodeConfig, loadTrace } from "../input/load.js";
import { firstNames } from "../report/names.js";
import type { AnySubsystem } from "../subsystem.js";
import { runExternal } from "../sut/campaign.js";
import { ConfigRefused } from "../sut/protocol.js";
import { type RecordedCommands, recordedCommands, recordsFor } from "../sut/recorded-commands.js";
import { replayExternal } from "../sut/replay.js";
import { tour } from "../sut/tour.js";
import { asSent } from "../sut/tour-find.js";
import type { JudgeJob, NamedTrace } from "./job.js";
import type { Judging } from "./judging.js";
import { kindSent, missingKinds, unanswered } from "./replay-job.js";
import type { Stage } from "./report.js";

/** A campaign goes on after a crash or a panic, until there were so many. */
const FAULTS = 2;
/** Names in a note. */
const MOST_NAMES = 6;

export type Campaign = { readonly name: string; readonly config: unknown; readonly length: number };

/** The campaigns of a job. Throws InputError for a configuration that is none. */
export const campaignsOf = (subsystem: AnySubsystem, job: JudgeJob): readonly Campaign[] =>
  job.configs.length > 0
    ? job.configs.map(({ name, value }) => ({
        name,
        config: decodeConfig(subsystem, value, { file: name }) as unknown,
        length: RUN_LENGTH,
      }))
    : subsystem.campaigns
        .filter((campaign) => campaign.level === job.level)
        .map(({ name, config, length }) => ({
          name,
          config: config as unknown,
          length: Math.min(length, RUN_LENGTH),
        }));

export const regressions = async (j: Judging, until: number): Promise<void> => {
  const traces = j.job.regressions;
  if (traces.length === 0) return;
  const broken: string[] = [];
  const left: string[] = [];
  let commands = 0;
  let runs = 0;
  for (const trace of traces) {
    if (j.clock() > until) break;
    runs++;
    const why = await runRegression(j, trace, broken);
    if (typeof why === "string") left.push(`${trace.name} (${why})`);
    else commands += why;
  }
  const note = [
    ...(broken.length === 0 ? [] : [`broken: ${firstNames(broken, MOST_NAMES)}`]),
    ...(left.length === 0 ? [] : [`not run: ${firstNames(left, MOST_NAMES)}`]),
  ].join("; ");
  j.stages.push({
    kind: "regressions",
    name: `${traces.length} ${traces.length === 1 ? "trace" : "traces"}`,
    commands,
    complete: runs === traces.length,
    runs: runs - left.length,
    ...(note === "" ? {} : { note }),
  });
};

/** Commands run, or why the trace could not be run. */
const runRegression = async (
  j: Judging,
  { name, file }: NamedTrace,
  broken: string[],
): Promise<number | string> => {
  const { system, level, clauses } = j;
  try {
    const trace = loadTrace(file);
    const { config, commands } = trace;
    const lacking = unanswered(trace, system.hello);
    if (lacking !== undefined) return lacking;
    const run = await replayExternal(system, j.subsystem, config, level, clauses, commands);
    const ran = run.steps.length;
    const { evaluations, exercised } = run;
    j.gathered.count({ commands: ran, evaluations, clauses, exercised });
    const clause = run.clauses[0];
    if (clause === undefined) return ran;
    broken.push(name);
    j.finds.add({
      clause,
      find: {
        sent: commands.slice(0, (run.violatedAt ?? commands.length) + 1),
        responses: run.responses,
        confirmed: false,
        ...(run.fault === undefined ? {} : { fault: run.fault }),
      },
      config: system.config ?? config,
      clauses,
      regression: name,
    });
    return ran;
  } catch (error) {
    if (error instanceof ConfigRefused) return `configuration refused: ${error.reason}`;
    if (error instanceof InputError && system.alive) return error.message;
    throw error;
  }
};

export const exhaustive = async (j: Judging, until: number): Promise<void> => {
  const { stages, level } = j.job;
  if (!stages.exhaustive) return;
  const explorations = j.subsystem.explorations.filter((e) => e.level === level);
  for (const [n, exploration] of explorations.entries()) {
    const now = j.clock();
    await runTour(j, exploration, now + (until - now) / (explorations.length - n));
  }
};

const runTour = async (
  j: Judging,
  exploration: AnySubsystem["explorations"][number],
  end: number,
): Promise<void> => {
  // What the reference searches once for every choice, a system makes one choice in.
  const name = exploration.name.replace(/, every legal choice$/, "");
  await j.stage({ kind: "exhaustive", name }, async () => {
    const { maxStates } = exploration;
    const result = await tour({
      system: j.system,
      subsystem: j.subsystem,
      exploration,
      level: j.level,
      clauses: j.clauses,
      ...(maxStates === undefined ? {} : { maxStates }),
      expired: () => j.clock() > end,
    });
    j.gathered.count(result);
    j.gathered.reached(result.features);
    const { find, leftOut } = { ...result, ...exploration };
    if (find !== undefined) j.found(find, result, undefined);
    const notes = [
      ...(find === undefined ? [] : ["ended by what it found"]),
      ...(leftOut === undefined ? [] : [leftOut.why]),
    ];
    return {
      commands: result.commands,
      complete: result.complete,
      states: result.states,
      transitions: result.transitions,
      ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
    };
  });
};

export const random = async (
  j: Judging,
  campaigns: readonly Campaign[],
  until: number,
): Promise<void> => {
  if (!j.job.stages.random) return;
  for (const [n, campaign] of campaigns.entries()) {
    const now = j.clock();
    const end = now + (until - now) / (campaigns.length - n);
    await runCampaign(j, campaign, end);
  }
};

const runCampaign = async (
  j: Judging,
  { name, config, length }: Campaign,
  end: number,
): Promise<void> => {
  const { seed, runs } = j.job;
  await j.stage({ kind: "random", name }, async () => {
    const result = await runExternal({
      system: j.system,
      subsystem: j.subsystem,
      config,
      level: j.level,
      clauses: j.clauses,
      seed,
      first: 0,
      runs,
      length,
      faults: FAULTS,
      expired: () => j.clock() > end,
    });
    j.gathered.count(result);
    j.gathered.reached(result.features);
    for (const find of result.finds) j.found(find, result, find.run);
    const notes = [
      ...(result.ended === "finds" ? ["ended by what it found"] : []),
      ...(result.cut === 0 ? [] : [`${result.cut} runs parted from the system's choices`]),
    ];
    return {
      commands: result.commands,
      complete: result.ended === undefined,
      runs: result.runs,
      hash: hashText(result.hash),
      ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
    };
  });
};

export const recorded = async (j: Judging, until: number): Promise<void> => {
  if (!j.job.stages.recorded) return;
  const expired = (): boolean => j.clock() > until;
  for (const name of recordsFor(j.subsystem)) {
    if (expired()) {
      const note = "not begun: the time ran out";
      j.stages.push({ kind: "recorded", name, commands: 0, complete: false, note });
      continue;
    }
    const record = await recordedCommands(j.subsystem, name);
    if (record === undefined) continue;
    await j.stage({ kind: "recorded", name }, () => runRecord(j, record, expired));
  }
};

const runRecord = async (
  j: Judging,
  record: RecordedCommands,
  expired: () => boolean,
): Promise<Omit<Stage, "kind" | "name">> => {
  const { system, clauses } = j;
  const { config, commands, note } = record;
  const missing = missingKinds(j.subsystem, commands, system.hello);
  const run = await replayExternal(system, j.subsystem, config, j.level, clauses, commands, {
    expired,
    only: (command) => !missing.includes(kindSent(j.subsystem, command, system.hello)),
  });
  const ran = run.steps.length;
  j.gathered.count({ ...run, commands: ran, clauses });
  const clause = run.clauses[0];
  if (clause !== undefined) {
    // What the system does not answer was left out, and is no part of what it broke.
    const sent = asSent(system, run.steps);
    const find = { ...run, run: 0, commands: sent.length, sent, confirmed: false };
    j.found(find, { config: system.config ?? config, clauses }, undefined);
  }
  const left = commands.length - ran;
  const notes = [
    ...(clause === undefined ? [] : ["ended by what it found"]),
    ...(missing.length === 0 ? [] : [`without ${missing.join(", ")}`]),
    ...(left === 0 || clause !== undefined ? [] : [`${left} commands did not apply`]),
    ...(note === undefined ? [] : [note]),
  ];
  return {
    commands: ran,
    complete: clause === undefined && run.expired !== true,
    ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
  };
};
