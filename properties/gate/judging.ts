/** One build of a system being judged: what its stages share, and what they came to. */
import type { Level } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import { Gathered, judgedClauses } from "../check/gathered.js";
import { scopeOf } from "../engine/judge.js";
import type { AnySubsystem } from "../subsystem.js";
import type { ExternalFind } from "../sut/campaign.js";
import { ConfigRefused } from "../sut/protocol.js";
import type { StdioSystem } from "../sut/stdio.js";
import type { Clauses } from "../sut/tracker.js";
import { Finds } from "./finds.js";
import type { JudgeJob, JudgeResult } from "./job.js";
import type { Stage } from "./report.js";

/** A hang costs the time limit twice: after so many no further stage is begun. */
const MOST_HANGS = 2;

/** Milliseconds, from any start. */
export type Clock = () => number;

export class Judging {
  readonly job: JudgeJob;
  readonly subsystem: AnySubsystem;
  readonly level: Level;
  readonly system: StdioSystem;
  readonly clauses: Clauses;
  readonly clock: Clock;
  readonly gathered: Gathered;
  readonly finds: Finds;
  readonly stages: Stage[] = [];
  /** Configurations that the system refused, of those tried. */
  readonly #refusals: string[] = [];
  #taken = 0;
  #hangs = 0;

  constructor(job: JudgeJob, system: StdioSystem, clock: Clock) {
    const { subsystem } = system;
    this.job = job;
    this.subsystem = subsystem;
    this.level = job.level;
    this.system = system;
    this.clock = clock;
    this.clauses = scopeOf(subsystem.clauses, job.level, system.hello.observes).judged;
    this.gathered = new Gathered(subsystem);
    this.finds = new Finds(system, job);
  }

  /** What is known so far. */
  result(state: JudgeResult["state"], why?: string): JudgeResult {
    const gathered = this.gathered;
    const { violations, unstable } = this.finds;
    const counts = new Map<string, number>();
    for (const v of violations) {
      for (const id of [v.clause, ...v.also]) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    const { hello } = this.system;
    return {
      kind: "judge",
      state,
      ...(why === undefined ? {} : { why }),
      name: hello.name,
      commands: hello.commands,
      observes: hello.observes,
      stages: this.stages,
      commandsRun: gathered.commands,
      evaluations: gathered.evaluations,
      features: this.subsystem.features.map((feature, i) => ({
        name: feature.name,
        reached: gathered.features[i] as number,
      })),
      clauses: judgedClauses(this.subsystem, hello, this.level, {
        exercised: gathered.exercised,
        violations: counts,
        commands: gathered.commands,
      }),
      violations,
      unstable,
    };
  }

  /** Why nothing was judged: every configuration was refused. */
  get refusal(): string | undefined {
    return this.#taken === 0 ? this.#refusals[0] : undefined;
  }

  found(
    find: ExternalFind,
    { config, clauses }: { readonly config: unknown; readonly clauses: Clauses },
    run: number | undefined,
  ): void {
    const clause = find.clauses[0] as string;
    if (clause === "SYS-HANG") this.#hangs++;
    this.finds.add({ clause, find, config, clauses, ...(run === undefined ? {} : { run }) });
  }

  /** A stage with one configuration, which the system may refuse. */
  async stage(
    stage: Pick<Stage, "kind" | "name">,
    perform: () => Promise<Omit<Stage, "kind" | "name">>,
  ): Promise<void> {
    if (this.#hangs >= MOST_HANGS) {
      const note = "not begun, since the system hung before";
      this.stages.push({ ...stage, commands: 0, complete: false, note });
      return;
    }
    try {
      const done = await perform();
      this.#taken++;
      this.stages.push({ ...stage, ...done });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      // Also a level at which the configuration that the system fixes is not judged.
      if (!(error instanceof ConfigRefused) && !this.system.alive) throw error;
      const reason = error instanceof ConfigRefused ? error.reason : error.message;
      this.#refusals.push(error.message);
      const note = `configuration refused: ${reason}`;
      this.stages.push({ ...stage, commands: 0, complete: true, note });
    }
  }
}
