/** The files that a gate writes: an option each, loaded only where asked for. */
import type { GateReport } from "../gate/report.js";

export type Formats = {
  readonly json?: string;
  readonly junit?: string;
  readonly ktap?: string;
  readonly comment?: string;
};

export type Format = {
  readonly name: keyof Formats;
  /** `-` is standard output. */
  readonly file: string;
  readonly text: (report: GateReport) => Promise<string>;
};

const results = async (report: GateReport) =>
  (await import("../report/results.js")).gateResults(report);

const writers: Readonly<Record<keyof Formats, Format["text"]>> = {
  json: async (report) => `${JSON.stringify(report, null, 2)}\n`,
  junit: async (report) => (await import("../report/junit.js")).junitXml(await results(report)),
  ktap: async (report) => (await import("../report/ktap.js")).ktapText(await results(report)),
  comment: async (report) => (await import("../report/comment.js")).gateComment(report),
};

/** The formats that are asked for, in a fixed order. */
export const formatsOf = (options: Formats): Format[] =>
  (Object.keys(writers) as (keyof Formats)[]).flatMap((name) => {
    const file = options[name];
    return file === undefined ? [] : [{ name, file, text: writers[name] }];
  });
