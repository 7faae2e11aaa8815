/**
 * SARIF 2.1.0: a result a violation, loss or other blocker, at the changed lines of the files
 * that its area claims.
 */
import { createHash } from "node:crypto";
import type {
  Invocation,
  Location,
  Log,
  PhysicalLocation,
  ReportingDescriptor,
  Result,
  Suppression,
} from "sarif";
import { exitCode, type Verdict } from "../../spec/core/verdict.js";
import type { CheckReport, ViolationReport } from "../check/report.js";
import type { Blocker, ChangedFile, GateArea, GateReport, Violation } from "../gate/report.js";
import { findRule } from "../gate/rules.js";
import { plain } from "./escape.js";
import { stepLines, type Told } from "./steps.js";

const SCHEMA =
  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/** Where a result stands that no changed line has to do with. */
const CONFIGURATION = "redbear-spec.toml";
/** Viewers are made for a few; the first is the one that all of them show. */
const LOCATIONS = 10;
const STEPS = 60;

/** Braces are placeholders in a message, and "[text](place)" is a link. */
const said = (text: string): { text: string } => ({
  text: plain(text).replace(/[{}]/g, "$&$&").replaceAll("](", "] ("),
});

/** A path of the repository as a relative URI; git's paths are bytes, here read as text. */
const uri = (path: string): string =>
  // Half of a surrogate pair cannot be encoded.
  path
    .replace(/\p{Cs}/gu, "\ufffd")
    .split("/")
    .map((part) => encodeURIComponent(part))
    .join("/");

const physical = (path: string, lines?: { start: number; lines: number }): PhysicalLocation => ({
  artifactLocation: { uri: uri(path), uriBaseId: "%SRCROOT%" },
  // A hunk that only takes lines away has none at head: the line before it stands for it.
  ...(lines === undefined
    ? {}
    : {
        region: {
          startLine: Math.max(1, lines.start),
          endLine: Math.max(1, lines.start) + Math.max(0, lines.lines - 1),
        },
      }),
});

/** The changed lines that can be at fault for an area: of its own files, else of unclaimed ones. */
const placesOf = (files: readonly ChangedFile[], area: string): PhysicalLocation[] => {
  const there = files.filter((file) => file.status !== "deleted");
  const mine = there.filter((file) => file.areas.includes(area));
  const suspects = mine.length > 0 ? mine : there.filter((file) => file.role === "unmapped");
  const places = suspects.flatMap((file) =>
    file.hunks.length === 0
      ? [physical(file.path)]
      : file.hunks.map((hunk) => physical(file.path, hunk)),
  );
  return places.length === 0 ? [physical(CONFIGURATION)] : places.slice(0, LOCATIONS);
};

const located = (
  places: readonly PhysicalLocation[],
): Pick<Result, "locations" | "relatedLocations"> => {
  const [first, ...rest] = places;
  return {
    locations: first === undefined ? [] : [{ physicalLocation: first }],
    ...(rest.length === 0
      ? {}
      : {
          relatedLocations: rest.map((physicalLocation, id) => ({
            id: id + 1,
            physicalLocation,
            message: { text: "changed as well" },
          })),
        }),
  };
};

const fingerprint = (...parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);

const flow = (told: Told, place: PhysicalLocation | undefined): Result["codeFlows"] => {
  const lines = stepLines(told, STEPS);
  if (lines.length === 0) return undefined;
  return [
    {
      message: { text: "the shrunk trace" },
      threadFlows: [
        {
          locations: lines.map((line) => {
            const text =
              "leftOut" in line
                ? `… ${line.leftOut} commands …`
                : `${line.number}: ${line.command} -> ${line.system}` +
                  (line.linux === undefined || line.linux === line.system
                    ? ""
                    : ` (Linux 7.0: ${line.linux})`);
            const location: Location = {
              message: said(text),
              ...(place === undefined ? {} : { physicalLocation: place }),
            };
            const essential = !("leftOut" in line) && line.mark !== "";
            return { location, importance: essential ? "essential" : "important" };
          }),
        },
      ],
    },
  ];
};

const summary = (v: ViolationReport | Violation): string => {
  const last = v.steps.at(-1);
  const end =
    last === undefined
      ? ""
      : ` The last one, ${last.command}, is answered ${last.response}` +
        (last.linux === undefined || last.linux === last.response
          ? "."
          : `; Linux 7.0 answers ${last.linux}.`);
  return `${v.clause}: ${v.title}. Broken in ${v.length} commands.${end} Replay: ${v.replay}`;
};

const baselineOf = { new: "new", known: "unchanged", fixed: "absent", unstable: "new" } as const;

const violationResult = (report: GateReport, area: GateArea, v: Violation): Result => {
  const places = placesOf(report.files, area.subsystem);
  const codeFlows = flow(v, places[0]);
  const waiver = report.waivers.find((w) => w.file === v.waiver);
  const suppression: Suppression = {
    kind: "external",
    status: "accepted",
    justification: plain(waiver?.reason ?? "waived"),
  };
  return {
    ruleId: v.clause,
    level: v.change === "new" || v.change === "unstable" ? "error" : "note",
    message: said(summary(v)),
    ...located(places),
    partialFingerprints: {
      "clauseAndShape/v1": fingerprint(v.subsystem, v.clause, ...v.shape),
    },
    baselineState: v.change === "waived" ? "unchanged" : baselineOf[v.change],
    ...(v.change === "waived" ? { suppressions: [suppression] } : {}),
    ...(codeFlows === undefined ? {} : { codeFlows }),
    properties: { change: v.change, area: v.subsystem, system: plain(v.system) },
  };
};

