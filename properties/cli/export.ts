import { InputError } from "../../spec/core/decode.js";
import { loadTrace } from "../input/load.js";
import { toItf } from "../report/itf.js";
import { toMarkdown } from "../report/markdown.js";
import { writeOutput } from "./common.js";

type Options = { readonly to: string; readonly output?: string };

const formats = { itf: toItf, markdown: toMarkdown } as const;

export const exportTrace = (file: string, options: Options): void => {
  const format = formats[options.to as keyof typeof formats];
  if (format === undefined) {
    throw new InputError(
      { file: "--to" },
      `found "${options.to}", expected one of: ${Object.keys(formats).join(", ")}`,
    );
  }
  const text = format(loadTrace(file));
  if (options.output === undefined) process.stdout.write(text);
  else writeOutput(options.output, text);
};
