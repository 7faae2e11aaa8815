/** A kernel change in, a verdict out. */
import { type Level, levels } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import { type Verdict, worst } from "../../spec/core/verdict.js";
import { judgeRecords } from "../check/records.js";
import { findSubsystem } from "../systems.js";
import { TOOL } from "../version.js";
import { type TouchedArea, touchedAreas } from "./areas.js";
import { areaBlockers, blocker, recordBlockers } from "./blockers.js";
import { type Cache, openCache } from "./cache.js";
import { type Change, type ChangeOptions, type End, readChange, readEnds } from "./change.js";
import type { AreaConfig, GateConfig } from "./config.js";
import { headlineOf } from "./headline.js";
import { type AreaOutcome, judgeArea } from "./judge-area.js";
import { configBlockers, deletedRegressions, regressionBlockers } from "./loss.js";
import { ownRegressions, type Regression, readRegressions } from "./regressions.js";
import { listFiles, openRepo, type Repo, type Revision } from "./repo.js";
import {
  type Blocker,
  GATE_REPORT_VERSION,
  type GateArea,
  type GateReport,
  type Side,
} from "./report.js";
import { GATE_APPLY, GATE_CONFIG, GATE_INTERRUPTED, type Rule } from "./rules.js";
import { Builder, openSides, type Sides } from "./sides.js";
import { applyWaivers, deletedWaivers, readWaivers } from "./waive.js";
import type { Waiver } from "./waivers.js";

export type GateOptions = ChangeOptions & {
  readonly repo: string;
  readonly nightly: boolean;
  /** Wall clock for everything, ms. */
  readonly budgetMs: number;
  /** Most runs of a campaign. */
  readonly runs?: number;
  /** Overrides that of the configuration. */
  readonly seed?: number;
  readonly defaultSeed: number;
  /** Judges every area at this level instead of its own. */
  readonly level?: Level;
  readonly cache?: string;
  readonly traces: string;
  /** "2026-11-24", for waivers. */
  readonly today: string;
  /** "2026-11-24T23:51:32Z", for run history. */
  readonly at: string;
  readonly signal: AbortSignal;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  readonly progress?: (what: string, done: number, total: number) => void;
  /** Lines of builds; foreign data. */
  readonly onLine?: (line: string) => void;
};

/** Time that is left for comparing, writing and ending, ms. */
const RESERVE_MS = 4000;
/** What an area gets at least, however long the builds took, ms. */
const LEAST_MS = 4000;
/** An area that the change touches gets so much more time than one that is run to be safe. */
const TOUCHED_WEIGHT = 3;
const RUNS = 512;
const NIGHTLY_RUNS = 8192;

class Gate {
  readonly #options: GateOptions;
  readonly #started: number;
  readonly #repo: Repo;
  readonly #cache: Cache;
  readonly #warnings: string[] = [];
  #done = 0;
  #steps = 1;

  constructor(options: GateOptions, repo: Repo, cache: Cache) {
    this.#options = options;
    this.#repo = repo;
    this.#cache = cache;
    this.#started = options.clock();
  }

