/**
 * What a gate found, as plain data. Every output (terminal, HTML, JUnit, …) is a function of it,
 * and `report RUN.json` reads it back, so it is a codec and not only a type.
 */
import * as t from "io-ts";
import { boundedInt } from "../../spec/core/int.js";
import { Picture } from "../report/picture.js";
import { record } from "../report/record.js";

/** Raised when a reader of the old form would misread the new one. */
export const GATE_REPORT_VERSION = 1;

const count = boundedInt("count", 0, Number.MAX_SAFE_INTEGER);
const level = t.union([t.literal("contract"), t.literal("linux")], '"contract" or "linux"');
const verdict = t.union(
  [
    t.literal("violated"),
    t.literal("error"),
    t.literal("inconclusive"),
    t.literal("not proven"),
    t.literal("holds"),
  ],
  "a verdict",
);
const list = <C extends t.Mixed>(item: C, name: string) => t.readonlyArray(item, name);
/** A field of the state: before and after the command in the reference, and in the system. */
export const Difference = record(
  { field: t.string, before: t.string, after: t.string },
  { system: t.string },
  "a difference",
);

/** One command of a counterexample. */
export const Step = record(
  {
    command: t.string,
    /** "alloc", the kind alone. */
    kind: t.string,
    /** The system's answer, as text, and its kind; "no answer" where there was none. */
    response: t.string,
    answer: t.string,
    changes: list(Difference, "changes"),
  },
  {
    /** What Linux 7.0 answers there: the reference in the state that the system led to. */
    linux: t.string,
    /** What the base's build answers to the same commands. */
    base: t.string,
    /** The state after the command. */
    picture: Picture,
  },
  "a step",
);
export type Step = t.TypeOf<typeof Step>;

export const Violation = record(
  {
    clause: t.string,
    title: t.string,
    level,
    source: list(t.string, "sources"),
    subsystem: t.string,
    system: t.string,
    config: t.unknown,
    seed: boundedInt("seed", 0, 0xffffffff),
    /** Other clauses that the same command broke. */
    also: list(t.string, "clause ids"),
    /** Commands before and after shrinking. */
    found: count,
    length: count,
    shrinkRuns: count,
    steps: list(Step, "steps"),
    differences: list(Difference, "differences"),
    /** The trace file, relative to where the gate ran. */
    trace: t.string,
    replay: t.string,
    again: t.string,
    /** "free -> warned" a step: what waivers name. */
    shape: list(t.string, "a shape"),
    /** What became of it against the base. */
    change: t.union([
      t.literal("new"),
      t.literal("known"),
      t.literal("fixed"),
      t.literal("waived"),
      t.literal("unstable"),
    ]),
  },
  {
    run: count,
    linux: t.string,
    /** A crash, a hang, nonsense. */
    systemOutcome: t.string,
    /** File of the waiver that covers it. */
    waiver: t.string,
    /** How often it came again when the trace was run anew. */
    reproduced: record({ times: count, of: count }, {}, "a reproduction rate"),
    /** Number of the first step at which system and Linux answer differently. */
    firstDifference: count,
    /** Regression file that it came from. */
    regression: t.string,
  },
  "a violation",
);
export type Violation = t.TypeOf<typeof Violation>;

const ClauseAt = record(
  {
    status: t.union([
      t.literal("held"),
      t.literal("violated"),
      t.literal("not exercised enough"),
      t.literal("not judged"),
      t.literal("no answer"),
    ]),
    exercised: count,
    minimum: count,
    violations: count,
  },
  { why: t.string },
  "a clause on one side",
);
export type ClauseAt = t.TypeOf<typeof ClauseAt>;

/** How a clause fares at head against base. */
export const ClauseChange = t.union(
  [
    t.literal("new"),
    t.literal("known"),
    t.literal("fixed"),
    t.literal("lost"),
    t.literal("waived"),
    t.literal("not proven"),
    t.literal("not judged"),
    t.literal("unstable"),
    t.literal("held"),
  ],
  "a change",
);
export type ClauseChange = t.TypeOf<typeof ClauseChange>;

export const GateClause = record(
  {
    id: t.string,
    title: t.string,
    level,
    kind: t.string,
    task: t.string,
    source: list(t.string, "sources"),
    base: ClauseAt,
    head: ClauseAt,
    change: ClauseChange,
  },
  { note: t.string },
  "a clause",
);
export type GateClause = t.TypeOf<typeof GateClause>;

