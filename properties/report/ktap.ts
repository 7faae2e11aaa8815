/**
 * KTAP version 1: an area is a test with subtests, a clause one of these. What blocks is `not ok`.
 * `# SKIP` stands for what is neither passed nor in the way: not judged, known at base, waived.
 */
import { plain } from "./escape.js";
import { blocks, type Case, type Results, type Suite } from "./results.js";

/** A description ends at a number sign, and does not begin with what reads as a result. */
const described = (text: string): string => plain(text).replaceAll("#", "＃").trim();

const diagnostic = (text: string): string => `# ${plain(text)}`;

const caseLines = (c: Case, number: number): string[] => {
  const ok = !blocks(c.outcome);
  const skipped = c.outcome === "not judged" || c.outcome === "known" || c.outcome === "waived";
  const why = skipped ? ` # SKIP ${c.outcome}: ${described(c.message)}` : "";
  return [
    ...(c.message === "" || skipped ? [] : [diagnostic(c.message)]),
    ...c.details.map(diagnostic),
    `${ok ? "ok" : "not ok"} ${number} ${described(c.name)}${why}`.trimEnd(),
  ];
};

const suiteLines = (suite: Suite): string[] => [
  "KTAP version 1",
  diagnostic(`Subtest: ${described(suite.name)}`),
  ...(suite.level === undefined ? [] : [diagnostic(`level ${suite.level}`)]),
  `1..${suite.cases.length}`,
  ...suite.cases.flatMap((c, i) => caseLines(c, i + 1)),
];

export const ktapText = (results: Results): string => {
  const lines = ["KTAP version 1", `1..${results.suites.length}`];
  results.suites.forEach((suite, i) => {
    const failed = suite.cases.some((c) => blocks(c.outcome));
    const level = suite.level === undefined ? "" : ` ${suite.level}`;
    lines.push(
      ...suiteLines(suite).map((line) => `    ${line}`),
      `${failed ? "not ok" : "ok"} ${i + 1} ${described(suite.name)}${level}`,
    );
  });
  return `${lines.join("\n")}\n`;
};
