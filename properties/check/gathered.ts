/** What the searches on one system came to, and what its clauses are worth by that. */
import { defaultMinimum, type Level } from "../../spec/core/clause.js";
import { sourceText } from "../../spec/core/source.js";
import { systemClauses } from "../../spec/core/system-clauses.js";
import { scopeOf } from "../engine/judge.js";
import type { AnySubsystem } from "../subsystem.js";
import type { ExternalFind, ExternalResult } from "../sut/campaign.js";
import type { Hello } from "../sut/protocol.js";
import { clauseBase } from "./area.js";
import type { AreaReport, ClauseReport } from "./report.js";

/** Sums over the searches. */
export class Gathered {
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

  count(part: {
    readonly commands: number;
    readonly evaluations: number;
    readonly clauses: readonly { readonly id: string }[];
    readonly exercised: readonly number[];
  }): void {
    this.commands += part.commands;
    this.evaluations += part.evaluations;
    part.clauses.forEach((clause, i) => {
      const before = this.exercised.get(clause.id) ?? 0;
      this.exercised.set(clause.id, before + (part.exercised[i] as number));
    });
  }

  reached(features: readonly number[]): void {
    features.forEach((n, i) => {
      this.features[i] = (this.features[i] as number) + n;
    });
  }

  add(name: string, result: ExternalResult): void {
    this.count(result);
    this.reached(result.features);
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
      ...(result.cut === 0 ? {} : { cut: result.cut }),
      hash: hashText(result.hash),
    });
  }
}

export const hashText = (hash: number): string => hash.toString(16).padStart(8, "0");

/** Every clause of the level, those of processes included. */
export const judgedClauses = (
  subsystem: AnySubsystem,
  hello: Hello,
  level: Level,
  gathered: Pick<Gathered, "exercised" | "violations" | "commands">,
): ClauseReport[] => {
  const scope = scopeOf(subsystem.clauses, level, hello.observes);
  const { commands } = hello;
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
  return clauses;
};