/** One kind of search that was made on a system. */
export const Stage = record(
  {
    kind: t.union([
      t.literal("regressions"),
      t.literal("exhaustive"),
      t.literal("random"),
      t.literal("recorded"),
    ]),
    /** "3 CPUs x 5 vectors", or the file of a record or regression. */
    name: t.string,
    commands: count,
    /** Whether it came to its own end, or the time did. */
    complete: t.boolean,
  },
  { runs: count, states: count, transitions: count, hash: t.string, note: t.string },
  "a stage",
);
export type Stage = t.TypeOf<typeof Stage>;

/** One build of the system, judged. */
export const Side = record(
  {
    state: t.union([
      t.literal("judged"),
      t.literal("build failed"),
      t.literal("could not start"),
      t.literal("interrupted"),
      t.literal("not run"),
    ]),
    /** Kinds of commands that it answers, and what it shows. */
    commands: list(t.string, "command kinds"),
    observes: list(t.string, "observables"),
    stages: list(Stage, "stages"),
    commandsRun: count,
    evaluations: count,
    features: list(record({ name: t.string, reached: count }, {}, "a feature"), "features"),
    buildMs: count,
    judgeMs: count,
    buildCached: t.boolean,
  },
  { name: t.string, why: t.string },
  "one side",
);
export type Side = t.TypeOf<typeof Side>;

export const GateArea = record(
  {
    subsystem: t.string,
    title: t.string,
    level,
    /** Why it was judged: the changed files that it claims, or what else. */
    because: t.string,
    touched: t.boolean,
    verdict,
    base: Side,
    head: Side,
    clauses: list(GateClause, "clauses"),
    violations: list(Violation, "violations"),
  },
  {},
  "an area",
);
export type GateArea = t.TypeOf<typeof GateArea>;

export const ChangedFile = record(
  {
    path: t.string,
    status: t.union([
      t.literal("added"),
      t.literal("modified"),
      t.literal("deleted"),
      t.literal("renamed"),
    ]),
    /** Areas whose globs claim it. */
    areas: list(t.string, "areas"),
    added: count,
    removed: count,
    binary: t.boolean,
    /** Changed lines at head: first line (from 1) and how many. */
    hunks: list(record({ start: count, lines: count }, {}, "a hunk"), "hunks"),
    role: t.union([
      t.literal("kernel"),
      t.literal("unmapped"),
      t.literal("harness"),
      t.literal("configuration"),
      t.literal("regression"),
      t.literal("waiver"),
      t.literal("other"),
    ]),
  },
  { from: t.string },
  "a changed file",
);
export type ChangedFile = t.TypeOf<typeof ChangedFile>;

/** Why the gate does not open: a rule of `gate/rules.ts`, or a clause. */
export const Blocker = record(
  { rule: t.string, verdict, text: t.string },
  { area: t.string, clause: t.string, file: t.string },
  "a blocker",
);
export type Blocker = t.TypeOf<typeof Blocker>;

export const WaiverReport = record(
  {
    file: t.string,
    area: t.string,
    clause: t.string,
    shape: list(t.string, "a shape"),
    reason: t.string,
    owner: t.string,
    expires: t.string,
    state: t.union([
      t.literal("used"),
      t.literal("unused"),
      t.literal("expired"),
      t.literal("over-broad"),
      t.literal("not judged"),
    ]),
  },
  {},
  "a waiver",
);
export type WaiverReport = t.TypeOf<typeof WaiverReport>;

export const RecordReport = record(
  { file: t.string, verdict, events: count, linux: count, contract: count, informational: count },
  { explanation: t.string },
  "a recorded trace",
);

const Revision = record({ name: t.string, subject: t.string }, { commit: t.string }, "a revision");

export const GateReport = record(
  {
    "redbear-spec-gate": t.literal(GATE_REPORT_VERSION),
    tool: t.string,
    verdict,
    /** One sentence: what the change did. */
    headline: t.string,
    /** Name of the repository's folder. */
    repository: t.string,
    base: Revision,
    head: Revision,
    profile: t.union([t.literal("default"), t.literal("nightly")]),
    budgetMs: count,
    totalMs: count,
    seed: boundedInt("seed", 0, 0xffffffff),
    /** When it ran, UTC, "2026-11-24T23:51:32Z"; for run history alone. */
    at: t.string,
    files: list(ChangedFile, "changed files"),
    areas: list(GateArea, "areas"),
    waivers: list(WaiverReport, "waivers"),
    blockers: list(Blocker, "blockers"),
    warnings: list(t.string, "warnings"),
    records: list(RecordReport, "records"),
  },
  {},
  "a gate report",
);
export type GateReport = t.TypeOf<typeof GateReport>;
