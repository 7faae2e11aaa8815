/** A violation as the message of an error. */
import { plain } from "../report/escape.js";
import { table } from "../report/table.js";
import { referenceName } from "../report/text.js";
import type { Violation } from "./conform.js";

/** The rule, the commands with their answers, what Linux answers, and what differs. */
export const messageOf = (v: Violation): string => {
  const width = Math.max(0, ...v.steps.map((step) => step.command.length));
  const line = (n: string, command: string, answer: string): string =>
    `  ${n.padStart(3)}  ${command.padEnd(width)}   ${answer}`;
  const last = v.steps.length - 1;
  const differs = v.differences.some((d) => d.system !== undefined);
  return [
    `violates ${v.clause}  ${v.title}  [${v.level}]`,
    `  source  ${v.source.join("; ")}`,
    `  system  ${plain(v.system)}`,
    `  area    ${v.subsystem}`,
    `  config  ${JSON.stringify(v.config)}`,
    ...(v.also.length > 0 ? [`  also    ${v.also.join(", ")}`] : []),
    ...(v.systemOutcome === undefined ? [] : [`  outcome ${plain(v.systemOutcome)}`]),
    "",
    ...v.steps.map((step, i) => {
      const mark = i === last ? `   <- ${v.clause}` : "";
      return line(String(i), plain(step.command), `${plain(step.response)}${mark}`);
    }),
    ...(v.linux === undefined ? [] : [line("", referenceName(v.subsystem), v.linux)]),
    ...(v.differences.length === 0
      ? []
      : [
          "",
          table(
            ["     changed", "before", "reference", ...(differs ? ["system"] : [])],
            v.differences.map((d) => [
              `     ${plain(d.field)}`,
              plain(d.before),
              plain(d.after),
              ...(differs ? [plain(d.system ?? "")] : []),
            ]),
          ),
        ]),
  ].join("\n");
};
