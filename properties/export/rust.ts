/** A counterexample as a Rust test, on the crate in properties/kits/rust. */
import type { LoadedTrace } from "../input/load.js";
import { admittedSteps, type Step, type Steps } from "./admitted.js";
import { asciiJson, comment, preamble, rustPath, testName } from "./text.js";

export const DEFAULT_HARNESS = "crate::Harness";
/** A system that hangs fails after so many seconds instead of stopping the test run. */
const HANG_SECONDS = 10;

/** A raw string; JSON in ASCII, so that only a quote and signs after it need care. */
const literal = (value: unknown): string => {
  const text = asciiJson(value);
  let signs = "";
  while (text.includes(`"${signs}`)) signs += "#";
  return `r${signs}"${text}"${signs}`;
};

const stepLines = ({ command, admitted }: Step): string[] => {
  const answers = admitted.map(literal);
  if (answers.length < 2) return [`(${literal(command)}, &[${answers.join("")}]),`];
  return [
    "(",
    `    ${literal(command)},`,
    "    &[",
    ...answers.map((answer) => `        ${answer},`),
    "    ],",
    "),",
  ];
};

const indented = (lines: readonly string[], by: number): string[] =>
  lines.map((line) => " ".repeat(by) + line);

const callLines = (trace: LoadedTrace, { steps }: Steps, harness: string): string[] => [
  `redbear_spec::replay::<${harness}>(`,
  `    ${literal(trace.subsystem.codecs.config.encode(trace.config))},`,
  "    &[",
  ...indented(steps.flatMap(stepLines), 8),
  "    ],",
  ")",
];

const hangLines = (call: readonly string[]): string[] => [
  "let (done, answer) = std::sync::mpsc::channel();",
  "std::thread::spawn(move || {",
  `    let replayed = ${call[0]}`,
  ...indented(call.slice(1, -1), 4),
  "    );",
  "    let _ = done.send(replayed);",
  "});",
  `let limit = std::time::Duration::from_secs(${HANG_SECONDS});`,
  'let replayed = answer.recv_timeout(limit).expect("no answer, or a panic");',
  "replayed.assert_held();",
];

const plainLines = (call: readonly string[]): string[] => [
  `let replayed = ${call[0]}`,
  ...call.slice(1, -1),
  ");",
  "replayed.assert_held();",
];

/**
 * The test fails where an answer is not admitted, panics or dies. A system that rightly answers
 * something else on the way passes and says so on standard error: the trace proves nothing there.
 */
export const toRust = (trace: LoadedTrace, harness = DEFAULT_HARNESS): string => {
  const told = admittedSteps(trace);
  const call = callLines(trace, told, rustPath(harness));
  const body = told.clause === "SYS-HANG" ? hangLines(call) : plainLines(call);
  const answered =
    told.wrong === undefined ? "was not answered" : `was answered ${asciiJson(told.wrong)}`;
  return [
    ...preamble(trace, told.clause),
    comment(`the last command ${answered}. Per command: the answers that are admitted,`),
    "// the recorded one first. A right answer that is not the first parts from the trace: the test",
    "// passes and says on standard error that it proves nothing.",
    "#[test]",
    `fn ${testName(trace.file)}() {`,
    ...indented(body, 4),
    "}",
    "",
  ].join("\n");
};
