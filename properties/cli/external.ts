/** `--system-cmd`: a program of the user's as the system under test. */
import { readFileSync } from "node:fs";
import type { Level } from "../../spec/core/clause.js";
import { defaultMinimum } from "../../spec/core/clause.js";
import { InputError, parseJson } from "../../spec/core/decode.js";
import { sourceText } from "../../spec/core/source.js";
import { systemClauses } from "../../spec/core/system-clauses.js";
import { type Verdict, worse } from "../../spec/core/verdict.js";
import { areaVerdict, clauseBase } from "../check/check.js";
import { type Setting, violationReport } from "../check/counterexample.js";
import type { AreaReport, CheckReport, ClauseReport, ViolationReport } from "../check/report.js";
import { scopeOf } from "../engine/judge.js";
import type { ReplayResult } from "../engine/replay.js";
import { shrink } from "../engine/shrink.js";
import type { AnySubsystem } from "../subsystem.js";
import { type ExternalFind, type ExternalResult, runExternal } from "../sut/campaign.js";
import { killAll } from "../sut/child.js";
import { ConfigRefused } from "../sut/protocol.js";
import { replayExternal } from "../sut/replay.js";
import { StdioSystem } from "../sut/stdio.js";
import { selectSubsystems } from "../systems.js";
import { TOOL } from "../version.js";
import type { Options as CheckOptions } from "./check.js";
import { DEFAULT_SEED } from "./common.js";
import { decodeConfig, type LoadedTrace } from "./load.js";

/** A stranger's campaign is cut to this, unless `--runs` or `--for` say otherwise. */
const RUNS = 128;
const LENGTH = 600;

// A child has a process group of its own, so an interrupt does not reach it by itself.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    killAll();
    process.exit(2);
  });
}

type Campaign = {
  readonly name: string;
  readonly config: unknown;
  readonly runs: number;
  readonly length: number;
};

const oneSubsystem = (areas: readonly string[]): AnySubsystem => {
  const chosen = selectSubsystems(areas);
  if (chosen.length === 1) return chosen[0] as AnySubsystem;
  throw new InputError(
    { file: "--system-cmd" },
    `found ${chosen.length} subsystems, expected one: ${chosen.map((s) => s.path).join(", ")}`,
  );
};

const campaignsOf = (
  subsystem: AnySubsystem,
  level: Level,
  options: CheckOptions,
): readonly Campaign[] => {
  const runs = options.runs ?? RUNS;
  if (options.config !== undefined) {
    const where = { file: options.config };
    let text: string;
    try {
      text = readFileSync(options.config, "utf8");
    } catch {
      throw new InputError(where, "cannot be opened: no such file or no permission");
    }
    const config = decodeConfig(subsystem, parseJson(text, where), where);
    return [{ name: options.config, config, runs, length: LENGTH }];
  }
  return subsystem.campaigns
    .filter((campaign) => campaign.level === level)
    .map((campaign) => ({
      name: campaign.name,
      config: campaign.config,
      runs: options.runs ?? Math.min(campaign.runs, RUNS),
      length: Math.min(campaign.length, LENGTH),
    }));
};

/** What the campaigns of one system came to. */
class Gathered {
  readonly exercised = new Map<string, number>();
  readonly violations = new Map<string, number>();
  readonly features: number[];
  readonly campaigns: AreaReport["campaigns"][number][] = [];
  readonly refused: string[] = [];
  readonly finds: { readonly find: ExternalFind; readonly result: ExternalResult }[] = [];
  commands = 0;
  evaluations = 0;
  constructor(subsystem: AnySubsystem) {
    this.features = subsystem.features.map(() => 0);
  }
  add(name: string, result: ExternalResult): void {
    this.commands += result.commands;
    this.evaluations += result.evaluations;
    result.clauses.forEach((clause, i) => {
      const before = this.exercised.get(clause.id) ?? 0;
      this.exercised.set(clause.id, before + (result.exercised[i] as number));
    });
    result.features.forEach((n, i) => {
      this.features[i] = (this.features[i] as number) + n;
    });
    for (const find of result.finds) {
      this.finds.push({ find, result });
      for (const id of find.clauses) this.violations.set(id, (this.violations.get(id) ?? 0) + 1);
    }
    this.campaigns.push({
      name,
      config: result.config,
      runs: result.runs,
      commands: result.commands,
      evaluations: result.evaluations,
      hash: result.hash.toString(16).padStart(8, "0"),
    });
  }
}