  async run(): Promise<GateReport> {
    const options = this.#options;
    const ends = await readEnds(this.#repo, options);
    if (ends.refused !== undefined) {
      return this.#unread(ends.base, ends.head, GATE_APPLY, ends.refused);
    }
    let change: Change;
    let regressions: readonly Regression[];
    let waivers: readonly Waiver[];
    try {
      change = await readChange(this.#repo, ends, options);
      const { base, head, config, baseConfig } = change;
      regressions = readRegressions(
        this.#repo,
        { commit: base.commit, config: baseConfig },
        { commit: head.commit, config },
      );
      waivers = readWaivers(this.#repo, head.commit, config.gate.waivers);
    } catch (error) {
      // The change's own files are at fault: that is an outcome, with every output.
      if (!(error instanceof InputError)) throw error;
      return this.#unread(ends.base, ends.head, GATE_CONFIG, error);
    }
    const { config, files } = change;
    const touched = touchedAreas(files, config);
    const outcomes =
      touched.areas.length === 0 ? [] : await this.#judge(change, touched.areas, regressions);
    const found = outcomes.flatMap(({ outcome }) => outcome.violations);
    const judgedAreas = new Set(
      outcomes
        .filter(({ outcome }) => outcome.head.state === "judged")
        .map(({ area }) => area.config.subsystem),
    );
    const waived = applyWaivers(waivers, deletedWaivers(this.#repo, change), found, {
      judgedAreas,
      configured: new Set(config.areas.map((area) => area.subsystem)),
      today: options.today,
    });
    let taken = 0;
    const areas: GateArea[] = [];
    const blockers: Blocker[] = [];
    for (const { area, outcome } of outcomes) {
      const mine = waived.violations.slice(taken, taken + outcome.violations.length);
      taken += outcome.violations.length;
      const report = this.#area(area, outcome, mine);
      const found = areaBlockers(report, {
        offered: outcome.offered,
        requires: area.config.requires,
        observes: area.config.observes,
      });
      areas.push({ ...report, verdict: worst(found.map((b) => b.verdict)) });
      blockers.push(...found);
    }
    const tree = listFiles(this.#repo, change.head.commit).map((entry) => entry.path);
    blockers.push(...configBlockers(change.baseConfig, config, tree));
    if (change.baseConfig !== undefined) {
      const deleted = deletedRegressions(files, change.baseConfig, config);
      blockers.push(...regressionBlockers(deleted));
    }
    blockers.push(...waived.blockers);
    const records =
      options.nightly && !options.signal.aborted
        ? await judgeRecords(areas.map((area) => findSubsystem(area.subsystem)))
        : [];
    blockers.push(...recordBlockers(records));
    if (options.signal.aborted && blockers.every((b) => b.rule !== GATE_INTERRUPTED.id)) {
      blockers.push(blocker(GATE_INTERRUPTED, "was interrupted"));
    }
    this.#warnings.unshift(...touched.warnings);
    return this.#report(change, { areas, blockers, waivers: waived.reports, records });
  }

  /** The change could not be read so far as to judge anything. */
  #unread(base: Revision, head: End, rule: Rule, error: InputError): GateReport {
    const { file } = error.where;
    const where = head.commit === undefined ? {} : { file };
    const blockers = [blocker(rule, error.message, where)];
    const none = { areas: [], waivers: [], records: [] };
    return this.#report({ base, head, files: [] }, { ...none, blockers });
  }

  #report(
    change: Pick<Change, "base" | "files"> & { readonly head: End; readonly config?: GateConfig },
    parts: Pick<GateReport, "areas" | "blockers" | "waivers" | "records">,
  ): GateReport {
    const options = this.#options;
    const verdict: Verdict = worst(parts.blockers.map((b) => b.verdict));
    const revision = (r: End) => ({
      name: r.name,
      subject: r.subject,
      ...(r.commit === undefined ? {} : { commit: r.commit }),
    });
    return {
      "redbear-spec-gate": GATE_REPORT_VERSION,
      tool: TOOL,
      verdict,
      headline: headlineOf(verdict, parts.areas, parts.blockers),
      repository: this.#repo.name,
      base: revision(change.base),
      head: revision(change.head),
      profile: options.nightly ? "nightly" : "default",
      budgetMs: options.budgetMs,
      totalMs: Math.round(options.clock() - this.#started),
      seed: this.#seed(change),
      at: options.at,
      files: change.files,
      warnings: this.#warnings,
      ...parts,
    };
  }

  #seed(change: { readonly config?: GateConfig }): number {
    return this.#options.seed ?? change.config?.gate.seed ?? this.#options.defaultSeed;
  }

  #area(touched: JudgedArea, outcome: AreaOutcome, violations: GateArea["violations"]): GateArea {
    const { config, because } = touched;
    const subsystem = findSubsystem(config.subsystem);
    return {
      subsystem: config.subsystem,
      title: subsystem.title,
      level: config.level,
      because,
      touched: touched.touched,
      verdict: "holds",
      base: outcome.base,
      head: outcome.head,
      clauses: outcome.clauses.map((clause) => ({
        ...clause,
        change: withWaivers(clause, violations),
      })),
      violations,
    };
  }

  async #judge(
    change: Change,
    areas: readonly TouchedArea[],
    regressions: readonly Regression[],
  ): Promise<{ area: JudgedArea; outcome: AreaOutcome }[]> {
    const options = this.#options;
    const { signal } = options;
    this.#steps = areas.length * 2 + 1;
    this.#say("checking out");
    const sides = await openSides(this.#repo, this.#cache, change, signal);
    const { submodules } = sides.head;
    if (submodules.length > 0) {
      this.#warnings.push(`submodules are not checked out: ${submodules.join(", ")}`);
    }
    const builder = new Builder(change.config.gate.buildTimeout, signal, (line) =>
      options.onLine?.(line),
    );
    const planned = areas.map((area) => this.#plan(area, change));
    // All builds first: what they take is known before the rest of the time is given out.
    const built = await Promise.all(planned.map((area) => this.#build(builder, sides, area)));
    const out: { area: JudgedArea; outcome: AreaOutcome }[] = [];
    let weights = planned.reduce((sum, area) => sum + weightOf(area), 0);
    for (const [i, area] of planned.entries()) {
      const trees = built[i] as BuiltArea;
      const left = options.budgetMs - (options.clock() - this.#started) - RESERVE_MS;
      const budgetMs = Math.max(LEAST_MS, (left * weightOf(area)) / weights);
      weights -= weightOf(area);
      this.#say(`judging ${area.config.subsystem}`);
      if (signal.aborted) {
        out.push({ area, outcome: notRun(trees) });
        continue;
      }
      const subsystem = findSubsystem(area.config.subsystem);
      const outcome = await judgeArea(
        {
          subsystem,
          config: area.config,
          ownConfig: area.own,
          ...trees,
          regressions: [
            ...regressions.filter(
              (r) =>
                r.subsystem === subsystem.path &&
                levels.indexOf(r.level) <= levels.indexOf(area.config.level),
            ),
            ...ownRegressions(subsystem.path, area.config.level),
          ],
          seed: this.#seed(change),
          runs: options.runs ?? (options.nightly ? NIGHTLY_RUNS : RUNS),
          budgetMs,
          traces: options.traces,
          signal,
        },
        options.clock,
      );
      out.push({ area, outcome });
    }
    return out;
  }

  #plan(touched: TouchedArea, change: Change): JudgedArea {
    const { level } = this.#options;
    const config = level === undefined ? touched.area : { ...touched.area, level };
    const own = change.baseConfig?.areas.find((a) => a.subsystem === config.subsystem);
    return {
      config,
      own: own === undefined || level === undefined ? own : { ...own, level },
      because: touched.because,
      touched: touched.touched,
    };
  }

  async #build(builder: Builder, sides: Sides, area: JudgedArea): Promise<BuiltArea> {
    this.#say(`building for ${area.config.subsystem}`);
    const { own } = sides;
    const [head, base, ours] = await Promise.all([
      builder.build(sides.head, area.config),
      builder.build(sides.base, area.config),
      own === undefined || area.own === undefined ? undefined : builder.build(own, area.own),
    ]);
    return { head, base, own: ours };
  }

  #say(what: string): void {
    this.#options.progress?.(what, this.#done++, this.#steps);
  }
}

type JudgedArea = {
  readonly config: AreaConfig;
  readonly own: AreaConfig | undefined;
  readonly because: string;
  readonly touched: boolean;
};
type BuiltArea = Pick<Parameters<typeof judgeArea>[0], "head" | "base" | "own">;

const weightOf = (area: JudgedArea): number => (area.touched ? TOUCHED_WEIGHT : 1);

/** A clause whose violations at head are all waived is waived. */
const withWaivers = (
  clause: GateArea["clauses"][number],
  violations: GateArea["violations"],
): GateArea["clauses"][number]["change"] => {
  if (clause.change !== "new" && clause.change !== "known") return clause.change;
  const mine = violations.filter(
    (v) => v.change !== "fixed" && (v.clause === clause.id || v.also.includes(clause.id)),
  );
  if (mine.length === 0) return clause.change;
  if (mine.some((v) => v.change === "new")) return "new";
  return mine.every((v) => v.change === "waived") ? "waived" : "known";
};

const notRun = (trees: BuiltArea): AreaOutcome => {
  const side = (built: BuiltArea["head"]): Side => ({
    state: "not run",
    commands: [],
    observes: [],
    stages: [],
    commandsRun: 0,
    evaluations: 0,
    features: [],
    buildMs: built.result?.ms ?? 0,
    judgeMs: 0,
    buildCached: built.result?.cached ?? false,
    why: "the gate was interrupted",
  });
  return {
    clauses: [],
    violations: [],
    head: side(trees.head),
    base: side(trees.base),
    offered: undefined,
  };
};

/** Throws InputError where the change cannot be read or the cache cannot be written. */
export const gate = async (options: GateOptions): Promise<GateReport> => {
  const cache = openCache(options.cache);
  try {
    return await new Gate(options, openRepo(options.repo, cache.runDir), cache).run();
  } catch (error) {
    if (options.signal.aborted && !(error instanceof InputError)) {
      throw new InputError({ file: "gate" }, "was interrupted before anything was judged");
    }
    throw error;
  } finally {
    cache.close();
  }
};
