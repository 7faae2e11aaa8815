/** A check's report as a codec: the same as the types of `check/report.ts`, which it is held to. */
import * as t from "io-ts";
import { boundedInt } from "../../spec/core/int.js";
import type { CheckReport } from "../check/report.js";
import { Difference, RecordReport } from "../gate/report.js";
import { Picture } from "./picture.js";
import { record } from "./record.js";

const count = boundedInt("count", 0, Number.MAX_SAFE_INTEGER);
const seed = boundedInt("seed", 0, 0xffffffff);
const level = t.union([t.literal("contract"), t.literal("linux")], '"contract" or "linux"');
const list = <C extends t.Mixed>(item: C, name: string) => t.readonlyArray(item, name);
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

const Clause = record(
  {
    id: t.string,
    title: t.string,
    level,
    kind: t.string,
    task: t.string,
    source: list(t.string, "sources"),
    status: t.union([
      t.literal("held"),
      t.literal("violated"),
      t.literal("not exercised enough"),
      t.literal("not judged"),
    ]),
    exercised: count,
    minimum: count,
    violations: count,
  },
  { why: t.string },
  "a clause",
);

const Campaign = record(
  {
    name: t.string,
    config: t.unknown,
    runs: count,
    commands: count,
    evaluations: count,
    hash: t.string,
  },
  { cut: count },
  "a campaign",
);

const Exploration = record(
  {
    name: t.string,
    config: t.unknown,
    states: count,
    transitions: count,
    levels: count,
    complete: t.boolean,
    symmetry: t.boolean,
    evaluations: count,
  },
  { symmetryRefused: t.string, leftOut: t.string, missedChance: t.number },
  "an exploration",
);

const Step = record(
  {
    command: t.string,
    kind: t.string,
    response: t.string,
    answer: t.string,
    changes: list(Difference, "changes"),
  },
  { linux: t.string, picture: Picture },
  "a step",
);

const Violation = record(
  {
    clause: t.string,
    title: t.string,
    level,
    source: list(t.string, "sources"),
    subsystem: t.string,
    system: t.string,
    config: t.unknown,
    seed,
    also: list(t.string, "clause ids"),
    found: count,
    length: count,
    shrinkRuns: count,
    steps: list(Step, "steps"),
    differences: list(Difference, "differences"),
    trace: t.string,
    replay: t.string,
    again: t.string,
  },
  { run: count, linux: t.string, systemOutcome: t.string },
  "a violation",
);

const Area = record(
  {
    subsystem: t.string,
    title: t.string,
    level,
    verdict,
    commands: count,
    states: count,
    evaluations: count,
    campaigns: list(Campaign, "campaigns"),
    explorations: list(Exploration, "explorations"),
    clauses: list(Clause, "clauses"),
    features: list(record({ name: t.string, reached: count }, {}, "a feature"), "features"),
  },
  { refused: list(t.string, "refusals"), fixed: t.UnknownRecord },
  "an area",
);

export const CheckReportCodec = record(
  {
    tool: t.string,
    verdict,
    system: t.string,
    seed,
    areas: list(Area, "areas"),
    records: list(RecordReport, "records"),
    violations: list(Violation, "violations"),
  },
  {},
  "a check report",
);

type Decoded = t.TypeOf<typeof CheckReportCodec>;

// Each assignable to the other: a field that one has and the other has not stops the build.
const _read = (report: Decoded): CheckReport => report;
const _write = (report: CheckReport): Decoded => report;
void _read;
void _write;
