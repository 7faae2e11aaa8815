import { worst } from "../../spec/core/verdict.js";
import { conformFile } from "../conform/conform.js";
import type { ConformResult } from "../conform/result.js";
import { conformText } from "../conform/text.js";
import { type Common, leave, writeJson } from "./common.js";
import { startProgress } from "./progress.js";

export const conform = async (files: readonly string[], options: Common): Promise<void> => {
  const bar = startProgress("conform", options);
  const records: ConformResult[] = [];
  for (const file of files) {
    records.push(await conformFile(file));
    bar.update(records.length, files.length);
  }
  bar.stop();
  const verdict = worst(records.map((record) => record.verdict));
  if (options.json !== "-") {
    for (const record of records) {
      if (options.quiet !== true || record.verdict !== "holds") {
        process.stdout.write(`${conformText(record)}\n`);
      }
    }
    process.stdout.write(`${files.length === 1 ? "" : "all records: "}${verdict}\n`);
  }
  if (options.json !== undefined) writeJson(options.json, { verdict, records });
  leave(verdict);
};
