/** A counterexample as a vitest file, on the library of this package. */
import type { LoadedTrace } from "../input/load.js";
import { asciiJson, preamble, testName } from "./text.js";

/** Environment variable that names the program to judge. */
export const SYSTEM_VARIABLE = "REDBEAR_SPEC_SYSTEM_CMD";

/** The trace as lines of JSON: decoded and encoded again, so that nothing else is in it. */
const traceLines = (trace: LoadedTrace): string[] => {
  const { header, subsystem } = trace;
  const config: unknown = subsystem.codecs.config.encode(trace.config);
  return [
    asciiJson({ ...header, config }),
    ...trace.commands.map((command, i) => {
      const response = trace.responses[i];
      return asciiJson({
        command: subsystem.codecs.command.encode(command),
        ...(response === undefined ? {} : { response: subsystem.codecs.response.encode(response) }),
      });
    }),
  ];
};

/** @param systemCmd the program that is judged where the environment names none. */
export const toVitest = (trace: LoadedTrace, systemCmd?: string): string => {
  const { clause } = trace.header;
  const title = [clause ?? trace.subsystem.path, testName(trace.file)].join(" ");
  return [
    ...preamble(trace, clause),
    'import { assertHolds, parseTrace } from "redbear-spec";',
    'import { test } from "vitest";',
    "",
    "const trace = parseTrace([",
    ...traceLines(trace).map((line) => `  ${line},`),
    "]);",
    "",
    "// A program that speaks the protocol; an object { reset, apply } may stand here instead.",
    `const system = process.env.${SYSTEM_VARIABLE} ?? ${asciiJson(systemCmd ?? "")};`,
    "",
    `test(${asciiJson(title)}, () => assertHolds(trace, system));`,
    "",
  ].join("\n");
};
