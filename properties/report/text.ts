/** Text of a check: a pure function of its report, the same bytes for the same run. */
import { styleText } from "node:util";
import type { Verdict } from "../../spec/core/verdict.js";
import type { AreaReport, CheckReport, ViolationReport } from "../check/report.js";
import { plain } from "./escape.js";
import { grouped, table } from "./table.js";

export type TextOptions = { readonly colour: boolean };

const paint = (options: TextOptions, verdict: Verdict, text: string): string => {
  if (!options.colour) return text;
  if (verdict === "holds") return styleText("green", text);
  return styleText(verdict === "violated" || verdict === "error" ? "red" : "yellow", text);
};

/** Whose answer the reference's is. */
export const referenceName = (subsystem: string): string =>
  subsystem.startsWith("hardware/") ? "as documented" : "Linux 7.0";

/** The counterexample, as a person reads it in a minute. */
export const violationText = (v: ViolationReport, options: TextOptions): string => {
  const lines: string[] = [];
  const headline = paint(options, "violated", `violates ${v.clause}`);
  lines.push(`${headline}  ${v.title}  [${v.level}]`);
  lines.push(`  source  ${v.source.join("; ")}`);
  const run = v.run === undefined ? "" : `    run ${v.run}`;
  lines.push(`  system  ${plain(v.system)}`);
  lines.push(`  area    ${v.subsystem}    seed ${seedText(v.seed)}${run}`);
  lines.push(`  config  ${JSON.stringify(v.config)}`);
  if (v.shrinkRuns > 0) {
    lines.push(`  shrunk  ${v.found} commands to ${v.length} (${v.shrinkRuns} runs)`);
  }
  if (v.also.length > 0) lines.push(`  also    ${v.also.join(", ")}`);
  if (v.systemOutcome !== undefined) lines.push(`  outcome ${plain(v.systemOutcome)}`);
  lines.push("");
  const width = Math.max(0, ...v.steps.map((step) => step.command.length));
  v.steps.forEach((step, i) => {
    const mark = i === v.steps.length - 1 ? `   <- ${v.clause}` : "";
    lines.push(
      `  ${String(i).padStart(3)}  ${plain(step.command).padEnd(width)}   ${plain(step.response)}${mark}`,
    );
  });
  if (v.linux !== undefined) {
    lines.push(`       ${referenceName(v.subsystem).padEnd(width)}   ${v.linux}`);
  }
  if (v.differences.length > 0) {
    lines.push("");
    // A column for the system only where it shows something else.
    const differs = v.differences.some((d) => d.system !== undefined);
    const rows = v.differences.map((d) => {
      const row = [`     ${d.field}`, d.before, d.after];
      if (!differs) return row;
      return [...row, plain(d.system ?? ""), d.system === undefined ? "" : "<- differs"];
    });
    const head = ["     changed", "before", "reference"];
    lines.push(table(differs ? [...head, "system", ""] : head, rows));
  }
  lines.push("");
  lines.push(`  trace   ${plain(v.trace)}`);
  lines.push(`  replay  ${plain(v.replay)}`);
  lines.push(`  again   ${plain(v.again)}`);
  return lines.join("\n");
};

export const seedText = (seed: number): string => `0x${seed.toString(16)}`;

const count = (area: AreaReport, status: string): number =>
  area.clauses.filter((clause) => clause.status === status).length;

/** Clauses that are not simply held: each with its reason. */
const openClauses = (area: AreaReport): string[] => {
  const lines: string[] = [];
  for (const clause of area.clauses) {
    const { id, exercised, minimum } = clause;
    if (clause.status === "violated") {
      lines.push(`  ${id}  violated in ${grouped(clause.violations)} runs`);
    } else if (clause.status === "not exercised enough") {
      lines.push(`  ${id}  exercised ${exercised} times, ${minimum} wanted: not proven`);
    } else if (clause.status === "not judged") {
      lines.push(`  ${id}  not judged: ${clause.why ?? ""}`);
    }
  }
  return lines;
};

