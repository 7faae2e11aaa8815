/** A trace as a Markdown table, for an issue or a review. */
import { sourceText } from "../../spec/core/source.js";
import { followTrace } from "../engine/follow.js";
import type { LoadedTrace } from "../input/load.js";

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** Fields of the state that a command changed, as "field: before -> after". */
const changes = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string =>
  [...after]
    .filter(([field, value]) => before.get(field) !== value)
    .map(([field, value]) => `${field}: ${before.get(field) ?? ""} -> ${value}`)
    .join("; ");

export const toMarkdown = (trace: LoadedTrace): string => {
  const { subsystem, config, header } = trace;
  const clause = subsystem.clauses.find((c) => c.id === header.clause);
  const rows: string[] = [];
  const states: ReadonlyMap<string, string>[] = [];
  const initial = followTrace(trace, (index, view, command, response) => {
    states.push(subsystem.describe(config, view));
    rows.push(
      `| ${index} | ${cell(subsystem.commandText(command))} ` +
        `| ${cell(subsystem.responseText(response))} |`,
    );
  });
  states.unshift(subsystem.describe(config, initial));
  const withChanges = rows.map((row, i) => {
    const before = states[i] as ReadonlyMap<string, string>;
    const after = states[i + 1] as ReadonlyMap<string, string>;
    const mark = clause !== undefined && i === rows.length - 1 ? `**${clause.id}** ` : "";
    return `${row} ${mark}${cell(changes(before, after))} |`;
  });
  const title =
    clause === undefined ? subsystem.path : `${clause.id}: ${clause.title} (${clause.level})`;
  return [
    `### ${title}`,
    "",
    ...(clause === undefined ? [] : [`Source: ${clause.source.map(sourceText).join("; ")}`, ""]),
    `System ${header.system}, ${subsystem.path}, level ${header.level}, ` +
      `configuration \`${JSON.stringify(header.config)}\`.`,
    "",
    "| # | command | response | reference's state |",
    "|---|---|---|---|",
    ...withChanges,
    "",
  ].join("\n");
};
