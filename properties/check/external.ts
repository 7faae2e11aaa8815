/** Random campaigns against a program of the user's, gathered into one report. */
import type { Level } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import { worse } from "../../spec/core/verdict.js";
import type { AnySubsystem } from "../subsystem.js";
import { type ExternalFind, type ExternalResult, runExternal } from "../sut/campaign.js";
import { ConfigRefused } from "../sut/protocol.js";
import { StdioSystem } from "../sut/stdio.js";
import { TOOL } from "../version.js";
import { areaVerdict } from "./area.js";
import type { Setting } from "./counterexample.js";
import { shrinkFind } from "./external-find.js";
import { Gathered, judgedClauses } from "./gathered.js";
import type { AreaReport, CheckReport, ViolationReport } from "./report.js";

/** A stranger's campaign is cut to this, unless runs or a time are given. */
const RUNS = 128;
/** Commands in a run of a stranger, most. */
export const RUN_LENGTH = 600;

export type ExternalCheckOptions = {
  /** Seconds that the system may take to answer. */
  readonly timeout: number;
  readonly level?: Level;
  readonly seed: number;
  readonly runs?: number;
  readonly subset?: string;
  /** A configuration of the user's instead of the subsystem's campaigns, and its name. */
  readonly config?: { readonly name: string; readonly value: unknown };
  /** Given the campaigns' number and the place of one, says whether that one goes on. */
  readonly goOn?: (campaign: number, campaigns: number) => boolean;
  readonly traces: string;
  /** Its name, where it is a program of this package. */
  readonly name?: string;
};

/** The option that asks for this system again. */
export const systemOption = (command: string, name: string | undefined): string =>
  name === undefined ? `--system-cmd '${command}'` : `--system ${name}`;

type Campaign = {
  readonly name: string;
  readonly config: unknown;
  readonly runs: number;
  readonly length: number;
};

const campaignsOf = (
  subsystem: AnySubsystem,
  level: Level,
  options: ExternalCheckOptions,
): readonly Campaign[] => {
  const runs = options.runs ?? RUNS;
  if (options.config !== undefined) {
    const { name, value } = options.config;
    return [{ name, config: value, runs, length: RUN_LENGTH }];
  }
  return subsystem.campaigns
    .filter((campaign) => campaign.level === level)
    .map((campaign) => ({
      name: campaign.name,
      config: campaign.config,
      runs: options.runs ?? Math.min(campaign.runs, RUNS),
      length: Math.min(campaign.length, RUN_LENGTH),
    }));
};

export const checkExternal = async (
  subsystem: AnySubsystem,
  options: ExternalCheckOptions,
  command: string,
): Promise<CheckReport> => {
  const system = await StdioSystem.start(command, subsystem, { timeoutMs: options.timeout * 1000 });
  try {
    const level = options.level ?? system.hello.level ?? "contract";
    const gathered = await runCampaigns(system, subsystem, level, options);
    const clauses = judgedClauses(subsystem, system.hello, level, gathered);
    let verdict = areaVerdict(clauses);
    // What does not happen again is the harness's fault or chance, not the system's word.
    if (verdict === "violated" && gathered.finds.every(({ find }) => !find.confirmed)) {
      verdict = worse("error", areaVerdict(clauses.filter((c) => c.status !== "violated")));
    }
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
      ...(gathered.refused.length === 0 ? {} : { refused: gathered.refused }),
      ...(Object.keys(system.hello.fixed).length === 0 ? {} : { fixed: system.hello.fixed }),
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
      system: `${system.hello.name} (${options.name ?? command})`,
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
  options: ExternalCheckOptions,
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
  let refusal: ConfigRefused | undefined;
  const { goOn } = options;
  for (const [n, campaign] of campaigns.entries()) {
    try {
      const result = await runExternal({
        system,
        subsystem,
        config: campaign.config,
        level,
        seed: options.seed,
        first: 0,
        runs: goOn === undefined ? campaign.runs : Number.MAX_SAFE_INTEGER,
        length: campaign.length,
        ...(subset === undefined ? {} : { subset }),
        ...(goOn === undefined ? {} : { goOn: () => goOn(n, campaigns.length) }),
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

const findReport = async (
  system: StdioSystem,
  subsystem: AnySubsystem,
  level: Level,
  options: ExternalCheckOptions,
  find: ExternalFind,
  result: ExternalResult,
): Promise<ViolationReport> => {
  const option = systemOption(system.command, options.name);
  const setting: Setting = {
    subsystem,
    config: result.config,
    level,
    clauses: result.clauses,
    system: options.name ?? system.command,
    seed: options.seed,
    run: find.run,
    traces: options.traces,
    again:
      `redbear-spec check ${subsystem.path} ${option} --level ${level} ` +
      `--seed 0x${options.seed.toString(16)}`,
    replayOptions: ` ${option}`,
  };
  return shrinkFind(system, setting, find.clauses[0] as string, find);
};