const areaDetails = (area: AreaReport, verbose: boolean): string[] => {
  const lines = [`${area.subsystem}  [${area.level}]`];
  for (const campaign of area.campaigns) {
    lines.push(
      `  random      ${campaign.name}: ${grouped(campaign.runs)} runs, ` +
        `${grouped(campaign.commands)} commands, ` +
        `${grouped(campaign.evaluations)} clause evaluations, hash ${campaign.hash}`,
    );
    if (campaign.cut !== undefined) {
      lines.push(`              ${grouped(campaign.cut)} runs cut short by the system's choices`);
    }
  }
  for (const [field, value] of Object.entries(area.fixed ?? {})) {
    const shown = Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
    lines.push(`  fixed       ${plain(field)}: ${plain(shown)}`);
  }
  for (const refusal of area.refused ?? []) {
    lines.push(`  not taken   ${refusal}: nothing judged there`);
  }
  for (const e of area.explorations) {
    const bound = e.complete ? "complete" : "stopped at a bound";
    const what = e.symmetry ? "states up to CPU symmetry" : "states";
    lines.push(
      `  exhaustive  ${e.name}: ${grouped(e.states)} ${what}, ` +
        `${grouped(e.transitions)} transitions, depth ${e.levels - 1}, ${bound}`,
    );
    if (e.missedChance !== undefined) {
      const chance = e.missedChance.toExponential(0);
      lines.push(
        `              states told apart by a hash: chance of a missed one below ${chance}`,
      );
    }
    if (e.leftOut !== undefined) lines.push(`              left out: ${e.leftOut}`);
    if (e.symmetryRefused !== undefined) lines.push(`              ${e.symmetryRefused}`);
  }
  const reached = area.features.filter((f) => f.reached > 0).length;
  lines.push(`  states reached: ${reached} of ${area.features.length} kinds`);
  for (const feature of area.features) {
    if (verbose || feature.reached === 0) {
      const times = feature.reached === 0 ? "never" : `${grouped(feature.reached)} times`;
      lines.push(`    ${feature.name}: ${times}`);
    }
  }
  if (verbose) {
    for (const c of area.clauses) {
      if (c.status === "held")
        lines.push(`  ${c.id}  held, exercised ${grouped(c.exercised)} times`);
    }
  }
  return [...lines, ...openClauses(area)];
};

export const checkText = (
  report: CheckReport,
  options: TextOptions & { readonly verbose: boolean },
): string => {
  const parts: string[] = [];
  for (const area of report.areas) parts.push(areaDetails(area, options.verbose).join("\n"), "");
  if (report.records.length > 0) {
    parts.push("recorded Linux 7.0.13");
    for (const record of report.records) {
      parts.push(
        `  ${record.file}: ${grouped(record.events)} events, ${grouped(record.linux)} judged at ` +
          `linux level, ${grouped(record.contract)} at contract level, ` +
          `${grouped(record.informational)} informational: ${record.verdict}`,
      );
      if (record.explanation !== undefined) parts.push(record.explanation);
    }
    parts.push("");
  }
  for (const violation of report.violations) parts.push(violationText(violation, options), "");
  parts.push(summary(report));
  parts.push(
    "",
    `system ${plain(report.system)}, seed ${seedText(report.seed)}: ` +
      paint(options, report.verdict, report.verdict),
  );
  return `${parts.join("\n")}\n`;
};

const summary = (report: CheckReport): string => {
  const rows = report.areas.map((area) => {
    const judged = area.clauses.filter((clause) => clause.status !== "not judged").length;
    const enough = judged - count(area, "not exercised enough");
    return [
      area.subsystem,
      area.level,
      area.commands,
      area.states,
      `${enough}/${judged}`,
      count(area, "not judged"),
      count(area, "violated"),
      area.verdict,
    ];
  });
  return table(
    ["subsystem", "level", "commands", "states", "clauses", "not judged", "violated", "verdict"],
    rows,
  ).concat(
    report.records.length === 0
      ? ""
      : `\n\nLinux events conformed: ${grouped(
          report.records.reduce((n, r) => n + r.linux + r.contract, 0),
        )} in ${report.records.length} records`,
  );
};
