/**
 * JUnit XML that both the schema of Ant's task and the one of Jenkins' xunit plugin accept.
 * The format knows failed, errored and skipped, and counts skipped as no failure: so what blocks
 * fails or errs, and only what does not block is skipped, with its reason.
 */
import { create } from "xmlbuilder2";
import { plain } from "./escape.js";
import type { Case, Outcome, Results, Suite } from "./results.js";

type Element = "failure" | "error" | "skipped";

const ELEMENTS: Readonly<Record<Outcome, Element | undefined>> = {
  held: undefined,
  violated: "failure",
  lost: "failure",
  "not proven": "failure",
  error: "error",
  "not run": "error",
  known: "skipped",
  waived: "skipped",
  "not judged": "skipped",
};

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);

const counted = (cases: readonly Case[], element: Element): number =>
  cases.filter((c) => ELEMENTS[c.outcome] === element).length;

/** Where nobody says when it ran, as for a check: the format wants a time all the same. */
const NO_TIME = "1970-01-01T00:00:00";

const nameOf = (suite: Suite): string =>
  suite.level === undefined ? suite.name : `${suite.name} ${suite.level}`;

export const junitXml = (results: Results): string => {
  const root = create({ version: "1.0", encoding: "UTF-8" }).ele("testsuites");
  results.suites.forEach((suite, id) => {
    const { cases } = suite;
    const at = results.at === undefined ? NO_TIME : results.at.replace(/(\.\d+)?Z$/, "");
    const node = root.ele("testsuite", {
      name: plain(nameOf(suite)),
      package: "redbear-spec",
      id,
      timestamp: at,
      hostname: "localhost",
      tests: cases.length,
      failures: counted(cases, "failure"),
      errors: counted(cases, "error"),
      skipped: counted(cases, "skipped"),
      time: seconds(suite.milliseconds ?? 0),
    });
    const properties = node.ele("properties");
    for (const [name, value] of [["tool", results.tool] as const, ...suite.properties]) {
      properties.ele("property", { name, value: plain(value) });
    }
    for (const c of cases) {
      const element = ELEMENTS[c.outcome];
      const test = node.ele("testcase", {
        name: plain(c.name),
        classname: suite.name.replaceAll("/", "."),
        time: "0",
      });
      if (element === undefined) continue;
      // A skipped case has no type in Ant's schema: the message says it.
      const body =
        element === "skipped"
          ? test.ele(element, { message: plain(`${c.outcome}: ${c.message}`) })
          : test.ele(element, { message: plain(c.message), type: c.outcome });
      if (c.details.length > 0) body.txt(`\n${c.details.map(plain).join("\n")}\n`);
    }
    node.ele("system-out");
    node.ele("system-err");
  });
  return `${root.end({ prettyPrint: true })}\n`;
};