export const checkCommand = async (
  areas: readonly string[],
  options: CheckOptions,
  command: string,
): Promise<CheckReport> => {
  const subsystem = oneSubsystem(areas);
  const system = await StdioSystem.start(command, subsystem, { timeoutMs: options.timeout * 1000 });
  try {
    const level = options.level ?? system.hello.level ?? "contract";
    const gathered = await runCampaigns(system, subsystem, level, options);
    const { clauses, verdict } = judgedClauses(subsystem, system, level, gathered);
    const violations: ViolationReport[] = [];
    const seen = new Set<string>();
    for (const { find, result } of gathered.finds) {
      const clause = find.clauses[0] as string;
      if (seen.has(clause)) continue;
      seen.add(clause);
      violations.push(await findReport(system, subsystem, level, options, find, result));
    }
    const area: AreaReport = {
      subsystem: subsystem.path,
      title: subsystem.title,
      level,
      verdict,
      commands: gathered.commands,
      states: 0,
      evaluations: gathered.evaluations,
      campaigns: gathered.campaigns,
      explorations: [],
      clauses,
      features: subsystem.features.map((feature, i) => ({
        name: feature.name,
        reached: gathered.features[i] as number,
      })),
    };
    return {
      tool: TOOL,
      verdict,
      system: `${system.hello.name} (${command})`,
      seed: options.seed,
      areas: [area],
      records: [],
      violations,
    };
  } finally {
    await system.close();
  }
};

const runCampaigns = async (
  system: StdioSystem,
  subsystem: AnySubsystem,
  level: Level,
  options: CheckOptions,
): Promise<Gathered> => {
  const gathered = new Gathered(subsystem);
  const subset =
    options.subset === undefined ? undefined : subsystem.generator.subsets[options.subset];
  if (options.subset !== undefined && subset === undefined) {
    throw new InputError(
      { file: "--subset" },
      `found "${options.subset}", expected one of: ` +
        Object.keys(subsystem.generator.subsets).join(", "),
    );
  }
  const campaigns = campaignsOf(subsystem, level, options);
  // The wall clock decides only how many runs there are.
  const deadline = options.for === undefined ? undefined : Date.now() + options.for;
  let refusal: ConfigRefused | undefined;
  for (const campaign of campaigns) {
    const share =
      deadline === undefined
        ? undefined
        : Date.now() + (deadline - Date.now()) / (campaigns.length - campaigns.indexOf(campaign));
    try {
      const result = await runExternal({
        system,
        subsystem,
        config: campaign.config,
        level,
        seed: options.seed,
        first: 0,
        runs: share === undefined ? campaign.runs : Number.MAX_SAFE_INTEGER,
        length: campaign.length,
        ...(subset === undefined ? {} : { subset }),
        ...(share === undefined ? {} : { goOn: () => Date.now() < share }),
      });
      gathered.add(campaign.name, result);
      if (result.finds.some((find) => find.fault !== undefined)) break;
    } catch (error) {
      if (!(error instanceof ConfigRefused)) throw error;
      refusal = error;
      gathered.refused.push(`${campaign.name}: ${error.reason}`);
    }
  }
  // A system that takes none of the configurations was not judged at all.
  if (gathered.campaigns.length === 0 && refusal !== undefined) throw refusal;
  return gathered;
};

const judgedClauses = (
  subsystem: AnySubsystem,
  system: StdioSystem,
  level: Level,
  gathered: Gathered,
): { clauses: ClauseReport[]; verdict: Verdict } => {
  const scope = scopeOf(subsystem.clauses, level, system.hello.observes);
  const { commands } = system.hello;
  const clauses: ClauseReport[] = [];
  const notJudged = (clause: AnySubsystem["clauses"][number], why: string): void => {
    const none = { exercised: 0, minimum: 0, violations: 0 };
    clauses.push({ ...clauseBase(clause), status: "not judged", ...none, why });
  };
  for (const clause of scope.judged) {
    const exercised = gathered.exercised.get(clause.id) ?? 0;
    const violations = gathered.violations.get(clause.id) ?? 0;
    const missing = (clause.requires ?? []).filter((kind) => !commands.includes(kind));
    const able = clause.on === undefined || clause.on.some((kind) => commands.includes(kind));
    if (exercised === 0 && (!able || missing.length > 0)) {
      const kinds = able ? missing : (clause.on ?? []);
      notJudged(clause, `the system does not answer ${kinds.join(", ")}`);
      continue;
    }
    const minimum = clause.minimum ?? (clause.kind === "witness" ? 1 : defaultMinimum);
    const status =
      violations > 0 ? "violated" : exercised >= minimum ? "held" : "not exercised enough";
    clauses.push({ ...clauseBase(clause), status, exercised, minimum, violations });
  }
  for (const { clause, why } of scope.notJudged) notJudged(clause, why);
  for (const clause of systemClauses) {
    const violations = gathered.violations.get(clause.id) ?? 0;
    clauses.push({
      id: clause.id,
      title: clause.title,
      level: clause.level,
      kind: clause.kind,
      task: clause.task,
      source: clause.source.map(sourceText),
      status: violations > 0 ? "violated" : "held",
      exercised: gathered.commands,
      minimum: 1,
      violations,
    });
  }
  let verdict = areaVerdict(clauses);
  // What does not happen again is the harness's fault or chance, not the system's word.
  if (verdict === "violated" && gathered.finds.every(({ find }) => !find.confirmed)) {
    verdict = worse("error", areaVerdict(clauses.filter((c) => c.status !== "violated")));
  }
  return { clauses, verdict };
};

