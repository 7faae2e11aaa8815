/** `report RUN.json`: a gate's run as a page, with earlier runs beside it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeOrThrow, InputError, parseJson } from "../../spec/core/decode.js";
import { GateReport } from "../gate/report.js";
import { gateHtml } from "../report/html/page.js";
import { writeOutput } from "./common.js";

/** A gate's run with pictures of long traces stays far below. */
const MOST_BYTES = 256 * 1024 * 1024;

const read = (file: string): string => {
  try {
    const content = readFileSync(file);
    if (content.length <= MOST_BYTES) return content.toString("utf8");
  } catch (error) {
    throw new InputError({ file }, `cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  throw new InputError({ file }, `is larger than ${MOST_BYTES} bytes, expected a gate's run`);
};

const readRun = (file: string): GateReport =>
  decodeOrThrow(GateReport, parseJson(read(file), { file }), { file });

/** Runs of a folder by name; what is no JSON file is passed over, what is none of ours is not. */
const readHistory = (folder: string): GateReport[] => {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError({ file: folder }, `cannot be read as a folder of runs: ${code}`);
  }
  return names.sort().map((name) => readRun(join(folder, name)));
};

export const report = (
  file: string,
  options: { readonly output: string; readonly history?: string },
): void => {
  const run = readRun(file);
  const earlier = options.history === undefined ? [] : readHistory(options.history);
  const page = gateHtml(run, earlier);
  if (options.output === "-") process.stdout.write(page);
  else writeOutput(options.output, page);
};
