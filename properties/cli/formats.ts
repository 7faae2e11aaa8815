/** The files that a gate writes: an option each, loaded only where asked for. */
import type { GateReport } from "../gate/report.js";

export type Formats = {
  readonly json?: string;
  readonly html?: string;
  readonly junit?: string;
  readonly sarif?: string;
  readonly ktap?: string;
  readonly kcidb?: string;
  readonly markdown?: string;
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
  html: async (report) => (await import("../report/html/page.js")).gateHtml(report),
  junit: async (report) => (await import("../report/junit.js")).junitXml(await results(report)),
  sarif: async (report) => (await import("../report/sarif.js")).gateSarif(report),
  ktap: async (report) => (await import("../report/ktap.js")).ktapText(await results(report)),
  kcidb: async (report) => (await import("../report/kcidb.js")).gateKcidb(report),
  markdown: async (report) => (await import("../report/evidence.js")).gateMarkdown(report),
  comment: async (report) => (await import("../report/comment.js")).gateComment(report),
};

/** The formats that are asked for, in a fixed order. */
export const formatsOf = (options: Formats): Format[] =>
  (Object.keys(writers) as (keyof Formats)[]).flatMap((name) => {
    const file = options[name];
    return file === undefined ? [] : [{ name, file, text: writers[name] }];
  });
