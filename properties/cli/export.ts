import { InputError } from "../../spec/core/decode.js";
import { type LoadedTrace, loadTrace } from "../input/load.js";
import { writeOutput } from "./common.js";

type Options = {
  readonly to: string;
  readonly output?: string;
  readonly harness?: string;
  readonly systemCmd?: string;
};

/** Each format loads what it needs when it is asked for. */
const formats: Readonly<Record<string, (trace: LoadedTrace, options: Options) => Promise<string>>> =
  {
    itf: async (trace) => (await import("../report/itf.js")).toItf(trace),
    markdown: async (trace) => (await import("../report/markdown.js")).toMarkdown(trace),
    rust: async (trace, { harness }) => (await import("../export/rust.js")).toRust(trace, harness),
    vitest: async (trace, { systemCmd }) =>
      (await import("../export/vitest.js")).toVitest(trace, systemCmd),
  };

const meant: Readonly<Record<string, string>> = { harness: "rust", systemCmd: "vitest" };

export const exportTrace = async (file: string, options: Options): Promise<void> => {
  const format = Object.hasOwn(formats, options.to) ? formats[options.to] : undefined;
  if (format === undefined) {
    throw new InputError(
      { file: "--to" },
      `found "${options.to}", expected one of: ${Object.keys(formats).join(", ")}`,
    );
  }
  for (const [name, to] of Object.entries(meant)) {
    if (options[name as keyof Options] !== undefined && options.to !== to) {
      const option = name === "harness" ? "--harness" : "--system-cmd";
      throw new InputError({ file: option }, `belongs to --to ${to}, not to --to ${options.to}`);
    }
  }
  const text = await format(loadTrace(file), options);
  if (options.output === undefined) process.stdout.write(text);
  else writeOutput(options.output, text);
};
