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

/** Runs it in a thread of its own, which is left behind if it hangs. */
const hangLines = (call: readonly string[]): string[] => [
  "let (done, answer) = std::sync::mpsc::channel();",
  "std::thread::spawn(move || {",
  `    let replayed = ${call[0]}`,
  ...indented(call.slice(1, -1), 4),
  "    );",
  "    let _ = done.send(replayed);",
  "});",
  `let limit = std::time::Duration::from_secs(${HANG_SECONDS});`,
  'let replayed = answer.recv_timeout(limit).expect("no answer in time, or a panic");',
];

const plainLines = (call: readonly string[]): string[] => [
  `let replayed = ${call[0]}`,
  ...call.slice(1, -1),
  ");",
];

/** At linux level there is one right answer to each command, at contract level there are many. */
const verdictLines = (trace: LoadedTrace, { steps }: Steps): string[] => {
  const last = steps.length - 1;
  if (trace.level === "linux" || last === 0) return ["replayed.assert_held();"];
  return [
    "match replayed {",
    `    redbear_spec::Replayed::Broken { index, got, .. } if index < ${last} => std::eprintln!(`,
    '        "command number {} was answered {}, not as recorded: the trace proves nothing here",',
    "        index, got",
    "    ),",
    "    replayed => {",
    "        replayed.assert_held();",
    "    }",
    "}",
  ];
};

/**
 * The test fails where the last answer is not admitted, and where the system panics or dies. A
 * system that answers otherwise on the way, which may be right, passes and says so on standard
 * error: the trace proves nothing there.
 */
export const toRust = (trace: LoadedTrace, harness = DEFAULT_HARNESS): string => {
  const told = admittedSteps(trace);
  const call = callLines(trace, told, rustPath(harness));
  const body = told.clause === "SYS-HANG" ? hangLines(call) : plainLines(call);
  const answered =
    told.wrong === undefined ? "was not answered" : `was answered ${asciiJson(told.wrong)}`;
  return [
    ...preamble(trace, told.clause),
    comment(`the last command ${answered}`),
    "#[test]",
    `fn ${testName(trace.file)}() {`,
    ...indented([...body, ...verdictLines(trace, told)], 4),
    "}",
    "",
  ].join("\n");
};