/** What no violation says already. */
const isOwnResult = (b: Blocker): boolean => b.rule !== "GATE-NEW" && b.rule !== "GATE-UNSTABLE";

const blockerResult = (report: GateReport, b: Blocker): Result => {
  const changed = report.files.find((file) => file.path === b.file && file.status !== "deleted");
  const places =
    b.file !== undefined
      ? [physical(b.file, changed?.hunks[0])]
      : b.area !== undefined
        ? placesOf(report.files, b.area)
        : [physical(CONFIGURATION)];
  return {
    ruleId: b.rule,
    level: b.verdict === "violated" || b.verdict === "error" ? "error" : "warning",
    message: said(`${b.area === undefined ? "" : `${b.area}: `}${b.text}`),
    ...located(places),
    partialFingerprints: {
      "rule/v1": fingerprint(b.rule, b.area ?? "", b.clause ?? "", b.file ?? ""),
    },
    baselineState: "new",
    properties: {
      ...(b.area === undefined ? {} : { area: plain(b.area) }),
      ...(b.clause === undefined ? {} : { clause: plain(b.clause) }),
    },
  };
};

type RuleLike = {
  readonly id: string;
  readonly title: string;
  readonly source: readonly string[];
  readonly task: string;
  readonly level: string;
};

const clauseRule = (clause: RuleLike): ReportingDescriptor => ({
  id: clause.id,
  shortDescription: said(clause.title),
  fullDescription: said(`${clause.title}. Source: ${clause.source.join("; ")}`),
  help: said(`Source: ${clause.source.join("; ")}. See: redbear-spec explain ${clause.id}`),
  defaultConfiguration: { level: "error" },
  properties: { tags: [clause.level, clause.task] },
});

/** Rules of the results, each once, and every clause that was judged. */
const rulesOf = (clauses: readonly RuleLike[], results: readonly Result[]) => {
  const rules = new Map<string, ReportingDescriptor>();
  for (const clause of clauses) rules.set(clause.id, clauseRule(clause));
  for (const { ruleId = "" } of results) {
    if (rules.has(ruleId)) continue;
    const rule = findRule(ruleId);
    rules.set(ruleId, {
      id: ruleId,
      shortDescription: said(rule?.title ?? ruleId),
      ...(rule === undefined ? {} : { help: said(rule.remedy) }),
      defaultConfiguration: { level: "error" },
    });
  }
  return [...rules.values()];
};

type Run = {
  readonly tool: string;
  readonly verdict: Verdict;
  readonly id: string;
  readonly at?: string;
  readonly clauses: readonly RuleLike[];
  readonly results: readonly Result[];
  /** What the tool itself has to say. */
  readonly notes: readonly string[];
};

const log = (run: Run): Log => {
  const rules = rulesOf(run.clauses, run.results);
  const [name = "redbear-spec", version = "0"] = plain(run.tool).split(" ");
  const invocation: Invocation = {
    executionSuccessful: run.verdict !== "error",
    exitCode: exitCode(run.verdict),
    exitCodeDescription: run.verdict,
    ...(run.at === undefined ? {} : { startTimeUtc: run.at }),
    ...(run.notes.length === 0
      ? {}
      : {
          toolExecutionNotifications: run.notes.map((text) => ({
            level: "warning",
            message: said(text),
          })),
        }),
  };
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name, semanticVersion: version, rules } },
        automationDetails: { id: `${run.id}/` },
        columnKind: "unicodeCodePoints",
        invocations: [invocation],
        results: run.results.map((result) => ({
          ...result,
          ruleIndex: rules.findIndex((rule) => rule.id === result.ruleId),
        })),
      },
    ],
  };
};

const text = (sarif: Log): string => `${JSON.stringify(sarif, null, 2)}\n`;

export const gateSarif = (report: GateReport): string =>
  text(
    log({
      tool: report.tool,
      verdict: report.verdict,
      id: `redbear-spec/gate/${report.profile}`,
      at: report.at,
      clauses: report.areas.flatMap((area) => area.clauses),
      results: [
        ...report.areas.flatMap((area) =>
          area.violations.map((v) => violationResult(report, area, v)),
        ),
        ...report.blockers.filter(isOwnResult).map((b) => blockerResult(report, b)),
      ],
      notes: report.warnings,
    }),
  );

/** A check knows no changed lines: its results stand without a place. */
export const checkSarif = (report: CheckReport): string =>
  text(
    log({
      tool: report.tool,
      verdict: report.verdict,
      id: "redbear-spec/check",
      clauses: report.areas.flatMap((area) => area.clauses),
      results: report.violations.map((v): Result => {
        const codeFlows = flow(v, undefined);
        const shape = v.steps.map((step) => `${step.kind} -> ${step.answer}`);
        return {
          ruleId: v.clause,
          level: "error",
          message: said(summary(v)),
          partialFingerprints: {
            "clauseAndShape/v1": fingerprint(v.subsystem, v.clause, ...shape),
          },
          ...(codeFlows === undefined ? {} : { codeFlows }),
          properties: { area: v.subsystem, system: plain(v.system) },
        };
      }),
      notes: [],
    }),
  );
