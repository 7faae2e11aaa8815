import type { AnyClause } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import { documents, sourceText } from "../../spec/core/source.js";
import { systemClauses } from "../../spec/core/system-clauses.js";
import { exitCode } from "../../spec/core/verdict.js";
import { subsystems } from "../catalogue.js";
import { findRule, gateRules, type Rule } from "../gate/rules.js";
import { table } from "../report/table.js";
import type { AnySubsystem } from "../subsystem.js";
import { selectSubsystems } from "../systems.js";

export const areas = (): void => {
  const rows = subsystems.map((s) => {
    const of = (level: string): number =>
      s.clauses.filter((c) => c.level === level && c.kind !== "declared").length;
    const declared = s.clauses.filter((c) => c.kind === "declared").length;
    return [s.path, tasksOf(s).join(" "), of("contract"), of("linux"), declared, s.title];
  });
  const head = ["subsystem", "task", "contract", "linux", "declared", "what it is"];
  process.stdout.write(`${table(head, rows)}\n`);
};

const tasksOf = (subsystem: AnySubsystem): string[] =>
  [...new Set(subsystem.clauses.map((clause) => clause.task))].sort();

const clauseText = (clause: AnyClause, subsystem: AnySubsystem | undefined): string => {
  const lines = [
    `${clause.id}  ${clause.title}`,
    `  level      ${clause.level}`,
    `  kind       ${clause.kind}${clause.kind === "declared" ? `, awaits ${clause.awaits}` : ""}`,
    `  task       ${clause.task}`,
    `  subsystem  ${subsystem?.path ?? "every system under test"}`,
  ];
  for (const source of clause.source) {
    lines.push(`  source     ${sourceText(source)}  (${documents[source.doc]})`);
  }
  if (clause.needs !== undefined) lines.push(`  needs      ${clause.needs.join(", ")}`);
  if (clause.on !== undefined) lines.push(`  on         ${clause.on.join(", ")}`);
  for (const fault of subsystem?.faults ?? []) {
    if (fault.clause === clause.id) lines.push(`  catches    fault:${fault.name}, ${fault.title}`);
  }
  return lines.join("\n");
};

const areaText = (subsystem: AnySubsystem): string => {
  const rows = subsystem.clauses.map((c) => [
    `  ${c.id}`,
    c.kind === "declared" ? "declared" : c.level,
    c.title,
  ]);
  return [
    `${subsystem.path}  ${subsystem.title}`,
    `  tasks        ${tasksOf(subsystem).join(" ")}`,
    `  commands     ${subsystem.commandKinds.join(" ")}`,
    `  observables  ${subsystem.observables.join(" ")}`,
    `  subsets      ${Object.keys(subsystem.generator.subsets).join(" ")}`,
    `  faults       ${subsystem.faults.length}`,
    "",
    table(["  clause", "level", "statement"], rows),
    ...(subsystem.layouts ?? []).flatMap((layout) => ["", layout]),
  ].join("\n");
};

const ruleText = (rule: Rule): string =>
  [
    `${rule.id}  ${rule.title}`,
    `  broken     the gate stays shut: ${rule.verdict}, exit status ${exitCode(rule.verdict)}`,
    `  remedy     ${rule.remedy}`,
  ].join("\n");

export const explain = (what: string): void => {
  if (what === "gate") {
    process.stdout.write(`${gateRules.map(ruleText).join("\n\n")}\n`);
    return;
  }
  const rule = findRule(what);
  if (rule !== undefined) {
    process.stdout.write(`${ruleText(rule)}\n`);
    return;
  }
  for (const subsystem of subsystems) {
    const clause = subsystem.clauses.find((c) => c.id === what);
    if (clause !== undefined) {
      process.stdout.write(`${clauseText(clause, subsystem)}\n`);
      return;
    }
  }
  const general = systemClauses.find((c) => c.id === what);
  if (general !== undefined) {
    process.stdout.write(`${clauseText(general, undefined)}\n`);
    return;
  }
  if (/^[A-Z]+(-[A-Z0-9]+)*$/.test(what)) {
    throw new InputError(
      { file: "explain" },
      `found "${what}", expected a clause id of the catalogue; \`redbear-spec explain irq\` lists them`,
    );
  }
  process.stdout.write(`${selectSubsystems([what]).map(areaText).join("\n\n")}\n`);
};