const findReport = async (
  system: StdioSystem,
  subsystem: AnySubsystem,
  level: Level,
  options: CheckOptions,
  find: ExternalFind,
  result: ExternalResult,
): Promise<ViolationReport> => {
  const setting: Setting = {
    subsystem,
    config: result.config,
    level,
    clauses: result.clauses,
    system: system.command,
    seed: options.seed,
    run: find.run,
    traces: options.traces,
    again:
      `redbear-spec check ${subsystem.path} --system-cmd '${system.command}' --level ${level} ` +
      `--seed 0x${options.seed.toString(16)}`,
    replayOptions: ` --system-cmd '${system.command}'`,
  };
  return shrinkFind(system, setting, find.clauses[0] as string, find);
};

/** Shrinks on the system itself, and runs the result once more before it is reported. */
const shrinkFind = async (
  system: StdioSystem,
  setting: Setting,
  clause: string,
  find: Pick<ExternalFind, "sent" | "responses" | "fault" | "confirmed">,
): Promise<ViolationReport> => {
  const { subsystem, config, level, clauses } = setting;
  const again = (commands: readonly unknown[]) =>
    replayExternal(system, subsystem, config, level, clauses, commands);
  const outcome = (fault: ExternalFind["fault"]): string | undefined =>
    fault === undefined
      ? undefined
      : `${fault.message}${fault.stderr === undefined || fault.stderr === "" ? "" : `; standard error ends: ${fault.stderr}`}`;
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

type ReplayOptions = {
  readonly timeout: number;
  readonly level?: Level;
  readonly traces: string;
};

/** Runs a trace on a program; with `shrinking` it is also made minimal. */
export const replayCommand = async (
  trace: LoadedTrace,
  options: ReplayOptions,
  command: string,
  shrinking: boolean,
): Promise<{ system: string; outcome: { ran: number; violation?: ViolationReport } }> => {
  const { subsystem } = trace;
  const system = await StdioSystem.start(command, subsystem, { timeoutMs: options.timeout * 1000 });
  try {
    const level = options.level ?? trace.level;
    const { judged } = scopeOf(subsystem.clauses, level, system.hello.observes);
    const result = await replayExternal(
      system,
      subsystem,
      trace.config,
      level,
      judged,
      trace.commands,
    );
    const setting: Setting = {
      subsystem,
      config: system.config ?? trace.config,
      level,
      clauses: judged,
      system: command,
      seed: trace.header.seed ?? DEFAULT_SEED,
      ...(shrinking ? {} : { trace: trace.file }),
      traces: options.traces,
      again: `redbear-spec replay ${trace.file} --system-cmd '${command}'`,
      replayOptions: ` --system-cmd '${command}'`,
    };
    const clause = result.clauses[0];
    if (clause === undefined) {
      if (shrinking) {
        throw new InputError({ file: trace.file }, "breaks no clause on this system");
      }
      return { system: command, outcome: { ran: result.steps.length } };
    }
    const violation = shrinking
      ? await shrinkFind(system, setting, clause, {
          sent: trace.commands,
          responses: result.responses,
          confirmed: true,
          ...(result.fault === undefined ? {} : { fault: result.fault }),
        })
      : violationReport(setting, clause, result, trace.commands.length, 0, result.fault?.message);
    return { system: command, outcome: { ran: result.steps.length, violation } };
  } finally {
    await system.close();
  }
};
